"""Storage shares: directories of one container that are mounted in others."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, ContainerId, Default, IncomingShareId, Names, Operation, Path, ProjectId, Query, RealmId, Risk, ShareId, Show

ShareName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=63,
        pattern=r"^[a-z0-9][a-z0-9_-]*[a-z0-9]$",
        description="Name: a-z, 0-9, inner - and _.",
    ),
]
Label = Annotated[ShareName, Field(description="Label to group shares by, of the same form as alias.")]
Mode = Annotated[Literal["readonly", "readwrite"], Field(description="readwrite: targets may also change and delete the files.")]
Source = Annotated[ContainerId, Field(description="Container that shares.")]
Target = Annotated[ContainerId, Field(description="Container that receives.")]
InRealm = Annotated[RealmId, Field(description="Only in this realm (24 hex characters).")]
Expiry = Annotated[int, Field(ge=0, description="When it ends: Unix time in seconds, not ISO.")]

COLUMNS = (
    "id",
    "source_container_id",
    "source_path",
    "target_type",
    "target_container_id",
    "target_project_id",
    "mode",
    "alias",
    "label",
    "enabled",
    "status",
    "status_message",
    "expires_at",
)


class StorageSharesList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/storage/shares",
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    keywords="shared folders volumes mounts exports outgoing",
):
    """List the directories that one container shares with others. Of all containers: storage_shares_list_all."""

    container_id: Path[Source]
    target_type: Query[Literal["container", "project"] | MISSING] = Field(
        default=MISSING, description="Only those with a container or a project."
    )
    label: Query[str | MISSING] = Field(default=MISSING, description="Only with this label.")
    status: Query[Literal["active", "failed"] | MISSING] = Field(default=MISSING, description="Only active or failed ones.")
    enabled: Query[bool | MISSING] = Field(default=MISSING, description="true: only those on; false: off.")
    include_expired: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(default=MISSING, description="true: also expired ones.")
    realm_id: Query[InRealm | MISSING] = MISSING


class StorageSharesListAll(
    Operation,
    route="GET /api/v1/storage/shares",
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    names=(Names("share", by="alias", owner="created_by"),),
    inside={"container": "source_container_id", "realm": "realm_ids"},
    keywords="shared folders volumes exports outgoing who can get at our files",
):
    """List what all your containers share with others, with share ids. What they receive: storage_shares_list_all_incoming."""

    realm_id: Query[InRealm | MISSING] = MISSING


class StorageSharesCreate(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/storage/shares",
    risk=Risk.WRITE,
    destructive=True,
    keywords="shared folder volume mount export between containers NFS same files",
):
    """Mount a directory of one container in another, or in all present and future ones of a project.

    Give target_container_id or target_project_id, not both. The server chooses where it appears there; the receiver can refuse it
    with storage_shares_mount.
    """

    container_id: Path[Source]
    source_path: Body[Annotated[str, Field(min_length=1, max_length=4096)]] = Field(
        description="Absolute path of the directory: letters, digits, / - _ . only; no system directory (/proc, /dev, /run, …)."
    )
    mode: Body[Mode]
    target_container_id: Body[Target | MISSING] = MISSING
    target_project_id: Body[ProjectId | MISSING] = Field(default=MISSING, description="Project whose containers all receive.")
    alias: Body[ShareName | MISSING] = MISSING
    label: Body[Label | MISSING] = MISSING
    description: Body[Annotated[str, Field(max_length=1000)] | MISSING] = Field(default=MISSING, description="Free note.")
    enabled: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="false: recorded, but not mounted.")
    expires_at: Body[Expiry | MISSING] = MISSING


class StorageSharesGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/storage/shares/{share_id=shareId}",
    risk=Risk.READ,
    record="share",
    inside={"container": "source_container_id"},
    keywords="show details shared folder volume mount",
):
    """Show one storage share by the container that gives it: target, mode, state."""

    container_id: Path[Source]
    share_id: Path[ShareId]


class StorageSharesUpdate(
    Operation,
    route="PATCH /api/v1/containers/{container_id=id}/storage/shares/{share_id=shareId}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    clearable=("alias", "label", "description", "expires_at"),
    beyond=("container", "project", "realm"),
    keywords="edit shared folder volume permission writable pause disable rename",
):
    """Change a storage share, or turn it off and on; what is absent stays. Path and target are fixed: delete and create anew."""

    container_id: Path[Source]
    share_id: Path[ShareId]
    mode: Body[Mode | MISSING] = MISSING
    alias: Body[str | MISSING] = Field(default=MISSING, description="Name: a-z, 0-9, - and _.")
    label: Body[str | MISSING] = Field(default=MISSING, description="Label to group shares by.")
    description: Body[str | MISSING] = Field(default=MISSING, description="Free note.")
    enabled: Body[bool | MISSING] = Field(default=MISSING, description="false: unmounted, but kept.")
    expires_at: Body[Expiry | MISSING] = MISSING


class StorageSharesDelete(
    Operation,
    route="DELETE /api/v1/storage/shares/{share_id=shareId}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=StorageSharesListAll,
            items=".",
            where={"id": "share_id"},
            tells=("source_container_id", "source_path", "target_container_id", "target_project_id", "mode", "alias", "label", "enabled"),
            binds=("id", "source_container_id", "source_path", "target_container_id", "target_project_id"),
            label="share",
        ),
    ),
    beyond=("container", "project", "realm"),
    keywords="remove unshare stop sharing folder volume revoke",
):
    """Delete a storage share for good: every container that has it mounted loses the directory at once.

    To only turn it off: storage_shares_update with enabled false.
    """

    share_id: Path[ShareId]


class StorageSharesListIncoming(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/storage/incoming",
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    keywords="received shared folders volumes mounts from others",
):
    """List the shares that one container receives, directly or by its project; without expired ones.

    Of all containers: storage_shares_list_all_incoming.
    """

    container_id: Path[Target]


class StorageSharesListAllIncoming(
    Operation,
    route="GET /api/v1/storage/incoming",
    risk=Risk.READ,
    items=".",
    columns=COLUMNS,
    keywords="received shared folders volumes mounts from others everything",
):
    """List the shares that all your containers receive. What they give: storage_shares_list_all."""

    realm_id: Query[InRealm | MISSING] = MISSING


class StorageSharesMount(
    Operation,
    route="PATCH /api/v1/containers/{container_id=id}/storage/incoming/{share_id=shareId}/mount",
    risk=Risk.WRITE,
    idempotent=True,
    keywords="accept reject unmount decline offered incoming shared folder volume",
):
    """Accept or refuse a share in a container that receives it. It appears only while its giver has it enabled, too."""

    container_id: Path[Target]
    share_id: Path[IncomingShareId]
    mount: Body[bool] = Field(description="true: mount it. false: unmount it.")
