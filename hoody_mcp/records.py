"""What single things are called and where they belong, as Hoody's own records say: results name by it what they were about."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from pydantic import ValidationError

from .catalog import Catalog, Entry
from .clean import one_line
from .errors import NOT_FOUND, ApiError, HoodyError
from .jsons import Json, as_object, at
from .operation import Operation
from .settings import Settings

KEPT_SECONDS = 300.0  # that a name is good for in a result; never for a scope
MAX_KEPT = 20_000
PATIENCE = 3.0  # seconds that a finished call waits for the name of what it was about
TOLD = ("project", "container")

Read = Callable[[Operation], Awaitable[Any]]


@dataclass(frozen=True)
class Record:
    """What is known of one thing."""

    kind: str
    id: str
    name: str = ""
    inside: Mapping[str, Any] = field(default_factory=dict[str, Any])  # kind of thing → id or ids of those in which it is
    read_at: float = field(default_factory=time.monotonic)


class Records:
    """Reads the records of things, and keeps for each caller what they are called."""

    def __init__(self, settings: Settings, catalog: Catalog, read: Read) -> None:
        """Take the function that carries out a READ operation."""
        self._settings = settings
        self._catalog = catalog
        self._read = read
        self._kept: dict[tuple[str, str, str], Record] = {}  # by caller, kind and id

    def learn(self, kind: str, payload: object) -> None:
        """Keep what the record of a thing says."""
        entry, found = self._catalog.records.get(kind), as_object(payload) or {}
        if entry is None or not isinstance(found.get("id"), str):
            return
        self._keep(Record(kind, found["id"], self._name(kind, found), _inside(entry, found)))
        whole, alias = found.get("project_id"), found.get("project_alias")
        if isinstance(whole, str) and isinstance(alias, str):
            self._keep(Record("project", whole, alias))

    def learn_list(self, entry: Entry, items: Iterable[object]) -> None:
        """Keep what a list says of its things."""
        for kind in [names["kind"] for names in entry.meta.get("names", ()) if names["id"] == "id"]:
            for item in map(as_object, items):
                if item and isinstance(item.get("id"), str):
                    self._keep(Record(kind, item["id"], self._name(kind, item), _inside(entry, item)))

    def forget(self, kind: str, id_: str) -> None:
        """Read the thing anew when its name is needed again: it was changed. If it is gone by then, it keeps its last name."""
        kept = self._find(kind, id_)
        if kept:
            self._keep(replace(kept, read_at=-math.inf))

    async def told(self, ids: Mapping[str, str], realm: str) -> Json:
        """Say what a call was about: project, container and realm, by id and as far as possible by name."""
        named = {kind: ids[kind] for kind in TOLD if kind in ids}
        with anyio.move_on_after(PATIENCE) as asking:
            named = await self._around(ids) | named
            for kind, id_ in named.items():
                await self._known(kind, id_)
        if asking.cancelled_caught:
            for kind, id_ in named.items():
                self._keep(self._fresh(kind, id_) or Record(kind, id_))
        container = self._find("container", named.get("container", ""))
        named = _wholes(container) | named
        told = {kind: {"id": one_line(named[kind]), **self._named(kind, named[kind])} for kind in TOLD if kind in named}
        return told | ({"realm": {"id": realm}} if realm else {})

    async def _around(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Give the project and container in which a thing is that was named by its id alone, such as a proxy alias."""
        found: dict[str, str] = {}
        for kind, id_ in ids.items():
            entry = self._catalog.records.get(kind)
            if kind not in TOLD and entry and entry.meta.get("inside"):
                if entry.required == [f"{kind}_id"]:
                    await self._known(kind, id_)
                found |= _wholes(self._find(kind, id_))
        return found

    async def _known(self, kind: str, id_: str) -> None:
        if self._fresh(kind, id_):
            return
        kept = self._find(kind, id_)
        try:
            payload = await self._read(self._catalog.records[kind].operation(**{f"{kind}_id": id_}))
        except (HoodyError, ValidationError) as error:  # the call itself was answered: a name that cannot be told does no harm
            is_gone = isinstance(error, ApiError) and error.status == NOT_FOUND
            self._keep(replace(kept, read_at=time.monotonic()) if kept and is_gone else Record(kind, id_))
            return
        self.learn(kind, payload)
        if not self._fresh(kind, id_):
            self._keep(Record(kind, id_))

    def _keep(self, record: Record) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[self._settings.caller(), record.kind, record.id] = record

    def _find(self, kind: str, id_: str) -> Record | None:
        return self._kept.get((self._settings.caller(), kind, id_))

    def _fresh(self, kind: str, id_: str) -> Record | None:
        kept = self._find(kind, id_)
        return kept if kept and time.monotonic() - kept.read_at < KEPT_SECONDS else None

    def _named(self, kind: str, id_: str) -> Json:
        kept = self._find(kind, id_)
        return {"name": one_line(kept.name, 100)} if kept and kept.name else {}

    def _name(self, kind: str, found: Json) -> str:
        directory = self._catalog.directories.get(kind)
        names = next((names for names in directory.meta["names"] if names["kind"] == kind), None) if directory else None
        name = at(found, names["by"]) if names else None
        return name if isinstance(name, str) else ""


def _inside(entry: Entry, found: Json) -> Json:
    places: Mapping[str, str] = entry.meta.get("inside", {})
    return {kind: at(found, path) for kind, path in places.items()}


def _wholes(record: Record | None) -> dict[str, str]:
    """Give the project and container in which a thing is, as far as its record names them."""
    if record is None:
        return {}
    return {kind: id_ for kind in TOLD if isinstance(id_ := record.inside.get(kind), str) and id_ != record.id}
