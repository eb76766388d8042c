"""How fast one host is asked: so many requests at once, and none while it wants to be left alone.

When a host answers 429 to one caller, the others wait with it: they would be refused, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from .errors import NOTHING_SENT, NotReady

AT_ONCE = 16  # requests to one host
APART = 0.1  # seconds between two requests to a host that has complained; Hoody's documentation suggests as much
CALM = 10.0  # seconds without another complaint after which a host is asked as fast as before
PATIENCE = 10.0  # seconds that callers wait because of a complaint; a longer one is about one operation, such as logging in


@dataclass
class _Host:
    slots: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(AT_ONCE))
    line: anyio.Lock = field(default_factory=anyio.Lock)  # callers wait in the order in which they came
    quiet_until: float = 0.0  # no request starts before
    slow_until: float = 0.0  # requests start apart from each other before
    last_start: float = 0.0


class Pace:
    """Lets requests start."""

    def __init__(self) -> None:
        """Begin without any complaint."""
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    def complain(self, name: str, seconds: float) -> None:
        """Take a host's word that it wants to be left alone for some seconds."""
        if seconds > PATIENCE:
            return
        host = self._hosts[name]
        host.quiet_until = max(host.quiet_until, anyio.current_time() + seconds)
        host.slow_until = host.quiet_until + CALM

    async def quiet(self, name: str, most: float) -> float:
        """Wait because a host has complained, and give the seconds that it took; `NotReady` if `most` are not enough."""
        host, begin = self._hosts[name], anyio.current_time()
        if host.slow_until <= begin:
            return 0.0
        with anyio.move_on_after(most) as scope:
            async with host.line:
                while (wait := max(host.quiet_until, host.last_start + APART) - anyio.current_time()) > 0:  # noqa: ASYNC110 - another complaint moves the time
                    await anyio.sleep(wait)
                host.last_start = anyio.current_time()
        if scope.cancelled_caught:
            raise NotReady(f"{name} has answered 429 (too many calls) to others. {NOTHING_SENT} Try again in some seconds.")
        return anyio.current_time() - begin

    @asynccontextmanager
    async def slot(self, name: str, most: float) -> AsyncGenerator[None]:
        """Hold one of the requests that a host gets at once; `NotReady` if none is free within `most` seconds."""
        slots, held = self._hosts[name].slots, False
        with anyio.move_on_after(most):
            await slots.acquire()
            held = True
        if not held:
            raise NotReady(f"{name} is busy with other calls. {NOTHING_SENT} Try again in a moment.")
        try:
            yield
        finally:
            slots.release()
