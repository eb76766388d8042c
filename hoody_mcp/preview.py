"""What a call would destroy or cost, read before anything happens: for whoever has to say yes.

Names in it come from other people, so they are quoted, short and on one line, and our own words stand first.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
from pydantic import ValidationError

from .arguments import Call
from .clean import SECRET_NAMES, masked, one_line
from .errors import ApiError, HoodyError, SettingsError
from .fit import as_text, middle_out, shortened
from .jsons import Json, as_array, as_object, at
from .operation import Operation, Place, Risk, Show
from .reads import Read, is_absence, needed
from .way_back import way_back

MAX_READS = 6
MAX_CHARACTERS = 1_500
SECONDS = 10.0
SHORT_ARGUMENT, LONG_ARGUMENT = 120, 1_000  # characters
MAX_TOLD = 6  # members of one value
MAX_ITEMS = (10, 5, 3, 1)  # of a list: as many as fit
FIRST = ("warning", "bill")  # never cut away
UNREAD = "could not be read"
NOTHING = "none"
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Preview:
    """What a call is about; `code` is what a yes is given with."""

    tool: str
    damage: str
    parts: dict[str, Any] = field(default_factory=dict[str, Any])
    binding: str = ""  # the facts that must still hold when a yes comes
    gone: bool = False  # the target does not exist (any more)
    code: str = ""
    note: str = ""

    def shown(self, again: str = "") -> dict[str, Any]:
        """Write it as a result; `again` says how to repeat the call with the code, if not by the tool's name."""
        if self.gone:
            said = f"{self.tool}: nothing to do. The target was not found: it is gone already, or this token may not see it."
            return {"done": False, "result": said}
        ask = "Nothing has been changed yet." + (f" {self.note}" if self.note else "")
        again = again or f"call {self.tool} with the same arguments and this code as confirm"
        how = f"To go ahead, {again}. It is good once, for ten minutes."
        how += " Ask the user first, unless they asked for exactly this."
        return {"done": False, "preview": ask, "damage": self.damage, **self.parts} | (
            {"confirm": self.code, "next": how} if self.code else {}
        )


@dataclass(frozen=True)
class Part:
    """One read of a preview."""

    told: Any
    bound: Any = None
    gone: bool = False
    found: Any = None  # the answer itself


async def look(call: Call, read: Read) -> Preview:
    """Read what the operation shows, within bounds of time and size; what cannot be read is told as such."""
    about = call.operation.about
    parts: dict[str, Part] = {}
    ways: Json = {}
    with anyio.move_on_after(SECONDS):
        for show in about.shows[:MAX_READS]:
            parts[show.name] = await _part(call.operation, show, read, first=not parts)
        ways = await _ways(call.operation, read)
    for show in about.shows:
        parts.setdefault(show.name, Part(f"{UNREAD}: no answer within {SECONDS:.0f} seconds"))
    gone = any(part.gone for part in list(parts.values())[:1])
    foreseen = call.operation.foresee({name: part.found for name, part in parts.items() if part.found is not None})
    told = {"arguments": _arguments(call)} | dict(foreseen) | {name: part.told for name, part in parts.items()} | ways
    binding = json.dumps([[name, part.bound] for name, part in parts.items()], sort_keys=True, default=str)
    return Preview(about.name, about.description, _within(told), binding, gone)


async def _ways(operation: Operation, read: Read) -> Json:
    """Tell how to keep what would be lost, and whether the result will say how to put it back."""
    told: Json = {"first": operation.about.advice} if operation.about.advice else {}
    back = await way_back(operation, read)
    return told | ({"way back": back.announced()} if back else {})


async def _part(operation: Operation, show: Show, read: Read, *, first: bool) -> Part:
    try:
        payload = await read(reading(operation, show))
    except SettingsError:
        raise
    except ApiError as error:
        if error.status == UNAUTHORIZED and first:
            raise
        absent = is_absence(error, show.read)
        if absent and show.optional:
            return Part(NOTHING, found={})
        return Part(f"{UNREAD}: {one_line(str(error), 160)}", gone=absent and first)
    except HoodyError as error:
        return Part(f"{UNREAD}: {one_line(str(error), 160)}")
    except ValidationError:
        return Part(f"{UNREAD}: its arguments do not fit the read")
    return _listed(operation, show, payload) if show.items else _single(show, payload)


