"""A server that is bound to a project, container or realm reaches nothing outside, whatever is asked of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .calls import CATALOG, ENTRIES, carried_out, text_of
from .conftest import Connect
from .upstream import CONTAINER, OTHER, PROJECT, Reply
from .world import FAR, FAR_BOX, FAR_NAMES, FAR_REALM, REALM, SECOND, SIBLING, THEIR_BOX, World, is_look, valid

SCOPES: dict[str, dict[str, Any]] = {
    "container": {"scope_container": CONTAINER},
    "project": {"scope_project": PROJECT},
    "realm": {"scope_realm": REALM},
    "container by name": {"scope_container": "box"},
    "project by name": {"scope_project": "client"},
    "project and realm": {"scope_project": PROJECT, "scope_realm": REALM},
    "container and project": {"scope_container": CONTAINER, "scope_project": PROJECT},
    "all three": {"scope_container": CONTAINER, "scope_project": PROJECT, "scope_realm": REALM},
}
SINGLE = ("container", "project", "realm")
PARTS = {"snapshot", "permission", "terminal", "command", "backend", "hook"}
TOOLSETS = sorted({entry.meta["toolset"] for entry in ENTRIES})
ONESELF = {entry.name for entry in ENTRIES if entry.meta.get("oneself")}
BY_REALM = {SIBLING, *FAR["alias"][:1], *FAR["share"][:1]}  # lie in the same project and realm as what is inside


@pytest.fixture
def upstream() -> World:
    return World()


def outside(scope: str, kind: str) -> list[str]:
    """Ids and names of a kind that lie outside."""
    near: set[str] = set() if scope.startswith("container") or scope == "all three" else BY_REALM | {"sibling", "sib-shop", "sib-data"}
    bounds = [PROJECT, "client"] if kind == "project" and "scope_project" not in SCOPES[scope] and scope.startswith("container") else []
    return [*[each for each in (*FAR[kind], *FAR_NAMES.get(kind, [])) if each not in near], *bounds]


def far_ids(scope: str) -> list[str]:
    """Ids that no request may name; the project of what is inside is part of its host's name."""
    return [id_ for kind in FAR for id_ in outside(scope, kind) if len(id_) == 24 and id_ != PROJECT]


@pytest.mark.parametrize("scope", SCOPES)
async def test_no_argument_reaches_what_lies_outside(connect: Connect, upstream: World, scope: str) -> None:
    tried = [(entry, *argument) for entry in ENTRIES for argument in entry.meta.get("ids", {}).items() if argument[1] not in PARTS]
    assert {kind for _, __, kind in tried} <= FAR.keys()
    async with connect(spend="confirm", **SCOPES[scope]) as client:
        for entry, argument, kind in tried:
            is_list = entry.definition["inputSchema"]["properties"][argument]["type"] == "array"
            for value in outside(scope, kind):
                result = await carried_out(client, entry.name, valid(entry.name, **{argument: [value] if is_list else value}))
                assert result.is_error, f"{entry.name} {argument}={value}"
                told_of = [id_ for id_ in far_ids(scope) if id_ in text_of(result) and id_ != value]
                assert told_of == [], text_of(result)
    assert upstream.changes == []
    assert upstream.naming(*far_ids(scope), *(name for names in FAR_NAMES.values() for name in names)) == []


@pytest.mark.parametrize("scope", SCOPES)
async def test_everything_that_is_listed_works_inside_and_everything_else_is_refused(connect: Connect, upstream: World, scope: str) -> None:
    async with connect(spend="confirm", toolsets="all", **SCOPES[scope]) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        found = {tool["name"] for toolset in TOOLSETS for tool in await shown(client, "hoody_search", toolset=toolset, limit=50)}
        assert found == listed & set(CATALOG.entries)
        for entry in ENTRIES:
            upstream.reset()
            result = await carried_out(client, entry.name, inside(entry.name, scope))
            if entry.name in listed:
                assert not result.is_error, f"{entry.name}: {text_of(result)}"
                assert entry.risk == "read" or upstream.changes, entry.name
            else:
                assert result.is_error, entry.name
                assert upstream.changes == [], entry.name
            assert upstream.naming(*far_ids(scope)) == [], entry.name
    assert listed >= ONESELF


