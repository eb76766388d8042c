"""What names are understood by: whole lists or none, kept for a short while, and never for what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from hoody_mcp.lists import KEPT_SECONDS

from .calls import text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, PROJECT, Reply, Sent
from .world import SECOND, SIBLING, STRANGER, World, box, is_look, paged, valid

GET = "containers_get"
CONTAINERS, PROJECTS, ME = "/api/v1/containers/", "/api/v1/projects/", "/api/v1/users/auth/me"


@pytest.fixture
def upstream() -> World:
    return World()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which lists grow old."""
    now = [1000.0]
    monkeypatch.setattr("hoody_mcp.lists.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def of(path: str) -> Callable[[Sent], bool]:
    return lambda sent: sent.path == path


def lists_read(upstream: World) -> int:
    """How often the list of containers was begun."""
    return sum(sent.path == CONTAINERS and ("page", "2") not in sent.query for sent in upstream.sent)


@pytest.mark.parametrize("number", [150, 10_000])
async def test_a_name_on_any_page_is_understood(connect: Connect, upstream: World, number: int) -> None:
    ids = upstream.add_boxes(number)
    async with connect() as client:
        for index in (0, 99, 100, number - 1):
            result = await client.call_tool(GET, {"container_id": f"n{index}"})
            assert (result.structured_content or {})["result"]["id"] == ids[index]
    pages = [sent for sent in upstream.sent if sent.path == CONTAINERS]
    assert len(pages) == -(-len(upstream.boxes) // 100)
    assert all(("limit", "100") in sent.query for sent in pages)


async def test_a_namesake_on_the_last_page_makes_a_name_ambiguous(connect: Connect, upstream: World) -> None:
    upstream.boxes[upstream.add_boxes(350, SECOND)[-1]]["name"] = "box"
    async with connect() as client:
        result = await client.call_tool("containers_delete", {"container_id": "box"})
    assert "2 containers are called 'box'" in text_of(result)
    assert all(map(is_look, upstream.sent))


FULL = [{"id": f"{index:024x}", "name": f"n{index}", "project_id": PROJECT} for index in range(99)]
BOX = box(CONTAINER, "box", PROJECT, SECOND)


def containers(*items: Any, **facts: Any) -> Reply:
    return Reply.data({"containers": list(items)} | ({"pagination": facts} if facts else {}))


BROKEN = {
    "a total above what there is": containers(BOX, total=2, page=1, limit=100, totalPages=1),
    "a total above an empty page": containers(total=1, page=1, limit=100),
    "the same thing twice": containers(BOX, BOX, total=2, page=1, limit=100, totalPages=1),
    "a second page that is never reached": containers(BOX, total=200, page=1, limit=100, totalPages=2),
    "a full page that says nothing of an end": containers(BOX, *FULL),
    "no list": Reply.data({"nothing": 1}),
    "a text": Reply.data("containers"),
    "no JSON": Reply(200, b"<html>", {"content-type": "text/html"}),
    "things that are none": containers(BOX, "text", 5, total=3, page=1, limit=100, totalPages=1),
    "a fault": Reply.error(500, "OOPS", "broken"),
    "a refusal": Reply.error(403, "PERMISSION_DENIED", "no"),
}


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_list_that_cannot_be_read_to_its_end_understands_no_name(connect: Connect, upstream: World, broken: str) -> None:
    async with connect() as client:
        for tool in ("containers_get", "env_set", "containers_delete", "terminal_execute"):
            upstream.scripted = []
            upstream.script(BROKEN[broken], when=of(CONTAINERS))
            upstream.script(*[Reply.data({"containers": [], "pagination": {"page": 2}})] * 5, when=lambda sent: ("page", "2") in sent.query)
            result = await client.call_tool(tool, valid(tool, container_id="box"))
            assert result.is_error, tool
    assert all(map(is_look, upstream.sent))


@pytest.mark.usefixtures("no_repeats")
async def test_a_later_page_that_fails_understands_no_name(connect: Connect, upstream: World) -> None:
    upstream.add_boxes(150)
    upstream.script(Reply.error(500, "OOPS", "broken"), when=lambda sent: ("page", "2") in sent.query)
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
    assert result.is_error
    assert all(map(is_look, upstream.sent))


class Endless(World):
    """Has a next page for every page."""

    def respond(self, sent: Sent) -> Reply:
        super().respond(sent)
        page = int(dict(sent.query).get("page", 1))
        item = {"id": f"{page:024x}", "name": f"n{page}", "project_id": PROJECT}
        return containers(item, *([BOX] if page == 1 else []), page=page, limit=1, total=10**9, totalPages=10**9)


async def test_a_list_that_never_ends_is_given_up(connect: Connect, upstream: World) -> None:
    endless = Endless()
    upstream.respond = endless.respond
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
    assert "could not be read to its end" in text_of(result)
    assert len(endless.sent) == 200
    assert all(map(is_look, endless.sent))


@at_once
async def test_a_slow_list_leaves_the_call_its_time_limit(connect: Connect, upstream: World) -> None:
    upstream.add_boxes(2000)
    upstream.script(*[Reply(200, paged("containers", [], Sent("GET", CONTAINERS, [], {}, b"")).body, delay=20)] * 9, when=of(CONTAINERS))
    begin = anyio.current_time()
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "n5"})
    assert result.is_error
    assert anyio.current_time() - begin < 55


