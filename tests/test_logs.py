"""Logs on stderr: short single lines without credentials, that hold nothing up."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from hoody_mcp.logs import AUDIT, CHATTY, MAX_LINE, MAX_WAITING, logging_to_stderr
from hoody_mcp.settings import Settings

TOKEN = "hdy_canary+0123456789/abcdef=c4n4ry"  # noqa: S105 - made up
FORMS = [TOKEN, quote(TOKEN, safe=""), base64.b64encode(f"Bearer {TOKEN}".encode()).decode()]
NAMES = ["some.library", "hoody_mcp", "httpx2", "mcp.server", AUDIT]
Written = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keep the process of the tests from being ended; gives the exit codes."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


@pytest.fixture(autouse=True)
def logging_as_before() -> Generator[None]:
    root, names = logging.getLogger(), (None, *NAMES, *CHATTY)
    handlers, levels, raises = root.handlers[:], [logging.getLogger(name).level for name in names], logging.raiseExceptions
    yield
    root.handlers[:] = handlers
    logging.raiseExceptions = raises
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)


@contextmanager
def logging_with(**flags: Any) -> Generator[logging.Logger]:
    with logging_to_stderr(Settings.load(**{"token": TOKEN, "log_level": "debug", **flags})):
        yield logging.getLogger("some.library")


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    """Give the lines that were written by the end of logging."""

    def lines() -> list[str]:
        return capsys.readouterr().err.splitlines()

    return lines


class Speaks:
    """Tells the token when it is turned into text, as a request or a header does."""

    def __repr__(self) -> str:
        return f"<Request authorization='Bearer {TOKEN}'>"


def failing(logger: logging.Logger) -> None:
    try:
        {}[TOKEN]
    except KeyError:
        logger.exception("It failed\nin two lines", stack_info=True)


CARELESS: dict[str, Callable[[logging.Logger], None]] = {
    **{f"form {index}": lambda logger, form=form: logger.info("sent %s", form) for index, form in enumerate(FORMS)},
    "in the message": lambda logger: logger.warning(f"sent {TOKEN}"),  # noqa: G004 - what careless libraries do
    "in an object": lambda logger: logger.debug("sent %r", Speaks()),
    "in a map": lambda logger: logger.error("sent %(authorization)s", {"authorization": f"Bearer {TOKEN}"}),
    "in an exception": failing,
    "at the end of a long line": lambda logger: logger.error("%s", "x" * (MAX_LINE - 40) + TOKEN),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("careless", CARELESS)
def test_the_token_stands_in_no_line_when_it_is(written: Written, name: str, careless: str) -> None:
    with logging_with():
        logging.getLogger(name).setLevel(logging.DEBUG)
        CARELESS[careless](logging.getLogger(name))
    text = "\n".join(written())
    assert text
    assert [form for form in (*FORMS, TOKEN[:12]) if form in text] == []


def test_a_token_that_was_changed_in_its_file_stands_in_no_line(written: Written, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hdy_the-first-token")
    with logging_with(token=None, token_file=str(file)) as logger:
        logger.error("sent %s", "hdy_the-first-token")
        file.write_text("hdy_the-second-token")
        logger.error("sent %s", "hdy_the-second-token")
    assert written() == ["ERROR some.library: sent [masked]"] * 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85", "\n\n\n"], ids=ascii)
def test_a_message_is_one_line(written: Written, end: str) -> None:
    with logging_with() as logger:
        logger.error(f"first{end}second{end}")  # noqa: G004 - as it comes
    [line] = written()
    assert line.startswith("ERROR some.library: first")
    assert "second" in line


def test_an_exception_is_told_without_its_trace(written: Written) -> None:
    with logging_with() as logger:
        failing(logger)
    assert written() == ["ERROR some.library: It failed in two lines"]


def test_a_long_message_is_cut(written: Written) -> None:
    with logging_with() as logger:
        logger.error("x" * 5000)
    [line] = written()
    assert len(line) == MAX_LINE


def test_an_audit_line_is_whole_json(written: Written) -> None:
    said = {"tool": "files_delete", "target": {"path": "/a" * 1000 + TOKEN}}
    with logging_with():
        logging.getLogger(AUDIT).warning(json.dumps(said))
    [line] = written()
    assert json.loads(line) == {"tool": "files_delete", "target": {"path": "/a" * 1000 + "[masked]"}}


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_decides_what_is_written(written: Written, level: str, expected: int) -> None:
    with logging_with(log_level=level) as logger:
        for said in (logger.debug, logger.info, logger.warning, logger.error):
            said("said")
    assert len(written()) == expected


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_audit_lines_are_written_at_every_level(written: Written, level: str) -> None:
    with logging_with(log_level=level):
        logging.getLogger(AUDIT).warning("{}")
    assert written() == ["{}"]


@pytest.mark.parametrize("name", [*CHATTY, "httpcore2.http11", "mcp.server.lowlevel"])
def test_libraries_that_log_addresses_and_arguments_are_silent_below_errors(written: Written, name: str) -> None:
    with logging_with():
        logging.getLogger(name).warning("https://host/path?secret")
        logging.getLogger(name).error("broken")
    assert written() == [f"ERROR {name}: broken"]


def test_warnings_of_python_are_lines_too(written: Written) -> None:
    with warnings.catch_warnings(), logging_with():
        warnings.simplefilter("always")
        warnings.warn(f"old\nthing {TOKEN}", DeprecationWarning, stacklevel=1)
    [line] = written()
    assert line.startswith("WARNING py.warnings: ")
    assert "old thing [masked]" in line


def test_a_message_that_cannot_be_made_is_no_fault(written: Written) -> None:
    with logging_with() as logger:
        logger.error("%d items", "no number")
        logger.error("next")
    assert written() == ["ERROR some.library: next"]


class Stuck(io.StringIO):
    """A stderr that nobody reads until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.writing, self.released, self.caught_up = threading.Event(), threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.writing.set()
        self.released.wait(30)
        written = super().write(text)
        if self.getvalue().count("\n") > MAX_WAITING:
            self.caught_up.set()
        return written


