"""The sandbox's shell: a handful of commands on a container's own disk. Never a shell of the machine that it runs on.

A line runs as a generator. It yields the seconds until it goes on, or None to wait for a line of input, which is sent
into it; what it returns is the exit code. So a command takes time on the world's clock, and nobody has to wait.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from .disk import Disk, absolute
from .shell_words import ASSIGNMENT, BadLine, Call, Pipeline, expand, parse
from .state import Container, World

Steps = Generator[float | None, str | None, int]
Sink = Callable[[bytes], None]
NOT_FOUND, BAD_SYNTAX = 127, 2


@dataclass
class Streams:
    """Where a command reads and writes; without stdin it reads from the keyboard."""

    stdin: bytes | None
    out: Sink
    err: Sink


@dataclass
class Shell:
    """What lasts from one command to the next."""

    world: World
    box: Container
    cwd: str = "/root"
    user: str = "root"
    env: dict[str, str] = field(default_factory=dict[str, str])
    time: float = 0.0  # of the world's clock, as far as what runs has come
    port: int = 0  # on which what runs listens; 0 is none

    def copy(self, cwd: str | None, env: dict[str, str]) -> Shell:
        """Give a shell in which one command runs that leaves nothing behind."""
        return Shell(self.world, self.box, cwd or self.cwd, self.user, self.env | env, self.time)

    @property
    def disk(self) -> Disk:
        """The disk, now."""
        return Disk(self.box, self.time)

    def run(self, line: str, streams: Streams) -> Steps:
        """Run a line."""
        code = 0
        try:
            for pipeline in parse(line):
                if (pipeline.joiner == "&&" and code) or (pipeline.joiner == "||" and not code):
                    continue
                code = yield from self._pipeline(pipeline, streams)
                self.env["?"] = str(code)
        except BadLine as error:
            streams.err(f"sh: {error}\n".encode())
            return BAD_SYNTAX
        except Leave as leave:
            return leave.code
        return code

    def _pipeline(self, pipeline: Pipeline, streams: Streams) -> Steps:
        feed, code = streams.stdin, 0
        for number, call in enumerate(pipeline.calls):
            last = number == len(pipeline.calls) - 1
            passed = bytearray()
            code = yield from self._call(call, Streams(feed, streams.out if last else passed.extend, streams.err))
            feed = bytes(passed)
        return code

    def _call(self, call: Call, streams: Streams) -> Steps:
        words = list(call.words)
        given: dict[str, str] = {}
        while words and (found := ASSIGNMENT.fullmatch(words[0])):
            given[found[1]] = expand(found[2], self.env)[0]
            del words[0]
        args = [arg for word in words for arg in self._args(word)]
        if not args:
            self.env |= given
        kept: list[tuple[str, bool, bytearray]] = []
        try:
            streams = self._redirected(call, streams, kept)
            code = 0
            if args:
                code = yield from self._command(args, given, streams)
            for path, append, content in kept:
                self.disk.write(path, bytes(content), append=append)
        except OSError as error:
            streams.err(f"sh: {error.filename}: {error.strerror}\n".encode())
            return 1
        return code

    def _command(self, args: list[str], given: dict[str, str], streams: Streams) -> Steps:
        from .shell_commands import COMMANDS  # noqa: PLC0415 - the commands need this module

        words = [posixpath.basename(args[0]), *args[1:]]
        name = long if (long := " ".join(words[:3])) in COMMANDS else words[0]
        command = COMMANDS.get(name)
        if command is None:
            streams.err(f"sh: {args[0]}: command not found (the sandbox knows: {' '.join(sorted(COMMANDS))})\n".encode())
            return NOT_FOUND
        before = dict(self.env)
        self.env |= given
        call = Run(self, name, words[len(name.split()) :], streams)
        try:
            code = command(call)
            return code if isinstance(code, int) else (yield from code)
        except OSError as error:
            return call.fail(f"{error.filename}: {error.strerror}")
        except Usage as error:
            return call.fail(str(error), BAD_SYNTAX)
        finally:
            for variable in given:
                self.env.pop(variable)
                self.env |= {variable: before[variable]} if variable in before else {}

    def _args(self, word: str) -> list[str]:
        """Give what a word becomes: itself, the paths that fit it, or nothing."""
        text, pattern = expand(word, self.env)
        if pattern and (paths := self._paths(pattern)):
            return paths
        return [text] if text or "'" in word or '"' in word else []

    def _paths(self, pattern: str) -> list[str]:
        whole = absolute(pattern, self.cwd)
        base = "" if pattern.startswith("/") else self.cwd.rstrip("/") + "/"
        found = [path for path in self.disk.below("/") if _fits(path, whole)]
        return [path.removeprefix(base) for path in found]

    def _redirected(self, call: Call, streams: Streams, kept: list[tuple[str, bool, bytearray]]) -> Streams:
        """Give the streams of a command whose output goes into files; they are written when it has ended."""
        stdin, out, err = streams.stdin, streams.out, streams.err
        for operator, word in call.redirects:
            if operator == "2>&1":
                err = out
            elif operator == ">&2":
                out = err
            elif operator == "<":
                stdin = self.disk.read(self.resolve(expand(word, self.env)[0]))
            else:
                sink = self._file_sink(expand(word, self.env)[0], append=operator.endswith(">>"), kept=kept)
                out = out if operator.startswith("2") else sink
                err = sink if operator[0] in "2&" else err
        return Streams(stdin, out, err)

    def _file_sink(self, name: str, *, append: bool, kept: list[tuple[str, bool, bytearray]]) -> Sink:
        if name == "/dev/null":
            return lambda _: None
        content = bytearray()
        path = self.resolve(name)
        self.disk.write(path, b"", append=append)
        kept.append((path, append, content))
        return content.extend

    def resolve(self, path: str) -> str:
        """Give the absolute form of a path."""
        return absolute(path, self.cwd)


@dataclass(frozen=True)
class Run:
    """One command that runs."""

    shell: Shell
    name: str
    args: list[str]
    streams: Streams

    def say(self, text: str, end: str = "\n") -> int:
        """Write a line; success."""
        self.streams.out((text + end).encode())
        return 0

    def fail(self, text: str, code: int = 1) -> int:
        """Say what went wrong; its exit code."""
        self.streams.err(f"{self.name}: {text}\n".encode())
        return code

    def flags(self, known: str, ignored: str = "") -> tuple[set[str], list[str]]:
        """Part the arguments into letters of flags and the rest; numbers and a lone dash are no flags."""
        found: set[str] = set()
        for place, arg in enumerate(self.args):
            if arg == "--":
                return found, self.args[place + 1 :]
            if len(arg) == 1 or not arg.startswith("-") or (arg[1].isdigit() and arg[1] not in known):
                return found, self.args[place:]
            if unknown := set(arg[1:]) - set(known + ignored):
                raise Usage(f"the sandbox does not know the option -{min(unknown)}")
            found |= set(arg[1:])
        return found, []

    def path(self, name: str) -> str:
        """Give the absolute path of an argument."""
        return self.shell.resolve(name)

    def inputs(self, names: list[str]) -> list[tuple[str, bytes]]:
        """Give names and contents of the files that a filter reads; without names it reads its input."""
        stdin = self.streams.stdin or b""
        return [(name, stdin if name == "-" else self.shell.disk.read(self.path(name))) for name in names or ["-"]]


class Leave(Exception):
    """The line ends here."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Usage(Exception):
    """Arguments that a command cannot take."""


def _fits(path: str, pattern: str) -> bool:
    """Match a path with a pattern, name by name; a leading dot wants to be written."""
    names, wanted = path.split("/"), pattern.split("/")
    if len(names) != len(wanted):
        return False
    pairs = zip(names, wanted, strict=True)
    return all(fnmatch.fnmatchcase(name, want) and (want[:1] == "." or name[:1] != ".") for name, want in pairs)