UNKNOWN = {
    "a fault": Reply.error(500, "OOPS", "broken"),
    "no id": Reply.data({"alias": "me"}),
    "null": Reply.data({"id": None}),
    "a number": Reply.data({"id": 5}),
    "nothing": Reply.data({"id": ""}),
    "a page": Reply(200, b"<html>", {"content-type": "text/html"}),
    "somebody else": Reply.data({"id": STRANGER}),
}


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("said", UNKNOWN)
async def test_without_knowing_oneself_no_name_is_understood(connect: Connect, upstream: World, said: str) -> None:
    upstream.script(UNKNOWN[said], when=of(ME))
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
    assert result.is_error
    assert all(map(is_look, upstream.sent))


async def test_reads_and_writes_use_a_list_again_for_half_a_minute(connect: Connect, upstream: World, clock: list[float]) -> None:
    async with connect() as client:
        for tool in ("containers_get", "env_list", "containers_get"):
            await client.call_tool(tool, {"container_id": "box"})
        assert lists_read(upstream) == 1
        clock[0] += KEPT_SECONDS - 1
        await client.call_tool("env_set", valid("env_set", container_id="box"))
        assert lists_read(upstream) == 1
        await client.call_tool(GET, {"container_id": "box"})
        clock[0] += KEPT_SECONDS + 1
        await client.call_tool(GET, {"container_id": "box"})
    assert lists_read(upstream) == 3


@pytest.mark.parametrize("tool", ["containers_delete", "snapshots_restore", "terminal_reboot"])
async def test_what_destroys_reads_the_list_anew_each_time(connect: Connect, upstream: World, tool: str) -> None:
    async with connect() as client:
        await client.call_tool(GET, {"container_id": "box"})
        for _ in range(2):
            await client.call_tool(tool, valid(tool, container_id="box"))
    assert lists_read(upstream) == 3


async def test_what_spends_reads_the_list_anew_each_time(connect: Connect, upstream: World) -> None:
    async with connect(spend="confirm") as client:
        await client.call_tool("rentals_get", {"rental_id": "node-us"})
        for _ in range(2):
            await client.call_tool("rentals_extend", {**valid("rentals_extend"), "rental_id": "node-us"})
    assert sum(sent.path == "/api/v1/rentals" for sent in upstream.sent) == 3


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("fails", [False, True], ids=["done", "failed"])
@pytest.mark.parametrize("tool", ["containers_update", "projects_create", "files_touch", "terminal_execute"])
async def test_any_change_forgets_what_was_read(connect: Connect, upstream: World, tool: str, fails: bool) -> None:  # noqa: FBT001
    if fails:
        upstream.script(Reply.error(500, "OOPS", "broken"), when=lambda sent: sent.method != "GET")
    async with connect() as client:
        await client.call_tool(GET, {"container_id": "box"})
        await client.call_tool(tool, valid(tool))
        upstream.boxes[SIBLING]["name"], upstream.boxes[CONTAINER]["name"] = "box", "other"
        result = await client.call_tool(GET, {"container_id": "box"})
    assert (result.structured_content or {})["result"]["id"] == SIBLING


@at_once
async def test_a_list_that_was_read_while_something_changed_is_not_kept(connect: Connect, upstream: World) -> None:
    upstream.script(
        Reply(200, paged("containers", list(upstream.boxes.values()), Sent("GET", CONTAINERS, [], {}, b"")).body, delay=5),
        when=of(CONTAINERS),
    )
    async with connect() as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, GET, {"container_id": "box"})
            await anyio.sleep(1)
            await client.call_tool("containers_update", {"container_id": CONTAINER, "name": "other"})
            upstream.boxes[SIBLING]["name"] = "box"
        result = await client.call_tool(GET, {"container_id": "box"})
    assert (result.structured_content or {})["result"]["id"] == SIBLING


async def test_another_token_does_not_see_what_was_read_with_the_first(connect: Connect, upstream: World, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hdy_first")
    async with connect(token=None, token_file=str(file)) as client:
        await client.call_tool(GET, {"container_id": "box"})
        file.write_text("hdy_second")
        upstream.me = {"id": STRANGER}
        refused = await client.call_tool(GET, {"container_id": "box"})
        mine = await client.call_tool(GET, {"container_id": "their-box"})
    assert "another account" in text_of(refused)
    assert not mine.is_error
    assert [sent.headers["authorization"] for sent in upstream.sent if sent.path == ME] == ["Bearer hdy_first", "Bearer hdy_second"]
