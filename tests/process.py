"""A server process at its pipes, and a container service that never answers: what tests of the real process share."""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from .upstream import CONTAINER, KIT_PATH, Upstream, on_loopback

END = 2.5  # seconds after which a client kills a server, on a machine that is not busy
PIPE = 65_536  # bytes that a pipe holds


def at_leisure(seconds: float) -> float:
    """Stretch a time limit by how busy this machine is."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def message(method: str, number: object = None, /, **params: Any) -> bytes:
    """Make a line: a request if it has a number, else a notification."""
    numbered = {} if number is None else {"id": number}
    return json.dumps({"jsonrpc": "2.0", **numbered, "method": method, "params": params}).encode() + b"\n"


def call(number: object, tool: str = "projects_list", /, **arguments: Any) -> bytes:
    return message("tools/call", number, name=tool, arguments=arguments)


def hello(revision: str = "2025-06-18") -> bytes:
    client = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return message("initialize", "hello", **client) + message("notifications/initialized")


def slow_call(number: object) -> bytes:
    """Call a tool of the container service that never answers."""
    return call(number, "terminal_result", container_id=CONTAINER, command_id="1")


def cancel(number: object) -> bytes:
    return message("notifications/cancelled", requestId=number)


class Process:
    """A server process and its pipes."""

    def __init__(self, environment: dict[str, str], *options: str, python: tuple[str, ...] = (), read_stderr: bool = True) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOODY_")}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._popen = subprocess.Popen(  # noqa: S603 - this Python, with our own arguments
            [sys.executable, *python, "-m", "hoody_mcp", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors if read_stderr else subprocess.PIPE,
            env={**inherited, "HOODY_TOKEN": "hdy_test", **environment},
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reader: threading.Thread | None = None

    def write(self, *parts: bytes) -> None:
        """Write each part with a write of its own."""
        for part in parts:
            assert self._popen.stdin
            self._popen.stdin.write(part)
            self._popen.stdin.flush()

    def answer(self, seconds: float = 15) -> dict[str, Any]:
        """Give the next answer; `queue.Empty` if none comes, `ValueError` for a line that is no JSON."""
        if not self._reader:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()
        line = self._lines.get(timeout=seconds)
        if not line:
            raise queue.Empty
        assert line.endswith(b"\n")
        assert b"\r" not in line
        found = json.loads(line)
        assert found["jsonrpc"] == "2.0"
        return found

    def answers(self, count: int, seconds: float = 15) -> list[dict[str, Any]]:
        return [self.answer(seconds) for _ in range(count)]

    def ask(self, *parts: bytes, seconds: float = 15) -> dict[str, Any]:
        """Write a request and give the next answer."""
        self.write(*parts)
        return self.answer(seconds)

    def alive(self) -> bool:
        """Tell whether the next answer is the one to a ping."""
        return self.ask(message("ping", "alive")) == {"jsonrpc": "2.0", "id": "alive", "result": {}}

    def end_input(self) -> None:
        assert self._popen.stdin
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()

    def stop_reading(self) -> None:
        """Close the pipe of answers when the first stands in it, unread."""
        assert self._popen.stdout
        assert select.select([self._popen.stdout], [], [], 15)[0]
        self._popen.stdout.close()

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def ended(self, seconds: float = END) -> int:
        """Wait for the end, no longer than a client does, and give the exit code."""
        return self._popen.wait(at_leisure(seconds))

    def remaining(self, seconds: float = END) -> list[dict[str, Any]]:
        """Wait for the end and give every answer that still comes."""
        self.ended(seconds)
        answers: list[dict[str, Any]] = []
        with contextlib.suppress(queue.Empty):
            while True:
                answers.append(self.answer())
        return answers

    def errors(self) -> str:
        """Give what stands on stderr by now."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def waiting_errors(self) -> int:
        """Count the bytes that wait in the pipe of stderr, which nobody reads."""
        assert self._popen.stderr
        found = array.array("i", [0])
        fcntl.ioctl(self._popen.stderr, termios.FIONREAD, found)
        return found[0]

    def _read(self) -> None:
        for line in self._popen.stdout or ():
            self._lines.put(line)
        self._lines.put(b"")  # the end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.kill()
        self._popen.wait()
        self.end_input()
        if self._reader:
            self._reader.join(5)
        for pipe in (self._popen.stdout, self._popen.stderr, self._errors):
            if pipe:
                pipe.close()


class Silent:
    """A container service that never answers; tells when requests arrive and when their connections end."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.arrived: queue.Queue[None] = queue.Queue()
        self.gone: queue.Queue[None] = queue.Queue()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._hold, args=(self._listener.accept()[0],), daemon=True).start()

    def _hold(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(PIPE)
            self.arrived.put(None)
            while connection.recv(PIPE):
                pass
        self.gone.put(None)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@dataclass
class Place:
    """What the processes talk to: an API that answers, and container services that do not."""

    upstream: Upstream
    silent: Silent
    environment: dict[str, str]

    def begin_slow_calls(self, process: Process, *numbers: object) -> None:
        """Return when the requests of these calls have arrived."""
        process.write(*map(slow_call, numbers))
        for _ in numbers:
            self.silent.arrived.get(timeout=5)

    def end_slow_calls(self, process: Process, *numbers: object) -> None:
        """Cancel calls; fails if their connections do not end."""
        process.write(*map(cancel, numbers))
        for _ in numbers:
            self.silent.gone.get(timeout=5)


@contextmanager
def a_place() -> Generator[Place]:
    """Serve both on ports of this machine."""
    upstream, silent = Upstream(), Silent()
    with on_loopback(upstream) as environment:
        yield Place(upstream, silent, {**environment, "HOODY_KIT_URL": silent.url + KIT_PATH})
    silent.close()
