"""Terminals of a container and the commands in them: what runs, what was typed, what the screen shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .shell import Shell, Sink, Steps, Streams
from .state import Container, spelt

IDLE = 300.0  # seconds without use after which a terminal goes, with the results of its commands
FIRST_PID = 300
MAX_SCREEN = 1024 * 1024  # characters that a terminal remembers
INTERRUPTED, KILLED, TIMED_OUT = 130, 137, 124  # exit codes
ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)", re.DOTALL)


@dataclass
class Command:
    """A command line that waits for its turn, runs, or has ended."""

    id: str
    pid: int
    text: str
    shell: Shell
    created: float  # clock time, as all times here
    timeout: float = 0.0  # seconds; 0 is no limit
    typed: bool = False  # at the keyboard, so the screen shows it already
    terminal_id: str = ""
    steps: Steps | None = None
    status: str = "queued"
    code: int | None = None
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    started: float | None = None
    ended: float | None = None
    wake: float | None = None  # when it goes on; None waits for a line
    frozen: float | None = None  # since when it is stopped by a signal

    @property
    def name(self) -> str:
        """What a list of processes calls it."""
        return (self.text.split() or ["sh"])[0].rpartition("/")[2][:15]

    @property
    def deadline(self) -> float:
        """When it is ended, whatever it does."""
        return (self.started or 0.0) + self.timeout if self.timeout else float("inf")


@dataclass
class Terminal:
    """A session: a shell, its commands in the order they came, and its keyboard and screen."""

    box: Container
    id: str
    shell: Shell
    created: float
    pid: int  # of the shell
    ephemeral: bool = False
    cols: int = 80
    rows: int = 24
    commands: list[Command] = field(default_factory=list[Command])
    waiting: list[Command] = field(default_factory=list[Command])  # the first one runs
    lines: list[tuple[float, str | None]] = field(default_factory=list[tuple[float, str | None]])  # typed, not yet read
    typed: str = ""  # of the line that is being typed
    screen: str = ""
    changes: int = 0  # of the screen
    changed: float = 0.0  # when the screen last did
    used: float = 0.0  # when somebody last asked for it
    waiters: int = 0

    @property
    def running(self) -> Command | None:
        """The command that runs."""
        return self.waiting[0] if self.waiting and self.waiting[0].started is not None else None

    @property
    def prompt(self) -> str:
        """What the shell writes before a line."""
        cwd, home = self.shell.cwd, self.shell.env.get("HOME", "/root")
        short = "~" + cwd.removeprefix(home) if cwd == home or cwd.startswith(home + "/") else cwd
        return f"{self.shell.user}@{self.box.record['name']}:{short}{'#' if self.shell.user == 'root' else '$'} "

    def submit(self, command: Command, now: float) -> None:
        """Run a command, after those that are here already."""
        self._queue(command)
        self.settle(now)

    def settle(self, now: float) -> None:
        """Let commands get as far as they are by now; an idle terminal goes."""
        free = self.created
        while self.waiting or self.lines:
            if not self.waiting:
                when, line = self.lines.pop(0)
                self._take(line or "", max(when, free))
                continue
            command = self.waiting[0]
            if command.steps is None:
                self._start(command, max(command.created, free))
            if not self._advance(command, now):
                return
            free = command.ended or now
        last = max([self.used, *(command.ended or 0.0 for command in self.commands)])
        if now - last > IDLE:
            self.close()

    def close(self) -> None:
        """End what runs, and forget the terminal."""
        self.box.terminals.pop(self.id, None)
        for command in self.commands:
            if self.box.commands.get(command.id) is command:
                del self.box.commands[command.id]

    def show(self, text: str, now: float) -> None:
        """Write on the screen."""
        self.screen = (self.screen + text)[-MAX_SCREEN:]
        self.changes += 1
        self.changed = now

    def stop(self, command: Command, now: float, status: str, code: int) -> None:
        """End a command from outside."""
        if command.steps is not None:
            command.steps.close()
        if code == INTERRUPTED:
            self.show("^C\n", now)
        self._finish(command, code, now, status)

    def type(self, text: str, now: float) -> None:
        """Take what comes from the keyboard."""
        self.used = now
        for key in ESCAPE.sub("", text):
            self._key(key, now)
        self.settle(now)

    def recall(self, now: float) -> None:
        """Put the last command on the line that is being typed, as the key "up" does."""
        if self.commands and not self.waiting:
            self.type("\x15" + self.commands[-1].text, now)

    def _key(self, key: str, now: float) -> None:
        if key in "\r\n":
            self._enter(now)
        elif key in "\b\x7f":
            if self.typed:
                self.typed = self.typed[:-1]
                self.screen = self.screen[:-1]
                self.show("", now)
        elif key == "\x03":
            self.typed = ""
            self.stop(self.waiting[0], now, "aborted", INTERRUPTED) if self.waiting else self.show(f"^C\n{self.prompt}", now)
        elif key == "\x04" and self.waiting and not self.typed:
            self.lines.append((now, None))
        elif key == "\x15":
            self.screen, self.typed = self.screen.removesuffix(self.typed), ""
            self.show("", now)
        elif key == "\x0c":
            self.show(f"\x1b[H\x1b[2J{self.prompt}{self.typed}", now)
        elif key.isprintable() or key == "\t":
            self.typed += key
            self.show(key, now)

    def _enter(self, now: float) -> None:
        line, self.typed = self.typed, ""
        self.show("\n", now)
        if self.waiting:
            self.lines.append((now, line))
        else:
            self._take(line, now)
        self.settle(now)

    def _take(self, line: str, now: float) -> None:
        """Make a command of a line that was typed."""
        if line.strip():
            self._queue(new_command(self.shell, line, now, typed=True))
        else:
            self.show(self.prompt, now)

    def _queue(self, command: Command) -> None:
        command.terminal_id = self.id
        self.commands.append(command)
        self.waiting.append(command)
        self.box.commands[command.id] = command

    def _start(self, command: Command, when: float) -> None:
        command.status, command.started, command.wake = "running", when, when
        if not command.typed:
            self.show(f"{command.text}\n", when)
        command.steps = command.shell.run(command.text, Streams(None, self._sink(command, command.out), self._sink(command, command.err)))

    def _sink(self, command: Command, kept: bytearray) -> Sink:
        def write(content: bytes) -> None:
            kept.extend(content)
            self.show(content.decode("utf-8", "replace"), command.shell.time)

        return write

    def _advance(self, command: Command, now: float) -> bool:
        """Let a command go on as long as its time has come; tell whether it has ended."""
        while command.steps is not None and command.ended is None and command.frozen is None:
            line = None
            if command.wake is not None and command.wake <= min(now, command.deadline):
                command.shell.time = command.wake
            elif command.wake is None and self.lines and self.lines[0][0] <= command.deadline:
                command.shell.time, line = self.lines.pop(0)
            elif command.deadline <= now:
                self.stop(command, command.deadline, "timed_out", TIMED_OUT)
                break
            else:
                return False
            try:
                pause = command.steps.send(line)
                command.wake = None if pause is None else command.shell.time + pause
            except StopIteration as end:
                self._finish(command, end.value, command.shell.time, "completed")
        return command.ended is not None

    def _finish(self, command: Command, code: int, now: float, status: str) -> None:
        command.status, command.code, command.ended = status, code, now
        if command in self.waiting:
            self.waiting.remove(command)
        if self.screen and not self.screen.endswith("\n"):
            self.show("\n", now)
        self.show(self.prompt, now)


def new_command(shell: Shell, text: str, created: float, *, typed: bool = False, timeout: float = 0.0) -> Command:
    """Make a command with numbers of its own."""
    box, pid = shell.box, new_pid(shell.box)
    while str(box.issued) in box.commands:
        pid = new_pid(box)
    return Command(str(box.issued), pid, text, shell, created, timeout, typed)


def new_pid(box: Container) -> int:
    """Give a number that no process of the container has had."""
    box.issued += 1
    return FIRST_PID + box.issued


def moment(seconds: float | None) -> str | None:
    """Spell a clock time as answers do."""
    return None if seconds is None else spelt(seconds)
