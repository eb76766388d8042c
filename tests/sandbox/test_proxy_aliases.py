"""Proxy aliases in the sandbox."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.places import DOMAIN
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

PATH = "/proxy/aliases"
Box = dict[str, Any]


def body(box: Box, **more: Any) -> dict[str, Any]:
    return {"container_id": box["id"], "program": "http", "port": 3000, "alias": "shop", **more}


async def test_a_new_alias_is_listed_and_shown_with_its_url(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running, target_path="app"))
    assert made["url"] == f"https://shop.{running['server_name']}.containers.{DOMAIN}"
    assert (made["program"], made["index"], made["target_path"]) == ("http", 3000, "/app")
    assert await caller.ok("GET", PATH) == {"aliases": [made], "count": 1}
    shown = await caller.ok("GET", f"{PATH}/{made['id']}")
    assert (shown["container"]["name"], shown["project"]["id"]) == ("box", seed.PROJECT)


async def test_answers_hold_every_field_of_an_alias(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running))
    fields = {"id", "user_id", "project_id", "container_id", "alias", "program", "index", "target_path", "allow_path_override"}
    fields |= {"expires_at", "enabled", "created_at", "updated_at", "server_id", "server_name", "subserver_name", "url"}
    assert set(made) == fields
    assert set(await caller.ok("GET", f"{PATH}/{made['id']}")) == fields | {"project", "container"}


@pytest.mark.parametrize("alias", [None, False])
async def test_without_a_name_it_gets_48_hex_digits(caller: Caller, running: Box, alias: Any) -> None:
    made = await caller.ok("POST", PATH, body(running, alias=alias))
    assert re.fullmatch(r"[0-9a-f]{48}", made["alias"])


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ({"program": "http", "port": 3000, "index": 1}, ("http", 3000)),
        ({"program": "https-8443", "port": None}, ("https", 8443)),
        ({"program": "http-3000", "port": 4000}, ("http", 4000)),
        ({"program": "http", "port": None, "index": 8080}, ("http", 8080)),
        ({"program": "terminal", "port": 3000, "index": 2}, ("terminal", 2)),
        ({"program": "files", "port": None}, ("files", 1)),
    ],
)
async def test_the_port_wins_over_the_program_and_that_over_the_index(caller: Caller, running: Box, target: Any, leads_to: Any) -> None:
    given = {name: value for name, value in body(running, **target).items() if value is not None}
    made = await caller.ok("POST", PATH, given)
    assert (made["program"], made["index"]) == leads_to


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"alias": "ab"}, "/alias"),
        ({"alias": "-abc"}, "/alias"),
        ({"alias": "Shop"}, "/alias"),
        ({"alias": "a" * 62}, "/alias"),
        ({"alias": "containers"}, "/alias"),
        ({"alias": "proxy"}, "/alias"),
        ({"alias": "workspaces-x"}, "/alias"),
        ({"alias": True}, "/alias"),
        ({"program": "web"}, "/program"),
        ({"port": 0}, "/port"),
        ({"port": "3000"}, "/port"),
        ({"container_id": "box"}, "/container_id"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"more": 1}, "/more"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(caller: Caller, running: Box, wrong: Any, field: str) -> None:
    status, found = await caller("POST", PATH, body(running, **wrong))
    assert (status, found["data"][0]["instancePath"]) == (400, field)


@pytest.mark.parametrize(("target", "field"), [({"program": "http-70000"}, "/program"), ({"program": "http", "index": 70_000}, "/index")])
async def test_a_port_above_65535_is_refused_however_it_is_given(caller: Caller, running: Box, target: Any, field: str) -> None:
    status, found = await caller("POST", PATH, {"container_id": running["id"], **target})
    assert (status, found["data"][0]["instancePath"]) == (400, field)


@pytest.mark.parametrize("name", ["containers-my-app", "proxymyapp", "abc", "a" * 61])
async def test_names_that_only_resemble_reserved_ones_are_free(caller: Caller, running: Box, name: str) -> None:
    assert (await caller.ok("POST", PATH, body(running, alias=name)))["alias"] == name


async def test_a_name_is_used_once_on_a_server_whoever_has_it(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running))
    for name in ("shop", seed.TAKEN):
        assert (await caller("POST", PATH, body(running, alias=name)))[0] == 409
    assert (await caller("PATCH", f"{PATH}/{made['id']}", {"alias": seed.TAKEN}))[0] == 409
    assert (await caller.ok("PATCH", f"{PATH}/{made['id']}", {"alias": "shop"}))["alias"] == "shop"


async def test_an_update_keeps_what_it_does_not_name(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running, target_path="/app"))
    path = f"{PATH}/{made['id']}"
    renamed = await caller.ok("PATCH", path, {"alias": "store"})
    assert (renamed["index"], renamed["target_path"]) == (3000, "/app")
    assert renamed["url"].startswith("https://store.")
    moved = await caller.ok("PATCH", path, {"port": 4000, "target_path": None})
    assert (moved["program"], moved["index"], moved["target_path"]) == ("http", 4000, None)
    assert (await caller("PATCH", path, {"alias": None}))[0] == 400
    assert (await caller("PATCH", path, {"program": "web"}))[0] == 400


async def test_an_alias_is_off_when_switched_off_or_over(caller: Caller, running: Box, clock: Clock) -> None:
    made = await caller.ok("POST", PATH, body(running))
    path = f"{PATH}/{made['id']}"
    assert (await caller.ok("PATCH", f"{path}/state", {"enabled": False}))["enabled"] is False
    assert (await caller.ok("PATCH", f"{path}/state", {"enabled": True}))["enabled"] is True
    await caller.ok("PATCH", path, {"expires_at": clock.now + 10})
    clock.wait(11)
    assert (await caller.ok("GET", path))["enabled"] is False
    assert (await caller.ok("PATCH", path, {"expires_at": None}))["enabled"] is True


async def test_filters_leave_what_fits(caller: Caller, running: Box, clock: Clock) -> None:
    await caller.ok("POST", PATH, body(running, alias="one"))
    await caller.ok("POST", PATH, body(running, alias="two", enabled=False))
    await caller.ok("PATCH", f"{PATH}/{(await caller.ok('POST', PATH, body(running, alias='old')))['id']}", {"expires_at": clock.now + 1})
    clock.wait(2)

    async def named(**query: str) -> list[str]:
        return [alias["alias"] for alias in (await caller.ok("GET", PATH, **query))["aliases"]]

    assert await named(enabled="true") == ["one"]
    assert await named(expired="true") == ["old"]
    assert await named(expired="false", enabled="false") == ["two"]
    assert len(await named(project_id=seed.PROJECT, container_id=running["id"])) == 3
    assert await named(project_id=seed.FOREIGN_PROJECT) == await named(container_id="9" * 24) == await named(realm_id=seed.REALM) == []
    for wrong in ({"enabled": "yes"}, {"project_id": "x"}, {"realm_id": "x"}):
        assert (await caller("GET", PATH, **wrong))[0] == 400


async def test_a_deleted_alias_frees_its_name(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running))
    assert await caller.ok("DELETE", f"{PATH}/{made['id']}") is None
    assert (await caller("DELETE", f"{PATH}/{made['id']}"))[0] == 404
    await caller.ok("POST", PATH, body(running))


async def test_aliases_end_with_their_container(caller: Caller, running: Box, clock: Clock, world: World) -> None:
    await caller.ok("POST", PATH, body(running))
    await caller.ok("DELETE", f"/containers/{running['id']}")
    clock.wait(60)
    assert (await caller.ok("GET", PATH))["count"] == 0
    assert [alias["alias"] for alias in world.aliases.values()] == [seed.TAKEN]


async def test_a_container_that_is_being_claimed_takes_no_alias(caller: Caller, running: Box, world: World) -> None:
    made = await caller.ok("POST", PATH, body(running))
    world.containers[running["id"]].record["status"] = "claiming"
    for method, path, given in (("POST", PATH, body(running, alias="two")), ("PATCH", f"{PATH}/{made['id']}/state", {"enabled": False})):
        status, found = await caller(method, path, given)
        assert (status, found["error"]) == (409, "OPERATION_STATE_CONFLICT")


async def test_strangers_readers_and_other_realms_are_kept_out(caller: Caller, running: Box) -> None:
    made = await caller.ok("POST", PATH, body(running))
    foreign = "aa" * 12  # somebody else's alias
    assert (await caller("GET", f"{PATH}/{foreign}"))[0] == 404
    assert (await caller("GET", f"{PATH}/nonsense"))[0] == 400
    assert (await caller("POST", PATH, body(running, container_id="9" * 24)))[0] == 404
    assert (await caller.as_(seed.READER)("DELETE", f"{PATH}/{made['id']}"))[0] == 403
    assert (await caller.in_realm(seed.REALM)("GET", f"{PATH}/{made['id']}"))[0] == 404
    assert (await caller.in_realm(seed.REALM).ok("GET", PATH))["count"] == 0
