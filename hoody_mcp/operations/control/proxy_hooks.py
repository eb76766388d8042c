"""Proxy hooks: scripts that see requests to a container's services before those do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import MISSING, BeforeValidator, Field, PlainSerializer

from ...jsons import Json, as_array, as_object, at
from ...operation import Body, Changes, ContainerId, HookId, Operation, Path, Risk, Show
from .containers import SHOW_CONTAINER
from .proxy_documents import HOOK, Nested, inner
from .proxy_permissions import FIRST, ProxyPermissionsDelete

Service = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$", description="Service, such as http, files or terminal: a-z, 0-9, inner _ and -.")
]
Methods = Annotated[
    list[str],
    BeforeValidator(lambda methods: [methods] if isinstance(methods, str) else methods),
    PlainSerializer(lambda methods: methods[0] if len(methods) == 1 else methods),
]


class Match(Nested):
    """Which requests a hook is for."""

    method: Methods | MISSING = Field(default=MISSING, description="HTTP methods.")
    path: str | MISSING = Field(default=MISSING, description="Path.")
    headers: dict[str, Any] | MISSING = Field(default=MISSING, description="Headers with their values.")


class Script(Nested):
    """What a hook runs: a script of the container's exec service."""

    path: str = Field(description="Path of the script.")
    subdomain: str | MISSING = Field(default=MISSING, description="Subdomain of the exec service.")
    exec_id: str | MISSING = Field(default=MISSING, alias="execId", description="Exec id.")


class AppliesTo(Nested):
    """Whose requests a hook is for."""

    groups: list[str] | MISSING = Field(default=MISSING, description="Groups of the access document.")


class OfService(Operation, abstract=True):
    """About a service's hooks."""

    container_id: Path[ContainerId]
    service: Path[Service]


class OfHook(OfService, abstract=True):
    """About one hook."""

    hook_id: Path[HookId]


class ProxyHooksList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/hooks",
    risk=Risk.READ,
    secret=("headers",),
    toolset="proxy",
    keywords="middleware interceptors request filters edge functions, which scripts sit in front",
):
    """List a container's hooks by service, in the order in which they are tried: the first that matches decides."""

    container_id: Path[ContainerId]


class ProxyHooksListByService(
    OfService,
    route="GET /api/v1/containers/{container_id=id}/proxy/hooks/{service}",
    risk=Risk.READ,
    secret=("headers",),
    toolset="proxy",
    items="hooks",
    keywords="middleware interceptors request filters of one program, which scripts sit in front",
):
    """List one service's hooks in order, with ids and positions."""

    container_id: Path[ContainerId]
    service: Path[Service]


class ProxyHooksGet(
    OfHook,
    route="GET /api/v1/containers/{container_id=id}/proxy/hooks/{service}/{hook_id=hookId}",
    risk=Risk.READ,
    secret=("headers",),
    toolset="proxy",
    keywords="middleware interceptor details",
):
    """Show one hook: what it matches, which script it runs, where it stands."""

    container_id: Path[ContainerId]
    service: Path[Service]
    hook_id: Path[HookId]


TELLS = ("id", "position", "match", "script", "timeout", "applies_to")
SHOW_HOOKS = Show(read=ProxyHooksListByService, items="hooks", tells=TELLS, binds=TELLS, label="hooks", optional=True)
SHOW_HOOK = Show(read=ProxyHooksListByService, items="hooks", where={"id": "hook_id"}, tells=TELLS, binds=TELLS, label="hook")
SHOW_ORDER = Show(  # the read whose version is sent along
    read=ProxyHooksList, items="hooks", where={"key": "service"}, binds=("key", "value"), label="service with hooks", optional=True
)
OF_SERVICE = ("hooks.{service}",)


class NewHook(OfService, abstract=True):
    """What a hook is made of."""

    match: Body[Match] = Field(description="Which requests; {} is all.")
    script: Body[Script] = Field(description="What runs.")
    timeout: Body[Annotated[int, Field(ge=1, le=30000)] | MISSING] = Field(default=MISSING, description="Longest run, in milliseconds.")
    applies_to: Body[AppliesTo | MISSING] = Field(default=MISSING, description="Only for some groups.")