def test_lines_that_nobody_reads_are_dropped_and_hold_nothing_up(monkeypatch: pytest.MonkeyPatch, exits: list[int]) -> None:
    stuck = Stuck()
    monkeypatch.setattr(sys, "stderr", stuck)

    def chatter() -> None:
        for number in range(3 * MAX_WAITING):
            logger.error("line %d", number)

    with logging_with() as logger:
        logger.error("first")
        assert stuck.writing.wait(5)
        chattering = threading.Thread(target=chatter, daemon=True)
        chattering.start()
        chattering.join(10)
        stuck.released.set()
        assert not chattering.is_alive()
        assert stuck.caught_up.wait(10)
    assert exits == []
    lines = stuck.getvalue().splitlines()
    assert lines[:2] == ["ERROR some.library: first", "ERROR some.library: line 0"]
    assert MAX_WAITING < len(lines) <= MAX_WAITING + 2


@pytest.mark.parametrize("waiting", [0, 1, 2 * MAX_WAITING])
def test_the_process_ends_although_nobody_reads(monkeypatch: pytest.MonkeyPatch, exits: list[int], waiting: int) -> None:
    stuck = Stuck()
    monkeypatch.setattr(sys, "stderr", stuck)
    with logging_with() as logger:
        logger.error("first")
        assert stuck.writing.wait(5)
        for _ in range(waiting):
            logger.error("next")
    stuck.released.set()
    assert exits == [0]


def test_a_closed_stderr_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    with logging_with() as logger:
        logger.error("nobody hears this")


def test_nothing_is_written_after_the_end(written: Written) -> None:
    with logging_with() as logger:
        logger.error("said")
    logger.debug("too late")
    assert written() == ["ERROR some.library: said"]
