"""Proxy aliases: short host names that lead to a service or a port of a container."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from . import find
from .places import DOMAIN
from .routes import Area
from .state import Container, Json, new_id, spelt
from .wire import NOT_NULL, Ask, Body, Refusal, checked_id, data, invalid

area = Area()

NEEDS = "resources.proxy_aliases"
LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,59}[a-z0-9]")
RESERVED = re.compile(r"containers|(proxy|workspaces)(-.*)?")
SERVICES = "agent|browser|code|cron|curl|daemon|desktop|display|exec|files|logs|n|notes|notifications|pipe|run|sqlite|terminal|tunnel|watch"
PROGRAM = re.compile(rf"(?P<name>https?|ssh|{SERVICES})|(?P<own>https?)-(?P<port>[1-9]\d{{0,4}})")
LAST_PORT = 65_535

Name = Annotated[str | None, NOT_NULL]
Number = Annotated[int | None, NOT_NULL]
Switch = Annotated[bool | None, NOT_NULL]


class Create(Body):
    """What leads where; `alias` false or null stands for a random name."""

    container_id: str
    program: str
    alias: str | bool | None = None
    port: Number = Field(default=None, ge=1, le=LAST_PORT)
    index: Number = Field(default=None, ge=1)
    target_path: str | None = None
    allow_path_override: bool = True
    expires_at: str | None = None
    enabled: bool = True


class Update(Body):
    """What changes; what is absent stays."""

    alias: Name = None
    program: Name = None
    port: Number = Field(default=None, ge=1, le=LAST_PORT)
    index: Number = Field(default=None, ge=1)
    target_path: str | None = None
    allow_path_override: Switch = None
    expires_at: str | float | None = None
    enabled: Switch = None


class State(Body):
    """On or off."""

    enabled: bool


@area.route("GET /proxy/aliases", needs=NEEDS)
def list_aliases(ask: Ask) -> Response:
    """List the caller's aliases, those that fit the filters."""
    project, container, realm = (ask.filter_id(name) for name in ("project_id", "container_id", "realm_id"))
    enabled, expired = (ask.choice(name, ("", "true", "false"), "") for name in ("enabled", "expired"))
    found: list[Json] = []
    for alias in ask.world.aliases.values():
        box = _container(ask, alias)
        if box is None or (realm and realm not in box.record["realm_ids"]):
            continue
        item = _shown(ask, alias)
        wanted = (project in {None, item["project_id"]}, container in {None, item["container_id"]})
        switched = (enabled in {"", str(item["enabled"]).lower()}, expired in {"", str(_is_over(ask, alias)).lower()})
        found += [item] if all(wanted + switched) else []
    return data({"aliases": found, "count": len(found)})


@area.route("POST /proxy/aliases", needs=NEEDS)
def create(ask: Ask) -> Response:
    """Let a name lead to a container of the caller's."""
    asked = ask.body(Create)
    box = ask.world.containers.get(checked_id("container_id", asked.container_id))
    if box is None or not find.visible(ask, box.record | {"user_id": box.user_id}):
        raise Refusal(404, "CONTAINER_NOT_FOUND", "Container not found")
    _check_ready(box)
    if asked.alias is True:
        raise invalid(("alias", "must be a name, false or null"))
    made: Json = {
        "id": new_id(),
        "user_id": ask.caller.user_id,
        "project_id": box.record["project_id"],
        "container_id": box.id,
        "server_id": box.record["server_id"],
        "server_name": box.record["server_name"],
        "subserver_name": box.record.get("subserver_name") or "",
        "allow_path_override": asked.allow_path_override,
        "enabled": asked.enabled,
        "created_at": ask.world.now(),
        **_target(asked.program, asked.port, asked.index or 1),
    }
    # A random name cannot meet another one.
    _change(ask, made, alias=asked.alias or secrets.token_hex(24), target_path=asked.target_path, expires_at=asked.expires_at)
    ask.world.aliases[made["id"]] = made
    return data(_shown(ask, made), 201, "Alias created")


@area.route("GET /proxy/aliases/{id}", needs=NEEDS)
def get(ask: Ask) -> Response:
    """Show one alias, and what it belongs to."""
    alias, box = _alias(ask)
    project = ask.world.projects[alias["project_id"]]
    more = {"project": {"id": project["id"], "alias": project["alias"]}, "container": {"id": box.id, "name": box.record["name"]}}
    return data(_shown(ask, alias) | more)


