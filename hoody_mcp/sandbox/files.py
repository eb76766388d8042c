"""Files of a container: read them, write them, add to them, delete them."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re

from starlette.responses import Response

from .disk import Disk
from .files_paths import asked_path, bad, changing, disk_of, inside, listing, refuse, refusing, stat
from .files_search import globbed, grepped
from .routes import Area
from .wire import Ask, plain

area = Area()  # its paths are the most general ones, so it is tried after the other areas of files

UNKNOWN_READS = ("preview", "contents", "thumbnail", "history", "at", "revision", "diff", "zip")
MAX_LINES = 100_000
TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@area.route("GET /files/{path:path}")
def get(ask: Ask) -> Response:
    """Give a file's bytes or a directory's list, or what the query asks of either."""
    refuse(ask, *UNKNOWN_READS)
    disk, path = disk_of(ask), asked_path(ask)
    if "stat" in ask.query:
        return plain(stat(disk, path))
    if "grep" in ask.query:
        return plain(grepped(ask, path, ask.query["grep"]))
    if "glob" in ask.query:
        return plain(globbed(ask, path, ask.query["glob"]))
    return file_or(ask, disk, path) or plain(listing(disk, path, inside(disk, path)))


@area.route("PUT /files/{path:path}")
def put(ask: Ask) -> Response:
    """Write a file, or add to it."""
    refuse(ask)
    return _written(ask, append="append" in ask.query)


@area.route("DELETE /files/{path:path}")
def delete(ask: Ask) -> Response:
    """Delete a file, or a directory with all it holds."""
    refuse(ask)
    path = asked_path(ask)
    with changing(ask) as disk:
        disk.remove(path)
    return plain({"success": True, "message": f"Deleted {path}"})


appending = Area()


@appending.route("PUT /files/append/{path:path}")
def append(ask: Ask) -> Response:
    """Add to the end of a file, which is made if it is not there."""
    return _written(ask, append=True)


def _written(ask: Ask, *, append: bool) -> Response:
    path = asked_path(ask)
    with changing(ask) as disk:
        disk.write(path, ask.content, append=append, parents=True)
    return plain({"success": True, "path": path, "new_size": disk.size(path)})


def file_or(ask: Ask, disk: Disk, path: str) -> Response | None:
    """Give a file in the form that the query asks for; None if a directory is there."""
    with refusing():
        content = disk.need(path)
    if content is None:
        return None
    if "hash" in ask.query or "sha256" in ask.query:
        return Response(hashlib.sha256(content).hexdigest(), media_type="text/plain")
    if "base64" in ask.query:
        return Response(base64.b64encode(content), media_type="text/plain")
    if "lines" in ask.query:
        return _lines(content, ask.query["lines"])
    return Response(content, media_type=_media_type(path, content))


def _lines(content: bytes, asked: str) -> Response:
    """Give lines 10-50, 100, 50- (to the end) or -20 (the last ones)."""
    found = re.fullmatch(r"(\d*)(-?)(\d*)", asked)
    if not found or not (found[1] or found[3]) or (found[3] and not found[2]):
        raise bad("lines must be such as 10-50, 100, 50- or -20")
    lines = content.splitlines(keepends=True)
    first = int(found[1]) if found[1] else max(len(lines) - int(found[3]) + 1, 1)
    last = len(lines) if not (found[1] and found[3]) and found[2] else int(found[3] or found[1])
    if first < 1 or first > max(last, 1):
        raise bad("lines count from 1, and a range does not fall")
    chosen = lines[first - 1 : min(last, first - 1 + MAX_LINES)]
    shown = f"{first}-{first - 1 + len(chosen)}"
    return Response(b"".join(chosen), media_type="text/plain", headers={"x-line-range": shown, "x-total-lines": str(len(lines))})


def _media_type(path: str, content: bytes) -> str:
    known = TYPES.get(posixpath.splitext(path)[1].lower())
    if known:
        return known
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if b"\0" in content else "text/plain"
