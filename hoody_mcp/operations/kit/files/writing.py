"""Writing a container's files: content, directories, deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import MISSING, Field

from ....operation import BackendId, KitOperation, Operation, Query, Raw, Risk, Segments, Show
from .paths import READ_ROUTES, FilePath, NewOwner, Reserved, not_under
from .reading import FilesGet, facts_of

Base64 = Annotated[str, Field(description="Bytes in base64, instead of text.")]


class FilesPut(
    KitOperation,
    route="PUT /api/v1/files/{path}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    omits={"append": "files_append does it"},
    rare=(
        "owner",
        "backend",
    ),
    keywords="write create save upload local new edit replace content script config",
):
    """Write a whole file; missing directories are made.

    An existing file is replaced entirely, and only with overwrite=true. To add to a file: files_append.
    """

    path: Segments[Annotated[FilePath, not_under("append")]]
    text: Raw[str | MISSING] = Field(default=MISSING, description="The whole content, stored as given.")
    base64: Raw[Base64 | MISSING] = MISSING
    owner: Query[NewOwner | MISSING] = MISSING
    backend: Query[BackendId | MISSING] = MISSING

    def replaces(self) -> Iterator[Operation]:
        """Look at the path itself."""
        yield facts_of(self, self.path, self.backend)


class FilesAppend(
    KitOperation,
    route="PUT /api/v1/files/append/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    keywords="add line to the end or bottom of a file, log, extend",
):
    """Add to the end of a file; the file and its directories are made if missing.

    Each repeat adds again, and no line break is put in between.
    """

    path: Segments[FilePath]
    text: Raw[str | MISSING] = Field(default=MISSING, description="What to add.")
    base64: Raw[Base64 | MISSING] = MISSING
    owner: Query[NewOwner | MISSING] = MISSING


class FilesTouch(
    KitOperation,
    route="PUT /{path}?touch",
    risk=Risk.WRITE,
    shown_by="files_stat",
    idempotent=True,
    keywords="create empty file timestamp mtime",
):
    """Make an empty file, or set the modification time of an existing one to now. Content stays; directories are refused."""

    path: Segments[Annotated[FilePath, Reserved]]


class FilesMkdir(
    KitOperation,
    route="MKCOL /{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    keywords="create folder make directory",
):
    """Make a directory. Not needed before files_put, files_append, files_copy or files_move: they make missing ones."""

    path: Segments[Annotated[FilePath, Reserved]]


class FilesDelete(
    KitOperation,
    route="DELETE /api/v1/files/{path}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=FilesGet,
            arguments={"show": "stat"},
            passes=("backend",),
            tells=("path", "path_type", "size", "owner", "permissions", "mtime", "symlink_target"),
            binds=("path", "path_type", "size", "owner", "group", "symlink_target", "mtime"),
            label="file",
        ),
    ),
    rare=("backend",),
    keywords="remove rm rf erase unlink throw away folder clean up disk full",
):
    """Delete a file, or a directory with everything in it, for good: there is no trash."""

    path: Segments[Annotated[FilePath, not_under(*READ_ROUTES, alone="health")]]
    backend: Query[BackendId | MISSING] = MISSING
