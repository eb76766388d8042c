"""The list forms of Hoody's services, read as one: items, how many there are, and the arguments of the next page.

Hoody pages by page and limit, by offset and limit, by cursor, or not at all; counts are called total, count or
something_count, and stand beside the list, under `pagination`, `meta` or `metadata`, or beside the envelope's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .jsons import Json, as_array, as_object, at
from .operation import Operation, Place

PAGING = frozenset({"pagination", "meta", "metadata", "total", "count", "page", "limit", "offset", "has_more", "next_cursor", "totalPages"})
CURSORS = ("cursor", "page_token", "after_id", "since_id", "since")


@dataclass(frozen=True)
class Listing:
    """One page of things."""

    items: list[Any]
    rest: Json = field(default_factory=dict[str, Any])  # what stands beside the list
    total: int | None = None
    page: int | None = None  # counted from 1
    limit: int | None = None  # items that a full page holds
    offset: int | None = None
    last: bool | None = None  # None: unknown
    cursor: str | int | None = None
    hidden: int = 0  # items that the page held and that are not shown

    @property
    def start(self) -> int:
        """How many items stand before this page."""
        return self.offset if self.offset is not None else ((self.page or 1) - 1) * (self.limit or len(self.items) + self.hidden)


def listing(payload: Any, where: str, operation: Operation, beside: Json | None = None) -> Listing | None:
    """Read an answer as a list; None if there is none at that place. A null list is an empty one.

    `beside` is what the envelope holds beside its data: the counts of a list that is the whole answer.
    """
    outer, found = _find(payload, where, beside or {})
    if found is None:
        is_null = payload is None or (_last(where) in outer and outer[_last(where)] is None)
        return Listing([], _rest(outer, where)) if is_null else None
    facts: Json = outer
    for name in ("pagination", "meta", "metadata"):
        facts = facts | (as_object(outer.get(name)) or {})
    given = operation.given(Place.QUERY)
    page, limit = _number(facts, "page", given), _number(facts, "limit", given)
    whole = outer.get("truncated") is not True
    total = _number(facts, "total", {}) if "total" in facts else _count(facts, where) if whole else None
    offset = _number(facts, "offset", given) if page is None else None
    listed = Listing(found, _rest(outer, where), total, page, limit, offset, cursor=facts.get("next_cursor") or None)
    return replace(listed, last=_is_last(listed, facts) if whole else False)


def without(listed: Listing, items: list[Any]) -> Listing:
    """Give a page with some of its items only; how many there are in all is not told, nor what stands beside them."""
    return replace(listed, items=items, rest={}, hidden=len(listed.items) - len(items), total=None)


def next_arguments(listed: Listing, shown: int, operation: Operation) -> Json | None:
    """Give the arguments that fetch what comes after the items shown; None at the end, {} if no argument can."""
    whole = shown == len(listed.items)
    passed = shown + listed.hidden if whole else shown
    nothing_more = listed.last or (listed.cursor is None and (listed.last is None or not passed))
    if whole and nothing_more:
        return None
    names = type(operation).model_fields.keys()
    if whole and listed.cursor is not None:
        cursor = next((name for name in CURSORS if name in names), None)
        return {cursor: listed.cursor} if cursor else {}
    if listed.hidden and not whole:
        return {}
    after, sized = listed.start + passed, "limit" in names
    if "offset" in names and passed:
        return {"offset": after} | ({"limit": passed} if sized else {})
    if "page" in names and passed and (whole or sized):
        return _next_page(after, passed, listed, whole=whole, sized=sized)
    return {}


def cut_to(listed: Listing, room: int, operation: Operation) -> int:
    """Say how many of the items that fit can be shown so that the next page starts right after them."""
    names = type(operation).model_fields.keys()
    if not {"page", "limit"} <= names or room >= len(listed.items):
        return min(room, len(listed.items))
    return next((size for size in range(room, 0, -1) if listed.start % size == 0), 0)


def _next_page(after: int, shown: int, listed: Listing, *, whole: bool, sized: bool) -> Json:
    if whole:
        return {"page": (listed.page or 1) + 1} | ({"limit": listed.limit or shown} if sized else {})
    return {"page": after // shown + 1, "limit": shown}


def _find(payload: Any, where: str, beside: Json) -> tuple[Json, list[Any] | None]:
    if where == ".":
        return {name: value for name, value in beside.items() if name in PAGING}, as_array(payload)
    above, _, last = where.rpartition(".")
    outer = as_object(at(payload, above) if above else payload) or {}
    return outer, as_array(outer.get(last))


def _last(where: str) -> str:
    return where.rpartition(".")[2]


def _number(facts: Mapping[str, Any], name: str, given: Mapping[str, Any]) -> int | None:
    value = facts.get(name, given.get(name))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _count(facts: Mapping[str, Any], where: str) -> int | None:
    names = ("count", f"{_last(where).removesuffix('s')}_count", "total_count")
    return next((facts[name] for name in names if isinstance(facts.get(name), int)), None)


def _rest(outer: Mapping[str, Any], where: str) -> Json:
    return {key: value for key, value in outer.items() if key != _last(where) and key not in PAGING}


def _is_last(listed: Listing, facts: Mapping[str, Any]) -> bool | None:
    if isinstance(facts.get("has_more"), bool):
        return not facts["has_more"]
    if "next_cursor" in facts:
        return listed.cursor is None
    pages = facts.get("totalPages", facts.get("pages"))
    if listed.page is not None and isinstance(pages, int):
        return listed.page >= pages
    if listed.total is not None:
        return listed.start + len(listed.items) >= listed.total
    return None
