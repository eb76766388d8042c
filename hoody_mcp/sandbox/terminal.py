"""Commands in a container's terminals: run them, follow them, end them, type into them."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from pydantic import Field
from starlette.responses import Response

from .routes import Area
from .state import Json
from .terminal_open import Text, Wanted, bad, directory, given_id, not_here, opened, queried, refuse_remote, switch
from .terminals import INTERRUPTED, KILLED, Command, Terminal, moment, new_command
from .wire import NOT_NULL, Ask, Body, Refusal, compact, plain

area = Area()

STEP = 0.05  # seconds between two looks at a command that somebody waits for
LONGEST_WAIT = 120.0  # seconds, of the machine's clock, after which a call that waits gives up waiting
UNKNOWN = ("cmd", "defer_pid", "defer_start_time_ticks")


class Execute(Body):
    """A command line, and how it runs."""

    command: str = Field(min_length=1, max_length=64 * 1024)
    id: Text = Field(default=None, pattern=r"^[1-9]\d{0,4}$")
    timeout: int = Field(default=0, ge=0)
    wait: bool = True
    cwd: Text = None
    env: Annotated[dict[str, Any] | None, NOT_NULL] = None


class Abort(Body):
    """How a command ends."""

    force: bool = False


class Write(Body):
    """What is typed."""

    input: str
    enter: bool = True


@area.route("POST /terminal/execute")
async def execute(ask: Ask) -> Response:
    """Run a command in a terminal; answer when it has ended, or at once."""
    asked = ask.body(Execute)
    refuse_remote(set(ask.query.keys()))
    for name in UNKNOWN:
        if name in ask.query:
            raise not_here(name)
    ephemeral, reset, make_cwd, _ = (switch(ask, name) for name in ("ephemeral", "reset", "cwd_auto_create", "skip_display_wait"))
    terminal, _ = opened(
        ask,
        Wanted(
            terminal_id=given_id(ask.query.get("terminal_id")),
            ephemeral=ephemeral,
            cwd=ask.query.get("cwd"),
            make_cwd=make_cwd,
            user=ask.query.get("user"),
            shell=ask.query.get("shell"),
            display=ask.query.get("display"),
            env=_pairs(ask.query.getlist("env")),
        ),
        reset=reset,
    )
    command = _command(ask, terminal, asked)
    terminal.submit(command, ask.world.clock())
    if asked.wait:
        await _until_ended(ask, command)
    return plain(shown(command))


@area.route("GET /terminal/result/{command_id}")
def result(ask: Ask) -> Response:
    """Show how far a command is."""
    return plain(shown(_existing(ask)))


@area.route("POST /terminal/execute/{command_id}/abort")
def abort(ask: Ask) -> Response:
    """End a command; 409 if it has ended already."""
    found, asked = _existing(ask), ask.body(Abort)
    if found.ended is not None:
        message = {"status": "error", "code": "COMMAND_ALREADY_COMPLETED", "message": "The command has ended already"}
        return plain(message | {"result": shown(found)}, 409)
    terminal: Terminal = ask.box.terminals[found.terminal_id]
    terminal.stop(found, ask.world.clock(), "aborted", KILLED if asked.force else INTERRUPTED)
    terminal.settle(ask.world.clock())
    return plain(shown(found))


@area.route("POST /terminal/write")
def write(ask: Ask) -> Response:
    """Type into a terminal."""
    terminal, asked = queried(ask), ask.body(Write)
    text = asked.input + ("\n" if asked.enter else "")
    terminal.type(text, ask.world.clock())
    return plain({"status": "ok", "terminal_id": terminal.id, "bytes_written": len(text.encode())})


def _command(ask: Ask, terminal: Terminal, asked: Execute) -> Command:
    shell = terminal.shell
    if asked.cwd or asked.env:
        cwd = directory(shell, asked.cwd) if asked.cwd else None
        shell = shell.copy(cwd, {name: value if isinstance(value, str) else compact(value) for name, value in (asked.env or {}).items()})
    command = new_command(shell, asked.command, ask.world.clock(), timeout=asked.timeout)
    if asked.id:
        if asked.id in ask.box.commands:
            raise Refusal(409, "COMMAND_ID_IN_USE", f"There is a command {asked.id} already")
        command.id = given_id(asked.id)
    return command


def _existing(ask: Ask) -> Command:
    found: Command | None = ask.box.commands.get(given_id(ask.parts["command_id"]))
    if found is None:
        raise Refusal(404, "COMMAND_NOT_FOUND", "There is no such command, or its result is no longer kept")
    return found


async def _until_ended(ask: Ask, command: Command) -> None:
    with anyio.move_on_after(LONGEST_WAIT):
        while command.ended is None and ask.box.commands.get(command.id) is command:
            await anyio.sleep(STEP)
            ask.world.settle()


def _pairs(given: list[str]) -> dict[str, str]:
    if not all(pair.find("=") > 0 for pair in given):
        raise bad("INVALID_PARAMETER", "env must be NAME=value")
    return {name: value for name, _, value in (pair.partition("=") for pair in given)}


def shown(command: Command) -> Json:
    """Give a command and its output so far."""
    return {
        "command_id": command.id,
        "terminal_id": command.terminal_id,
        "command": command.text,
        "status": command.status,
        "exit_code": command.code,
        "stdout": command.out.decode("utf-8", "replace"),
        "stderr": command.err.decode("utf-8", "replace"),
        "timed_out": command.status == "timed_out",
        "pid": command.pid,
        "started_at": moment(command.started),
        "completed_at": moment(command.ended),
        "duration_ms": None if command.started is None or command.ended is None else round((command.ended - command.started) * 1000),
    }
