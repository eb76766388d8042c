"""Waiting with hoody_wait: until a state is at rest, never longer than a client's patience, and always with a way on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client

from hoody_mcp.fit import MAX_CHARACTERS
from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.run import in_process
from hoody_mcp.sandbox.state import World
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings
from hoody_mcp.waiting import LONGEST

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, Reply, Sent, Upstream

SETTLING = {entry.name: entry.operation.about.settles for entry in ENTRIES if entry.operation.about.settles}
PASSING = [(tool, state) for tool, rest in SETTLING.items() for state in rest.passing]
FAILED = [(tool, state) for tool, rest in SETTLING.items() for state in rest.failed]
AT_REST = [
    ("containers_get", "stopped"),
    ("containers_get", "running"),
    ("terminal_result", "completed"),
    ("reservations_get", "fulfilled"),
    ("wallet_crypto_intents_get", "completed"),
    ("wallet_stripe_intents_get", "completed"),
]
MODES = ["auto", "legacy"]
SLACK = 1.0  # seconds that the last look may take beyond


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def sandbox(mode: str = "auto", **flags: Any) -> AsyncGenerator[tuple[Client, World]]:
    """Connect a client to a sandbox whose clock is the event loop's."""
    begin = time.time()
    world = seed.make_world(clock=lambda: begin + now(), seconds_to_start=7.0)
    settings, _ = in_process(Settings.load(sandbox=True, **flags))
    async with Client(create_server(settings, Transport(Sandbox(world).app)), mode=mode) as client:  # pyright: ignore[reportArgumentType]
        yield client, world


async def shown(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(text_of(result)) == result.structured_content
    return result.structured_content or {}


async def new_machine(client: Client, name: str = "box") -> str:
    made = await shown(client, "containers_create", project_id=seed.PROJECT, server_id=seed.SERVER, name=name)
    assert made["result"]["status"] == "creating"
    return made["result"]["id"]


def replies(tool: str, *states: Any, delay: float = 0.0) -> list[Reply]:
    """Make answers in which a tool's own field tells the state."""
    return [Reply(200, json.dumps({"id": CONTAINER, SETTLING[tool].field: state}).encode(), delay=delay) for state in states]


def own(tool: str) -> Callable[[Sent], bool]:
    """Tell a tool's own requests from look-ups of where its container is."""
    kit = CATALOG[tool].meta.get("kit")
    return lambda sent: not kit or "/api/v1/containers/" not in sent.path


@pytest.mark.parametrize("mode", MODES)
@at_once
async def test_a_container_that_is_being_made_is_waited_for(mode: str) -> None:
    async with sandbox(mode) as (client, _):
        container = await new_machine(client)
        found = await shown(client, "hoody_wait", name="containers_get", arguments={"container_id": container})
        again = await shown(client, "hoody_wait", name="containers_get", container_id="box")
    assert found["result"]["status"] == "running"
    assert next(iter(found)) == "wait"
    assert found["wait"]["state"] == "running"
    assert found["wait"]["reached"] is True
    assert 7.0 <= found["wait"]["waited_seconds"] < 9.5
    assert again["wait"]["waited_seconds"] < 1
    assert again["target"]["container"]["name"] == "box"


@at_once
async def test_a_command_is_waited_for_and_so_is_one_that_has_to_queue() -> None:
    async with sandbox() as (client, _):
        container = await new_machine(client)
        first = (await run(client, container, "sleep 5; echo first"))["command_id"]
        second = (await run(client, container, "sleep 10; echo second"))["command_id"]
        ended = [
            await shown(client, "hoody_wait", name="terminal_result", container_id=container, command_id=each) for each in (second, first)
        ]
    assert [each["result"]["stdout"] for each in ended] == ["second\n", "first\n"]
    assert [each["wait"]["state"] for each in ended] == ["completed", "completed"]
    assert 14 <= ended[0]["wait"]["waited_seconds"] <= 18
    assert ended[1]["wait"]["waited_seconds"] < 1


async def run(client: Client, container: str, command: str) -> dict[str, Any]:
    """Start a command in the one session of a container."""
    return (await shown(client, "terminal_execute", container_id=container, command=command, terminal_id="1", wait=False))["result"]


@at_once
async def test_a_command_that_takes_long_is_waited_for_in_several_calls() -> None:
    async with sandbox() as (client, _):
        container = await new_machine(client)
        command = (await run(client, container, "sleep 100"))["command_id"]
        waits: list[dict[str, Any]] = []
        while not waits or not waits[-1]["reached"]:
            waits.append((await shown(client, "hoody_wait", name="terminal_result", container_id=container, command_id=command))["wait"])
    assert [wait["state"] for wait in waits] == ["running", "running", "completed"]
    assert all(wait["next"].startswith("Not yet: call hoody_wait again with the same arguments") for wait in waits[:2])
    assert all(wait["waited_seconds"] <= LONGEST for wait in waits)


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"until": ["creating"]}, "creating"),
        ({"until": ["CREATING"]}, "creating"),
        ({"until": '["creating", "stopped"]'}, "creating"),
        ({"until": ["running"]}, "running"),
        ({"field": "name", "until": ["box"]}, "box"),
        ({"field": "hoody_kit", "until": ["true"]}, "true"),
        ({"field": "status"}, "running"),
    ],
    ids=str,
)
@at_once
async def test_what_to_wait_for_can_be_said(more: dict[str, Any], state: str) -> None:
    async with sandbox() as (client, _):
        container = await new_machine(client)
        found = await shown(client, "hoody_wait", name="containers_get", container_id=container, **more)
    assert (found["wait"]["state"], found["wait"]["reached"]) == (state, True)
    assert (found["wait"]["waited_seconds"] > 5) == (state == "running")


