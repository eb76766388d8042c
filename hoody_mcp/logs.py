"""Logs on stderr that never hold a credential and never hold up the server.

A client may never read the server's stderr; a blocking write would then stop everything after some 64 KB. So lines are
handed to a thread, and dropped while it is stuck.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import queue
import sys
import warnings
from collections.abc import Generator

from .clean import Redactor
from .settings import Settings

AUDIT = "hoody_mcp.audit"  # whose records are lines of JSON already
LOGGER = logging.getLogger("hoody_mcp")
MAX_WAITING = 1_000  # lines that wait for the client to read stderr
MAX_LINE = 500  # characters
CHATTY = ("httpx2", "httpcore2", "httpcore", "mcp", "asyncio")  # they log URLs, headers and arguments


class Lines(logging.Formatter):
    """One short line per record; traces give type and place, never values."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings, which know the credentials."""
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._settings = settings

    def format(self, record: logging.LogRecord) -> str:
        """Write the record on one line."""
        redact = Redactor(self._settings.credentials())
        if record.name == AUDIT:
            return redact(record.getMessage())
        record.exc_info = record.exc_text = record.stack_info = None
        return redact(" ".join(super().format(record).splitlines()))[:MAX_LINE]


class Dropping(logging.handlers.QueueHandler):
    """Hands lines to the writing thread; drops them when that is stuck."""

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand over or drop."""
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)


@contextlib.contextmanager
def logging_to_stderr(settings: Settings) -> Generator[None]:
    """Send all logging of the process to stderr while the server runs."""
    lines: queue.Queue[logging.LogRecord] = queue.Queue(MAX_WAITING)
    writer = logging.StreamHandler(sys.stderr)
    waiting = Dropping(lines)
    waiting.setFormatter(Lines(settings))
    listener = logging.handlers.QueueListener(lines, writer)
    logging.raiseExceptions = False  # a closed stderr is nobody's concern
    root = logging.getLogger()
    root.setLevel(settings.log_level.upper())
    root.handlers[:] = [waiting]
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    warnings.simplefilter("ignore", ResourceWarning)
    listener.start()
    try:
        yield
    finally:
        root.handlers[:] = []
        logging.captureWarnings(capture=False)
        with contextlib.suppress(queue.Full):
            listener.enqueue_sentinel()  # not stop(): that waits for a thread that may be stuck on an unread pipe
        writing = listener._thread  # noqa: SLF001 - the only way to wait within bounds
        if writing:
            writing.join(0.5)
            if writing.is_alive():
                os._exit(0)  # it hangs on an unread pipe, and an ordinary exit would wait for it
