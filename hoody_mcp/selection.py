"""Pick fields out of results, so that a model reads only what it asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .jsons import Json, as_array, as_object

MAX_TOLD = 40  # names of fields that a note lists


def pick(value: Any, paths: Iterable[str]) -> tuple[Any, list[str]]:
    """Give the parts of a value at dotted paths, in the value's own shape, and a note if some lead nowhere.

    A path goes on through the items of a list: `rules.port` picks the port of every rule.
    """
    members = as_object(value)
    if members is None:
        return value, []
    wanted = [path.strip().split(".") for path in paths if path.strip()]
    found = _picked(members, wanted)
    missing = [".".join(path) for path in wanted if path[0] not in members]
    if not missing:
        return found, []
    known = ", ".join(list(members)[:MAX_TOLD])
    return found, [f"select: there is no {', '.join(missing)[:200]} here. Fields: {known}."]


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
