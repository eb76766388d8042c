"""Projects in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed

from .conftest import Caller, Clock

ALIAS = {"alias": "client"}


async def test_a_new_project_is_listed_and_shown(caller: Caller) -> None:
    made = await caller.ok("POST", "/projects/", ALIAS)
    assert (await caller.ok("GET", f"/projects/{made['id']}"))["alias"] == "client"
    listed = await caller.ok("GET", "/projects/", sort_by="alias", sort_order="asc")
    assert [project["alias"] for project in listed["projects"]] == ["client", "default"]
    assert listed["pagination"] == {"total": 2, "page": 1, "limit": 10, "totalPages": 1}


async def test_pages_part_a_list_without_loss(caller: Caller) -> None:
    for number in range(5):
        await caller.ok("POST", "/projects/", {"alias": f"p{number}"})
    pages = [(await caller.ok("GET", "/projects/", page=page, limit=4))["projects"] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert len({project["id"] for page in pages for project in page}) == 6


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "/alias"), ({"alias": ""}, "/alias"), ({**ALIAS, "more": 1}, "/more"), ({**ALIAS, "max_containers": "3"}, "/max_containers")],
)
async def test_a_body_that_does_not_fit_is_refused_by_field(caller: Caller, body: Any, field: str) -> None:
    status, found = await caller("POST", "/projects/", body)
    assert (status, found["data"][0]["instancePath"]) == (400, field)


async def test_an_alias_is_used_once(caller: Caller) -> None:
    await caller.ok("POST", "/projects/", ALIAS)
    assert (await caller("POST", "/projects/", ALIAS))[0] == 409
    assert (await caller.as_(seed.READER)("POST", "/projects/", ALIAS))[0] == 403


@pytest.mark.parametrize(("project_id", "status"), [("9" * 24, 404), (seed.FOREIGN_PROJECT, 404), ("nonsense", 400)])
async def test_what_is_not_yours_looks_like_what_is_not_there(caller: Caller, project_id: str, status: int) -> None:
    assert (await caller("GET", f"/projects/{project_id}"))[0] == status


async def test_an_update_keeps_what_it_does_not_name(caller: Caller) -> None:
    made = await caller.ok("POST", "/projects/", {**ALIAS, "max_containers": 3})
    assert (await caller("PUT", f"/projects/{made['id']}", {"color": "#123456"}))[0] == 400
    changed = await caller.ok("PUT", f"/projects/{made['id']}", {"alias": "renamed"})
    assert (changed["alias"], changed["max_containers"], changed["color"]) == ("renamed", 3, made["color"])


async def test_deletion_takes_the_containers_along(caller: Caller, clock: Clock) -> None:
    made = await caller.ok("POST", "/projects/", ALIAS)
    box = await caller.ok("POST", f"/projects/{made['id']}/containers", {"server_id": seed.SERVER, "name": "box"})
    assert (await caller("DELETE", f"/projects/{made['id']}"))[0] == 409
    clock.wait(60)
    gone = await caller.ok("DELETE", f"/projects/{made['id']}", include_deleted_items="true")
    assert gone["deleted"]["containers"] == 1
    assert [(await caller("GET", path))[0] for path in (f"/projects/{made['id']}", f"/containers/{box['id']}")] == [404, 404]


async def test_the_default_project_stays(caller: Caller) -> None:
    assert (await caller("DELETE", f"/projects/{seed.PROJECT}"))[0] == 403


async def test_access_is_given_changed_and_taken_away(caller: Caller) -> None:
    path = f"/projects/{seed.PROJECT}/permissions"
    given = await caller.ok("POST", path, {"user_id": seed.STRANGER, "permission_level": "read"})
    assert (await caller("POST", path, {"user_id": seed.STRANGER, "permission_level": "read"}))[0] == 409
    assert (await caller.ok("PUT", f"{path}/{given['id']}", {"permission_level": "edit"}))["permission_level"] == "edit"
    await caller.ok("DELETE", f"{path}/{given['id']}")
    assert (await caller("DELETE", f"{path}/{given['id']}"))[0] == 404


async def test_a_realm_host_shows_its_realm_only(caller: Caller) -> None:
    inside = await caller.in_realm(seed.REALM).ok("POST", "/projects/", ALIAS)
    assert inside["realm_ids"] == [seed.REALM]
    listed = await caller.in_realm(seed.REALM).ok("GET", "/projects/")
    assert [project["id"] for project in listed["projects"]] == [inside["id"]]
    assert (await caller.in_realm(seed.OTHER_REALM)("GET", f"/projects/{inside['id']}"))[0] == 404
