"""Finding and describing tools: complete, within the limit of size, and with hints that promise nothing wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp import Client

from hoody_mcp.discovery import MOST
from hoody_mcp.fit import MAX_CHARACTERS
from hoody_mcp.operation import Risk

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import Connect
from .upstream import CONTAINER, PROJECT, Upstream

TOOLSETS = sorted({entry.meta["toolset"] for entry in ENTRIES})
CALLED_WITH = {
    Risk.READ: "hoody_read",
    Risk.WRITE: "hoody_write",
    Risk.EXECUTE: "hoody_execute",
    Risk.DESTROY: "hoody_destroy",
    Risk.SPEND: "hoody_destroy",
}
READING = {"hoody_search", "hoody_describe", "hoody_read", "hoody_wait", "hoody_result", "hoody_docs"}


async def shown(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert len(text_of(result)) <= MAX_CHARACTERS
    assert json.loads(text_of(result)) == result.structured_content
    return result.structured_content or {}


def in_toolset(toolset: str) -> list[str]:
    return sorted(entry.name for entry in ENTRIES if entry.meta["toolset"] == toolset)


@pytest.mark.parametrize("toolset", TOOLSETS)
async def test_a_toolset_alone_is_listed_completely(connect: Connect, toolset: str) -> None:
    async with connect() as client:
        tools = (await shown(client, "hoody_search", toolset=toolset))["tools"]
        fewer = (await shown(client, "hoody_search", toolset=toolset, limit=1))["tools"]
        blank = (await shown(client, "hoody_search", toolset=toolset, query=""))["tools"]
    assert [tool["name"] for tool in tools] == in_toolset(toolset)
    assert [tool["call_with"] for tool in tools] == [CALLED_WITH[CATALOG[tool["name"]].risk] for tool in tools]
    assert all(CATALOG[tool["name"]].definition["description"].startswith(tool["summary"]) for tool in tools)
    assert fewer == tools[:1]
    assert blank == tools


@pytest.mark.parametrize("nothing", [{}, {"query": None}, {"query": "", "toolset": ""}, {"limit": 5}], ids=repr)
async def test_without_words_come_the_toolsets_with_how_many_tools_each_has(connect: Connect, nothing: dict[str, Any]) -> None:
    async with connect() as client:
        assert await shown(client, "hoody_search", **nothing) == {"toolsets": {toolset: len(in_toolset(toolset)) for toolset in TOOLSETS}}


@pytest.mark.parametrize("query", ["", "delete"])
async def test_an_unknown_toolset_is_an_error_that_names_them_all(connect: Connect, query: str) -> None:
    async with connect() as client:
        result = await client.call_tool("hoody_search", {"toolset": "kubernetes", "query": query})
    assert result.is_error
    assert "'kubernetes'" in text_of(result)
    assert all(toolset in text_of(result) for toolset in TOOLSETS)


@pytest.mark.parametrize("limit", [1, 3, 10, "7", MOST])
async def test_a_search_gives_no_more_than_asked_for(connect: Connect, limit: Any) -> None:
    async with connect() as client:
        many = (await shown(client, "hoody_search", query="container project file list", limit=limit))["tools"]
        usual = (await shown(client, "hoody_search", query="container project file list"))["tools"]
    assert len(many) == int(limit)
    assert len(usual) == 10
    assert many[:10] == usual[: int(limit)]


async def test_a_tool_is_found_by_its_own_name(connect: Connect) -> None:
    async with connect() as client:
        for entry in ENTRIES:
            toolset = entry.meta["toolset"]
            found = (await shown(client, "hoody_search", query=entry.name, limit=1))["tools"]
            inside = (await shown(client, "hoody_search", query=entry.name, toolset=toolset))["tools"]
            assert found == inside[:1]
            assert found[0]["name"] == entry.name
            assert {CATALOG[each["name"]].meta["toolset"] for each in inside} == {toolset}


@pytest.mark.parametrize(
    "query", ["?!", "\x00\ud83d", '" OR 1=1 --', "x" * 100_000, "containers " * 20_000, "NEAR(a b) AND * ^", "漢字 😀"]
)
async def test_no_query_breaks_the_search(connect: Connect, query: str) -> None:
    async with connect() as client:
        assert len((await shown(client, "hoody_search", query=query))["tools"]) <= 10


async def test_searching_and_describing_asks_hoody_nothing(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        for arguments in ({}, {"query": "delete"}, {"toolset": "files"}):
            await shown(client, "hoody_search", **arguments)
        await shown(client, "hoody_describe", name="projects_list")
    assert upstream.sent == []


@pytest.mark.parametrize("toolset", TOOLSETS)
async def test_a_description_shows_the_whole_schema_of_each_tool(connect: Connect, toolset: str) -> None:
    async with connect() as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        for tool in in_toolset(toolset):
            entry = CATALOG[tool]
            found = await shown(client, "hoody_describe", name=tool)
            assert found == {
                **{key: entry.definition[key] for key in ("name", "description", "inputSchema")},
                "call_with": CALLED_WITH[entry.risk],
            }
            assert set(entry.meta.get("rare", ())) <= found["inputSchema"]["properties"].keys()
            if tool in listed:
                assert listed[tool].input_schema["properties"].keys() <= found["inputSchema"]["properties"].keys()


@pytest.mark.parametrize("tool", CATALOG.own)
async def test_the_servers_own_tools_are_described_as_well(connect: Connect, tool: str) -> None:
    async with connect() as client:
        found = await shown(client, "hoody_describe", name=tool)
    assert found == {key: CATALOG.own[tool].definition[key] for key in ("name", "description", "inputSchema")}


@pytest.mark.parametrize("tool", [entry.name for entry in ENTRIES if entry.risk is Risk.EXECUTE])
async def test_a_description_shows_the_code_where_code_wants_one(connect: Connect, tool: str) -> None:
    async with connect(execute="code") as client:
        assert "confirm" in (await shown(client, "hoody_describe", name=tool))["inputSchema"]["properties"]
        assert "confirm" not in (await shown(client, "hoody_describe", name="projects_list"))["inputSchema"]["properties"]
    async with connect() as client:
        assert "confirm" not in (await shown(client, "hoody_describe", name=tool))["inputSchema"]["properties"]


@pytest.mark.parametrize(
    ("scope", "bound"),
    [({"scope_container": CONTAINER}, "container_id"), ({"scope_project": PROJECT}, "project_id")],
    ids=["container", "project"],
)
async def test_a_bound_server_finds_only_what_it_can_do(connect: Connect, scope: dict[str, str], bound: str) -> None:
    async with connect(**scope) as client:
        counts = (await shown(client, "hoody_search"))["toolsets"]
        for toolset in TOOLSETS:
            tools = (await shown(client, "hoody_search", toolset=toolset))["tools"]
            assert len(tools) == counts[toolset] <= len(in_toolset(toolset))
        assert bound not in (await shown(client, "hoody_describe", name="containers_create"))["inputSchema"]["properties"]
    assert 0 < sum(counts.values()) < len(ENTRIES)


@pytest.mark.parametrize("tool", CATALOG.own)
async def test_the_hints_of_an_own_tool_are_the_strictest_of_what_it_reaches(connect: Connect, tool: str) -> None:
    reached = [entry.definition["annotations"] for entry in ENTRIES if tool == CALLED_WITH[entry.risk]]
    reached += [CATALOG[varies].definition["annotations"] for varies in ("containers_power",) if tool == "hoody_destroy"]
    if tool == "hoody_wait":
        reached = [entry.definition["annotations"] for entry in ENTRIES if entry.risk is Risk.READ]
    async with connect() as client:
        hints = next(each.annotations for each in (await client.list_tools()).tools if each.name == tool)
    assert hints
    assert hints.read_only_hint == (tool in READING) == all(each["readOnlyHint"] for each in reached)
    assert hints.destructive_hint == any(each["destructiveHint"] for each in reached)
    assert hints.idempotent_hint == all(each["idempotentHint"] for each in reached)
    assert hints.open_world_hint == (tool == "hoody_docs" or any(each["openWorldHint"] for each in reached))


async def test_a_read_only_server_lists_only_those_own_tools_that_read(connect: Connect) -> None:
    async with connect(read_only=True) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
    assert listed & CATALOG.own.keys() == READING


@pytest.mark.parametrize(
    ("caller", "tool", "arguments"),
    [
        ("hoody_write", "projects_create", {"alias": "x"}),
        ("hoody_execute", "terminal_execute", {"container_id": CONTAINER, "command": "ls"}),
        ("hoody_destroy", "containers_delete", {"container_id": CONTAINER}),
    ],
)
async def test_a_read_only_server_refuses_through_callers_too(
    connect: Connect, upstream: Upstream, caller: str, tool: str, arguments: dict[str, Any]
) -> None:
    async with connect(read_only=True) as client:
        result = await client.call_tool(caller, {"name": tool, "arguments": arguments})
        assert result.is_error
        assert "read-only" in text_of(result)
        assert not (await client.call_tool("hoody_read", {"name": "projects_list"})).is_error
    assert upstream.changes == []


async def test_settings_decide_over_calls_through_callers_as_over_others(connect: Connect, upstream: Upstream) -> None:
    command = {"name": "terminal_execute", "arguments": {"container_id": CONTAINER, "command": "ls"}}
    async with connect(execute="deny") as client:
        assert "HOODY_EXECUTE" in text_of(await client.call_tool("hoody_execute", command))
    async with connect() as client:
        extending = {"name": "rentals_extend", "arguments": example(CATALOG["rentals_extend"])}
        assert "HOODY_SPEND" in text_of(await client.call_tool("hoody_destroy", extending))
    assert upstream.changes == []
