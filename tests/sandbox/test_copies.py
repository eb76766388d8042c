"""Copies of containers in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

TARGET = {"target_project_id": seed.PROJECT}
FIELDS = """id name status source_container_id project_id project_alias server_id server_name subserver_name server ssh_hostname color
    container_image ai hoody_kit dev_kit kvm autostart ramdisk_scope ramdisk prespawn is_default environment_vars volumes ssh_public_key
    comment copy_firewall_rules copy_network_rules created_at updated_at realm_ids"""


async def test_a_copy_runs_after_a_while_with_the_same_files(caller: Caller, running: dict[str, Any], world: World, clock: Clock) -> None:
    source = world.containers[running["id"]]
    source.files["/root/a"] = b"1"
    await caller.ok("PUT", f"/containers/{source.id}/env", {"A": "1"})
    await caller.ok("PUT", f"/containers/{source.id}", {"ssh_public_key": "k"})
    status, found = await caller("POST", f"/containers/{source.id}/copy", TARGET | {"name": "twin"})
    made = found["data"]
    assert (status, made["status"], made["source_container_id"], made["ssh_public_key"]) == (201, "copying", source.id, None)
    assert set(made) == set(FIELDS.split())
    clock.wait(60)
    assert (await caller.ok("GET", f"/containers/{made['id']}"))["status"] == "running"
    twin = world.containers[made["id"]]
    assert (twin.files["/root/a"], twin.files["/etc/hostname"], twin.record["environment_vars"]) == (b"1", b"twin\n", {"A": "1"})
    assert twin.address != source.address
    twin.files["/root/a"] = b"2"
    assert source.files["/root/a"] == b"1"


async def test_a_copy_can_be_of_a_snapshot(caller: Caller, running: dict[str, Any], world: World) -> None:
    source, path = world.containers[running["id"]], f"/containers/{running['id']}"
    kept = (await caller.ok("POST", f"{path}/snapshots"))["snapshot"]["name"]
    source.files["/root/a"] = b"1"
    made = await caller.ok("POST", f"{path}/copy", TARGET | {"source_snapshot": kept})
    assert "/root/a" not in world.containers[made["id"]].files
    assert (await caller("POST", f"{path}/copy", TARGET | {"source_snapshot": "none"}))[0] == 404


async def test_rules_come_along_on_request(caller: Caller, running: dict[str, Any], world: World) -> None:
    path = f"/containers/{running['id']}"
    rule = {"action": "drop", "protocol": "tcp", "destination_port": "22", "description": "no ssh"}
    await caller.ok("POST", f"{path}/firewall/ingress", rule)
    await caller.ok("PUT", f"{path}/network", {"type": "block"})
    bare = world.containers[(await caller.ok("POST", f"{path}/copy", TARGET))["id"]]
    wish = {"copy_firewall_rules": True, "copy_network_rules": True}
    full = world.containers[(await caller.ok("POST", f"{path}/copy", TARGET | wish))["id"]]
    assert (bare.rules["ingress"], bare.network) == ([], None)
    assert (full.rules["ingress"][0]["description"], (full.network or {})["type"]) == ("no ssh", "block")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"target_project_id": "default"}, 400),
        ({"target_project_id": seed.FOREIGN_PROJECT}, 404),
        (TARGET | {"target_server_id": seed.RENTAL}, 404),
        (TARGET | {"name": "box"}, 409),
        (TARGET | {"name": "a b"}, 400),
        (TARGET | {"more": 1}, 400),
    ],
)
async def test_a_copy_needs_a_place_and_a_name(caller: Caller, running: dict[str, Any], body: Any, status: int) -> None:
    assert (await caller("POST", f"/containers/{running['id']}/copy", body))[0] == status
    assert (await caller.as_(seed.READER)("POST", f"/containers/{running['id']}/copy", TARGET))[0] == 403


async def test_a_copy_counts_against_the_quota(caller: Caller, running: dict[str, Any]) -> None:
    await caller.ok("PUT", f"/projects/{seed.PROJECT}", {"alias": "default", "max_containers": 1})
    assert (await caller("POST", f"/containers/{running['id']}/copy", TARGET))[0] == 409


async def test_a_sync_makes_a_copy_what_its_source_is(caller: Caller, running: dict[str, Any], world: World, clock: Clock) -> None:
    made = await caller.ok("POST", f"/containers/{running['id']}/copy", TARGET)
    path, source, twin = f"/containers/{made['id']}/sync", world.containers[running["id"]], world.containers[made["id"]]
    assert (await caller("POST", path))[1]["error"] == "OPERATION_STATE_CONFLICT"
    clock.wait(60)
    source.files["/root/new"], twin.files["/root/own"] = b"1", b"1"
    about = {"container_id": made["id"], "source_container_id": running["id"]}
    assert await caller.ok("POST", path) == about | {"status": "copying"}
    assert ("/root/new" in twin.files, "/root/own" in twin.files) == (True, False)
    clock.wait(60)
    assert (await caller.ok("GET", f"/containers/{made['id']}"))["status"] == "running"
    await caller.ok("DELETE", f"/containers/{running['id']}")
    clock.wait(60)
    assert (await caller("POST", path))[0] == 404


async def test_only_a_copy_is_synced(caller: Caller, running: dict[str, Any]) -> None:
    status, found = await caller("POST", f"/containers/{running['id']}/sync")
    assert (status, found["error"]) == (409, "CONTAINER_NOT_COPIED")