@at_once
async def test_a_field_that_lies_deeper_is_reached_by_dots(connect: Connect, upstream: Upstream) -> None:
    upstream.script(*(Reply.data({"deep": {"phase": phase}}) for phase in ("one", "two", "three")))
    async with connect() as client:
        found = await shown(client, "hoody_wait", name="containers_stats", container_id=CONTAINER, field="deep.phase", until=["three"])
    assert found["wait"]["state"] == "three"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seconds", [1, 5, "20", 45])
@at_once
async def test_no_wait_is_longer_than_it_may_be(mode: str, seconds: Any) -> None:
    async with sandbox(mode) as (client, _):
        container = await new_machine(client)
        begin = now()
        found = await shown(client, "hoody_wait", name="containers_get", container_id=container, until=["stopped"], seconds=seconds)
        assert now() - begin <= int(seconds)
    assert found["wait"]["reached"] is False
    assert "call hoody_wait again" in found["wait"]["next"]


@pytest.mark.parametrize("tool", SETTLING)
@pytest.mark.parametrize("delay", [3.0, 20.0, 44.0, 300.0])
@at_once
async def test_slow_answers_do_not_make_a_wait_longer(connect: Connect, upstream: Upstream, tool: str, delay: float) -> None:
    passing = SETTLING[tool].passing[0]
    upstream.script(*replies(tool, *[passing] * 40, delay=delay), when=own(tool))
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {"name": tool, "arguments": example(CATALOG[tool])})
        assert now() - begin <= LONGEST + SLACK
    assert "again" in text_of(result) or "repeated" in text_of(result)


@pytest.mark.parametrize(("tool", "state"), PASSING)
@at_once
async def test_passing_states_are_waited_out(connect: Connect, upstream: Upstream, tool: str, state: str) -> None:
    rest = next(at_rest for name, at_rest in AT_REST if name == tool)
    upstream.script(*replies(tool, state, state.upper(), state, rest), when=own(tool))
    async with connect() as client:
        found = await shown(client, "hoody_wait", name=tool, arguments=example(CATALOG[tool]))
    assert (found["wait"]["state"], found["wait"]["reached"]) == (rest, True)
    assert "notes" not in found


@pytest.mark.parametrize(("tool", "state"), FAILED)
@pytest.mark.parametrize("more", [{}, {"until": ["running"]}], ids=str)
@at_once
async def test_what_has_failed_is_not_waited_for(connect: Connect, upstream: Upstream, tool: str, state: str, more: dict[str, Any]) -> None:
    upstream.script(*replies(tool, SETTLING[tool].passing[0], state), when=own(tool))
    async with connect() as client:
        begin = now()
        found = await shown(client, "hoody_wait", name=tool, arguments=example(CATALOG[tool]), **more)
        assert now() - begin < 2
    assert (found["wait"]["state"], found["wait"]["reached"], found["wait"]["next"]) == (state, False, "It FAILED.")


