"""What one call has read so far: the preview, the version that is sent and the way back speak of the same state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .arguments import Call
from .errors import HoodyError, Interrupted
from .operation import Operation


class Seen:
    """Makes each read once."""

    def __init__(self, read: Callable[[Operation], Awaitable[Any]]) -> None:
        """Take the function that carries out a read and gives its payload."""
        self._read = read
        self._found: dict[str, Any] = {}
        self._failed: dict[str, HoodyError] = {}

    async def __call__(self, operation: Operation) -> Any:
        """Give what a read found, or finds now; one that failed fails again, so that nothing is decided on what no preview has shown."""
        key = Call(operation).canonical()
        if key in self._failed:
            raise self._failed[key]
        if key not in self._found:
            self._failed[key] = Interrupted("It could not be read in time.", passing=False)  # unless it ends in another way
            try:
                self._found[key] = await self._read(operation)
            except HoodyError as error:
                self._failed[key] = error
                raise
            del self._failed[key]
        return self._found[key]

    def forget(self, operation: Operation) -> None:
        """Let a read be made again."""
        key = Call(operation).canonical()
        self._found.pop(key, None)
        self._failed.pop(key, None)
