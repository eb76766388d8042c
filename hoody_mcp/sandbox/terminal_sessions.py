"""Terminals of a container: open and close them, list them, read what they showed."""

from __future__ import annotations

import html
import re

from pydantic import Field
from starlette.responses import Response

from .routes import Area
from .state import Json
from .terminal import shown
from .terminal_open import REMOTE, Text, Wanted, existing, given_id, not_here, opened, refuse_remote
from .terminals import ESCAPE, Terminal, moment
from .wire import Ask, Body, plain

area = Area()

GRAPHICS = ("desktop", "desktop_env", "startup_script")


class Create(Body):
    """What a terminal shall be like."""

    terminal_id: Text = None
    ephemeral: bool = False
    display: Text = None
    shell: Text = None
    user: Text = None
    cwd: Text = None
    startup_script: Text = None
    welcome: bool = False
    debug: bool = False
    desktop: bool = False
    desktop_env: Text = None
    cols: int = Field(default=80, ge=1, le=1000)
    rows: int = Field(default=24, ge=1, le=1000)
    wait_until_display: bool = False
    wait_timeout: int = Field(default=300, ge=0)
    ssh_host: Text = None
    ssh_user: Text = None
    ssh_port: str = "22"
    ssh_password: Text = None
    ssh_key: Text = None
    socks5_host: Text = None
    socks5_port: str = "1080"
    socks5_user: Text = None
    socks5_pass: Text = None


@area.route("POST /terminal/create")
def create(ask: Ask) -> Response:
    """Open a terminal; nothing changes if it is open already."""
    asked = ask.body(Create)
    refuse_remote({name for name in REMOTE if getattr(asked, name) is not None})
    for name in GRAPHICS:
        if getattr(asked, name):
            raise not_here(name)
    wanted = asked.model_dump(include={"ephemeral", "cwd", "user", "shell", "display", "cols", "rows"})
    terminal, is_new = opened(ask, Wanted(terminal_id=given_id(asked.terminal_id), **wanted))
    return plain({"status": "ok", "created": is_new, "shell_ready": True, "is_ssh": False, **_facts(terminal)})


@area.route("GET /terminal/sessions")
def list_sessions(ask: Ask) -> Response:
    """List the open terminals with their last commands."""
    limit = ask.number("history_limit", ask.number("history_lines", 50, 0, 1000), 0, 1000)
    listed = (_facts(each) | {"command_history": _history(each, limit)} for each in ask.box.terminals.values())
    return plain(list(listed))


@area.route("DELETE /terminal/{terminal_id}")
def delete(ask: Ask) -> Response:
    """Close a terminal; what runs in it ends."""
    terminal = existing(ask, given_id(ask.parts["terminal_id"]))
    terminal.close()
    return plain({"status": "ok", "terminal_id": terminal.id, "message": "Terminal closed"})


@area.route("GET /terminal/history/{terminal_id}")
def history(ask: Ask) -> Response:
    """List the commands of a terminal, oldest first."""
    terminal = existing(ask, given_id(ask.parts["terminal_id"]))
    commands = _history(terminal, len(terminal.commands))
    return plain({"terminal_id": terminal.id, "history": commands, "total": len(commands)})


@area.route("GET /terminal/raw")
def raw(ask: Ask) -> Response:
    """Give all that a terminal showed."""
    terminal = existing(ask, given_id(ask.query.get("terminal_id", "1")))
    form = ask.choice("format", ("download", "text", "html"), "download")
    lines = terminal.screen.splitlines(keepends=True)
    text = "".join(lines[-ask.number("tail", 0) :]) if "tail" in ask.query else terminal.screen
    if form == "html":
        return Response(f"<pre>{html.escape(re.sub(ESCAPE, '', text))}</pre>", media_type="text/html")
    headers = {"content-disposition": f'attachment; filename="terminal-{terminal.id}.txt"'} if form == "download" else None
    return Response(text, media_type="text/plain", headers=headers)


def _facts(terminal: Terminal) -> Json:
    running = terminal.running
    return {
        "terminal_id": terminal.id,
        "ephemeral": terminal.ephemeral,
        "pid": terminal.pid,
        "shell": terminal.shell.env["SHELL"],
        "user": terminal.shell.user,
        "cwd": terminal.shell.cwd,
        "cols": terminal.cols,
        "rows": terminal.rows,
        "running_command": running.text if running else None,
        "created_at": moment(terminal.created),
    }


def _history(terminal: Terminal, limit: int) -> list[Json]:
    fields = ("command_id", "command", "status", "exit_code", "started_at", "completed_at")
    listed = terminal.commands[len(terminal.commands) - min(limit, len(terminal.commands)) :]
    return [{name: value for name, value in shown(command).items() if name in fields} for command in listed]
