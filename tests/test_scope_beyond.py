"""What can reach beyond a scope is refused in it, what lies inside is found although others are called the same, and ids stay ids."""

from __future__ import annotations

import re
from typing import Any

import pytest
from mcp_types import CallToolResult

from hoody_mcp.operation import Place, Risk

from .calls import CATALOG, ENTRIES, carried_out, example, is_own_of, text_of
from .conftest import Connect
from .test_scope import PARTS, SCOPES
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent
from .world import FAR_BOX, SECOND, SIBLING, World, is_look, valid

ANYWHERE = ("containers_sync", "storage_shares_update", "storage_shares_delete")
BEYOND = [(tool, scope) for tool in ANYWHERE for scope in SCOPES] + [
    ("projects_delete", scope) for scope, flags in SCOPES.items() if "scope_realm" in flags
]
CALLER = {Risk.WRITE: "hoody_write", Risk.DESTROY: "hoody_destroy"}
OPAQUE = {"offer", "reservation"}  # ids of no certain form
ONLY_IDS = [
    (entry.name, argument)
    for entry in ENTRIES
    for argument, kind in entry.meta.get("ids", {}).items()
    if kind not in CATALOG.directories and kind not in PARTS | OPAQUE
]
NAMES = ("box", "data", "node-us", "debian", "client", "shop")
UNSTORED = {"save": {"false"}}  # arguments by which a look would leave something behind, and the values with which it does not


@pytest.fixture
def upstream() -> World:
    return World()


def shown(result: CallToolResult) -> dict[str, Any]:
    return result.structured_content or {}


def bound(scope: str) -> set[str]:
    return {f"{kind.removeprefix('scope_')}_id" for kind in SCOPES[scope]}


@pytest.mark.parametrize(("tool", "scope"), BEYOND)
async def test_what_can_reach_beyond_is_refused_before_anything_is_sent_about_it(
    connect: Connect, upstream: World, tool: str, scope: str
) -> None:
    given = valid(tool, **({"mode": "readonly"} if tool == "storage_shares_update" else {}))
    left_out = {name: value for name, value in given.items() if name not in bound(scope)}
    async with connect(spend="confirm", toolsets="all", **SCOPES[scope]) as client:
        for arguments in (given, left_out, given | {"confirm": "A" * 36}):
            allowed = {name: value for name, value in arguments.items() if name in CATALOG[tool].definition["inputSchema"]["properties"]}
            for name, called in ((tool, allowed), (CALLER[CATALOG[tool].risk], {"name": tool, "arguments": allowed})):
                result = await carried_out(client, name, called)
                assert result.is_error, text_of(result)
                assert re.search(r"beyond the (container|project|realm)|about the whole account", text_of(result)), text_of(result)
        assert [sent for sent in upstream.sent if not is_look(sent) and not sent.path.endswith(f"/projects/{PROJECT}/containers")] == []
        assert upstream.changes == []


@pytest.mark.parametrize("scope", SCOPES)
async def test_what_can_reach_beyond_is_not_shown(connect: Connect, scope: str) -> None:
    beyond = {tool for tool, where in BEYOND if where == scope}
    async with connect(spend="confirm", toolsets="all", **SCOPES[scope]) as client:
        assert not beyond & {each.name for each in (await client.list_tools()).tools}
        for toolset in {CATALOG[tool].meta["toolset"] for tool in beyond}:
            found = shown(await client.call_tool("hoody_search", {"toolset": toolset, "limit": 50}))
            assert not beyond & {each["name"] for each in found["tools"]}


async def test_a_project_is_deleted_where_nothing_of_it_lies_outside(connect: Connect, upstream: World) -> None:
    async with connect(scope_project=PROJECT) as client:
        assert not (await carried_out(client, "projects_delete", {})).is_error
    assert [sent.path for sent in upstream.changes] == [f"/api/v1/projects/{PROJECT}"]


