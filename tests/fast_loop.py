"""A clock for tests of waits: `@at_once` lets every wait end at once, while the loop's time says how long it was."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Moves the time on instead of waiting, except for threads at work."""

    now = 0.0
    threads: anyio.CapacityLimiter | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(timeout if timeout is None else 0)
        while not found and timeout and self.threads and self.threads.borrowed_tokens:
            found = super().select(0.01)
        if timeout and timeout > 0 and not found:
            self.now += timeout
        return found


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits for its own time, for tests without a network."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    async def respecting_threads(self, work: Coroutine[Any, Any, T]) -> T:
        self._clock.threads = anyio.to_thread.current_default_thread_limiter()
        return await work


def at_once(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run a test in a loop whose waits take no time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        loop = FastLoop()
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(loop.respecting_threads(test(*args, **kwargs)))

    return run
