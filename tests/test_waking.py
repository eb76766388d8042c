"""Calls to a container that is on its way wait for it; calls to one that does not run name what to do about it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client

from .calls import CATALOG, carried_out, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, Reply, Sent, Upstream

Call = tuple[str, dict[str, Any]]
READ: Call = ("terminal_result", {"container_id": CONTAINER, "command_id": "7"})
EXECUTE: Call = ("terminal_execute", {"container_id": CONTAINER, "command": "date", "ephemeral": True})
WRITE: Call = ("files_append", {"container_id": CONTAINER, "path": "/a", "text": "b"})
DESTROY: Call = ("files_delete", {"container_id": CONTAINER, "path": "/a"})
CALLS = [READ, EXECUTE, WRITE, DESTROY]
STARTING = ["creating", "copying", "claiming"]
PAGE = {"content-type": "text/html"}
ABSENT = [  # what may stand where a service does not answer yet
    Reply(502, b"<html><title>Bad gateway</title></html>", PAGE),
    Reply(503, b"", {}),
    Reply(fault=httpx2.ConnectError("All connection attempts failed")),
    Reply(fault=httpx2.RemoteProtocolError("Server disconnected without sending a response.")),
    Reply(delay=600),
]


def in_kit(sent: Sent) -> bool:
    return ".containers." in sent.host


def is_health(sent: Sent) -> bool:
    return in_kit(sent) and sent.path.endswith("/health")


def is_record(sent: Sent) -> bool:
    return not in_kit(sent) and sent.path == f"/api/v1/containers/{CONTAINER}"


class Box(Upstream):
    """One container, whose state a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.files["a"] = b"old"
        self.asked_thrice = asyncio.Event()

    def respond(self, sent: Sent) -> Reply:
        reply = super().respond(sent)
        if len(self.sent) >= 3:
            self.asked_thrice.set()
        return reply

    def is_(self, status: str, **more: Any) -> None:
        """Set the state; it has changed just now unless told otherwise."""
        self.container |= {"status": status, "updated_at": datetime.now(UTC).isoformat(), **more}

    def will_be(self, *states: str) -> None:
        """Say what the next look-ups find; after them, it is as it was set."""
        self.script(*(Reply.data({**self.container, "id": CONTAINER, "status": status}) for status in states), when=is_record)

    def count(self, *kinds: Callable[[Sent], bool]) -> list[int]:
        return [sum(map(kind, self.sent)) for kind in kinds]

    @property
    def calls(self) -> list[Sent]:
        """What went to services, questions for their health and previews aside."""
        return [sent for sent in self.sent if in_kit(sent) and not is_health(sent) and (sent.method != "GET" or "terminal" in sent.host)]


@pytest.fixture
def upstream() -> Box:
    return Box()


async def fails(client: Client, call: Call) -> str:
    result = await carried_out(client, *call)
    return text_of(result) if result.is_error else "done"


async def together(client: Client, number: int, call: Call) -> list[bool]:
    """Call several times at once; tells which calls succeeded."""
    done: list[bool] = []

    async def one() -> None:
        done.append(not (await client.call_tool(*call)).is_error)

    async with anyio.create_task_group() as group:
        for _ in range(number):
            group.start_soon(one)
    return done


every_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])


@pytest.mark.parametrize("status", STARTING)
@every_call
@at_once
async def test_a_container_that_starts_is_waited_for_and_then_asked_once(connect: Connect, upstream: Box, call: Call, status: str) -> None:
    upstream.is_("running")
    upstream.will_be(*[status] * 3)
    upstream.script(*ABSENT[:4], when=is_health)  # a preview is given ten seconds
    async with connect() as client:
        result = await carried_out(client, *call)
    assert not result.is_error
    assert len(upstream.calls) == 1
    assert upstream.count(is_record, is_health) == [4, 5]
    kinds = ["record" if is_record(sent) else "health" if is_health(sent) else "call" for sent in upstream.sent]
    assert [kind for kind, _ in itertools.groupby(kinds)] == ["record", "health", "call"]


