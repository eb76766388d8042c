"""Files of a container that come to another path, and directories that are made."""

from __future__ import annotations

import errno

from starlette.responses import Response

from .disk import fault
from .files_paths import asked_path, bad, changing, not_here, refuse, target
from .routes import Area
from .wire import Ask, plain

area = Area()

OPERATIONS = ("mkdir", "extract", "download_from", "move_to", "copy_to")


@area.route("POST /files/copy/{path:path}")
def copy(ask: Ask) -> Response:
    """Copy a file or directory; 409 if something is there and must not be replaced."""
    refuse(ask)
    return copied(ask, asked_path(ask), target(ask, "copy_to"))


@area.route("POST /files/move/{path:path}")
def move(ask: Ask) -> Response:
    """Move a file or directory; what is there is replaced."""
    refuse(ask)
    return moved(ask, asked_path(ask), target(ask, "move_to"))


general = Area()  # after the area above: its path is any path


@general.route("POST /files/{path:path}")
def operate(ask: Ask) -> Response:
    """Do what the query says: make a directory, move or copy."""
    refuse(ask)
    path, asked = asked_path(ask), [name for name in OPERATIONS if name in ask.query]
    if len(asked) != 1:
        raise bad(f"Exactly one of {', '.join(OPERATIONS)} is needed")
    match asked[0]:
        case "mkdir":
            with changing(ask) as disk:
                disk.make_dir(path, parents=True)
            return plain({"success": True, "source": path, "destination": path})
        case "move_to":
            return moved(ask, path, target(ask, "move_to"))
        case "copy_to":
            return copied(ask, path, target(ask, "copy_to"))
        case other:
            raise not_here(other)


def copied(ask: Ask, source: str, destination: str) -> Response:
    """Copy, and answer."""
    overwrite = ask.flag("overwrite")
    with changing(ask) as disk:
        disk.need(source)
        if disk.exists(destination) and not overwrite:
            raise fault(errno.EEXIST, destination)
        disk.copy(source, destination, parents=True)
    return plain({"success": True, "source": source, "destination": destination})


def moved(ask: Ask, source: str, destination: str) -> Response:
    """Move, and answer."""
    with changing(ask, but=destination) as disk:
        disk.move(source, destination, parents=True)
    return plain({"success": True, "source": source, "destination": destination})
