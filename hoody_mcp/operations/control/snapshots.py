"""Snapshots: saved states of a container's file system."""

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, Field

from ...operation import Body, ContainerId, Operation, Path, Risk, Show, SnapshotName
from .containers import SHOW_CONTAINER

SnapshotAlias = Annotated[str, Field(max_length=100, description="Label for people; other calls still take the name.")]


class SnapshotsList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/snapshots",
    risk=Risk.READ,
    items="snapshots",
    keywords="backups checkpoints saved states restore points",
):
    """List a container's snapshots: name (what restore and delete take), alias, age, expiry, size."""

    container_id: Path[ContainerId]


SHOW_SNAPSHOT = Show(
    read=SnapshotsList,
    items="snapshots",
    where={"name": "name"},
    tells=("name", "alias", "created_at", "expires_at", "size"),
    binds=("name", "alias", "created_at"),
    label="snapshot",
)


class SnapshotsCreate(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/snapshots",
    risk=Risk.WRITE,
    keywords="backup back up checkpoint save point way back before risky change",
):
    """Save a container's file system; running processes and memory are not in it.

    The server makes the name. Snapshots count against a limit and die with the container: they are no backup elsewhere.
    """

    container_id: Path[ContainerId]
    alias: Body[SnapshotAlias | MISSING] = MISSING
    expiry: Body[Annotated[int, Field(ge=1, le=3650)] | MISSING] = Field(
        default=MISSING, description="Days until it is deleted by itself; absent: kept."
    )


class SnapshotsRestore(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/snapshots/{name}",
    risk=Risk.DESTROY,
    shows=(SHOW_SNAPSHOT, SHOW_CONTAINER),
    advice="snapshots_create first: then what is there now can be brought back.",
    keywords="roll back revert undo rewind recover broken backup checkpoint",
):
    """Put a container back to a snapshot: everything written since is lost and running processes end.

    It cannot be undone, so take a new snapshot first.
    """

    container_id: Path[ContainerId]
    name: Path[SnapshotName]


class SnapshotsDelete(
    Operation,
    route="DELETE /api/v1/containers/{container_id=id}/snapshots/{name}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_SNAPSHOT, SHOW_CONTAINER),
    keywords="remove drop backup checkpoint make room limit reached",
):
    """Delete a snapshot for good: its saved state can never be restored again. The container itself is not touched."""

    container_id: Path[ContainerId]
    name: Path[SnapshotName]


class SnapshotsUpdateAlias(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/snapshots/{name}/alias",
    risk=Risk.WRITE,
    idempotent=True,
    clearable=("alias",),
    also="PATCH",
    keywords="rename label relabel backup checkpoint",
):
    """Change or remove a snapshot's label; its name stays."""

    container_id: Path[ContainerId]
    name: Path[SnapshotName]
    alias: Body[SnapshotAlias | MISSING]
