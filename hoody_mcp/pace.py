"""How fast one host is asked: so many requests at once, and none while it wants to be left alone.

When a host answers 429 to one caller, the others wait with it: they would be refused, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from .errors import NotReady

AT_ONCE = 16  # requests to one host
APART = 0.1  # seconds between two requests to a host that has complained; Hoody's documentation suggests as much
CALM = 10.0  # seconds without another complaint after which a host is asked as fast as before
PATIENCE = 10.0  # seconds that callers wait because of a complaint; a longer one is about one operation, such as logging in


@dataclass
class _Host:
    slots: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(AT_ONCE))
    quiet_until: float = 0.0  # no request starts before
    slow_until: float = 0.0  # requests start apart from each other before
    next_start: float = 0.0


class Pace:
    """Lets requests start."""

    def __init__(self) -> None:
        """Begin without any complaint."""
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    @asynccontextmanager
    async def turn(self, name: str, most: float) -> AsyncGenerator[None]:
        """Wait until a request to a host may start, and count it; `NotReady` if that takes longer than `most` seconds."""
        host, started = self._hosts[name], False
        with anyio.move_on_after(most):
            await _wait(host)
            await host.slots.acquire()
            started = True
        if not started:
            raise NotReady(f"{name} is busy with other calls. Nothing was sent; try again in a moment.")
        try:
            yield
        finally:
            host.slots.release()

    def complain(self, name: str, seconds: float) -> None:
        """Take a host's word that it wants to be left alone for some seconds."""
        if seconds > PATIENCE:
            return
        host = self._hosts[name]
        host.quiet_until = max(host.quiet_until, anyio.current_time() + seconds)
        host.slow_until = host.quiet_until + CALM


async def _wait(host: _Host) -> None:
    while (now := anyio.current_time()) < host.slow_until:
        start = max(now, host.quiet_until, host.next_start)
        host.next_start = start + APART
        await anyio.sleep(start - now)
        if start >= host.quiet_until:  # nobody complained meanwhile
            return
