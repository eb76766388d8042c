"""Environment variables in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller


@pytest.fixture
def path(running: dict[str, Any]) -> str:
    return f"/containers/{running['id']}/env"


async def test_variables_are_merged_set_and_deleted(caller: Caller, running: dict[str, Any], path: str, world: World) -> None:
    assert await caller.ok("GET", path) == {"environment_vars": {}}
    assert await caller.ok("PUT", path, {"A": "1", "B": "2"}) == {"environment_vars": {"A": "1", "B": "2"}, "synced": True}
    assert (await caller.ok("PUT", path, {"B": "3"}))["environment_vars"] == {"A": "1", "B": "3"}
    assert (await caller.ok("PUT", f"{path}/C", {"value": ""}))["environment_vars"] == {"A": "1", "B": "3", "C": ""}
    assert world.containers[running["id"]].files["/etc/environment"] == b'A="1"\nB="3"\nC=""\n'
    gone = [await caller.ok("DELETE", f"{path}/A") for _ in range(2)]
    assert gone == [{"environment_vars": {"B": "3", "C": ""}, "synced": True}] * 2
    assert (await caller.ok("GET", path))["environment_vars"] == {"B": "3", "C": ""}


async def test_a_stopped_container_is_synced_later(caller: Caller, running: dict[str, Any], path: str) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    assert await caller.ok("PUT", f"{path}/A", {"value": "1"}) == {"environment_vars": {"A": "1"}, "synced": False}


@pytest.mark.parametrize(
    ("method", "key", "body"),
    [
        ("PUT", "", {"HOODY_TOKEN": "x"}),
        ("PUT", "", {"A": 1}),
        ("PUT", "", ["A"]),
        ("PUT", "", {"A B": "x"}),
        ("PUT", "", {"A": "x" * 32_769}),
        ("PUT", "/HOODY_TOKEN", {"value": "x"}),
        ("PUT", "/1A", {"value": "x"}),
        ("PUT", "/A", {}),
        ("PUT", "/A", {"value": "x", "more": 1}),
        ("PUT", f"/{'A' * 257}", {"value": "x"}),
        ("DELETE", "/HOODY_TOKEN", None),
    ],
)
async def test_what_cannot_be_a_variable_is_refused(caller: Caller, path: str, method: str, key: str, body: Any) -> None:
    assert (await caller(method, path + key, body))[0] == 400
    assert await caller.ok("GET", path) == {"environment_vars": {}}


async def test_variables_wait_for_a_container_that_is_on_its_way(caller: Caller, running: dict[str, Any], path: str) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/restart")
    assert (await caller("PUT", path, {"A": "1"}))[1]["error"] == "OPERATION_STATE_CONFLICT"


async def test_a_reader_only_reads(caller: Caller, path: str) -> None:
    reader = caller.as_(seed.READER)
    await reader.ok("GET", path)
    assert (await reader("PUT", path, {"A": "1"}))[0] == 403
