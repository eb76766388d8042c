"""What a task is, and how its script is played: against a sandbox of its own, on a clock that does not wait."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mcp import Client

from hoody_mcp.jsons import Json, as_array, as_object
from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.run import in_process
from hoody_mcp.sandbox.state import Container, World
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings
from tests.calls import carried_out, text_of
from tests.fast_loop import FastLoop

NAMES_A_TOOL = frozenset({"hoody_describe", "hoody_read", "hoody_write", "hoody_execute", "hoody_destroy", "hoody_wait"})
UNTIL_AWAKE = 5.0  # seconds from making a container until its services answer


@dataclass(frozen=True)
class Composed:
    """A text that the model puts together itself, out of these words of the task."""

    text: str
    out_of: tuple[str, ...]


@dataclass(frozen=True)
class Out:
    """A value out of the result of an earlier call, or its first word."""

    call: int
    path: str
    first_word: bool = False

    def value(self, answers: list[Json]) -> Any:
        found = value_at(answers[self.call], self.path)
        return found.split()[0] if self.first_word else found


@dataclass(frozen=True)
class Call:
    """One call of a script."""

    tool: str
    arguments: Json


def composed(text: str, *out_of: str) -> Any:
    return Composed(text, out_of)


def out(call: int, path: str, *, first_word: bool = False) -> Any:
    return Out(call, path, first_word)


def call(tool: str, /, **arguments: Any) -> Call:
    return Call(tool, arguments)


def through(tool: str, name: str, /, **arguments: Any) -> Call:
    """Call another tool through one of the server's own."""
    return Call(tool, {"name": name} | ({"arguments": arguments} if arguments else {}))


@dataclass
class Stage:
    """The world of one task, in the hands of somebody who knows Hoody; what the script was answered stands beside it."""

    world: World
    user: Client
    answers: list[Json] = field(default_factory=list[Json])

    async def do(self, tool: str, /, **arguments: Any) -> Json:
        """Call a tool by its own name, and confirm it if it asks for that."""
        result = await carried_out(self.user, tool, arguments)
        assert not result.is_error, text_of(result)
        return result.structured_content or {}

    async def project(self, name: str, *machines: str) -> str:
        """Make a project and machines in it that run; gives its id."""
        made = await self.do("projects_create", alias=name)
        for machine in machines:
            await self.do("containers_create", project_id=made["result"]["id"], server_id=seed.SERVER, name=machine)
        await asyncio.sleep(UNTIL_AWAKE)
        return made["result"]["id"]

    async def run(self, machine: str, command: str) -> Json:
        """Run a command in a machine to its end."""
        return (await self.do("terminal_execute", container_id=machine, command=command, ephemeral=True))["result"]

    def box(self, name: str) -> Container | None:
        """Give a machine as the sandbox knows it."""
        return next((box for box in self.world.containers.values() if box.record["name"] == name), None)

    def status(self, name: str) -> str:
        box = self.box(name)
        return box.status if box else "absent"

    def text(self, machine: str, path: str) -> str:
        """Read a file, from the machine's disk itself."""
        box = self.box(machine)
        return ((box.files.get(path) if box else None) or b"").decode()

    def aliases(self, name: str) -> list[Json]:
        """Give the aliases of a name, each with the name of the machine that it leads to."""
        found = [alias for alias in self.world.aliases.values() if alias["alias"] == name]
        return [alias | {"machine": self.world.containers[alias["container_id"]].record["name"]} for alias in found]

    def home(self, machine: str) -> str:
        """Give the name of the project that a machine is in."""
        box = self.box(machine)
        return self.world.projects[box.record["project_id"]]["alias"] if box else "absent"

    def answer(self, path: str) -> Any:
        """Give a value out of the last answer; None before there is any."""
        return value_at(self.answers[-1], path) if self.answers else None


