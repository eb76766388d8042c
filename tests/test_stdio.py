"""The real process: how it starts, serves each revision, and ends; and that nothing but JSON-RPC leaves it."""

from __future__ import annotations

import signal
import time
from collections.abc import Generator
from typing import Any

import pytest

from .process import PIPE, Place, Process, a_place, at_leisure, call, hello, message
from .upstream import CONTAINER, Reply

ENVELOPE: dict[str, Any] = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(scope="module")
def place() -> Generator[Place]:
    with a_place() as made:
        yield made


@pytest.fixture(scope="module")
def spares(place: Place) -> Generator[list[Process]]:
    """Hold processes that start while others are tested."""
    waiting = [Process(place.environment) for _ in range(2)]
    yield waiting
    for process in waiting:
        process.__exit__()


@pytest.fixture
def fresh(place: Place, spares: list[Process]) -> Generator[Process]:
    """Give a process of the test's own, to which nothing has been said."""
    spares.append(Process(place.environment))
    with spares.pop(0) as process:
        yield process


@pytest.fixture
def greeted(fresh: Process) -> Process:
    fresh.ask(hello())
    return fresh


def test_the_newer_revision_is_served_without_a_greeting(fresh: Process) -> None:
    listed = fresh.ask(message("tools/list", 1, _meta=ENVELOPE))
    assert "projects_list" in {tool["name"] for tool in listed["result"]["tools"]}
    called = fresh.ask(message("tools/call", 2, name="projects_list", arguments={}, _meta=ENVELOPE))
    assert called["result"]["structuredContent"]["items"] == []
    unknown = fresh.ask(message("tools/call", 3, name="project_list", arguments={}, _meta=ENVELOPE))
    assert unknown["error"]["code"] == -32602


def seconds_to_list(place: Place) -> float:
    begun = time.monotonic()
    with Process(place.environment) as process:
        process.ask(hello())
        assert process.ask(message("tools/list", 1))["result"]["tools"]
        return time.monotonic() - begun


def test_it_lists_tools_soon_after_the_start_and_asks_nothing_of_hoody(place: Place) -> None:
    before = len(place.upstream.sent)
    assert seconds_to_list(place) < at_leisure(3)
    assert len(place.upstream.sent) == before


LOUD: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "a debug log and every warning of Python": ({"HOODY_LOG_LEVEL": "debug"}, ("-W", "always")),
    "no token": ({"HOODY_TOKEN": "", "HOODY_READONLY": "1"}, ()),
}


@pytest.mark.parametrize("loud", LOUD)
def test_stdout_holds_nothing_but_answers_with(place: Place, loud: str) -> None:
    environment, python = LOUD[loud]
    requests = [message("tools/list", 1), call(2), call(3, "containers_get"), call(4, "container_get"), b"garbage\n"]
    with Process({**place.environment, **environment}, python=python) as process:
        process.ask(hello())
        answers = [process.ask(request) for request in requests[:-1]]
        process.write(requests[-1], b"\n")
        process.end_input()
        assert process.remaining() == []
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4]
    assert ("HOODY_TOKEN" in str(answers[1])) == (loud == "no token")


