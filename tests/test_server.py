"""The server as a client sees it, in both eras of the protocol."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from typing import Any

import anyio
import httpx2
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from hoody_mcp.catalog import Entry, OwnEntry
from hoody_mcp.engine import LARGE
from hoody_mcp.everyday import ALWAYS_LOADED
from hoody_mcp.everyday import EVERYDAY as EVERYDAY_TOOLS
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, OWN, example, names
from .conftest import CANARY, Connect
from .upstream import CONTAINER, Reply, Upstream

MODES = ["auto", "legacy"]
READS = [entry.name for entry in ENTRIES if entry.risk == "read"]
FILES = dict.fromkeys(("text", "realpath/text", "glob/text", "grep/text"), b"old")  # what the examples ask the stand-in for


def with_own(*tools: str) -> list[str]:
    return sorted([*tools, *OWN])


EVERYDAY = with_own(*EVERYDAY_TOOLS)


def text_of(result: types.CallToolResult) -> str:
    return "".join(block.text for block in result.content if isinstance(block, types.TextContent))


async def listed(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


async def refusal(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> MCPError:
    with pytest.raises(MCPError) as raised:
        await client.call_tool(tool, arguments)
    return raised.value


@pytest.mark.parametrize(("mode", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_each_era_tells_the_packages_name_version_and_instructions(connect: Connect, mode: str, revision: str) -> None:
    async with connect(mode) as client:
        assert client.protocol_version == revision
        assert client.server_info
        assert (client.server_info.name, client.server_info.version) == ("hoody-mcp", version("hoody-mcp"))
        assert 0 < len(client.instructions or "") <= 2000


async def test_instructions_name_only_tools_that_exist(connect: Connect) -> None:
    async with connect() as client:
        words = {word.strip(".,:;()=") for word in (client.instructions or "").split()}
    toolsets = {*CATALOG.toolsets, "hoody"}
    named = {word for word in words if "_" in word and word.split("_")[0] in toolsets and not word.endswith("*")}
    assert named & set(OWN)
    assert named <= {*names(ENTRIES), *OWN}


@pytest.mark.parametrize("flags", [{}, {"toolsets": "all"}, {"toolsets": "all", "execute": "code"}, {"read_only": True}], ids=str)
async def test_both_eras_list_the_same_tools_in_the_same_order(connect: Connect, flags: dict[str, Any]) -> None:
    lists: list[list[dict[str, Any]]] = []
    for mode in (*MODES, *MODES):
        async with connect(mode, **flags) as client:
            lists.append([tool.model_dump(exclude_none=True) for tool in (await client.list_tools()).tools])
    assert lists[1:] == lists[:1] * 3
    assert [tool["name"] for tool in lists[0]] == sorted(tool["name"] for tool in lists[0])


def lean(entry: Entry | OwnEntry) -> dict[str, Any]:
    """Give the definition that is listed: rarer arguments and those that mean the same everywhere are left to hoody_describe."""
    whole = {key: value for key, value in entry.definition.items() if key != "_meta"}
    schema, alike, rare = whole["inputSchema"], {"instance", "select", "reveal"}, set(entry.meta.get("rare", ()))
    shown = {name: value for name, value in schema["properties"].items() if name not in alike | rare}
    more = " More arguments: hoody_describe." if rare - alike else ""
    meta = {"anthropic/searchHint": entry.meta.get("keywords", ""), "anthropic/alwaysLoad": entry.name in ALWAYS_LOADED}
    told = {key: value for key, value in meta.items() if value}
    lists = {"description": whole["description"] + more, "inputSchema": {**schema, "properties": shown}}
    return {**whole, **lists} | ({"_meta": told} if told else {})


@pytest.mark.parametrize("mode", MODES)
async def test_a_definition_is_listed_without_what_only_the_engine_needs(connect: Connect, mode: str) -> None:
    async with connect(mode, toolsets="all") as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == with_own(*names(ENTRIES))
    for tool in tools:
        assert tool.model_dump(by_alias=True, exclude_none=True) == lean(CATALOG.own.get(tool.name) or CATALOG[tool.name])


async def test_the_newer_era_may_keep_the_list(connect: Connect) -> None:
    async with connect() as client:
        found = await client.list_tools()
    assert (found.ttl_ms, found.cache_scope) == (3_600_000, "public")


@pytest.mark.parametrize("mode", MODES)
async def test_the_list_is_one_page_and_a_cursor_is_refused(connect: Connect, mode: str) -> None:
    async with connect(mode) as client:
        assert (await client.list_tools()).next_cursor is None
        with pytest.raises(MCPError) as raised:
            await client.list_tools(cursor="x")
    assert raised.value.code == -32602


NEAREST = {
    "container_lst": "containers_list",
    "containers-list": "containers_list",
    "CONTAINERS_LIST": "containers_list",
    "container.list": "containers_list",
    "terminal_exec": "terminal_execute",
    "project_create": "projects_create",
    "list_snapshots": "snapshots_list",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tool", NEAREST)
async def test_an_unknown_tool_is_a_protocol_error_that_names_the_nearest(
    connect: Connect, upstream: Upstream, mode: str, tool: str
) -> None:
    async with connect(mode) as client:
        error = await refusal(client, tool)
    assert error.code == -32602
    assert f"Did you mean {NEAREST[tool]}?" in error.message
    assert upstream.sent == []


@pytest.mark.parametrize("tool", ["", "q" * 5000, "💥"])
async def test_an_unknown_tool_that_resembles_nothing_gets_no_suggestion(connect: Connect, tool: str) -> None:
    async with connect() as client:
        error = await refusal(client, tool)
    assert error.code == -32602
    assert "Did you mean" not in error.message
    assert len(error.message) < 200


@pytest.mark.parametrize("tool", sorted(set(READS) - set(EVERYDAY)))
async def test_a_tool_that_is_not_listed_can_be_called(connect: Connect, upstream: Upstream, tool: str) -> None:
    upstream.files |= FILES
    async with connect() as client:
        assert tool not in await listed(client)
        result = await client.call_tool(tool, example(CATALOG[tool]))
    assert not result.is_error, text_of(result)
    assert upstream.sent


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("arguments", [None, {}])
async def test_a_tool_without_needed_arguments_takes_none(connect: Connect, mode: str, arguments: dict[str, Any] | None) -> None:
    async with connect(mode) as client:
        result = await client.call_tool("projects_list", arguments)
    assert result.structured_content == {"items": [], "page": {"shown": 0, "total": 0, "page": 1, "end": True}}


@pytest.mark.parametrize("tool", names(ENTRIES))
async def test_structured_content_is_what_the_text_says(connect: Connect, upstream: Upstream, tool: str) -> None:
    arguments = example(CATALOG[tool], everything=True)
    if "overwrite" in CATALOG[tool].definition["inputSchema"]["properties"]:
        arguments["overwrite"] = True
    upstream.files |= FILES
    async with connect(spend="confirm") as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert json.loads(text_of(result)) == result.structured_content


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", [KeyError, ZeroDivisionError, RecursionError])
async def test_an_unforeseen_exception_is_told_as_a_reference_and_its_place_is_logged(
    connect: Connect, upstream: Upstream, caplog: pytest.LogCaptureFixture, mode: str, fault: type[Exception]
) -> None:
    upstream.script(Reply(fault=fault("the-value-inside")))
    async with connect(mode) as client:
        result = await client.call_tool("projects_list", {})
        again = await client.call_tool("projects_list", {})
    reference = text_of(result).split("reference ")[1].split()[0]
    assert result.is_error
    assert not again.is_error
    assert "the-value-inside" not in result.model_dump_json()
    assert fault.__name__ not in text_of(result)
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert f"projects_list: {fault.__name__} in Upstream._handle:" in record.getMessage()
    assert f"[{reference}]" in record.getMessage()
    assert "the-value-inside" not in caplog.text


async def test_references_of_two_faults_differ(connect: Connect, upstream: Upstream) -> None:
    upstream.script(Reply(fault=KeyError("a")), Reply(fault=KeyError("a")))
    async with connect() as client:
        first, second = [text_of(await client.call_tool("projects_list", {})) for _ in range(2)]
    assert first != second


@pytest.mark.parametrize("mode", MODES)
async def test_two_calls_are_under_way_at_once(mode: str) -> None:
    both, arrived = anyio.Event(), list[str]()

    async def answer(request: httpx2.Request) -> httpx2.Response:
        arrived.append(request.url.path)
        if len(arrived) == 2:
            both.set()
        await both.wait()
        return httpx2.Response(200, json={"statusCode": 200, "message": "ok", "data": {"id": request.url.path[-24:]}})

    results: dict[str, Any] = {}

    async def call(client: Client, container: str) -> None:
        found = await client.call_tool("containers_get", {"container_id": container})
        results[container] = (found.structured_content or {})["result"]

    server = create_server(Settings.load(token=CANARY), httpx2.MockTransport(answer))
    with anyio.fail_after(5):
        async with Client(server, mode=mode) as client, anyio.create_task_group() as tasks:  # pyright: ignore[reportArgumentType]
            tasks.start_soon(call, client, "a" * 24)
            tasks.start_soon(call, client, "b" * 24)
    assert results == {container: {"id": container} for container in ("a" * 24, "b" * 24)}


async def test_a_large_answer_is_cut_and_stays_valid(connect: Connect, upstream: Upstream) -> None:
    upstream.script(Reply.data({"id": CONTAINER, "log": "x" * (2 * LARGE)}))
    async with connect() as client:
        result = await client.call_tool("containers_get", {"container_id": CONTAINER})
    assert json.loads(text_of(result)) == result.structured_content
    assert len(text_of(result)) < 30_000
    assert "Cut to fit" in text_of(result)


@pytest.mark.parametrize("body", [b"no JSON at all", b"", b"[", b'{"statusCode":200,"message":"ok","data":null}'])
async def test_a_preview_whose_target_is_unreadable_changes_nothing(connect: Connect, upstream: Upstream, body: bytes) -> None:
    upstream.script(Reply(200, body))
    async with connect() as client:
        await client.call_tool("containers_delete", {"container_id": CONTAINER})
    assert upstream.sent
    assert upstream.changes == []


async def test_without_a_token_the_list_works_and_a_call_tells_how_to_get_one(connect: Connect, upstream: Upstream) -> None:
    async with connect(token=None) as client:
        assert await listed(client) == EVERYDAY
        result = await client.call_tool("projects_list", {})
    assert result.is_error
    assert "HOODY_TOKEN" in text_of(result)
    assert upstream.sent == []
