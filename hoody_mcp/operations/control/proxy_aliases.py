"""Proxy aliases: short public host names for a service or port of a container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import MISSING, Field

from ...jsons import as_object
from ...operation import AliasId, Body, Changes, ContainerId, Default, Names, Operation, Path, ProjectId, Query, RealmId, Risk, Show

HostLabel = Annotated[
    str,
    Field(
        min_length=3,
        max_length=61,
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        description="First part of the host name: a-z, 0-9, inner -.",
    ),
]
Program = Annotated[
    str,
    Field(description="http or https, as your own server speaks inside; ssh; or a service: terminal, files, code, etc."),
]
Port = Annotated[int, Field(ge=1, le=65535, description="Port of your server. Always give it for http and https, else index is the port.")]
Index = Annotated[int, Field(ge=1, description="Instance of a service.")]
TargetPath = Annotated[str, Field(description="Path that is put before every request's.")]
AllowPaths = Annotated[bool, Field(description="false: only target_path itself answers.")]
ExpiresAt = Annotated[str, Field(description="When it turns itself off, ISO 8601.")]

KEPT = ("container_id", "program", "alias", "target_path", "allow_path_override", "expires_at", "enabled")  # of one that comes back


class ProxyAliasesList(
    Operation,
    route="GET /api/v1/proxy/aliases",
    risk=Risk.READ,
    items="aliases",
    columns=("id", "alias", "url", "program", "index", "target_path", "container_id", "project_id", "enabled", "expires_at"),
    names=(Names("alias", by="alias", owner="user_id"),),
    inside={"container": "container_id", "project": "project_id"},
    rare=(
        "realm_id",
        "enabled",
        "expired",
    ),
    keywords="public links domains subdomains hostnames published exposed reachable from internet",
):
    """List your proxy aliases: public URLs, what each leads to, whether it is on."""

    project_id: Query[ProjectId | MISSING] = Field(default=MISSING, description="Only of this project.")
    container_id: Query[ContainerId | MISSING] = Field(default=MISSING, description="Only of this container.")
    realm_id: Query[RealmId | MISSING] = Field(default=MISSING, description="Only in this realm (24 hex characters).")
    enabled: Query[bool | MISSING] = Field(default=MISSING, description="true: only those on; false: off.")
    expired: Query[bool | MISSING] = Field(default=MISSING, description="true: only expired ones; false: the others.")


class ProxyAliasesCreate(
    Operation,
    route="POST /api/v1/proxy/aliases",
    risk=Risk.WRITE,
    destructive=True,
    rare=(
        "index",
        "target_path",
        "allow_path_override",
        "enabled",
    ),
    keywords="publish expose website domain subdomain hostname share short link public address",
):
    """Publish a port or service of a container under a short URL, for anyone who knows it.

    It hides ids but protects nothing. 409: somebody on that server has the name. Reserved: containers, and proxy or
    workspaces with or without a -suffix.
    """

    container_id: Body[ContainerId]
    program: Body[Program]
    port: Body[Port | MISSING] = MISSING
    alias: Body[HostLabel | MISSING] = Field(
        default=MISSING, description="First part of the host name: a-z, 0-9, inner -. Absent: 48 random hex digits."
    )
    index: Body[Annotated[Index, Default(1)] | MISSING] = MISSING
    target_path: Body[TargetPath | MISSING] = MISSING
    allow_path_override: Body[Annotated[AllowPaths, Default(value=True)] | MISSING] = MISSING
    expires_at: Body[ExpiresAt | MISSING] = MISSING
    enabled: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="false: create it switched off.")


class ProxyAliasesGet(
    Operation,
    route="GET /api/v1/proxy/aliases/{alias_id=id}",
    risk=Risk.READ,
    record="alias",
    inside={"container": "container_id", "project": "project_id"},
    keywords="show details public link domain hostname",
):
    """Show one proxy alias: URL, target, state, container and project."""

    alias_id: Path[AliasId]


class ProxyAliasesUpdate(
    Operation,
    route="PATCH /api/v1/proxy/aliases/{alias_id=id}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    clearable=("target_path", "expires_at"),
    keywords="rename redirect point public link domain hostname to another port, new version",
):
    """Rename a proxy alias or lead it elsewhere in its container; what is absent stays.

    A rename ends the old URL at once; a new target takes the live traffic. Only on or off: proxy_aliases_set_state.
    """

    alias_id: Path[AliasId]
    alias: Body[HostLabel | MISSING] = MISSING
    program: Body[Program | MISSING] = MISSING
    port: Body[Port | MISSING] = MISSING
    index: Body[Index | MISSING] = MISSING
    target_path: Body[TargetPath | MISSING] = MISSING
    allow_path_override: Body[AllowPaths | MISSING] = MISSING
    expires_at: Body[ExpiresAt | MISSING] = MISSING
    enabled: Body[bool | MISSING] = Field(default=MISSING, description="false: off, 404.")


class ProxyAliasesSetState(
    Operation,
    route="PATCH /api/v1/proxy/aliases/{alias_id=id}/state",
    risk=Risk.WRITE,
    idempotent=True,
    keywords="enable disable pause hide public link domain, same address back later",
):
    """Turn a proxy alias on or off; its name stays yours. While off, its URL answers 404."""

    alias_id: Path[AliasId]
    enabled: Body[bool] = Field(description="true: on. false: off.")


class ProxyAliasesDelete(
    Operation,
    route="DELETE /api/v1/proxy/aliases/{alias_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=ProxyAliasesGet,
            tells=("alias", "url", "program", "index", "target_path", "enabled", "expires_at", "container.name", "project.alias"),
            binds=("id", "alias", "container_id", "program", "index", "target_path"),
            label="alias",
        ),
    ),
    changes=Changes(ProxyAliasesGet, lost="the alias has another id, and somebody else may have taken its name"),
    keywords="remove unpublish public link domain hostname take down",
):
    """Delete a proxy alias for good: its URL stops at once, and others may take the name.

    To only turn it off: proxy_aliases_set_state.
    """

    alias_id: Path[AliasId]

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Create it again; for a server of one's own the index is its port."""
        if was := as_object(found):
            kept = {name: was[name] for name in KEPT if was.get(name) is not None}
            where = "port" if was.get("program") in ("http", "https") else "index"
            yield ProxyAliasesCreate.model_validate(kept | ({where: was["index"]} if "index" in was else {}))
