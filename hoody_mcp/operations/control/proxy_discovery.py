"""Proxy settings of a container, and what its access rules come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import MISSING, Field

from ...jsons import Json, as_object
from ...operation import Body, Changes, ContainerId, Operation, Path, Place, Risk, Show
from .proxy_changes import Changing
from .proxy_documents import Enabled, Policy
from .proxy_permissions import FIRST, SHOWS, ProxyPermissionsDelete


class ProxyGroupsList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/groups",
    toolset="proxy",
    risk=Risk.READ,
    items="groups",
    keywords="who can get in, logins, access rules, protected by password",
):
    """List the names of the groups in a container's access rules, without credentials. What one service lets in: proxy_services_get."""

    container_id: Path[ContainerId]


class ProxyServicesList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/services",
    toolset="proxy",
    risk=Risk.READ,
    items="services",
    keywords="which programs have access rules or hooks",
):
    """List the services that a container's access rules and hooks name. It often is empty, and says nothing of what runs."""

    container_id: Path[ContainerId]


class ProxyServicesGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/services/{service}",
    toolset="proxy",
    risk=Risk.READ,
    secret=("headers",),
    keywords="forbidden blocked access denied colleague cannot open app editor URL debug why refused",
):
    """Find out why someone gets 403 on one service: each group's access to it, the default for others, and the hooks in the way.

    Off altogether: proxy_settings_get.
    """

    container_id: Path[ContainerId]
    service: Path[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]] = Field(
        description="Service, such as terminal, files or http: a-z, 0-9, inner _ and -."
    )


class ProxySettingsGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/proxy/settings",
    toolset="proxy",
    risk=Risk.READ,
    keywords="is it reachable from the web, links dead not answering, switched off, open",
):
    """Show whether a container's URLs answer at all (enable_proxy), and whether those whom no rule names get in (default)."""

    container_id: Path[ContainerId]


SHOW_SETTINGS = Show(
    read=ProxySettingsGet, tells=("enable_proxy", "default"), binds=("enable_proxy", "default"), label="settings", optional=True
)


class ProxySettingsUpdate(
    Changing,
    route="PUT /api/v1/containers/{container_id=id}/proxy/settings",
    toolset="proxy",
    risk=Risk.DESTROY,
    shown_by="proxy_settings_get",
    idempotent=True,
    shows=(*SHOWS, SHOW_SETTINGS),
    changes=Changes(ProxySettingsGet, ("enable_proxy", "default"), versioned=True),
    keywords="kill switch lock down block everyone open public private access shut off reachable incident",
):
    """Overwrite who reaches a container's URLs: a wrong value cuts everybody off, this server's container tools too, or lets anyone in.

    This same call undoes it. Absent arguments stay; give at least one. Only one of them: proxy_state_set, proxy_default_set.
    """

    first = FIRST

    container_id: Path[ContainerId]
    enable_proxy: Body[Enabled | MISSING] = MISSING
    default: Body[Policy | MISSING] = MISSING

    def after(self, document: Json) -> Json:
        """Give the document with the settings."""
        return document | self.given(Place.BODY)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Set what was set before, or take the document away that this made."""
        was = as_object(found)
        if was is None:
            yield ProxyPermissionsDelete(container_id=self.container_id)
        else:
            old = {name: was.get(name) for name in self.given(Place.BODY)}
            yield ProxySettingsUpdate.model_validate({"container_id": self.container_id, **old})
