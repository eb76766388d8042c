"""The tool that reads a result on which was too large to be shown whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import mcp_types as types
from pydantic import MISSING, Field

from .errors import InvalidArguments
from .fit import MAX_CHARACTERS, ROOM_FOR_NOTES, as_text
from .jsons import Json
from .operation import Default
from .own import OwnTool
from .result import ORIGIN

if TYPE_CHECKING:
    from .engine import Engine
    from .kept import Text
    from .own import Report

LONGEST = 20_000  # characters of one piece


class HoodyResult(OwnTool, keywords="continue rest more truncated cut long output"):
    """Read on in a result that was cut: its "kept" names the id. Kept for ten minutes."""

    id: str = Field(description="Id out of a result's kept.")
    offset: Annotated[int, Field(ge=0), Default(0)] | MISSING = Field(default=MISSING, description="First character.")
    length: Annotated[int, Field(ge=1, le=LONGEST), Default(LONGEST)] | MISSING = Field(default=MISSING, description="Characters.")

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:  # noqa: ARG002 - no progress to tell
        """Give one piece and where the next begins."""
        text = engine.kept.find(self.id, engine.settings.caller())
        if text is None:
            raise InvalidArguments(["id names no kept result (any more): call the tool again that gave it"])
        offset = 0 if self.offset is MISSING else self.offset
        return engine.shown(piece(self.id, text, offset, LONGEST if self.length is MISSING else self.length))


def piece(id_: str, text: Text, offset: int, length: int) -> Json:
    """Give a piece of a text that fits into a result, and where the next one begins."""
    part = text.text[offset : offset + length]
    room = MAX_CHARACTERS - ROOM_FOR_NOTES
    while len(as_text(part)) > room:  # quotes and line breaks take two characters each, control characters six
        part = part[: len(part) * room // len(as_text(part)) - 1]
    end = offset + len(part)
    shown: Json = {"origin": ORIGIN} if text.foreign else {}
    shown |= {"result": part, "offset": offset, "characters": text.whole}
    if end < len(text.text):
        return {**shown, "next": {"id": id_, "offset": end}}
    lost = {"notes": [f"Only the first {len(text.text)} characters were kept."]} if text.whole > len(text.text) else {}
    return {**shown, "end": True, **lost}