WRONG: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "an unknown option": ({}, ("--nonsense",), "--nonsense"),
    "a token of two lines": ({"HOODY_TOKEN": "hdy_first\nhdy_second"}, (), "HOODY_TOKEN"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_start_is_refused_in_one_sentence_for(place: Place, wrong: str) -> None:
    environment, options, named = WRONG[wrong]
    with Process({**place.environment, **environment}, *options) as process:
        process.end_input()
        assert process.remaining(15) == []
        assert process.ended() != 0
        errors = process.errors()
    assert named in errors
    assert "Traceback" not in errors
    assert "hdy_" not in errors


def test_it_ends_with_its_input_before_a_greeting(fresh: Process) -> None:
    assert fresh.alive()
    fresh.end_input()
    assert fresh.remaining() == []
    assert fresh.ended() == 0
    assert fresh.errors() == ""


def test_it_ends_with_its_input_when_no_call_is_left(place: Place, greeted: Process) -> None:
    place.begin_slow_calls(greeted, 1)
    place.end_slow_calls(greeted, 1)
    greeted.end_input()
    assert greeted.remaining(1.6) == []  # nothing is waited for
    assert greeted.ended() == 0
    assert greeted.errors() == ""


def test_it_ends_with_its_input_although_hoody_does_not_answer(place: Place, greeted: Process) -> None:
    place.begin_slow_calls(greeted, 1)
    greeted.end_input()
    assert greeted.ended() == 0
    assert greeted.errors() == ""
    place.silent.gone.get(timeout=5)


@pytest.mark.parametrize("end", [signal.SIGTERM, None], ids=["SIGTERM", "end of input"])
def test_answers_under_way_are_given_before(place: Place, greeted: Process, end: signal.Signals | None) -> None:
    arrived = place.silent.arrived

    def slow(*_: object) -> bool:
        arrived.put(None)
        return True

    place.upstream.script(*(Reply.data({"projects": []}) for _ in range(19)), Reply(200, b"{}", delay=0.5), when=slow)
    greeted.write(b"".join(map(call, range(20))))
    for _ in range(20):
        arrived.get(timeout=5)
    greeted.end_input() if end is None else greeted.signal(end)
    answers = greeted.remaining()
    assert sorted(answer["id"] for answer in answers) == list(range(20))
    assert not any(answer["result"].get("isError") for answer in answers)
    assert greeted.ended() == 0
    assert greeted.errors() == ""


def test_calls_that_arrive_together_with_the_end_of_input_are_answered(greeted: Process) -> None:
    greeted.write(b"".join(map(call, range(20))))
    greeted.end_input()
    assert sorted(answer["id"] for answer in greeted.remaining()) == list(range(20))


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_it_ends_on_a_signal(place: Place, greeted: Process, number: signal.Signals, *, busy: bool) -> None:
    if busy:
        place.begin_slow_calls(greeted, 1)
    greeted.signal(number)
    assert greeted.ended() in {0, 128 + number}
    assert greeted.errors() == ""
    if busy:
        place.silent.gone.get(timeout=5)


@pytest.mark.parametrize("pings", [0, 500], ids=["idle", "busy"])
def test_it_ends_quietly_when_nobody_reads_its_answers(fresh: Process, pings: int) -> None:
    fresh.write(hello() + b"".join(message("ping", number) for number in range(pings)))
    fresh.stop_reading()
    fresh.ended()
    assert fresh.errors() == ""


@pytest.fixture(scope="module")
def unread(place: Place) -> Generator[Process]:
    environment = {**place.environment, "HOODY_LOG_LEVEL": "debug", "HOODY_EXECUTE": "deny"}
    with Process(environment, read_stderr=False) as process:
        process.ask(hello())
        yield process


def test_a_client_that_never_reads_stderr_gets_every_answer(unread: Process) -> None:
    unread.write(*(call(number, "terminal_execute", container_id=CONTAINER, command="ls") for number in range(500)))
    assert [answer["result"]["isError"] for answer in unread.answers(500)] == [True] * 500
    assert unread.alive()
    assert unread.waiting_errors() > 0.9 * PIPE


def test_a_server_whose_stderr_is_full_ends_with_its_input(unread: Process) -> None:
    unread.write(*(call(number, "terminal_execute", container_id=CONTAINER, command="ls") for number in range(1000)))
    unread.answers(1000)
    unread.end_input()
    assert unread.ended() == 0


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "SSL_CERT_FILE"),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1", "NO_PROXY": ""}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "gopher://127.0.0.1:1", "NO_PROXY": ""}, "HTTPS_PROXY"),
    ],
    ids=["certificates", "socks", "scheme"],
)
def test_a_network_setting_that_cannot_be_used_ends_the_start_with_a_sentence(place: Place, variable: dict[str, str], words: str) -> None:
    with Process({**place.environment, **variable}) as process:
        process.write(hello())
        assert process.ended(10) == 1
        assert words in process.errors()
        assert "Traceback" not in process.errors()
