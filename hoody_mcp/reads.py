"""Reads that the engine makes for a call: with which arguments, and what it means that nothing was found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .errors import ApiError
from .jsons import Json
from .operation import KitOperation, Operation

NOT_FOUND = 404

Read = Callable[[Operation], Awaitable[Any]]  # carries out a read and gives its payload


def needed(operation: Operation, read: type[Operation], passes: tuple[str, ...] = ()) -> Json:
    """Give the arguments that a read takes over from a call: those that it needs, and some more."""
    wanted = {name for name, info in read.model_fields.items() if info.is_required()} | {"instance", *passes}
    return {name: getattr(operation, name) for name in wanted & operation.model_fields_set & read.model_fields.keys()}


def is_absence(error: ApiError, read: Operation | type[Operation]) -> bool:
    """Tell whether an error says that the thing itself does not exist: in the words of the very service that was asked."""
    kind = read if isinstance(read, type) else type(read)
    return error.status == NOT_FOUND and error.in_words and error.from_kit == issubclass(kind, KitOperation)
