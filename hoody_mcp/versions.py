"""Documents with versions: a change says which version it was decided on, and never writes over one that nobody has seen.

Hoody takes the version in `If-Match: file:v<N>`, N being the document's `file_version`, 0 where there is none yet. It
refuses a stale one (412). Then the document is read again; if what the call writes over is still the same, it is sent
once more with the new version, and otherwise the caller is told what has changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .answers import Answer
from .arguments import Call
from .clean import SECRET_NAMES, masked, one_line
from .errors import MAY_HAVE_HAPPENED, ApiError, Stale, UnexpectedAnswer
from .fit import as_text
from .jsons import Json, as_array, as_object, at
from .operation import Operation
from .reads import Read, is_absence, needed
from .seen import Seen
from .traits import Changes

HEADER = "if-match"
STALE = 412
BOOKKEEPING = frozenset({"file_version", "etag", "schema_version"})  # of a document: no part of what it says
MAX_TOLD = 4  # differences
MAX_VALUE = 80  # characters of a value

Send = Callable[[dict[str, str]], Awaitable[Answer]]  # takes the headers to add


async def sent(call: Call, seen: Seen, send: Send) -> Answer:
    """Send a call with the version of what it changes, if that has one."""
    changes = call.operation.about.changes
    if changes is None or not changes.versioned:
        return await send({})
    read = reading_of(call.operation, changes)
    decided_on = await found(seen, read)
    try:
        return await send(_header(decided_on))
    except ApiError as error:
        if error.status != STALE or MAY_HAVE_HAPPENED in str(error):  # then the newer version may be this call's own
            raise
    seen.forget(read)
    now = await found(seen, read)
    before, after = (part_of(call.operation, changes, document) for document in (decided_on, now))
    if before != after:
        hidden = SECRET_NAMES | set(changes.read.about.secret)
        raise Stale(differences(masked(before, hidden), masked(after, hidden)) or ["a credential in it"])
    return await send(_header(now))


def reading_of(operation: Operation, changes: Changes) -> Operation:
    """Make the read that finds what an operation changes."""
    return changes.read(**needed(operation, changes.read))


async def found(carry_out: Read, read: Operation) -> Any:
    """Read a document; None where there is none."""
    try:
        return await carry_out(read)
    except ApiError as error:
        if is_absence(error, read):
            return None
        raise


def part_of(operation: Operation, changes: Changes, document: Any) -> Any:
    """Give what the operation changes in a document: the part, several parts under their first names, or all; None where nothing is."""
    document = None if changes.versioned and is_none_yet(document) else document
    found = {path.partition(".")[0]: _follow(operation, path, document) for path in changes.parts}
    if len(found) > 1:
        return None if document is None else found
    part = next(iter(found.values())) if found else document
    members = as_object(part)
    return part if members is None else {name: member for name, member in members.items() if name not in BOOKKEEPING}


def is_none_yet(document: Any) -> bool:
    """Tell whether an answer stands for a document that nobody has written."""
    return document is None or at(document, "file_version") == 0


def _follow(operation: Operation, path: str, document: Any) -> Any:
    here = document
    for step in path.split("."):
        name = str(getattr(operation, step[1:-1])) if step.startswith("{") else step
        items = as_array(here)
        inside = here if items is None else {str(each.get("id")): each for item in items if (each := as_object(item))}
        here = (as_object(inside) or {}).get(name)
    return here


def _header(document: Any) -> dict[str, str]:
    version = 0 if document is None else (as_object(document) or {}).get("file_version")
    if isinstance(version, bool) or not isinstance(version, int | float) or version < 0 or version != int(version):
        raise UnexpectedAnswer("The document's version cannot be read. Nothing was changed.")
    return {HEADER: f"file:v{int(version)}"}


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Name what differs between two states, the outermost first."""
    if before == after:
        return []
    old, new = _named(before), _named(after)
    if old is None or new is None:
        return [f"{path or 'it'} was {_said(before)} and is {_said(after)}"]
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    found = [each for name in names for each in differences(old.get(name), new.get(name), f"{path}.{one_line(name)}".lstrip("."))]
    return found[:MAX_TOLD] or [f"the order of {path or 'it'} is another"]


def _named(value: Any) -> Json | None:
    """Give the members of an object, or the items of a list by id or place."""
    items = as_array(value)
    return as_object(value) if items is None else {str(at(item, "id") or index): item for index, item in enumerate(items)}


def _said(value: Any) -> str:
    return "not there" if value is None else one_line(as_text(value), MAX_VALUE)
