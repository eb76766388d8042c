"""Serve over stdin and stdout, and end well.

The SDK's transport drops answers that are under way when stdin ends, cannot be interrupted while stdin is open, and
does not notice a client that has gone. Here answers under way get a moment to be finished, whichever way the end comes.
"""

from __future__ import annotations

import contextvars
import os
import select
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import anyio
import click
import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage

GRACE = 1.5  # seconds for answers that are under way; clients kill a server that is not gone after 2
FLUSH = 0.05  # seconds for the last answer to get through the pipe
LOOK_EVERY = 0.25  # seconds between looks at whether the client still reads
HINT = "hoody-mcp speaks MCP over stdin and stdout: start it from an MCP client (see README.md). Ctrl-C ends it."


class Pending:
    """Requests that have no answer yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: list[Any] = []
        self._changed = anyio.Event()
        self.received = 0

    def note(self, item: SessionMessage | Exception) -> None:
        """Count an incoming message: a request opens, a cancellation closes."""
        self.received += 1
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, types.JSONRPCRequest):
            self._open.append(message.id)
        elif isinstance(message, types.JSONRPCNotification) and message.method == "notifications/cancelled":
            self.done((message.params or {}).get("requestId"))

    def done(self, request_id: Any) -> None:
        """Count an answer."""
        if request_id in self._open:
            self._open.remove(request_id)
        self._changed.set()

    async def settled(self) -> None:
        """Wait until every request is answered, but not for long."""
        with anyio.move_on_after(GRACE):
            while self._open:
                self._changed = anyio.Event()
                await self._changed.wait()


class Incoming:
    """The SDK's stream of messages from the client; its end is told only when answers under way are out."""

    def __init__(self, stream: ReadStream[SessionMessage | Exception], pending: Pending) -> None:
        """Wrap the transport's stream."""
        self._stream = stream
        self._pending = pending

    async def receive(self) -> SessionMessage | Exception:
        """Give the next message."""
        try:
            item = await self._stream.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            await self._pending.settled()
            raise
        self._pending.note(item)
        return item

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    @property
    def last_context(self) -> contextvars.Context | None:
        """The sender's context, which the SDK carries with its streams."""
        return getattr(self._stream, "last_context", None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None) -> None:
        await self.aclose()


class Outgoing:
    """The SDK's stream of messages to the client."""

    def __init__(self, stream: WriteStream[SessionMessage], pending: Pending) -> None:
        """Wrap the transport's stream."""
        self._stream = stream
        self._pending = pending

    async def send(self, item: SessionMessage, /) -> None:
        """Pass a message on."""
        await self._stream.send(item)
        if isinstance(item.message, types.JSONRPCResponse | types.JSONRPCError):
            self._pending.done(item.message.id)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None) -> None:
        await self.aclose()


async def serve(server: Server[Any]) -> None:
    """Serve one client until it goes, or a signal comes."""
    if sys.stdin.isatty():
        click.echo(HINT, err=True)
    pending = Pending()
    try:
        await _serve(server, pending)
    except* (BrokenPipeError, anyio.BrokenResourceError):
        pass  # the client has closed its end
    if not pending.received:
        click.echo(f"stdin was closed before anything came. {HINT}", err=True)


async def _serve(server: Server[Any], pending: Pending) -> None:
    async with _watched_stdout() as stdout, anyio.create_task_group() as watchers:
        if sys.platform != "win32":
            watchers.start_soon(_end_on_signal, pending)
            watchers.start_soon(_end_when_unread, stdout)
        async with stdio_server() as (read, write):  # inside: its tasks wait for stdin even after a fault
            await server.run(Incoming(read, pending), Outgoing(write, pending), server.create_initialization_options())
        watchers.cancel_scope.cancel()


async def _end_on_signal(pending: Pending) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            await pending.settled()
            await anyio.sleep(FLUSH)
            os._exit(0)  # a thread of the SDK waits for stdin and cannot be cancelled


async def _end_when_unread(stdout: int) -> None:
    poller = select.poll()
    poller.register(stdout, 0)
    while not any(  # noqa: ASYNC110 - the kernel sends no event for it
        state & (select.POLLERR | select.POLLHUP) for _, state in poller.poll(0)
    ):
        await anyio.sleep(LOOK_EVERY)
    os._exit(0)  # nobody reads any more, and the SDK would wait for stdin


@asynccontextmanager
async def _watched_stdout() -> AsyncGenerator[int]:
    """Keep a descriptor of the real stdout, which the SDK diverts while it serves."""
    copy = os.dup(sys.stdout.fileno())
    try:
        yield copy
    finally:
        os.close(copy)
