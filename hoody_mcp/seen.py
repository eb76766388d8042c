"""What one call has read so far: the preview, the version that is sent and the way back speak of the same state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .arguments import Call
from .operation import Operation


class Seen:
    """Makes each read once."""

    def __init__(self, read: Callable[[Operation], Awaitable[Any]]) -> None:
        """Take the function that carries out a read and gives its payload."""
        self._read = read
        self._found: dict[str, Any] = {}

    async def __call__(self, operation: Operation) -> Any:
        """Give what a read found, or finds now; a failure is no finding."""
        key = Call(operation).canonical()
        if key not in self._found:
            self._found[key] = await self._read(operation)
        return self._found[key]

    def forget(self, operation: Operation) -> None:
        """Let a read be made again."""
        self._found.pop(Call(operation).canonical(), None)