TWO = [{"scope_project": project, "scope_container": "box"} for project in (PROJECT, "client")]


@pytest.mark.parametrize("flags", TWO, ids=str)
@pytest.mark.parametrize("far", [False, True], ids=["in mine", "in mine, before it"])
async def test_a_container_is_found_inside_although_another_project_has_one_of_that_name(
    connect: Connect,
    upstream: World,
    flags: dict[str, Any],
    far: bool,  # noqa: FBT001 - one of two
) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box"
    if far:
        upstream.boxes = dict(sorted(upstream.boxes.items()))
    async with connect(**flags) as client:
        found = await client.call_tool("containers_get", {})
        ran = await client.call_tool("terminal_execute", {"command": "ls"})
    assert not found.is_error, text_of(found)
    assert shown(found)["target"]["container"] == {"id": CONTAINER, "name": "box"}
    assert not ran.is_error
    assert upstream.naming(FAR_BOX, SECOND) == []


async def test_the_same_name_means_another_container_in_another_project(connect: Connect, upstream: World) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box"
    async with connect(scope_project=SECOND, scope_container="box") as client:
        found = await client.call_tool("containers_get", {})
    assert shown(found)["target"]["container"]["id"] == FAR_BOX


@pytest.mark.parametrize("name", ["box", "Far-Box", "far-box", "nothing"])
@pytest.mark.parametrize("project", [PROJECT, "client"])
async def test_a_name_that_is_not_clear_inside_tells_nothing_from_outside(
    connect: Connect, upstream: World, project: str, name: str
) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box" if name == "box" else "far-box"
    upstream.boxes[SIBLING]["name"] = "box"
    async with connect(scope_project=project, scope_container=name) as client:
        for tool, arguments in (("containers_get", {}), ("terminal_execute", {"command": "ls"}), ("env_list", {})):
            result = await client.call_tool(tool, arguments)
            said = text_of(result).replace(repr(name), "")
            assert result.is_error
            assert [text for text in (FAR_BOX, SECOND, "far-box", "second") if text in said] == []
            assert (CONTAINER in said) == (SIBLING in said) == (name == "box")
    assert upstream.changes == []
    assert [sent for sent in upstream.sent if ".containers." in sent.host] == []


@pytest.mark.parametrize(("tool", "argument"), ONLY_IDS)
async def test_what_others_name_or_sell_is_taken_by_its_id_alone(connect: Connect, upstream: World, tool: str, argument: str) -> None:
    schema = CATALOG[tool].definition["inputSchema"]["properties"][argument]
    is_list = schema["type"] == "array"
    pattern = (schema["items"] if is_list else schema)["pattern"]
    assert re.fullmatch(pattern, OTHER)
    async with connect(spend="confirm") as client:
        for name in NAMES:
            assert not re.search(pattern, name)
            result = await client.call_tool(tool, {**example(CATALOG[tool]), argument: [name] if is_list else name})
            assert result.is_error, name
            assert argument in text_of(result)
    assert upstream.sent == []


def test_what_is_rented_bought_and_mounted_is_among_them() -> None:
    assert {("servers_rent", "server_id"), ("images_purchase", "image_id"), ("storage_shares_mount", "share_id")} <= set(ONLY_IDS)


WHOLE_LISTS = {kind: entry for kind, entry in CATALOG.directories.items() if entry.operation.about.items == "."}
MORE = [
    {"pagination": {"total": 9}},
    {"pagination": {"total": 2, "page": 1, "limit": 1, "totalPages": 2}},
    {"meta": {"total": 9}},
    {"metadata": {"total": 9}},
    {"total": 9},
    {"pagination": {"has_more": True}},
]


