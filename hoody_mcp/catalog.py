"""Find operations: all of them, one by its tool's name, those that list or read things of a kind.

The running server works from `tool_schemas/`, the catalogue compiled from the classes, and imports a class only when
its tool is called: a thousand tools are listed within half a second of the start.
"""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic_core import from_json

from . import operations
from .errors import UnknownTool
from .jsons import Json
from .operation import Operation
from .schema import META
from .traits import Risk

if TYPE_CHECKING:
    from .own import OwnTool

KNOWN_OPERATIONS = 962  # of Hoody's public SDK 1.0.0-beta.12
OWN_TOOLSET = "hoody"  # the toolset of the server's own tools
OWN = "hoody/own"  # under `_meta`: what the engine needs of a tool of the server's own


@dataclass(frozen=True)
class Compiled:
    """One tool of the compiled catalogue."""

    definition: Json
    KEY: ClassVar[str]  # under `_meta`
    PACKAGE: ClassVar[str]  # in which the module of its class lies

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.definition["name"]

    @property
    def meta(self) -> Json:
        """What the engine knows of it."""
        return self.definition["_meta"][self.KEY]

    @property
    def required(self) -> list[str]:
        """Arguments that every call must give."""
        return self.definition["inputSchema"].get("required", [])

    def _class(self) -> Any:
        module, _, name = self.meta["class"].partition(":")
        return getattr(importlib.import_module(f"{self.PACKAGE}.{module}"), name)


class Entry(Compiled):
    """The tool of an operation."""

    KEY, PACKAGE = META, operations.__name__

    @property
    def risk(self) -> Risk:
        """The risk it is declared with."""
        return Risk(self.meta["risk"])

    @property
    def gated(self) -> bool:
        """Whether a call can need a confirmation."""
        return self.meta.get("gated", False)

    @cached_property
    def operation(self) -> type[Operation]:
        """The class behind it, imported at first use."""
        return self._class()


class OwnEntry(Compiled):
    """One of the server's own tools."""

    KEY, PACKAGE = OWN, __package__ or ""

    @property
    def reads(self) -> bool:
        """Whether nothing can be changed by it."""
        return self.definition["annotations"]["readOnlyHint"]

    @cached_property
    def tool(self) -> type[OwnTool]:
        """The class behind it, imported at first use."""
        return self._class()


class Catalog:
    """The compiled tools, in a stable order."""

    def __init__(self, definitions: Iterable[Json]) -> None:
        """Take finished definitions, of operations and of the server's own tools."""
        ordered = sorted(definitions, key=lambda definition: definition["name"])
        self.entries = {definition["name"]: Entry(definition) for definition in ordered if META in definition["_meta"]}
        self.own = {definition["name"]: OwnEntry(definition) for definition in ordered if META not in definition["_meta"]}

    @classmethod
    def load(cls) -> Catalog:
        """Read every file of `tool_schemas/`."""
        return cls(definition for file in sorted(folder().glob("*.json")) for definition in from_json(file.read_bytes()))

    @cached_property
    def directories(self) -> dict[str, Entry]:
        """The list that holds all things of a kind with their names, by kind."""
        return {kind: lists[0] for kind in sorted(self._kinds) if (lists := [each for each in self.lists_of(kind) if not each.required])}

    @cached_property
    def records(self) -> dict[str, Entry]:
        """The read that gives the record of a thing by its id, by kind."""
        return {entry.meta["record"]: entry for entry in self.entries.values() if "record" in entry.meta}

    @property
    def _kinds(self) -> set[str]:
        return {names["kind"] for entry in self.entries.values() for names in entry.meta.get("names", ())}

    def lists_of(self, kind: str) -> list[Entry]:
        """Give every list that names things of a kind."""
        return [entry for entry in self.entries.values() if any(names["kind"] == kind for names in entry.meta.get("names", ()))]

    def __getitem__(self, name: str) -> Entry:
        """Look the tool of an operation up; `UnknownTool` names the nearest one."""
        entry = self.entries.get(name)
        if entry is None:
            known = {_sorted_words(each): each for each in (*self.entries, *self.own)}
            near = difflib.get_close_matches(_sorted_words(name), known, n=1, cutoff=0.5)
            raise UnknownTool(name, known[near[0]] if near else None)
        return entry

    @property
    def toolsets(self) -> list[str]:
        """Every toolset's name."""
        return sorted({entry.meta["toolset"] for entry in self.entries.values()})


def _sorted_words(name: str) -> str:
    """Make names alike that differ in the order of their words, in separators and in the plural."""
    return " ".join(sorted(word.rstrip("s") for word in re.findall(r"[a-z0-9]+", name.lower())))


def folder() -> Path:
    """Where the compiled catalogue lies: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "tool_schemas"
    return inside if inside.is_dir() else package.parent / "tool_schemas"
