"""Shows the main job: a real MCP client, the real server over stdio, and a small recording API on this machine.

Prints every tool call and every HTTP request that left; exits with 1 if a step does not do what it should.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client

from .upstream import Upstream, on_loopback

TOKEN = "hdy_an-example-token"  # noqa: S105 - of the stand-in, not of Hoody


class Tour:
    """Calls tools and tells what happens."""

    def __init__(self, client: Client, upstream: Upstream) -> None:
        self._client = client
        self._upstream = upstream

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; print the call, the requests that it caused, and its result."""
        before = len(self._upstream.sent)
        say(f"\n→ {tool} {json.dumps(arguments)}")
        result = await self._client.call_tool(tool, arguments)
        for sent in self._upstream.sent[before:]:
            body = f"  {sent.body.decode()}" if sent.body else ""
            token = "with the token" if sent.headers.get("authorization") else "without token"
            say(f"    HTTP {sent.method} {sent.path} ({token}){body}")
        found: dict[str, Any] = result.structured_content or {}
        say(f"← {json.dumps(found, indent=2, ensure_ascii=False)}")
        return found


def say(text: str) -> None:
    """Print a line of the tour."""
    sys.stdout.write(f"{text}\n")


def expect(what: str, *, holds: bool) -> None:
    """End the tour if something is not as it should be."""
    say(f"  {'ok' if holds else 'NOT AS EXPECTED'}: {what}")
    if not holds:
        sys.exit(1)


async def main() -> None:
    """Create a project, find it, ask to delete it, see the preview, confirm."""
    upstream = Upstream()
    with on_loopback(upstream) as settings:
        server = StdioServerParameters(command=sys.executable, args=["-m", "hoody_mcp"], env={**settings, "HOODY_TOKEN": TOKEN})
        async with Client(stdio_client(server)) as client:
            await walk(client, upstream)


async def walk(client: Client, upstream: Upstream) -> None:
    """Go through the steps."""
    tools = (await client.list_tools()).tools
    say(f"The server lists {len(tools)} tools: {', '.join(tool.name for tool in tools)}")
    tour = Tour(client, upstream)
    made = (await tour.call("projects_create", alias="client-acme"))["result"]
    expect("the project has an id", holds=bool(made["id"]))
    listed = await tour.call("projects_list")
    expect("the list holds the project", holds=[project["alias"] for project in listed["items"]] == ["client-acme"])
    preview = await tour.call("projects_delete", project_id=made["id"])
    expect("nothing was deleted, and the preview names the project", holds="client-acme" in json.dumps(preview) and bool(upstream.projects))
    await tour.call("projects_delete", project_id=made["id"], confirm=preview["confirm"])
    expect("the code let the same call through", holds=not upstream.projects)
    await tour.call("projects_delete", project_id=made["id"], confirm=preview["confirm"])
    deletions = [sent for sent in upstream.sent if sent.method == "DELETE"]
    expect("the code was good once", holds=len(deletions) == 1)


if __name__ == "__main__":
    logging.disable()  # the SDK's client remarks on tools that are called without being listed
    anyio.run(main)
