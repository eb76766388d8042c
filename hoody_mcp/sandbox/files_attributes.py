"""What is known about files of a container besides their content: facts, mode, owner, name."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated

from starlette.responses import Response

from .disk import absolute
from .files_moving import moved
from .files_paths import asked_path, bad, checked, disk_of, read_owner, refuse, refusing, stat
from .routes import Area
from .wire import NOT_NULL, Ask, Body, Refusal, plain

area = Area()


class Rename(Body):
    """Where something goes: to another name beside, or to another path."""

    name: Annotated[str | None, NOT_NULL] = None
    move_to: Annotated[str | None, NOT_NULL] = None


@area.route("GET /files/stat/{path:path}")
def describe(ask: Ask) -> Response:
    """Describe a file or directory."""
    return plain(stat(disk_of(ask), asked_path(ask)))


@area.route("GET /files/realpath/{path:path}")
def realpath(ask: Ask) -> Response:
    """Resolve a path; 403 if it climbs out of the root."""
    refuse(ask)
    given = "/" + ask.parts["path"]
    depth = 0
    for name in given.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(name, 1)
        if depth < 0:
            raise Refusal(403, "FORBIDDEN", "The path leaves the root")
    path = absolute(given)
    with refusing():
        disk_of(ask).need(path)
    return plain({"path": given, "real_path": path})


@area.route("PATCH /files/chmod/{path:path}")
def chmod(ask: Ask) -> Response:
    """Set the permissions."""
    return _chmod(ask)


@area.route("PATCH /files/chown/{path:path}")
def chown(ask: Ask) -> Response:
    """Set the owner."""
    return _chown(ask)


general = Area()  # after the areas above: its path is any path


@general.route("PATCH /files/{path:path}")
def patch(ask: Ask) -> Response:
    """Set permissions or owner, or rename or move: exactly one of them."""
    refuse(ask)
    asked = ask.body(Rename)
    ways = [name for name in ("chmod", "chown") if name in ask.query] + sorted(asked.model_fields_set)
    if len(ways) != 1:
        raise bad("Exactly one of chmod, chown, name and move_to is needed")
    if ways[0] in {"chmod", "chown"}:
        return _chmod(ask) if ways[0] == "chmod" else _chown(ask)
    if asked.name is not None and (not asked.name or "/" in asked.name or asked.name in {".", ".."}):
        raise bad("name must be one name, without a slash")
    source = asked_path(ask)
    return moved(ask, source, checked(asked.move_to or posixpath.join(posixpath.dirname(source), asked.name or "")))


def _chmod(ask: Ask) -> Response:
    path, mode = asked_path(ask), ask.query.get("chmod", "")
    if not re.fullmatch(r"0?[0-7]{3}|[1-7][0-7]{3}", mode):
        raise bad("chmod must be an octal mode such as 644")
    with refusing():
        disk_of(ask).need(path)
    ask.box.modes[path] = mode[-3:] if mode.startswith("0") else mode
    return plain({"success": True, "path": path, "mode": ask.box.modes[path]})


def _chown(ask: Ask) -> Response:
    path, disk = asked_path(ask), disk_of(ask)
    owner = read_owner(ask.query.get("chown", ""), disk.owner(path))
    with refusing():
        disk.need(path)
    ask.box.owners[path] = owner
    user, _, group = owner.partition(":")
    return plain({"success": True, "path": path, "owner": user, "group": group})
