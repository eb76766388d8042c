"""What runs in a container as a list of processes, and what signals do to it."""

from __future__ import annotations

from dataclasses import dataclass

from .state import Container, Json
from .terminals import Command, Terminal, moment

INIT, SERVICE = 1, 20  # numbers of processes that are always there
GUARDED = frozenset({INIT, 2, SERVICE})
SIGNALS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "ABRT": 6,
    "KILL": 9,
    "USR1": 10,
    "USR2": 12,
    "PIPE": 13,
    "ALRM": 14,
    "TERM": 15,
    "CHLD": 17,
    "CONT": 18,
    "STOP": 19,
    "TSTP": 20,
    "URG": 23,
    "WINCH": 28,
}
HARMLESS, THAWING, FREEZING = frozenset({0, 17, 23, 28}), 18, frozenset({19, 20})
ENDS_SHELL = frozenset({1, 9})  # what else a shell at its prompt ignores
MAX_SIGNAL, MAX_NAME = 64, 15
RESIDENT = 2_097_152  # bytes that every process is said to take


@dataclass(frozen=True)
class Process:
    """One process, and who sees to it: a command, or a terminal for its shell."""

    pid: int
    parent: int
    name: str
    line: str
    user: str
    started: float | None
    env: dict[str, str]
    terminal: Terminal | None = None
    command: Command | None = None

    @property
    def state(self) -> str:
        """Its state, by the letter that Linux has for it."""
        return "T" if self.command and self.command.frozen is not None else "S"

    def facts(self) -> Json:
        """Give what lists show."""
        return {
            "pid": self.pid,
            "ppid": self.parent,
            "name": self.name,
            "user": self.user,
            "state": self.state,
            "cpu_percent": 0.0,
            "memory_percent": 0.0,
            "memory_rss_bytes": RESIDENT,
            "cmdline": self.line,
            "started_at": moment(self.started),
        }


def processes(box: Container) -> list[Process]:
    """List what runs."""
    found = [
        Process(INIT, 0, "init", "/sbin/init", "root", None, {}),
        Process(SERVICE, INIT, "terminal", "terminal service of the sandbox", "root", None, {}),
    ]
    terminals: list[Terminal] = list(box.terminals.values())
    for terminal in terminals:
        shell, command = terminal.shell, terminal.running
        line = shell.env["SHELL"]
        name = line.rpartition("/")[2]
        found.append(Process(terminal.pid, SERVICE, name, line, shell.user, terminal.created, _env(shell.env), terminal))
        if command:
            env, name, line = _env(command.shell.env), command.name, command.text
            found.append(Process(command.pid, terminal.pid, name, line, shell.user, command.started, env, terminal, command))
    return sorted(found, key=lambda process: process.pid)


def chosen(box: Container, pid: int | None, name: str | None, *, descendants: bool = False) -> list[Process]:
    """Give the processes with a number or a name, and if wanted those that they started."""
    everything = processes(box)
    wanted = (name or "").lower()
    found = [each for each in everything if (each.name.lower() == wanted if pid is None else each.pid == pid)]
    if descendants:
        ids = {process.pid for process in found}
        for process in everything:  # children have higher numbers than what started them
            if process.parent in ids and process.pid not in ids:
                ids.add(process.pid)
                found.append(process)
    return found


def number_of(signal: str | int) -> int | None:
    """Give the number of a signal that is spelt SIGTERM, TERM, "15" or 15; None if there is no such signal."""
    if isinstance(signal, str):
        name = signal.upper().removeprefix("SIG")
        signal = int(name) if name.isdecimal() else SIGNALS.get(name, -1)
    return signal if 0 <= signal <= MAX_SIGNAL else None


def send(process: Process, signal: int, now: float) -> None:
    """Do to a process what the signal does: nothing, freeze it, let it go on, or end it."""
    terminal, command = process.terminal, process.command
    if terminal is None or signal in HARMLESS:
        return
    if command is None:
        terminal.close() if signal in ENDS_SHELL else None
    elif signal in FREEZING:
        command.frozen = now if command.frozen is None else command.frozen
    elif signal == THAWING:
        if command.frozen is not None and command.wake is not None:
            command.wake += now - command.frozen
        command.frozen = None
        terminal.settle(now)
    else:
        terminal.stop(command, now, "aborted", 128 + signal)
        terminal.settle(now)


def _env(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name != "?"}
