"""Use, history and claims of containers in the sandbox."""

from __future__ import annotations

import base64
import json
from typing import Any

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

STATS = """id project_id project_name server_name subserver_name status status_code processes started_at cpu memory ramdisk disk network
    processing_time"""
LOG = {"id", "container_id", "from_status", "to_status", "transition_time", "duration_ms", "triggered_by", "metadata"}


async def test_stats_have_the_fields_of_the_reference_and_the_address(caller: Caller, running: dict[str, Any], world: World) -> None:
    path, box = f"/containers/{running['id']}/stats", world.containers[running["id"]]
    found = await caller.ok("GET", path)
    assert set(found) == set(STATS.split())
    assert (found["status"], found["status_code"], found["processes"] > 0) == ("running", 103, True)
    assert found["network"][0]["addresses"][0]["address"] == box.address
    box.files["/root/a"] = b"12345"
    assert (await caller.ok("GET", path))["disk"]["root"]["usage"] == found["disk"]["root"]["usage"] + 5


async def test_a_stopped_container_uses_its_disk_only(caller: Caller, running: dict[str, Any]) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    found = await caller.ok("GET", f"/containers/{running['id']}/stats")
    assert (found["cpu"], found["memory"], found["processes"], found["network"][0]["addresses"]) == (None, None, 0, [])
    assert found["disk"]["root"]["usage"] > 0


async def test_the_log_tells_each_change_and_how_long_a_status_lasted(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    clock.wait(5)
    await caller.ok("POST", f"/containers/{running['id']}/start")
    clock.wait(60)
    logs = (await caller.ok("GET", f"/containers/{running['id']}/status-logs", sort_order="asc"))["logs"]
    assert {frozenset(entry) for entry in logs} == {frozenset(LOG)}
    changes = [(entry["from_status"], entry["to_status"]) for entry in logs]
    assert sorted(changes, key=str) == sorted(
        [(None, "creating"), ("creating", "running"), ("running", "stopped"), ("stopped", "running")], key=str
    )
    assert next(entry["duration_ms"] for entry in logs if entry["to_status"] == "creating") is None
    page = await caller.ok("GET", f"/containers/{running['id']}/status-logs", limit=3)
    assert (len(page["logs"]), page["pagination"]["total"], page["logs"][0]["to_status"]) == (3, 4, "running")
    assert (await caller("GET", f"/containers/{running['id']}/status-logs", sort_by="name"))[0] == 400


async def test_a_claim_says_who_may_enter_where_and_until_when(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    found = await caller.ok("POST", f"/containers/{running['id']}/authorize")
    assert set(found) == {"container_claim", "expires_in", "container_id", "project_id"}
    assert set(found["container_claim"]) == {"kid", "payload_b64", "signature_hex"}
    claim = json.loads(base64.b64decode(found["container_claim"]["payload_b64"]))
    assert (claim["sub"], claim["containerId"], claim["exp"]) == (seed.USER, running["id"], clock.now + found["expires_in"])
    assert (await caller.as_(seed.READER)("POST", f"/containers/{running['id']}/authorize"))[0] == 403


async def test_nothing_is_told_of_what_is_not_there(caller: Caller) -> None:
    reports = (("GET", "stats"), ("GET", "status-logs"), ("POST", "authorize"))
    assert [(await caller(method, f"/containers/{'9' * 24}/{report}"))[0] for method, report in reports] == [404] * 3
