"""What tools/list shows: which tools, in which form, by settings and scope."""

from __future__ import annotations

import difflib

from .catalog import OWN_TOOLSET, Catalog, Entry, OwnEntry
from .errors import SettingsError
from .everyday import ALWAYS_LOADED, EVERYDAY
from .jsons import Json
from .schema import CONFIRM
from .scope import bound_arguments, possible
from .settings import Execute, Settings
from .traits import Risk

NAMED_LISTS = ("everyday", "observe", "operate", "all")
MORE = "More arguments: hoody_describe."
ALIKE = frozenset({"instance", "select", "reveal"})  # mean the same in every tool; the instructions and hoody_describe tell them


def selected(catalog: Catalog, settings: Settings) -> list[Entry | OwnEntry]:
    """Give the tools that `tools/list` shows under these settings, by name."""
    chosen = [entry for entry in catalog.entries.values() if _chosen(entry, settings) and possible(entry, settings)]
    own = [entry for entry in catalog.own.values() if not {entry.name, entry.meta["toolset"]} & set(settings.exclude)]
    shown = [*(entry for entry in chosen if entry.risk is Risk.READ), *(entry for entry in own if entry.reads)]
    if not settings.read_only:
        shown = [*chosen, *own]
    return sorted(shown, key=lambda entry: entry.name)


def listed(catalog: Catalog, settings: Settings) -> list[Json]:
    """Give the definitions that `tools/list` shows: lean ones, without what only the engine needs."""
    return [_lean(entry, described(entry, settings)) for entry in selected(catalog, settings)]


def described(entry: Entry | OwnEntry, settings: Settings) -> Json:
    """Give the whole definition of a tool under these settings, as clients may see it."""
    definition = {key: value for key, value in entry.definition.items() if key != "_meta"}
    if isinstance(entry, OwnEntry):
        return definition
    schema: Json = definition["inputSchema"]
    asks = entry.risk is Risk.EXECUTE and settings.execute is Execute.CODE
    properties = schema["properties"] | ({"confirm": CONFIRM} if asks else {})
    return {**definition, "inputSchema": _without(schema | {"properties": properties}, bound_arguments(settings))}


def _lean(entry: Entry | OwnEntry, definition: Json) -> Json:
    """Leave out rare arguments, and add what clients that search through tools need."""
    rare = frozenset(entry.meta.get("rare", ())) - ALIKE
    schema = _without(definition["inputSchema"], rare | ALIKE)
    more = rare & definition["inputSchema"]["properties"].keys()
    text = f"{definition['description']} {MORE}" if more else definition["description"]
    meta = {"anthropic/searchHint": entry.meta.get("keywords"), "anthropic/alwaysLoad": entry.name in ALWAYS_LOADED}
    shown = {name: value for name, value in meta.items() if value}
    return {**definition, "description": text, "inputSchema": schema} | ({"_meta": shown} if shown else {})


def _without(schema: Json, names: frozenset[str]) -> Json:
    kept = {name: value for name, value in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", ()) if name not in names]
    rest = {key: value for key, value in schema.items() if key != "required"}
    return {**rest, "properties": kept} | ({"required": required} if required else {})


def _chosen(entry: Entry, settings: Settings) -> bool:
    names = {entry.name, entry.meta["toolset"]}
    if names & set(settings.exclude):
        return False
    return entry.name in settings.tools or any(_in_list(entry, name) for name in settings.listed_toolsets)


def _in_list(entry: Entry, name: str) -> bool:
    match name:
        case "all":
            return True
        case "everyday":
            return entry.name in EVERYDAY
        case "observe":
            return entry.risk is Risk.READ
        case "operate":
            return entry.risk in {Risk.READ, Risk.WRITE, Risk.EXECUTE}
        case _:
            return entry.meta["toolset"] == name


def check_names(settings: Settings, catalog: Catalog) -> None:
    """Refuse names of tools and toolsets that do not exist; `SettingsError` names the nearest."""
    tools, toolsets = {*catalog.entries, *catalog.own}, {*catalog.toolsets, OWN_TOOLSET}
    known = {"tools": tools, "toolsets": {*toolsets, *NAMED_LISTS}, "exclude": tools | toolsets}
    for setting, names in known.items():
        for name in getattr(settings, setting):
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                hint = f"; did you mean {near[0]}?" if near else "."
                raise SettingsError(f"--{setting} (HOODY_{setting.upper()}): there is no {name!r}{hint}")
