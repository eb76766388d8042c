"""A request is sent again if that can help and cannot harm: by what the call does and what went wrong, not by its verb."""

from __future__ import annotations

import dataclasses
import email.utils
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client

from hoody_mcp.catalog import Entry
from hoody_mcp.operation import Risk
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, carried_out, example, is_own_of, names, text_of, turn
from .conftest import CANARY, Connect
from .fast_loop import at_once
from .test_texts import UNSEEN
from .upstream import CONTAINER, Reply, Upstream

pytestmark = pytest.mark.wide

PAGE = Reply(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"})
CUT = Reply(fault=httpx2.RemoteProtocolError("Server disconnected without sending a response."))
REFUSED = Reply(fault=httpx2.ConnectError("All connection attempts failed"))
PASSING: dict[str, Reply] = {
    **{str(status): Reply.error(status, "OOPS", "oops") for status in (408, 500, 503, 504)},
    "502 page": PAGE,
    "cut": CUT,
    "reset": Reply(fault=httpx2.ReadError("reset")),
}
READS, CHANGES = ("containers_get", "terminal_result"), ("projects_create", "files_append", "terminal_execute", "containers_delete")
HARMLESS_CHANGES = ("containers_update", "files_chmod")
CLASSES = (*READS, *CHANGES, *HARMLESS_CHANGES, "files_delete", "offers_reserve")  # each risk, at the API and in a container
CHANGING = [entry for entry in ENTRIES if entry.risk is not Risk.READ]


@pytest.fixture(autouse=True)
def a_file_to_lose(upstream: Upstream) -> None:
    upstream.files["text"] = b"old"


def arguments_of(entry: Entry) -> dict[str, Any]:
    overwrite = {"overwrite": True} if "overwrite" in entry.definition["inputSchema"]["properties"] else {}
    return {**example(entry), **overwrite}


def may_be_repeated(entry: Entry) -> bool:
    return entry.risk is Risk.READ or (entry.risk is Risk.WRITE and entry.operation.about.idempotent)


class Tool:
    """A tool that is called while something is wrong with its own requests."""

    def __init__(self, connect: Connect, upstream: Upstream, name: str) -> None:
        self.entry = CATALOG[name]
        self._connect, self._upstream = connect, upstream
        self._record = Reply.data({"id": example(self.entry).get(f"{self.entry.meta.get('record')}_id", CONTAINER)})  # not looked up again

    async def meets(self, *replies: Reply) -> tuple[str, int, float]:
        """Give "done" or the error, how often the request arrived, and the seconds taken."""
        return (await self.meets_each(replies))[0]

    async def meets_each(self, *courses: Sequence[Reply]) -> list[tuple[str, int, float]]:
        """Call once for each course of events."""
        async with self._connect(spend="confirm") as client:
            return [await self._called(client, course) for course in courses]

    async def _called(self, client: Client, replies: Sequence[Reply]) -> tuple[str, int, float]:
        own = is_own_of(self.entry)
        self._upstream.sent.clear()
        self._upstream.script(*replies, self._record, when=own)
        begin = anyio.current_time()
        result = await carried_out(client, self.entry.name, arguments_of(self.entry))
        seconds = anyio.current_time() - begin
        self._upstream.scripted.clear()
        return text_of(result) if result.is_error else "done", len(list(filter(own, self._upstream.sent))), seconds


@pytest.fixture
def tool(request: pytest.FixtureRequest, connect: Connect, upstream: Upstream) -> Tool:
    return Tool(connect, upstream, request.param)


every_tool = pytest.mark.parametrize("tool", names(ENTRIES), indirect=True)
every_class = pytest.mark.parametrize("tool", CLASSES, indirect=True)


def told(status: int, retry_after: str, delay: float = 0.0) -> Reply:
    reply = Reply.error(status, "WAIT", "not now")
    return Reply(status, reply.body, {**reply.headers, "retry-after": retry_after}, delay)


@every_tool
@at_once
async def test_what_may_pass_is_met_twice_more_where_a_repeat_is_harmless_and_never_elsewhere(tool: Tool) -> None:
    faults = list(PASSING.values()) if tool.entry.name in CLASSES else turn(tool.entry, *PASSING.values())
    number = len(faults)
    met = await tool.meets_each(*([fault] * times for times in (2, 9) for fault in faults))
    if may_be_repeated(tool.entry):
        assert [said for said, _, _ in met[:number]] == ["done"] * number
        assert {arrived for _, arrived, _ in met} == {3}
    else:
        assert "done" not in [said for said, _, _ in met[:number]]
        assert {arrived for _, arrived, _ in met} == {1}
    assert "done" not in [said for said, _, _ in met[number:]]
    assert max(seconds for _, _, seconds in met) <= 3


def test_verbs_do_not_tell_what_is_repeated() -> None:
    verbs = {fine: {e.operation.about.route.method for e in ENTRIES if may_be_repeated(e) is fine} for fine in (True, False)}
    assert verbs[True] >= {"GET", "PUT", "PATCH", "POST"}
    assert verbs[False] >= {"PUT", "PATCH", "POST", "DELETE"}


@every_tool
@at_once
async def test_what_was_never_sent_is_sent_once_more(tool: Tool) -> None:
    assert (await tool.meets(REFUSED))[:2] == ("done", 2)
    said, tried, seconds = await tool.meets(*[REFUSED] * 9)
    assert said.endswith("Nothing was sent.")
    assert tried == 2
    assert seconds <= 1


def caused(cause: Exception) -> httpx2.ConnectError:
    error = httpx2.ConnectError("x")
    error.__cause__ = cause
    return error


LASTING = [caused(socket.gaierror(-2, "unknown")), caused(ssl.SSLCertVerificationError("self-signed")), httpx2.ProxyError("407")]


@pytest.mark.parametrize("fault", LASTING, ids=["dns", "tls", "proxy"])
@every_class
@at_once
async def test_what_does_not_pass_by_itself_is_not_tried_again(tool: Tool, fault: Exception) -> None:
    said, tried, seconds = await tool.meets(*[Reply(fault=fault)] * 9)
    assert said.endswith("Nothing was sent.")
    assert (tried, seconds) == (1, 0)


@pytest.mark.parametrize(("retry_after", "least"), [("0", 0), ("3", 3), ("9", 9), ("date", 2)])
@every_class
@at_once
async def test_a_call_that_comes_too_often_comes_again_when_told(tool: Tool, retry_after: str, least: float) -> None:
    date = email.utils.formatdate(time.time() + 4, usegmt=True)
    said, arrived, seconds = await tool.meets(told(429, date if retry_after == "date" else retry_after))
    assert (said, arrived) == ("done", 2)
    assert least <= seconds <= least + 2.5


@pytest.mark.parametrize(
    "retry_after", ["3600", "11", email.utils.formatdate(time.time() + 86_400, usegmt=True)], ids=["3600", "11", "date"]
)
@every_class
@at_once
async def test_a_long_wait_is_left_to_the_caller(tool: Tool, retry_after: str) -> None:
    said, arrived, seconds = await tool.meets(*[told(429, retry_after)] * 9)
    assert "answered 429" in said
    assert f"Try again {'in' if retry_after.isdecimal() else 'after'} {retry_after}" in said
    assert (arrived, seconds) == (1, 0)


SHORT = ["1", "3", "6", "10", "", "soon", "-1", "0.5", "1e3"]
PAST, NEVER = "Sat, 01 Jan 2000 00:00:00 GMT", "Wed, 25 Nov 99999 07:28:00 GMT"


@pytest.mark.parametrize("retry_after", [*SHORT, "0", PAST, NEVER])
@pytest.mark.parametrize("tool", CLASSES[:3], indirect=True)
@at_once
async def test_a_host_that_never_has_time_is_not_asked_for_long_nor_often(tool: Tool, retry_after: str) -> None:
    for status in (429, 503):
        said, arrived, seconds = await tool.meets(*[told(status, retry_after)] * 99)
        assert f"answered {status}" in said
        assert seconds <= 10.5
        assert arrived <= 11


@at_once
async def test_no_wait_goes_beyond_the_time_of_the_call(connect: Connect, upstream: Upstream) -> None:
    tool = Tool(connect, upstream, "containers_get")
    said, arrived, seconds = await tool.meets(told(429, "8", delay=44))
    assert ("answered 429" in said, arrived) == (True, 1)
    assert seconds <= 45
    slow = Reply.error(503, "OOPS", "oops")
    slow.delay = 30
    for replies in ([told(503, "2", delay=30)] * 9, [slow] * 9):
        said, arrived, seconds = await tool.meets(*replies)
        assert arrived <= 2
        assert seconds <= 49


@every_class
@at_once
async def test_after_a_time_out_there_is_no_time_for_another_try(tool: Tool) -> None:
    said, arrived, seconds = await tool.meets(*[Reply(delay=600)] * 9)
    assert "No answer within 45 seconds." in said
    assert arrived == 1
    assert 45 <= seconds <= 46


@pytest.mark.parametrize("tool", [entry.name for entry in CHANGING if entry.name not in UNSEEN], indirect=True)
@at_once
async def test_a_change_of_unknown_outcome_names_the_tool_that_shows_it(tool: Tool) -> None:
    faults = [fault for name, fault in PASSING.items() if name != "408"]
    shown_by = tool.entry.meta["shown_by"]
    assert CATALOG[shown_by].risk is Risk.READ
    faults = [*faults, Reply(delay=600)] if tool.entry.name in CLASSES else turn(tool.entry, *faults, Reply(delay=600))
    for said, _, _ in await tool.meets_each(*([fault] * 9 for fault in faults)):
        assert "MAY have taken effect" in said
        assert said.endswith(f"{shown_by} shows it.")


@pytest.mark.parametrize("tool", ["projects_create", "files_append", "containers_update"], indirect=True)
@at_once
async def test_a_change_that_took_hoody_too_long_names_the_tool_that_shows_it(tool: Tool) -> None:
    said, _, _ = await tool.meets(*[PASSING["408"]] * 9)
    assert f"{tool.entry.meta['shown_by']} shows it" in said


@pytest.mark.parametrize("second", [REFUSED, Reply(fault=httpx2.ProxyError("x")), told(429, "3600")], ids=["refused", "proxy", "429"])
@pytest.mark.parametrize("tool", HARMLESS_CHANGES, indirect=True)
@at_once
async def test_a_repeat_that_was_not_sent_does_not_hide_that_the_first_was(tool: Tool, second: Reply) -> None:
    for said, _, _ in await tool.meets_each(*([first, *[second] * 5] for first in (CUT, PASSING["503"], PAGE))):
        assert "MAY have taken effect" in said
        assert "Nothing was sent" not in said


@pytest.mark.parametrize("second", [CUT, PASSING["503"], Reply(delay=600)], ids=["cut", "503", "time-out"])
@pytest.mark.parametrize("first", [REFUSED, told(429, "1")], ids=["refused", "429"])
@pytest.mark.parametrize("tool", CHANGES, indirect=True)
@at_once
async def test_a_repeat_of_what_has_not_happened_is_the_last_one(tool: Tool, first: Reply, second: Reply) -> None:
    said, tried, _ = await tool.meets(first, *[second] * 5)
    assert "MAY have taken effect" in said
    assert tried == 2


AFTERWARDS = {  # what the look at the container finds when its service has gone away
    "stopped": Reply.data({"project_id": "b" * 24, "server_name": "node-us", "status": "stopped"}),
    "fault": PASSING["500"],
    "refused": REFUSED,
    "late": Reply(delay=600),
    "429": told(429, "3600"),
    "no record": Reply.data({}),
}


@pytest.mark.parametrize("found", AFTERWARDS)
@pytest.mark.parametrize("tool", ["terminal_execute", "files_append"], indirect=True)
@at_once
async def test_a_look_at_the_container_afterwards_does_not_hide_that_the_call_was_sent(tool: Tool, upstream: Upstream, found: str) -> None:
    own = is_own_of(tool.entry)
    upstream.script(*[AFTERWARDS[found]] * 9, when=lambda sent: sent.path.endswith(CONTAINER) and any(map(own, upstream.sent)))
    said, arrived, _ = await tool.meets(PAGE)
    assert arrived == 1
    assert "MAY have taken effect" in said


REPLIES = st.sampled_from([*PASSING.values(), *AFTERWARDS.values(), REFUSED, told(429, "5"), told(503, "5"), Reply(403), Reply(404)])
ANYTHING = st.tuples(REPLIES, st.sampled_from([0, 1, 9.9, 24, 30, 44, 44.9, 46]))


@given(name=st.sampled_from(CLASSES), course=st.lists(ANYTHING, max_size=8))
@settings(deadline=None, max_examples=150)
@at_once
async def test_whatever_goes_wrong_in_whatever_order_ends_in_time_and_in_a_sentence(name: str, course: list[tuple[Reply, float]]) -> None:
    upstream = Upstream()
    upstream.script(*(dataclasses.replace(reply, delay=delay) for reply, delay in course))
    async with Client(create_server(Settings.load(token=CANARY, spend="confirm"), upstream.transport)) as client:
        begin = anyio.current_time()
        result = await client.call_tool(name, arguments_of(CATALOG[name]))
        assert anyio.current_time() - begin <= 50
    assert "reference" not in text_of(result)  # to the log, after a crash
    assert len(upstream.sent) <= 40


@at_once
async def test_repeats_are_silent(connect: Connect, upstream: Upstream, capfd: pytest.CaptureFixture[str]) -> None:
    upstream.script(*PASSING.values(), told(429, "1"))
    async with connect() as client:
        while upstream.scripted:
            await client.call_tool("containers_get", {"container_id": CONTAINER})
    assert len(upstream.sent) > len(PASSING)
    assert capfd.readouterr() == ("", "")
