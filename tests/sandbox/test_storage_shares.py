"""Storage shares in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed

from .conftest import Caller, Clock

Box = dict[str, Any]
REQUIRED = {
    "id",
    "source_container_id",
    "source_path",
    "target_type",
    "mode",
    "enabled",
    "status",
    "created_by",
    "created_at",
    "updated_at",
}


@pytest.fixture
async def other(caller: Caller, running: Box, clock: Clock) -> Box:
    """Give a second container of the same project."""
    made = await caller.ok("POST", f"/projects/{running['project_id']}/containers", {"server_id": seed.SERVER, "name": "other"})
    clock.wait(60)
    return made


def to(target: Box, **more: Any) -> dict[str, Any]:
    return {"source_path": "/home/user", "mode": "readonly", "target_container_id": target["id"], **more}


async def test_a_share_is_seen_at_both_ends_with_its_required_fields(caller: Caller, running: Box, other: Box) -> None:
    given = f"/containers/{running['id']}/storage/shares"
    made = await caller.ok("POST", given, to(other, label="data"))
    assert set(made) > REQUIRED
    assert (made["target_type"], made["status"], made["label"]) == ("container", "active", "data")
    assert await caller.ok("GET", given) == await caller.ok("GET", "/storage/shares") == [made]
    assert await caller.ok("GET", f"{given}/{made['id']}") == made
    received = await caller.ok("GET", f"/containers/{other['id']}/storage/incoming")
    assert received == await caller.ok("GET", "/storage/incoming")
    assert set(received[0]) == REQUIRED | {"target_container_id", "target_project_id", "status_message", "expires_at"}


async def test_a_share_for_a_project_reaches_its_containers_but_the_giver(caller: Caller, running: Box, other: Box) -> None:
    given = f"/containers/{running['id']}/storage/shares"
    wide = await caller.ok("POST", given, {"source_path": "/home", "mode": "readonly", "target_project_id": seed.PROJECT})
    assert wide["target_type"] == "project"
    assert await caller.ok("GET", f"/containers/{running['id']}/storage/incoming") == []
    narrow = await caller.ok("POST", given, to(other, source_path="/home", mode="readwrite"))
    received = await caller.ok("GET", f"/containers/{other['id']}/storage/incoming")
    assert [share["id"] for share in received] == [narrow["id"]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source_path": "home"}, "/source_path"),
        ({"source_path": "/home/../etc"}, "/source_path"),
        ({"source_path": "/proc/1"}, "/source_path"),
        ({"source_path": "//var/run/x"}, "/source_path"),
        ({"source_path": "/with blank"}, "/source_path"),
        ({"mode": "write"}, "/mode"),
        ({"label": "No"}, "/label"),
        ({"alias": None}, "/alias"),
        ({"target_project_id": seed.PROJECT}, "/target_container_id"),
        ({"target_container_id": None}, "/target_container_id"),
        ({"expires_at": 5}, "/expires_at"),
        ({"more": 1}, "/more"),
    ],
)
async def test_what_cannot_be_shared_is_refused_by_field(caller: Caller, running: Box, other: Box, wrong: Any, field: str) -> None:
    status, found = await caller("POST", f"/containers/{running['id']}/storage/shares", to(other, **wrong))
    assert (status, found["data"][0]["instancePath"]) == (400, field)


async def test_a_share_needs_one_other_target_that_exists(caller: Caller, running: Box, other: Box) -> None:
    path = f"/containers/{running['id']}/storage/shares"
    assert (await caller("POST", path, {"source_path": "/home", "mode": "readonly"}))[0] == 400
    assert (await caller("POST", path, to(running)))[0] == 400
    assert (await caller("POST", path, to({"id": "9" * 24})))[0] == 404
    assert (await caller("POST", path, {"source_path": "/home", "mode": "readonly", "target_project_id": "9" * 24}))[0] == 404
    await caller.ok("POST", path, to(other, source_path="/home/./user/"))
    assert (await caller("POST", path, to(other)))[0] == 409


async def test_an_update_keeps_what_it_does_not_name(caller: Caller, running: Box, other: Box) -> None:
    path = f"/containers/{running['id']}/storage/shares"
    made = await caller.ok("POST", path, to(other, label="data", alias="mine"))
    changed = await caller.ok("PATCH", f"{path}/{made['id']}", {"mode": "readwrite", "label": None, "enabled": False})
    assert (changed["mode"], changed["label"], changed["alias"], changed["enabled"]) == ("readwrite", None, "mine", False)
    for wrong in ({"mode": None}, {"alias": "x"}, {"source_path": "/etc"}, {"expires_at": 1}):
        assert (await caller("PATCH", f"{path}/{made['id']}", wrong))[0] == 400


async def test_an_expired_share_is_shown_only_on_request(caller: Caller, running: Box, other: Box, clock: Clock) -> None:
    path = f"/containers/{running['id']}/storage/shares"
    await caller.ok("POST", path, to(other, expires_at=clock.now + 10))
    clock.wait(11)
    assert await caller.ok("GET", path) == await caller.ok("GET", "/storage/incoming") == []
    assert len(await caller.ok("GET", path, include_expired="true")) == 1


async def test_filters_leave_what_fits(caller: Caller, running: Box, other: Box) -> None:
    path = f"/containers/{running['id']}/storage/shares"
    await caller.ok("POST", path, to(other, label="data", enabled=False))
    for query in ({"target_type": "container"}, {"label": "data"}, {"status": "active"}, {"enabled": "false"}):
        assert len(await caller.ok("GET", path, **query)) == 1
    for query in ({"target_type": "project"}, {"label": "no"}, {"status": "failed"}, {"enabled": "true"}, {"realm_id": seed.REALM}):
        assert await caller.ok("GET", path, **query) == []
    assert (await caller("GET", path, status="done"))[0] == 400
    for everywhere in ("/storage/shares", "/storage/incoming"):
        assert await caller.ok("GET", everywhere, realm_id=seed.REALM) == []


async def test_the_receiver_decides_whether_to_mount(caller: Caller, running: Box, other: Box) -> None:
    made = await caller.ok("POST", f"/containers/{running['id']}/storage/shares", to(other))
    path = f"/containers/{other['id']}/storage/incoming/{made['id']}/mount"
    first = await caller.ok("PATCH", path, {"mount": False})
    assert (first["share"]["id"], first["override"]["container_id"], first["override"]["mount"]) == (made["id"], other["id"], False)
    again = await caller.ok("PATCH", path, {"mount": True})
    assert (again["override"]["id"], again["override"]["mount"]) == (first["override"]["id"], True)
    assert (await caller("PATCH", path, {"mount": "yes"}))[0] == 400
    assert (await caller("PATCH", f"/containers/{running['id']}/storage/incoming/{made['id']}/mount", {"mount": True}))[0] == 404


async def test_a_deleted_share_is_gone_at_both_ends(caller: Caller, running: Box, other: Box) -> None:
    made = await caller.ok("POST", f"/containers/{running['id']}/storage/shares", to(other))
    assert (await caller("GET", f"/containers/{other['id']}/storage/shares/{made['id']}"))[0] == 404
    assert await caller.ok("DELETE", f"/storage/shares/{made['id']}") is None
    assert (await caller("DELETE", f"/storage/shares/{made['id']}"))[0] == 404
    assert await caller.ok("GET", "/storage/incoming") == []


@pytest.mark.parametrize("end", ["running", "other"])
async def test_a_share_ends_with_either_of_its_containers(caller: Caller, running: Box, other: Box, clock: Clock, end: str) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/storage/shares", to(other))
    gone = {"running": running, "other": other}[end]
    await caller.ok("DELETE", f"/containers/{gone['id']}")
    clock.wait(60)
    assert await caller.ok("GET", "/storage/shares") == await caller.ok("GET", "/storage/incoming") == []


async def test_readers_and_other_realms_are_kept_out(caller: Caller, running: Box, other: Box) -> None:
    path = f"/containers/{running['id']}/storage/shares"
    made = await caller.ok("POST", path, to(other))
    assert (await caller.as_(seed.READER)("POST", path, to(other)))[0] == 403
    assert (await caller.in_realm(seed.REALM)("DELETE", f"/storage/shares/{made['id']}"))[0] == 404
    assert await caller.in_realm(seed.REALM).ok("GET", "/storage/shares") == []
    assert (await caller("GET", f"/containers/{'9' * 24}/storage/shares"))[0] == 404
