"""The largest answers through every reading tool: each result fits, and each says how to get all the rest."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, ImageContent

from hoody_mcp.catalog import Entry
from hoody_mcp.connection import MAX_ANSWER
from hoody_mcp.fit import MAX_CHARACTERS
from hoody_mcp.jsons import each_leaf
from hoody_mcp.kept import MAX_ONE
from hoody_mcp.operation import Risk
from hoody_mcp.result import MAX_PICTURE

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import Connect
from .upstream import PROJECT, Reply, Sent, Upstream

pytestmark = pytest.mark.wide

MEGABYTE = 1_000_000
READING = [entry.name for entry in ENTRIES if entry.risk is Risk.READ]
PAGED = [
    tool for tool in READING if {"page", "offset"} & CATALOG[tool].operation.model_fields.keys() and CATALOG[tool].operation.about.items
]
LISTS = [tool for tool in READING if CATALOG[tool].operation.about.items]
DEEP = 90  # levels


def wrapped(entry: Entry, payload: Any) -> Reply:
    """Answer as the tool's service does: the control plane in its envelope."""
    return Reply.of(payload) if entry.meta.get("kit") else Reply.data(payload)


def placed(entry: Entry, items: list[Any], **beside: Any) -> Any:
    """Put a list where the tool's answers have it."""
    where = entry.operation.about.items or "things"
    if where == ".":
        return items
    value: Any = items
    for name in reversed(where.split(".")):
        value = {name: value}
    return {**value, **beside}


def rows(entry: Entry, many: int, size: int = 0) -> list[dict[str, str]]:
    """Make items of those fields that the tool shows."""
    names = entry.operation.about.columns or ("id", "name")
    size = size or 400 // len(names)
    return [{name: f"{name}-{number}".ljust(size, "x") for name in names} for number in range(many)]


def deep(inner: Any, levels: int) -> Any:
    for level in range(levels):
        inner = {f"level-{level}": inner} if level % 2 else [inner]
    return inner


