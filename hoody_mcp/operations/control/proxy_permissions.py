"""Proxy permissions of a container: who may reach its services over the internet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import MISSING

from ...jsons import Json, as_array, as_object
from ...operation import Body, Changes, ContainerId, Operation, Path, Risk, Show
from .containers import SHOW_CONTAINER
from .proxy_changes import (
    Changing,
    Deleting,
    DeletingGrant,
    DeletingGrants,
    DeletingGroup,
    Replacing,
    SettingDefault,
    SettingGrant,
    SettingIpGroup,
    SettingJwtGroup,
    SettingPasswordGroup,
    SettingState,
    SettingTokenGroup,
)
from .proxy_documents import BINDS, DOCUMENT, HOOK, SECRET, Hooks, inner


class ProxyPermissionsGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/permissions",
    risk=Risk.READ,
    toolset="proxy",
    secret=SECRET,
    keywords="ACL who can open site access login password protection URL private public",
):
    """Show a container's own document of who may reach its services: groups, what each may use, and what happens to everybody else.

    Secrets are masked unless reveal. 404: it has none, and projects_proxy_permissions_get decides. One service: proxy_services_get.
    """

    container_id: Path[ContainerId]


SHOW_DOCUMENT = Show(read=ProxyPermissionsGet, tells=("default", "enable_proxy"), binds=BINDS, label=DOCUMENT, optional=True)
SHOWS = (SHOW_CONTAINER, SHOW_DOCUMENT)
CHANGE: dict[str, Any] = {  # what all changes of a document have in common
    "idempotent": True,
    "toolset": "proxy",
    "secret": SECRET,
    "shown_by": "proxy_permissions_get",
    "shows": SHOWS,
}


FIRST = "It makes the container's first document: its project's does not count for it any more."


class OfContainer(Changing, abstract=True):
    """A change of a container's document."""

    first = FIRST

    container_id: Path[ContainerId]

    def made(self, tool: str, **arguments: Any) -> Operation:
        """Make another operation on the same container's document."""
        return TOOLS[tool].model_validate({"container_id": self.container_id, **arguments})

    def whole(self, document: Json) -> Json:
        """Give the hooks, without what Hoody numbers itself."""
        hooks = {
            service: [{name: part for name, part in (as_object(hook) or {}).items() if name in HOOK} for hook in as_array(rules) or ()]
            for service, rules in inner(document, "hooks").items()
        }
        return {"hooks": hooks} if hooks else {}


class ProxyPermissionsReplace(
    Replacing,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, versioned=True, lost="hook ids are new ones afterwards"),
    fills={"project": "project", "container": "container"},
    keywords="overwrite whole access policy lock everything down private import ACL",
):
    """Replace a container's whole access document: the old groups, grants and hooks are lost; without default everybody else is refused.

    Single changes: proxy_group_set_password and its neighbours, proxy_grant_set, proxy_default_set.
    """

    hooks: Body[Hooks | MISSING] = MISSING


class ProxyPermissionsDelete(
    Deleting,
    OfContainer,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/permissions",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, versioned=True, lost="hook ids are new ones afterwards"),
    keywords="remove own access policy rules protection, inherit follow general ones, make public unlock",
):
    """Delete a container's access document for good: the project's decides then, and without one everybody who knows a URL gets in."""


class ProxyDefaultSet(
    SettingDefault,
    OfContainer,
    route="PATCH /api/v1/containers/{container_id=id}/proxy/permissions/default",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("default",), versioned=True),
    keywords="block or admit strangers, everyone not logged in, private, public, refuse, open up",
):
    """Set what happens to everybody whom no group lets in: deny shuts out whoever has no login, allow opens all services to them."""


class ProxyStateSet(
    SettingState,
    OfContainer,
    route="PATCH /api/v1/containers/{container_id=id}/proxy/permissions/state",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("enable_proxy",), versioned=True),
    keywords="kill switch emergency off cut disconnect everything unreachable take offline",
):
    """Turn a container's proxy off or on: off cuts everybody off from its services, you included, until it is on again."""


class ProxyGroupDelete(
    DeletingGroup,
    OfContainer,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/permissions/groups/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("groups.{group}", "permissions.{group}"), versioned=True),
    keywords="remove leaked login password user revoke access fire somebody, nobody gets in",
):
    """Delete a group for good: its members can no longer log in to the container's services."""


class ProxyGroupSetIp(
    SettingIpGroup,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions/groups/{group=groupName}/ip",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("groups.{group}",), versioned=True),
    keywords="only allow office network addresses in, allowlist whitelist CIDR VPN",
):
    """Set a group of IPv4 addresses, over one of that name, which is lost with its members' access. What it may reach: proxy_grant_set."""


class ProxyGroupSetJwt(
    SettingJwtGroup,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions/groups/{group=groupName}/jwt",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("secret",),
    rare=("claims",),
    keywords="single sign-on SSO login OIDC Okta Auth0 signed bearer identity provider",
):
    """Set a group of those who hold a signed JWT, over one of that name, which is lost with its members' access. Then proxy_grant_set."""


class ProxyGroupSetPassword(
    SettingPasswordGroup,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions/groups/{group=groupName}/password",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("password", "salt"),
    rare=("algorithm",),
    keywords="protect site website with login basic auth user credentials private put password on",
):
    """Set a group with a user name and password, over one of that name, which is lost with its members' access. Then proxy_grant_set."""


class ProxyGroupSetToken(
    SettingTokenGroup,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions/groups/{group=groupName}/token",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("value",),
    branches=(("header_name", "value"), ("cookie_name", "value"), ("param_name", "value")),
    keywords="API key fixed header secret webhook protect machine client bot monitor let through",
):
    """Set a group of those who send a fixed value, over one of that name, which is lost. Then proxy_grant_set."""


class ProxyGrantsDelete(
    DeletingGrants,
    OfContainer,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/permissions/permissions/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("permissions.{group}",), versioned=True),
    keywords="revoke all rights of people take everything away",
):
    """Cuts a group off from all of a container; the group itself stays. One service: proxy_grant_delete."""


class ProxyGrantSet(
    SettingGrant,
    OfContainer,
    route="PUT /api/v1/containers/{container_id=id}/proxy/permissions/permissions/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("permissions.{group}.{program}",), versioned=True),
    keywords="let people use terminal files editor port give rights share with colleague",
):
    """Set what a group may reach of one service; its old right there is lost. The group comes first: proxy_group_set_password etc."""


class ProxyGrantDelete(
    DeletingGrant,
    OfContainer,
    route="DELETE /api/v1/containers/{container_id=id}/proxy/permissions/permissions/{group=groupName}/{program}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProxyPermissionsGet, ("permissions.{group}.{program}",), versioned=True),
    keywords="revoke one right, no longer get at terminal files desktop port",
):
    """Cuts a group off from one service of a container. All of them: proxy_grants_delete."""


TOOLS: Mapping[str, type[Operation]] = {
    "replace": ProxyPermissionsReplace,
    "delete": ProxyPermissionsDelete,
    "default": ProxyDefaultSet,
    "state": ProxyStateSet,
    "group": ProxyGroupDelete,
    "ip": ProxyGroupSetIp,
    "jwt": ProxyGroupSetJwt,
    "password": ProxyGroupSetPassword,
    "token": ProxyGroupSetToken,
    "ungrant_all": ProxyGrantsDelete,
    "grant": ProxyGrantSet,
    "ungrant": ProxyGrantDelete,
}
