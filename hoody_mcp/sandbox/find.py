"""Look things up as the API does: what is not yours, or not in the realm of the host, does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .state import Container, Json
from .wire import Ask, Refusal, checked_id


def project(ask: Ask, project_id: str) -> Json:
    """Give a project of the caller's; 404 otherwise, whatever the reason."""
    found = ask.world.projects.get(checked_id("id", project_id))
    if not found or not visible(ask, found):
        raise Refusal(404, "PROJECT_NOT_FOUND", "Project not found")
    return found


def container(ask: Ask, name: str = "id") -> Container:
    """Give the container that the path names; 404 if there is none that the caller may see."""
    found = ask.world.containers.get(ask.id(name))
    if not found or not visible(ask, found.record | {"user_id": found.user_id}):
        raise Refusal(404, "CONTAINER_NOT_FOUND", "Container not found")
    return found


def containers(ask: Ask) -> list[Container]:
    """Give every container that the caller may see."""
    return [found for found in ask.world.containers.values() if visible(ask, found.record | {"user_id": found.user_id})]


def visible(ask: Ask, record: Json) -> bool:
    """Tell whether a record is the caller's and lies in the realm of the host."""
    return record.get("user_id") == ask.caller.user_id and (not ask.realm or ask.realm in record.get("realm_ids", ()))


def records(ask: Ask, table: Iterable[Json]) -> list[Json]:
    """Give the records of a table that the caller may see."""
    return [record for record in table if visible(ask, record)]


def in_realm(ask: Ask, realm_ids: list[str] | None) -> list[str]:
    """Give the realms of something new: those asked for, and that of the host."""
    return list(dict.fromkeys([*(realm_ids or []), *([ask.realm] if ask.realm else [])]))


def free(items: Iterable[Json], conflict: str, **wanted: Any) -> None:
    """Refuse with 409 if an item has all these values already."""
    if any(all(item.get(name) == value for name, value in wanted.items()) for item in items):
        raise Refusal(409, "CONFLICT", conflict, {"field": next(iter(wanted)), "conflict": conflict})
