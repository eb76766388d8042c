"""What was there before a call took it away, and the calls that put it back.

It is what the call's preview had read. Credentials in it are masked, and kept placeholders stand for them in the calls,
unless the call was told to reveal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from .arguments import Call
from .clean import MASK, SECRET_NAMES, masked
from .errors import HoodyError
from .jsons import Json, each_leaf
from .operation import Operation, argument_name
from .reads import Read
from .traits import Changes
from .versions import found, is_none_yet, part_of, reading_of

UNKNOWN = "What was there could not be read, or no call can bring it back."
NOTHING = "Nothing has to be put back."

Seal = Callable[[str, Json, frozenset[str]], Json]  # tool, arguments, names of credentials → arguments that can be shown


@dataclass(frozen=True)
class WayBack:
    """What was there, and what undoes a call: operations, or none where that is not known."""

    part: Any
    steps: tuple[Operation, ...] | None
    changes: Changes

    def announced(self) -> str:
        """Say beforehand what the result will offer."""
        if self.steps is None:
            return UNKNOWN
        lost = f"; but {self.changes.lost}." if self.changes.lost else "."
        return f"The result says which calls put it back{lost}" if self.steps else self.changes.lost or NOTHING

    def told(self, call: Call, seal: Seal) -> Json:
        """Tell what was there, and the calls."""
        names = SECRET_NAMES | set(self.changes.read.about.secret)
        if not self.steps:
            return {"put_back": {"note": self.announced()}}
        calls = [_shown(each, names, seal, reveal=call.reveal) for each in self.steps]
        note = {"note": self.changes.lost} if self.changes.lost else {}
        seen = self.part if call.reveal else masked(self.part, names, hide=_is_secret(self.changes.parts, names))
        return {"before": seen, "put_back": {"calls": calls} | note}


async def way_back(operation: Operation, read: Read) -> WayBack | None:
    """Find out how to undo a call; None if it is of a kind that cannot be undone."""
    changes = operation.about.changes
    if changes is None or not operation.has_way_back():
        return None
    try:
        document = await found(read, reading_of(operation, changes))
        part = part_of(operation, changes, document)
        steps = _steps(operation, changes, document, part)
    except (HoodyError, ValidationError, ValueError):
        return WayBack(None, None, changes)
    return WayBack(part, steps, changes)


def _steps(operation: Operation, changes: Changes, document: Any, part: Any) -> tuple[Operation, ...] | None:
    kept_from_us = any(MASK in text for text in each_leaf(document))  # it holds this server's own credential, which no answer does
    static = bool(changes.parts) and "{" not in "".join(changes.parts)
    left_out = part is None and static and not is_none_yet(document)
    none_yet = document is None or (changes.versioned and is_none_yet(document))
    return None if kept_from_us or left_out else tuple(operation.put_back(None if none_yet else document))


def _is_secret(parts: tuple[str, ...], names: frozenset[str]) -> bool:
    return any(not names.isdisjoint(path.split(".")) for path in parts)


def _shown(operation: Operation, names: frozenset[str], seal: Seal, *, reveal: bool) -> Json:
    tool, hidden = operation.about.name, names | set(operation.about.secret_arguments)
    texts = {argument_name(name): value for name in operation.model_fields_set if isinstance(value := getattr(operation, name), str)}
    arguments = Call(operation).again(texts)  # texts as an argument, not as they travel
    return {"tool": tool, "arguments": arguments if reveal else seal(tool, arguments, frozenset(hidden))}
