"""Power of containers in the sandbox."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

# From which state, through which at once, to which in the end.
ALLOWED = [
    ("running", "stop", "stopped", "stopped"),
    ("running", "force-stop", "stopped", "stopped"),
    ("running", "pause", "paused", "paused"),
    ("running", "restart", "stopped", "running"),
    ("stopped", "start", "stopped", "running"),
    ("stopped", "restart", "stopped", "running"),
    ("paused", "resume", "paused", "running"),
]
OPERATIONS = ("start", "stop", "force-stop", "restart", "pause", "resume")
FORBIDDEN = [
    (state, operation)
    for state in ("running", "stopped", "paused", "failed")
    for operation in OPERATIONS
    if (state, operation) not in {case[:2] for case in ALLOWED}
]


@pytest.mark.parametrize(("state", "operation", "at_once", "in_the_end"), ALLOWED)
async def test_an_operation_leads_where_it_says(  # noqa: PLR0913, PLR0917 - a case of the table, and what it is tried on
    caller: Caller, running: dict[str, Any], world: World, clock: Clock, state: str, operation: str, at_once: str, in_the_end: str
) -> None:
    path, box = f"/containers/{running['id']}", world.containers[running["id"]]
    box.record["status"] = state
    answer = await caller.ok("POST", f"{path}/{operation}")
    about = {"container_id": running["id"], "project_id": running["project_id"], "status": at_once}
    assert {name: answer[name] for name in (*about, "operation", "error")} == {**about, "operation": operation, "error": False}
    assert answer["message"]
    if at_once != in_the_end:
        assert (await caller("POST", f"{path}/{operation}"))[1]["error"] == "OPERATION_STATE_CONFLICT"
    clock.wait(60)
    assert (await caller.ok("GET", path))["status"] == in_the_end


@pytest.mark.parametrize(("state", "operation"), FORBIDDEN)
async def test_other_operations_are_refused(caller: Caller, running: dict[str, Any], world: World, state: str, operation: str) -> None:
    world.containers[running["id"]].record["status"] = state
    status, found = await caller("POST", f"/containers/{running['id']}/{operation}")
    assert (status, found["error"]) == (409, "OPERATION_STATE_CONFLICT")


async def test_services_sleep_again_after_a_start(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    service, path = caller.service(running, "terminal"), f"/containers/{running['id']}"
    await caller.ok("POST", f"{path}/restart")
    assert (await service("GET", "/"))[0] == 502
    clock.wait(2)
    assert (await service("GET", "/"))[0] == 503
    clock.wait(1)
    assert (await service("GET", "/"))[0] not in {502, 503}


async def test_a_stop_ends_processes_and_a_pause_does_not(caller: Caller, running: dict[str, Any], world: World, clock: Clock) -> None:
    box, path = world.containers[running["id"]], f"/containers/{running['id']}"
    box.terminals["1"] = box.commands["1"] = Mock()
    await caller.ok("POST", f"{path}/pause")
    await caller.ok("POST", f"{path}/resume")
    assert box.terminals
    assert box.commands
    clock.wait(60)
    await caller.ok("POST", f"{path}/stop")
    assert (box.terminals, box.commands) == ({}, {})


async def test_only_operations_are_operations(caller: Caller, running: dict[str, Any]) -> None:
    status, found = await caller("POST", f"/containers/{running['id']}/reboot")
    assert (status, found["data"][0]["instancePath"]) == (400, "/operation")
    assert (await caller("POST", f"/containers/{'9' * 24}/stop"))[0] == 404
    assert (await caller("POST", "/containers/box/stop"))[0] == 400


async def test_each_operation_has_its_permission(caller: Caller, running: dict[str, Any], world: World) -> None:
    record = next(token.record for token in world.tokens.values() if token.value == seed.READER)
    record |= {"permission_template": None, "permissions": {"containers": {"read": True, "actions": {"stop": True}}}}
    reader, path = caller.as_(seed.READER), f"/containers/{running['id']}"
    assert (await reader("POST", f"{path}/restart"))[1]["message"] == "Missing permission: containers.actions.restart"
    await reader.ok("POST", f"{path}/stop")
    assert (await reader("POST", f"{path}/start"))[0] == 403


async def test_kvm_is_switched_on_a_stopped_container(caller: Caller, running: dict[str, Any], world: World) -> None:
    world.market[seed.SERVER]["is_vm"] = False
    path = f"/containers/{running['id']}"
    assert (await caller("PUT", f"{path}/kvm", {"kvm": True}))[1]["error"] == "OPERATION_STATE_CONFLICT"
    await caller.ok("POST", f"{path}/stop")
    assert await caller.ok("PUT", f"{path}/kvm", {"dev_kvm": True}) == {
        "id": running["id"],
        "name": "box",
        "status": "stopped",
        "kvm": True,
    }
    assert not (await caller.ok("PUT", f"{path}/kvm", {"kvm": False}))["kvm"]


@pytest.mark.parametrize("body", [{}, {"kvm": 1}, {"kvm": True, "dev_kvm": False}, {"on": True}])
async def test_a_wish_for_kvm_is_clear(caller: Caller, running: dict[str, Any], body: Any) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    assert (await caller("PUT", f"/containers/{running['id']}/kvm", body))[0] == 400


async def test_kvm_is_not_for_everybody(caller: Caller, running: dict[str, Any]) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    found = [await each("PUT", f"/containers/{running['id']}/kvm", {"kvm": True}) for each in (caller, caller.as_(seed.READER))]
    assert [(status, body["error"]) for status, body in found] == [(403, "FORBIDDEN"), (403, "PERMISSION_DENIED")]
