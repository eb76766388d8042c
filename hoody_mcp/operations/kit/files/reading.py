"""Reading a container's files: content, directories, facts, searches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ....operation import BackendId, Choice, Default, KitOperation, Operation, Query, Risk, Segments
from .paths import READ_ROUTES, AnyPath, DirectoryPath, Reserved, not_under

Shown = Literal["stat", "hash", "base64", "preview", "thumbnail", "zip", "history", "diff"]
Version = Annotated[int, Field(ge=1)]
Depth = Annotated[int, Field(ge=0, le=100, description="How many directories deep to look."), Default(50)]
Seconds = Annotated[int, Field(ge=0, le=120, description="Give up after this many seconds."), Default(30)]
Ignored = Annotated[bool, Field(description="true: also what .gitignore leaves out."), Default(value=False)]

GREP, GLOB = "files_grep does it", "files_glob does it"


class FilesGet(
    KitOperation,
    route="GET /api/v1/files/{path}",
    risk=Risk.READ,
    answer="content",
    items="paths",
    omits={
        "sha256": "the same as hash",
        "contents": "the same as preview",
        **dict.fromkeys(
            ("grep", "ignore_case", "fixed_string", "context", "max_count", "max_matches", "max_depth", "max_filesize", "timeout"), GREP
        ),
        **dict.fromkeys(("glob", "no_ignore", "max_results", "max_files_scanned", "sort", "order"), GLOB),
    },
    rare=(
        "at",
        "revision",
        "from_seq",
        "from_ts",
        "to_seq",
        "to_ts",
        "after",
        "limit",
        "backend",
    ),
    keywords="read cat open view what is inside download ls folder tail older version",
):
    """Read a file, or list a directory.

    Large files: in parts, with lines. show asks for something other than the content. The journal behind older versions misses /tmp,
    development directories and bodies over 2 MiB.
    """

    path: Segments[Annotated[AnyPath, not_under(*READ_ROUTES, alone="health")]]
    lines: Query[str | MISSING] = Field(
        default=MISSING, description="Lines of a text file: 10-50, 100 (one line), 50- (to the end), -20 (the last 20)."
    )
    show: Query[Choice[Shown] | MISSING] = Field(
        default=MISSING,
        description="stat: facts. hash: SHA-256. base64: content encoded. preview: what an archive holds. thumbnail: image reworked. "
        "zip: directory as archive. history: versions. diff: changes between two versions.",
    )
    at: Query[str | MISSING] = Field(default=MISSING, description="Content as it was then: RFC 3339 or Unix milliseconds.")
    revision: Query[Version | MISSING] = Field(default=MISSING, description="Version number out of show=history.")
    from_seq: Query[Version | MISSING] = Field(default=MISSING, description="diff: older version; or from_ts.")
    from_ts: Query[str | MISSING] = Field(default=MISSING, description="diff: time of the older version, as in at.")
    to_seq: Query[Version | MISSING] = Field(default=MISSING, description="diff: newer version; without it the current file.")
    to_ts: Query[str | MISSING] = Field(default=MISSING, description="diff: time of the newer version.")
    after: Query[int | MISSING] = Field(default=MISSING, alias="after_id", description="history: go on after the entry with this id.")
    limit: Query[Annotated[int, Field(ge=1, le=1000), Default(100)] | MISSING] = Field(default=MISSING, description="history: entries.")
    backend: Query[BackendId | MISSING] = MISSING


class FilesStat(
    KitOperation,
    route="GET /api/v1/files/stat/{path}",
    risk=Risk.READ,
    keywords="how big exists size permissions owner mtime last changed metadata symlink",
):
    """Tell type, size, owner, permissions, modification time and link target of a file or directory.

    Not found means that it does not exist.
    """

    path: Segments[AnyPath]


def facts_of(operation: KitOperation, path: str, backend: str | MISSING = MISSING) -> Operation:
    """Make the read that finds something only if a path exists, on the container's disk or on a backend."""
    if backend is MISSING:
        return FilesStat(container_id=operation.container_id, instance=operation.instance, path=path)
    return FilesGet(container_id=operation.container_id, instance=operation.instance, path=path, show="stat", backend=backend)


