"""What was there before a call took it away, and the calls that put it back.

`before` is what the call's preview had read. Credentials in it are masked, and kept placeholders stand for them in the
calls, unless the call was told to reveal.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from .arguments import Call
from .clean import MASK, SECRET_NAMES, masked
from .errors import HoodyError
from .jsons import Json, each_leaf
from .operation import Operation, argument_name
from .sealed import Sealed
from .seen import Seen
from .versions import found, is_none_yet, part_of, reading_of

UNREAD = object()  # in place of what was there
UNKNOWN = "What was there before could not be read, so the way back is not known."


async def before(call: Call, seen: Seen) -> Any:
    """Read what a call is about to change; None where nothing is there, `UNREAD` where that cannot be told."""
    changes = call.operation.about.changes
    if changes is None or not call.operation.has_way_back():
        return UNREAD
    try:
        document = await found(seen, reading_of(call.operation, changes))
    except (HoodyError, ValidationError):
        return UNREAD
    part = part_of(call.operation, changes, document)
    kept_from_us = any(MASK in text for text in each_leaf(part))  # it holds this server's own credential, which no answer does
    left_out = part is None and bool(changes.parts) and "{" not in "".join(changes.parts) and not is_none_yet(document)
    return UNREAD if kept_from_us or left_out else part


def told(call: Call, was: Any, sealed: Sealed, owner: str) -> Json:
    """Tell what was there, and how to put it back; nothing for calls that have no way back."""
    operation, changes = call.operation, call.operation.about.changes
    if changes is None or not operation.has_way_back():
        return {}
    if was is UNREAD:
        return {"put_back": {"note": UNKNOWN}}
    names = SECRET_NAMES | set(changes.read.about.secret)
    try:
        calls = [_shown(each, names, sealed, owner, reveal=call.reveal) for each in operation.put_back(was)]
    except (ValidationError, ValueError):
        return {"put_back": {"note": UNKNOWN}}
    note = {"note": changes.lost} if changes.lost else {}
    seen = was if call.reveal else masked(was, names, hide=_is_secret(changes.parts, names))
    return {"before": seen, "put_back": {"calls": calls} | note} if calls else {}


def _is_secret(parts: tuple[str, ...], names: frozenset[str]) -> bool:
    return any(not names.isdisjoint(path.split(".")) for path in parts)


def _shown(operation: Operation, names: frozenset[str], sealed: Sealed, owner: str, *, reveal: bool) -> Json:
    tool, hidden = operation.about.name, names | set(operation.about.secret_arguments)
    texts = {argument_name(name): value for name in operation.model_fields_set if isinstance(value := getattr(operation, name), str)}
    arguments = Call(operation).again(texts)  # texts as an argument, not as they travel
    return {"tool": tool, "arguments": arguments if reveal else sealed.seal(tool, arguments, frozenset(hidden), owner)}
