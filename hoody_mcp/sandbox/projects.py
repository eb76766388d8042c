"""Projects, and who else may use them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.responses import Response

from . import find
from .routes import Area
from .state import STARTING, Json, new_id
from .wire import Ask, Body, Refusal, checked_id, data, paged

area = Area()

SORTED_BY = ("id", "alias", "created_at", "updated_at")
PASSING = STARTING | {"deleting"}


class Create(Body):
    """What a project is made of."""

    alias: str = Field(min_length=1, max_length=100)
    color: str = Field(default="#4A90D9", pattern=r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")
    max_containers: int | None = Field(default=None, ge=0)
    realm_ids: list[str] | None = None


class Update(Body):
    """What of a project can change; the alias is always needed."""

    alias: str = Field(min_length=1, max_length=100)
    color: str | None = Field(default=None, pattern=r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")
    max_containers: int | None = Field(default=None, ge=0)
    realm_ids: list[str] | None = None


class Grant(Body):
    """Access for somebody."""

    user_id: str
    permission_level: Literal["read", "edit", "delete"]


class Level(Body):
    """Another level for somebody who has access."""

    permission_level: Literal["read", "edit", "delete"]


@area.route("GET /projects/", needs="projects.read")
def list_projects(ask: Ask) -> Response:
    """List the caller's projects."""
    found = find.records(ask, ask.world.projects.values())
    realm = ask.query.get("realm_id")
    return paged(ask, "projects", [shown(record) for record in found if not realm or realm in record["realm_ids"]], keys=SORTED_BY)


@area.route("POST /projects/", needs="projects.create")
def create(ask: Ask) -> Response:
    """Make a project; its alias must be new."""
    asked = ask.body(Create)
    find.free(find.records(ask, ask.world.projects.values()), "A project with this alias exists already", alias=asked.alias)
    made: Json = {
        **asked.model_dump(),
        "id": new_id(),
        "user_id": ask.caller.user_id,
        "is_default": False,
        "realm_ids": find.in_realm(ask, [checked_id("realm_ids", realm) for realm in asked.realm_ids or ()]),
        "created_at": ask.world.now(),
        "updated_at": ask.world.now(),
    }
    ask.world.projects[made["id"]] = made
    return data(shown(made), 201, "Project created")


@area.route("GET /projects/{id}", needs="projects.read")
def get(ask: Ask) -> Response:
    """Show one project."""
    found = find.project(ask, ask.id("id"))
    return data(shown(found) | ({"permissions": found.get("permissions", [])} if ask.flag("include_permissions") else {}))


@area.route("PUT /projects/{id}", needs="projects.update")
def update(ask: Ask) -> Response:
    """Change a project: what is absent stays."""
    found, asked = find.project(ask, ask.id("id")), ask.body(Update)
    others = [record for record in find.records(ask, ask.world.projects.values()) if record is not found]
    find.free(others, "A project with this alias exists already", alias=asked.alias)
    found |= asked.model_dump(exclude_unset=True) | {"updated_at": ask.world.now()}
    return data(shown(found))


@area.route("DELETE /projects/{id}", needs="projects.delete")
def delete(ask: Ask) -> Response:
    """Delete a project and everything in it, unless something there is on its way."""
    found = find.project(ask, ask.id("id"))
    inside = list(ask.world.of_project(found["id"]))
    if found["is_default"]:
        raise Refusal(403, "FORBIDDEN", "The default project cannot be deleted")
    if any(container.status in PASSING for container in inside):
        raise Refusal(409, "OPERATION_STATE_CONFLICT", "A container of the project is changing its status")
    aliases = [alias for alias in ask.world.aliases.values() if alias["container_id"] in {container.id for container in inside}]
    for container in inside:
        ask.world.forget(container)
    del ask.world.projects[found["id"]]
    ask.world.proxy_documents.pop(found["id"], None)
    counts = {"containers": len(inside), "permissions": len(found.get("permissions", [])), "aliases": len(aliases)}
    names = {"items": [container.record["name"] for container in inside]} if ask.flag("include_deleted_items") else {}
    return data({"id": found["id"], "deleted": counts, **names}, message="Project deleted")


@area.route("GET /projects/{id}/stats", needs="projects.read")
def stats(ask: Ask) -> Response:
    """Measure the containers of a project."""
    found = find.project(ask, ask.id("id"))
    measured = [
        {"container_id": container.id, "name": container.record["name"], "status": container.status, "cpu_usage": 0.0, "memory_usage": 0}
        for container in ask.world.of_project(found["id"])
    ]
    return data({"project_id": found["id"], "stats": measured})


@area.route("GET /projects/{id}/permissions", needs="projects.read")
def list_permissions(ask: Ask) -> Response:
    """List who else has access."""
    found = find.project(ask, ask.id("id"))
    return paged(ask, "permissions", found.get("permissions", []), keys=("id", "user_id", "permission_level", "created_at", "updated_at"))


@area.route("POST /projects/{id}/permissions", needs="projects.members.invite")
def grant(ask: Ask) -> Response:
    """Give somebody access."""
    found, asked = find.project(ask, ask.id("id")), ask.body(Grant)
    user = ask.world.users.get(checked_id("user_id", asked.user_id))
    if user is None:
        raise Refusal(404, "USER_NOT_FOUND", "User not found")
    granted: list[Json] = found.setdefault("permissions", [])
    find.free(granted, "The user has access already", user_id=asked.user_id)
    made = {
        "id": new_id(),
        "project_id": found["id"],
        **asked.model_dump(),
        "user": {"id": user["id"], "username": user["username"]},
        "created_at": ask.world.now(),
        "updated_at": ask.world.now(),
    }
    granted.append(made)
    return data(made, 201)


@area.route("PUT /projects/{id}/permissions/{permission_id}", needs="projects.members.change_roles")
def change_level(ask: Ask) -> Response:
    """Change what somebody may do."""
    found, asked = _permission(ask), ask.body(Level)
    found |= asked.model_dump() | {"updated_at": ask.world.now()}
    return data(found)


@area.route("DELETE /projects/{id}/permissions/{permission_id}", needs="projects.members.remove")
def revoke(ask: Ask) -> Response:
    """Take somebody's access away."""
    found = _permission(ask)
    find.project(ask, ask.id("id"))["permissions"].remove(found)
    return data({"id": found["id"]}, message="Permission removed")


def _permission(ask: Ask) -> Json:
    granted: list[Json] = find.project(ask, ask.id("id")).get("permissions", [])
    wanted = ask.id("permission_id")
    found = next((entry for entry in granted if entry["id"] == wanted), None)
    if found is None:
        raise Refusal(404, "PERMISSION_NOT_FOUND", "Permission not found")
    return found


def shown(record: Json) -> Json:
    """Give a project as the API shows it."""
    return {name: value for name, value in record.items() if name != "permissions"}