class FilesRealpath(
    KitOperation,
    route="GET /api/v1/files/realpath/{path}",
    risk=Risk.READ,
    keywords="canonical absolute readlink symlink target",
):
    """Follow all symbolic links of a path and give the real one."""

    path: Segments[AnyPath]


class FilesGlob(
    KitOperation,
    route="GET /api/v1/files/glob/{path}",
    risk=Risk.READ,
    items="entries",
    rare=(
        "order",
        "max_depth",
        "max_files_scanned",
        "no_ignore",
        "timeout",
    ),
    keywords="find files by name, extension, wildcard, list recursive newest",
):
    """Find files and directories by a path pattern, newest first.

    By content: files_grep. truncated=true: a limit cut it short.
    """

    path: Segments[DirectoryPath]
    pattern: Query[str] = Field(description="Such as *.md, **/*.py or src/**/*.{ts,tsx}.")
    sort: Query[Annotated[Literal["mtime", "name", "size"], Default("mtime")] | MISSING] = Field(
        default=MISSING, description="What to order by."
    )
    order: Query[Literal["asc", "desc"] | MISSING] = Field(default=MISSING, description="asc or desc; if absent desc for mtime, else asc.")
    max_results: Query[Annotated[int, Field(ge=0, le=10000), Default(1000)] | MISSING] = Field(default=MISSING, description="Most entries.")
    max_depth: Query[Depth | MISSING] = MISSING
    max_files_scanned: Query[Annotated[int, Field(ge=0, le=500000), Default(100000)] | MISSING] = Field(
        default=MISSING, description="Most files to look at."
    )
    no_ignore: Query[Ignored | MISSING] = MISSING
    timeout: Query[Seconds | MISSING] = MISSING


class FilesGrep(
    KitOperation,
    route="GET /api/v1/files/grep/{path}",
    risk=Risk.READ,
    items="matches",
    rare=(
        "fixed_string",
        "max_count",
        "max_depth",
        "max_filesize",
        "no_ignore",
        "timeout",
    ),
    keywords="search text word mentioned in source code contents where defined ripgrep occurrences",
):
    """Find lines by regular expression in a file or below a directory.

    By name: files_glob. truncated=true: a limit cut it short.
    """

    path: Segments[AnyPath]
    pattern: Query[str] = Field(description="Regular expression (ripgrep).")
    fixed_string: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(default=MISSING, description="Take pattern literally.")
    ignore_case: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Upper and lower case are equal."
    )
    glob: Query[str | MISSING] = Field(default=MISSING, description="Only files like this, such as *.{ts,tsx}.")
    context: Query[Annotated[int, Field(ge=0, le=10), Default(0)] | MISSING] = Field(
        default=MISSING, description="Lines around each match to show."
    )
    max_count: Query[Annotated[int, Field(ge=0, le=1000), Default(50)] | MISSING] = Field(
        default=MISSING, description="Most matches per file."
    )
    max_matches: Query[Annotated[int, Field(ge=0, le=10000), Default(500)] | MISSING] = Field(
        default=MISSING, description="Most matches in all."
    )
    max_depth: Query[Depth | MISSING] = MISSING
    max_filesize: Query[Annotated[int, Field(ge=0, le=104857600), Default(10485760)] | MISSING] = Field(
        default=MISSING, description="Leave out files of more bytes."
    )
    no_ignore: Query[Ignored | MISSING] = MISSING
    timeout: Query[Seconds | MISSING] = MISSING


class FilesSearch(
    KitOperation,
    route="GET /{directory}?q",
    risk=Risk.READ,
    items="paths",
    constants={"json": ""},
    keywords="find by name, lookup, where is it, anything called",
):
    """Find files whose name contains a text, case ignored. For patterns files_glob, for contents files_grep."""

    directory: Segments[Annotated[DirectoryPath, Reserved]]
    q: Query[str] = Field(description="Part of the name, at most 512 bytes.")
