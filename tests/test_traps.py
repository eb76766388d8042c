"""Each known trap is told to a model where it could fall into it, or caught by a check."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from typing import Any

import pytest

from .calls import CATALOG
from .test_docs import ROOT, names_of_tests

ROWS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests" / "traps.toml").read_text(encoding="utf-8"))["trap"]
TOLD = [row for row in ROWS if "test" not in row]
CAUGHT = [row for row in ROWS if "test" in row]
TRAPS = range(1, 59)
LATER = {  # traps of services that have no tools yet
    22: ("exec",),
    29: ("cron",),
    30: ("cron", "curl"),
    31: ("daemon",),
    32: ("curl",),
    33: ("sqlite",),
    34: ("browser",),
    35: ("display",),
    36: ("notes",),
    37: ("run",),
    38: ("code",),
    39: ("watch",),
}
PARTLY = {  # traps that have rows already, and more to come with these services
    11: ("daemon",),  # booleans that must be booleans
    28: ("backends",),  # the better place for logins of remote storage
    40: ("proxyLogs",),  # one level at a time
    52: ("agent",),  # the service that wants a claim
    58: ("browser", "curl"),  # cookies
}


def name_of(row: dict[str, Any]) -> str:
    return f"{row['number']} {row['trap']}"


every_row = pytest.mark.parametrize("row", ROWS, ids=name_of)


def test_every_trap_is_in_the_file_or_left_for_later() -> None:
    kept_for_now = {row["number"] for row in ROWS}
    assert sorted([*kept_for_now, *LATER]) == list(TRAPS)
    assert kept_for_now >= PARTLY.keys()


def test_what_is_left_for_later_is_not_there_yet() -> None:
    there = {name for entry in CATALOG.entries.values() for name in (entry.meta["namespace"], entry.meta["toolset"])}
    assert {number: names for number, names in (LATER | PARTLY).items() if there & {*names}} == {}


@every_row
def test_a_row_has_either_words_or_a_test(row: dict[str, Any]) -> None:
    told = {"number", "trap", "tool", "words"}
    assert row.keys() in ({"number", "trap", "test"}, told, told | {"argument"})


@every_row
def test_a_trap_is_told_shortly(row: dict[str, Any]) -> None:
    assert 10 <= len(row["trap"]) < 120


def test_each_half_of_a_trap_is_another() -> None:
    assert [name for name, number in Counter(map(name_of, ROWS)).items() if number > 1] == []


@pytest.mark.parametrize("row", TOLD, ids=name_of)
def test_the_words_stand_where_a_model_reads_them(row: dict[str, Any]) -> None:
    definition = CATALOG[row["tool"]].definition
    where = definition["inputSchema"]["properties"][row["argument"]] if "argument" in row else definition
    text = where["description"].lower()
    assert row["words"]
    assert [words for words in row["words"] if len(words) < 3 or words.lower() not in text] == []


@pytest.mark.parametrize("module", sorted({row["test"].partition("::")[0] for row in CAUGHT}))
def test_each_check_exists(module: str) -> None:
    there = set(names_of_tests(ast.parse((ROOT / module).read_text(encoding="utf-8")).body))
    assert {test for row in CAUGHT for named, _, test in [row["test"].partition("::")] if named == module} - there == set()
