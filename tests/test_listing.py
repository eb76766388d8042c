"""What the catalogue says beside the definitions, and what tools/list makes of it: short, and nothing needed is left out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from statistics import mean
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from hoody_mcp import places
from hoody_mcp.everyday import ALWAYS_LOADED, EVERYDAY
from hoody_mcp.jsons import Json
from hoody_mcp.listing import ALIKE, NAMED_LISTS, listed, selected
from hoody_mcp.operation import Id, Risk, argument_name, markers
from hoody_mcp.report import tokens_of
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, OWN, names

pytestmark = pytest.mark.wide

MAX_TOKENS, MEAN_TOKENS, LARGEST = 6_000, 190, 1_000
FIELD = re.compile(r"[a-z]\w*(\.[a-z]\w*)*")  # dotted if it lies deeper
every_entry = pytest.mark.parametrize("tool", names(ENTRIES))
# The package that counts tokens reads its table in a way that Python 3.11 and 3.12 frown upon.
counts_tokens = pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")


def shown(toolsets: str = "") -> list[Json]:
    return listed(CATALOG, Settings.load(toolsets=toolsets))


def properties(tool: str) -> dict[str, Json]:
    return CATALOG[tool].definition["inputSchema"]["properties"]


# --- the lists


@counts_tokens
def test_the_everyday_list_leaves_room_for_work() -> None:
    assert tokens_of(shown()) <= MAX_TOKENS
    assert 10 <= len(shown()) <= 40


@counts_tokens
def test_tools_are_short_each_and_on_average() -> None:
    sizes = {tool["name"]: tokens_of([tool]) for tool in shown("all")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert mean(sizes.values()) <= MEAN_TOKENS


def test_everyday_tools_exist_and_each_has_a_reason() -> None:
    assert set(EVERYDAY) <= CATALOG.entries.keys()
    assert list(EVERYDAY) == sorted(EVERYDAY)
    assert [name for name, reason in EVERYDAY.items() if len(reason) < 5] == []


def test_what_stays_loaded_is_listed_by_default() -> None:
    by_default = {entry.name for entry in selected(CATALOG, Settings.load())}
    assert by_default == {*EVERYDAY, *OWN}
    assert by_default >= ALWAYS_LOADED
    assert {tool["name"] for tool in shown("all") if tool.get("_meta", {}).get("anthropic/alwaysLoad")} == ALWAYS_LOADED


def test_a_list_is_called_as_no_tool_and_no_toolset_is() -> None:
    called = [*NAMED_LISTS, *CATALOG.toolsets, *names(ENTRIES), *OWN, *{entry.meta["toolset"] for entry in CATALOG.own.values()}]
    assert [name for name, number in Counter(called).items() if number > 1] == []


@every_entry
def test_what_is_left_out_of_the_list_is_an_argument_that_no_call_needs(tool: str) -> None:
    entry = CATALOG[tool]
    rare = entry.meta.get("rare", [])
    assert len(set(rare)) == len(rare)
    assert set(rare) <= properties(tool).keys()
    assert not {*rare, *ALIKE} & set(entry.required)
    assert "confirm" not in rare


@pytest.mark.parametrize("tool", shown("all"), ids=lambda tool: tool["name"])
def test_a_listed_tool_takes_less_than_it_is_described_with_and_needs_the_same(tool: Json) -> None:
    entry = CATALOG.own.get(tool["name"]) or CATALOG[tool["name"]]
    whole, lean = entry.definition["inputSchema"], tool["inputSchema"]
    assert lean["properties"].items() <= whole["properties"].items()
    assert lean.get("required") == whole.get("required")
    assert tool.get("_meta", {}).keys() <= {"anthropic/searchHint", "anthropic/alwaysLoad"}


def output(*arguments: str) -> dict[str, bytes]:
    """Give what a command prints under several seeds of Python's hashes."""
    command = [sys.executable, "-m", "hoody_mcp", *arguments]
    running = {
        seed: subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE)  # noqa: S603
        for seed in ("0", "1", "42")
    }
    printed = {seed: process.communicate(timeout=60)[0] for seed, process in running.items()}
    assert {process.returncode for process in running.values()} == {0}
    return printed


def test_definitions_are_the_same_in_every_process() -> None:
    printed = set(output("tools", "--json", "--toolsets", "all").values())
    assert len(printed) == 1
    assert [tool["name"] for tool in json.loads(printed.pop())] == sorted([*names(ENTRIES), *OWN])


def test_classes_compile_to_the_same_text_in_every_process() -> None:
    assert set(output("schemas", "--check").values()) == {b""}


# --- ids and names

TYPES = {kind.kind: (kind, found) for found in vars(places).values() for kind in getattr(found, "__metadata__", ()) if isinstance(kind, Id)}
NAMED = {kind for kind, (marker, _) in TYPES.items() if marker.named}