@pytest.mark.parametrize("beside", MORE, ids=str)
@pytest.mark.parametrize("kind", WHOLE_LISTS)
async def test_a_bare_list_that_says_there_are_more_gives_no_names(
    connect: Connect, upstream: World, kind: str, beside: dict[str, Any]
) -> None:
    tool, argument = next(
        (entry.name, argument)
        for entry in ENTRIES
        for argument, each in entry.meta.get("ids", {}).items()
        if each == kind and argument in entry.required
    )
    things = upstream.own_things(kind)[:1]
    names = WHOLE_LISTS[kind].operation.about.names
    name: Any = things[0]
    for part in next(each.by for each in names if each.kind == kind).split("."):
        name = name[part]
    about = is_own_of(WHOLE_LISTS[kind])
    upstream.script(Reply.of({"statusCode": 200, "message": "ok", "data": things, **beside}), when=about)
    async with connect(spend="confirm") as client:
        result = await client.call_tool(tool, {**example(CATALOG[tool]), argument: name})
        assert result.is_error, text_of(result)
        assert "could not be read to its end" in text_of(result)
        assert [sent for sent in upstream.sent if not about(sent) and not is_look(sent)] == []
        whole = Reply.of({"statusCode": 200, "message": "ok", "data": things, "pagination": {"total": 1}})
        upstream.script(whole, when=about)
        upstream.sent.clear()
        again = await client.call_tool(tool, {**example(CATALOG[tool]), argument: name})
    assert "could not be read to its end" not in text_of(again)


async def test_a_picture_of_the_screen_is_never_saved(connect: Connect, upstream: World) -> None:
    arguments = {"container_id": CONTAINER, "terminal_id": "1"}
    async with connect() as client:
        await client.call_tool("terminal_screenshot", arguments)
        for refused in ({"save": True}, {"save": "true"}):
            assert (await client.call_tool("terminal_screenshot", arguments | refused)).is_error
    (sent,) = [sent for sent in upstream.sent if sent.path.endswith("/screenshot")]
    assert sorted(sent.query) == [("save", "false"), ("terminal_id", "1")]


@pytest.mark.parametrize("toolset", CATALOG.toolsets)
async def test_what_only_reads_asks_for_nothing_to_be_stored(connect: Connect, upstream: World, toolset: str) -> None:
    reads = [entry for entry in ENTRIES if entry.meta["toolset"] == toolset and entry.risk is Risk.READ]
    async with connect() as client:
        for entry in reads:
            assert not {"save", "store", "persist", "output_path"} & entry.operation.model_fields.keys()
            await client.call_tool(entry.name, example(entry, everything=True))
    asked = [(name, value) for sent in upstream.sent for name, value in asks(sent) if name in UNSTORED]
    assert [pair for pair in asked if pair[1] not in UNSTORED[pair[0]]] == []
    assert [sent.method for sent in upstream.sent if sent.method in {"PUT", "PATCH", "DELETE"}] == []
    bodies = {entry.name for entry in reads if entry.operation.about.route.method == "POST"}
    assert all(CATALOG[tool].operation.placed(Place.BODY) or CATALOG[tool].operation.placed(Place.WHOLE) for tool in bodies)


def asks(sent: Sent) -> list[tuple[str, str]]:
    return [(name.lower(), value.lower()) for name, value in sent.query]


GIVEN_TO = [{"target_container_id": SIBLING}, {"target_project_id": SECOND}, {"target_container_id": SIBLING, "target_project_id": SECOND}]


@pytest.mark.parametrize("target", GIVEN_TO, ids=str)
async def test_the_preview_of_the_end_of_a_share_tells_who_loses_it(connect: Connect, upstream: World, target: dict[str, str]) -> None:
    upstream.shares[0] |= target
    async with connect() as client:
        preview = await client.call_tool("storage_shares_delete", {"share_id": OTHER})
        told = shown(preview)
        assert told["done"] is False
        assert [value for value in target.values() if value not in text_of(preview)] == []
        upstream.shares[0] |= dict.fromkeys(target, FAR_BOX)
        await client.call_tool("storage_shares_delete", {"share_id": OTHER, "confirm": told["confirm"]})
    assert upstream.changes == []
