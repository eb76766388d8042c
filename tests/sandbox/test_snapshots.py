"""Snapshots in the sandbox."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

FIELDS = {"name", "alias", "created_at", "last_used_at", "expires_at", "stateful", "size"}


@pytest.fixture
def path(running: dict[str, Any]) -> str:
    return f"/containers/{running['id']}/snapshots"


async def test_answers_have_the_fields_of_the_reference(caller: Caller, running: dict[str, Any], path: str) -> None:
    about = {"container_id": running["id"], "project_id": running["project_id"]}
    made = await caller.ok("POST", path, {"alias": "first"})
    assert made.items() >= about.items()
    snapshot = made["snapshot"]
    assert set(snapshot) == FIELDS
    listed = await caller.ok("GET", path)
    assert listed == about | {"snapshot_count": 1, "max_snapshots": 10, "snapshots": [snapshot]}
    renamed = await caller.ok("PUT", f"{path}/{snapshot['name']}/alias", {"alias": "second"})
    assert renamed == about | {"snapshot": snapshot | {"alias": "second"}}
    restored = await caller.ok("PUT", f"{path}/{snapshot['name']}")
    assert (restored["success"], set(restored), set(restored["snapshot"])) == (True, {"success", "message", "snapshot"}, FIELDS)
    assert await caller.ok("DELETE", f"{path}/{snapshot['name']}") == about | {"snapshot_name": snapshot["name"]}


async def test_a_restore_brings_back_the_disk_and_ends_processes(
    caller: Caller, running: dict[str, Any], path: str, world: World, clock: Clock
) -> None:
    box, there = world.containers[running["id"]], f"/containers/{running['id']}"
    box.files["/root/a"] = b"before"
    await caller.ok("PUT", f"{there}/env", {"A": "before"})
    kept = (await caller.ok("POST", path))["snapshot"]
    box.files["/root/a"], box.files["/root/b"] = b"after", b"after"
    await caller.ok("PUT", f"{there}/env", {"A": "after", "B": "after"})
    box.terminals["1"] = Mock()
    await caller.ok("PUT", f"{path}/{kept['name']}")
    assert (box.files["/root/a"], "/root/b" in box.files, box.record["environment_vars"]) == (b"before", False, {"A": "before"})
    assert not box.terminals
    assert (await caller.ok("GET", there))["status"] == "stopped"
    clock.wait(60)
    found = await caller.ok("GET", there)
    assert (found["status"], found["last_used_snapshot"], found["snapshot_count"]) == ("running", kept["name"], 1)
    assert (await caller.ok("GET", path))["snapshots"][0]["last_used_at"]


async def test_a_stopped_container_stays_stopped_by_a_restore(caller: Caller, running: dict[str, Any], path: str, clock: Clock) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    kept = (await caller.ok("POST", path))["snapshot"]
    await caller.ok("PUT", f"{path}/{kept['name']}")
    clock.wait(60)
    assert (await caller.ok("GET", f"/containers/{running['id']}"))["status"] == "stopped"


async def test_an_alias_is_no_name(caller: Caller, path: str) -> None:
    await caller.ok("POST", path, {"alias": "mine"})
    answers = [
        await caller("PUT", f"{path}/mine"),
        await caller("DELETE", f"{path}/mine"),
        await caller("PUT", f"{path}/x/alias", {"alias": None}),
    ]
    assert [(status, found["error"]) for status, found in answers] == [(404, "SNAPSHOT_NOT_FOUND")] * 3


async def test_there_is_room_for_ten_and_deleting_makes_more(caller: Caller, path: str) -> None:
    names = [(await caller.ok("POST", path))["snapshot"]["name"] for _ in range(10)]
    status, found = await caller("POST", path)
    assert (status, found["error"]) == (409, "CONTAINER_SNAPSHOT_LIMIT")
    await caller.ok("DELETE", f"{path}/{names[0]}")
    newest = (await caller.ok("POST", path))["snapshot"]["name"]
    assert (await caller.ok("GET", path))["snapshots"][0]["name"] == newest


async def test_a_snapshot_is_gone_when_its_time_is_over(caller: Caller, path: str, clock: Clock) -> None:
    kept = (await caller.ok("POST", path, {"expiry": 1}))["snapshot"]
    clock.wait(86_399)
    assert (await caller.ok("GET", path))["snapshot_count"] == 1
    clock.wait(1)
    assert (await caller.ok("GET", path))["snapshots"] == []
    assert (await caller("PUT", f"{path}/{kept['name']}"))[0] == 404


@pytest.mark.parametrize("body", [{"alias": "a" * 101}, {"alias": 1}, {"expiry": 0}, {"expiry": 3651}, {"expiry": "7"}, {"name": "mine"}])
async def test_what_does_not_fit_makes_no_snapshot(caller: Caller, path: str, body: Any) -> None:
    assert (await caller("POST", path, body))[0] == 400
    assert (await caller.ok("GET", path))["snapshot_count"] == 0


async def test_an_alias_must_be_given_or_taken_away(caller: Caller, path: str) -> None:
    kept = (await caller.ok("POST", path, {"alias": "mine"}))["snapshot"]
    assert (await caller("PUT", f"{path}/{kept['name']}/alias", {}))[0] == 400
    assert (await caller.ok("PUT", f"{path}/{kept['name']}/alias", {"alias": None}))["snapshot"]["alias"] is None


async def test_what_is_being_made_has_no_snapshots(caller: Caller) -> None:
    made = await caller.ok("POST", f"/projects/{seed.PROJECT}/containers", {"server_id": seed.SERVER})
    assert (await caller("POST", f"/containers/{made['id']}/snapshots"))[1]["error"] == "OPERATION_STATE_CONFLICT"


async def test_a_reader_only_lists(caller: Caller, path: str) -> None:
    kept = (await caller.ok("POST", path))["snapshot"]
    reader = caller.as_(seed.READER)
    assert (await reader.ok("GET", path))["snapshot_count"] == 1
    assert [(await reader(method, f"{path}/{kept['name']}"))[0] for method in ("PUT", "DELETE")] == [403, 403]
