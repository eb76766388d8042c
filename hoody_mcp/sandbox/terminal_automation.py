"""Driving a terminal as somebody in front of it would: press keys, paste, look, and wait for what appears."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import anyio
from pydantic import Field
from starlette.responses import Response

from .routes import Area
from .state import Json
from .terminal_open import Text, bad, existing, given_id, queried
from .terminal_screen import MAX_PATTERN, hits, in_scope, parted, snapshot
from .terminals import Terminal
from .wire import NOT_NULL, Ask, Body, Refusal, invalid, plain

area = Area()

STEP = 0.02  # seconds between two looks
MAX_WAITERS, MAX_KEYS = 16, 256
MEMORY_CAP = 256  # megabytes that a real parser of screens might have
NAMED = {
    "enter": "\r",
    "return": "\r",
    "tab": "\t",
    "escape": "\x1b[e",
    "esc": "\x1b[e",
    "space": " ",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "arrow_up": "\x1b[A",
    "up": "\x1b[A",
    "arrow_down": "\x1b[B",
    "down": "\x1b[B",
    "arrow_right": "\x1b[C",
    "right": "\x1b[C",
    "arrow_left": "\x1b[D",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "page_up": "\x1b[5~",
    "page_down": "\x1b[6~",
    **{f"ctrl+{letter}": chr(number) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)},
    **{f"f{number}": f"\x1b[{number + 10}~" for number in range(1, 13)},
}
RECALL = frozenset({"arrow_up", "up", "ctrl+p"})


class Press(Body):
    """Keys by name, or one of them."""

    keys: Annotated[list[str] | None, NOT_NULL] = Field(default=None, min_length=1, max_length=MAX_KEYS)
    key: Text = None


class Paste(Body):
    """Text as if from a clipboard."""

    text: str
    bracketed: bool = True


class Wait(Body):
    """What to wait for."""

    mode: Literal["stable", "regex", "either"] = "stable"
    debounce_ms: int = Field(default=100, ge=10, le=60_000)
    pattern: Text = None
    timeout_ms: int = Field(default=5000, ge=10, le=300_000)
    search_scope: Literal["screen", "scrollback", "all"] = "screen"
    include_colors: bool = False
    include_highlights: bool = True


@area.route("GET /terminal/keys")
def keys(_: Ask) -> Response:
    """List the names of keys."""
    return plain({"keys": list(NAMED), "count": len(NAMED)})


@area.route("POST /terminal/press")
def press(ask: Ask) -> Response:
    """Press keys; none if one of them has no such name."""
    terminal, asked = queried(ask), ask.body(Press)
    if (asked.keys is None) == (asked.key is None):
        raise invalid(("keys", "exactly one of keys and key is needed"))
    names = [name if len(name) == 1 else name.lower() for name in asked.keys or [str(asked.key)]]
    for name in names:
        if name not in NAMED and not (len(name) == 1 and name.isprintable()):
            raise bad("UNKNOWN_KEY", f"There is no key {name!r}; GET /api/v1/terminal/keys lists them")
    for name in names:
        if name in RECALL:
            terminal.recall(ask.world.clock())
        else:
            terminal.type(NAMED.get(name, name), ask.world.clock())
    return plain({"status": "ok", "terminal_id": terminal.id, "keys_sent": len(names)})


@area.route("POST /terminal/paste")
def paste(ask: Ask) -> Response:
    """Paste text; no program of the sandbox asks for brackets around it."""
    terminal, asked = queried(ask), ask.body(Paste)
    terminal.type(asked.text, ask.world.clock())
    return plain({"status": "ok", "terminal_id": terminal.id, "bytes_written": len(asked.text.encode()), "bracketed": False})


@area.route("GET /terminal/snapshot")
def look(ask: Ask) -> Response:
    """Show the screen."""
    offset, highlights = ask.number("scroll_offset", 0), ask.choice("include_highlights", ("true", "false"), "true") == "true"
    return plain(snapshot(queried(ask), offset=offset, colors=ask.flag("include_colors"), highlights=highlights))


@area.route("GET /terminal/find")
def find(ask: Ask) -> Response:
    """Find a pattern on the screen."""
    terminal = queried(ask)
    pattern = _pattern(ask.query.get("pattern"), re.IGNORECASE if ask.flag("case_insensitive") else 0)
    scope, limit = ask.choice("scope", ("screen", "scrollback", "all"), "screen"), ask.number("limit", 100, 1, 1000)
    found = hits(pattern, in_scope(terminal, scope, ask.number("scroll_offset", 0)), limit)
    return plain({"terminal_id": terminal.id, "pattern": pattern.pattern, "scope": scope, "hits": found, "count": len(found)})


@area.route("POST /terminal/wait")
async def wait(ask: Ask) -> Response:
    """Wait until the screen is still, or shows something; answer with the screen of that moment."""
    terminal, asked = queried(ask), ask.body(Wait)
    pattern = _pattern(asked.pattern) if asked.mode != "stable" else None
    if terminal.waiters >= MAX_WAITERS:
        raise Refusal(429, "TOO_MANY_WAITERS", f"{MAX_WAITERS} calls wait for this terminal already")
    began, status = ask.world.clock(), "timeout"
    terminal.waiters += 1
    try:
        with anyio.move_on_after(asked.timeout_ms / 1000):
            while not (met := _met(ask, terminal, asked, pattern)) and ask.world.clock() - began < asked.timeout_ms / 1000:
                await anyio.sleep(STEP)
                ask.world.settle()
            status = met or status
    finally:
        terminal.waiters -= 1
    found = hits(pattern, in_scope(terminal, asked.search_scope), 1) if pattern else []
    return plain(
        {
            "status": status,
            "terminal_id": terminal.id,
            "elapsed_ms": round((ask.world.clock() - began) * 1000),
            "match": found[0] if found and status == "matched" else None,
            "snapshot": snapshot(terminal, colors=asked.include_colors, highlights=asked.include_highlights),
        }
    )


@area.route("GET /terminal/automation/metrics")
def metrics(ask: Ask) -> Response:
    """Count terminals and who waits for them."""
    terminals: list[Terminal] = list(ask.box.terminals.values())
    return plain(
        {
            "active_sessions": len(terminals),
            "memory_used_mb": sum(len(terminal.screen) for terminal in terminals) // 2**20,
            "memory_cap_mb": MEMORY_CAP,
            "active_waiters": sum(terminal.waiters for terminal in terminals),
            "limits": {"max_waiters_per_session": MAX_WAITERS, "max_pattern_bytes": MAX_PATTERN, "max_keys": MAX_KEYS},
        }
    )


@area.route("GET /terminal/{terminal_id}/automation")
def state(ask: Ask) -> Response:
    """Tell when the screen changed last, and who waits for it."""
    terminal = existing(ask, given_id(ask.parts["terminal_id"]))
    found: Json = {
        "terminal_id": terminal.id,
        "vterm_active": True,
        "cols": terminal.cols,
        "rows": terminal.rows,
        "sequence": terminal.changes,
        "ms_since_change": round((ask.world.clock() - terminal.changed) * 1000),
        "fullscreen": False,
        "title": terminal.prompt.partition(":")[0],
        "scrollback_length": len(parted(terminal)[0]),
        "active_waiters": terminal.waiters,
    }
    return plain(found)


def _met(ask: Ask, terminal: Terminal, asked: Wait, pattern: re.Pattern[str] | None) -> str:
    """Give the word for the condition that is met, or ""."""
    if ask.box.terminals.get(terminal.id) is not terminal:
        return "exited"
    if pattern and hits(pattern, in_scope(terminal, asked.search_scope), 1):
        return "matched"
    still = ask.world.clock() - terminal.changed >= asked.debounce_ms / 1000
    return "stable" if still and asked.mode != "regex" else ""


def _pattern(text: str | None, flags: int = 0) -> re.Pattern[str]:
    if not text or len(text.encode()) > MAX_PATTERN:
        raise invalid(("pattern", f"is needed, with at most {MAX_PATTERN} bytes"))
    try:
        return re.compile(text, flags)
    except re.error as error:
        raise invalid(("pattern", str(error))) from None
