"""Hooks of proxy permissions: kept and ordered, but never run, since the sandbox runs no scripts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from starlette.responses import Response

from . import proxy_documents as documents
from .proxy_documents import SERVICE_NAME
from .routes import Area
from .state import Json
from .wire import Ask, Body, Refusal, data, invalid

area = Area()

READS, WRITES = "containers.read", "containers.update"
REFUSED = frozenset({"logs", "proxy", "workspaces", "cdp"})  # services that take no hooks
MAX_OF_SERVICE, MAX_OF_DOCUMENT = 8, 32
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 26
HOOK_ID = re.compile(f"[{DIGITS}]{{{ID_LENGTH}}}")


class Match(Body):
    """Which requests a hook is for."""

    method: str | list[str] = ""
    path: str = ""
    headers: dict[str, Any] = Field(default_factory=dict[str, Any])


class Script(Body):
    """What a hook would run."""

    subdomain: str = ""
    exec_id: str = Field(default="", alias="execId")
    path: str = Field(min_length=1)


class AppliesTo(Body):
    """Whose requests a hook is for."""

    groups: list[str] = Field(default_factory=list[str])


class Hook(Body):
    """What a hook is made of."""

    match: Match
    script: Script
    timeout: int = Field(default=0, ge=1, le=30_000)
    applies_to: AppliesTo = Field(default_factory=AppliesTo)


class Placed(Hook):
    """A hook, and where it goes; only a new one goes anywhere."""

    position: int = Field(default=0, ge=0)


class Position(Body):
    """Where a hook goes."""

    position: int = Field(ge=0)


def check_hooks(hooks: Mapping[str, Sequence[Hook]]) -> None:
    """Refuse hooks of services that take none, and too many."""
    for service in hooks:
        _check_service(service)
    if sum(map(len, hooks.values())) > MAX_OF_DOCUMENT:
        raise invalid(("hooks", f"must be {MAX_OF_DOCUMENT} at most"))


def numbered(ask: Ask, hook: Hook) -> Json:
    """Give a new hook as documents keep it: with an id that begins with the time."""
    number = int(ask.world.clock() * 1000) << 80 | secrets.randbits(80)
    return {"id": "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(ID_LENGTH)))} | _facts(hook)


@area.route("GET /containers/{id}/proxy/hooks", needs=READS)
def list_hooks(ask: Ask) -> Response:
    """List all hooks by service."""
    found = documents.document(ask)
    return data({"hooks": {service: placed(hooks) for service, hooks in found["hooks"].items()}, **documents.version(found)})


@area.route("GET /containers/{id}/proxy/hooks/{service}", needs=READS)
def list_of_service(ask: Ask) -> Response:
    """List the hooks of a service in their order."""
    service, found = _service(ask), documents.document(ask)
    return data({"service": service, "hooks": placed(found["hooks"].get(service, [])), **documents.version(found)})


@area.route("POST /containers/{id}/proxy/hooks/{service}", needs=WRITES)
def add(ask: Ask) -> Response:
    """Add a hook at the end, or where it is wanted."""
    service, asked = _service(ask), ask.body(Placed)
    _check_service(service)
    draft = documents.changing(ask)
    hooks: list[Json] = draft["hooks"].setdefault(service, [])
    if len(hooks) >= MAX_OF_SERVICE or sum(map(len, draft["hooks"].values())) >= MAX_OF_DOCUMENT:
        raise Refusal(409, "PROXY_HOOK_LIMIT", f"At most {MAX_OF_SERVICE} hooks of a service, and {MAX_OF_DOCUMENT} in all")
    position = asked.position if "position" in asked.model_fields_set else len(hooks)
    _insert(hooks, position, numbered(ask, asked))
    return _one(documents.save(ask, draft), service, position)


@area.route("DELETE /containers/{id}/proxy/hooks/{service}", needs=WRITES)
def clear(ask: Ask) -> Response:
    """Remove all hooks of a service."""
    service, draft = _service(ask), documents.changing(ask)
    removed = draft["hooks"].pop(service, [])
    return data({"removed": len(removed), **documents.version(documents.save(ask, draft))})


@area.route("GET /containers/{id}/proxy/hooks/{service}/{hookId}", needs=READS)
def get(ask: Ask) -> Response:
    """Show one hook."""
    found = documents.document(ask)
    return _one(found, _service(ask), _position(ask, found))


@area.route("PUT /containers/{id}/proxy/hooks/{service}/{hookId}", needs=WRITES)
def replace(ask: Ask) -> Response:
    """Write a hook in place of an old one, whose id and position it keeps."""
    asked, draft = ask.body(Placed), documents.changing(ask)
    service, position = _service(ask), _position(ask, draft)
    draft["hooks"][service][position] = {"id": ask.parts["hookId"]} | _facts(asked)
    return _one(documents.save(ask, draft), service, position)


@area.route("DELETE /containers/{id}/proxy/hooks/{service}/{hookId}", needs=WRITES)
def remove(ask: Ask) -> Response:
    """Remove one hook."""
    draft, service = documents.changing(ask), _service(ask)
    del draft["hooks"][service][_position(ask, draft)]
    if not draft["hooks"][service]:
        del draft["hooks"][service]
    return data(documents.version(documents.save(ask, draft)))


@area.route("PATCH /containers/{id}/proxy/hooks/{service}/{hookId}/position", needs=WRITES)
def move(ask: Ask) -> Response:
    """Move a hook to another place in its order."""
    asked, draft = ask.body(Position), documents.changing(ask)
    hooks: list[Json] = draft["hooks"].get(_service(ask), [])
    moved = hooks.pop(_position(ask, draft))
    _insert(hooks, asked.position, moved)
    return _one(documents.save(ask, draft), ask.parts["service"], asked.position)


def placed(hooks: Sequence[Json]) -> list[Json]:
    """Give hooks with their positions."""
    return [hook | {"position": position} for position, hook in enumerate(hooks)]


def _facts(hook: Hook) -> Json:
    return hook.model_dump(include={"match", "script", "timeout", "applies_to"}, exclude_unset=True, by_alias=True)


def _insert(hooks: list[Json], position: int, hook: Json) -> None:
    if position > len(hooks):
        raise invalid(("position", f"must be {len(hooks)} at most"))
    hooks.insert(position, hook)


def _one(found: Json, service: str, position: int) -> Response:
    return data({"hook": placed(found["hooks"][service])[position], **documents.version(found)})


def _service(ask: Ask) -> str:
    return documents.path_name(ask, "service", SERVICE_NAME)


def _check_service(service: str) -> None:
    if service in REFUSED:
        raise invalid((f"hooks.{service}", "is a service that takes no hooks"))


def _position(ask: Ask, found: Json) -> int:
    """Find the hook of the path in its order."""
    wanted = ask.parts["hookId"]
    if not HOOK_ID.fullmatch(wanted):
        raise invalid(("hookId", f"must be {ID_LENGTH} characters in lower case, as ULIDs have"))
    ids = [hook["id"] for hook in found["hooks"].get(_service(ask), [])]
    if wanted not in ids:
        raise Refusal(404, "PROXY_HOOK_NOT_FOUND", "The service has no such hook")
    return ids.index(wanted)
