"""Containers in the sandbox: made, listed, shown, changed and deleted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

PATH = f"/projects/{seed.PROJECT}/containers"
BOX = {"server_id": seed.SERVER, "name": "box"}
CREATED = """id project_id project_alias server_id server_name subserver_name ssh_hostname name color container_image ai hoody_kit dev_kit
    kvm autostart prespawn status environment_vars volumes ssh_public_key comment created_at updated_at realm_ids"""
LISTED = f"""{CREATED} is_default snapshot_count last_used_snapshot pool_id has_proxy_permissions proxy_permissions_scope
    has_proxy_domains proxy_domains_count"""
CHANGED = f"{CREATED} is_default pool_id server ramdisk ramdisk_scope source_container_id"
ALIAS = "id alias program index target_path allow_path_override expires_at enabled created_at updated_at url"
SHOWN = f"{LISTED} server ramdisk ramdisk_scope source_container_id server_expired server_expired_at server_expired_reason"


async def test_answers_have_the_fields_of_the_reference(caller: Caller, clock: Clock) -> None:
    made = await caller.ok("POST", PATH, BOX)
    assert set(made) == set(CREATED.split())
    clock.wait(60)
    found = await caller.ok("GET", f"/containers/{made['id']}")
    assert set(found) == {*SHOWN.split(), "warnings"}
    assert set(await caller.ok("PUT", f"/containers/{made['id']}", {})) == set(CHANGED.split())
    for path, fields in ((PATH, LISTED), ("/containers/", SHOWN)):
        assert [set(row) for row in (await caller.ok("GET", path))["containers"]] == [set(fields.split())]


async def test_a_new_container_runs_after_a_while_and_its_services_later(caller: Caller, clock: Clock) -> None:
    status, found = await caller("POST", PATH, BOX)
    made = found["data"]
    assert (status, made["status"]) == (201, "creating")
    service = caller.service(made, "terminal")
    answers = [(await service("GET", "/"))[0]]
    for seconds in (2, 1):
        clock.wait(seconds)
        assert (await caller.ok("GET", f"/containers/{made['id']}"))["status"] == "running"
        answers.append((await service("GET", "/"))[0])
    assert answers[:2] == [502, 503]
    assert answers[2] not in {502, 503}


async def test_defaults_are_those_of_the_reference(caller: Caller) -> None:
    made = await caller.ok("POST", PATH, {"server_id": seed.SERVER})
    assert {made[name] for name in ("ai", "hoody_kit", "dev_kit", "autostart")} == {True}
    assert (made["container_image"], made["kvm"], made["comment"], made["environment_vars"]) == ("debian/13", False, None, {})
    assert made["server_name"] == seed.SERVER_NAME
    assert made["subserver_name"] != seed.SERVER_NAME
    bare = await caller.ok("POST", PATH, {"server_id": seed.SERVER, "name": "rand", "hoody_kit": False})
    assert (bare["dev_kit"], len({"rand", made["name"], bare["name"]})) == (False, 3)


@pytest.mark.parametrize("image", ["debian", "debian-13", "debian:13", "debian 13", "debian/13", None])
async def test_images_have_short_names(caller: Caller, image: str | None) -> None:
    assert (await caller.ok("POST", PATH, {**BOX, "container_image": image}))["container_image"] == "debian/13"


@pytest.mark.parametrize(("color", "spelt"), [("ff0000", "#FF0000"), ("#abc", "#ABC")])
async def test_colors_are_spelt_alike(caller: Caller, color: str, spelt: str) -> None:
    assert (await caller.ok("POST", PATH, {**BOX, "color": color}))["color"] == spelt


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"server_id": "node-1"}, "/server_id"),
        ({"name": "ab"}, "/name"),
        ({"name": "a box"}, "/name"),
        ({"color": "red"}, "/color"),
        ({"color": None}, "/color"),
        ({"ai": "true"}, "/ai"),
        ({"memory": 4}, "/memory"),
        ({"comment": "c" * 16_001}, "/comment"),
        ({"environment_vars": {"HOODY_TOKEN": "x"}}, "/environment_vars/HOODY_TOKEN"),
        ({"environment_vars": {"1A": "x"}}, "/environment_vars/1A"),
        ({"environment_vars": {"A": 1}}, "/environment_vars/A"),
        ({"realm_ids": ["here"]}, "/realm_ids"),
        ({"kvm": True, "dev_kvm": False}, "/dev_kvm"),
    ],
)
async def test_what_does_not_fit_is_refused_by_field(caller: Caller, change: Any, place: str) -> None:
    status, found = await caller("POST", PATH, BOX | change)
    assert (status, found["data"][0]["instancePath"]) == (400, place)
    assert (await caller.ok("GET", PATH))["containers"] == []


@pytest.mark.parametrize(
    ("server_id", "words"), [(seed.RENTAL, "is the id of a rental"), ("9" * 24, "is not the server_id of an active rental")]
)
async def test_only_a_rented_server_takes_containers(caller: Caller, server_id: str, words: str) -> None:
    status, found = await caller("POST", PATH, BOX | {"server_id": server_id})
    assert (status, words in found["message"]) == (404, True)


async def test_a_rental_that_has_ended_takes_no_containers_and_expires_its_own(
    caller: Caller, running: dict[str, Any], clock: Clock
) -> None:
    clock.wait(40 * 86_400)
    assert (await caller("POST", PATH, BOX | {"name": "late"}))[0] == 404
    assert (await caller.ok("GET", PATH))["containers"] == []
    assert len((await caller.ok("GET", "/containers/", include_expired="true"))["containers"]) == 1
    found = await caller.ok("GET", f"/containers/{running['id']}")
    assert (found["server_expired"], found["warnings"][0]["type"]) == (True, "server_expired")


async def test_prewarmed_containers_are_not_for_users(caller: Caller) -> None:
    assert (await caller("POST", PATH, BOX | {"prespawn": True}))[0] == 403


@pytest.mark.parametrize(("server", "rental", "status"), [({}, {}, 201), ({"is_vm": True}, {}, 403), ({}, {"is_free_tier": True}, 403)])
async def test_kvm_needs_a_paid_server_of_metal(caller: Caller, world: World, server: Any, rental: Any, status: int) -> None:
    world.market[seed.SERVER] |= {"is_vm": False} | server
    world.rentals[seed.RENTAL] |= rental
    assert (await caller("POST", PATH, BOX | {"dev_kvm": True}))[0] == status


async def test_a_server_holds_no_more_than_its_capacity(caller: Caller) -> None:
    made = [(await caller("POST", PATH, {"server_id": seed.SERVER}))[0] for _ in range(21)]
    assert made == [201] * 20 + [409]


async def test_a_project_holds_no_more_than_its_quota(caller: Caller, clock: Clock) -> None:
    await caller.ok("PUT", f"/projects/{seed.PROJECT}", {"alias": "default", "max_containers": 1})
    made = await caller.ok("POST", PATH, BOX)
    status, found = await caller("POST", PATH, BOX | {"name": "second"})
    assert (status, "max_containers" in found["message"]) == (409, True)
    clock.wait(60)
    await caller.ok("DELETE", f"/containers/{made['id']}")
    await caller.ok("POST", PATH, BOX | {"name": "second"})


async def test_names_are_unique_in_a_project_and_keys_everywhere(caller: Caller) -> None:
    other = await caller.ok("POST", "/projects/", {"alias": "other"})
    await caller.ok("POST", PATH, BOX | {"ssh_public_key": "ssh-ed25519 AAAA"})
    assert (await caller("POST", PATH, BOX))[0] == 409
    twin = await caller.ok("POST", f"/projects/{other['id']}/containers", BOX)
    assert (await caller("PUT", f"/containers/{twin['id']}", {"ssh_public_key": "ssh-ed25519 AAAA"}))[0] == 409
    assert (await caller("POST", PATH, BOX | {"name": "third", "ssh_public_key": "ssh-ed25519 AAAA"}))[0] == 409


async def test_every_container_has_a_disk_and_an_address_of_its_own(caller: Caller, world: World) -> None:
    ids = [(await caller.ok("POST", PATH, {"server_id": seed.SERVER}))["id"] for _ in range(3)]
    boxes = [world.containers[each] for each in ids]
    assert [box.address for box in boxes] == ["10.77.0.2", "10.77.0.3", "10.77.0.4"]
    assert boxes[0].files["/etc/hostname"] == f"{boxes[0].record['name']}\n".encode()
    assert boxes[0].files["/hoody/databases"] is None


@pytest.mark.parametrize(("container_id", "status"), [("9" * 24, 404), ("box", 400)])
async def test_an_id_must_be_one_and_yours(caller: Caller, container_id: str, status: int) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert (await caller(method, f"/containers/{container_id}", {} if method == "PUT" else None))[0] == status
    assert (await caller("POST", f"/projects/{seed.FOREIGN_PROJECT}/containers", BOX))[0] == 404


async def test_an_update_keeps_what_it_does_not_name(caller: Caller, running: dict[str, Any]) -> None:
    path = f"/containers/{running['id']}"
    await caller.ok("PUT", path, {"comment": "mine", "environment_vars": {"A": "1"}, "name": "box", "ssh_public_key": "k"})
    changed = await caller.ok("PUT", path, {"color": "abc", "ssh_public_key": "k"})
    assert (changed["comment"], changed["environment_vars"], changed["color"]) == ("mine", {"A": "1"}, "#ABC")
    cleared = await caller.ok("PUT", path, {"comment": None, "ssh_public_key": None})
    assert (cleared["comment"], cleared["ssh_public_key"]) == (None, None)


@pytest.mark.parametrize("body", [{"hoody_kit": False}, {"name": None}, {"name": ""}, {"ramdisk_scope": "world"}, {"realm_ids": ["x"]}])
async def test_what_cannot_change_is_refused(caller: Caller, running: dict[str, Any], body: Any) -> None:
    assert (await caller("PUT", f"/containers/{running['id']}", body))[0] == 400


async def test_a_shared_project_shares_no_ramdisk(caller: Caller, running: dict[str, Any]) -> None:
    path, wish = f"/containers/{running['id']}", {"ramdisk_scope": "project"}
    assert (await caller.ok("PUT", path, wish))["ramdisk_scope"] == "project"
    await caller.ok("POST", f"/projects/{seed.PROJECT}/permissions", {"user_id": seed.STRANGER, "permission_level": "read"})
    assert (await caller("PUT", path, wish))[0] == 409


async def test_deletion_takes_a_while_and_is_not_begun_twice(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    path = f"/containers/{running['id']}"
    assert (await caller("DELETE", path))[1]["data"] is None
    assert (await caller("DELETE", path))[1]["error"] == "OPERATION_STATE_CONFLICT"
    assert (await caller.ok("GET", path))["status"] == "deleting"
    assert (await caller.ok("GET", PATH))["containers"] == []
    assert len((await caller.ok("GET", PATH, include_deleting="true"))["containers"]) == 1
    clock.wait(60)
    assert (await caller("GET", path))[0] == 404


async def test_what_is_being_made_cannot_be_deleted(caller: Caller) -> None:
    made = await caller.ok("POST", PATH, BOX)
    assert (await caller("DELETE", f"/containers/{made['id']}"))[0] == 409


async def test_lists_are_paged_sorted_and_filtered_by_realm(caller: Caller) -> None:
    for name in ("bbb", "aaa", "ccc"):
        realms = [seed.REALM] if name == "aaa" else []
        await caller.ok("POST", PATH, {"server_id": seed.SERVER, "name": name, "realm_ids": realms})
    page = await caller.ok("GET", "/containers/", sort_by="name", sort_order="asc", limit=2, page=2)
    assert ([row["name"] for row in page["containers"]], page["pagination"]["totalPages"]) == (["ccc"], 2)
    assert (await caller.ok("GET", "/containers/"))["pagination"]["limit"] == 50
    inside = await caller.ok("GET", "/containers/", realm_id=seed.REALM)
    assert [row["name"] for row in inside["containers"]] == ["aaa"]


@pytest.mark.parametrize(
    "query", [{"sort_by": "color"}, {"limit": "101"}, {"realm_id": "x"}, {"runtime": "yes"}, {"include_deleting": "1"}]
)
async def test_queries_are_read_strictly(caller: Caller, running: dict[str, Any], query: dict[str, str]) -> None:
    assert running
    assert (await caller("GET", "/containers/", **query))[0] == 400


async def test_runtime_and_aliases_come_on_request(caller: Caller, running: dict[str, Any], world: World) -> None:
    terminal = SimpleNamespace(id="1", shell=SimpleNamespace(user="root"), created=1.0, used=2.0, settle=Mock())
    world.containers[running["id"]].terminals["1"] = terminal
    await caller.ok("POST", "/proxy/aliases", {"container_id": running["id"], "alias": "site", "program": "http", "port": 80})
    path = f"/containers/{running['id']}"
    found = await caller.ok("GET", path, runtime="true", include_proxy_domains="true", include_proxy_permissions="true")
    shown = {"id": "1", "username": "root", "created_at": 1.0, "last_activity": 2.0}
    assert found["runtime_info"] == {"displays": [], "services": [], "network_services": [], "terminals": [shown]}
    assert (found["proxy_domains"][0]["alias"], found["proxy_domains_count"]) == ("site", 1)
    assert set(found["proxy_domains"][0]) == set(ALIAS.split())
    assert (await caller.ok("GET", path, runtime='{"displays":true}'))["runtime_info"] == {"displays": []}
    assert "runtime_info" not in await caller.ok("GET", path, runtime="false")


async def test_a_realm_host_makes_and_shows_what_is_in_its_realm(caller: Caller, running: dict[str, Any]) -> None:
    here, elsewhere = caller.in_realm(seed.REALM), caller.in_realm(seed.OTHER_REALM)
    project = await here.ok("POST", "/projects/", {"alias": "inside"})
    made = await here.ok("POST", f"/projects/{project['id']}/containers", BOX)
    assert made["realm_ids"] == [seed.REALM]
    assert (await here("POST", PATH, BOX | {"name": "other"}))[0] == 404
    assert (await here("GET", f"/containers/{running['id']}"))[0] == 404
    assert (await elsewhere("GET", f"/containers/{made['id']}"))[0] == 404
    assert [row["id"] for row in (await here.ok("GET", "/containers/"))["containers"]] == [made["id"]]


async def test_a_token_of_realms_moves_nothing_between_them(caller: Caller) -> None:
    limited = caller.in_realm(seed.REALM).as_(seed.IN_REALMS)
    project = await limited.ok("POST", "/projects/", {"alias": "inside"})
    made = await limited.ok("POST", f"/projects/{project['id']}/containers", BOX)
    assert (await limited("PUT", f"/containers/{made['id']}", {"realm_ids": [seed.OTHER_REALM]}))[0] == 403
    assert (await caller.ok("PUT", f"/containers/{made['id']}", {"realm_ids": []}))["realm_ids"] == []


async def test_a_reader_changes_nothing(caller: Caller, running: dict[str, Any]) -> None:
    reader, path = caller.as_(seed.READER), f"/containers/{running['id']}"
    assert (await reader.ok("GET", path))["id"] == running["id"]
    for method, where, body in (("POST", PATH, BOX), ("PUT", path, {}), ("DELETE", path, None)):
        assert (await reader(method, where, body))[1]["error"] == "PERMISSION_DENIED"
