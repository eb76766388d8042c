"""Whole documents of proxy permissions: shown, replaced and deleted, and their policies for everybody else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from . import proxy_documents as documents
from .proxy_documents import GROUP_NAME, SERVICE_NAME, on_both
from .proxy_grants import Rule, check_grants
from .proxy_groups import Group, stored
from .proxy_hooks import MAX_OF_SERVICE, Hook, check_hooks, numbered
from .routes import Area
from .state import Json
from .wire import Ask, Body, data, invalid

area = Area()

GroupName = Annotated[str, Field(pattern=GROUP_NAME)]
ServiceName = Annotated[str, Field(pattern=SERVICE_NAME)]


class Replacement(Body):
    """A whole document of a project."""

    project: str
    groups: dict[GroupName, Group]
    permissions: dict[GroupName, dict[str, Rule]]
    default: Literal["allow", "deny"] = "deny"
    enable_proxy: bool = True


class OfContainer(Replacement):
    """A whole document of a container."""

    container: str
    hooks: dict[ServiceName, Annotated[list[Hook], Field(max_length=MAX_OF_SERVICE)]] = Field(default_factory=dict[str, list[Hook]])


class Policy(Body):
    """What happens to those whom no grant lets in."""

    default: Literal["allow", "deny"]


class State(Body):
    """The proxy on or off."""

    enable_proxy: bool


@on_both(area, "GET /permissions")
def get(ask: Ask) -> Response:
    """Show a document with everything in it."""
    found = documents.document(ask)
    if not documents.exists(found):
        raise documents.absent()
    return data(documents.whole(found))


@on_both(area, "PUT /permissions")
def replace(ask: Ask) -> Response:
    """Write a document in place of the old one, of which nothing stays."""
    asked = ask.body(Replacement if ask.path.startswith(documents.OF_PROJECT) else OfContainer)
    draft = documents.changing(ask)
    _check_owner(asked, draft)
    draft |= asked.model_dump(include={"permissions", "default", "enable_proxy"})
    draft["groups"] = {name: stored(group) for name, group in asked.groups.items()}
    draft["hooks"] = {}
    if isinstance(asked, OfContainer):
        check_hooks(asked.hooks)
        draft["hooks"] = {service: [numbered(ask, hook) for hook in hooks] for service, hooks in asked.hooks.items() if hooks}
    check_grants(draft)
    return data(documents.answered(documents.save(ask, draft), "enable_proxy"))


@on_both(area, "DELETE /permissions")
def delete(ask: Ask) -> Response:
    """Delete a document; what holds then is answered."""
    documents.forget(ask, documents.changing(ask))
    return data(documents.answered(documents.document(ask), "enable_proxy"), message="Proxy permissions deleted")


@on_both(area, "PATCH /permissions/default")
def set_default(ask: Ask) -> Response:
    """Change what happens to those whom no grant lets in."""
    asked, draft = ask.body(Policy), documents.changing(ask)
    draft["default"] = asked.default
    return data(documents.answered(documents.save(ask, draft)))


@on_both(area, "PATCH /permissions/state")
def set_state(ask: Ask) -> Response:
    """Turn the proxy on or off."""
    asked, draft = ask.body(State), documents.changing(ask)
    draft["enable_proxy"] = asked.enable_proxy
    return data(documents.answered(documents.save(ask, draft), "enable_proxy"))


def _check_owner(asked: Replacement, draft: Json) -> None:
    """Refuse a document that says it is somebody else's."""
    for name in ("project", "container"):
        if getattr(asked, name, None) != draft.get(name):
            raise invalid((name, "must be that of the path"))
