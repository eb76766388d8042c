"""What single things are called and where they belong, as Hoody's own records say: results name by it what they were about."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from .catalog import Catalog, Entry
from .clean import one_line
from .errors import NOT_FOUND, ApiError, HoodyError
from .jsons import Json, as_object, at
from .operation import Operation

KEPT_SECONDS = 300.0  # that a name is good for in a result; never for a scope
MAX_KEPT = 2_000
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
    """Reads the records of things, and keeps what they are called."""

    def __init__(self, catalog: Catalog, read: Read) -> None:
        """Take the function that carries out a READ operation."""
        self._catalog = catalog
        self._read = read
        self._kept: dict[tuple[str, str], Record] = {}

    async def read(self, kind: str, id_: str, given: Mapping[str, Any]) -> Record | None:
        """Read the record of a thing anew; None if its kind has none. `given` are further arguments that the read may need."""
        entry = self._catalog.records.get(kind)
        if entry is None:
            return None
        fields = entry.operation.model_fields
        beside = {name: given[name] for name, info in fields.items() if info.is_required() and name in given}
        payload = await self._read(entry.operation(**{**beside, f"{kind}_id": id_}))
        return self.learn(kind, payload, id_)

    def learn(self, kind: str, payload: object, id_: str = "") -> Record | None:
        """Keep what a record says; None if it is not the record of that thing."""
        entry, found = self._catalog.records.get(kind), as_object(payload) or {}
        if entry is None or not isinstance(found.get("id"), str) or (id_ and found["id"] != id_):
            return None
        record = Record(kind, found["id"], self._name(kind, found), _inside(entry, found))
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[kind, record.id] = record
        whole = found.get("project_id")
        if isinstance(whole, str) and isinstance(found.get("project_alias"), str):
            self._kept["project", whole] = Record("project", whole, found["project_alias"])
        return record

    def forget(self, kind: str, id_: str) -> None:
        """Read the thing anew when its name is needed again: it was changed. If it is gone by then, it keeps its last name."""
        kept = self._kept.get((kind, id_))
        if kept:
            self._kept[kind, id_] = replace(kept, read_at=-math.inf)

    async def told(self, ids: Mapping[str, str], realm: str) -> Json:
        """Say what a call was about: project, container and realm, by id and as far as possible by name."""
        named = {kind: ids[kind] for kind in TOLD if kind in ids}
        with anyio.move_on_after(PATIENCE) as asking:
            named |= await self._around(ids)
            for kind, id_ in named.items():
                await self._known(kind, id_)
        if asking.cancelled_caught:
            self._kept |= {thing: Record(*thing) for thing in named.items() if not self._is_fresh(*thing)}
        container = self._kept.get(("container", named.get("container", "")))
        project = container.inside.get("project") if container else None
        if isinstance(project, str):
            named.setdefault("project", project)
        told = {kind: {"id": named[kind], **self._named(kind, named[kind])} for kind in TOLD if kind in named}
        return told | ({"realm": {"id": realm}} if realm else {})

    async def _around(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Give the project and container in which a thing is that was named by its id alone, such as a proxy alias."""
        found: dict[str, str] = {}
        for kind, id_ in ids.items():
            entry = self._catalog.records.get(kind)
            if kind not in TOLD and entry and entry.meta.get("inside") and entry.required == [f"{kind}_id"]:
                await self._known(kind, id_)
                wholes = self._kept[kind, id_].inside
                found |= {whole: wholes[whole] for whole in TOLD if isinstance(wholes.get(whole), str)}
        return found

    async def _known(self, kind: str, id_: str) -> None:
        if self._is_fresh(kind, id_):
            return
        kept = self._kept.get((kind, id_))
        try:
            if await self.read(kind, id_, {}) is None:
                self._kept[kind, id_] = Record(kind, id_)
        except HoodyError as error:  # the call itself was answered: a name that cannot be told does no harm
            is_gone = isinstance(error, ApiError) and error.status == NOT_FOUND
            self._kept[kind, id_] = replace(kept, read_at=time.monotonic()) if kept and is_gone else Record(kind, id_)

    def _is_fresh(self, kind: str, id_: str) -> bool:
        kept = self._kept.get((kind, id_))
        return kept is not None and time.monotonic() - kept.read_at < KEPT_SECONDS

    def _named(self, kind: str, id_: str) -> Json:
        kept = self._kept.get((kind, id_))
        return {"name": one_line(kept.name, 100)} if kept and kept.name else {}

    def _name(self, kind: str, found: Json) -> str:
        directory = self._catalog.directories.get(kind)
        names = next((names for names in directory.meta["names"] if names["kind"] == kind), None) if directory else None
        name = at(found, names["by"]) if names else None
        return name if isinstance(name, str) else ""


def _inside(entry: Entry, found: Json) -> Json:
    places: Mapping[str, str] = entry.meta.get("inside", {})
    return {kind: at(found, path) for kind, path in places.items()}
