"""Wires the engine into the MCP SDK; no logic of its own."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from typing import Any

import httpx2
import mcp_types as types
from mcp.server import CacheHint, Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import methods
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from . import __version__, completion, prompting, resources
from .audit import Audit
from .catalog import Catalog
from .clean import Redactor
from .client import Client
from .engine import Engine
from .errors import HoodyError, UnknownTool
from .hosts import api_url
from .listing import check_names, listed
from .logs import LOGGER
from .result import error_result
from .settings import Settings

NAME, TITLE = "hoody-mcp", "Hoody"
INSTRUCTIONS = files("hoody_mcp").joinpath("instructions.md")
SANDBOX = "This is a SANDBOX: a stand-in on the user's own machine, empty at each start. Nothing in it is real.\n\n"
LIST_LIFETIME_MS = 3_600_000


class FastList:
    """Answers tools/list from definitions that were validated once; the SDK would validate them again for every list."""

    def __init__(self, server: Server[Any], tools: list[types.Tool]) -> None:
        """Prepare the answer of each protocol era."""
        listed = types.ListToolsResult(tools=tools, ttl_ms=LIST_LIFETIME_MS, cache_scope="public")
        wire = listed.model_dump(by_alias=True, mode="json", exclude_none=True)
        modern = methods.serialize_server_result("tools/list", MODERN_PROTOCOL_VERSIONS[0], wire)
        self._modern = {**modern, "_meta": {types.SERVER_INFO_META_KEY: server.server_info_stamp}}
        self._legacy = methods.serialize_server_result("tools/list", "2025-11-25", wire)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer tools/list, pass on everything else."""
        if ctx.method != "tools/list":
            return await call_next(ctx)
        if ctx.params and ctx.params.get("cursor"):
            raise MCPError(types.INVALID_PARAMS, "tools/list has one page; there is no cursor to follow")
        return self._modern if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS else self._legacy


def create_server(settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> Server[Engine]:
    """Make the server; in tests, with a transport in place of the network. `SettingsError` if settings do not go together."""
    if settings.sandbox and transport is None:
        from .sandbox.run import in_process  # noqa: PLC0415 - only a sandbox needs it: the server starts faster

        settings, transport = in_process(settings)
    catalog, audit = Catalog.load(), Audit(settings)
    check_names(settings, catalog)
    api_url(settings)
    tools = [types.Tool.model_validate(definition) for definition in listed(catalog, settings)]

    @asynccontextmanager
    async def lifespan(_: Server[Engine]) -> AsyncGenerator[Engine]:
        async with Client(settings, transport) as client:
            yield Engine(settings, catalog, client, audit)

    server = Server(
        NAME,
        title=f"{TITLE} (sandbox)" if settings.sandbox else TITLE,
        version=__version__,
        instructions=(SANDBOX if settings.sandbox else "") + INSTRUCTIONS.read_text(encoding="utf-8"),
        lifespan=lifespan,
        get_tool_input_schema=lambda name: _schema(catalog, name),
        cache_hints={"tools/list": CacheHint(ttl_ms=LIST_LIFETIME_MS, scope="public")},
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
        on_list_resources=_list_resources,
        on_list_resource_templates=_list_templates,
        on_read_resource=_read_resource,
        on_list_prompts=_list_prompts,
        on_get_prompt=_get_prompt,
        on_completion=_complete,
    )
    server.middleware.append(FastList(server, tools))
    return server


def _schema(catalog: Catalog, name: str) -> Mapping[str, Any] | None:
    entry = catalog.entries.get(name) or catalog.own.get(name)
    return entry.definition["inputSchema"] if entry else None


async def _list_tools(_: ServerRequestContext[Engine, Any], __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    raise NotImplementedError("FastList answers tools/list; the SDK wants a handler to announce tools")


async def _list_resources(ctx: ServerRequestContext[Engine, Any], _: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    return resources.listed(ctx.lifespan_context)


async def _list_templates(
    ctx: ServerRequestContext[Engine, Any], _: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    return resources.templates(ctx.lifespan_context)


async def _read_resource(ctx: ServerRequestContext[Engine, Any], params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    with unforeseen("resources/read"):
        return await resources.read(ctx.lifespan_context, str(params.uri))


async def _list_prompts(_: ServerRequestContext[Engine, Any], __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    return prompting.listed()


async def _get_prompt(_: ServerRequestContext[Engine, Any], params: types.GetPromptRequestParams) -> types.GetPromptResult:
    return prompting.filled(params.name, params.arguments or {})


async def _complete(ctx: ServerRequestContext[Engine, Any], params: types.CompleteRequestParams) -> types.CompleteResult:
    with unforeseen("completion/complete"):
        return await completion.completed(ctx.lifespan_context, params)


async def _call_tool(ctx: ServerRequestContext[Engine, Any], params: types.CallToolRequestParams) -> types.CallToolResult:
    try:
        with unforeseen(params.name):
            return await ctx.lifespan_context.call(params.name, params.arguments, ctx.session.report_progress)
    except UnknownTool as error:
        raise MCPError(types.INVALID_PARAMS, str(error)) from None
    except OwnFault as error:
        return error_result(str(error), Redactor(()))


@contextmanager
def unforeseen(what: str) -> Generator[None]:
    """Keep every unforeseen error from the client, which the SDK would show as it stands: `OwnFault` says where to look."""
    try:
        yield
    except (MCPError, HoodyError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the client gets a sentence and the log a place
        reference = secrets.token_hex(4)
        named = what if re.fullmatch(r"[\w/]+", what) else "?"
        LOGGER.error("%s: %s in %s [%s]", named, type(error).__name__, _place(error), reference)
        raise OwnFault(f"The server has a fault of its own (reference {reference} in its log). Nothing more is known.") from None


class OwnFault(MCPError):
    """Something that should never happen has happened."""

    def __init__(self, text: str) -> None:
        """Tell it in words that say nothing of what went wrong."""
        super().__init__(types.INTERNAL_ERROR, text)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