POWER, MAKE = "containers_power", "containers_create"
NAMED = {"stopped": (POWER, "start"), "paused": (POWER, "resume"), "failed": (MAKE, ""), "deleting": ("", ""), "deleted": ("", "")}


@pytest.mark.parametrize("status", NAMED)
@every_call
@at_once
async def test_a_container_that_does_not_run_is_told_with_the_tool_that_helps(
    connect: Connect, upstream: Box, call: Call, status: str
) -> None:
    upstream.is_(status)
    tool, operation = NAMED[status]
    async with connect() as client:
        said = await fails(client, call)
    assert f"is {status}" in said
    assert tool in said
    if operation:
        assert f"operation={operation}" in said
        assert operation in CATALOG[tool].definition["inputSchema"]["properties"]["operation"]["enum"]
    assert upstream.count(in_kit) == [0]


@every_call
@at_once
async def test_a_container_without_services_is_explained(connect: Connect, upstream: Box, call: Call) -> None:
    upstream.is_("running", hoody_kit=False)
    async with connect() as client:
        said = await fails(client, call)
    assert "without Hoody Kit" in said
    assert upstream.count(in_kit) == [0]


@pytest.mark.parametrize("changed", ["2020-01-01T00:00:00Z", None, "", "yesterday", "2020-01-01T00:00:00"])
@every_call
@at_once
async def test_a_container_that_has_run_for_long_is_asked_straight_away(
    connect: Connect, upstream: Box, call: Call, changed: str | None
) -> None:
    upstream.is_("running", updated_at=changed)
    async with connect() as client:
        for _ in range(2):
            assert not (await carried_out(client, *call)).is_error
    assert len(upstream.calls) == 2
    assert upstream.count(is_record, is_health) == [1, 0]


@pytest.mark.parametrize("ahead", [0, 5, -60], ids=["now", "clock ahead", "a minute ago"])
@at_once
async def test_each_service_of_a_fresh_container_is_asked_for_its_health_once(connect: Connect, upstream: Box, ahead: int) -> None:
    upstream.is_("running", updated_at=(datetime.now(UTC) + timedelta(seconds=ahead)).isoformat().replace("+00:00", "Z"))
    async with connect() as client:
        for call in CALLS * 2:
            assert not (await carried_out(client, *call)).is_error
    assert sorted(sent.host.split("-")[2] for sent in upstream.sent if is_health(sent)) == ["files", "terminal"]
    assert upstream.count(is_record) == [1]


@at_once
async def test_any_answer_of_a_services_own_shows_that_it_is_awake(connect: Connect, upstream: Box) -> None:
    for status in (200, 401, 404, 500):
        upstream.is_("running")
        upstream.script(Reply.of({"error": "no such route"}, status), when=is_health)
        async with connect() as client:
            assert not (await client.call_tool(*EXECUTE)).is_error
    assert (len(upstream.calls), upstream.count(is_health)) == (4, [4])


@at_once
async def test_a_page_in_place_of_the_service_does_not_show_that_it_is_awake(connect: Connect, upstream: Box) -> None:
    upstream.is_("running")
    upstream.script(*[Reply(404, b"<html><title>No such host</title></html>", PAGE)] * 3, when=is_health)
    async with connect() as client:
        assert not (await client.call_tool(*EXECUTE)).is_error
    assert (len(upstream.calls), upstream.count(is_health)) == (1, [4])


@pytest.mark.parametrize(
    ("outcome", "named"),  # only a result names the container, which is looked up for it
    [(Reply.data({}), 1), (Reply(fault=httpx2.ReadError("reset")), 0), (Reply.error(503, "OOPS", "oops"), 0), (Reply(delay=600), 0)],
    ids=["done", "cut", "503", "time-out"],
)
@at_once
async def test_after_a_start_the_container_is_looked_up_anew(connect: Connect, upstream: Box, outcome: Reply, named: int) -> None:
    upstream.is_("running", updated_at="2020-01-01T00:00:00Z")
    async with connect() as client:
        await client.call_tool(*EXECUTE)
        upstream.script(outcome, when=lambda sent: not in_kit(sent) and sent.method == "POST")
        await client.call_tool("containers_power", {"container_id": CONTAINER, "operation": "start"})
        upstream.is_("running")
        upstream.script(*ABSENT[:2], when=is_health)
        assert not (await client.call_tool(*EXECUTE)).is_error
    assert len(upstream.calls) == 2
    assert upstream.count(is_record, is_health) == [2 + named, 3]


