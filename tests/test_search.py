"""The search finds the tool that is meant, in whatever words, and no query can break it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hoody_mcp.catalog import Catalog, Entry
from hoody_mcp.schema import META
from hoody_mcp.search import Search

from .asks import MODELS, USERS, load, score

CATALOG = Catalog.load()
ENTRIES = list(CATALOG.entries.values())
SEARCH = Search(ENTRIES)
SLACK = 4  # times what is promised, on a machine that does other things as well


def names(found: list[Entry]) -> list[str]:
    return [entry.name for entry in found]


def first(query: str, most: int = 5) -> list[str]:
    return names(SEARCH.find(query, most=most))


@pytest.mark.parametrize(("styles", "hit1", "hit5"), [(MODELS, 0.8, 0.97), (USERS, 0.6, 0.85)], ids=["models", "users"])
def test_what_is_asked_for_is_found(styles: str, hit1: float, hit5: float) -> None:
    reached = score(SEARCH, load(styles=styles))
    assert reached.hit1 >= hit1 * reached.count, reached
    assert reached.hit5 >= hit5 * reached.count, reached


def test_the_asks_cover_every_toolset_and_style_and_name_tools_that_exist() -> None:
    asks = load()
    asked = set[str]().union(*(ask.tools for ask in asks))
    assert asked <= CATALOG.entries.keys()
    assert {CATALOG[name].meta["toolset"] for name in asked} == set(CATALOG.toolsets)
    assert {ask.style for ask in asks} == set(MODELS + USERS)
    assert len({ask.q for ask in asks}) == len(asks)


@pytest.mark.parametrize("toolset", CATALOG.toolsets)
def test_a_toolset_alone_is_listed_completely_by_name(toolset: str) -> None:
    members = sorted(entry.name for entry in ENTRIES if entry.meta["toolset"] == toolset)
    assert names(SEARCH.find(toolset=toolset, most=1)) == members
    assert names(SEARCH.find("  ", toolset, 1)) == members


@pytest.mark.parametrize("toolset", CATALOG.toolsets)
def test_a_query_with_a_toolset_finds_only_its_tools(toolset: str) -> None:
    found = SEARCH.find(f"list get show create delete {toolset}", toolset, 50)
    assert found
    assert {entry.meta["toolset"] for entry in found} == {toolset}


def test_a_toolset_that_does_not_exist_has_no_tools() -> None:
    assert SEARCH.find(toolset="nonsense") == SEARCH.find("container", "nonsense") == []


@pytest.mark.parametrize("entry", ENTRIES, ids=names(ENTRIES))
def test_a_tool_is_found_by_its_name_and_title(entry: Entry) -> None:
    assert first(entry.name)[0] == first(f" `{entry.name.upper()}` ")[0] == entry.name
    assert names(SEARCH.find(entry.name, entry.meta["toolset"], 1)) == [entry.name]
    assert entry.name in first(entry.definition["title"])


@pytest.mark.parametrize(
    ("query", "tool"),
    [
        ("VM list", "containers_list"),
        ("new box", "containers_create"),
        ("spin up an instance", "containers_create"),
        ("nuke the droplet", "containers_delete"),
        ("roll back the machine", "snapshots_restore"),
        ("roll the box back to yesterday", "snapshots_restore"),
        ("take a backup of my VM", "snapshots_create"),
        ("my workspaces", "projects_list"),
        ("who can log in to this project", "projects_permissions_list"),
        ("who logged in to my account", "users_get_security_history"),
        ("turn that outbound rule off", "firewall_egress_toggle"),
        ("shell history", "terminal_history"),
        ("find *.py", "files_glob"),
        ("unzip site.zip", "files_operate"),
        ("fetch https://example.org/a.iso onto the box", "files_operate"),
        ("set PATH_PREFIX in the environment", "env_set"),
        ("which program listens on port 3000", "terminal_ports"),
    ],
)
def test_words_of_users_stand_for_words_of_the_catalogue(query: str, tool: str) -> None:
    assert tool in first(query)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("snapshoot restore", "snapshot restore"),
        ("abort running comand", "abort running command"),
        ("firewal rules list", "firewall rules list"),
        ("contianer delete", "container delete"),
        ("drplet delete", "droplet delete"),
    ],
)
def test_a_typing_error_finds_the_same(wrong: str, right: str) -> None:
    assert first(wrong) == first(right)


@pytest.mark.parametrize(
    "query", ["restoring snapshots", "restored a snapshot", "RESTORE SNAPSHOT", "restore-snapshot", "restore/snapshot"]
)
def test_inflection_case_and_separators_do_not_matter(query: str) -> None:
    assert first(query)[0] == "snapshots_restore"


def test_names_of_people_and_things_are_not_taken_for_typing_errors() -> None:
    assert first("give Alice the project") == first("give Xyzzy the project")


@pytest.mark.parametrize("query", ["", " ", "the of and", "please, what is it?", "!!!", "\0", "😀", "42 1234", "the\n\t"])
def test_a_query_that_says_nothing_finds_nothing(query: str) -> None:
    assert SEARCH.find(query) == []
    assert SEARCH.find(query, "env") == SEARCH.find(toolset="env")


@pytest.mark.parametrize(
    "query",
    ['name:"x" OR *', "NEAR(a b)", "container AND", '"', "'; DROP TABLE names; --", "container*", "{names} : a", "^container", "-rest"],
)
def test_the_language_of_the_index_means_nothing(query: str) -> None:
    SEARCH.find(query)
    assert first("containers_list")[0] == "containers_list"


QUERIES = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(['"', "'", "(", ")", "*", "^", ":", "-", "+", "NEAR", "AND", "OR", "NOT", "\0", "\ud800", "container", "😀"])
    ).map(" ".join),
    st.lists(
        st.sampled_from(["turn", "off", "back", "box", "roll", "delete", "don't", "a@b.c", "/x/y", "*.py", "X_Y", "İ", "ǆ", "²", "ß"])
    ).map(" ".join),
)


@settings(deadline=None, max_examples=150)
@given(query=QUERIES, toolset=st.sampled_from(["", "env", "files"]), most=st.integers(1, 50))
@example(query="\ud83d", toolset="", most=1)
@example(query="\0container\0", toolset="", most=1)
def test_no_query_fails(query: str, toolset: str, most: int) -> None:
    found = SEARCH.find(query, toolset, most)
    assert len(found) == len(set(names(found)))
    assert len(found) <= max(most, len(SEARCH.find(toolset=toolset)))
    assert SEARCH.find(query, toolset, most) == found


@pytest.mark.parametrize(
    "piece", ["container ", "a-", "@", "*", "a@", "/", "a.", "A_", "'", "xq", "wqert yuiop zxcvb ", "turn ", "0f", "\ud800", "😀", '"']
)
def test_ten_thousand_characters_take_no_longer_than_a_long_query(piece: str) -> None:
    assert best(lambda: SEARCH.find(piece * 10_000)) < 0.1 * SLACK


def test_no_more_than_most_are_given() -> None:
    assert [len(SEARCH.find("container", most=most)) for most in (1, 7, 50)] == [1, 7, 50]


def test_an_index_of_nothing_finds_nothing() -> None:
    assert Search([]).find("container") == []


def test_it_answers_any_thread() -> None:
    found: list[list[Entry]] = []
    thread = threading.Thread(target=lambda: found.append(SEARCH.find("restore a snapshot")))
    thread.start()
    thread.join()
    assert found == [SEARCH.find("restore a snapshot")]


def best(work: Callable[[], object], times: int = 5) -> float:
    """Seconds that some work takes when it is least disturbed."""
    return min(seconds(work) for _ in range(times))


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def thousand() -> list[Entry]:
    """As many tools as there will be: those that exist, several times under names of their own."""
    return [renamed(ENTRIES[number % len(ENTRIES)], number) for number in range(1_000)]


def renamed(entry: Entry, number: int) -> Entry:
    definition: dict[str, Any] = entry.definition
    return replace(
        entry,
        definition={
            **definition,
            "name": f"{entry.name}_{number}",
            "description": re.sub("e", str(number % 7), entry.definition["description"]),
        },
    )


def test_a_thousand_tools_are_indexed_and_searched_in_moments() -> None:
    entries = thousand()
    assert len({entry.name for entry in entries}) == 1_000
    assert best(lambda: Search(entries)) < 0.1 * SLACK
    search = Search(entries)
    asks = load()[::2]
    assert min(median(seconds(lambda ask=ask: search.find(ask.q)) for ask in asks) for _ in range(2)) < 0.005 * SLACK


def test_keywords_are_no_longer_than_a_hint() -> None:
    counts = {entry.name: len(entry.definition["_meta"][META].get("keywords", "").split()) for entry in ENTRIES}
    assert {name: count for name, count in counts.items() if not 3 <= count <= 14} == {}
