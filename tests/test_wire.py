"""One server process, and whatever clients write to it: it answers what can be answered, and lives."""

from __future__ import annotations

import json
import time
from collections.abc import Generator

import pytest

from .process import Place, Process, a_place, at_leisure, call, cancel, hello, message
from .upstream import CONTAINER, Reply


@pytest.fixture(scope="module")
def place() -> Generator[Place]:
    with a_place() as made:
        yield made


@pytest.fixture(scope="module")
def lasting(place: Place) -> Generator[Process]:
    with Process(place.environment) as process:
        process.ask(hello())
        yield process


@pytest.fixture
def server(lasting: Process) -> Process:
    """Give the one process that has to survive everything that is said to it."""
    assert lasting.alive()
    return lasting


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_each_older_revision_is_served(server: Process, revision: str) -> None:
    greeting = server.ask(hello(revision))["result"]
    assert greeting["protocolVersion"] == revision
    assert greeting["serverInfo"]["name"] == "hoody-mcp"
    tools = server.ask(message("tools/list", 1))["result"]["tools"]
    assert "projects_list" in {tool["name"] for tool in tools}
    assert server.ask(call(2))["result"]["structuredContent"]["items"] == []


HARMLESS = {
    "garbage": b"garbage\n",
    "bad UTF-8": b"\xff\xfe\x80\n",
    "an empty batch": b"[]\n",
    "a batch": b"[" + message("ping", 1).strip() + b"]\n",
    "blank lines": b"\n\r\n \n",
    "a number": b"1\n",
    "a request without an id that could be answered": b'{"jsonrpc":"2.0","id":null,"method":"ping"}\n',
    "an unknown notification": message("notifications/nothing"),
    "an answer that nobody asked for": b'{"jsonrpc":"2.0","id":7,"result":{}}\n',
    "a line of 5 MB": b"g" * 5_000_000 + b"\n",
    "half a character as a tool": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud83d"}}\n',
    "half a character as an id": b'{"jsonrpc":"2.0","id":"\\ud83d","method":"ping"}\n',
    "nesting without end": b"[" * 100_000 + b"\n",
    "the end of a call that never was": cancel(12345),
}


@pytest.mark.parametrize("said", HARMLESS)
def test_the_server_stays_alive_and_silent_after(server: Process, said: str) -> None:
    server.write(HARMLESS[said])
    assert server.alive()


def test_an_unknown_method_is_refused_by_its_number(server: Process) -> None:
    refusal = server.ask(message("nonsense/get", 7))
    assert (refusal["id"], refusal["error"]["code"]) == (7, -32601)


def test_a_request_of_5_mb_is_answered(server: Process) -> None:
    assert server.ask(message("ping", 1, _meta={"x": "x" * 5_000_000}))["id"] == 1


PING = message("ping", 1)
FRAMINGS: dict[str, tuple[bytes, ...]] = {
    "ends of lines as on Windows": (PING.strip() + b"\r\n", message("ping", 2).strip() + b"\r\n"),
    "blank lines between": (b"\n" + PING + b"\n\r\n" + message("ping", 2),),
    "two messages in one write": (PING + message("ping", 2),),
    "one message in three writes": (PING[:5], PING[5:20], PING[20:], message("ping", 2)),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_messages_are_told_apart_with(server: Process, framing: str) -> None:
    server.write(*FRAMINGS[framing])
    assert [answer["id"] for answer in server.answers(2)] == [1, 2]


@pytest.mark.parametrize("number", [0, -1, "", 2**53, "7c9e6679-7425-40de-944b-e07fc1f90ae7", "0", "ü"], ids=repr)
def test_an_answer_carries_the_id_of_its_request(server: Process, number: object) -> None:
    for request in (message("ping", number), call(number)):
        answer = server.ask(request)
        assert "result" in answer
        assert (answer["id"], type(answer["id"])) == (number, type(number))


def test_two_calls_with_one_id_are_both_answered(place: Place, server: Process) -> None:
    place.upstream.script(Reply(200, b"{}", delay=0.2), Reply(200, b"{}"))
    server.write(call("twice") + call("twice"))
    assert [answer["id"] for answer in server.answers(2)] == ["twice", "twice"]
    assert server.alive()


HALF = rb'{"statusCode":%d,"error":"X","message":"half \ud83d","data":{"id":"\ud83d","\udc00":["\ud83d\ude00"]}}'


@pytest.mark.parametrize("status", [200, 201, 400, 404, 500])
@pytest.mark.parametrize("tool", ["containers_get", "containers_delete"])
def test_half_a_character_from_hoody_does_not_end_the_server(place: Place, server: Process, status: int, tool: str) -> None:
    place.upstream.script(Reply(status, HALF % status))
    answer = server.ask(call(1, tool, container_id=CONTAINER))
    assert "\ud83d" not in json.dumps(answer)
    assert server.alive()


def test_a_ping_is_answered_at_once_while_calls_are_slow(place: Place, server: Process) -> None:
    place.begin_slow_calls(server, 1, 2, 3)
    begun = time.monotonic()
    assert server.alive()
    assert time.monotonic() - begun < at_leisure(0.5)
    place.end_slow_calls(server, 1, 2, 3)


def test_fast_calls_do_not_wait_for_slow_ones(place: Place, server: Process) -> None:
    slow, fast = [f"slow {number}" for number in range(6)], list(range(24))
    place.begin_slow_calls(server, *slow)
    server.write(b"".join(map(call, fast)))
    assert sorted(answer["id"] for answer in server.answers(24, seconds=at_leisure(3))) == fast
    place.end_slow_calls(server, *slow)


@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_call_is_not_answered_and_leaves_hoody_alone(place: Place, server: Process, times: int) -> None:
    place.begin_slow_calls(server, "cancelled")
    server.write(cancel("cancelled") * times)
    place.silent.gone.get(timeout=5)
    assert server.alive()
