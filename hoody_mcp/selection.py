"""Pick fields out of results, so that a model reads only what it asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .clean import one_line
from .jsons import Json, as_array, as_object

MAX_TOLD = 400  # characters of the names of fields that a note lists


def pick(value: Any, paths: Iterable[str]) -> tuple[Any, list[str]]:
    """Give the parts of a value at dotted paths, in the value's own shape, and a note if some lead nowhere.

    A path goes on through the items of a list: `rules.port` picks the port of every rule.
    """
    if as_object(value) is None and as_array(value) is None:
        return value, []
    wanted = [path.strip().split(".") for path in paths if path.strip()]
    missing = {".".join(path): known for path in wanted if (known := _known_instead(value, path))}
    notes = [f"select: there is no {_told([list(missing)])} here. Fields: {_told(missing.values())}."] if missing else []
    return _picked(value, wanted), notes


def _picked(value: Any, paths: list[list[str]]) -> Any:
    """Walk along all paths at once; an empty path takes the value whole."""
    if not all(paths):
        return value
    items, members = as_array(value), as_object(value)
    if items is not None:
        return [_picked(item, paths) for item in items]
    if members is None:
        return value
    found: Json = {}
    for name, member in members.items():
        inner = [path[1:] for path in paths if path[0] == name]
        if inner:
            found[name] = _picked(member, inner)
    return found


def _known_instead(value: Any, path: list[str]) -> list[str]:
    """Give the fields that there are where a path leads nowhere; none if it leads somewhere, or if there is nothing to look at."""
    items, members = as_array(value), as_object(value)
    if items:
        inside = [_known_instead(item, path) for item in items]
        return max(inside, key=len) if all(inside) else []
    if not path or not members:
        return []
    return _known_instead(members[path[0]], path[1:]) if path[0] in members else list(members)


def _told(known: Iterable[list[str]]) -> str:
    return one_line(", ".join(dict.fromkeys(name for names in known for name in names)), MAX_TOLD)
