"""Two minutes that show what this is: a real MCP client, the real server as a process, and the sandbox instead of Hoody.

Every step prints what was asked and what came back, and ends the tour if it is not what it should be.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from typing import Any, TextIO

import anyio
from mcp import Client, StdioServerParameters, stdio_client
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax

from .clients import command, guides

PROJECT, PAGE = "client-acme", "<h1>It works</h1>\n"
PATH = "/home/user/index.html"
LONGEST_START = 60  # seconds that a container of the sandbox may take to run
LOOK_EVERY = 0.7  # seconds


class Unexpected(Exception):
    """A step did not do what it should."""


class Tour:
    """Calls tools of a connected server and tells what happens."""

    def __init__(self, client: Client, console: Console) -> None:
        """Take a connected client and where to print."""
        self._client = client
        self._console = console
        self._step = 0

    def step(self, title: str) -> None:
        """Begin a step."""
        self._step += 1
        self._console.print(f"\n[bold cyan]{self._step}. {title}[/]")

    def say(self, text: str) -> None:
        """Print a line of the present step."""
        self._console.print(f"   {text}", highlight=False)

    def check(self, what: str, *, holds: bool) -> None:
        """Tell that something is as it should be, or end the tour."""
        if not holds:
            raise Unexpected(what)
        self._console.print(f"   [green]✓[/] {what}", highlight=False)

    async def call(self, tool: str, *, quiet: bool = False, fails: bool = False, **arguments: Any) -> dict[str, Any]:
        """Call a tool and give its result; print the call unless `quiet`."""
        if not quiet:
            self._console.print(f"   → {tool} {json.dumps(arguments, ensure_ascii=False)}", style="dim", markup=False, highlight=False)
        result = await self._client.call_tool(tool, arguments)
        if result.is_error is not fails:
            raise Unexpected(f"{tool}: {result.content[0].text if result.content and result.content[0].type == 'text' else 'no text'}")
        return result.structured_content or {"error": getattr(result.content[0], "text", "")}


async def walk(tour: Tour, client: Client) -> None:
    """Go through the steps."""
    await look_around(tour, client)
    project, container = await make_a_machine(tour)
    await work_in_it(tour, container)
    await get_rid_of_it(tour, project)


async def look_around(tour: Tour, client: Client) -> None:
    """List the tools."""
    tour.step("List the tools, as your client does")
    listed = (await client.list_tools()).tools
    tour.say(", ".join(tool.name for tool in listed))
    tour.check(f"{len(listed)} tools are listed; all others can be called by name", holds=bool(listed))


async def make_a_machine(tour: Tour) -> tuple[str, str]:
    """Create a project and a container, and wait until it runs; gives both ids."""
    tour.step("Create a project")
    project = (await tour.call("projects_create", alias=PROJECT))["result"]
    tour.check(f"the project {project['alias']} has the id {project['id']}", holds=project["alias"] == PROJECT)
    tour.step("Create a container on the server that you have rented")
    server = (await tour.call("rentals_list"))["items"][0]
    made = (await tour.call("containers_create", project_id=project["id"], server_id=server["server_id"], name="web"))["result"]
    tour.check(f"it is being made: its status is {made['status']}", holds=made["status"] == "creating")
    tour.step("Watch it start")
    await running(tour, made["id"])
    return project["id"], made["id"]


async def running(tour: Tour, container: str) -> None:
    """Poll a container until it runs."""
    status = ""
    with anyio.move_on_after(LONGEST_START):
        while status != "running":
            found = (await tour.call("containers_get", quiet=bool(status), container_id=container))["result"]["status"]
            if found != status:
                tour.say(f"status: {found}")
            status = found
            await anyio.sleep(0 if status == "running" else LOOK_EVERY)
    tour.check("the container runs", holds=status == "running")


async def work_in_it(tour: Tour, container: str) -> None:
    """Run a command, write a file and read it again, take a snapshot."""
    tour.step("Run a command in it")
    ran = await tour.call("terminal_execute", container_id=container, command="hostname && echo It works", ephemeral=True)
    output = str(ran["result"].get("stdout", "")).strip()
    tour.say("\n   ".join(output.splitlines()))
    tour.check("the command ended with exit code 0", holds=ran["result"].get("exit_code") == 0 and "It works" in output)
    tour.step("Write a file and read it again")
    await tour.call("files_put", container_id=container, path=PATH, text=PAGE)
    read = (await tour.call("files_get", container_id=container, path=PATH))["result"]
    tour.check(f"{PATH} holds what was written, {read['bytes']} bytes", holds=read["text"] == PAGE)
    tour.step("Take a snapshot")
    await tour.call("snapshots_create", container_id=container, alias="before-the-next-change")
    listed = (await tour.call("snapshots_list", container_id=container))["items"]
    tour.check(f"snapshot {listed[0]['name']} is there", holds=len(listed) == 1)


async def get_rid_of_it(tour: Tour, project: str) -> None:
    """Ask to delete the project, see the refusal, confirm, see that it is gone."""
    tour.step("Ask to delete the project")
    preview = await tour.call("projects_delete", project_id=project)
    tour.say("Nothing was deleted. Instead there is a preview of what would be lost, and a code:")
    tour.say(json.dumps({name: preview[name] for name in preview if name != "next"}, indent=2, ensure_ascii=False).replace("\n", "\n   "))
    there = (await tour.call("projects_get", project_id=project))["result"]
    tour.check("the project is still there", holds=there["id"] == project and preview["done"] is False and bool(preview["confirm"]))
    tour.step("Ask again with an invented code")
    again = await tour.call("projects_delete", project_id=project, confirm="yes, I am sure")
    tour.check("refused: only the code of the preview counts", holds=again["done"] is False)
    tour.step("Confirm with the code of the preview")
    await tour.call("projects_delete", project_id=project, confirm=preview["confirm"])
    gone = await tour.call("projects_get", fails=True, project_id=project)
    tour.say(gone["error"])
    tour.check("the project is gone, and its container with it", holds="404" in gone["error"])


async def guided(console: Console, errors: TextIO) -> str:
    """Start the server, connect to it, and go through the steps; gives what was not as it should be, if anything."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("HOODY_")}
    server = StdioServerParameters(command=sys.executable, args=["-m", "hoody_mcp", "--sandbox"], env=outside)
    async with Client(stdio_client(server, errlog=errors)) as client:
        try:
            await walk(Tour(client, console), client)
        except Unexpected as fault:
            return str(fault)
    return ""


