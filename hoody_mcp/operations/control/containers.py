"""Containers: the machines that Hoody runs, from creation to deletion."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, ContainerId, Default, Names, Operation, Path, ProjectId, Query, RealmId, Risk, ServerId, Settles, Show
from .proxy_aliases import ProxyAliasesList
from .storage_shares import StorageSharesList

# Also for the other modules of the control plane.
Page = Annotated[int, Field(ge=1, description="Page.")]
PageSize = Annotated[int, Field(ge=1, le=100, description="Entries per page.")]
SortOrder = Annotated[Literal["asc", "desc"], Field(description="asc or desc.")]
Color = Annotated[
    str,
    Field(pattern=r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$", description="3 or 6 hex digits, such as #FF8800."),
]

ContainerName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=100,
        pattern=r"^[a-zA-Z0-9_-]+$",
        description="Letters, digits, - and _. Absent: random.",
    ),
]
ContainerOrder = Annotated[Literal["id", "name", "status", "created_at", "updated_at"], Field(description="Sort key.")]
SshKey = Annotated[str, Field(description="Public SSH key; each serves one container only (else 409).")]
Variables = Annotated[dict[str, str], Field(description="Environment variables by name.")]
Realms = Annotated[list[RealmId], Field(description="Realms, not tied to its project's.")]
Runtime = Annotated[
    str,
    Field(
        description='Live state to add: "true", or JSON such as {"displays": true}; parts: displays, services, network_services, terminals.'
    ),
]
ProxyDomains = Annotated[bool, Field(description="true: add the proxy aliases.")]
ProxyPermissions = Annotated[bool, Field(description="true: add proxy access rules, credentials masked.")]
Prewarmed = Annotated[bool, Field(description="true: also Hoody's prewarmed spares.")]
Deleting = Annotated[bool, Field(description="true: also those being deleted.")]

CREDENTIALS = ("environment_vars", "secret", "password", "salt", "value")  # the last four: proxy permissions
COLUMNS = (
    "id",
    "name",
    "status",
    "project_id",
    "project_alias",
    "server_name",
    "container_image",
    "hoody_kit",
    "created_at",
    "snapshot_count",
    "proxy_domains",
    "runtime_info",
    "proxy_permissions",
    "project_proxy_permissions",
)
KVM_TWIN = {"dev_kvm": "two upstream spellings of one value are one argument"}


class ContainersList(
    Operation,
    route="GET /api/v1/containers/",
    risk=Risk.READ,
    items="containers",
    columns=COLUMNS,
    secret=CREDENTIALS,
    names=(Names("container", by="name", part_of="project"),),
    inside={"container": "id", "project": "project_id", "realm": "realm_ids"},
    proves={"server": "server_id"},
    rare=(
        "sort_by",
        "sort_order",
        "realm_id",
        "runtime",
        "include_proxy_domains",
        "include_proxy_permissions",
        "include_prespawn",
        "include_expired",
        "include_deleting",
    ),
    keywords="boxes machines VMs servers sandboxes what is running find by name",
):
    """List your containers in all projects: ids, names, status. One container in full: containers_get."""

    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(50)] | MISSING] = MISSING
    sort_by: Query[Annotated[ContainerOrder, Default("created_at")] | MISSING] = MISSING
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING
    realm_id: Query[RealmId | MISSING] = Field(default=MISSING, description="Only those in this realm (24 hex characters).")
    runtime: Query[Runtime | MISSING] = MISSING
    include_proxy_domains: Query[ProxyDomains | MISSING] = MISSING
    include_proxy_permissions: Query[ProxyPermissions | MISSING] = MISSING
    include_prespawn: Query[Prewarmed | MISSING] = MISSING
    include_expired: Query[bool | MISSING] = Field(default=MISSING, description="true: also those whose server rental has ended.")
    include_deleting: Query[Deleting | MISSING] = MISSING


class ContainersListByProject(
    Operation,
    route="GET /api/v1/projects/{project_id=id}/containers",
    risk=Risk.READ,
    items="containers",
    columns=COLUMNS,
    secret=CREDENTIALS,
    names=(Names("container", by="name", part_of="project"),),
    inside={"container": "id", "project": "project_id", "realm": "realm_ids"},
    proves={"server": "server_id"},
    rare=(
        "sort_by",
        "sort_order",
        "runtime",
        "include_proxy_domains",
        "include_proxy_permissions",
        "include_prespawn",
        "include_deleting",
    ),
    keywords="boxes machines VMs inside folder workspace",
):
    """List the containers of one project. For all projects at once: containers_list."""

    project_id: Path[ProjectId]
    page: Query[Page | MISSING] = MISSING
    limit: Query[PageSize | MISSING] = MISSING
    sort_by: Query[ContainerOrder | MISSING] = MISSING
    sort_order: Query[SortOrder | MISSING] = MISSING
    runtime: Query[Runtime | MISSING] = MISSING
    include_proxy_domains: Query[ProxyDomains | MISSING] = MISSING
    include_proxy_permissions: Query[ProxyPermissions | MISSING] = MISSING
    include_prespawn: Query[Prewarmed | MISSING] = MISSING
    include_deleting: Query[Deleting | MISSING] = MISSING


class ContainersGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}",
    risk=Risk.READ,
    secret=CREDENTIALS,
    record="container",
    inside={"project": "project_id", "realm": "realm_ids"},
    settles=Settles("status", passing=("creating", "copying", "claiming", "deleting"), failed=("failed", "deleted")),
    rare=(
        "runtime",
        "include_proxy_domains",
        "include_proxy_permissions",
    ),
    keywords="show details info box machine VM is it up ready state",
):
    """Show one container: status, server, image, settings.

    After create, copy, restore or power: hoody_wait with it, until ["running"].
    """

    container_id: Path[ContainerId]
    runtime: Query[Runtime | MISSING] = MISSING
    include_proxy_domains: Query[ProxyDomains | MISSING] = MISSING
    include_proxy_permissions: Query[ProxyPermissions | MISSING] = MISSING


# Part of the previews of everything that happens to a container.
SHOW_CONTAINER = Show(
    read=ContainersGet,
    tells=("id", "name", "status", "project_alias"),
    binds=("id", "name", "project_id"),
    label="container",
)


class ContainersCreate(
    Operation,
    route="POST /api/v1/projects/{project_id=id}/containers",
    risk=Risk.WRITE,
    shown_by="containers_list",
    secret=("environment_vars",),
    secret_arguments=("environment_vars",),
    omits={**KVM_TWIN, "prespawn": "reserved for Hoody itself: true is always refused"},
    rare=(
        "dev_kit",
        "ai",
        "kvm",
        "autostart",
        "ramdisk",
        "color",
        "comment",
        "realm_ids",
        "cache",
        "cache_image",
        "bypass_prespawn",
    ),
    keywords="new launch spin up deploy provision fresh box machine VM sandbox Linux",
):
    """Create a container on a rented server.

    It answers at once with status creating: hoody_wait for it. CPU, memory and disk come from the server.
    """

    project_id: Path[ProjectId]
    server_id: Body[ServerId] = Field(description="A rental's server_id (rentals_list), not the rental's id.")
    name: Body[ContainerName | MISSING] = MISSING
    container_image: Body[str | MISSING] = Field(default=MISSING, description='Image, such as "debian/13".')
    hoody_kit: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(
        default=MISSING, description="Hoody's services. false: plain Linux, no service URLs at all."
    )
    dev_kit: Body[bool | MISSING] = Field(default=MISSING, description="Development tools, fixed after creation; absent: as hoody_kit.")
    ai: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="AI features.")
    environment_vars: Body[Variables | MISSING] = MISSING
    ssh_public_key: Body[SshKey | MISSING] = MISSING
    kvm: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="/dev/kvm for VMs inside; 403 on free servers."
    )
    autostart: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="Start when its server boots.")
    ramdisk: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(
        default=MISSING, description="Memory disk /ramdisk; lost when the server reboots."
    )
    color: Body[Color | MISSING] = MISSING
    comment: Body[Annotated[str, Field(max_length=16000)] | MISSING] = Field(default=MISSING, description="Free note.")
    realm_ids: Body[Realms | MISSING] = MISSING
    cache: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="Use a cached image.")
    cache_image: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Force a new cached image; image owners only."
    )
    bypass_prespawn: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: take no prewarmed spare (slower)."
    )


class ContainersUpdate(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}",
    risk=Risk.WRITE,
    idempotent=True,
    secret=("environment_vars",),
    secret_arguments=("environment_vars",),
    clearable=("ssh_public_key", "comment"),
    also="PATCH",
    keywords="rename relabel edit settings note SSH login start by itself after boot",
):
    """Change settings of a container; what is absent stays.

    A wrong SSH key or realm can lock you out. For variables alone use env_set, for virtualization containers_set_kvm.
    """

    container_id: Path[ContainerId]
    name: Body[Annotated[str, Field(min_length=1, max_length=100)] | MISSING] = Field(
        default=MISSING, description="New name, unique in its project."
    )
    color: Body[Color | MISSING] = MISSING
    ai: Body[bool | MISSING] = Field(default=MISSING, description="AI features.")
    autostart: Body[bool | MISSING] = Field(default=MISSING, description="Start when its server boots.")
    ramdisk: Body[bool | MISSING] = Field(default=MISSING, description="Memory disk /ramdisk; lost when the server reboots.")
    ramdisk_scope: Body[Annotated[Literal["container", "project"], Default("container")] | MISSING] = Field(
        default=MISSING,
        description="project: adds /ramdisk/project, shared with the project's containers on that server; refused if it has other members.",
    )
    environment_vars: Body[Variables | MISSING] = MISSING
    ssh_public_key: Body[SshKey | MISSING] = MISSING
    comment: Body[str | MISSING] = Field(default=MISSING, description="Free note.")
    realm_ids: Body[Realms | MISSING] = MISSING


class ContainersDelete(
    Operation,
    route="DELETE /api/v1/containers/{container_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=ContainersGet,
            tells=("id", "name", "status", "project_alias", "server_name", "snapshot_count", "proxy_domains_count", "comment"),
            binds=("id", "name", "project_id", "snapshot_count", "proxy_domains_count"),
            label="container",
        ),
        Show(
            read=ProxyAliasesList,
            items="aliases",
            passes=("container_id",),
            tells=("alias", "enabled"),
            binds=("id",),
            label="public URLs that end",
            optional=True,
        ),
        Show(
            read=StorageSharesList,
            items=".",
            tells=("alias", "source_path", "target_container_id", "target_project_id"),
            binds=("id",),
            label="shares that others lose",
            optional=True,
        ),
    ),
    advice="To keep it: containers_copy makes a copy elsewhere. Its snapshots are no backup: they die with it.",
    keywords="remove destroy terminate kill get rid of box machine never needed again",
):
    """Delete a container for good: its disk and all its snapshots go with it, nothing brings them back.

    To only halt it: containers_power.
    """

    container_id: Path[ContainerId]


class ContainersPower(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/{operation}",
    risk=Risk.DESTROY,
    risk_varies=True,
    risk_reason="start and resume interrupt nothing; the others end or freeze what runs",
    shows=(SHOW_CONTAINER,),
    keywords="boot reboot shut down turn on off halt suspend sleep wake hung box",
):
    """Start, stop, force-stop, restart, pause or resume a container.

    All but start and resume interrupt or end its processes; its URLs stay. A status that does not allow it gives 409; after start or
    resume poll containers_get until running.
    """

    container_id: Path[ContainerId]
    operation: Path[Literal["start", "stop", "force-stop", "restart", "pause", "resume"]] = Field(
        description="force-stop kills without a clean shutdown; resume is for paused, start for stopped containers."
    )

    def risk_of(self) -> Risk:
        """Start and resume only add; the rest interrupts."""
        return Risk.WRITE if self.operation in {"start", "resume"} else Risk.DESTROY


class ContainersAuthorize(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/authorize",
    risk=Risk.WRITE,
    hands_out=("container_claim",),
    keywords="prove who I am, claim credential sign identity proof access",
):
    """Issue a signed claim that proves to programs in a container who you are; they check it offline.

    It expires after some hours (expires_in): call again for a new one. Tools here do not need it passed.
    """

    container_id: Path[ContainerId]


class ContainersCopy(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/copy",
    risk=Risk.WRITE,
    shown_by="containers_list",
    secret=("environment_vars",),
    omits=KVM_TWIN,
    keywords="clone duplicate identical fork twin migrate move to another server staging",
):
    """Copy a container, also to another project or server.

    It goes on in the background and the copy starts by itself: poll containers_get with the copy's id. Firewall, network settings, SSH
    key and kvm are not inherited unless asked for.
    """

    container_id: Path[ContainerId] = Field(description="Container to copy from.")
    target_project_id: Body[ProjectId] = Field(description="Project that gets the copy.")
    target_server_id: Body[ServerId | MISSING] = Field(
        default=MISSING, description="Server for the copy: a rental's server_id. Absent: the source's server."
    )
    name: Body[ContainerName | MISSING] = MISSING
    source_snapshot: Body[Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")] | MISSING] = Field(
        default=MISSING, description="Name of a snapshot to copy (letters, digits, - and _). Absent: the present state."
    )
    ssh_public_key: Body[SshKey | MISSING] = MISSING
    copy_firewall_rules: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Take the firewall along."
    )
    copy_network_rules: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Take proxy and block settings along."
    )
    kvm: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="/dev/kvm for the copy; 403 on free servers."
    )


class ContainersSync(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/sync",
    risk=Risk.DESTROY,
    shows=(
        Show(
            read=ContainersGet,
            tells=("id", "name", "status", "project_alias", "source_container_id"),
            binds=("id", "name", "project_id", "source_container_id"),
            label="container",
        ),
    ),
    beyond=("container", "project", "realm"),
    advice="snapshots_create first: what is written over cannot be brought back otherwise.",
    keywords="refresh clone pull latest changes from original update copy",
):
    """Overwrite a copied container with its source's present state: whatever was changed in the copy is lost.

    Works only on containers made by containers_copy. Goes on in the background: poll containers_get.
    """

    container_id: Path[ContainerId] = Field(description="The copy, not its source.")


class ContainersSetKvm(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/kvm",
    risk=Risk.WRITE,
    idempotent=True,
    omits=KVM_TWIN,
    keywords="nested virtualization hypervisor qemu emulator virtual machines",
):
    """Turn /dev/kvm, for VMs inside a container, on or off. The container must be stopped (409 otherwise); not on free servers."""

    container_id: Path[ContainerId]
    kvm: Body[bool | MISSING] = Field(default=MISSING, description="true: on, false: off.")


class ContainersStats(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/stats",
    risk=Risk.READ,
    keywords="usage load monitor metrics RAM bandwidth IP address performance slow",
):
    """Measure what a container uses now: CPU, memory, disk, ramdisk, processes, network. A whole project: projects_stats."""

    container_id: Path[ContainerId]


class ContainersStatusLogs(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/status-logs",
    risk=Risk.READ,
    items="logs",
    keywords="history uptime outage when did it stop crash go down failed why",
):
    """List a container's changes of status: when, from what to what, what caused it. Not the logs of its programs."""

    container_id: Path[ContainerId]
    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(10)] | MISSING] = MISSING
    sort_by: Query[
        Annotated[Literal["transition_time", "created_at", "to_status", "from_status"], Default("transition_time")] | MISSING
    ] = Field(default=MISSING, description="Sort key.")
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING
