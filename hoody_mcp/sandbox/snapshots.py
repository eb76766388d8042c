"""Snapshots: the disk of a container as it was, under a name that the API makes."""

from __future__ import annotations

import secrets

from pydantic import Field
from starlette.responses import Response

from . import find
from .env import keep
from .routes import Area
from .state import Container, Json, World
from .states import demand
from .wire import Ask, Body, Refusal, data

area = Area()

MAX_SNAPSHOTS = 10
DAY = 86_400
PARTS = ("files", "modes", "owners", "times")  # fields of a container that are its disk


class Create(Body):
    """What a snapshot is called, and for how many days it is kept."""

    alias: str = Field(default="", max_length=100)
    expiry: int = Field(default=0, ge=1, le=3650)


class Alias(Body):
    """Another alias; null takes it away."""

    alias: str | None = Field(max_length=100)


@area.route("GET /containers/{id}/snapshots", needs="containers.read")
def list_snapshots(ask: Ask) -> Response:
    """List all snapshots, newest first."""
    found = find.container(ask)
    kept = list(kept_snapshots(ask.world, found).values())
    return data(_about(found) | {"snapshot_count": len(kept), "max_snapshots": MAX_SNAPSHOTS, "snapshots": kept[::-1]})


@area.route("POST /containers/{id}/snapshots", needs="containers.features.snapshots")
def create(ask: Ask) -> Response:
    """Keep the disk as it is."""
    found, asked = find.container(ask), ask.body(Create)
    demand(found, "make a snapshot")
    if len(kept_snapshots(ask.world, found)) >= MAX_SNAPSHOTS:
        raise Refusal(409, "CONTAINER_SNAPSHOT_LIMIT", f"A container keeps {MAX_SNAPSHOTS} snapshots at most; delete one first")
    made: Json = {
        "name": f"snap-{secrets.token_hex(6)}",
        "alias": asked.alias or None,
        "created_at": ask.world.now(),
        "last_used_at": None,
        "expires_at": ask.world.now(asked.expiry * DAY) if asked.expiry else None,
        "stateful": False,
        "size": sum(len(content or b"") for content in found.files.values()),
    }
    found.snapshots[made["name"]] = made
    found.kept[made["name"]] = disk(found)
    return data(_about(found) | {"snapshot": made}, 201, "Snapshot created")


@area.route("PUT /containers/{id}/snapshots/{name}", needs="containers.features.snapshots")
def restore(ask: Ask) -> Response:
    """Put the disk back as it was; a container that runs starts anew from it."""
    found = find.container(ask)
    snapshot = snapshot_of(ask.world, found, ask.parts["name"])
    demand(found, "restore a snapshot")
    put_back(found, found.kept[snapshot["name"]])
    snapshot["last_used_at"] = ask.world.now()
    found.record["last_used_snapshot"] = snapshot["name"]
    if found.status == "running":
        ask.world.begin(found, "stopped", "running")  # no status stands for a restart; see power.py
    return data({"success": True, "message": "The container is as it was then", "snapshot": snapshot})


@area.route("DELETE /containers/{id}/snapshots/{name}", needs="containers.features.snapshots")
def delete(ask: Ask) -> Response:
    """Delete one snapshot."""
    found = find.container(ask)
    name = snapshot_of(ask.world, found, ask.parts["name"])["name"]
    del found.snapshots[name], found.kept[name]
    return data(_about(found) | {"snapshot_name": name}, message="Snapshot deleted")


@area.route("PUT /containers/{id}/snapshots/{name}/alias", needs="containers.features.snapshots")
def rename(ask: Ask) -> Response:
    """Change the alias of a snapshot; its name stays."""
    found, asked = find.container(ask), ask.body(Alias)
    snapshot = snapshot_of(ask.world, found, ask.parts["name"])
    snapshot["alias"] = asked.alias
    return data(_about(found) | {"snapshot": snapshot})


def kept_snapshots(world: World, container: Container) -> dict[str, Json]:
    """Give the snapshots of a container by name, oldest first, once those are gone whose time is over."""
    for name, snapshot in list(container.snapshots.items()):
        if snapshot["expires_at"] and snapshot["expires_at"] <= world.now():
            del container.snapshots[name], container.kept[name]
    return container.snapshots


def snapshot_of(world: World, container: Container, name: str) -> Json:
    """Give a snapshot by its name; 404 if there is none, and under an alias there is none."""
    found = kept_snapshots(world, container).get(name)
    if found is None:
        raise Refusal(404, "SNAPSHOT_NOT_FOUND", "The container has no snapshot of this name")
    return found


def disk(container: Container) -> Json:
    """Give what a snapshot keeps."""
    return {name: dict(getattr(container, name)) for name in PARTS} | {"variables": dict(container.record["environment_vars"])}


def put_back(container: Container, kept: Json) -> None:
    """Make a container's disk what was kept; whatever runs there ends."""
    container.end_processes()
    for name in PARTS:
        setattr(container, name, dict(kept[name]))
    keep(container, dict(kept["variables"]))


def _about(container: Container) -> Json:
    return {"container_id": container.id, "project_id": container.record["project_id"]}
