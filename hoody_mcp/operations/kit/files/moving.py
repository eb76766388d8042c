"""Moving a container's files: copy, move, rename, unpack, fetch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import MISSING, AfterValidator, Field

from ....operation import BackendId, Body, Default, KitOperation, Operation, Query, Risk, Segments
from ....values import one_segment
from .paths import Destination, FilePath, NewOwner, not_under
from .reading import facts_of

ParentOwner = Annotated[str, Field(description="Owner of directories made on the way, user[:group].")]


def slash_is_all(value: str) -> str:
    """Upstream spells "everything in the archive" as nothing."""
    return "" if value == "/" else value


class FilesCopy(
    KitOperation,
    route="POST /api/v1/files/copy/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    destructive=True,
    keywords="cp duplicate backup clone folder",
):
    """Copy a file, or a directory with all it holds; missing directories of the destination are made.

    Existing destinations are refused unless overwrite=true.
    """

    path: Segments[FilePath]
    copy_to: Query[Destination]
    overwrite: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(default=MISSING, description="Replace what exists there.")
    owner: Query[NewOwner | MISSING] = MISSING


class FilesMove(
    KitOperation,
    route="POST /api/v1/files/move/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    destructive=True,
    keywords="mv rename relocate folder elsewhere another name",
):
    """Move or rename a file or directory; missing directories of the destination are made.

    What exists at the destination is replaced only with overwrite=true.
    """

    path: Segments[FilePath]
    move_to: Query[Destination]
    owner: Query[ParentOwner | MISSING] = MISSING

    def replaces(self) -> Iterator[Operation]:
        """Look at the destination."""
        yield facts_of(self, self.move_to)


class FilesModify(
    KitOperation,
    route="PATCH /api/v1/files/{path}",
    risk=Risk.WRITE,
    destructive=True,
    branches=(("move_to",), ("name",)),
    optional_body=True,
    keywords="mv rename file on cloud storage",
):
    """Rename or move a file, or set its mode or owner, also on a backend.

    On the container's own disk prefer files_move, files_chmod, files_chown. What exists at the new place is replaced only with
    overwrite=true.
    """

    path: Segments[Annotated[FilePath, not_under("chmod", "chown")]]
    name: Body[Annotated[str, AfterValidator(one_segment)] | MISSING] = Field(
        default=MISSING, description="New name in the same directory; no slash."
    )
    move_to: Body[Destination | MISSING] = Field(default=MISSING, description="Absolute path to move it to, instead of name.")
    chmod: Query[str | MISSING] = Field(default=MISSING, description="Octal mode, such as 644.")
    chown: Query[str | MISSING] = Field(default=MISSING, description="New owner, user or user:group.")
    owner: Query[ParentOwner | MISSING] = MISSING
    backend: Query[BackendId | MISSING] = MISSING

    def replaces(self) -> Iterator[Operation]:
        """Look at the new place."""
        if self.move_to is not MISSING:
            yield facts_of(self, self.move_to, self.backend)
        if self.name is not MISSING:
            parent, _, _ = self.path.rpartition("/")
            yield facts_of(self, f"{parent}/{self.name}", self.backend)


class FilesOperate(
    KitOperation,
    route="POST /api/v1/files/{path}",
    risk=Risk.WRITE,
    shown_by="files_stat",
    destructive=True,
    open_world=True,
    omits={"mkdir": "files_mkdir does it"},
    keywords="unzip untar unpack decompress tarball zip download wget curl remote internet",
):
    """Unpack an archive, fetch a URL into the container, or move or copy on a backend.

    Give exactly one of extract, download_from, move_to, copy_to. What extract writes over is not checked. On the container's own disk
    move and copy with files_move and files_copy.
    """

    path: Segments[Annotated[FilePath, not_under("copy", "move")]] = Field(
        description="Absolute path of the archive, of what to move or copy, or of where a download goes."
    )
    extract: Query[Annotated[str, AfterValidator(slash_is_all)] | MISSING] = Field(
        default=MISSING, description="Part of the archive to unpack, such as src/; / for all of it."
    )
    dest: Query[str | MISSING] = Field(
        default=MISSING, description="extract: directory beside the archive, relative; without it the archive's name without ending."
    )
    download_from: Query[str | MISSING] = Field(default=MISSING, description="URL that the container fetches.")
    move_to: Query[Destination | MISSING] = Field(default=MISSING, description="Absolute path to move it to.")
    copy_to: Query[Destination | MISSING] = Field(default=MISSING, description="Absolute path to copy it to.")
    overwrite: Query[bool | MISSING] = Field(default=MISSING, description="Replace what exists at the destination.")
    owner: Query[NewOwner | MISSING] = MISSING
    backend: Query[BackendId | MISSING] = MISSING

    def replaces(self) -> Iterator[Operation]:
        """Look at the destinations, unless told not to."""
        if self.overwrite is True:
            return
        for path in (self.move_to, self.copy_to, self.path if self.download_from is not MISSING else MISSING):
            if path is not MISSING:
                yield facts_of(self, path, self.backend)