@pytest.mark.parametrize(("tool", "state"), AT_REST)
@at_once
async def test_what_is_at_rest_is_told_at_once(connect: Connect, upstream: Upstream, tool: str, state: str) -> None:
    upstream.script(*replies(tool, state), when=own(tool))
    async with connect() as client:
        begin = now()
        found = await shown(client, "hoody_wait", name=tool, arguments=example(CATALOG[tool]))
        assert now() == begin
    assert found["wait"] == {"state": state, "reached": True, "waited_seconds": 0.0, "next": "It has come to rest."}


@pytest.mark.parametrize("tool", SETTLING)
@pytest.mark.parametrize("looks", [1, 4, 100])
@at_once
async def test_what_may_not_be_there_yet_is_looked_for_some_seconds(connect: Connect, upstream: Upstream, tool: str, looks: int) -> None:
    missing = [Reply.error(404, "NOT_FOUND", "not found")] * looks
    rest = next(at_rest for name, at_rest in AT_REST if name == tool)
    upstream.script(*missing, *replies(tool, rest), when=own(tool))
    patience = SETTLING[tool].appears
    async with connect() as client:
        begin = now()
        result = await client.call_tool("hoody_wait", {"name": tool, "arguments": example(CATALOG[tool])})
        assert now() - begin <= patience + 2
    assert result.is_error == (not patience or looks > 4)
    assert ("404" in text_of(result)) == result.is_error


@pytest.mark.parametrize("mode", MODES)
@at_once
async def test_progress_is_told_to_clients_that_ask_for_it(mode: str) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with sandbox(mode) as (client, _):
        arguments = {"name": "containers_get", "arguments": {"container_id": await new_machine(client)}, "seconds": 30}
        await client.call_tool("hoody_wait", arguments, progress_callback=listen)
        told = len(heard)
        await client.call_tool("hoody_wait", {**arguments, "until": ["stopped"], "seconds": 3})
        await asyncio.sleep(0.1)
    assert told == len(heard) >= 3
    assert {(total, message) for _, total, message in heard} == {(30.0, "status is creating")}
    assert [progress for progress, _, _ in heard] == sorted({progress for progress, _, _ in heard})


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"name": "projects_get", "project_id": "b" * 24}, "field is missing: projects_get has no usual one"),
        ({"name": "projects_get", "project_id": "b" * 24, "field": "alias"}, "until is missing"),
        ({"name": "containers_get", "container_id": CONTAINER, "field": "name"}, "until is missing"),
        ({"name": "containers_get", "container": CONTAINER}, "did you mean container_id"),
        ({"name": "containers_get"}, "container_id is missing"),
    ],
    ids=str,
)
@at_once
async def test_what_cannot_be_waited_for_is_told_without_asking_hoody(
    connect: Connect, upstream: Upstream, arguments: dict[str, Any], word: str
) -> None:
    async with connect() as client:
        result = await client.call_tool("hoody_wait", arguments)
    assert result.is_error
    assert word in text_of(result)
    assert upstream.sent == []


@pytest.mark.parametrize("size", [23_000, 23_700, 23_900, 24_000, 1_000_000])
@at_once
async def test_a_large_result_fits_together_with_what_was_waited_for(connect: Connect, upstream: Upstream, size: int) -> None:
    output = json.dumps({"status": "completed", "stdout": "x" * size}).encode()
    upstream.script(Reply(200, output), when=own("terminal_result"))
    async with connect() as client:
        found = await shown(client, "hoody_wait", name="terminal_result", arguments=example(CATALOG["terminal_result"]))
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) <= MAX_CHARACTERS
    assert found["wait"]["state"] == "completed"
    assert found["result"]["stdout"] == "x" * size or "Cut to fit" in str(found["notes"])


@at_once
async def test_waits_of_one_client_do_not_hold_each_other_up(connect: Connect, upstream: Upstream) -> None:
    upstream.script(*replies("containers_get", *["creating"] * 20))
    async with connect() as client:
        begin = now()
        await asyncio.gather(*(client.call_tool("hoody_wait", {"name": "containers_get", "container_id": CONTAINER}) for _ in range(4)))
        assert now() - begin < 15