class ProxyHooksCreate(
    NewHook,
    route="POST /api/v1/containers/{container_id=id}/proxy/hooks/{service}",
    risk=Risk.DESTROY,
    secret=("headers",),
    open_world=True,
    toolset="proxy",
    shown_by="proxy_hooks_list_by_service",
    shows=(SHOW_CONTAINER, SHOW_HOOKS, SHOW_ORDER),
    changes=Changes(ProxyHooksList, OF_SERVICE, versioned=True, lost="a single hook goes by proxy_hooks_delete with the id in the result"),
    runs=True,
    rare=("timeout", "applies_to", "position"),
    keywords="middleware intercept in front rewrite filter turn away requests custom login rate limit",
):
    """Put a script between a service and its callers: it may refuse or alter what matches, and a faulty one cuts everybody off.

    The first matching hook decides. The services logs, proxy, workspaces and cdp take none.
    """

    position: Body[Annotated[int, Field(ge=0)] | MISSING] = Field(default=MISSING, description="Place in the order, from 0. Absent: last.")

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Warn if this makes the container's first access document."""
        return {"warning": FIRST} if at(seen.get(SHOW_ORDER.name), "file_version") == 0 else {}

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Take the document away that this made; from one that was there, only its id takes the hook away."""
        if found is None:
            yield ProxyPermissionsDelete(container_id=self.container_id)


class ProxyHooksUpdate(
    NewHook,
    route="PUT /api/v1/containers/{container_id=id}/proxy/hooks/{service}/{hook_id=hookId}",
    risk=Risk.DESTROY,
    secret=("headers",),
    idempotent=True,
    open_world=True,
    toolset="proxy",
    shows=(SHOW_HOOK, SHOW_CONTAINER, SHOW_ORDER),
    changes=Changes(ProxyHooksList, ("hooks.{service}.{hook_id}",), versioned=True),
    runs=True,
    omits={"position": "only where a hook is created: a replaced one keeps its place"},
    rare=("timeout", "applies_to"),
    keywords="middleware interceptor change fix replace faulty broken script bug locked out",
):
    """Replace a hook where it stands; its old match and script are lost, and what is absent is unset. Order: proxy_hooks_move."""

    hook_id: Path[HookId]

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Put the old hook back."""
        for _, hook in _hooks(found, self.service, self.hook_id):
            yield ProxyHooksUpdate.model_validate(_where(self) | {"hook_id": self.hook_id} | _made_of(hook))


class ProxyHooksMove(
    OfHook,
    route="PATCH /api/v1/containers/{container_id=id}/proxy/hooks/{service}/{hook_id=hookId}/position",
    risk=Risk.WRITE,
    secret=("headers",),
    idempotent=True,
    toolset="proxy",
    shown_by="proxy_hooks_list_by_service",
    changes=Changes(ProxyHooksList, OF_SERVICE, versioned=True),
    keywords="middleware interceptor order priority reorder first before after",
):
    """Move a hook to another place in its service's order; the first that matches decides."""

    position: Body[Annotated[int, Field(ge=0)]] = Field(description="New place, from 0.")

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Move it back."""
        for position, _ in _hooks(found, self.service, self.hook_id):
            yield ProxyHooksMove(container_id=self.container_id, service=self.service, hook_id=self.hook_id, position=position)


class ProxyHooksDelete(
    OfHook,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/hooks/{service}/{hook_id=hookId}",
    risk=Risk.DESTROY,
    secret=("headers",),
    idempotent=True,
    toolset="proxy",
    shown_by="proxy_hooks_list_by_service",
    shows=(SHOW_HOOK, SHOW_CONTAINER, SHOW_ORDER),
    changes=Changes(ProxyHooksList, OF_SERVICE, versioned=True, lost="the hook's id is a new one afterwards"),
    keywords="middleware interceptor remove faulty broken script bug locked out",
):
    """Delete a hook for good: requests pass without it, also those that it refused."""

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Create it anew where it stood."""
        for position, hook in _hooks(found, self.service, self.hook_id):
            yield ProxyHooksCreate.model_validate(_where(self) | _made_of(hook) | {"position": position})


class ProxyHooksClear(
    OfService,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/hooks/{service}",
    risk=Risk.DESTROY,
    secret=("headers",),
    idempotent=True,
    toolset="proxy",
    shown_by="proxy_hooks_list_by_service",
    shows=(SHOW_CONTAINER, SHOW_HOOKS, SHOW_ORDER),
    changes=Changes(ProxyHooksList, OF_SERVICE, versioned=True, lost="the hooks' ids are new ones afterwards"),
    keywords="middleware interceptors remove all faulty scripts",
):
    """Delete all hooks of a service for good, those that protect it too. One of them: proxy_hooks_delete."""

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Create them anew in their order."""
        for _, hook in _hooks(found, self.service):
            yield ProxyHooksCreate.model_validate(_where(self) | _made_of(hook))


def _where(operation: OfService) -> Json:
    return {"container_id": operation.container_id, "service": operation.service}


def _hooks(found: Any, service: str, hook_id: str = "") -> Iterator[tuple[int, Json]]:
    """Yield a service's hooks with their places, or one of them."""
    hooks = as_array(inner(as_object(found) or {}, "hooks").get(service)) or ()
    for position, hook in enumerate(hooks):
        facts = as_object(hook)
        if facts is not None and hook_id in ("", facts.get("id")):
            yield position, facts


def _made_of(facts: Json) -> Json:
    return {name: facts[name] for name in HOOK if name in facts}
