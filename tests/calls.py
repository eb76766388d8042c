"""Arguments for any tool, made from its schema: one valid example, and strategies for many."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from hypothesis import strategies as st
from mcp import Client
from mcp_types import CallToolResult, TextContent

from hoody_mcp.catalog import Catalog, Entry
from hoody_mcp.operation import Place, argument_name, id_kind
from hoody_mcp.schema import is_gated

from .upstream import CONTAINER, OTHER, PROJECT, Sent

T = TypeVar("T")
CATALOG = Catalog.load()
ENTRIES = list(CATALOG.entries.values())
OWN = list(CATALOG.own)  # the server's own tools, which are listed beside all others
OWN_READS = [entry.name for entry in CATALOG.own.values() if entry.reads]
GATED = [entry for entry in ENTRIES if is_gated(entry.operation)]
ENGINE = {"confirm", "overwrite", "clear_fields", "reveal", "select"}
KNOWN = {"container": CONTAINER, "project": PROJECT, "snapshot": "snap0", "permission": "d" * 24, "hook": "0" * 26}
FITTING = ("a" * 24, "abc", "f" * 64, "onboarding_x", "0" * 26, "123456", "10.00", "192.0.2.0/24", "a@b.example")  # for patterns: the first
NAMED = {"key": "KEY", "operation": "stop", "service": "abc"}  # what the stand-in for Hoody knows


def names(entries: list[Entry]) -> list[str]:
    return [entry.name for entry in entries]


def turn(entry: Entry, *choices: T, number: int = 2) -> list[T]:
    """Give a tool its turn of many cases, so that all tools together meet all of them."""
    start = ENTRIES.index(entry)
    return [choices[(start + step) % len(choices)] for step in range(min(number, len(choices)))]


def example(entry: Entry, *, everything: bool = False) -> dict[str, Any]:
    """Valid arguments: the required ones, or all that can be given together."""
    properties = entry.definition["inputSchema"]["properties"]
    wanted = [name for name in properties if name not in ENGINE] if everything else entry.required
    values = {name: _value(entry, name, properties[name]) for name in wanted}
    return _with_content(entry, _one_branch(entry, values))


def _value(entry: Entry, name: str, schema: dict[str, Any]) -> Any:
    fields = {argument_name(field): info for field, info in entry.operation.model_fields.items()}
    kind = id_kind(fields[name])
    if name in NAMED and not kind:
        return NAMED[name]
    return KNOWN.get(kind, OTHER) if kind else plain(schema)


def plain(schema: dict[str, Any]) -> Any:
    """Give one value that a schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [plain(schema["items"])]
    if "pattern" in schema:
        return next(text for text in FITTING if re.search(schema["pattern"], text))
    if schema["type"] == "object":
        return _members(schema)
    number, text = schema.get("minimum", 1), "text".ljust(schema.get("minLength", 0), "-")
    return {"integer": number, "number": number, "boolean": True, "string": text}[schema["type"]]


def _members(schema: dict[str, Any]) -> dict[str, Any]:
    if "properties" in schema:
        return {name: plain(schema["properties"][name]) for name in schema.get("required", ())}
    return {"name": plain(schema["additionalProperties"]) if schema.get("additionalProperties") else "value"}


def _one_branch(entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
    """Keep the first of several branches that exclude each other."""
    first, *further = entry.operation.about.branches or ((),)
    others = {name for branch in further for name in branch} - set(first)
    return {name: value for name, value in values.items() if name not in others}


def _with_content(entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
    """Give exactly one of the arguments that are the body."""
    raw = list(entry.operation.placed(Place.RAW))
    kept = {name: value for name, value in values.items() if name not in raw}
    return kept | ({raw[0]: "content"} if raw else {})


def values_for(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows."""
    choices: list[str] = schema.get("enum", [])
    if choices:
        return st.sampled_from(choices)
    low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31)
    by_type: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "integer": lambda: st.integers(low, high),
        "number": lambda: st.floats(low, high, allow_nan=False, allow_infinity=False),
        "boolean": st.booleans,
        "array": lambda: st.lists(values_for(schema["items"]), max_size=min(schema.get("maxItems", 4), 4)),
        "object": lambda: _objects(schema),
        "string": lambda: _strings(schema),
    }
    return by_type[schema["type"]]()


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" in schema:
        members = {name: values_for(member) for name, member in schema["properties"].items()}
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: member for name, member in members.items() if name in needed},
            optional={name: member for name, member in members.items() if name not in needed},
        )
    member = schema.get("additionalProperties")
    return st.dictionaries(texts(1, 8), values_for(member) if member else texts(0, 8), max_size=3)


def _strings(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    pattern: str = schema.get("pattern", "")
    if pattern:
        return st.from_regex(pattern, fullmatch=True)
    return texts(schema.get("minLength", 0), schema.get("maxLength", 60))


def texts(low: int, high: int) -> st.SearchStrategy[str]:
    """Free text, with what breaks URLs among it."""
    nasty = st.sampled_from([".", "..", "/", "?", "#", "%2F", "%", "&", "=", "\n", "é", "漢", "\\", ";", "../..", "api", "stat"])
    plain = st.text(string.printable + "é漢😀", min_size=low, max_size=high)
    return st.one_of(plain, st.lists(nasty, min_size=1, max_size=6).map("".join)).filter(lambda text: low <= len(text) <= high)


def arguments_for(entry: Entry) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments that fit a tool's schema one by one."""
    properties = {name: schema for name, schema in entry.definition["inputSchema"]["properties"].items() if name not in ENGINE}
    needed = {name: values_for(schema) for name, schema in properties.items() if name in entry.required}
    other = {name: values_for(schema) for name, schema in properties.items() if name not in entry.required}
    return st.fixed_dictionaries(needed, optional=other)


def is_own_of(entry: Entry) -> Callable[[Sent], bool]:
    """Tell a tool's own requests, by host, verb and path, from previews and look-ups."""
    about = entry.operation.about
    segments = entry.operation.placed(Place.SEGMENTS)
    literals = re.split(r"\{(\w+)\}", about.route.path.partition("?")[0])
    holes = [".+" if hole in segments else "[^/]+" for hole in literals[1::2]]
    path = "".join(re.escape(literal) + hole for literal, hole in zip(literals[::2], [*holes, ""], strict=True))
    verbs, in_kit = {about.route.method, about.also}, about.namespace != "api"
    return lambda sent: (".containers." in sent.host) == in_kit and sent.method in verbs and re.fullmatch(path, sent.path) is not None


async def carried_out(client: Client, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
    """Call a tool, and again with the code of its preview if it gives one."""
    result = await client.call_tool(tool, dict(arguments))
    shown: dict[str, Any] = result.structured_content or {}
    code = shown.get("confirm")
    return await client.call_tool(tool, {**arguments, "confirm": code}) if code else result


def text_of(result: CallToolResult) -> str:
    return "".join(block.text for block in result.content if isinstance(block, TextContent))
