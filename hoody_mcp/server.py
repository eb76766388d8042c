"""Wires the steps of a call into the MCP SDK; no logic of its own.

tools/call → catalog → arguments → gate → request → client → result
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import anyio.to_thread
import httpx2
import mcp_types as types
from mcp.server import CacheHint, Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import methods
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from . import __version__
from .answers import Answer
from .arguments import Call, parse
from .audit import Audit
from .catalog import Catalog, Entry, check_names
from .clean import Redactor
from .client import Client
from .connection import time_limit
from .errors import MAY_HAVE_HAPPENED, HoodyError, UnexpectedAnswer, UnknownTool
from .gate import Gate
from .hosts import api_url
from .logs import LOGGER
from .operation import Operation
from .request import build
from .result import BYTES, error_result, render, tool_result, unwrapped
from .settings import Settings

NAME, TITLE = "hoody-mcp", "Hoody"
INSTRUCTIONS = files("hoody_mcp").joinpath("instructions.md")
SANDBOX = "This is a SANDBOX: a stand-in on the user's own machine, empty at each start. Nothing in it is real.\n\n"
LARGE = 256 * 1024  # bytes of an answer that are worked on beside the event loop
BESIDE = 3.0  # seconds of a call beside the wait for its own answer: looks before it, waits for other calls; clients give up after 60
LIST_LIFETIME_MS = 3_600_000


class Engine:
    """Carries out tool calls."""

    def __init__(self, settings: Settings, catalog: Catalog, client: Client, audit: Audit) -> None:
        """Connect the steps."""
        self._settings = settings
        self._catalog = catalog
        self._client = client
        self._gate = Gate(settings, self.read, audit)

    async def call(self, name: str, arguments: Mapping[str, Any] | None) -> types.CallToolResult:
        """Carry out one call; what the caller can mend comes back as an error result. `UnknownTool` if there is no such tool."""
        entry = self._catalog[name]
        try:
            call = parse(entry, arguments)
        except HoodyError as error:
            return error_result(str(error), Redactor(self._settings.credentials()))
        try:
            with time_limit(call.operation.about.seconds + BESIDE):
                return await self._carried_out(call, Redactor(self._settings.credentials()))
        except HoodyError as error:
            return error_result(told(error, entry), Redactor([*self._settings.credentials(), *call.secrets]))

    async def _carried_out(self, call: Call, redact: Redactor) -> types.CallToolResult:
        preview = await self._gate.permit(call)
        if preview is not None:
            return tool_result(preview.shown(), redact)
        answer = await self._client.send(build(call), wants_json=call.operation.about.answer not in BYTES)
        return await self._rendered(call, answer, redact)

    async def read(self, operation: Operation) -> Any:
        """Carry out a read of the gate and give its payload."""
        answer = await self._client.send(build(Call(operation)))
        try:
            return unwrapped(answer)
        except ValueError:
            raise UnexpectedAnswer("The answer is not JSON.") from None

    async def _rendered(self, call: Call, answer: Answer, redact: Redactor) -> types.CallToolResult:
        realm = self._client.realm or None
        if len(answer.content) < LARGE:
            return render(call, answer, redact, realm)
        return await anyio.to_thread.run_sync(render, call, answer, redact, realm)


def told(error: HoodyError, entry: Entry) -> str:
    """Word an error for the model; where a call may have taken effect, name the tool that shows it."""
    shown_by = entry.meta.get("shown_by")
    where = f" {shown_by} shows it." if shown_by and MAY_HAVE_HAPPENED in str(error) else ""
    return f"{error}{where}"


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
    tools = [types.Tool.model_validate(definition) for definition in catalog.listed(settings)]

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
    )
    server.middleware.append(FastList(server, tools))
    return server


def _schema(catalog: Catalog, name: str) -> Mapping[str, Any] | None:
    entry = catalog.entries.get(name)
    return entry.definition["inputSchema"] if entry else None


async def _list_tools(_: ServerRequestContext[Engine, Any], __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    raise NotImplementedError("FastList answers tools/list; the SDK wants a handler to announce tools")


async def _call_tool(ctx: ServerRequestContext[Engine, Any], params: types.CallToolRequestParams) -> types.CallToolResult:
    """Keep every unforeseen error from the client: the SDK would show it as it stands."""
    try:
        return await ctx.lifespan_context.call(params.name, params.arguments)
    except UnknownTool as error:
        raise MCPError(types.INVALID_PARAMS, str(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the client gets a sentence and the log a place
        reference = secrets.token_hex(4)
        LOGGER.error(
            "%s: %s in %s [%s]", params.name if params.name.isidentifier() else "?", type(error).__name__, _place(error), reference
        )
        return error_result(f"The server has a fault of its own (reference {reference} in its log). Nothing more is known.", Redactor(()))


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