@area.route("PATCH /proxy/aliases/{id}", needs=NEEDS)
def update(ask: Ask) -> Response:
    """Rename an alias or lead it elsewhere; what is absent stays."""
    (alias, box), asked = _alias(ask), ask.body(Update)
    _check_ready(box)
    changes = asked.model_dump(exclude_unset=True)
    port, index = changes.pop("port", None), changes.pop("index", None)
    if {"program", "port", "index"} & asked.model_fields_set:
        changes |= _target(changes.get("program", alias["program"]), port, index or alias["index"])
    _change(ask, alias, **changes)
    return data(_shown(ask, alias))


@area.route("PATCH /proxy/aliases/{id}/state", needs=NEEDS)
def set_state(ask: Ask) -> Response:
    """Turn an alias on or off."""
    (alias, box), asked = _alias(ask), ask.body(State)
    _check_ready(box)
    _change(ask, alias, enabled=asked.enabled)
    return data(_shown(ask, alias))


@area.route("DELETE /proxy/aliases/{id}", needs=NEEDS)
def delete(ask: Ask) -> Response:
    """Free the name."""
    alias, _ = _alias(ask)
    del ask.world.aliases[alias["id"]]
    return data(None, message="Alias deleted")


def _change(ask: Ask, record: Json, **changes: object) -> None:
    """Check what changes, and change it."""
    name, path, end = changes.get("alias"), changes.get("target_path"), changes.get("expires_at")
    if isinstance(name, str):
        _check_name(ask, record, name)
    if isinstance(path, str):
        changes["target_path"] = "/" + path.removeprefix("/")
    if isinstance(end, str | float):
        changes["expires_at"] = spelt(ask.ahead("expires_at", end))
    record |= changes | {"updated_at": ask.world.now()}
    record["url"] = f"https://{record['alias']}.{record['server_name']}.containers.{DOMAIN}"


def _check_name(ask: Ask, alias: Json, name: str) -> None:
    """Refuse a name that cannot be, or that anybody on the same server has."""
    if not LABEL.fullmatch(name):
        raise invalid(("alias", "must be 3 to 61 of a-z, 0-9 and -, with no - at either end"))
    if RESERVED.fullmatch(name):
        raise invalid(("alias", "is reserved"))
    others = [other for other in ask.world.aliases.values() if other is not alias]
    find.free(others, "An alias of this name exists on this server", alias=name, server_name=alias["server_name"])


def _target(program: str, port: int | None, index: int) -> Json:
    """Read where an alias leads: for one's own server the index is its port, of which `port` is the surest spelling."""
    found = PROGRAM.fullmatch(program)
    if found is None:
        raise invalid(("program", "is not the name of a service, nor http, https or ssh"))
    name = found["name"] or found["own"]
    if name in {"http", "https"}:
        index = port or int(found["port"] or index)
        if index > LAST_PORT:
            raise invalid(("program" if found["port"] else "index", "is not a port"))
    return {"program": name, "index": index}


def _check_ready(box: Container) -> None:
    if box.status == "claiming":
        raise Refusal(409, "OPERATION_STATE_CONFLICT", "The container is being claimed; wait until it is ready")


def _container(ask: Ask, alias: Json) -> Container | None:
    """Give the container of an alias if the caller may see both."""
    box = ask.world.containers.get(alias["container_id"])
    return box if box and find.visible(ask, box.record | {"user_id": alias["user_id"]}) else None


def _alias(ask: Ask) -> tuple[Json, Container]:
    alias = ask.world.aliases.get(ask.id("id"))
    box = _container(ask, alias) if alias else None
    if alias is None or box is None:
        raise Refusal(404, "ALIAS_NOT_FOUND", "Alias not found")
    return alias, box


def _is_over(ask: Ask, alias: Json) -> bool:
    return alias["expires_at"] is not None and datetime.fromisoformat(alias["expires_at"]).timestamp() <= ask.world.clock()


def _shown(ask: Ask, alias: Json) -> Json:
    """Give an alias as the API shows it; once it is over it is off."""
    return alias | {"enabled": alias["enabled"] and not _is_over(ask, alias)}
