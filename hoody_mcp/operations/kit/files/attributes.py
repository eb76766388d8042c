"""Mode and owner of a container's files."""

from __future__ import annotations

from pydantic import Field

from ....operation import KitOperation, Query, Risk, Segments
from .paths import FilePath


class FilesChmod(
    KitOperation,
    route="PATCH /api/v1/files/chmod/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    destructive=True,
    idempotent=True,
    keywords="permissions executable runnable script mode access rights permission denied cannot read",
):
    """Set the permissions of a file or directory."""

    path: Segments[FilePath]
    chmod: Query[str] = Field(description="Octal mode, such as 755 or 0644.")


class FilesChown(
    KitOperation,
    route="PATCH /api/v1/files/chown/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    destructive=True,
    idempotent=True,
    keywords="ownership user group belongs to root permission denied",
):
    """Set owner and group of a file or directory."""

    path: Segments[FilePath]
    chown: Query[str] = Field(description="user, user:group, :group or UID:GID; what is left out stays.")