class Serving(Upstream):
    """Gives a tool one answer, or page after page of a list as its arguments ask."""

    tool = ""
    answer = Reply()
    items: list[Any] | None = None
    beside: dict[str, Any] = {}  # noqa: RUF012 - set as a whole

    def respond(self, sent: Sent) -> Reply:
        entry = CATALOG[self.tool]
        lookup = r"/api/v1/containers/[0-9a-f]{24}" if entry.meta.get("kit") else "(?!)"
        if re.fullmatch(lookup, sent.path) or sent.path == f"/api/v1/projects/{PROJECT}" != entry.meta["path"].format(project_id=PROJECT):
            return super().respond(sent)
        return self.answer if self.items is None else self._page(entry, sent, self.items)

    def _page(self, entry: Entry, sent: Sent, items: list[Any]) -> Reply:
        asked = {name: int(value) for name, value in sent.query if value.isdecimal()}
        if entry.name not in PAGED:
            return wrapped(entry, placed(entry, items, **self.beside))
        limit = asked.get("limit", 50)
        start = asked["offset"] if "offset" in asked else (asked.get("page", 1) - 1) * limit
        facts = {"total": len(items), "limit": limit} | (
            {"offset": start} if "offset" in entry.operation.model_fields else {"page": start // limit + 1}
        )
        shown = placed(entry, items[start : start + limit], **self.beside)
        if entry.operation.about.items == ".":
            return Reply.of({"statusCode": 200, "message": "ok", "data": shown, **facts})
        return wrapped(entry, {**shown, **facts})


@pytest.fixture
def upstream() -> Serving:
    return Serving()


async def answered(client: Client, upstream: Serving, tool: str, reply: Reply) -> dict[str, Any]:
    """Call a tool that gets this answer, and give what it shows."""
    upstream.tool, upstream.answer = tool, reply
    return shown(await client.call_tool(tool, example(CATALOG[tool])))


def shown(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert len(text_of(result)) <= MAX_CHARACTERS
    assert json.loads(text_of(result)) == result.structured_content
    return result.structured_content or {}


async def read_on(client: Client, kept: dict[str, Any]) -> str:
    """Read a kept result piece by piece to its end."""
    assert kept["read_with"] == "hoody_result"
    parts: list[str] = []
    following: dict[str, Any] | None = {"id": kept["id"]}
    while following:
        piece = shown(await client.call_tool("hoody_result", following))
        assert piece["offset"] == len("".join(parts))
        parts.append(piece["result"])
        following = piece.get("next")
    assert len("".join(parts)) == kept["characters"]
    return "".join(parts)


async def everything(client: Client, first: dict[str, Any]) -> str:
    """Give as JSON or text all that a result shows and keeps."""
    if "kept" in first:
        return await read_on(client, first["kept"])
    assert "…" not in text_of_json(first)
    return text_of_json(first)


def text_of_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


ANSWERS: dict[str, Any] = {
    "one text": {"stdout": "line of text " * 3_000, "exit_code": 0},
    "a short text called text": {"text": "short", "stdout": "b" * 30_000},
    "texts, wide and deep": {f"key-{number}": f"value-{number}" for number in range(300)} | {"text": "a" * 30_000, "deep": deep("x", DEEP)},
    "a list": [f"item-{number}" for number in range(2_500)],
}
SAMPLE = ["containers_get", "containers_list", "files_get", "files_stat", "terminal_ports", "terminal_raw_output", "terminal_result"]
CALLS = [(tool, name) for tool in READING for name in ANSWERS if tool in SAMPLE or name.startswith("texts")]


@pytest.mark.parametrize(("tool", "name"), CALLS)
async def test_nothing_of_a_large_answer_is_lost(connect: Connect, upstream: Serving, tool: str, name: str) -> None:
    entry, answer = CATALOG[tool], ANSWERS[name]
    reply = wrapped(entry, answer)
    async with connect() as client:
        found = await everything(client, await answered(client, upstream, tool, reply))
    if entry.operation.about.answer in {"content", "printed"}:
        assert found == reply.body.decode()
    else:
        assert set(each_leaf(answer)) <= set(each_leaf(json.loads(found)))


@pytest.mark.parametrize("tool", LISTS)
async def test_nothing_of_a_large_list_is_lost(connect: Connect, upstream: Serving, tool: str) -> None:
    entry = CATALOG[tool]
    large = rows(entry, 1, 30_000)
    lists: dict[str, tuple[list[Any], dict[str, Any]]] = {
        "many": (rows(entry, 70), {}),
        "many and more beside": (rows(entry, 70), {"beside": "more " * 2_000}),
        "one that is large": (large, {}),
        "a large one, others, and more beside": ([*rows(entry, 20), *large, *rows(entry, 30)[20:]], {"beside": "more"}),
    }
    upstream.tool = tool
    async with connect() as client:
        for name, (items, beside) in lists.items():
            upstream.items, upstream.beside = items, {**beside, **({"uri_prefix": "/"} if tool == "files_get" else {})}
            found: set[str] = set()
            arguments: dict[str, Any] | None = example(entry)
            while arguments is not None:
                result = shown(await client.call_tool(tool, arguments))
                found |= set(each_leaf(result)) | set(each_leaf(json.loads(await everything(client, result))))
                arguments = result.get("page", {}).get("next")
            assert set(each_leaf(placed(entry, items, **beside))) <= found, name


async def test_each_of_ten_thousand_containers_is_shown_once(connect: Connect, upstream: Serving) -> None:
    upstream.tool, upstream.items = "containers_list", rows(CATALOG["containers_list"], 10_000, 10)
    arguments: dict[str, Any] | None = {"limit": 100, "select": ["id"]}
    found: list[str] = []
    async with connect() as client:
        while arguments is not None:
            result = shown(await client.call_tool("hoody_read", {"name": "containers_list", "arguments": arguments}))
            found += [item["id"] for item in result["items"]]
            arguments = result["page"].get("next")
    assert found == [item["id"] for item in upstream.items]


async def test_a_service_that_gives_ten_thousand_at_once_loses_none(connect: Connect, upstream: Serving) -> None:
    entry = CATALOG["containers_list"]
    many = rows(entry, 10_000)
    async with connect() as client:
        first = await answered(client, upstream, entry.name, wrapped(entry, placed(entry, many, total=10_000, page=1, limit=10_000)))
        assert first["page"]["total"] == 10_000
        upstream.items = many
        again = shown(await client.call_tool(entry.name, first["page"]["next"]))
    assert again["items"][0] == many[len(first["items"])]


@pytest.mark.parametrize("tool", READING)
async def test_three_megabytes_fit_and_are_kept(connect: Connect, upstream: Serving, tool: str) -> None:
    entry = CATALOG[tool]
    reply = wrapped(entry, {"stdout": "the beginning" + "s" * 3 * MEGABYTE + "the end"})
    async with connect() as client:
        first = await answered(client, upstream, tool, reply)
        last = {"id": first["kept"]["id"], "offset": first["kept"]["characters"] - 50}
        assert "the beginning" in shown(await client.call_tool("hoody_result", {"id": last["id"]}))["result"]
        end = shown(await client.call_tool("hoody_result", last))
    assert "the end" in end["result"]
    assert end["end"] is True
    assert first["kept"]["characters"] > 3 * MEGABYTE


@pytest.mark.parametrize(("tool", "megabytes"), [("files_get", 50), ("containers_stats", 50), ("terminal_raw_output", 17)])
async def test_of_fifty_megabytes_as_much_is_kept_as_is_told(connect: Connect, upstream: Serving, tool: str, megabytes: int) -> None:
    entry = CATALOG[tool]
    log = "a line of a log, written by somebody\n" * (megabytes * MEGABYTE // 37)
    reply = Reply(200, log.encode(), {"content-type": "text/plain"}) if entry.meta.get("kit") else Reply.data({"log": log})
    async with connect() as client:
        first = await answered(client, upstream, tool, reply)
        kept = {"id": first["kept"]["id"], "offset": MAX_ONE - 100}
        last = shown(await client.call_tool("hoody_result", kept))
    assert first["kept"]["characters"] >= len(log)
    assert len(last["result"]) == 100
    assert last["end"] is True
    assert last["notes"] == [f"Only the first {MAX_ONE} characters were kept."]


async def test_what_is_larger_than_any_answer_may_be_is_told(connect: Connect, upstream: Serving) -> None:
    upstream.tool, upstream.answer = "files_get", Reply(200, b"x" * (MAX_ANSWER + 1), {})
    async with connect() as client:
        result = await client.call_tool("files_get", example(CATALOG["files_get"]))
    assert result.is_error
    assert "larger than 64 MiB; ask for less" in text_of(result)


@pytest.mark.parametrize("tool", SAMPLE)
async def test_pictures_come_beside_a_small_text(connect: Connect, upstream: Serving, tool: str) -> None:
    upstream.tool, upstream.answer = tool, Reply(200, b"\x89PNG\r\n\x1a\n".ljust(100_000, b"p"), {"content-type": "image/png"})
    async with connect() as client:
        result = await client.call_tool(tool, example(CATALOG[tool]))
    assert len(json.dumps(shown(result))) < 1_000
    assert [type(block) for block in result.content[1:]] == [ImageContent]


@pytest.mark.parametrize("size", [MAX_PICTURE, MAX_PICTURE + 1, 5 * MEGABYTE])
async def test_a_large_file_that_is_no_text_is_described(connect: Connect, upstream: Serving, size: int) -> None:
    async with connect() as client:
        for start, kind in ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\x7fELF\x00", "application/x-elf")):
            first = await answered(client, upstream, "files_get", Reply(200, start.ljust(size, b"\xfe"), {"content-type": kind}))
            assert (first["result"]["binary"], first["result"]["bytes"]) == (kind, size)
            assert ("too large" in str(first.get("notes"))) == (kind == "image/png" and size > MAX_PICTURE)
