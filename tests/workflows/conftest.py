"""A sandbox as a process of its own, and clients that reach it through servers over stdio."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import TextContent

LONGEST_WAIT = 40.0  # seconds until something has become what it should
LOOK_EVERY = 0.3

OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("HOODY_")} | {"NO_PROXY": "*"}


class CallFailed(AssertionError):
    """A tool answered with an error."""


@dataclass
class User:
    """Someone who works through a server: `await user("projects_list")` gives a result's object."""

    client: Client

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        if result.is_error:
            raise CallFailed(f"{tool}: {_text(result.content[0])}")
        return result.structured_content or {}

    async def result(self, tool: str, **arguments: Any) -> Any:
        return (await self(tool, **arguments))["result"]

    async def items(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        return (await self(tool, **arguments))["items"]

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Give the text of the error that a call must end with."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.structured_content
        return _text(result.content[0])

    async def confirmed(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call what destroys: first the preview, then with its code."""
        preview = await self(tool, **arguments)
        assert preview["done"] is False
        return await self(tool, **arguments, confirm=preview["confirm"])

    async def until(self, field: str, wanted: Any, tool: str, **arguments: Any) -> list[Any]:
        """Poll until a field of the result is what is wanted; gives every value that it had."""
        seen: list[Any] = []
        with anyio.fail_after(LONGEST_WAIT):
            while not seen or seen[-1] != wanted:
                found = (await self.result(tool, **arguments))[field]
                seen += [found] if not seen or seen[-1] != found else []
                await anyio.sleep(LOOK_EVERY)
        return seen

    async def machine(self, project_id: str, name: str, **more: Any) -> str:
        """Create a container on the rented server and wait until it runs; gives its id."""
        server = (await self.items("rentals_list"))[0]["server_id"]
        made = await self.result("containers_create", project_id=project_id, server_id=server, name=name, **more)
        assert made["status"] == "creating"
        await self.until("status", "running", "containers_get", container_id=made["id"])
        return made["id"]

    async def run(self, container_id: str, command: str) -> dict[str, Any]:
        """Run a command to its end."""
        return await self.result("terminal_execute", container_id=container_id, command=command, ephemeral=True)

    async def output(self, container_id: str, command: str) -> str:
        return (await self.run(container_id, command))["stdout"].strip()


def _text(block: object) -> str:
    return block.text if isinstance(block, TextContent) else ""


Login = Callable[..., AbstractAsyncContextManager[User]]


@pytest.fixture(scope="module")
def hoody() -> Generator[dict[str, str]]:
    """Give the settings that lead to a sandbox process."""
    with subprocess.Popen(
        [sys.executable, "-m", "hoody_mcp", "sandbox", "--port", "0"], stdout=subprocess.PIPE, env=OUTSIDE, text=True
    ) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        yield dict(re.findall(r"export (\w+)='(.*)'", "".join(lines)))
        process.terminate()
        process.wait(10)  # also with requests under way


@pytest.fixture
def login(hoody: dict[str, str]) -> Login:
    """Connect to a server process of one's own: `async with login(HOODY_TOKEN=…) as user`."""

    @asynccontextmanager
    async def connected(**settings: str) -> AsyncGenerator[User]:
        server = StdioServerParameters(command=sys.executable, args=["-m", "hoody_mcp"], env={**OUTSIDE, **hoody, **settings})
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123 - the audit lines of the server
            async with Client(stdio_client(server, errlog=nowhere)) as client:
                yield User(client)

    return connected
