"""Containers that are on their way: wait for those that start, name what to do about those that do not run.

A container that has just started can run while its services do not answer yet. Waiting for their first answer keeps the
actual call from being lost, which could not be repeated if it changes something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import anyio

from .connection import RESERVE, time_left
from .errors import NOTHING_SENT, NotReady
from .hosts import SERVICES, Hosts, Residence
from .request import Kit

SECONDS = 25.0  # that a call waits for a container to run, and again for its service to answer
PAUSES = (0.25, 0.5, 1.0, 2.0, 3.0)  # seconds between two looks, the last for all further ones
STARTING = frozenset({"creating", "copying", "claiming"})
WHAT_TO_DO = {
    "creating": "it is still being made: poll containers_get until it is running, then call again",
    "copying": "it is still being copied: poll containers_get until it is running, then call again",
    "claiming": "it is still being made ready: poll containers_get until it is running, then call again",
    "stopped": "start it with containers_power (operation=start); if that was done just now, wait some seconds and call again",
    "paused": "wake it with containers_power (operation=resume)",
    "failed": "it cannot be used any more: make another with containers_create",
    "deleting": "it is being deleted",
    "deleted": "it was deleted",
}


@dataclass(frozen=True)
class Home:
    """Where a service of a container answers."""

    residence: Residence
    base: str


class Waking:
    """Gives the homes of services that can answer."""

    def __init__(self, hosts: Hosts, is_awake: Callable[[Kit, str], Awaitable[bool]]) -> None:
        """Take who knows the hosts, and the function that asks a service whether it answers."""
        self._hosts = hosts
        self._is_awake = is_awake
        self._awake: dict[str, Residence] = {}  # base URL → the residence at which it has answered
        self._given_up: dict[str, float] = {}  # base URL → when waiting for it was given up, on the event loop's clock
        self._asking: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def home(self, kit: Kit, stale: Home | None = None) -> Home:
        """Give where a service answers; with `stale` after asking Hoody again. `NotReady` says what to do if it cannot."""
        residence = await self._hosts.find(kit.container_id, stale.residence if stale else None)
        if residence.status in STARTING:
            residence = await self._started(kit, residence)
        if residence.status in WHAT_TO_DO:
            self._hosts.forget([kit.container_id])
            raise NotReady(f"The container is {residence.status}, so its services do not answer: {WHAT_TO_DO[residence.status]}.")
        home = Home(residence, self._hosts.base(kit, residence))
        if residence.is_fresh:
            await self._answering(kit, home)
        return home

    async def addresses(self, container_id: str) -> dict[str, str]:
        """Give the address of each service, whether it answers now or not."""
        residence = await self._hosts.find(container_id)
        return {service: self._hosts.base(Kit(container_id, service, 1), residence) for service in SERVICES}

    def forget(self, container_ids: tuple[str, ...]) -> None:
        """Ask anew where containers are: something was done to them."""
        self._hosts.forget(container_ids)

    async def _started(self, kit: Kit, residence: Residence) -> Residence:
        with anyio.move_on_after(min(SECONDS, time_left() - RESERVE)):
            for pause in _pauses():
                await anyio.sleep(pause)
                residence = await self._hosts.find(kit.container_id, residence)
                if residence.status not in STARTING:
                    break
        return residence

    async def _answering(self, kit: Kit, home: Home) -> None:
        """Wait until a service answers, together with whoever waits for it already."""
        begin = anyio.current_time()
        async with self._asking[home.base]:
            if self._awake.get(home.base) == home.residence:
                return
            if self._given_up.get(home.base, -1.0) < begin and await self._answers_in_time(kit, home):
                self._awake[home.base] = home.residence
                return
            self._given_up[home.base] = anyio.current_time()
        raise NotReady(
            f"The container has just started, and its {kit.service} service does not answer yet: wait some seconds, then call again. "
            f"{NOTHING_SENT}"
        )

    async def _answers_in_time(self, kit: Kit, home: Home) -> bool:
        with anyio.move_on_after(min(SECONDS, time_left() - RESERVE)):
            for pause in _pauses():
                if await self._is_awake(kit, home.base):
                    return True
                await anyio.sleep(pause)
        return False


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]
