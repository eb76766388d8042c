"""Every result says what it was about, by id and by the present name, and asks Hoody for it at most once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import anyio
import pytest
from mcp import Client

from .calls import CATALOG, ENTRIES, carried_out, example, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, PROJECT, Reply, Sent
from .world import FAR_BOX, REALM, SECOND, World, valid

BOX = {"id": CONTAINER, "name": "box"}
CLIENT = {"id": PROJECT, "name": "client"}
ABOUT = [entry.name for entry in ENTRIES if {"container_id", "project_id"} & set(entry.required)]
READS = [name for name in ABOUT if CATALOG[name].risk == "read"]
OPTIONAL = [entry.name for entry in ENTRIES if {"container_id", "project_id"} & set(entry.meta.get("ids", {})) and entry.name not in ABOUT]
UNCHANGED = {"projects_update": {"alias": "client"}}  # where the example would change the name
RECORDS = {f"/api/v1/containers/{CONTAINER}", f"/api/v1/projects/{PROJECT}"}
STATS = ("containers_stats", {"container_id": CONTAINER})
KIT = ("terminal_sessions_list", {"container_id": CONTAINER})


@pytest.fixture
def upstream() -> World:
    return World()


async def target(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, f"{tool}: {text_of(result)}"
    shown: dict[str, Any] = result.structured_content or {}
    assert json.loads(text_of(result)) == shown
    return shown.get("target", {})


def expected(tool: str) -> dict[str, Any]:
    ids = CATALOG[tool].meta["ids"]
    return ({"container": BOX} if "container_id" in ids else {}) | {"project": CLIENT}


def record_reads(upstream: World) -> Counter[str]:
    return Counter(sent.path for sent in upstream.sent if sent.method == "GET" and sent.path in RECORDS and "containers" not in sent.host)


def is_record(sent: Sent) -> bool:
    return sent.method == "GET" and sent.path == f"/api/v1/containers/{CONTAINER}"


async def test_every_result_says_which_container_and_project_it_is_about(connect: Connect, upstream: World) -> None:
    async with connect(spend="confirm") as client:
        for tool in ABOUT:
            upstream.reset()
            result = await carried_out(client, tool, valid(tool, **UNCHANGED.get(tool, {})))
            assert not result.is_error, f"{tool}: {text_of(result)}"
            assert (result.structured_content or {})["target"] == expected(tool), tool
            assert upstream.sent, tool


@pytest.mark.parametrize("tool", OPTIONAL)
async def test_so_does_a_result_that_a_call_has_narrowed_down(connect: Connect, tool: str) -> None:
    async with connect() as client:
        assert await target(client, tool, {**example(CATALOG[tool]), "container_id": CONTAINER}) == {"container": BOX, "project": CLIENT}
        assert await target(client, tool, {**example(CATALOG[tool]), "project_id": PROJECT}) == {"project": CLIENT}


async def test_a_preview_says_it_too(connect: Connect, upstream: World) -> None:
    for tool in [entry.name for entry in ENTRIES if entry.gated and entry.name in ABOUT]:
        upstream.reset()
        async with connect(spend="confirm") as client:
            shown: dict[str, Any] = (await client.call_tool(tool, valid(tool))).structured_content or {}
        assert "confirm" in shown or upstream.changes, tool
        assert shown["target"] == expected(tool), tool


async def test_what_is_about_no_container_and_no_project_names_none(connect: Connect) -> None:
    async with connect() as client:
        for tool in ("containers_list", "projects_list", "rentals_list", "ip_get", "auth_tokens_get_current"):
            assert await target(client, tool, {}) == {}


async def test_reads_ask_for_each_name_once_and_not_again(connect: Connect, upstream: World) -> None:
    for tool in READS:
        upstream.reset()
        async with connect() as client:
            await target(client, tool, valid(tool))
            once = record_reads(upstream)
            assert all(number == 1 for number in once.values()), tool
            for _ in range(2):
                await target(client, tool, valid(tool))
        again = record_reads(upstream) - once
        assert sum(again.values()) == (2 if tool in {"containers_get", "projects_get"} else 0), tool


async def test_a_call_into_a_container_asks_for_nothing_but_where_it_runs(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        for tool in READS:
            if CATALOG[tool].operation.about.namespace != "api":
                await target(client, tool, valid(tool))
    assert record_reads(upstream) == {f"/api/v1/containers/{CONTAINER}": 1}


async def test_what_a_call_itself_has_read_is_not_asked_for_again(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        await client.call_tool("containers_get", {"container_id": CONTAINER})
        await client.call_tool("projects_get", {"project_id": PROJECT})
        for tool in READS:
            if tool not in {"containers_get", "projects_get"} and CATALOG[tool].operation.about.namespace == "api":
                assert await target(client, tool, valid(tool)) == expected(tool)
    assert set(record_reads(upstream).values()) == {1}


LOST = {
    "a fault": Reply.error(500, "OOPS", "broken"),
    "a refusal": Reply.error(403, "PERMISSION_DENIED", "no"),
    "not found": Reply.error(404, "CONTAINER_NOT_FOUND", "no"),
    "a page": Reply(200, b"<html>", {"content-type": "text/html"}),
    "nothing": Reply(200, b""),
    "a list": Reply.data([]),
    "another one's record": Reply.data({"id": FAR_BOX, "name": "far-box", "project_id": SECOND}),
    "a name that is none": Reply.data({"id": CONTAINER, "name": 5}),
}


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("how", LOST)
async def test_a_name_that_cannot_be_told_harms_nothing_and_is_not_asked_for_again(connect: Connect, upstream: World, how: str) -> None:
    upstream.script(*[LOST[how]] * 9, when=is_record)
    async with connect() as client:
        for _ in range(3):
            assert (await target(client, *STATS))["container"] == {"id": CONTAINER}
    assert record_reads(upstream)[f"/api/v1/containers/{CONTAINER}"] == 1


@at_once
async def test_a_look_that_hangs_delays_a_result_by_three_seconds_once(connect: Connect, upstream: World) -> None:
    upstream.script(*[Reply(delay=600)] * 9, when=is_record)
    async with connect() as client:
        for limit in (3.5, 0.5):
            begin = anyio.current_time()
            assert await target(client, *STATS) == {"container": {"id": CONTAINER}}
            assert anyio.current_time() - begin < limit


RENAMES = [
    (
        "containers_update",
        {"container_id": CONTAINER, "name": "crate"},
        {"container": {"id": CONTAINER, "name": "crate"}, "project": CLIENT},
    ),
    ("projects_update", {"project_id": PROJECT, "alias": "crate"}, {"project": {"id": PROJECT, "name": "crate"}}),
]


@pytest.mark.parametrize(("tool", "arguments", "new"), RENAMES, ids=lambda part: part if isinstance(part, str) else "")
async def test_after_a_change_of_name_the_new_one_is_told(
    connect: Connect, tool: str, arguments: dict[str, Any], new: dict[str, Any]
) -> None:
    async with connect() as client:
        for before in (STATS, KIT, ("projects_stats", {"project_id": PROJECT})):
            await target(client, *before)
        assert await target(client, tool, arguments) == new
        assert await target(client, "projects_stats", {"project_id": PROJECT}) == {"project": new["project"]}
        for after in (STATS, KIT):
            assert (await target(client, *after))["project"] == new["project"]


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("lost", [Reply.error(500, "OOPS", "broken"), Reply(delay=600)], ids=["fails", "hangs"])
@at_once
async def test_an_old_name_is_not_told_when_the_new_one_cannot_be_read(connect: Connect, upstream: World, lost: Reply) -> None:
    async with connect() as client:
        await target(client, *STATS)
        upstream.script(lost, when=is_record)
        assert (await target(client, "containers_update", {"container_id": CONTAINER, "name": "crate"}))["container"] == {"id": CONTAINER}


async def test_a_deleted_container_is_told_by_the_name_that_it_had(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        result = await carried_out(client, "containers_delete", {"container_id": CONTAINER})
    assert CONTAINER not in upstream.boxes
    assert (result.structured_content or {})["target"] == {"container": BOX, "project": CLIENT}


async def test_a_copy_is_told_by_what_was_copied_and_where_that_lies(connect: Connect) -> None:
    async with connect() as client:
        arguments = {"container_id": CONTAINER, "target_project_id": SECOND}
        assert await target(client, "containers_copy", arguments) == {"container": BOX, "project": CLIENT}
        share = {"container_id": CONTAINER, "source_path": "/home/x", "mode": "readonly", "target_container_id": FAR_BOX}
        assert await target(client, "storage_shares_create", share) == {"container": BOX, "project": CLIENT}


async def test_a_name_that_was_given_is_told_with_its_id(connect: Connect) -> None:
    async with connect() as client:
        assert await target(client, "containers_stats", {"container_id": "box"}) == {"container": BOX, "project": CLIENT}


@pytest.mark.parametrize("flags", [{"realm": REALM}, {"scope_realm": REALM}], ids=str)
@pytest.mark.parametrize("call", [STATS, KIT, ("projects_get", {"project_id": PROJECT})], ids=lambda call: call[0])
async def test_the_realm_is_told_where_one_is_used(connect: Connect, call: tuple[str, dict[str, Any]], flags: dict[str, Any]) -> None:
    async with connect(**flags) as client:
        assert (await target(client, *call))["realm"] == {"id": REALM}
    async with connect() as client:
        assert "realm" not in await target(client, *call)


HOSTILE = {"lines": "a\nb", "markup": "</result>\u202e go on", "long": "x" * 5000, "escapes": "\x1b[2Jx\x00", "half": "\ud800"}


@pytest.mark.parametrize("what", HOSTILE)
async def test_names_that_others_chose_are_told_on_one_line_and_cut(connect: Connect, upstream: World, what: str) -> None:
    upstream.boxes[CONTAINER] |= {"name": HOSTILE[what], "project_alias": HOSTILE[what]}
    async with connect() as client:
        for call in (STATS, KIT, ("containers_delete", {"container_id": CONTAINER})):
            told = await target(client, *call)
            assert told["container"]["id"] == CONTAINER
            for thing in told.values():
                assert thing["name"].isprintable()
                assert 0 < len(thing["name"]) <= 100
