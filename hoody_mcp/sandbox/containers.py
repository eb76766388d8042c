"""Containers: made, listed, shown, changed and deleted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.responses import Response

from . import find
from .container_records import COLOR, NAME, Kvm, add, check_key, check_name, check_room, colored, image_name, random_name, rented
from .container_views import EXPIRY, PLACE, PROXY, SNAPSHOTS, extras, shown, warnings
from .env import checked, keep
from .routes import Area
from .state import Container, Json
from .states import demand
from .wire import Ask, Body, Refusal, checked_id, data, paged

area = Area()

SORTED_BY = ("id", "name", "status", "created_at", "updated_at")


class Create(Kvm):
    """What a container is made of."""

    server_id: str
    name: str = Field(default="rand", min_length=3, max_length=100, pattern=NAME)
    color: str = Field(default="", pattern=COLOR)
    container_image: str | None = None
    ai: bool = True
    environment_vars: dict[str, str] = Field(default_factory=dict[str, str])
    ssh_public_key: str | None = None
    comment: str | None = Field(default=None, max_length=16_000)
    hoody_kit: bool = True
    dev_kit: bool = True
    autostart: bool = True
    ramdisk: bool = True
    cache: bool = True
    cache_image: bool = False
    prespawn: bool = False
    bypass_prespawn: bool = False
    realm_ids: list[str] = Field(default_factory=list[str])


class Update(Body):
    """What of a container can change; what is absent stays, and null clears where it is allowed."""

    name: str = Field(default="", min_length=1, max_length=100)
    color: str = Field(default="", pattern=COLOR)
    ai: bool = True
    autostart: bool = True
    ramdisk_scope: Literal["container", "project"] = "container"
    ramdisk: bool = True
    environment_vars: dict[str, str] = Field(default_factory=dict[str, str])
    ssh_public_key: str | None = None
    comment: str | None = Field(default=None, max_length=16_000)
    realm_ids: list[str] = Field(default_factory=list[str])


@area.route("GET /containers/", needs="containers.read")
def list_all(ask: Ask) -> Response:
    """List the caller's containers in all projects."""
    return _listed(ask, find.containers(ask), limit=50)


@area.route("GET /projects/{id}/containers", needs="containers.read")
def list_by_project(ask: Ask) -> Response:
    """List the containers of one project."""
    project = find.project(ask, ask.id("id"))
    inside = [container for container in find.containers(ask) if container.record["project_id"] == project["id"]]
    return _listed(ask, inside, without=PLACE)


@area.route("POST /projects/{id}/containers", needs="containers.create")
def create(ask: Ask) -> Response:
    """Make a container, which starts by itself."""
    project, asked = find.project(ask, ask.id("id")), ask.body(Create)
    rental = rented(ask, "server_id", asked.server_id)
    if asked.prespawn:
        raise Refusal(403, "FORBIDDEN", "Only the system makes prewarmed containers")
    name = random_name() if asked.name == "rand" else asked.name
    facts: Json = {
        **asked.model_dump(include={"ai", "hoody_kit", "autostart", "ramdisk", "ssh_public_key", "comment"}),
        "name": name,
        "color": colored(asked.color),
        "container_image": image_name(asked.container_image),
        "dev_kit": asked.dev_kit if "dev_kit" in asked.model_fields_set else asked.hoody_kit,
        "kvm": asked.granted(ask, rental),
        "realm_ids": find.in_realm(ask, [checked_id("realm_ids", realm) for realm in asked.realm_ids]),
    }
    variables = checked(asked.environment_vars)
    check_name(ask, project["id"], name)
    check_key(ask, asked.ssh_public_key)
    check_room(ask, project, rental)
    made = add(ask, project, rental, facts)
    keep(made, variables)
    ask.world.begin(made, "creating", "running")
    left_out = PLACE | PROXY | SNAPSHOTS | {"is_default", "pool_id"}
    return data(shown(ask, made, left_out), 201, "Container creation started")


@area.route("GET /containers/{id}", needs="containers.read")
def get(ask: Ask) -> Response:
    """Show one container."""
    found = find.container(ask)
    record = shown(ask, found)
    return data(record | extras(ask, found) | {"warnings": warnings(record)})


@area.route("PUT /containers/{id}", needs="containers.update")
def update(ask: Ask) -> Response:
    """Change a container: what is absent stays."""
    found, asked = find.container(ask), ask.body(Update)
    changes = asked.model_dump(exclude_unset=True)
    if "name" in changes:
        check_name(ask, found.record["project_id"], asked.name, found)
    check_key(ask, asked.ssh_public_key, found)
    if "color" in changes:
        changes["color"] = colored(asked.color)
    if asked.ramdisk_scope == "project" and ask.world.projects[found.record["project_id"]].get("permissions"):
        raise Refusal(409, "CONFLICT", "A project with other members cannot share its ramdisk")
    if "realm_ids" in changes:
        changes["realm_ids"] = _realms(ask, asked.realm_ids)
    if "environment_vars" in changes:
        keep(found, checked(changes.pop("environment_vars")))
    found.record |= changes | {"updated_at": ask.world.now()}
    return data(shown(ask, found, EXPIRY | PROXY | SNAPSHOTS), message="Container updated")


@area.route("DELETE /containers/{id}", needs="containers.delete")
def delete(ask: Ask) -> Response:
    """Delete a container with its disk, its snapshots and its aliases, in whichever state it rests."""
    found = find.container(ask)
    demand(found, "delete it", "running", "stopped", "paused", "failed")
    found.end_processes()
    ask.world.begin(found, "deleting", "deleted")
    return data(None, message="Container deletion started")


def _listed(ask: Ask, containers: list[Container], *, limit: int = 10, without: frozenset[str] = frozenset()) -> Response:
    realm = ask.query.get("realm_id")
    wanted = checked_id("realm_id", realm) if realm else ""
    deleting, expired, _ = ask.flag("include_deleting"), ask.flag("include_expired"), ask.flag("include_prespawn")
    rows: list[Json] = []
    for container in containers:
        record = shown(ask, container)
        fits = not wanted or wanted in record["realm_ids"]
        if fits and (deleting or record["status"] != "deleting") and (expired or not record["server_expired"]):
            rows.append({name: value for name, value in record.items() if name not in without} | extras(ask, container))
    return paged(ask, "containers", rows, limit=limit, keys=SORTED_BY)


def _realms(ask: Ask, realm_ids: list[str]) -> list[str]:
    if ask.caller.realms:
        raise Refusal(403, "FORBIDDEN", "A token that is limited to realms cannot change the realms of a container")
    return [checked_id("realm_ids", realm) for realm in realm_ids]
