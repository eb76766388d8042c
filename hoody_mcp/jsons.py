"""JSON values with their types told: what upstream sends is anything, until looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def as_object(value: object) -> Json | None:
    """Give a JSON object, or None for anything else."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_array(value: object) -> list[Any] | None:
    """Give a JSON array, or None for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def each_member(value: object) -> Iterator[object]:
    """Give a value and everything inside it, keys aside, without recursion."""
    level = [value]
    while level:
        yield from level
        level = [member for each in level for member in (*(as_object(each) or {}).values(), *(as_array(each) or ()))]


def each_leaf(value: object, *, keys: bool = False) -> Iterator[str]:
    """Give every text inside a value, on request the names of its members, too."""
    for each in each_member(value):
        if isinstance(each, str):
            yield each
        if keys:
            yield from as_object(each) or ()


def depth(value: object) -> int:
    """Count the levels of a value, without recursion."""
    levels, level = 0, [value]
    while level:
        levels += 1
        level = [member for each in level for member in (*(as_object(each) or {}).values(), *(as_array(each) or ()))]
    return levels


def at(value: object, path: str) -> Any:
    """Follow a dotted path through objects; None where it leads nowhere."""
    found: Any = value
    for name in path.split("."):
        found = (as_object(found) or {}).get(name)
    return found