@dataclass(frozen=True, eq=False)
class Task:
    """What a user wants, the calls, the world before, and what is so afterwards (and was not before)."""

    name: str
    words: str
    calls: tuple[Call, ...]
    before: Callable[[Stage], Awaitable[object]]
    state: Callable[[Stage], Awaitable[Any]]
    wanted: Any


@dataclass(frozen=True)
class Step:
    """A call that was made, and what came back."""

    tool: str
    marked: Json  # its arguments, what was composed still marked as such
    answer: Json
    text: str

    @property
    def sent(self) -> Json:
        """Give the arguments as they were sent."""
        return plain(self.marked)

    @property
    def shown(self) -> str:
        """Name the tool, and the one that it was about."""
        about = self.marked.get("name") if self.tool in NAMES_A_TOOL else None
        return f"{self.tool} {about}" if about else self.tool


@dataclass(frozen=True)
class Played:
    """A task that was played to its end."""

    task: Task
    listed: Mapping[str, Json]  # what tools/list showed, by name
    steps: tuple[Step, ...]
    state_before: Any
    state: Any

    @property
    def tokens(self) -> int:
        """Count the tokens of all arguments and results."""
        return sum(tokens_of(compact(step.sent)) + tokens_of(step.text) for step in self.steps)


@cache
def play(task: Task) -> Played:
    """Play a task, once in a process."""
    loop = FastLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(loop.respecting_threads(_played(task)))


@asynccontextmanager
async def new_stage() -> AsyncGenerator[Stage]:
    """Make a world that goes by the event loop's clock."""
    beginning, clock = time.time(), asyncio.get_running_loop().time
    world = seed.make_world(clock=lambda: beginning + clock())
    async with _connected(world) as user:
        yield Stage(world, user)


async def _played(task: Task) -> Played:
    async with new_stage() as stage, _connected(stage.world) as model:
        await task.before(stage)
        state_before = await task.state(stage)
        listed = {tool.name: tool.model_dump(by_alias=True, mode="json") for tool in (await model.list_tools()).tools}
        steps: list[Step] = []
        for each in task.calls:
            marked = _filled(each.arguments, stage.answers)
            result = await model.call_tool(each.tool, plain(marked))
            assert not result.is_error, f"{each.tool}: {text_of(result)}"
            stage.answers.append(result.structured_content or {})
            steps.append(Step(each.tool, marked, stage.answers[-1], text_of(result)))
        return Played(task, listed, tuple(steps), state_before, await task.state(stage))


def _connected(world: World) -> Client:
    """Connect to a server of one's own before a world: the default list, and money may be spent after a confirmation."""
    settings, _ = in_process(Settings.load(sandbox=True, spend="confirm", audit_log=os.devnull))
    return Client(create_server(settings, Transport(Sandbox(world).app)))


def _filled(arguments: Json, answers: list[Json]) -> Json:
    """Put values in the place of those that come out of results."""
    return replaced(arguments, lambda value: value.value(answers) if isinstance(value, Out) else value)


def plain(arguments: Json) -> Json:
    """Give arguments without any marks."""
    return replaced(arguments, lambda value: value.text if isinstance(value, Composed) else value)


def replaced(value: Any, replace: Callable[[Any], Any]) -> Any:
    """Replace everything in a value that is neither an object nor a list."""
    members, items = as_object(value), as_array(value)
    if members is not None:
        return {name: replaced(member, replace) for name, member in members.items()}
    return replace(value) if items is None else [replaced(item, replace) for item in items]


def value_at(value: Any, path: str) -> Any:
    """Follow a dotted path through objects and lists; `KeyError` or `IndexError` where it leads nowhere."""
    for name in path.split("."):
        items = as_array(value)
        value = value[name] if items is None else items[int(name)]
    return value


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def tokens_of(text: str) -> int:
    """Count as `hoody-mcp tools --tokens` does."""
    return len(_encoding().encode(text))


@cache
def _encoding() -> Any:
    import bpe_openai  # noqa: PLC0415 - only the table needs it  # pyright: ignore[reportMissingTypeStubs]

    return bpe_openai.get_encoding("o200k_base")
