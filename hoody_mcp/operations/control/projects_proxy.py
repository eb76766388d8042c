"""Proxy permissions of a project: who may reach the services of those of its containers that have no document of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...operation import Changes, Operation, Path, ProjectId, Risk, Show
from .projects import SHOW_PROJECT
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
from .proxy_documents import BINDS, DOCUMENT, SECRET


class ProjectsProxyPermissionsGet(
    Operation,
    route="GET /api/v1/projects/{project_id=id}/proxy/permissions",
    risk=Risk.READ,
    toolset="proxy",
    secret=SECRET,
    keywords="ACL who can open access login password of all containers, team 401 403",
):
    """Show a project's document of who may reach the services of its containers: a container's own (proxy_permissions_get) goes first.

    Secrets are masked unless reveal.
    """

    project_id: Path[ProjectId]


SHOW_DOCUMENT = Show(read=ProjectsProxyPermissionsGet, tells=("default", "enable_proxy"), binds=BINDS, label=DOCUMENT, optional=True)
SHOWS = (SHOW_PROJECT, SHOW_DOCUMENT)
CHANGE: dict[str, Any] = {  # what all changes of a document have in common
    "idempotent": True,
    "toolset": "proxy",
    "secret": SECRET,
    "shown_by": "projects_proxy_permissions_get",
    "shows": SHOWS,
    "beyond": ("realm",),  # it counts for containers outside the realm, too
}


class OfProject(Changing, abstract=True):
    """A change of a project's document."""

    first = "It makes the project's first document: it counts for all its containers that have none of their own."

    project_id: Path[ProjectId]

    def made(self, tool: str, **arguments: Any) -> Operation:
        """Make another operation on the same project's document."""
        return TOOLS[tool].model_validate({"project_id": self.project_id, **arguments})


class ProjectsProxyPermissionsReplace(
    Replacing,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, versioned=True, lost="hooks do not come back: no call sets them on a project"),
    fills={"project": "project"},
    keywords="overwrite whole access policy of all containers lock down private import ACL",
):
    """Replace a project's whole access document: the old groups and grants are lost; without default everybody else is refused.

    It holds for each container without a document of its own.
    """


class ProjectsProxyPermissionsDelete(
    Deleting,
    OfProject,
    route="DELETE /api/v1/projects/{project_id=id}/proxy/permissions",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, versioned=True, lost="hooks do not come back: no call sets them on a project"),
    keywords="remove access policy login protection of all containers make public unlock",
):
    """Delete a project's access document for good: its containers without one of their own stand open to everybody who knows a URL."""


class ProjectsProxyDefaultSet(
    SettingDefault,
    OfProject,
    route="PATCH /api/v1/projects/{project_id=id}/proxy/permissions/default",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("default",), versioned=True),
    keywords="block or admit strangers everywhere, everyone not logged in, private, public, refuse",
):
    """Set for a project's containers what happens to everybody whom no group lets in: deny cuts them off, allow opens all services."""


class ProjectsProxyStateSet(
    SettingState,
    OfProject,
    route="PATCH /api/v1/projects/{project_id=id}/proxy/permissions/state",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("enable_proxy",), versioned=True),
    keywords="kill switch emergency turn off proxy, cut all containers, take offline off the web",
):
    """Turn the proxy off or on for a project's containers: off cuts everybody off from their services, you included."""


class ProjectsProxyGroupDelete(
    DeletingGroup,
    OfProject,
    route="DELETE /api/v1/projects/{project_id=id}/proxy/permissions/groups/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("groups.{group}", "permissions.{group}"), versioned=True),
    keywords="remove leaked login password user revoke access everywhere, nobody gets in",
):
    """Delete a group of a project for good: its members can no longer log in to its containers' services."""


class ProjectsProxyGroupSetIp(
    SettingIpGroup,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions/groups/{group=groupName}/ip",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("groups.{group}",), versioned=True),
    keywords="only allow office network addresses in everywhere, allowlist whitelist CIDR VPN",
):
    """Set a project's group of IPv4 addresses, over one of that name, which is lost. What it may reach: projects_proxy_grant_set."""


class ProjectsProxyGroupSetJwt(
    SettingJwtGroup,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions/groups/{group=groupName}/jwt",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("secret",),
    rare=("claims",),
    keywords="single sign-on SSO login OIDC Okta Auth0 bearer identity provider everywhere",
):
    """Set a project's group of those who hold a signed JWT, over one of that name, which is lost. Then projects_proxy_grant_set."""


class ProjectsProxyGroupSetPassword(
    SettingPasswordGroup,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions/groups/{group=groupName}/password",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("password", "salt"),
    rare=("algorithm",),
    keywords="protect all sites with same login basic auth user credentials private every machine",
):
    """Set a project's group with a user name and password, over one of that name, which is lost. Then projects_proxy_grant_set."""


class ProjectsProxyGroupSetToken(
    SettingTokenGroup,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions/groups/{group=groupName}/token",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("groups.{group}",), versioned=True),
    secret_arguments=("value",),
    branches=(("header_name", "value"), ("cookie_name", "value"), ("param_name", "value")),
    keywords="API key fixed header secret webhook protect all machine clients bot monitor",
):
    """Set a project's group of those who send a fixed value, over one of that name, which is lost. Then projects_proxy_grant_set."""


class ProjectsProxyGrantsDelete(
    DeletingGrants,
    OfProject,
    route="DELETE /api/v1/projects/{project_id=id}/proxy/permissions/permissions/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("permissions.{group}",), versioned=True),
    keywords="revoke all rights of people everywhere take away",
):
    """Cuts a group off from all of a project's containers; the group itself stays. One service: projects_proxy_grant_delete."""


class ProjectsProxyGrantSet(
    SettingGrant,
    OfProject,
    route="PUT /api/v1/projects/{project_id=id}/proxy/permissions/permissions/{group=groupName}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("permissions.{group}.{program}",), versioned=True),
    keywords="let people use terminal files port give rights in every container",
):
    """Set what a group may reach of one service in a project's containers; its old right there is lost. The group comes first."""


class ProjectsProxyGrantDelete(
    DeletingGrant,
    OfProject,
    route="DELETE /api/v1/projects/{project_id=id}/proxy/permissions/permissions/{group=groupName}/{program}",
    risk=Risk.DESTROY,
    **CHANGE,
    changes=Changes(ProjectsProxyPermissionsGet, ("permissions.{group}.{program}",), versioned=True),
    keywords="revoke one right everywhere, no longer get at terminal files desktop port",
):
    """Cuts a group off from one service of a project's containers. All: projects_proxy_grants_delete."""


TOOLS: Mapping[str, type[Operation]] = {
    "replace": ProjectsProxyPermissionsReplace,
    "delete": ProjectsProxyPermissionsDelete,
    "default": ProjectsProxyDefaultSet,
    "state": ProjectsProxyStateSet,
    "group": ProjectsProxyGroupDelete,
    "ip": ProjectsProxyGroupSetIp,
    "jwt": ProjectsProxyGroupSetJwt,
    "password": ProjectsProxyGroupSetPassword,
    "token": ProjectsProxyGroupSetToken,
    "ungrant_all": ProjectsProxyGrantsDelete,
    "grant": ProjectsProxyGrantSet,
    "ungrant": ProjectsProxyGrantDelete,
}
