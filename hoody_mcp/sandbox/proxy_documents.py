"""Documents of who may reach the services of a container, or of all containers of a project; each write gives a new version."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from . import find
from .routes import Area
from .state import Container, Json, World
from .wire import Ask, Handler, Refusal, invalid

SCHEMA_VERSION = 1
OF_PROJECT = "/api/v1/projects/"
TAG = re.compile(r"file:v(0|[1-9][0-9]{0,14})")
GROUP_NAME = r"^[A-Za-z0-9_-]{1,50}$"
SERVICE_NAME = r"^[a-z0-9][a-z0-9_-]{0,49}$"
ANSWERED = ("project", "container", "groups", "permissions", "default")  # what every write of permissions answers


def on_both(area: Area, line: str) -> Callable[[Handler], Handler]:
    """Register a handler for containers and for projects: `@on_both(area, "PATCH /permissions/state")`."""
    method, _, rest = line.partition(" ")
    right = "read" if method == "GET" else "update"

    def register(handler: Handler) -> Handler:
        for kind in ("containers", "projects"):
            area.route(f"{method} /{kind}/{{id}}/proxy{rest}", needs=f"{kind}.{right}")(handler)
        return handler

    return register


def document(ask: Ask) -> Json:
    """Give the document that the path means; where there is none, an open one of version 0."""
    if ask.path.startswith(OF_PROJECT):
        owner: Json = {"project": find.project(ask, ask.id("id"))["id"]}
    else:
        box = find.container(ask)
        owner = {"project": box.record["project_id"], "container": box.id}
    kept = ask.world.proxy_documents.get(_key(owner))
    return kept or {**owner, "groups": {}, "permissions": {}, "default": "allow", "enable_proxy": True, "hooks": {}, "file_version": 0}


def changing(ask: Ask) -> Json:
    """Give a copy of the document to change; If-Match must name the version that there is."""
    found, given = document(ask), ask.headers.get("if-match")
    if given is None:
        raise Refusal(428, "PRECONDITION_REQUIRED", "If-Match is missing: it names the version that the change is for")
    if not TAG.fullmatch(given):
        raise invalid(("if-match", "must be file:v and the number of a version"))
    if given != etag(found):
        raise Refusal(412, "PRECONDITION_FAILED", f"If-Match is {given}, but the present version is {etag(found)}")
    if ask.method == "DELETE" and not exists(found):
        raise absent()
    return copy.deepcopy(found)


def save(ask: Ask, draft: Json) -> Json:
    """Keep a changed copy as the next version."""
    draft["file_version"] += 1
    ask.world.proxy_documents[_key(draft)] = draft
    return draft


def forget(ask: Ask, draft: Json) -> None:
    """Remove a document."""
    del ask.world.proxy_documents[_key(draft)]


def exists(found: Json) -> bool:
    """Tell whether a document has been written."""
    return found["file_version"] > 0


def absent() -> Refusal:
    """Make the answer where there is no document."""
    return Refusal(404, "PROXY_PERMISSIONS_NOT_FOUND", "No proxy permissions are set here")


def etag(found: Json) -> str:
    """Spell the version of a document."""
    return f"file:v{found['file_version']}"


def version(found: Json) -> Json:
    """Give the version of a document in both of its forms."""
    return {"file_version": found["file_version"], "etag": etag(found)}


def whole(found: Json) -> Json:
    """Give all of a document, with its secrets."""
    return {**found, "schema_version": SCHEMA_VERSION, "etag": etag(found)}


def answered(found: Json, *more: str) -> Json:
    """Give what a write answers of a document."""
    return {name: found[name] for name in (*ANSWERED, *more) if name in found}


def path_name(ask: Ask, name: str, pattern: str) -> str:
    """Read the name of a group or a service from the path."""
    if not re.fullmatch(pattern, ask.parts[name]):
        raise invalid((name, "is no name of this kind"))
    return ask.parts[name]


def of_container(world: World, box: Container) -> tuple[Json | None, Json | None]:
    """Give a container's own document and that of its project, of which the own one counts where there is one."""
    return world.proxy_documents.get(box.id), world.proxy_documents.get(box.record["project_id"])


def _key(owner: Json) -> str:
    return owner.get("container") or owner["project"]
