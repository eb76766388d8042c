"""Finding terminals of a container, and opening them: which ids they may have, and what a new one is like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from .disk import absolute
from .shell import Shell
from .terminals import Terminal, new_pid
from .wire import NOT_NULL, Ask, Refusal

Text = Annotated[str | None, NOT_NULL]  # of a body that may leave it out
LAST, FIRST_EPHEMERAL = 65_535, 40_000
HOMES = {"root": "/root", "user": "/home/user"}
SHELLS = ("bash", "sh", "zsh", "fish")
REMOTE = ("ssh_host", "ssh_user", "ssh_password", "ssh_key", "socks5_host", "socks5_user", "socks5_pass")


@dataclass(frozen=True)
class Wanted:
    """What a new terminal shall be like."""

    terminal_id: str = ""
    ephemeral: bool = False
    cwd: str | None = None
    make_cwd: bool = False
    user: str | None = None
    shell: str | None = None
    display: str | None = None
    env: dict[str, str] = field(default_factory=dict[str, str])
    cols: int = 80
    rows: int = 24


def bad(code: str, message: str) -> Refusal:
    """Make the answer to an argument that does not fit."""
    return Refusal(400, code, message)


def given_id(text: str | None) -> str:
    """Read the id of a terminal; "" if there is none, which 0 says too."""
    if text is None or text == "0":
        return ""
    if not text.isdecimal() or not 1 <= int(text) <= LAST:
        raise bad("INVALID_TERMINAL_ID", f"terminal_id must be a number from 1 to {LAST}")
    return str(int(text))


def queried(ask: Ask) -> Terminal:
    """Give the terminal that the query names."""
    terminal_id = given_id(ask.query.get("terminal_id"))
    if not terminal_id:
        raise bad("MISSING_TERMINAL_ID", "The parameter terminal_id is needed")
    return existing(ask, terminal_id)


def existing(ask: Ask, terminal_id: str) -> Terminal:
    """Give a terminal that is open; using it keeps it open."""
    found: Terminal | None = ask.box.terminals.get(terminal_id)
    if found is None:
        raise Refusal(404, "TERMINAL_NOT_FOUND", f"No terminal {terminal_id} is open")
    if not found.ephemeral:
        found.used = ask.world.clock()
    return found


def opened(ask: Ask, wanted: Wanted, *, reset: bool = False) -> tuple[Terminal, bool]:
    """Give a terminal, and whether it had to be opened."""
    terminal_id = wanted.terminal_id
    if not terminal_id and not wanted.ephemeral:
        raise bad("MISSING_TERMINAL_ID", "The parameter terminal_id is needed, unless ephemeral is true")
    if terminal_id and terminal_id in ask.box.terminals:
        if not reset:
            return existing(ask, terminal_id), False
        existing(ask, terminal_id).close()
    if terminal_id and not wanted.ephemeral and int(terminal_id) >= FIRST_EPHEMERAL:
        raise bad("INVALID_TERMINAL_ID", f"Terminals from {FIRST_EPHEMERAL} are ephemeral; choose 1 to {FIRST_EPHEMERAL - 1}")
    terminal_id = terminal_id or next(spelt for n in range(FIRST_EPHEMERAL, LAST) if (spelt := str(n)) not in ask.box.terminals)
    now = ask.world.clock()
    made = Terminal(
        ask.box, terminal_id, _shell(ask, wanted), now, new_pid(ask.box), wanted.ephemeral, wanted.cols, wanted.rows, used=now, changed=now
    )
    made.show(made.prompt, now)
    ask.box.terminals[terminal_id] = made
    return made, True


def _shell(ask: Ask, wanted: Wanted) -> Shell:
    user, kind = wanted.user or "root", (wanted.shell or "bash").lower().rpartition("/")[2]
    if user not in HOMES:
        raise bad("INVALID_USER", f"There is no user {user}; there are {' and '.join(HOMES)}")
    if kind not in SHELLS:
        raise bad("INVALID_SHELL", f"There is no shell {kind}; there are {', '.join(SHELLS)}")
    env: dict[str, str] = {
        "HOME": HOMES[user],
        "USER": user,
        "SHELL": f"/bin/{kind}",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TERM": "xterm-256color",
        "HOODY_CONTAINER": ask.box.id,
        **(ask.box.record.get("environment_vars") or {}),
        **wanted.env,
    }
    if wanted.display and not wanted.ephemeral:
        env["DISPLAY"] = f":{wanted.display.lstrip(':')}"
    shell = Shell(ask.world, ask.box, HOMES[user], user, env, ask.world.clock())
    shell.cwd = directory(shell, wanted.cwd, make=wanted.make_cwd) if wanted.cwd else shell.cwd
    return shell


def directory(shell: Shell, path: str, *, make: bool = False) -> str:
    """Give the absolute path of a directory that must be there, or is made."""
    resolved = absolute(path, shell.cwd)
    if make and not shell.disk.exists(resolved):
        shell.disk.make_dir(resolved, parents=True)
    if not shell.disk.is_dir(resolved):
        raise bad("INVALID_CWD", f"{resolved} is not a directory")
    return resolved


def switch(ask: Ask, name: str) -> bool:
    """Read a switch of the query, which may also stand there without a value."""
    given = ask.query.get(name, "false")
    if given not in {"true", "1", "", "false", "0"}:
        raise bad("INVALID_PARAMETER", f"{name} must be true or false")
    return given in {"true", "1", ""}


def refuse_remote(given: frozenset[str] | set[str]) -> None:
    """Answer 501 to what would leave the sandbox."""
    if meant := sorted(given.intersection(REMOTE)):
        raise not_here(meant[0])


def not_here(what: str) -> Refusal:
    """Make the answer to a parameter that the sandbox does not know."""
    return Refusal(501, "NOT_IN_SANDBOX", f"The sandbox does not know {what}; it needs the real Hoody")
