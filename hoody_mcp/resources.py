"""Resources: the account and its things, the tools, and what one must know of the platform, under `hoody://`.

What is read from Hoody is read by the very operations that the tools are, through the same steps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files

import mcp_types as types
from mcp import UriTemplate
from mcp.shared.exceptions import MCPError

from .clean import each_text, whole_characters
from .connection import time_limit
from .engine import Engine
from .errors import HoodyError
from .jsons import Json, as_object, at
from .listing import described
from .lists import PAGE_SIZE
from .result import ORIGIN

TOPICS = tuple(sorted(file.name.removesuffix(".md") for file in files("hoody_mcp").joinpath("concepts").iterdir()))
SECONDS = 45.0  # that a resource may take in all
JSON, MARKDOWN, TEXT = "application/json", "text/markdown", "text/plain"
CAREFUL = "Whoever knows one of these addresses can use it, unless the container's proxy permissions forbid it."

# URI → title, what it shows, and the reading tools that it is made of, each with the arguments it gets.
THINGS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "hoody://account": ("Account", "Whose token this server uses, and what it may do.", ("auth_tokens_get_current",)),
    "hoody://projects": ("Projects", "All projects.", ("projects_list",)),
    "hoody://projects/{project_id}": ("Project", "One project and its containers.", ("projects_get", "containers_list_by_project")),
    "hoody://containers": ("Containers", "All containers.", ("containers_list",)),
    "hoody://containers/{container_id}": ("Container", "One container, with its addresses.", ("containers_get",)),
}
CATALOGUE: Mapping[str, tuple[str, str]] = {
    "hoody://operations": ("Tools", "Every tool by toolset."),
    "hoody://operations/{tool}": ("Tool", "One tool with all its arguments."),
    "hoody://results/{id}": ("Kept result", "A result that was too large to be shown, for ten minutes."),
}


def listed(engine: Engine) -> types.ListResourcesResult:
    """Give every resource that needs no id and that the scope allows."""
    fixed = [_resource(uri, *told, JSON) for uri, told in _allowed(engine).items() if "{" not in uri]
    topics = [_resource(f"hoody://concepts/{topic}", f"Hoody: {topic}", _first_line(topic), MARKDOWN) for topic in TOPICS]
    return types.ListResourcesResult(resources=[*fixed, *topics])


def templates(engine: Engine) -> types.ListResourceTemplatesResult:
    """Give every template that the scope allows."""
    facts = _allowed(engine) | {"hoody://concepts/{topic}": ("Hoody", "A concept.")}
    shown = [
        types.ResourceTemplate(uri_template=uri, name=uri.rpartition("{")[2].rstrip("}"), title=title, description=text)
        for uri, (title, text) in facts.items()
        if "{" in uri
    ]
    return types.ListResourceTemplatesResult(resource_templates=shown)


def _allowed(engine: Engine) -> dict[str, tuple[str, str]]:
    things = {uri: (title, text) for uri, (title, text, tools) in THINGS.items() if all(map(engine.allows, tools))}
    return things | dict(CATALOGUE)


async def read(engine: Engine, uri: str) -> types.ReadResourceResult:
    """Give what stands under a URI; `MCPError` if there is nothing, or if it cannot be read."""
    for template in (*THINGS, *READERS):
        found = UriTemplate.parse(template).match(uri)
        if found is not None:
            values = {name: str(value) for name, value in found.items()}
            with engine.settings.same_token(), time_limit(SECONDS):
                text = await _text(engine, template, values) if all(values.values()) else None
            if text is not None:
                return _contents(uri, text)
    raise MCPError(types.INVALID_PARAMS, "There is no such resource (any more).", {"uri": uri[:200]})


async def _text(engine: Engine, template: str, values: Mapping[str, str]) -> str | None:
    return await _thing(engine, template, values) if template in THINGS else READERS[template](engine, values)


async def _thing(engine: Engine, template: str, values: Mapping[str, str]) -> str:
    parts = [await _payload(engine, tool, values) for tool in THINGS[template][2]]
    if "container_id" in values:
        parts.append(await _addresses(engine, parts[0]["target"]["container"]["id"]))
    notes = [note for part in parts for note in part.pop("notes", [])]
    shown: Json = {}
    for part in parts:
        shown |= {name: value for name, value in part.items() if name not in shown}  # of two results the first counts
    return _as_text(shown | ({"notes": notes} if notes else {}))


async def _addresses(engine: Engine, container_id: str) -> Json:
    try:
        return {"addresses": await engine.client.addresses(container_id), "notes": [CAREFUL]}
    except HoodyError as error:  # it has no services, or is still being made
        return {"addresses": {}, "notes": [str(error)]}


def _tools(engine: Engine, _: Mapping[str, str]) -> str:
    return _as_text({toolset: [entry.name for entry in engine.search.find(toolset=toolset)] for toolset in engine.catalog.toolsets})


def _tool(engine: Engine, values: Mapping[str, str]) -> str | None:
    entry = engine.catalog.own.get(values["tool"]) or engine.catalog.entries.get(values["tool"])
    return _as_text(described(entry, engine.settings)) if entry else None


def _kept(engine: Engine, values: Mapping[str, str]) -> str | None:
    text = engine.kept.find(values["id"], engine.settings.caller())
    if text is None:
        return None
    return f"{ORIGIN}\n\n{whole_characters(text.text)}" if text.foreign else whole_characters(text.text)


def _concept(_: Engine, values: Mapping[str, str]) -> str | None:
    return _topic(values["topic"]) if values["topic"] in TOPICS else None


READERS: Mapping[str, Callable[[Engine, Mapping[str, str]], str | None]] = {
    "hoody://operations": _tools,
    "hoody://operations/{tool}": _tool,
    "hoody://results/{id}": _kept,
    "hoody://concepts/{topic}": _concept,
}


async def _payload(engine: Engine, tool: str, values: Mapping[str, str]) -> Json:
    entry = engine.catalog[tool]
    properties = entry.definition["inputSchema"]["properties"]
    given: Json = {name: value for name, value in values.items() if name in properties}
    result = await engine.operation(entry, given | ({"limit": PAGE_SIZE} if "limit" in properties else {}))
    if result.is_error:
        said = "".join(block.text for block in result.content if isinstance(block, types.TextContent))
        raise MCPError(types.INTERNAL_ERROR, said)
    shown = as_object(result.structured_content) or {}
    more = [f"There are more: {tool} takes what stands under page.next."] if at(shown, "page.next") else []
    return shown | ({"notes": [*shown.get("notes", []), *more]} if more else {})


def _topic(topic: str) -> str:
    return files("hoody_mcp").joinpath("concepts", f"{topic}.md").read_text(encoding="utf-8")


def _first_line(topic: str) -> str:
    return _topic(topic).partition("\n")[0].lstrip("# ")


def _resource(uri: str, title: str, description: str, kind: str) -> types.Resource:
    return types.Resource(uri=uri, name=uri.removeprefix("hoody://"), title=title, description=description, mime_type=kind)


def _as_text(shown: Json) -> str:
    return json.dumps(each_text(shown, whole_characters), ensure_ascii=False, indent=1)


def _contents(uri: str, text: str) -> types.ReadResourceResult:
    kind = MARKDOWN if uri.startswith("hoody://concepts/") else TEXT if uri.startswith("hoody://results/") else JSON
    return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=kind, text=text)])
