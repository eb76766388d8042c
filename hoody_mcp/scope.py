"""A server that is bound to one project, container or realm.

Denied unless proved: a call goes ahead only if every thing that it names lies inside the scope, which a look-up must show.
Operations on the account itself are refused, but for reading who the caller is; lists show only what lies inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .arguments import Call
from .catalog import Catalog, Entry
from .errors import Refused
from .ids import each_id
from .jsons import Json, as_array, as_object, at
from .lists import Lists
from .names import NameBook, Thing
from .operation import Operation
from .places import HEX_ID
from .settings import Settings
from .traits import Risk

KINDS = ("container", "project", "realm")  # the narrowest first
# What can be shown to lie in a scope of each kind.
THINGS: Mapping[str, frozenset[str]] = {
    "container": frozenset({"container", "alias", "share"}),
    "project": frozenset({"project", "container", "alias", "share"}),
    "realm": frozenset({"project", "container", "alias", "share"}),
}
BESIDE = frozenset({"server", "realm"})  # can be shown to belong there, too, but nothing is allowed for their sake alone
PARTS = frozenset({"snapshot", "permission", "terminal", "command", "backend", "hook"})  # named inside of what their call names beside them


def bound_arguments(settings: Settings) -> frozenset[str]:
    """Give the arguments that the scope decides, which no tool shows any more."""
    bound = {f"{kind}_id" for kind in KINDS if getattr(settings, f"scope_{kind}")}
    return frozenset(bound | ({"realm_ids"} if settings.scope_realm else set()))


def possible(entry: Entry, settings: Settings) -> bool:
    """Tell whether an operation can ever go ahead in this scope."""
    return all(_possible_in(entry, kind) for kind in KINDS if getattr(settings, f"scope_{kind}"))


def _possible_in(entry: Entry, kind: str) -> bool:
    if entry.meta.get("oneself"):
        return True
    if kind in entry.meta.get("beyond", ()):
        return False
    ids: Mapping[str, str] = entry.meta.get("ids", {})
    needed = {ids[name] for name in entry.required if name in ids}
    return needed <= THINGS[kind] | BESIDE | PARTS and _is_about(ids.values(), entry.meta.get("inside", {}), kind)


def _is_about(kinds: Iterable[str], places: Mapping[str, str], scope: str) -> bool:
    """Tell whether a call is not about the account: by what it names, or as a list that can be filtered."""
    return scope in places or not THINGS[scope].isdisjoint(kinds)


class Scope:
    """Decides what lies inside."""

    def __init__(self, settings: Settings, catalog: Catalog, names: NameBook, lists: Lists) -> None:
        """Take who looks up names and who reads lists."""
        self._asked = {kind: value for kind in KINDS if (value := getattr(settings, f"scope_{kind}"))}
        self._bound = bound_arguments(settings)
        self._catalog, self._names, self._lists = catalog, names, lists
        self._ids: dict[str, str] = {}

    async def filled(self, entry: Entry, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Add the arguments that the scope decides; `Refused` where the caller gives other ones."""
        if not self._asked:
            return given or {}
        arguments, ids, narrowest = dict(given or {}), await self._own_ids(), next(iter(self._asked))
        properties = entry.definition["inputSchema"]["properties"]
        for kind, id_ in ids.items():
            name = f"{kind}_id"
            if name in properties:
                if arguments.pop(name, None) not in (None, "", id_, self._asked[kind]):
                    raise Refused(f"This server is bound to one {kind}; leave {name} out. Nothing was sent.")
                if name in entry.required or kind == narrowest:  # within a narrower scope, the wider one is no filter of its own
                    arguments[name] = id_
        if "realm_ids" in self._bound and "realm_ids" in arguments:
            raise Refused("This server is bound to one realm; leave realm_ids out. Nothing was sent.")
        return arguments

    async def admit(self, call: Call) -> None:
        """Let a call go ahead; `Refused` unless everything in it is proved to lie inside."""
        about = call.operation.about
        if not self._asked or about.oneself:
            return
        scope, named = await self._own_ids(), [(kind, id_) for kind, id_ in each_id(call.operation) if kind not in PARTS]
        fresh = call.risk in {Risk.DESTROY, Risk.SPEND}
        for each in scope:
            if each in about.beyond:
                raise Refused(f"{about.name} can reach beyond the {each} that this server is bound to. Nothing was sent.")
            if not _is_about([kind for kind, _ in named], about.inside, each):
                raise Refused(f"{about.name} is about the whole account, and this server is bound to one {each}. Nothing was sent.")
            for kind, id_ in named:
                if id_ not in await self._ids_inside(kind, each, fresh=fresh):
                    raise Refused(
                        f"The {kind} {id_[:40]} is not known to lie in the {each} that this server is bound to. Nothing was sent to it."
                    )

    def filtered(self, operation: Operation, items: list[Any]) -> list[Any] | None:
        """Leave out the items of a list that lie outside, also where Hoody does not heed what it was asked for; None where none can."""
        places = operation.about.inside
        wanted = [*self._ids.items(), *each_id(operation)] if self._ids else []
        checks = [(places[kind], id_) for kind, id_ in wanted if kind in places]
        return [item for item in items if all(_holds(at(as_object(item), path), id_) for path, id_ in checks)] if checks else None

    async def only(self, kind: str, things: list[Thing]) -> list[Thing]:
        """Leave out the things that lie outside."""
        await self._own_ids()
        return await self._known_inside(kind, things)

    async def _own_ids(self) -> dict[str, str]:
        """Give the ids of the scope; names are looked up once, and then stay what they were."""
        for kind, value in reversed(self._asked.items()):  # the widest first: a name is looked for inside of it
            if kind not in self._ids:
                is_id = kind == "realm" or re.fullmatch(HEX_ID, value)
                found = value if is_id else await self._names.find(kind, value, self._known_inside, fresh=True)
                self._ids.setdefault(kind, found)
        return {kind: self._ids[kind] for kind in self._asked}

    async def _known_inside(self, kind: str, things: list[Thing]) -> list[Thing]:
        """Leave out the things that lie outside of what is known of the scope so far."""
        for each in list(self._ids):
            inside = await self._ids_inside(kind, each, fresh=False)
            things = [thing for thing in things if thing.id in inside]
        return things

    async def _ids_inside(self, kind: str, scope: str, *, fresh: bool) -> set[str]:
        """Give the ids of the things that lie inside; the things themselves are not read."""
        if kind == scope:
            return {self._ids[scope]}
        if kind == "server":
            return _texts(at(item, path) for item, path in await self._in_use(scope, fresh=fresh))
        return _texts(item.get("id") for item in await self._members(kind, scope, fresh=fresh))

    async def _members(self, kind: str, scope: str, *, fresh: bool) -> list[Json]:
        """Give all things of a kind that lie inside; none where that cannot be told."""
        entry = self._list_of(kind, scope)
        if entry is None:
            return []
        narrowed = {name: self._ids[scope]} if (name := f"{scope}_id") in entry.definition["inputSchema"]["properties"] else {}
        items, places = await self._lists.all(entry, narrowed, fresh=fresh), entry.meta["inside"]
        if scope in places:
            return [item for item in items if _holds(at(item, places[scope]), self._ids[scope])]
        if "container" not in places:
            return []
        wholes = await self._ids_inside("container", scope, fresh=fresh)
        return [item for item in items if _texts([at(item, places["container"])]) & wholes]

    def _list_of(self, kind: str, scope: str) -> Entry | None:
        """Choose the list of a kind's things: the one for this scope, if there is one."""
        lists = [entry for entry in self._catalog.lists_of(kind) if entry.meta.get("inside")]
        needs = [entry for entry in lists if entry.required == [f"{scope}_id"]]
        free = [entry for entry in lists if not entry.required]
        return next(iter([*needs, *free]), None)

    async def _in_use(self, scope: str, *, fresh: bool) -> list[tuple[Json, str]]:
        """Give what lies inside and runs on a server, with the field that names the server."""
        entry = self._list_of("container", scope)
        path = entry.meta.get("proves", {}).get("server", "") if entry else ""
        return [(item, path) for item in await self._members("container", scope, fresh=fresh)] if path else []


def _texts(values: Iterable[object]) -> set[str]:
    return {value for value in values if isinstance(value, str)}


def _holds(value: object, id_: str) -> bool:
    items = as_array(value)
    return id_ in items if items is not None else value == id_
