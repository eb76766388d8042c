"""The tool that waits until something has come to rest: a container that starts, a command that runs, an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import anyio
import mcp_types as types
from pydantic import MISSING, Field

from .connection import time_limit
from .discovery import only, operation_of
from .errors import InvalidArguments
from .fit import MAX_CHARACTERS, ROOM_FOR_NOTES, as_text, fits, shortened
from .jsons import Json, as_array, as_object, at
from .operation import Default
from .own import OtherArguments, OwnTool
from .traits import Risk, Settles

if TYPE_CHECKING:
    from .catalog import Entry
    from .engine import Engine
    from .own import Report

LONGEST = 45  # seconds of one call; clients give up after 60
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
        rest = self._rest(entry)
        seconds = float(LONGEST if self.seconds is MISSING else self.seconds)
        begun, looks = anyio.current_time(), 0
        with time_limit(LONGEST):
            while True:
                result = await engine.operation(entry, given, admit)
                waited = anyio.current_time() - begun
                state = None if result.is_error else _state(result, rest.field)
                pause = PAUSES[min(looks, len(PAUSES) - 1)]
                lost = result.is_error and waited >= rest.appears
                if lost or self._ended(state, rest) or waited + pause >= seconds:
                    return _told(result, state, ended=self._ended(state, rest), waited=waited, failed=state in rest.failed)
                await report(waited, seconds, f"{rest.field} is {state}")
                await anyio.sleep(pause)
                looks += 1

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

    def _ended(self, state: str | None, rest: Settles) -> bool:
        if state is None:
            return False
        wanted = () if self.until is MISSING else [value.lower() for value in self.until]
        return state in wanted or state in rest.failed or (not wanted and state not in rest.passing)


def _state(result: types.CallToolResult, field: str) -> str | None:
    found = at((as_object(result.structured_content) or {}).get("result"), field)
    return str(found).lower() if found is not None else None


def _told(result: types.CallToolResult, state: str | None, *, ended: bool, waited: float, failed: bool) -> types.CallToolResult:
    shown: Json = as_object(result.structured_content) or {}
    if result.is_error:
        return result
    how = "It has come to rest." if ended else "Not yet: call hoody_wait again with the same arguments to go on waiting."
    wait = {"state": state, "reached": ended and not failed, "waited_seconds": round(waited, 1), "next": "It FAILED." if failed else how}
    return with_more(result, {"wait": wait} | shown)


def with_more(result: types.CallToolResult, shown: Json) -> types.CallToolResult:
    """Give a result with another object in both of its forms."""
    if not fits(shown):
        shown = as_object(shortened(shown, MAX_CHARACTERS - ROOM_FOR_NOTES)) or {}
        shown |= {"notes": [*(as_array(shown.get("notes")) or ()), CUT]}
    others = [block for block in result.content if not isinstance(block, types.TextContent)]
    return types.CallToolResult(content=[types.TextContent(text=as_text(shown)), *others], structured_content=shown)
