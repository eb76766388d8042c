"""Names instead of ids: wherever the id of a thing is asked, its unique name is understood.

A name stands for a thing only if all things of that kind were read, exactly one of the caller's own has exactly that
name, and it is not being deleted. What others have shared never answers to its name: they choose those names.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .catalog import Catalog, Entry
from .clean import one_line
from .errors import InvalidArguments
from .jsons import Json, as_array, at
from .lists import Lists
from .places import HEX_ID
from .traits import Names

MAX_NAME = 200  # characters
MAX_CANDIDATES = 8
GONE = frozenset({"deleting", "deleted"})
SOME_ID = "0" * 24  # stands for the id of a name that was not looked up yet


@dataclass(frozen=True)
class Thing:
    """One thing that has an id and a name."""

    id: str
    name: str
    own: bool = True  # belongs to the caller's account
    gone: bool = False
    part_of: str = ""  # what it belongs to, by name


Within = Callable[[str, list[Thing]], Awaitable[list[Thing]]]  # leaves out the things of a kind that a name cannot stand for


class NameBook:
    """Looks names up, and keeps what it read for some seconds."""

    def __init__(self, catalog: Catalog, lists: Lists, identity: Callable[[], Awaitable[str]]) -> None:
        """Take who reads lists, and the function that tells the caller's user id."""
        self._directories = catalog.directories
        self._lists = lists
        self._identity = identity

    def names_in(self, entry: Entry, given: Mapping[str, Any]) -> set[tuple[str, str]]:
        """Give the names that stand where ids are asked, each with the kind of thing that is meant: (kind, name)."""
        kinds: Mapping[str, str] = entry.meta.get("ids", {})
        found = ((kinds[name], value) for name, argument in given.items() if name in kinds for value in _each(argument))
        return {(kind, value) for kind, value in found if kind in self._directories and _may_be_name(value)}

    async def understood(self, entry: Entry, given: Mapping[str, Any], within: Within, *, fresh: bool) -> dict[str, Any]:
        """Give the arguments with ids instead of names; `InvalidArguments` says which names stand for nothing, or for several things."""
        names = sorted(self.names_in(entry, given))
        ids = {(kind, name): await self.find(kind, name, within, fresh=fresh) for kind, name in names}
        return with_ids(entry, given, ids)

    async def find(self, kind: str, name: str, within: Within | None = None, *, fresh: bool = False) -> str:
        """Give the id of the one thing of a kind that has this name."""
        things = await self._all(kind, fresh=fresh)
        if within:
            things = await within(kind, things)
        named = [thing for thing in things if thing.name == name]
        usable = [*{thing.id: thing for thing in named if thing.own and not thing.gone}.values()]
        if len(usable) == 1:
            return usable[0].id
        raise InvalidArguments([_why_not(kind, name, named, usable, things)])

    async def things(self, kind: str) -> list[Thing]:
        """Give all things of a kind that a name can stand for, sorted by name; none if the kind has no list."""
        if kind not in self._directories:
            return []
        things = await self._all(kind, fresh=False)
        return sorted((thing for thing in things if thing.own and not thing.gone), key=lambda thing: thing.name)

    async def _all(self, kind: str, *, fresh: bool) -> list[Thing]:
        entry = self._directories[kind]
        names = next(names for names in entry.operation.about.names if names.kind == kind)
        items = [item for item in await self._lists.all(entry, {}, fresh=fresh) if isinstance(at(item, names.id), str)]
        if names.owner:
            me = await self._identity()
            return [_thing(item, names, own=at(item, names.owner) == me) for item in items]
        if names.part_of:
            wholes = {thing.id: thing for thing in await self._all(names.part_of, fresh=fresh)}
            holder = entry.operation.about.inside[names.part_of]
            return [_part(item, names, wholes.get(str(at(item, holder)))) for item in items]
        return [_thing(item, names, own=True) for item in items]


def with_ids(entry: Entry, given: Mapping[str, Any], ids: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Put ids where names stand; they are found by kind and name."""
    kinds: Mapping[str, str] = entry.meta.get("ids", {})

    def replaced(value: Any, kind: str) -> Any:
        items = as_array(value)
        if items is not None:
            return [replaced(item, kind) for item in items]
        return ids.get((kind, value), value) if isinstance(value, str) else value

    return {name: replaced(value, kinds[name]) if name in kinds else value for name, value in given.items()}


def _each(argument: object) -> Iterable[str]:
    return (value for value in (as_array(argument) or [argument]) if isinstance(value, str))


def _may_be_name(value: str) -> bool:
    """Tell names from ids, and from what is neither and gets the usual error."""
    return (
        0 < len(value.strip()) == len(value) <= MAX_NAME
        and value.isprintable()
        and not re.fullmatch(HEX_ID, value.lower())
        and re.search(r"\w", value) is not None
        and not re.search(r"[<>/\\]", value)
    )


def _thing(item: Json, names: Names, *, own: bool, part_of: str = "") -> Thing:
    name = at(item, names.by)
    gone = str(item.get("status", "")).lower() in GONE or bool(item.get("deleted_at"))
    return Thing(at(item, names.id), name if isinstance(name, str) else "", own, gone, part_of)


def _part(item: Json, names: Names, whole: Thing | None) -> Thing:
    """Make a thing that belongs to whoever owns what it is part of."""
    return _thing(item, names, own=whole is not None and whole.own, part_of=whole.name if whole else "")


def _why_not(kind: str, name: str, named: list[Thing], usable: list[Thing], things: Iterable[Thing]) -> str:
    shown = one_line(name)
    if usable:
        return f"{len(usable)} {kind}s are called {shown!r}: give the id instead, one of {_candidates(usable)}"
    if any(thing.gone and thing.own for thing in named):
        return f"the {kind} {shown!r} is being deleted"
    if named:
        return f"{shown!r} is a {kind} that another account shares with you, which a name never means: give its id {_candidates(named)}"
    near = sorted({thing.name for thing in things if thing.own and thing.name.lower() == name.lower()})
    hint = f"did you mean {one_line(near[0])!r}?" if near else "look it up with the matching list tool"
    return f"no {kind} of yours has exactly the name {shown!r}: {hint}"


def _candidates(things: list[Thing]) -> str:
    places = {thing.id: f" (in {one_line(thing.part_of)})" if thing.part_of else "" for thing in things[:MAX_CANDIDATES]}
    return ", ".join(f"{id_}{place}" for id_, place in places.items())
