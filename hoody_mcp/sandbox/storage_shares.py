"""Storage shares: directories that one container gives to another, or to all of a project."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response

from . import find
from .routes import Area
from .state import Container, Json, new_id
from .wire import NOT_NULL, Ask, Body, Refusal, checked_id, data, invalid

area = Area()

NEEDS = "resources.storage_shares"
LABEL = r"^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$"
PLAIN_PATH = re.compile(r"/[A-Za-z0-9/_.-]*")
OF_THE_SYSTEM = re.compile(r"/(proc|sys|dev|boot|run|var/run)(/.*)?")
HIDDEN = frozenset({"user_id", "mounts"})
NOT_FOR_RECEIVERS = HIDDEN | {"alias", "label", "description", "realm_ids", "expiry_notified"}

Label = Annotated[str | None, Field(pattern=LABEL)]
Absent = Annotated[str | None, NOT_NULL]


class Create(Body):
    """What is given to whom: a container or a project."""

    source_path: str = Field(min_length=1, max_length=4096)
    mode: Literal["readonly", "readwrite"]
    target_container_id: Absent = None
    target_project_id: Absent = None
    alias: Annotated[Label, NOT_NULL] = None
    label: Annotated[Label, NOT_NULL] = None
    description: Absent = Field(default=None, max_length=1000)
    enabled: bool = True
    expires_at: Annotated[float | None, NOT_NULL] = Field(default=None, ge=0)


class Update(Body):
    """What changes; what is absent stays, and null takes a text or the end away."""

    mode: Annotated[Literal["readonly", "readwrite"] | None, NOT_NULL] = None
    alias: Label = None
    label: Label = None
    description: str | None = Field(default=None, max_length=1000)
    enabled: Annotated[bool | None, NOT_NULL] = None
    expires_at: float | None = None


class Mount(Body):
    """Whether to take what is given."""

    mount: bool


@area.route("GET /containers/{id}/storage/shares", needs=NEEDS)
def list_shares(ask: Ask) -> Response:
    """List what a container gives."""
    box, realm, label = find.container(ask), ask.filter_id("realm_id"), ask.query.get("label")
    kind, status = ask.choice("target_type", ("", "container", "project"), ""), ask.choice("status", ("", "active", "failed"), "")
    enabled, with_expired = ask.choice("enabled", ("", "true", "false"), ""), ask.flag("include_expired")
    found = [
        _shown(share)
        for share in _given(ask)
        if share["source_container_id"] == box.id
        and (with_expired or not _is_over(ask, share))
        and (not realm or realm in share["realm_ids"])
        and (label is None or label == share["label"])
        and kind in {"", share["target_type"]}
        and status in {"", share["status"]}
        and enabled in {"", str(share["enabled"]).lower()}
    ]
    return data(found)


@area.route("POST /containers/{id}/storage/shares", needs=NEEDS)
def create(ask: Ask) -> Response:
    """Give a directory to a container or a project."""
    box, asked = find.container(ask), ask.body(Create)
    made: Json = {
        **asked.model_dump(),
        **_target(ask, box, asked),
        "id": new_id(),
        "user_id": ask.caller.user_id,
        "created_by": ask.caller.user_id,
        "source_container_id": box.id,
        "source_path": _path(asked.source_path),
        "status": "active",
        "status_message": None,
        "expires_at": None if asked.expires_at is None else ask.ahead("expires_at", asked.expires_at),
        "expiry_notified": False,
        "realm_ids": find.in_realm(ask, box.record["realm_ids"]),
        "created_at": ask.world.now(),
        "updated_at": ask.world.now(),
        "mounts": dict[str, Json](),
    }
    same = ("source_container_id", "source_path", "target_container_id", "target_project_id")
    find.free(ask.world.shares.values(), "This directory is shared with this target already", **{name: made[name] for name in same})
    ask.world.shares[made["id"]] = made
    return data(_shown(made), 201, "Share created")


@area.route("GET /containers/{id}/storage/shares/{share_id}", needs=NEEDS)
def get(ask: Ask) -> Response:
    """Show one share."""
    return data(_shown(_of_container(ask)))


@area.route("PATCH /containers/{id}/storage/shares/{share_id}", needs=NEEDS)
def update(ask: Ask) -> Response:
    """Change a share: what is absent stays."""
    share, changes = _of_container(ask), ask.body(Update).model_dump(exclude_unset=True)
    if changes.get("expires_at") is not None:
        changes["expires_at"] = ask.ahead("expires_at", changes["expires_at"])
    share |= changes | {"updated_at": ask.world.now()}
    return data(_shown(share))


@area.route("DELETE /storage/shares/{share_id}", needs=NEEDS)
def delete(ask: Ask) -> Response:
    """End a share."""
    wanted = ask.id("share_id")
    if wanted not in {share["id"] for share in _given(ask)}:
        raise Refusal(404, "SHARE_NOT_FOUND", "Share not found")
    del ask.world.shares[wanted]
    return data(None, message="Share deleted")


@area.route("GET /storage/shares", needs=NEEDS)
def list_all(ask: Ask) -> Response:
    """List what all containers of the caller's give."""
    realm = ask.filter_id("realm_id")
    return data([_shown(share) for share in _given(ask) if not realm or realm in share["realm_ids"]])


