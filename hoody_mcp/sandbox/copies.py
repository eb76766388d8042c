"""Copies of containers, and bringing them up to date with what they were copied from."""

from __future__ import annotations

import copy as deep

from pydantic import Field
from starlette.responses import Response

from . import find
from .container_records import NAME, Kvm, add, check_key, check_name, check_room, random_name, rented
from .container_views import EXPIRY, PROXY, SNAPSHOTS, shown
from .routes import Area
from .snapshots import disk, kept_snapshots, put_back, snapshot_of
from .state import Container, Json
from .states import demand
from .wire import Ask, Refusal, checked_id, data

area = Area()

INHERITED = ("color", "container_image", "ai", "hoody_kit", "dev_kit", "autostart", "ramdisk", "comment")


class Copy(Kvm):
    """Where the copy goes, and what comes along; keys, rules and /dev/kvm do not by themselves."""

    target_project_id: str
    target_server_id: str = ""
    name: str = Field(default="", min_length=3, max_length=100, pattern=NAME)
    ssh_public_key: str | None = None
    source_snapshot: str = Field(default="", pattern=NAME)
    copy_firewall_rules: bool = False
    copy_network_rules: bool = False


@area.route("POST /containers/{id}/copy", needs="containers.create")
def copy(ask: Ask) -> Response:
    """Copy a container with its snapshots; the copy starts by itself."""
    source, asked = find.container(ask), ask.body(Copy)
    project = find.project(ask, checked_id("target_project_id", asked.target_project_id))
    rental = rented(ask, "target_server_id", asked.target_server_id or source.record["server_id"])
    demand(source, "copy it")
    name = asked.name or random_name()
    facts: Json = {
        **{field: source.record[field] for field in INHERITED},
        "name": name,
        "ssh_public_key": asked.ssh_public_key,
        "kvm": asked.granted(ask, rental),
        "realm_ids": find.in_realm(ask, source.record["realm_ids"]),
    }
    kept = source.kept[snapshot_of(ask.world, source, asked.source_snapshot)["name"]] if asked.source_snapshot else disk(source)
    check_name(ask, project["id"], name)
    check_key(ask, asked.ssh_public_key)
    check_room(ask, project, rental)
    made = add(ask, project, rental, facts | {"source_container_id": source.id})
    _fill(made, kept)
    made.snapshots, made.kept = deep.deepcopy(kept_snapshots(ask.world, source)), dict(source.kept)
    if asked.copy_firewall_rules:
        made.rules = deep.deepcopy(source.rules)
    if asked.copy_network_rules:
        made.network = deep.deepcopy(source.network)
    ask.world.begin(made, "copying", "running")
    rules = asked.model_dump(include={"copy_firewall_rules", "copy_network_rules"})
    return data(shown(ask, made, EXPIRY | PROXY | SNAPSHOTS | {"pool_id"}) | rules, 201, "Copying started")


@area.route("POST /containers/{id}/sync", needs="containers.update")
def sync(ask: Ask) -> Response:
    """Make a copy what its source is now; what was changed in the copy is lost."""
    found = find.container(ask)
    source_id = found.record["source_container_id"]
    if source_id is None:
        raise Refusal(409, "CONTAINER_NOT_COPIED", "Only a container that was made as a copy can be synced")
    source = next((container for container in find.containers(ask) if container.id == source_id), None)
    if source is None:
        raise Refusal(404, "CONTAINER_NOT_FOUND", "The container that this one was copied from is gone")
    demand(found, "sync it", "running", "stopped")
    demand(source, "sync from its source")
    _fill(found, disk(source))
    ask.world.begin(found, "copying", "running")
    return data({"container_id": found.id, "source_container_id": source_id, "status": found.status}, message="Sync started")


def _fill(container: Container, kept: Json) -> None:
    put_back(container, kept)
    container.files["/etc/hostname"] = f"{container.record['name']}\n".encode()
