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
from .upstream import CONTAINER, Reply, Sent, Upstream

MEGABYTE = 1_000_000
READING = [entry.name for entry in ENTRIES if entry.risk is Risk.READ]
PAGED = [tool for tool in READING if {"page", "offset"} & CATALOG[tool].operation.model_fields.keys() and CATALOG[tool].operation.about.items]
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


def rows(entry: Entry, many: int, size: int = 40) -> list[dict[str, str]]:
    """Make items of those fields that the tool shows."""
    names = entry.operation.about.columns or ("id", "name")
    return [{name: f"{name}-{number}".ljust(size, "x") for name in names} for number in range(many)]


def deep(inner: Any, levels: int) -> Any:
    for level in range(levels):
        inner = {f"level-{level}": inner} if level % 2 else [inner]
    return inner


def own(entry: Entry) -> Any:
    def is_own(sent: Sent) -> bool:
        return not entry.meta.get("kit") or not re.match(r"/api/v1/(containers|projects)/", sent.path)

    return is_own


async def answered(client: Client, upstream: Upstream, tool: str, reply: Reply) -> dict[str, Any]:
    """Call a tool that gets this answer, and give what it shows."""
    upstream.scripted.clear()
    upstream.script(reply, when=own(CATALOG[tool]))
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


async def everything(client: Client, first: dict[str, Any]) -> set[str]:
    """Give every text that a result shows, or that is reached by what it says about the rest."""
    if "kept" not in first:
        assert "…" not in json.dumps(first, ensure_ascii=False)
        return set(each_leaf(first))
    whole = await read_on(client, first["kept"])
    try:
        return set(each_leaf(json.loads(whole)))
    except ValueError:
        return {whole}


@pytest.mark.parametrize("tool", READING)
async def test_nothing_of_a_large_answer_is_lost(connect: Connect, upstream: Upstream, tool: str) -> None:
    entry = CATALOG[tool]
    content = entry.operation.about.answer in {"content", "printed"}
    answers = {
        "many": placed(entry, rows(entry, 400)),
        "many and more beside": placed(entry, rows(entry, 400), beside="more " * 2_000),
        "one that is large": placed(entry, rows(entry, 1, 60_000)),
        "one that is large and one more": placed(entry, [*rows(entry, 1, 60_000), *rows(entry, 2)[1:]]),
        "one text": {"stdout": "line of text " * 8_000, "exit_code": 0},
        "two texts": {"text": "a" * 30_000, "stdout": "b" * 30_000},
        "a short text called text": {"text": "short", "stdout": "b" * 30_000},
        "deep": deep({"x": "in the depth " * 3_000}, DEEP),
        "wide": {f"key-{number}": f"value-{number}" for number in range(3_000)},
    }
    async with connect() as client:
        for name, answer in answers.items():
            found = await everything(client, await answered(client, upstream, tool, wrapped(entry, answer)))
            expected = {json.dumps(answer)} if content and name != "many" else set(each_leaf(answer))
            if content:
                assert expected <= found or expected <= {each for text in found for each in each_leaf(json.loads(text))}, name
            else:
                assert expected <= found, name