@area.route("GET /containers/{id}/storage/incoming", needs=NEEDS)
def list_incoming(ask: Ask) -> Response:
    """List what a container gets."""
    return data([_shown(share, NOT_FOR_RECEIVERS) for share in _received(ask, find.container(ask))])


@area.route("GET /storage/incoming", needs=NEEDS)
def list_all_incoming(ask: Ask) -> Response:
    """List what all containers of the caller's get."""
    realm = ask.filter_id("realm_id")
    boxes = [box for box in find.containers(ask) if not realm or realm in box.record["realm_ids"]]
    found = {share["id"]: share for box in boxes for share in _received(ask, box)}
    return data([_shown(share, NOT_FOR_RECEIVERS) for share in found.values()])


@area.route("PATCH /containers/{id}/storage/incoming/{share_id}/mount", needs=NEEDS)
def mount(ask: Ask) -> Response:
    """Take what is given, or do not."""
    box, wanted, asked = find.container(ask), ask.id("share_id"), ask.body(Mount)
    share = next((share for share in _received(ask, box) if share["id"] == wanted), None)
    if share is None:
        raise Refusal(404, "SHARE_NOT_FOUND", "Share not found")
    new: Json = {"id": new_id(), "share_id": share["id"], "container_id": box.id, "created_at": ask.world.now()}
    choice = share["mounts"].setdefault(box.id, new)
    choice |= {"mount": asked.mount, "updated_at": ask.world.now()}
    return data({"share": _shown(share), "override": choice})


def _path(given: str) -> str:
    """Read the path of a directory that may be shared."""
    if not PLAIN_PATH.fullmatch(given) or ".." in given.split("/"):
        raise invalid(("source_path", "must be absolute, of letters, digits, / - _ and . only, and without .."))
    path = "/" + posixpath.normpath(given).lstrip("/")
    if OF_THE_SYSTEM.fullmatch(path):
        raise invalid(("source_path", "belongs to the system"))
    return path


def _target(ask: Ask, box: Container, asked: Create) -> Json:
    """Read who gets a share; it may be somebody else's container or project."""
    if (asked.target_container_id is None) == (asked.target_project_id is None):
        raise invalid(("target_container_id", "must be there, or target_project_id; not both"))
    if asked.target_project_id is not None:
        if checked_id("target_project_id", asked.target_project_id) not in ask.world.projects:
            raise Refusal(404, "PROJECT_NOT_FOUND", "The project to share with was not found")
        return {"target_type": "project"}
    target = checked_id("target_container_id", str(asked.target_container_id))
    if target == box.id:
        raise invalid(("target_container_id", "must be another container"))
    if target not in ask.world.containers:
        raise Refusal(404, "CONTAINER_NOT_FOUND", "The container to share with was not found")
    return {"target_type": "container"}


def _given(ask: Ask) -> list[Json]:
    """Give the caller's shares whose containers still are, newest first."""
    shares = find.records(ask, ask.world.shares.values())
    return [share for share in reversed(shares) if share["source_container_id"] in ask.world.containers]


def _received(ask: Ask, box: Container) -> list[Json]:
    """Give the shares to a container; one for itself wins over the same one for its project."""
    found: dict[Any, Json] = {}
    for kind, target in (("target_project_id", box.record["project_id"]), ("target_container_id", box.id)):
        for share in ask.world.shares.values():
            source = share["source_container_id"]
            if share[kind] == target and source != box.id and source in ask.world.containers and not _is_over(ask, share):
                found[source, share["source_path"]] = share
    return list(found.values())


def _of_container(ask: Ask) -> Json:
    box, wanted = find.container(ask), ask.id("share_id")
    share = next((share for share in _given(ask) if (share["id"], share["source_container_id"]) == (wanted, box.id)), None)
    if share is None:
        raise Refusal(404, "SHARE_NOT_FOUND", "Share not found")
    return share


def _is_over(ask: Ask, share: Json) -> bool:
    return share["expires_at"] is not None and share["expires_at"] <= ask.world.clock()


def _shown(share: Json, hidden: frozenset[str] = HIDDEN) -> Json:
    return {name: value for name, value in share.items() if name not in hidden}
