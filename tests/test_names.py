"""Names instead of ids: a unique name of one's own is understood exactly, and every doubt ends before anything is sent."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import anyio
import pytest

from hoody_mcp.catalog import Entry
from hoody_mcp.names import with_ids
from hoody_mcp.schema import META

from .calls import CATALOG, ENTRIES, carried_out, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, OTHER, PROJECT, Sent
from .world import FAR, FAR_BOX, FAR_NAMES, MINE, NAMED, SECOND, SIBLING, THEIR_BOX, World, is_look, valid

NAMEABLE = [
    (entry.name, argument, kind) for entry in ENTRIES for argument, kind in entry.meta.get("ids", {}).items() if kind in CATALOG.directories
]
KINDS = sorted({kind for _, __, kind in NAMEABLE})
GET = "containers_get"
LIST = "/api/v1/containers/"


@pytest.fixture
def upstream() -> World:
    return World()


def beside_looks(sent: list[Sent]) -> Counter[str]:
    """Everything sent but look-ups."""
    return Counter(spelt(each.method, each.host, each.path, each.query, without_key(each)) for each in sent if not is_look(each))


def without_key(sent: Sent) -> str:
    """Leave out of a body the key that each call makes up."""
    return re.sub(r'"\w*idempotency\w*":\s*"[^"]*"', "", sent.body.decode())


def spelt(*parts: object) -> str:
    return json.dumps(parts)


RECORDS = {spelt("GET", "api.hoody.icu", path, [], "") for path in (f"/api/v1/containers/{CONTAINER}", f"/api/v1/projects/{PROJECT}")}


def test_every_kind_that_has_names_is_tried() -> None:
    assert set(KINDS) == set(CATALOG.directories) == set(NAMED)


@pytest.mark.parametrize("toolset", sorted({CATALOG[tool].meta["toolset"] for tool, _, __ in NAMEABLE}))
async def test_a_unique_name_sends_the_same_request_as_the_id(connect: Connect, upstream: World, toolset: str) -> None:
    async with connect(spend="confirm") as client:
        for tool, argument, kind in NAMEABLE:
            if CATALOG[tool].meta["toolset"] != toolset:
                continue
            sent: list[Counter[str]] = []
            for value in (NAMED[kind], MINE[kind]):
                upstream.reset()
                result = await carried_out(client, tool, valid(tool, **{argument: value}))
                assert not result.is_error, f"{tool}: {text_of(result)}"
                sent.append(beside_looks(upstream.sent))
            by_name, by_id = sent
            assert by_id, tool
            assert not by_id - by_name, tool
            assert set(by_name - by_id) <= RECORDS, tool  # read once, for both


async def test_other_arguments_that_are_wrong_are_told_before_any_look(connect: Connect, upstream: World) -> None:
    async with connect(spend="confirm") as client:
        for tool, argument, kind in NAMEABLE:
            result = await client.call_tool(tool, {**valid(tool, **{argument: NAMED[kind]}), "nonsense": 1})
            assert result.is_error, tool
            assert "nonsense" in text_of(result), tool
    assert upstream.sent == []


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_but_the_exact_name_is_understood(connect: Connect, upstream: World, kind: str) -> None:
    tool, argument, _ = next(each for each in NAMEABLE if each[2] == kind)
    name = NAMED[kind]
    async with connect(spend="confirm") as client:
        for other in (name.upper(), name.title(), name[:-1], f"{name}.", f"{name} x", f"x {name}", f"'{name}'", f"{name}\u0301"):
            result = await client.call_tool(tool, valid(tool, **{argument: other}))
            assert result.is_error, other
            assert f"no {kind} of yours has exactly the name" in text_of(result)
    assert not beside_looks(upstream.sent)


async def test_another_case_is_proposed_and_not_taken(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        result = await client.call_tool("containers_delete", {"container_id": "BOX"})
    assert "did you mean 'box'?" in text_of(result)
    assert not beside_looks(upstream.sent)


async def test_24_hex_characters_are_an_id_also_if_something_is_called_so(connect: Connect, upstream: World) -> None:
    upstream.boxes[SIBLING]["name"] = FAR_BOX
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": FAR_BOX})
    assert (result.structured_content or {})["result"]["name"] == "far-box"
    assert upstream.looks == []


@pytest.mark.parametrize("value", ["A" * 24, "aB" * 12, "A" * 23 + "1"])
async def test_an_id_in_capitals_is_neither_an_id_nor_a_name(connect: Connect, upstream: World, value: str) -> None:
    upstream.boxes[SIBLING]["name"] = value
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": value})
    assert "wrong form" in text_of(result)
    assert upstream.sent == []


@pytest.mark.parametrize("tool", ["containers_get", "containers_delete", "terminal_execute", "snapshots_restore"])
async def test_an_ambiguous_name_gives_the_candidates_and_nothing_else_happens(connect: Connect, upstream: World, tool: str) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box"
    async with connect() as client:
        result = await client.call_tool(tool, valid(tool, container_id="box"))
    assert f"{CONTAINER} (in client), {FAR_BOX} (in second)" in text_of(result)
    assert not beside_looks(upstream.sent)


async def test_a_server_that_is_rented_twice_is_one_server_but_two_rentals(connect: Connect, upstream: World) -> None:
    upstream.rentals.append({"id": "8" * 24, "server_id": OTHER, "server": {"name": "node-us"}})
    async with connect() as client:
        made = await client.call_tool("containers_create", {"project_id": PROJECT, "server_id": "node-us"})
        rental = await client.call_tool("rentals_get", {"rental_id": "node-us"})
    assert not made.is_error
    assert "2 rentals are called 'node-us'" in text_of(rental)


FOREIGN = [("container", 2), ("project", 1), ("alias", 2), ("share", 2)]


@pytest.mark.parametrize(("kind", "which"), FOREIGN, ids=str)
async def test_what_others_share_never_answers_to_its_name(connect: Connect, upstream: World, kind: str, which: int) -> None:
    tools = [each for each in NAMEABLE if each[2] == kind]
    async with connect() as client:
        for tool, argument, _ in tools:
            result = await client.call_tool(tool, valid(tool, **{argument: FAR_NAMES[kind][which]}))
            assert f"another account shares with you, which a name never means: give its id {FAR[kind][which]}" in text_of(result)
    assert not beside_looks(upstream.sent)


async def test_a_foreign_namesake_does_not_make_a_name_of_ones_own_ambiguous(connect: Connect, upstream: World) -> None:
    upstream.boxes[THEIR_BOX]["name"] = "box"
    async with connect() as client:
        await carried_out(client, "containers_delete", {"container_id": "box"})
    assert [sent.segments[-1] for sent in upstream.changes] == [CONTAINER]


async def test_a_container_whose_project_is_in_no_list_is_nobodys(connect: Connect, upstream: World) -> None:
    del upstream.projects[PROJECT]
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
    assert "another account" in text_of(result)


GONE = [{"status": "deleting"}, {"status": "deleted"}, {"status": "DELETING"}, {"deleted_at": "2026-01-01T00:00:00Z"}]


@pytest.mark.parametrize("state", GONE, ids=str)
async def test_what_is_being_deleted_has_no_name_any_more(connect: Connect, upstream: World, state: dict[str, Any]) -> None:
    upstream.boxes[CONTAINER] |= state
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
        assert "is being deleted" in text_of(result)
        assert not beside_looks(upstream.sent)
    upstream.boxes[SIBLING]["name"] = "box"
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": "box"})
    assert (result.structured_content or {})["result"]["id"] == SIBLING


async def test_the_same_name_of_a_container_and_a_project_means_each_in_its_place(connect: Connect, upstream: World) -> None:
    upstream.projects[SECOND]["alias"] = "box"
    async with connect() as client:
        await client.call_tool("containers_copy", {"container_id": "box", "target_project_id": "box"})
    assert [(sent.segments[4], sent.json["target_project_id"]) for sent in upstream.changes] == [(CONTAINER, SECOND)]


async def test_a_name_in_a_list_where_one_is_asked_is_refused_without_a_look(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        result = await client.call_tool(GET, {"container_id": ["box"]})
    assert result.is_error
    assert upstream.sent == []


def test_names_in_lists_become_ids_and_everything_else_stays() -> None:
    entry = Entry({"name": "t", "_meta": {META: {"ids": {"ids": "image"}}}})
    given = {"ids": ["debian", OTHER, 5, None], "text": "debian"}
    assert with_ids(entry, given, {("image", "debian"): "1" * 24}) == {"ids": ["1" * 24, OTHER, 5, None], "text": "debian"}


CALLERS: list[tuple[str, str, dict[str, Any]]] = [
    ("hoody_read", "containers_get", {}),
    ("hoody_write", "env_set", {"key": "KEY", "value": "x"}),
    ("hoody_execute", "terminal_execute", {"command": "true"}),
    ("hoody_destroy", "containers_delete", {}),
    ("hoody_wait", "containers_get", {}),
]


@pytest.mark.parametrize(("caller", "tool", "more"), CALLERS, ids=str)
@pytest.mark.parametrize("flat", [True, False], ids=["flat", "nested"])
async def test_names_are_understood_through_the_tools_that_call_others(  # noqa: PLR0913, PLR0917 - a row and its form
    connect: Connect,
    upstream: World,
    caller: str,
    tool: str,
    more: dict[str, Any],
    flat: bool,  # noqa: FBT001
) -> None:
    given = {"container_id": "far-box", **more}
    async with connect() as client:
        result = await client.call_tool(caller, {"name": tool, **(given if flat else {"arguments": given})})
    assert not result.is_error, text_of(result)
    assert (result.structured_content or {})["target"]["container"] == {"id": FAR_BOX, "name": "far-box"}
    assert upstream.naming(FAR_BOX)
    assert not upstream.naming(CONTAINER, "containers/far-box")


@at_once
async def test_waiting_by_a_foreign_or_unknown_name_ends_at_once(connect: Connect) -> None:
    begin = anyio.current_time()
    async with connect() as client:
        for name in ("their-box", "nothing"):
            result = await client.call_tool("hoody_wait", {"name": GET, "container_id": name})
            assert result.is_error
    assert anyio.current_time() - begin < 2
