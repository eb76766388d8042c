"""What breaks servers like this one at their pipes, where no other test meets it."""

from __future__ import annotations

import json
import os
import pty
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Generator

import pytest

from .calls import CATALOG, example
from .process import Place, Process, a_place, at_leisure, call, cancel, hello, message
from .test_wire import HARMLESS
from .upstream import CONTAINER, KIT_PATH, Reply, Sent, Upstream

RECORD = f"/api/v1/containers/{CONTAINER}"


def answering_kits(place: Place) -> dict[str, str]:
    """Give the settings of a place whose containers answer, too."""
    return {**place.environment, "HOODY_KIT_URL": place.environment["HOODY_BASE_URL"] + KIT_PATH}


def answered_before(process: Process, mark: str) -> list[object]:
    """Ping, and give the ids of the answers that come before the ping's."""
    process.write(message("ping", mark))
    answered: list[object] = []
    while mark not in answered:
        answered.append(process.answer()["id"])
    return answered[:-1]


@pytest.fixture(scope="module")
def place() -> Generator[Place]:
    with a_place() as made:
        yield made


@pytest.fixture
def upstream(place: Place) -> Upstream:
    return place.upstream


@pytest.fixture
def server(place: Place) -> Generator[Process]:
    with Process(answering_kits(place)) as process:
        process.ask(hello())
        yield process


BODIES = {"half a character": rb'{"name":"x\ud83d","message":"x\ud83d"}', "raw controls": b'{"log":"a\x1b[31mb\x00","message":"\x07\x00"}'}


@pytest.mark.parametrize("body", BODIES)
def test_no_tool_lets_out_what_breaks_its_line(upstream: Upstream, server: Process, body: str) -> None:
    for tool in ("containers_list", "firewall_list", "terminal_result", "terminal_raw_output", "files_get"):
        for status in (200, 400):
            upstream.script(Reply(status, BODIES[body]), when=lambda sent: sent.path != RECORD)
            answer = server.ask(call(tool, tool, **example(CATALOG[tool])))
            assert "\ud83d" not in json.dumps(answer["result"], ensure_ascii=False)
            assert upstream.scripted == []
    assert server.alive()


def test_stdin_that_is_a_keyboard_gets_a_hint() -> None:
    keyboard, terminal = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "hoody_mcp"], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr
        assert "start it from an MCP client" in process.stderr.readline().decode()
        os.write(keyboard, b"\x04")
        assert process.wait(at_leisure(5)) == 0
    os.close(keyboard)
    os.close(terminal)


def test_a_ping_is_answered_while_a_very_large_answer_is_read(upstream: Upstream, server: Process) -> None:
    upstream.script(Reply(200, b'{"statusCode":200,"message":"ok","data":{"log":"%s"}}' % (b"x" * 50_000_000)))
    server.write(call("large"))
    waits: list[float] = []
    answer: object = None
    while answer != "large":
        begun = time.monotonic()
        answer = server.ask(message("ping", len(waits)), seconds=60)["id"]
        waits.append(time.monotonic() - begun)
    assert max(waits) < at_leisure(0.5)


def test_what_makes_no_sense_is_at_most_one_short_line_of_the_log(server: Process) -> None:
    said = 0
    for line in (*HARMLESS.values(), message("nonsense/get", 7), message("ping", 1.5)):
        server.write(line)
        assert set(answered_before(server, "mark")) <= {7}
        told = server.errors()[said:]
        said += len(told)
        assert len(told.splitlines()) <= 1
        assert len(told) <= 500


@pytest.mark.parametrize("level", ["warning", "debug"])
def test_no_address_stands_in_the_log(place: Place, upstream: Upstream, level: str) -> None:
    with Process({**answering_kits(place), "HOODY_LOG_LEVEL": level}) as process:
        process.ask(hello())
        for status in (200, 400, 404):
            upstream.script(Reply(status, b"{}"), when=lambda sent: sent.path != RECORD)
            process.ask(call(1, "files_search", container_id=CONTAINER, directory="/", q="query-s3cret"))
        process.end_input()
        process.ended()
        errors = process.errors()
    assert [word for word in ("s3cret", "/kit/", "127.0.0.1", "/api/v1") if word in errors] == []


def test_a_call_cancelled_as_it_ends_is_answered_once_at_most(upstream: Upstream, server: Process) -> None:
    arrived = queue.Queue[None]()

    def noted(sent: Sent) -> bool:
        arrived.put(None)
        return sent.method == "GET"

    for number in range(100):
        upstream.script(Reply(200, b"{}"), when=noted)
        server.write(call(number))
        arrived.get(timeout=5)
        server.write(cancel(number) * (1 + number % 2))
    server.write(*map(cancel, ("hello", 0, 99)))
    answered = answered_before(server, "end")
    server.end_input()
    answered += [answer["id"] for answer in server.remaining()]
    assert len(answered) == len(set(answered))


def test_nothing_is_asked_any_more_when_the_client_has_gone(upstream: Upstream, server: Process) -> None:
    looked = queue.Queue[None]()

    def noted(sent: Sent) -> bool:
        if sent.path == RECORD:
            looked.put(None)
        return False

    upstream.script(Reply(), when=noted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(upstream.container, "status", "creating")
        server.write(call(1, "terminal_result", container_id=CONTAINER, command_id="7"))
        for _ in range(3):
            looked.get(timeout=10)
        server.end_input()
        assert server.ended() == 0
    upstream.scripted.clear()
    assert looked.qsize() <= 1
    assert server.errors() == ""


def test_one_of_two_calls_with_one_id_can_be_cancelled(place: Place) -> None:
    with Process(place.environment) as process:
        process.ask(hello())
        place.begin_slow_calls(process, "twice", "twice")
        process.write(cancel("twice"))
        place.silent.gone.get(timeout=5)
        assert process.alive()
        process.signal(signal.SIGTERM)
        assert process.ended() == 0


def test_certificates_that_are_not_there_are_told_in_one_sentence() -> None:
    with Process({"SSL_CERT_FILE": "/nowhere/ca.pem"}) as process:
        process.end_input()
        assert process.remaining(15) == []
        errors = process.errors()
    assert "SSL_CERT_FILE" in errors
    assert (len(errors.splitlines()), "Traceback" in errors) == (1, False)
