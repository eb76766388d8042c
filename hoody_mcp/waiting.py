"""The tool that waits until something has come to rest: a container that starts, a command that runs, an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import anyio
import mcp_types as types
from pydantic import MISSING, Field

from .clean import Redactor, one_line
from .connection import RESERVE, time_limit
from .discovery import only, operation_of
from .errors import MAX_UPSTREAM_TEXT, InvalidArguments, Refused
from .fit import MAX_CHARACTERS, ROOM_FOR_NOTES, fits, shortened
from .jsons import Json, as_array, as_object, at
from .kept import only_the_last
from .operation import Default
from .own import OtherArguments, OwnTool
from .result import tool_result
from .traits import Risk, Settles

if TYPE_CHECKING:
    from .catalog import Entry
    from .engine import Engine
    from .own import Report

LONGEST = 45  # seconds of one call; clients give up after 60
SLACK = RESERVE + 5.0  # seconds beyond those that were asked for, so that the first look can end, and names can be looked up before it
MOST_LOST = 4  # looks in a row that may fail after one that has succeeded
UNCHANGED = "Nothing was changed."
CUT = "Cut to fit: '…' marks what is left out. The tool that shows the state shows more when it is called by itself."
PAUSES = (0.5, 0.5, 1.0, 1.0, 2.0)  # seconds between two looks, the last for all further ones


class HoodyWait(OwnTool, reaches={Risk.READ}, flat=True, keywords="poll until ready running finished status done"):
    """Wait until what a reading tool shows has come to rest.

    containers_get, terminal_result and reservations_get know when that is; any other needs field and until.
    """

    name: str = Field(description="Tool that shows the state, such as containers_get.")
    arguments: Annotated[OtherArguments, Field(description="Its arguments by name.")] | MISSING = MISSING
    until: Annotated[list[str], Field(description="Values to wait for; absent: any at rest.")] | MISSING = MISSING
    field: str | MISSING = Field(default=MISSING, description="Field of its result; absent: the usual one, mostly status.")
    seconds: Annotated[int, Field(ge=1, le=LONGEST), Default(LONGEST)] | MISSING = Field(default=MISSING, description="At most.")

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:
        """Look again and again; the last look is the result, with how to go on."""
        entry, given = operation_of(engine, self.name), {} if self.arguments is MISSING else self.arguments
        admit = only(self, given)
        if entry.risk is not Risk.READ:
            return await engine.operation(entry, given, admit)  # which names the tool that takes this call
        rest, begun = self._rest(entry), anyio.current_time()
        seconds = float(LONGEST if self.seconds is MISSING else self.seconds)
        with time_limit(min(seconds + SLACK, LONGEST)), only_the_last():
            given = await engine.understood(entry, {name: value for name, value in given.items() if name != "select"}, admit)
            looks = Looks(entry, rest, [] if self.until is MISSING else [value.lower() for value in self.until])
            while True:
                look = anyio.current_time()
                looks.add(await engine.operation(entry, given, admit))
                now = anyio.current_time()
                waited, pause = now - begun, PAUSES[min(looks.count, len(PAUSES)) - 1]
                lost = not looks.found and waited >= rest.appears
                if lost or looks.over or waited + pause + (now - look) >= seconds:
                    return looks.told(waited)
                await report(waited, seconds, looks.progress)
                await anyio.sleep(pause)

    def _rest(self, entry: Entry) -> Settles:
        """Tell what to look at; `InvalidArguments` if neither the tool nor the caller says."""
        known = entry.operation.about.settles
        if self.field is MISSING and known is None:
            raise InvalidArguments([f"field is missing: {entry.name} has no usual one; name the field and give until"])
        field = known.field if self.field is MISSING and known else self.field
        usual = known if known and field == known.field else None
        if usual is None and self.until is MISSING:
            raise InvalidArguments(["until is missing: it is not known at which values this field is at rest"])
        return usual or Settles(str(field), ())


class Looks:
    """What was seen in one look after the other."""

    def __init__(self, entry: Entry, rest: Settles, wanted: list[str]) -> None:
        """Take where the state stands, and the states that are waited for; any at rest if none are named."""
        self._entry, self._rest, self._wanted = entry, rest, wanted
        self._last = self._good = types.CallToolResult(content=[], is_error=True)  # the last one, and the last that succeeded
        self._lost = 0  # looks in a row that failed
        self.count = 0
        self.state: str | None = None  # in the last look that succeeded

    def add(self, result: types.CallToolResult) -> None:
        """Take in a look; `Refused` if it shows that there is nothing to wait for."""
        self.count, self._last = self.count + 1, result
        self._lost = self._lost + 1 if result.is_error else 0
        if not result.is_error:
            self._good = result
            self.state = self._seen()

    @property
    def over(self) -> bool:
        """Whether no further look is needed, or too many have failed."""
        return self._ended or (self.found and self._lost >= MOST_LOST)

    @property
    def found(self) -> bool:
        """Whether any look has succeeded."""
        return not self._good.is_error

    @property
    def progress(self) -> str:
        """What to say while it goes on."""
        return "the last look failed" if self._lost else f"{self._rest.field} is {self.state}"

    def told(self, waited: float) -> types.CallToolResult:
        """Give the last look that succeeded and what it means; the last one of all if none did."""
        if not self.found:
            return self._last
        how = "It has come to rest." if self._ended else "Not yet: call hoody_wait again with the same arguments to go on waiting."
        reached, next_ = self._ended and not self._failed, "It FAILED." if self._failed else how
        wait = {"state": self.state, "reached": reached, "waited_seconds": round(waited, 1), "next": next_}
        shown = {"wait": wait} | (as_object(self._good.structured_content) or {})
        if self._lost:
            said = " ".join(block.text for block in self._last.content if isinstance(block, types.TextContent))
            note = f"This is what an earlier look showed; the last one failed: {one_line(said, MAX_UPSTREAM_TEXT)}"
            shown["notes"] = [*(as_array(shown.get("notes")) or ()), note]
        return with_more(self._good, shown)

    @property
    def _ended(self) -> bool:
        if self.state is None:
            return False
        return self.state in self._wanted or self._failed or (not self._wanted and self.state not in self._rest.passing)

    @property
    def _failed(self) -> bool:
        return self.state in self._rest.failed and self.state not in self._wanted

    def _seen(self) -> str | None:
        """Read the state out of the last look that succeeded."""
        shown, usual = as_object(self._good.structured_content) or {}, self._entry.operation.about.settles
        found = at(shown.get("result"), self._rest.field)
        if found is not None:
            return str(found).lower()
        known = instead(shown.get("result"), self._rest.field)
        if "items" in shown:
            raise Refused(f"{self._entry.name} shows a list, which has no state: wait with the tool that shows one thing. {UNCHANGED}")
        if known is not None and not (usual and str(at(shown.get("result"), usual.field)).lower() in usual.passing):
            raise Refused(f"{self._entry.name} shows no field {one_line(self._rest.field)!r}; there are: {known}. {UNCHANGED}")
        return None


def instead(value: object, field: str) -> str | None:
    """Name the fields that there are where a dotted path leads nowhere; None where it leads to null, which may still change."""
    for name in field.split("."):
        members = as_object(value)
        if value is None or members is None or name not in members:
            return None if value is None else one_line(", ".join(members or ()), MAX_UPSTREAM_TEXT) or "none"
        value = members[name]
    return None


def with_more(result: types.CallToolResult, shown: Json) -> types.CallToolResult:
    """Give a result with another object in both of its forms."""
    if not fits(shown):
        shown = as_object(shortened(shown, MAX_CHARACTERS - ROOM_FOR_NOTES)) or {}
        shown |= {"notes": [*(as_array(shown.get("notes")) or ()), CUT]}
    pictures = [block for block in result.content if isinstance(block, types.ImageContent)]
    return tool_result(shown, Redactor(()), pictures)  # credentials were taken out before
