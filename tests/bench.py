"""Times what the server adds, as ratios to a bare SDK server and a bare HTTP call; tokens of its lists; how well its search finds."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

import anyio
import httpx2
from mcp import Client, StdioServerParameters, stdio_client

from hoody_mcp.catalog import Catalog
from hoody_mcp.listing import listed
from hoody_mcp.report import token_report
from hoody_mcp.search import Search
from hoody_mcp.settings import Settings

from . import asks
from .upstream import CONTAINER, Upstream, on_loopback

STARTS, CALLS = 7, 300

BARE_SERVER = """
import anyio, mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
TOOL = types.Tool(name="one", description="The one tool.", input_schema={"type": "object", "properties": {}})
async def tools(ctx, params): return types.ListToolsResult(tools=[TOOL])
async def call(ctx, params): return types.CallToolResult(content=[types.TextContent(text="{}")])
server = Server("bare", version="1", on_list_tools=tools, on_call_tool=call)
async def main():
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
anyio.run(main)
"""


async def start_to_list(server: StdioServerParameters) -> float:
    """Seconds from starting the process to the first answer of tools/list."""
    begun = time.perf_counter()
    async with Client(stdio_client(server)) as client:
        await client.list_tools()
        return time.perf_counter() - begun


async def per_call(work: Callable[[], Awaitable[object]]) -> float:
    """Median seconds of one call, after a few to warm up."""
    times: list[float] = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begun)
    return median(times[20:])


async def starts(server: StdioServerParameters) -> float:
    """Median start time over several processes."""
    return median([await start_to_list(server) for _ in range(STARTS)])


async def main() -> None:
    """Measure and print."""
    lists()
    searches()
    upstream = Upstream()
    with on_loopback(upstream) as settings:
        environment = {**settings, "HOODY_TOKEN": "hdy_bench"}
        ours = StdioServerParameters(command=sys.executable, args=["-m", "hoody_mcp"], env=environment)
        everything = StdioServerParameters(command=sys.executable, args=["-m", "hoody_mcp", "--toolsets", "all"], env=environment)
        bare = StdioServerParameters(command=sys.executable, args=["-c", BARE_SERVER])
        bare_start = await starts(bare)
        report("start to first list, default tools", await starts(ours), bare_start, "a bare SDK server with one tool")
        report("start to first list, all tools", await starts(everything), bare_start, "a bare SDK server with one tool")
        async with Client(stdio_client(bare)) as client:
            bare_call = await per_call(lambda: client.call_tool("one", {}))
        async with httpx2.AsyncClient(trust_env=False) as http:
            url = f"{settings['HOODY_BASE_URL']}/api/v1/containers/{CONTAINER}"
            bare_http = await per_call(lambda: http.get(url))
        async with Client(stdio_client(ours)) as client:
            our_call = await per_call(lambda: client.call_tool("containers_get", {"container_id": CONTAINER}))
        report("one call, HTTP included", our_call, bare_http, "the bare httpx2 call")
        report("one call, HTTP included", our_call, bare_call + bare_http, "a bare SDK call and the bare httpx2 call together")
        added = our_call - bare_call - bare_http
        sys.stdout.write(f"added per call beyond SDK and HTTP: {added * 1000:.2f} ms\n")


def lists() -> None:
    """Print the tokens of the tool lists."""
    catalog = Catalog.load()
    for name in ("everyday", "all"):
        tools = listed(catalog, Settings.load(toolsets=name))
        sys.stdout.write(f"tools/list, {name}: {token_report(tools).splitlines()[-1]}\n")


def searches() -> None:
    """Print how many of the asks find a right tool, and how long that takes."""
    entries = list(Catalog.load().entries.values())
    begun = time.perf_counter()
    search = Search(entries)
    indexed = time.perf_counter() - begun
    for styles, whose in ((asks.MODELS, "words of models"), (asks.USERS, "words of users")):
        sys.stdout.write(f"search, {whose}: {asks.score(search, asks.load(styles=styles))}\n")
    times = [_seconds(lambda ask=ask: search.find(ask.q)) for ask in asks.load()]
    sys.stdout.write(
        f"search: index in {indexed * 1000:.0f} ms, one query {median(times) * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms\n"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def report(what: str, ours: float, bare: float, against: str) -> None:
    """Print one figure and its ratio."""
    sys.stdout.write(f"{what}: {ours * 1000:.1f} ms = {ours / bare:.2f} times {against} ({bare * 1000:.1f} ms)\n")


if __name__ == "__main__":
    anyio.run(main)
