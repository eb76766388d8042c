"""Documents of proxy permissions in the sandbox: their versions, and writing them whole."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock
from .proxy import PASSWORD, Door, of_container, of_project

OPEN: dict[str, Any] = {"groups": {}, "permissions": {}, "default": "allow", "enable_proxy": True}
IP = {"type": "ip", "range": "10.0.0.0/8"}
ALL_KINDS = {
    "office": IP,
    "bots": {"type": "token", "header": "X-Key", "value": "v"},
    "people": {"type": "password", **PASSWORD},
    "apps": {"type": "jwt", "secret": "s", "algorithm": "HS256", "sources": ["cookie:jwt"], "claims": {"level": 3}},
    "members": {"type": "hoody-identity", "allow_types": ["user"], "users": ["ann"], "max_age_seconds": 60},
}
WRITES = [  # with what each answers beside what all answer
    ("PUT", "/permissions/groups/g/ip", {"range": "10.0.0.0/8"}, set[str]()),
    ("PUT", "/permissions/permissions/g", {"program": "terminal", "access": True}, set[str]()),
    ("PUT", "/permissions/permissions/g", {"program": "files", "access": True}, set[str]()),
    ("DELETE", "/permissions/permissions/g/files", None, set[str]()),
    ("DELETE", "/permissions/permissions/g", None, set[str]()),
    ("DELETE", "/permissions/groups/g", None, set[str]()),
    ("PATCH", "/permissions/default", {"default": "deny"}, set[str]()),
    ("PATCH", "/permissions/state", {"enable_proxy": False}, {"enable_proxy"}),
    ("DELETE", "/permissions", None, {"enable_proxy"}),
]


@pytest.fixture(params=["containers", "projects"])
def door(caller: Caller, running: dict[str, Any], request: pytest.FixtureRequest) -> Door:
    return of_container(caller, running) if request.param == "containers" else of_project(caller)


async def test_without_a_document_there_is_none_to_show(door: Door) -> None:
    status, found = await door("GET", "/permissions")
    assert (status, found["error"]) == (404, "PROXY_PERMISSIONS_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("PATCH", "/permissions/default", {"default": "allow"}),
        ("PATCH", "/permissions/state", {"enable_proxy": True}),
        ("PUT", "/permissions/groups/office/ip", {"range": "10.0.0.0/8"}),
    ],
)
async def test_a_write_on_nothing_makes_an_open_document(door: Door, method: str, rest: str, body: Any) -> None:
    await door.ok(method, rest, body)
    found = await door.ok("GET", "/permissions")
    groups = {"office": IP} if "groups" in rest else {}
    assert found == OPEN | door.owner | {"groups": groups, "hooks": {}, "schema_version": 1, "file_version": 1, "etag": "file:v1"}


@pytest.mark.parametrize("rest", ["", "/groups/g", "/permissions/g", "/permissions/g/files"])
async def test_where_nothing_is_nothing_can_be_deleted(door: Door, rest: str) -> None:
    assert await door.refused("DELETE", f"/permissions{rest}") == 404


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        (None, 428, "PRECONDITION_REQUIRED"),
        (0, 412, "PRECONDITION_FAILED"),
        (3, 412, "PRECONDITION_FAILED"),
        *((malformed, 400, "VALIDATION_ERROR") for malformed in ("", "2", "*", "file:v", "file:v02", "file:v-2", '"file:v2"', "File:v2")),
    ],
)
async def test_a_write_needs_the_present_version(door: Door, version: int | str | None, status: int, code: str) -> None:
    for default in ("allow", "deny"):
        await door.ok("PATCH", "/permissions/default", {"default": default})
    answer, found = await door("PATCH", "/permissions/default", {"default": "allow"}, version)
    assert (answer, found["error"], found["statusCode"]) == (status, code, status)
    assert (await door.ok("GET", "/permissions"))["default"] == "deny"


async def test_every_write_is_one_version_more_and_answers_what_it_must(door: Door) -> None:
    for number, (method, rest, body, more) in enumerate(WRITES):
        assert await door.version() == number
        written = await door.ok(method, rest, body)
        assert set(written) == {*door.owner, "groups", "permissions", "default"} | more
    assert await door.version() == 0


async def test_a_deleted_document_leaves_everything_open_and_begins_anew(door: Door) -> None:
    await door.ok("PUT", "/permissions", door.whole(groups=ALL_KINDS))
    assert await door.ok("DELETE", "/permissions") == OPEN | door.owner
    await door.ok("PATCH", "/permissions/default", {"default": "deny"})
    assert await door.version() == 1


async def test_a_whole_document_takes_the_place_of_the_old_one(door: Door) -> None:
    await door.ok("PATCH", "/permissions/state", {"enable_proxy": False})
    grants = {"bots": {"terminal": [1, 2], "http": "8000-8100", "display": "*", "ssh": 22}, "office": {"files": False}}
    written = await door.ok("PUT", "/permissions", door.whole(groups=ALL_KINDS, permissions=grants))
    assert (written["default"], written["enable_proxy"], written["permissions"]) == ("deny", True, grants)
    assert written["groups"].pop("people")["password"] != PASSWORD["password"]
    assert written["groups"] == {name: group for name, group in ALL_KINDS.items() if name != "people"}
    await door.ok("PUT", "/permissions", door.whole(default="allow", enable_proxy=False))
    assert await door.ok("GET", "/permissions") == door.owner | OPEN | {
        "enable_proxy": False,
        "hooks": {},
        "schema_version": 1,
        "file_version": 3,
        "etag": "file:v3",
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"project": "9" * 24},
        {"container": "9" * 24},
        {"groups": None},
        {"default": "maybe"},
        {"enable_proxy": "true"},
        {"file_version": 1},
        {"groups": {"no group": IP}},
        {"groups": {"g" * 51: IP}},
        {"groups": {"g": {"range": "10.0.0.0/8"}}},
        {"groups": {"g": {"type": "magic"}}},
        {"groups": {"g": IP | {"secret": "s"}}},
        {"groups": {"g": {"type": "hoody-identity", "allow_types": ["robot"]}}},
        {"permissions": {"nobody": {"terminal": True}}},
        {"groups": {"g": IP}, "permissions": {"g": {"": True}}},
        {"groups": {"g": IP}, "permissions": {"g": {"files": "*"}}},
        {"groups": {"g": IP}, "permissions": {"g": {"terminal": None}}},
    ],
)
async def test_a_whole_document_that_does_not_fit_is_refused(door: Door, facts: dict[str, Any]) -> None:
    assert await door.refused("PUT", "/permissions", door.whole(**facts)) == 400


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        ("default", {}),
        ("default", {"default": "open"}),
        ("default", {"default": "deny", "more": 1}),
        ("state", {}),
        ("state", {"enable_proxy": 1}),
    ],
)
async def test_a_policy_that_does_not_fit_is_refused(door: Door, rest: str, body: Any) -> None:
    assert await door.refused("PATCH", f"/permissions/{rest}", body) == 400


async def test_documents_of_a_project_hold_no_hooks(caller: Caller) -> None:
    door = of_project(caller)
    assert await door.refused("PUT", "/permissions", door.whole(hooks={})) == 400


@pytest.mark.parametrize(("thing_id", "status"), [("9" * 24, 404), (seed.FOREIGN_PROJECT, 404), ("nonsense", 400)])
@pytest.mark.parametrize("kind", ["containers", "projects"])
async def test_documents_of_others_look_like_none(caller: Caller, kind: str, thing_id: str, status: int) -> None:
    door = Door(caller, f"/{kind}/{thing_id}", {})
    assert (await door("GET", "/permissions"))[0] == status
    assert (await door("PATCH", "/permissions/default", {"default": "deny"}, 0))[0] == status


async def test_a_realm_host_shows_documents_of_its_realm_only(caller: Caller, door: Door) -> None:
    await door.ok("PATCH", "/permissions/default", {"default": "deny"})
    assert (await Door(caller.in_realm(seed.REALM), door.path, door.owner)("GET", "/permissions"))[0] == 404


async def test_whoever_may_read_only_cannot_write(caller: Caller, door: Door) -> None:
    await door.ok("PATCH", "/permissions/default", {"default": "allow"})
    reader = Door(caller.as_(seed.READER), door.path, door.owner)
    assert (await reader("GET", "/permissions"))[0] == 200
    for method, rest, body, _ in WRITES:
        status, found = await reader(method, rest, body, 1)
        right = "containers.update" if "container" in door.owner else "projects.update"
        assert (status, found["error"], found["message"]) == (403, "PERMISSION_DENIED", f"Missing permission: {right}")


async def test_a_container_tells_which_documents_there_are(caller: Caller, running: dict[str, Any]) -> None:
    path, own, project = f"/containers/{running['id']}", of_container(caller, running), of_project(caller)
    told: list[tuple[bool, str]] = []
    for door, method in [(None, ""), (own, "PATCH"), (project, "PATCH"), (own, "DELETE")]:
        if door:
            rest, body = ("/default", {"default": "deny"}) if method == "PATCH" else ("", None)
            await door.ok(method, f"/permissions{rest}", body)
        shown = await caller.ok("GET", path)
        told.append((shown["has_proxy_permissions"], shown["proxy_permissions_scope"]))
    assert told == [(False, "none"), (True, "container"), (True, "both"), (True, "project")]


async def test_a_container_shows_the_documents_to_whoever_may_see_them(caller: Caller, running: dict[str, Any]) -> None:
    own = of_container(caller, running)
    await own.ok("PATCH", "/permissions/default", {"default": "deny"})
    shown = await caller.ok("GET", f"/containers/{running['id']}", include_proxy_permissions="true")
    assert shown["proxy_permissions"] == await own.ok("GET", "/permissions")
    assert "project_proxy_permissions" not in shown
    reader = caller.as_(seed.READER)
    assert (await reader("GET", f"/containers/{running['id']}", None, include_proxy_permissions="true"))[0] == 403


async def test_documents_go_with_what_they_are_for(caller: Caller, clock: Clock, world: World) -> None:
    made = await caller.ok("POST", "/projects/", {"alias": "passing"})
    box = await caller.ok("POST", f"/projects/{made['id']}/containers", {"server_id": seed.SERVER, "name": "passing"})
    clock.wait(60)
    for door in (of_container(caller, box), Door(caller, f"/projects/{made['id']}", {})):
        await door.ok("PATCH", "/permissions/default", {"default": "deny"})
    await caller.ok("DELETE", f"/projects/{made['id']}")
    assert world.proxy_documents == {}
