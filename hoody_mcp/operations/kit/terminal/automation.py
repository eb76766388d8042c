"""Full-screen programs in a terminal session: read the screen, wait for it, press keys, click."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, Field, WithJsonSchema

from ....operation import Body, Default, KitOperation, Path, Query, Risk, TerminalId

Regex = Annotated[str, Field(min_length=1, max_length=1024, description="Regular expression (PCRE2).")]
Highlights = Annotated[bool, Default(value=True), Field(description="Add where text stands in reverse video, as selected menu rows do.")]
ScrollOffset = Annotated[int, Field(ge=0), Default(0), Field(description="Lines to scroll back; 0 is the present screen.")]
Modifier = Literal["shift", "alt", "meta", "ctrl", "control"]

NO_COLORS = {"include_colors": "colors are escape codes, and results carry none"}


class TerminalAutomationState(
    KitOperation,
    route="GET /api/v1/terminal/{terminal_id}/automation",
    risk=Risk.READ,
    answer="terminal",
    keywords="debug why did the wait time out did the screen change",
):
    """Show how a session's screen is being followed: size, title, change counter, time since the last change, waiting calls.

    Its text: terminal_snapshot.
    """

    terminal_id: Path[TerminalId]


class TerminalAutomationMetrics(
    KitOperation,
    route="GET /api/v1/terminal/automation/metrics",
    risk=Risk.READ,
    keywords="vterm parser memory cap leak statistics usage",
):
    """Measure what following the screens of all sessions costs: memory and its limit, sessions, waiting calls."""


class TerminalFind(
    KitOperation,
    route="GET /api/v1/terminal/find",
    risk=Risk.READ,
    answer="terminal",
    keywords="grep search locate text position coordinates on screen",
):
    """Search a session's screen or scrollback for a pattern: the text and the row and column of each hit.

    To wait until it appears: terminal_wait.
    """

    terminal_id: Query[TerminalId]
    pattern: Query[Regex]
    scope: Query[Annotated[Literal["screen", "scrollback", "all"], Default("screen")] | MISSING] = Field(
        default=MISSING, description="Where to search."
    )
    case_insensitive: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(default=MISSING, description="Ignore case.")
    limit: Query[Annotated[int, Field(ge=1, le=1000), Default(100)] | MISSING] = Field(default=MISSING, description="Most hits.")
    scroll_offset: Query[ScrollOffset | MISSING] = MISSING


class TerminalKeys(
    KitOperation,
    route="GET /api/v1/terminal/keys",
    risk=Risk.READ,
    keywords="key names shortcuts keyboard which keys can I send",
):
    """List the key names that terminal_press takes. Single characters work too without being listed."""


class TerminalMouse(
    KitOperation,
    route="POST /api/v1/terminal/mouse",
    risk=Risk.WRITE,
    shown_by="terminal_snapshot",
    omits={"events": "one event a call: click is down and up, and a drag is down, move, up"},
    keywords="click scroll wheel drag TUI htop menu button",
):
    """Send a mouse event to the program in a session; only programs that listen to the mouse notice it.

    Positions are character cells from 0, as terminal_find gives them. To drag: down, move, up.
    """

    terminal_id: Query[TerminalId]
    type_: Body[Literal["move", "down", "up", "click", "scroll"]] = Field(alias="event.type", description="What the mouse does.")
    row: Body[Annotated[int, Field(ge=0)]] = Field(alias="event.row", description="Row of the cell.")
    col: Body[Annotated[int, Field(ge=0)]] = Field(alias="event.col", description="Column of the cell.")
    button: Body[Annotated[int, Field(ge=1, le=5)] | MISSING] = Field(
        default=MISSING, alias="event.button", description="1 left, 2 middle, 3 right; 4 and 5 are the wheel."
    )
    direction: Body[Literal["up", "down"] | MISSING] = Field(
        default=MISSING, alias="event.direction", description="Way to scroll, instead of button."
    )
    amount: Body[Annotated[int, Field(ge=1, le=20)] | MISSING] = Field(
        default=MISSING, alias="event.amount", description="Steps to scroll."
    )
    modifiers: Body[Annotated[list[Modifier], Field(max_length=8)] | MISSING] = Field(
        default=MISSING, alias="event.modifiers", description="Keys held down: shift, alt, meta, ctrl (or control)."
    )


class TerminalPaste(
    KitOperation,
    route="POST /api/v1/terminal/paste",
    risk=Risk.EXECUTE,
    shown_by="terminal_snapshot",
    keywords="insert type text clipboard vim editor prompt multi-line",
):
    """Paste text into a session as one piece, for editors and prompts; Enter is not pressed (terminal_press).

    A shell may still execute lines that end. To run commands: terminal_execute.
    """

    terminal_id: Query[TerminalId]
    text: Body[str] = Field(description="Text to paste.")
    bracketed: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(
        default=MISSING, description="Mark it as a paste for programs that know that; false: as if typed."
    )


# Hoody's documentation gives names no type, and Hoody checks them itself.
KeyName = Annotated[Any, WithJsonSchema({"type": "string"})]


class TerminalPress(
    KitOperation,
    route="POST /api/v1/terminal/press",
    risk=Risk.EXECUTE,
    shown_by="terminal_snapshot",
    omits={"key": "keys with one entry says the same"},
    keywords="keyboard ctrl-c escape arrow enter function keys hit TUI vim menu dialog",
):
    """Press keys in a session: for menus, editors, dialogs. An unknown name refuses the whole call (terminal_keys lists them).

    Then look with terminal_wait. For text: terminal_paste, or terminal_write with Enter.
    """

    terminal_id: Query[TerminalId]
    keys: Body[Annotated[list[KeyName], Field(max_length=256)] | MISSING] = Field(
        default=MISSING, description='Always needed: keys in order, such as ["ctrl+c", "arrow_up", "enter", "y"].'
    )


class TerminalSnapshot(
    KitOperation,
    route="GET /api/v1/terminal/snapshot",
    risk=Risk.READ,
    answer="terminal",
    omits=NO_COLORS,
    keywords="see read look at what the screen shows now, TUI display content",
):
    """Read the screen of a session as a person sees it: lines of text, cursor, title.

    Right after input terminal_wait is better: it lets the screen settle. Picture: terminal_screenshot; all output: terminal_raw_output.
    """

    terminal_id: Query[TerminalId]
    scroll_offset: Query[ScrollOffset | MISSING] = MISSING
    include_highlights: Query[Highlights | MISSING] = MISSING


class TerminalWait(
    KitOperation,
    route="POST /api/v1/terminal/wait",
    risk=Risk.READ,
    answer="terminal",
    omits=NO_COLORS,
    keywords="until prompt appears expect block pause output finished idle ready done",
):
    """Wait until a session's screen rests or shows a pattern, at most 40 seconds; returns a status and the screen of that moment.

    Status timeout is no error: wait again. vterm_reinit has no screen: repeat the call.
    """

    terminal_id: Query[TerminalId]
    mode: Body[Annotated[str, Default("stable")] | MISSING] = Field(
        default=MISSING, description="stable: no change for debounce_ms; regex: pattern is there; either."
    )
    pattern: Body[Regex | MISSING] = Field(default=MISSING, description="Regular expression (PCRE2); needed unless mode is stable.")
    search_scope: Body[Annotated[str, Default("screen")] | MISSING] = Field(
        default=MISSING, description="Where it may stand: screen, scrollback or all."
    )
    timeout_ms: Body[Annotated[int, Field(ge=10, le=40000), Default(5000)] | MISSING] = Field(
        default=MISSING, description="Longest wait in milliseconds."
    )
    debounce_ms: Body[Annotated[int, Field(ge=10, le=60000), Default(100)] | MISSING] = Field(
        default=MISSING, description="Milliseconds of rest that count as stable."
    )
    include_highlights: Body[Highlights | MISSING] = MISSING
