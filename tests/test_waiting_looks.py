"""Looks that fail, take long or show nothing to wait for: a wait ends in time, with the last state that was seen and a way on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest

from hoody_mcp.waiting import LONGEST, MOST_LOST, SLACK

from .calls import CATALOG, example, text_of
from .conftest import Connect
from .fast_loop import at_once
from .test_waiting import FAILED, SETTLING, own, replies, shown
from .upstream import CONTAINER, Reply, Upstream
from .world import World

GET = {"name": "containers_get", "container_id": CONTAINER}
LIST = "/api/v1/containers/"
TINY = 0.6  # seconds that a request gets even where time is up


@pytest.fixture
def upstream() -> World:
    return World()


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("select", [["name"], "name", '["name"]', ["id", "name"], []], ids=str)
@pytest.mark.parametrize("flat", [False, True])
@at_once
async def test_what_is_selected_does_not_hide_what_is_waited_for(connect: Connect, upstream: Upstream, select: Any, flat: bool) -> None:  # noqa: FBT001
    upstream.script(*replies("containers_get", "creating", "running"))
    given = {"container_id": CONTAINER, "select": select}
    async with connect() as client:
        found = await shown(client, "hoody_wait", name="containers_get", **(given if flat else {"arguments": given}))
    assert (found["wait"]["state"], found["wait"]["reached"], found["result"]["status"]) == ("running", True, "running")


NOWHERE = [
    ({"id": CONTAINER, "status": "running", "deep": {"phase": 1}}, "statsu", "no field 'statsu'; there are: id, status, deep."),
    ({"id": CONTAINER, "status": "running", "deep": {"phase": 1}}, "deep.phsae", "no field 'deep.phsae'; there are: phase."),
    ({"id": CONTAINER, "status": "running"}, "status.phase", "no field 'status.phase'; there are: none."),
    ({"status": "running", "many": [{"phase": 1}]}, "many.phase", "no field 'many.phase'; there are: none."),
    ({"status": "running"} | {f"field_{number}": 1 for number in range(1_500)}, "phase", "there are: status, field_0, field_1,"),
    ({"status": "running", "a\u202eb\n": 1}, "phase", "there are: status, ab."),
    ({"status": "running", "x" * 5_000: 1}, "phase", "there are: status, xxx"),
]


@pytest.mark.parametrize(("record", "field", "word"), NOWHERE, ids=[field for _, field, _ in NOWHERE])
@at_once
async def test_a_field_that_is_not_there_ends_the_wait_and_the_fields_that_are_there_are_told(
    connect: Connect, upstream: Upstream, record: Any, field: str, word: str
) -> None:
    upstream.script(Reply.data(record))
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {**GET, "field": field, "until": ["x"]})
        assert now() == begin
    assert result.is_error
    assert word in text_of(result)
    assert text_of(result).endswith("Nothing was changed.")
    assert len(text_of(result)) < 500


@pytest.mark.parametrize("tool", SETTLING)
@at_once
async def test_a_record_without_its_usual_field_is_not_waited_for(connect: Connect, upstream: Upstream, tool: str) -> None:
    upstream.script(*[Reply.of({"id": CONTAINER, "name": "box"})] * 50, when=own(tool))
    async with connect() as client:
        result = await client.call_tool("hoody_wait", {"name": tool, "arguments": example(CATALOG[tool])})
    assert "there are: id, name" in text_of(result)


@pytest.mark.parametrize("tool", ["containers_list", "projects_list", "storage_shares_list_all"])
@at_once
async def test_a_list_is_not_waited_for(connect: Connect, tool: str) -> None:
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {"name": tool, "field": "status", "until": ["running"]})
        assert now() == begin
    assert f"{tool} shows a list, which has no state: wait with the tool that shows one thing" in text_of(result)


@pytest.mark.parametrize(
    "first",
    [
        {"status": "running", "exit_code": None},
        {"status": "completed", "exit_code": None},
        {"status": "running"},
        {"status": "queued", "other": 1},
    ],
    ids=str,
)
@at_once
async def test_what_may_still_come_is_waited_for(connect: Connect, upstream: Upstream, first: Any) -> None:
    upstream.script(*[Reply.of(first)] * 5, Reply.of({"status": "completed", "exit_code": 0}), when=own("terminal_result"))
    given = example(CATALOG["terminal_result"])
    async with connect() as client:
        found = await shown(client, "hoody_wait", name="terminal_result", arguments=given, field="exit_code", until=["0"])
    assert (found["wait"]["state"], found["wait"]["reached"]) == ("0", True)


@pytest.mark.parametrize("seconds", [1, 5, 20, 45])
@pytest.mark.parametrize("delay", [0.7, 1.5, 3.0, 11.0, 14.0])
@at_once
async def test_slow_answers_are_told_and_not_lost(connect: Connect, upstream: Upstream, delay: float, seconds: int) -> None:
    upstream.script(*replies("containers_get", *["creating"] * 100, delay=delay))
    async with connect() as client:
        begin = now()
        found = await shown(client, "hoody_wait", **GET, seconds=seconds)
        assert now() - begin <= max(seconds, delay)
    assert (found["wait"]["state"], found["wait"]["reached"]) == ("creating", False)
    assert "notes" not in found


@pytest.mark.parametrize("seconds", [1, 2, 10, 45])
@at_once
async def test_silence_does_not_make_a_wait_much_longer_than_it_shall_be(connect: Connect, upstream: Upstream, seconds: int) -> None:
    upstream.script(*replies("containers_get", *["creating"] * 9, delay=300))
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {**GET, "seconds": seconds})
        assert now() - begin <= min(seconds + SLACK, LONGEST) + TINY
    assert "No answer within" in text_of(result)
    assert "can be repeated" in text_of(result)


LOST = {
    "silence": Reply(delay=300),
    "404": Reply.error(404, "NOT_FOUND", "not found"),
    "401": Reply.error(401, "INVALID_TOKEN", "no"),
    "500": Reply.error(500, "INTERNAL", "oops"),
    "503": Reply(503, b""),
    "a page": Reply(200, b"<html><title>Hello</title></html>"),
    "broken off": Reply(fault=httpx2.ReadError("reset")),
    "refused": Reply(fault=httpx2.ConnectError("no")),
}


@pytest.mark.parametrize("seconds", [4, 45])
@pytest.mark.parametrize("lost", LOST)
@at_once
async def test_when_looks_fail_the_last_good_one_is_given(connect: Connect, upstream: Upstream, lost: str, seconds: int) -> None:
    upstream.script(*replies("containers_get", "copying", "creating"), *[LOST[lost]] * 300)
    async with connect() as client:
        begin = now()
        found = await shown(client, "hoody_wait", **GET, seconds=seconds)
        assert now() - begin <= min(seconds + SLACK, LONGEST) + TINY
        assert lost == "silence" or now() - begin < 20
    assert (found["wait"]["state"], found["wait"]["reached"]) == ("creating", False)
    assert found["wait"]["next"].startswith("Not yet: call hoody_wait again")
    assert found["result"]["status"] == "creating"
    assert found["notes"][-1].startswith("This is what an earlier look showed; the last one failed: ")
    assert len(found["notes"][-1]) < 400


@pytest.mark.parametrize("number", range(1, MOST_LOST + 1))
@at_once
async def test_a_look_that_fails_does_not_end_a_wait(connect: Connect, upstream: Upstream, number: int) -> None:
    lost = [LOST["404"]] * number
    upstream.script(*replies("containers_get", "creating"), *lost, *replies("containers_get", "creating"), *lost)
    upstream.script(*replies("containers_get", "running"))
    async with connect() as client:
        found = await shown(client, "hoody_wait", **GET)
    assert found["wait"]["reached"] == ("notes" not in found) == (number < MOST_LOST)
    assert found["wait"]["state"] == ("running" if number < MOST_LOST else "creating")


@at_once
async def test_progress_goes_on_while_looks_fail(connect: Connect, upstream: Upstream) -> None:
    heard: list[str | None] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - a listener's form
        heard.append(message)

    upstream.script(*replies("containers_get", "creating"), LOST["404"], *replies("containers_get", "running"))
    async with connect() as client:
        await client.call_tool("hoody_wait", GET, progress_callback=listen)
        await asyncio.sleep(0.1)
    assert heard == ["status is creating", "the last look failed"]


@at_once
async def test_a_name_is_looked_up_once_and_means_the_same_to_the_end(
    connect: Connect, upstream: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hoody_mcp.lists.KEPT_SECONDS", 0.0)
    upstream.add_boxes(250)
    upstream.boxes[CONTAINER]["status"] = "creating"

    async def rename(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - a listener's form
        upstream.boxes[CONTAINER]["name"] = "other"

    async with connect() as client:
        found = await client.call_tool("hoody_wait", {"name": "containers_get", "container_id": "box"}, progress_callback=rename)
        pages = [sent for sent in upstream.sent if sent.path == LIST]
    waited: dict[str, Any] = json.loads(text_of(found))
    assert waited["wait"]["waited_seconds"] > LONGEST - 3
    assert (waited["wait"]["state"], waited["result"]["name"]) == ("creating", "other")
    assert "notes" not in waited
    assert len(pages) <= 6
    assert len([sent for sent in upstream.sent if sent.path == f"{LIST}{CONTAINER}"]) > 20


@pytest.mark.parametrize("name", ["bxo", "their-box"])
@at_once
async def test_a_name_that_means_nothing_ends_the_wait_at_once(connect: Connect, upstream: World, name: str) -> None:
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {"name": "terminal_result", "container_id": name, "command_id": "c1"})
        assert now() == begin
    assert repr(name) in text_of(result)
    assert not any("/terminal/" in sent.path for sent in upstream.sent)


@at_once
async def test_wrong_arguments_of_what_may_not_be_there_yet_are_told_at_once(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {"name": "terminal_result", "container_id": CONTAINER})
        assert now() == begin
    assert "command_id is missing" in text_of(result)
    assert upstream.sent == []


@pytest.mark.parametrize(("tool", "state"), FAILED)
@at_once
async def test_a_failure_that_is_asked_for_is_reached(connect: Connect, upstream: Upstream, tool: str, state: str) -> None:
    upstream.script(*replies(tool, SETTLING[tool].passing[0], state), when=own(tool))
    async with connect() as client:
        found = await shown(client, "hoody_wait", name=tool, arguments=example(CATALOG[tool]), until=["other", state.upper()])
    assert (found["wait"]["state"], found["wait"]["reached"], found["wait"]["next"]) == (state, True, "It has come to rest.")
