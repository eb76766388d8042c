"""What a terminal shows: its text in rows, as somebody in front of it sees it."""

from __future__ import annotations

import itertools
import re

from .state import Json
from .terminals import ESCAPE, Terminal

CLEARED = "\x1b[2J"
MAX_PATTERN = 1024  # bytes of a pattern that is looked for


def rows(terminal: Terminal) -> list[str]:
    """Give all rows since the screen was last cleared."""
    text = ESCAPE.sub("", terminal.screen.rpartition(CLEARED)[2])
    return [row for line in text.split("\n") for row in _wrapped(line.rpartition("\r")[2], terminal.cols)]


def _wrapped(line: str, cols: int) -> list[str]:
    return [line[start : start + cols] for start in range(0, len(line), cols)] or [""]


def parted(terminal: Terminal, offset: int = 0) -> tuple[list[str], list[str]]:
    """Give what has scrolled away, and what is on the screen when it is scrolled back by `offset` rows."""
    everything = rows(terminal)
    end = max(len(everything) - offset, min(terminal.rows, len(everything)))
    start = max(end - terminal.rows, 0)
    return everything[:start], everything[start:end]


def in_scope(terminal: Terminal, scope: str, offset: int = 0) -> list[str]:
    """Give the rows of the screen, of what has scrolled away, or of both."""
    gone, seen = parted(terminal, offset)
    return {"screen": seen, "scrollback": gone, "all": gone + seen}[scope]


def hits(pattern: re.Pattern[str], lines: list[str], limit: int) -> list[Json]:
    """Find a pattern in rows."""
    found = ((row, hit) for row, line in enumerate(lines) for hit in pattern.finditer(line) if hit[0])
    first = itertools.islice(found, limit)
    return [{"row": row, "col": hit.start(), "length": len(hit[0]), "text": hit[0]} for row, hit in first]


def snapshot(terminal: Terminal, *, offset: int = 0, colors: bool = False, highlights: bool = True) -> Json:
    """Give the screen with what belongs to it."""
    gone, seen = parted(terminal, offset)
    found: Json = {
        "terminal_id": terminal.id,
        "cols": terminal.cols,
        "rows": terminal.rows,
        "lines": seen + [""] * (terminal.rows - len(seen)),
        "cursor": {"row": len(seen) - 1, "col": min(len(seen[-1]), terminal.cols - 1), "visible": not offset},
        "title": terminal.prompt.partition(":")[0],
        "fullscreen": False,
        "sequence": terminal.changes,
        "scroll_offset": offset,
        "scrollback_length": len(gone),
    }
    return found | ({"colored_lines": found["lines"]} if colors else {}) | ({"highlights": []} if highlights else {})
