"""The routes of the files service that stand at its root, where a path is the whole path of the URL."""

from __future__ import annotations

import html
import posixpath
from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse, Response

from .disk import Disk
from .files import delete as delete_file
from .files import file_or
from .files_paths import asked_path, bad, changing, disk_of, inside, kind, listing, not_here, refuse, refusing, size
from .routes import Area
from .wire import Ask, Refusal, plain

area = Area("")  # after all other areas of the service

RESERVED = ("api", "_logs")  # what other routes begin with
UNKNOWN = ("zip", "extract", "extract_file", "extractions", "extraction_history", "preview", "contents", "thumbnail", "edit", "view")
UNKNOWN_TOO = ("history", "at", "revision", "diff", "downloads", "download_history")
MAX_QUERY = 512  # bytes


@area.route("GET /{path:path}")
def get(ask: Ask) -> Response:
    """Give a file, or list or search a directory."""
    path, disk = _path(ask), disk_of(ask)
    if answer := file_or(ask, disk, path):
        return answer
    if "download" in ask.query:
        raise not_here("downloads")
    found = _searched(disk, path, ask.query["q"]) if "q" in ask.query else inside(disk, path)
    keys: dict[str, Callable[[str], Any]] = {"name": str, "mtime": disk.time, "size": lambda each: size(disk, each)}
    sort, falling = ask.choice("sort", tuple(keys), "name"), ask.choice("order", ("asc", "desc"), "asc") == "desc"
    found = sorted(found, key=keys[sort], reverse=falling)
    names = [posixpath.relpath(each, path) + ("/" if disk.is_dir(each) else "") for each in found]
    if "json" in ask.query:
        listed = listing(disk, path, found)
        for each, full in zip(listed["paths"], found, strict=True):
            each["name"] = posixpath.relpath(full, path)
        return plain(listed)
    if "simple" in ask.query:
        return Response("".join(f"{name}\n" for name in names), media_type="text/plain")
    return HTMLResponse("<ul>" + "".join(f"<li>{html.escape(name)}</li>" for name in names) + "</ul>")


@area.route("HEAD /{path:path}")
def head(ask: Ask) -> Response:
    """Give the headers of a file or directory."""
    path, disk = _path(ask), disk_of(ask)
    return file_or(ask, disk, path) or HTMLResponse("")


@area.route("PUT /{path:path}")
def put(ask: Ask) -> Response:
    """Write a file, or only note that it changed."""
    path = _path(ask)
    with changing(ask) as disk:
        if "touch" not in ask.query:
            disk.write(path, ask.content, parents=True)
        elif not disk.exists(path):
            disk.write(path, b"", parents=True)
        elif kind(disk, path) == "Dir":
            raise bad(f"{path} is a directory")
        else:
            disk.touch(path)
    return Response(status_code=201)


@area.route("DELETE /{path:path}")
def delete(ask: Ask) -> Response:
    """Delete a file, or a directory with all it holds."""
    _path(ask)
    return delete_file(ask)


@area.route("MKCOL /{path:path}")
def make(ask: Ask) -> Response:
    """Make a directory, with those above it."""
    path = _path(ask)
    if disk_of(ask).exists(path):
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"{path} is there already")
    with changing(ask) as disk:
        disk.make_dir(path, parents=True)
    return Response(status_code=201)


def _path(ask: Ask) -> str:
    if ask.parts["path"].partition("/")[0] in RESERVED:
        raise not_here("this operation")
    refuse(ask, *UNKNOWN, *UNKNOWN_TOO)
    return asked_path(ask)


def _searched(disk: Disk, path: str, text: str) -> list[str]:
    """Give the paths below a directory whose name holds a text."""
    if not text or max(len(text.encode()), len(text.lower().encode())) > MAX_QUERY:
        raise bad(f"q must have 1 to {MAX_QUERY} bytes")
    with refusing():
        disk.names(path)
    return [each for each in disk.below(path) if each != path and text.lower() in posixpath.basename(each).lower()]
