"""What all routes of the files service share: paths, owners, refusals, and how a file or directory is shown."""

from __future__ import annotations

import errno
import posixpath
import re
from collections.abc import Generator
from contextlib import contextmanager

from .disk import Disk, absolute
from .state import Json
from .wire import Ask, Refusal

STATUS = {  # of the errors of a disk
    errno.ENOENT: (404, "NOT_FOUND"),
    errno.EINVAL: (400, "BAD_REQUEST"),
    errno.EBUSY: (403, "FORBIDDEN"),
    errno.ENOSPC: (507, "INSUFFICIENT_STORAGE"),
}
OTHERWISE = (409, "CONFLICT")
REMOTE = ("backend", "type")
OWNERS = frozenset({"user", "nobody", "www-data"})  # who may own files, besides numbers


def bad(message: str) -> Refusal:
    """Make the answer to a request that does not fit."""
    return Refusal(400, "BAD_REQUEST", message)


def not_here(what: str) -> Refusal:
    """Make the answer to what the sandbox does not know."""
    return Refusal(501, "NOT_IN_SANDBOX", f"The sandbox does not know {what}; it needs the real Hoody")


def disk_of(ask: Ask) -> Disk:
    """Give the container's disk, now."""
    return Disk(ask.box, ask.world.clock())


def asked_path(ask: Ask) -> str:
    """Give the path of the URL."""
    return checked("/" + ask.parts["path"])


def checked(path: str) -> str:
    """Give an absolute path in its shortest form; 400 if it is relative, climbs, or cannot be a path."""
    if not path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise bad(f"{path!r} is no absolute path without ..")
    return absolute(path)


def target(ask: Ask, name: str) -> str:
    """Give a path of the query."""
    given = ask.query.get(name)
    if not given:
        raise bad(f"The parameter {name} is needed")
    return checked(given)


def refuse(ask: Ask, *names: str) -> None:
    """Answer 501 to parameters of the query that the sandbox does not know."""
    for name in (*names, *REMOTE):
        if name in ask.query:
            raise not_here(f"the parameter {name}")


@contextmanager
def changing(ask: Ask, *, but: str = "") -> Generator[Disk]:
    """Give the disk for a change: its errors become refusals, and what is new belongs to the owner of the query.

    What lies below `but` keeps its owner.
    """
    disk, before = disk_of(ask), set(ask.box.files)
    owner = read_owner(ask.query["owner"]) if "owner" in ask.query else ""
    with refusing():
        yield disk
    kept = set(disk.below(but)) if but else set[str]()
    for path in set(ask.box.files) - before - kept if owner else ():
        ask.box.owners[path] = owner


@contextmanager
def refusing() -> Generator[None]:
    """Turn errors of a disk into refusals."""
    try:
        yield
    except OSError as error:
        status, code = STATUS.get(error.errno or 0, OTHERWISE)
        raise Refusal(status, code, f"{error.filename}: {error.strerror}") from None


def read_owner(text: str, before: str = ":") -> str:
    """Read user, user:group or :group; what is not named stays as before. Nothing can be given to root."""
    found = re.fullmatch(r"([\w-]*):?([\w-]*)", text)
    names = [name for name in found.groups() if name] if found else []
    if not found or not names:
        raise bad(f"{text!r} is no owner such as user:group")
    for name in names:
        if name in {"root", "0"}:
            raise bad("Nothing can be given to root")
        if not name.isdecimal() and name not in OWNERS:
            raise bad(f"There is no {name} in this container")
    old_user, _, old_group = before.partition(":")
    user = found[1] or old_user
    return f"{user}:{found[2] or (user if found[1] else old_group)}"


def kind(disk: Disk, path: str) -> str:
    """Name what is there."""
    return "Dir" if disk.is_dir(path) else "File"


def size(disk: Disk, path: str) -> int:
    """Give the bytes of a file, or the number of things in a directory."""
    return len(disk.names(path)) if disk.is_dir(path) else disk.size(path)


def stat(disk: Disk, path: str) -> Json:
    """Describe a file or directory."""
    with refusing():
        disk.need(path)
    user, _, group = disk.owner(path).partition(":")
    return {
        "path": path,
        "permissions": disk.mode(path),
        "owner": user,
        "group": group,
        "is_symlink": False,
        "symlink_target": None,
        **entry(disk, path),
    }


def entry(disk: Disk, path: str) -> Json:
    """Describe something in a list."""
    return {
        "name": posixpath.basename(path),
        "path_type": kind(disk, path),
        "size": size(disk, path),
        "mtime": round(disk.time(path) * 1000),
        "revisions": None,
    }


def listing(disk: Disk, path: str, paths: list[str]) -> Json:
    """Describe a directory, or what was found in it."""
    return {
        "kind": "Index",
        "href": path,
        "uri_prefix": "/",
        "paths": [entry(disk, each) for each in paths],
        "allow_upload": True,
        "allow_delete": True,
        "allow_search": True,
        "allow_archive": False,
        "dir_exists": True,
        "auth": False,
        "user": None,
    }


def inside(disk: Disk, path: str) -> list[str]:
    """Give the paths of what lies in a directory."""
    return [posixpath.join(path, name) for name in disk.names(path)]