def show_configuration(console: Console) -> None:
    """Print what to enter into each client, for the sandbox and for the real Hoody."""
    for sandbox, title in ((True, "Try it in your client: the sandbox, no account needed"), (False, "Use it: your own Hoody account")):
        console.print(Panel(title, style="bold", expand=False))
        for guide in guides(command(), sandbox=sandbox):
            console.print(f"[bold]{guide.client}[/] ({guide.where})", highlight=False)
            if console.is_terminal:
                console.print(
                    Syntax(guide.text, "json" if guide.text.startswith("{") else "bash", background_color="default", word_wrap=False)
                )
            else:
                console.file.write(f"{guide.text}\n")
            console.print()
    console.print("Is everything right? hoody-mcp doctor examines token, settings and network.", highlight=False)


def main() -> int:
    """Make the tour and print the configuration; gives the exit code."""
    console = Console(soft_wrap=True)
    console.print(Panel("A tour of hoody-mcp. Nothing here is real: the sandbox stands in for Hoody.", style="bold", expand=False))
    logging.disable()  # the SDK's client remarks on tools that are called without being listed
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        try:
            fault = anyio.run(guided, console, errors)
        except Exception as error:  # noqa: BLE001 - whatever ends the server's process ends the tour
            fault = f"the server does not answer ({type(error).__name__})"
        if fault:
            console.print(f"\n[bold red]✗[/] {escape(fault)}", highlight=False)
            errors.seek(0)
            console.print(errors.read(), markup=False, highlight=False)
            return 1
    console.print()
    show_configuration(console)
    return 0