async def shown(client: Any, tool: str, **arguments: Any) -> list[dict[str, Any]]:
    result = await client.call_tool(tool, arguments)
    return result.structured_content["tools"]


def inside(tool: str, scope: str) -> dict[str, Any]:
    """Valid arguments without those that the scope decides; for a list, with what narrows it down to a thing."""
    more: dict[str, Any] = {"project_id": PROJECT} if tool == "proxy_aliases_list" and scope == "realm" else {}
    return {name: value for name, value in valid(tool, **more).items() if name not in bound_in(scope)}


def bound_in(scope: str) -> set[str]:
    return {f"{kind.removeprefix('scope_')}_id" for kind in SCOPES[scope]}


@pytest.mark.parametrize("scope", SCOPES)
async def test_what_the_scope_decides_is_no_argument_any_more(connect: Connect, scope: str) -> None:
    bound = bound_in(scope) | ({"realm_ids"} if "scope_realm" in SCOPES[scope] else set[str]())
    async with connect(toolsets="all", **SCOPES[scope]) as client:
        tools = (await client.list_tools()).tools
        for tool in tools:
            assert not bound & tool.input_schema["properties"].keys(), tool.name
            assert not bound & set(tool.input_schema.get("required", ())), tool.name
        for entry in ENTRIES[::9]:
            described: dict[str, Any] = (await client.call_tool("hoody_describe", {"name": entry.name})).structured_content or {}
            assert not bound & described["inputSchema"]["properties"].keys(), entry.name


@pytest.mark.parametrize("scope", SINGLE)
async def test_the_bound_value_itself_may_be_given_and_no_other(connect: Connect, upstream: World, scope: str) -> None:
    argument, (value,) = f"{scope}_id", SCOPES[scope].values()
    tool = {"container": "containers_get", "project": "projects_get", "realm": "containers_list"}[scope]
    async with connect(**SCOPES[scope]) as client:
        assert not (await client.call_tool(tool, {argument: value})).is_error
        upstream.reset()
        for other in ("9" * 24, value.upper(), f" {value}", [value], {"id": value}, 5, True, "null", "*", f"{value},{FAR_BOX}"):
            result = await client.call_tool(tool, {argument: other})
            assert "bound to one" in text_of(result), other
    assert upstream.sent == []


