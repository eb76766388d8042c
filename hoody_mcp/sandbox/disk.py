"""The disk of a container: files and directories by absolute path, all of it in memory.

What goes wrong is told as an OSError, which knows its words and its path. Nothing here touches a real disk.
"""

from __future__ import annotations

import errno
import os
import posixpath
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from .state import Container

CAPACITY = 256 * 1024 * 1024  # bytes that fit on the disk of one container
T = TypeVar("T")


def fault(code: int, path: str) -> OSError:
    """Make the error of a number of errno: FileNotFoundError for ENOENT, and so on."""
    return OSError(code, os.strerror(code), path)


def absolute(path: str, cwd: str = "/") -> str:
    """Resolve a path against a directory."""
    return "/" + posixpath.normpath(posixpath.join(cwd, path)).lstrip("/")


@dataclass(frozen=True)
class Disk:
    """A container's disk at a moment; paths are absolute and resolved."""

    box: Container
    now: float

    def __post_init__(self) -> None:
        """See that every file lies in directories."""
        files = self.box.files
        for path in list(files):
            parent = path
            while parent != "/" and (parent := posixpath.dirname(parent)) not in files:
                files[parent] = None
        files.setdefault("/", None)

    def exists(self, path: str) -> bool:
        """Tell whether there is anything."""
        return path in self.box.files

    def is_dir(self, path: str) -> bool:
        """Tell whether a directory is there."""
        return path in self.box.files and self.box.files[path] is None

    def need(self, path: str) -> bytes | None:
        """Give what is there; None is a directory."""
        if path not in self.box.files:
            self._need_way(path)
            raise fault(errno.ENOENT, path)
        return self.box.files[path]

    def read(self, path: str) -> bytes:
        """Give the content of a file."""
        content = self.need(path)
        if content is None:
            raise fault(errno.EISDIR, path)
        return content

    def names(self, path: str) -> list[str]:
        """Give the names in a directory, sorted."""
        if self.need(path) is not None:
            raise fault(errno.ENOTDIR, path)
        inside = path.rstrip("/") + "/"
        return sorted(other[len(inside) :] for other in self.box.files if posixpath.dirname(other) == path and other != path)

    def below(self, path: str) -> list[str]:
        """Give a path and all that lies below it, sorted."""
        inside = path.rstrip("/") + "/"
        return sorted(other for other in self.box.files if other == path or other.startswith(inside))

    def write(self, path: str, content: bytes, *, append: bool = False, parents: bool = False) -> None:
        """Write a file, new or over what it held, or at its end."""
        before = self.box.files.get(path)
        if self.is_dir(path):
            raise fault(errno.EISDIR, path)
        self._make_parents(path, parents=parents)
        whole = (before or b"") + content if append else content
        if self.used() - len(before or b"") + len(whole) > CAPACITY:
            raise fault(errno.ENOSPC, path)
        self.box.files[path] = whole
        self._changed(path)

    def make_dir(self, path: str, *, parents: bool = False) -> None:
        """Make a directory that is not there yet."""
        if self.exists(path):
            raise fault(errno.EEXIST, path)
        self._make_parents(path, parents=parents)
        self.box.files[path] = None
        self._changed(path)

    def remove(self, path: str) -> None:
        """Remove a file, or a directory with all it holds."""
        self.need(path)
        if path == "/":
            raise fault(errno.EBUSY, path)
        for each in self.below(path):
            for table in (self.box.files, self.box.modes, self.box.owners, self.box.times):
                table.pop(each, None)

    def copy(self, source: str, target: str, *, parents: bool = False) -> None:
        """Copy a file, or a directory with all it holds; what is at the target is replaced."""
        self._replace(source, target, parents=parents)
        size = sum(len(self.box.files[each] or b"") for each in self.below(source))
        if self.used() + size > CAPACITY:
            raise fault(errno.ENOSPC, target)
        for each in self.below(source):
            copied = target + each[len(source) :]
            self.box.files[copied] = self.box.files[each]
            self._changed(copied)
            if each in self.box.modes:
                self.box.modes[copied] = self.box.modes[each]

    def move(self, source: str, target: str, *, parents: bool = False) -> None:
        """Give a file or directory another path; what is there is replaced."""
        self._replace(source, target, parents=parents)
        for each in self.below(source):
            moved = target + each[len(source) :]
            _rename(self.box.files, each, moved)
            _rename(self.box.modes, each, moved)
            _rename(self.box.owners, each, moved)
            _rename(self.box.times, each, moved)

    def touch(self, path: str) -> None:
        """Make an empty file, or note that something changed now."""
        if self.exists(path):
            self._changed(path)
        else:
            self.write(path, b"")

    def used(self) -> int:
        """Give the bytes that files take."""
        return sum(len(content or b"") for content in self.box.files.values())

    def size(self, path: str) -> int:
        """Give the length of a file; 0 for a directory."""
        return len(self.box.files[path] or b"")

    def time(self, path: str) -> float:
        """Give the clock time of the last change."""
        made = self.box.times.get(path)
        return datetime.fromisoformat(self.box.record["created_at"]).timestamp() if made is None else made

    def mode(self, path: str) -> str:
        """Give the permission bits in octal."""
        return self.box.modes.get(path, "755" if self.is_dir(path) else "644")

    def owner(self, path: str) -> str:
        """Give user:group."""
        return self.box.owners.get(path, "root:root")

    def _changed(self, path: str) -> None:
        self.box.times[path] = self.now

    def _need_way(self, path: str) -> None:
        """Refuse a path that goes through a file."""
        way = path
        while (way := posixpath.dirname(way)) != "/":
            if self.box.files.get(way) is not None:
                raise fault(errno.ENOTDIR, path)

    def _make_parents(self, path: str, *, parents: bool) -> None:
        self._need_way(path)
        above = posixpath.dirname(path)
        if self.exists(above):
            return
        if not parents:
            raise fault(errno.ENOENT, path)
        self.make_dir(above, parents=True)

    def _replace(self, source: str, target: str, *, parents: bool) -> None:
        """Make room for something that comes to a path."""
        self.need(source)
        if (target + "/").startswith(source.rstrip("/") + "/"):
            raise fault(errno.EINVAL, target)
        self._make_parents(target, parents=parents)
        if source.startswith(target.rstrip("/") + "/"):
            raise fault(errno.ENOTEMPTY, target)
        if self.exists(target):
            self.remove(target)


def _rename(table: dict[str, T], old: str, new: str) -> None:
    if old in table:
        table[new] = table.pop(old)
