"""Whole lists of things: every page, or a refusal. Names are understood by them, and a scope is proved by them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .catalog import Entry
from .connection import RESERVE, time_left
from .errors import Refused
from .jsons import Json, as_object
from .operation import Operation
from .pages import Listing, listing, next_arguments
from .settings import Settings

KEPT_SECONDS = 30.0  # that a list is good for; never for what destroys or spends
MAX_PAGES = 200
PAGE_SIZE = 100  # the most that Hoody gives at once

ReadPage = Callable[[Operation], Awaitable[tuple[Any, Json]]]  # the payload, and what stands beside it


class Lists:
    """Reads lists to their end, and keeps them for some seconds."""

    def __init__(self, settings: Settings, read: ReadPage) -> None:
        """Take the function that carries out a READ operation."""
        self._settings = settings
        self._read = read
        self._kept: dict[tuple[str, str, str], tuple[float, list[Json]]] = {}
        self._changes = 0  # how often something was changed

    async def all(self, entry: Entry, arguments: Mapping[str, Any], *, fresh: bool) -> list[Json]:
        """Give every item of a list; `Refused` if not all can be read."""
        key = (self._settings.caller(), entry.name, json.dumps(arguments, sort_keys=True))
        read_at, items = self._kept.get(key, (-KEPT_SECONDS, []))
        if fresh or time.monotonic() - read_at > KEPT_SECONDS:
            changes = self._changes
            items = await self._pages(entry, dict(arguments))
            if changes == self._changes:
                now = time.monotonic()
                self._kept = {each: kept for each, kept in self._kept.items() if now - kept[0] <= KEPT_SECONDS} | {key: (now, items)}
        return items

    def forget(self) -> None:
        """Read everything anew when it is needed again: something was changed."""
        self._changes += 1
        self._kept.clear()

    async def _pages(self, entry: Entry, arguments: Json) -> list[Json]:
        about, fields = entry.operation.about, entry.operation.model_fields
        arguments |= {"limit": PAGE_SIZE} if "limit" in fields else {}
        found: dict[str, Json] = {}
        total = 0
        for _ in range(MAX_PAGES):
            if time_left() < RESERVE:
                break
            operation = entry.operation(**arguments)
            payload, beside = await self._read(operation)
            page = listing(payload, about.items, operation, beside)
            if page is None:
                break
            found |= {str(item.get("id")): item for item in map(as_object, page.items) if item}
            total = max(total, page.total or 0)
            following = next_arguments(page, len(page.items), operation)
            if following is None and len(found) >= total and not _may_go_on(page, arguments):
                return list(found.values())
            if not following:
                break
            arguments |= following
        raise Refused(f"{entry.name} could not be read to its end, which this call needs: give ids instead of names. Nothing was sent.")


def _may_go_on(page: Listing, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a full page says neither that it is the last one nor how many items there are."""
    return page.last is None and page.total is None and len(page.items) >= arguments.get("limit", math.inf)
