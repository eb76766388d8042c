"""Terminal sessions of a container: open, list, look back, end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ....operation import Body, Default, KitOperation, Path, Query, Risk, Show, TerminalId
from .automation import TerminalSnapshot
from .execution import OVER_SSH


class TerminalSessionsList(
    KitOperation,
    route="GET /api/v1/terminal/sessions",
    risk=Risk.READ,
    answer="terminal",
    items=".",
    omits={"history_lines": "an alias of history_limit"},
    keywords="shells open terminals active PTY which are running",
):
    """List the open terminal sessions with their last commands. All of one session's: terminal_history."""

    history_limit: Query[Annotated[int, Field(ge=0, le=1000), Default(50)] | MISSING] = Field(
        default=MISSING, description="Most commands per session."
    )


class TerminalSessionsCreate(
    KitOperation,
    route="POST /api/v1/terminal/create",
    risk=Risk.WRITE,
    shown_by="terminal_sessions_list",
    secret_arguments=("ssh_key", "ssh_password", "socks5_pass"),
    omits={
        "startup_script": "runs code, which terminal_execute does, with its output",
        "welcome": "a greeting for people at the web terminal",
        "debug": "traces of Hoody's own start-up",
    },
    rare=(
        "ephemeral",
        "shell",
        "user",
        "wait_until_display",
        "wait_timeout",
        "desktop_env",
        *OVER_SSH,
    ),
    keywords="open new shell start console PTY desktop GUI SSH connect",
):
    """Open a session for interactive programs, SSH or a display; one that exists already is kept.

    Then terminal_execute or terminal_press, terminal_wait, terminal_snapshot. One-off commands need none. Unused and idle for 300
    seconds it is dropped, and so at a reboot.
    """

    terminal_id: Body[TerminalId | MISSING] = Field(
        default=MISSING, description="1 to 39999 as text, one per program. Needed unless ephemeral."
    )
    ephemeral: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Throwaway session with an id of Hoody's choice; no GUI programs."
    )
    shell: Body[str | MISSING] = Field(default=MISSING, description="bash, zsh, fish or sh.")
    user: Body[str | MISSING] = Field(default=MISSING, description="System user, such as root or user; default: as whoami prints.")
    cwd: Body[str | MISSING] = Field(default=MISSING, description="Directory to start in.")
    cols: Body[Annotated[int, Field(ge=1), Default(80)] | MISSING] = Field(default=MISSING, description="Columns.")
    rows: Body[Annotated[int, Field(ge=1), Default(24)] | MISSING] = Field(default=MISSING, description="Rows.")
    display: Body[str | MISSING] = Field(default=MISSING, description="X display for GUI programs, e.g. 1; never follows from terminal_id.")
    desktop: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="A whole desktop on it instead of single windows."
    )
    desktop_env: Body[str | MISSING] = Field(default=MISSING, description="xfce or mate; implies desktop.")
    wait_until_display: Body[bool | MISSING] = Field(
        default=MISSING, description="false: do not wait for the display, which can take 30 seconds."
    )
    wait_timeout: Body[Annotated[int, Default(300)] | MISSING] = Field(
        default=MISSING, description="Seconds to wait for it; this call ends after 45."
    )
    ssh_host: Body[str | MISSING] = Field(default=MISSING, description="Open it on this host over SSH; needs ssh_user.")
    ssh_user: Body[str | MISSING] = Field(default=MISSING, description="SSH login.")
    ssh_port: Body[Annotated[str, Default("22")] | MISSING] = Field(default=MISSING, description="SSH port.")
    ssh_key: Body[str | MISSING] = Field(default=MISSING, description="Private key (PEM), base64.")
    ssh_password: Body[str | MISSING] = Field(default=MISSING, description="Without shell special characters; prefer ssh_key.")
    socks5_host: Body[str | MISSING] = Field(default=MISSING, description="SOCKS5 proxy for SSH.")
    socks5_port: Body[Annotated[str, Default("1080")] | MISSING] = Field(default=MISSING, description="Its port.")
    socks5_user: Body[str | MISSING] = Field(default=MISSING, description="Its login.")
    socks5_pass: Body[str | MISSING] = Field(default=MISSING, description="Its password.")


class TerminalSessionsDelete(
    KitOperation,
    route="DELETE /api/v1/terminal/{terminal_id}",
    risk=Risk.DESTROY,
    shown_by="terminal_sessions_list",
    idempotent=True,
    shows=(
        Show(read=TerminalSnapshot, tells=("title", "lines"), label="screen"),
        Show(
            read=TerminalSessionsList,
            items=".",
            where={"id": "terminal_id"},
            arguments={"history_limit": 5},
            tells=("id", "username", "display", "command_history"),
            binds=("id", "created_at"),
            label="last commands",
            optional=True,
        ),
    ),
    keywords="close kill exit shell terminate remove PTY",
):
    """End a session for good: what runs in it is killed, screen and history are lost, people attached to it are cut off.

    To stop only a command: terminal_abort.
    """

    terminal_id: Path[TerminalId]


class TerminalHistory(
    KitOperation,
    route="GET /api/v1/terminal/history/{terminal_id}",
    risk=Risk.READ,
    answer="terminal",
    keywords="past shell commands previously run log what was executed",
):
    """List the commands that a session was given and how each ended. Output of one: terminal_result."""

    terminal_id: Path[TerminalId]


class TerminalRawOutput(
    KitOperation,
    route="GET /api/v1/terminal/raw",
    risk=Risk.READ,
    answer="printed",
    keywords="scrollback buffer log all printed output so far download",
):
    """Read what a session has printed so far. Long: use tail. The screen as seen: terminal_snapshot."""

    terminal_id: Query[Annotated[TerminalId, Default("1")] | MISSING] = MISSING
    format: Query[Annotated[Literal["download", "text", "html"], Default("download")] | MISSING] = Field(
        default=MISSING, description="text and download are plain; html keeps colors."
    )
    tail: Query[Annotated[int, Field(ge=0)] | MISSING] = Field(default=MISSING, description="Only that many last lines.")


class TerminalScreenshot(
    KitOperation,
    route="GET /api/v1/terminal/screenshot",
    risk=Risk.READ,
    answer="content",
    constants={"save": "false"},  # what only reads leaves nothing behind
    keywords="picture image capture photo PNG of the screen",
):
    """Take a picture of a session's screen. As text, which costs less: terminal_snapshot.

    No copy of it stays in the container.
    """

    terminal_id: Query[TerminalId]
    format: Query[Annotated[Literal["png", "jpeg", "gif"], Default("png")] | MISSING] = Field(
        default=MISSING, description="gif is described, not shown."
    )
    foreground: Query[Annotated[str, Default("white")] | MISSING] = Field(
        default=MISSING, description="Text color: a name such as green, or R,G,B,A."
    )
    background: Query[Annotated[str, Default("black")] | MISSING] = Field(default=MISSING, description="Color behind it, likewise.")
    fontsize: Query[Annotated[int, Field(ge=1), Default(20)] | MISSING] = Field(default=MISSING, description="Height of text in pixels.")