def reading(operation: Operation, show: Show) -> Operation:
    """Make the read, with the arguments that it needs and this call has."""
    return show.read(**{**needed(operation, show.read, show.passes), **show.arguments})


async def findings(operation: Operation, read: Read) -> Json:
    """Give what the reads of a preview found, by label; what could not be read is not there."""
    found: Json = {}
    for show in operation.about.shows:
        with suppress(HoodyError, ValidationError):
            found[show.name] = await read(reading(operation, show))
    return found


def _single(show: Show, payload: Any) -> Part:
    found = as_object(payload)
    if found is None:
        return Part(f"{UNREAD}: unexpected answer")
    seen = _masked(found, show.read)
    told = {name: _said(at(seen, name)) for name in show.tells if at(seen, name) is not None}
    return Part(told, [at(found, name) for name in show.binds], found=payload)


def _listed(operation: Operation, show: Show, payload: Any) -> Part:
    things = _things(payload if as_array(payload) is not None else at(payload, show.items))
    if things is None:
        return Part(f"{UNREAD}: unexpected answer")
    counted = [thing for thing in things if show.counts(operation, thing)]
    seen = _masked(counted, show.read)
    told = [{name: _said(at(thing, name)) for name in show.tells if at(thing, name) is not None} for thing in seen]
    bound = [[at(thing, name) for name in show.binds] for thing in counted]
    total = _total(payload, len(things)) if len(counted) == len(things) else len(counted)
    missing = not counted and bool(show.where) and not show.optional
    shown = {"count": total, "items": told} if any(told) else {"count": total}
    return Part(shown, [total, bound], gone=missing, found=payload)


def _masked(found: Any, read: type[Operation]) -> Any:
    return masked(found, SECRET_NAMES | set(read.about.secret), shown=frozenset(read.about.hands_out))


def _things(found: Any) -> list[Json] | None:
    """Give the things of a list, or the members of a map. None if it is neither."""
    named, listed = as_object(found), as_array(found)
    if named is not None:
        return [{"key": key, "value": value} for key, value in named.items()]
    return None if listed is None else [as_object(thing) or {"name": thing} for thing in listed]


def _total(payload: Any, seen: int) -> int:
    total = at(payload, "pagination.total")
    return total if isinstance(total, int) else seen


def _said(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    items, members = as_array(value), as_object(value)
    if items is not None:
        return [_said(item) for item in items[:MAX_TOLD]] + ([f"and {len(items) - MAX_TOLD} more"] if len(items) > MAX_TOLD else [])
    if members is not None:
        rest = {"…": f"and {len(members) - MAX_TOLD} more"} if len(members) > MAX_TOLD else {}
        return {one_line(key): _said(member) for key, member in list(members.items())[:MAX_TOLD]} | rest
    return value


def _arguments(call: Call) -> dict[str, Any]:
    """Tell the arguments as they will be sent, credentials masked."""
    about = call.operation.about
    hidden = SECRET_NAMES | set(about.secret_arguments) | set(about.secret)
    runs = call.risk is Risk.EXECUTE or call.operation.about.runs
    length = LONG_ARGUMENT if runs else SHORT_ARGUMENT  # what runs must be seen, also its end
    seen = masked(call.operation.given(*Place), hidden)
    texts = {name: value if isinstance(value, str) else as_text(value) for name, value in seen.items()}
    return {name: one_line(middle_out(text, length), 2 * length) for name, text in texts.items()}


def _within(parts: dict[str, Any]) -> dict[str, Any]:
    """Show fewer items until the whole is short enough; what matters most stays whole."""
    first = {name: parts[name] for name in FIRST if name in parts}
    rest = {name: part for name, part in parts.items() if name not in FIRST}
    room = MAX_CHARACTERS - len(as_text(first))
    for most in MAX_ITEMS:
        cut = {name: _fewer(part, most) for name, part in rest.items()}
        if len(as_text(cut)) <= room:
            return first | cut
    return first | (as_object(shortened(rest, room)) or {})


def _fewer(part: Any, most: int) -> Any:
    listed = as_object(part) or {}
    return {**listed, "items": listed["items"][:most]} if "items" in listed else part