DECEITS: list[tuple[str, dict[str, Any]]] = [
    ("containers_get", {"container_id": FAR_BOX.upper()}),
    ("containers_get", {"container_id": [FAR_BOX]}),
    ("containers_get", {"container_id": {"id": FAR_BOX}}),
    ("containers_get", {"container_id": json.dumps([FAR_BOX])}),
    ("containers_get", {"container_id": f"{FAR_BOX}\n"}),
    ("containers_get", {"container_id": f"{CONTAINER}/../{FAR_BOX}"}),
    ("containers_get", {"container_id": f"{CONTAINER}%2f..%2f{FAR_BOX}"}),
    ("containers_get", {"id": FAR_BOX}),
    ("hoody_read", {"name": "containers_get", "container_id": FAR_BOX}),
    ("hoody_read", {"name": "containers_get", "arguments": {"container_id": FAR_BOX}}),
    ("hoody_read", {"name": "containers_get", "container_id": CONTAINER, "arguments": {"container_id": FAR_BOX}}),
    ("hoody_read", {"name": "containers_get", "arguments": json.dumps({"container_id": FAR_BOX})}),
    ("hoody_read", {"name": "containers_get", "arguments": {"arguments": {"container_id": FAR_BOX}}}),
    ("hoody_write", {"name": "env_set", "container_id": FAR_BOX, "key": "K", "value": "v"}),
    ("hoody_execute", {"name": "terminal_execute", "container_id": FAR_BOX, "command": "true"}),
    ("hoody_destroy", {"name": "containers_delete", "arguments": {"container_id": FAR_BOX}}),
    ("hoody_wait", {"name": "containers_get", "container_id": FAR_BOX}),
    ("hoody_wait", {"name": "containers_get", "arguments": {"container_id": "far-box"}}),
    ("files_get", {"container_id": FAR_BOX, "path": "/text"}),
    ("files_delete", {"container_id": THEIR_BOX, "path": "/text"}),
    ("snapshots_restore", {"container_id": FAR_BOX, "name": "snap0"}),
    ("storage_shares_create", {"container_id": CONTAINER, "source_path": "/x", "mode": "readonly", "target_container_id": FAR_BOX}),
    ("storage_shares_create", {"container_id": CONTAINER, "source_path": "/x", "mode": "readonly", "target_project_id": SECOND}),
    ("storage_shares_create", {"container_id": FAR_BOX, "source_path": "/x", "mode": "readonly", "target_container_id": CONTAINER}),
    ("storage_shares_get", {"container_id": CONTAINER, "share_id": FAR["share"][1]}),
    ("storage_shares_mount", {"container_id": CONTAINER, "share_id": FAR["share"][2], "mount": True}),
    ("containers_copy", {"container_id": CONTAINER, "target_project_id": "second"}),
    ("containers_copy", {"container_id": CONTAINER, "target_project_id": PROJECT, "target_server_id": FAR["server"][0]}),
    ("containers_create", {"project_id": PROJECT, "server_id": "node-eu"}),
    ("containers_create", {"project_id": PROJECT, "server_id": OTHER, "realm_ids": [FAR_REALM]}),
    ("containers_create", {"project_id": PROJECT, "server_id": OTHER, "realm_ids": json.dumps([FAR_REALM])}),
    ("containers_update", {"container_id": CONTAINER, "realm_ids": [REALM, FAR_REALM]}),
    ("containers_update", {"container_id": CONTAINER, "realm_ids": [FAR_REALM]}),
    ("proxy_aliases_list", {"project_id": SECOND}),
    ("proxy_aliases_list", {"container_id": FAR_BOX}),
    ("servers_rent", {"server_id": OTHER, "rental_days": 30}),
    ("auth_tokens_create", {"alias": "mine", "realm_ids": [REALM]}),
    ("projects_create", {"alias": "mine"}),
]


@pytest.mark.parametrize("scope", SINGLE)
async def test_no_deceit_leads_outside(connect: Connect, upstream: World, scope: str) -> None:
    async with connect(spend="confirm", **SCOPES[scope]) as client:
        for tool, arguments in DECEITS:
            result = await carried_out(client, tool, arguments)
            assert result.is_error, (tool, arguments)
    assert upstream.changes == []
    assert upstream.naming(*far_ids(scope), "far-box", "second", "node-eu") == []


@pytest.mark.parametrize("scope", SINGLE)
async def test_names_do_not_tell_what_lies_outside(connect: Connect, upstream: World, scope: str) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box"
    upstream.boxes[THEIR_BOX]["name"] = "Box"
    async with connect(**SCOPES[scope]) as client:
        given = {} if scope == "container" else {"container_id": "box"}
        named = await client.call_tool("containers_get", given)
        other = await client.call_tool("proxy_aliases_get", {"alias_id": "FAR-SHOP"})
    assert (named.structured_content or {})["result"]["id"] == CONTAINER
    assert "did you mean" not in text_of(other)
    assert all(sent.segments[-1] == CONTAINER for sent in upstream.sent if not is_look(sent) and "containers" in sent.path.split("/")[3:4])


async def test_a_record_that_claims_to_lie_inside_proves_nothing(connect: Connect, upstream: World) -> None:
    upstream.boxes[FAR_BOX]["project_id"] = PROJECT
    upstream.script(Reply.data({**upstream.boxes[FAR_BOX], "name": "far-box"}), when=lambda sent: FAR_BOX in sent.path)
    upstream.boxes[FAR_BOX]["project_id"] = SECOND
    async with connect(scope_project=PROJECT) as client:
        for tool in ("containers_get", "terminal_execute", "files_get"):
            assert (await client.call_tool(tool, valid(tool, container_id=FAR_BOX))).is_error
    assert upstream.naming(FAR_BOX) == []