@pytest.mark.parametrize("status", STARTING)
@at_once
async def test_the_wait_for_a_container_has_an_end(connect: Connect, upstream: Box, status: str) -> None:
    upstream.is_(status)
    async with connect() as client:
        begin = anyio.current_time()
        said = await fails(client, EXECUTE)
        assert anyio.current_time() - begin <= 30
    assert "poll containers_get until it is running" in said
    assert upstream.count(in_kit) == [0]
    assert len(upstream.sent) <= 15


@pytest.mark.parametrize("absent", ABSENT, ids=["502", "503", "refused", "cut", "time-out"])
@at_once
async def test_the_wait_for_a_service_has_an_end(connect: Connect, upstream: Box, absent: Reply) -> None:
    upstream.is_("running")
    upstream.script(*[absent] * 200, when=is_health)
    async with connect() as client:
        begin = anyio.current_time()
        said = await fails(client, EXECUTE)
        assert anyio.current_time() - begin <= 30
        assert "terminal service does not answer yet" in said
        assert said.endswith("Nothing was sent.")
    assert upstream.calls == []


@at_once
async def test_callers_wait_for_a_service_together_and_not_one_after_another(connect: Connect, upstream: Box) -> None:
    upstream.is_("running")
    upstream.script(*[ABSENT[0]] * 200, when=is_health)
    async with connect() as client:
        begin = anyio.current_time()
        assert not any(await together(client, 5, EXECUTE))
        assert anyio.current_time() - begin <= 30
    assert upstream.calls == []


@pytest.mark.parametrize("absent", ABSENT[:2], ids=["502", "503"])
@pytest.mark.parametrize(
    ("call", "times"), [(READ, 3), (EXECUTE, 1), (WRITE, 1), (DESTROY, 1)], ids=["read", "execute", "write", "destroy"]
)
@at_once
async def test_a_service_that_has_gone_away_gets_no_change_twice(
    connect: Connect, upstream: Box, call: Call, times: int, absent: Reply
) -> None:
    upstream.is_("running", updated_at="2020-01-01T00:00:00Z")
    upstream.script(*[absent] * 20, when=lambda sent: sent in upstream.calls)
    async with connect() as client:
        said = await fails(client, call)
    assert f"answered {absent.status}" in said
    assert call == READ or "MAY have taken effect" in said
    assert len(upstream.calls) == times


@pytest.mark.parametrize("status", ["running", "creating"])
@at_once
async def test_many_callers_share_one_look_up_and_one_question(connect: Connect, upstream: Box, status: str) -> None:
    upstream.is_("running")
    upstream.will_be(*[status] * 2)
    async with connect() as client:
        assert await together(client, 30, EXECUTE) == [True] * 30
    assert upstream.count(is_record, is_health) == [1 if status == "running" else 3, 1]
    assert len(upstream.calls) == 30


@pytest.mark.parametrize("waits_for", ["container", "service"])
@at_once
async def test_a_cancelled_call_stops_asking(connect: Connect, upstream: Box, waits_for: str) -> None:
    upstream.is_("running" if waits_for == "service" else "creating")
    upstream.script(*[ABSENT[1]] * 20, when=is_health)
    async with connect() as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, *EXECUTE)
            with anyio.fail_after(60):
                await upstream.asked_thrice.wait()
            group.cancel_scope.cancel()
        asked = len(upstream.sent)
        upstream.script(Reply(delay=40), when=lambda sent: sent.path == "/api/v1/projects/")
        await client.call_tool("projects_list", {})
    assert len(upstream.sent) - 1 <= asked + 1
    assert upstream.calls == []
