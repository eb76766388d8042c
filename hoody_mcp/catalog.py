"""Find operations: all of them, one by its tool's name, some by toolset and risk.

The running server works from `tool_schemas/`, the catalogue compiled from the classes, and imports a class only when
its tool is called: a thousand tools are listed within half a second of the start.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from . import operations
from .errors import SettingsError, UnknownTool
from .operation import Operation, Risk
from .schema import CONFIRM, META, Json, as_text, compiled
from .settings import Execute, Settings

KNOWN_OPERATIONS = 962  # of Hoody's public SDK 1.0.0-beta.12
NAMED_LISTS = {
    "everyday": "the tools that most work needs",
    "observe": "everything that changes nothing",
    "operate": "everything but what destroys or spends",
    "all": "every tool",
}


@dataclass(frozen=True)
class Entry:
    """One tool of the compiled catalogue."""

    definition: Json

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.definition["name"]

    @property
    def meta(self) -> Json:
        """What the engine knows of it."""
        return self.definition["_meta"][META]

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
        module, _, name = self.meta["class"].partition(":")
        return getattr(importlib.import_module(f"{operations.__name__}.{module}"), name)


class Catalog:
    """The compiled tools, in a stable order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Keep the entries, sorted by name."""
        self.entries = {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}

    @classmethod
    def load(cls) -> Catalog:
        """Read every file of `tool_schemas/`."""
        files = sorted(folder().glob("*.json"))
        return cls(Entry(definition) for file in files for definition in from_json(file.read_bytes()))

    def __getitem__(self, name: str) -> Entry:
        """Look a tool up; `UnknownTool` names the nearest one."""
        entry = self.entries.get(name)
        if entry is None:
            known = {_sorted_words(each): each for each in self.entries}
            near = difflib.get_close_matches(_sorted_words(name), known, n=1, cutoff=0.5)
            raise UnknownTool(name, known[near[0]] if near else None)
        return entry

    @property
    def toolsets(self) -> list[str]:
        """Every toolset's name."""
        return sorted({entry.meta["toolset"] for entry in self.entries.values()})

    def selected(self, settings: Settings) -> list[Entry]:
        """Give the tools that `tools/list` shows under these settings."""
        wanted = [entry for entry in self.entries.values() if self._chosen(entry, settings)]
        return [entry for entry in wanted if entry.risk is Risk.READ or not settings.read_only]

    def listed(self, settings: Settings) -> list[Json]:
        """Give the definitions that `tools/list` shows, without what only the engine needs."""
        return [_public(entry, settings) for entry in self.selected(settings)]

    @staticmethod
    def _chosen(entry: Entry, settings: Settings) -> bool:
        names = {entry.name, entry.meta["toolset"]}
        if names & set(settings.exclude):
            return False
        return entry.name in settings.tools or any(_in_list(entry, name) for name in settings.listed_toolsets)


def _sorted_words(name: str) -> str:
    """Make names alike that differ in the order of their words, in separators and in the plural."""
    return " ".join(sorted(word.rstrip("s") for word in re.findall(r"[a-z0-9]+", name.lower())))


def _in_list(entry: Entry, name: str) -> bool:
    match name:
        case "all":
            return True
        case "everyday":
            return entry.meta.get("default", False)
        case "observe":
            return entry.risk is Risk.READ
        case "operate":
            return entry.risk in {Risk.READ, Risk.WRITE, Risk.EXECUTE}
        case _:
            return entry.meta["toolset"] == name


def _public(entry: Entry, settings: Settings) -> Json:
    definition = {key: value for key, value in entry.definition.items() if key != "_meta"}
    if entry.risk is not Risk.EXECUTE or settings.execute is not Execute.CODE:
        return definition
    schema = definition["inputSchema"]
    return {**definition, "inputSchema": {**schema, "properties": {**schema["properties"], "confirm": CONFIRM}}}


def check_names(settings: Settings, catalog: Catalog) -> None:
    """Refuse names of tools and toolsets that do not exist; `SettingsError` names the nearest."""
    known = {*catalog.entries, *catalog.toolsets, *NAMED_LISTS}
    for name in (*settings.toolsets, *settings.tools, *settings.exclude):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            raise SettingsError(f"There is no tool or toolset {name!r}" + (f"; did you mean {near[0]}?" if near else "."))


def walk() -> Iterator[type[Operation]]:
    """Import every module of `operations/` and yield every operation, in no particular order."""
    for module in pkgutil.walk_packages(operations.__path__, f"{operations.__name__}."):
        found = importlib.import_module(module.name)
        for value in vars(found).values():
            if _is_operation(value) and value.__module__ == module.name:
                yield value


def folder() -> Path:
    """Where the compiled catalogue lies: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "tool_schemas"
    return inside if inside.is_dir() else package.parent / "tool_schemas"


def expected_files() -> dict[str, str]:
    """Make what `tool_schemas/` must hold: file name → text."""
    return {f"{toolset}.json": as_text(tools) for toolset, tools in compiled(walk()).items()}


def stale_files() -> list[str]:
    """Name the files of `tool_schemas/` that are not what the classes compile to."""
    expected = expected_files()
    present = {file.name: file.read_text(encoding="utf-8") for file in folder().glob("*.json")}
    return sorted(name for name in expected.keys() | present.keys() if expected.get(name) != present.get(name))


def write_files() -> list[str]:
    """Bring `tool_schemas/` up to date and name the files that changed."""
    stale, expected = stale_files(), expected_files()
    folder().mkdir(exist_ok=True)
    for name in stale:
        if name in expected:
            (folder() / name).write_text(expected[name], encoding="utf-8")
        else:
            (folder() / name).unlink()
    return stale


def _is_operation(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Operation) and hasattr(value, "about")