def patterns(schema: object) -> set[str]:
    """Give the forms that a schema asks for, wherever they stand in it."""
    return set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(schema)))


def ids_in(annotation: Any) -> Iterator[Id]:
    """Yield what kinds of thing an annotation names, also inside lists and optionals."""
    for member in (annotation, *get_args(annotation)):
        yield from (marker for marker in getattr(member, "__metadata__", ()) if isinstance(marker, Id))
        if member is not annotation:
            yield from ids_in(member)


def test_a_name_is_understood_of_exactly_the_kinds_that_have_a_directory() -> None:
    assert set(CATALOG.directories) == NAMED
    marked = {kind for entry in ENTRIES for info in entry.operation.model_fields.values() for kind in ids_in(info.annotation)}
    marked |= {
        kind for entry in ENTRIES for info in entry.operation.model_fields.values() for kind in markers(info) if isinstance(kind, Id)
    }
    assert {kind.kind for kind in marked if kind.named} == NAMED
    assert {kind.kind: kind.named for kind in marked} == {kind: kind in NAMED for kind in {each.kind for each in marked}}


@pytest.mark.parametrize("kind", TYPES)
def test_a_kind_that_has_names_shows_no_form_and_says_so(kind: str) -> None:
    schema = TypeAdapter[Any](TYPES[kind][1]).json_schema()
    assert (kind in NAMED) <= (patterns(schema) == set())
    assert (" name" in schema["description"]) >= (kind in NAMED)


@every_entry
def test_an_id_has_the_form_of_its_kind_in_every_tool(tool: str) -> None:
    ids = CATALOG[tool].meta.get("ids", {})
    flat = {name: kind for name, kind in ids.items() if properties(tool)[name]["type"] in {"string", "array"}}
    asked = {name: patterns(properties(tool)[name]) for name in flat}
    assert asked == {name: patterns(TypeAdapter[Any](TYPES[kind][1]).json_schema()) for name, kind in flat.items()}


@every_entry
def test_every_argument_that_is_called_an_id_is_known_as_one(tool: str) -> None:
    fields = {argument_name(name) for name in CATALOG[tool].operation.model_fields}
    assert {name for name in fields if name.endswith(("_id", "_ids"))} <= CATALOG[tool].meta.get("ids", {}).keys()


# --- what reads say about things


def test_a_directory_is_a_read_that_needs_nothing_and_names_each_kind_once() -> None:
    for kind, entry in CATALOG.directories.items():
        assert (entry.risk, entry.required, bool(entry.operation.about.items)) == (Risk.READ, [], True), kind
        assert [each["kind"] for each in entry.meta["names"]].count(kind) == 1, kind


def test_a_record_is_read_by_the_id_of_its_kind_and_by_one_tool() -> None:
    declared = [entry for entry in ENTRIES if "record" in entry.meta]
    assert {entry.meta["record"]: entry for entry in declared} == CATALOG.records
    assert len(declared) == len(CATALOG.records)
    for kind, entry in CATALOG.records.items():
        assert (entry.risk, entry.meta["method"], entry.meta["namespace"]) == (Risk.READ, "GET", "api"), kind
        assert entry.meta["ids"][f"{kind}_id"] == kind
        assert f"{kind}_id" in entry.required


SAYING = [entry for entry in ENTRIES if {"names", "inside", "proves"} & entry.meta.keys()]


@pytest.mark.parametrize("tool", names(SAYING))
def test_what_a_read_says_about_things_are_fields_and_kinds(tool: str) -> None:
    entry = CATALOG[tool]
    said, inside, proves = entry.meta.get("names", []), entry.meta.get("inside", {}), entry.meta.get("proves", {})
    assert entry.risk is Risk.READ
    assert entry.operation.about.items or "record" in entry.meta
    assert not said or entry.operation.about.items
    fields = [*inside.values(), *proves.values(), *(each[key] for each in said for key in ("by", "id"))]
    assert [field for field in fields if not FIELD.fullmatch(field)] == []
    assert [each["owner"] for each in said if each["owner"] and not FIELD.fullmatch(each["owner"])] == []
    assert {*(each["kind"] for each in said), *proves} <= CATALOG.directories.keys()
    assert inside.keys() <= {"container", "project", "realm"}
    assert {each["part_of"] for each in said if each["part_of"]} <= inside.keys() & CATALOG.directories.keys()
    assert not [each for each in said if each["owner"] and each["part_of"]]


@every_entry
def test_all_lists_of_a_kind_say_the_same_about_its_things(tool: str) -> None:
    for each in CATALOG[tool].meta.get("names", []):
        others = [other for entry in ENTRIES for other in entry.meta.get("names", []) if other["kind"] == each["kind"]]
        assert others == [each] * len(others)
