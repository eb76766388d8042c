"""select: only the asked-for fields of results, what is not there is told, and what is masked stays masked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client

from hoody_mcp.catalog import Entry
from hoody_mcp.jsons import as_array, as_object
from hoody_mcp.operation import Risk
from hoody_mcp.selection import pick

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import Connect
from .upstream import CONTAINER, Reply, Sent, Upstream

RECORD = {
    "id": CONTAINER,
    "name": "box",
    "status": "running",
    "specs": {"cpu": 2, "ram": {"gb": 4, "used": 1}},
    "rules": [{"port": 1}, {"port": 2, "x": 0}],
}
OWN: dict[bool, Callable[[Sent], bool]] = {False: lambda _: True, True: lambda sent: "/api/v1/containers/" not in sent.path}
READING = [entry.name for entry in ENTRIES if entry.risk is Risk.READ and "select" not in entry.operation.model_fields]


async def shown(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content or {}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["name"], {"name": "box"}),
        (["name", "status"], {"name": "box", "status": "running"}),
        (["specs.cpu"], {"specs": {"cpu": 2}}),
        (["specs.ram.gb", "specs.cpu"], {"specs": {"cpu": 2, "ram": {"gb": 4}}}),
        (["specs.ram.gb", "specs"], {"specs": {"cpu": 2, "ram": {"gb": 4, "used": 1}}}),
        (["rules.port"], {"rules": [{"port": 1}, {"port": 2}]}),
        (["rules.x"], {"rules": [{}, {"x": 0}]}),
        (["rules"], {"rules": [{"port": 1}, {"port": 2, "x": 0}]}),
        ('["name"]', {"name": "box"}),
        ([" name ", ""], {"name": "box"}),
    ],
    ids=str,
)
async def test_the_fields_that_are_asked_for_are_shown_and_no_others(
    connect: Connect, upstream: Upstream, paths: Any, expected: Any
) -> None:
    upstream.script(Reply.data(RECORD), Reply.data({"containers": [RECORD, RECORD], "pagination": {"total": 2, "page": 1, "limit": 10}}))
    async with connect() as client:
        single = await shown(client, "containers_get", container_id=CONTAINER, select=paths)
        listed = await shown(client, "containers_list", select=paths)
    assert single["result"] == expected
    assert listed["items"] == [expected, expected]
    assert listed["page"]["total"] == 2
    assert "notes" not in single | listed


@pytest.mark.parametrize(
    ("paths", "missing", "known"),
    [
        (["nam"], "nam", ["id", "name", "status", "specs", "rules"]),
        (["name", "state", "owner"], "state, owner", ["id", "name"]),
        (["specs.gpu"], "specs.gpu", ["cpu", "ram"]),
        (["specs.ram.free"], "specs.ram.free", ["gb", "used"]),
        (["rules.protocol"], "rules.protocol", ["port", "x"]),
        (["."], ".", ["id"]),
    ],
    ids=str,
)
async def test_a_field_that_is_not_there_is_told_with_those_that_are(
    connect: Connect, upstream: Upstream, paths: list[str], missing: str, known: list[str]
) -> None:
    upstream.script(Reply.data(RECORD), Reply.data({"containers": [RECORD]}))
    async with connect() as client:
        results = [
            await shown(client, "containers_get", container_id=CONTAINER, select=paths),
            await shown(client, "containers_list", select=paths),
        ]
    for result in results:
        (note,) = result["notes"]
        assert f"there is no {missing} here" in note
        assert all(name in note for name in known)


def fitting(entry: Entry, payload: dict[str, Any]) -> Any:
    """Make an answer of a tool that holds this, as the one item if it is a list."""
    items = entry.operation.about.items
    answer: Any = [payload] if items else payload
    for name in reversed(items.strip(".").split(".") if items.strip(".") else []):
        answer = {name: answer}
    return answer


async def test_every_reading_tool_takes_select(connect: Connect, upstream: Upstream) -> None:
    answers = {tool: fitting(CATALOG[tool], {"id": "1", "wanted": "yes", "unwanted": "no"}) for tool in READING}
    async with connect() as client:
        for tool, answer in answers.items():
            entry = CATALOG[tool]
            upstream.scripted.clear()
            upstream.script(Reply.of(answer), when=OWN[entry.meta.get("kit", False)])
            result = await shown(client, tool, **example(entry), select=["wanted"])
            found = result["items"][0] if "items" in result else result["result"]
            if entry.operation.about.answer in {"content", "printed"}:  # a body is no object of the service's own
                assert "there is no wanted here" in result["notes"][0]
            else:
                assert found == {"wanted": "yes"}, tool


@pytest.mark.parametrize("select", [["environment_vars", "password"], ["environment_vars.KEY"], ["secret.deep"]], ids=str)
async def test_what_is_masked_stays_masked(connect: Connect, upstream: Upstream, select: list[str]) -> None:
    record = {"id": CONTAINER, "environment_vars": {"KEY": "S3CRET"}, "password": "S3CRET", "secret": {"deep": "S3CRET"}}
    upstream.script(Reply.data(record), Reply.data({"containers": [record]}))
    async with connect() as client:
        for result in (
            await shown(client, "containers_get", container_id=CONTAINER, select=select),
            await shown(client, "containers_list", select=select),
        ):
            assert "[masked]" in json.dumps(result)
            assert "S3CRET" not in json.dumps(result)


async def test_the_next_page_shows_the_same_fields(connect: Connect, upstream: Upstream) -> None:
    facts: list[dict[str, Any]] = [{"total": 4, "page": page, "limit": 2, "totalPages": 2} for page in (1, 2)]
    upstream.script(*(Reply.data({"containers": [RECORD] * 2, "pagination": each}) for each in facts))
    async with connect() as client:
        first = await shown(client, "containers_list", limit=2, select=["name"])
        assert first["page"]["next"] == {"limit": 2, "page": 2, "select": ["name"]}
        second = await shown(client, "containers_list", **first["page"]["next"])
    assert second["items"] == [{"name": "box"}] * 2
    assert second["page"]["end"] is True
    assert sorted(upstream.sent[-1].query) == [("limit", "2"), ("page", "2")]


async def test_selecting_makes_room_for_more_items(connect: Connect, upstream: Upstream) -> None:
    many = [{**RECORD, "id": f"{number:024x}", "runtime_info": "x" * 2_000} for number in range(100)]
    page = Reply.data({"containers": many, "pagination": {"total": 100, "page": 1, "limit": 100, "totalPages": 1}})
    upstream.script(page, page)
    async with connect() as client:
        assert len((await shown(client, "containers_list", limit=100))["items"]) < 50
        whole = await shown(client, "containers_list", limit=100, select=["id", "name"])
    assert [item["id"] for item in whole["items"]] == [item["id"] for item in many]


@pytest.mark.parametrize("select", [[["name"]], "name", {"a": 1}, [None], 5], ids=str)
async def test_a_select_that_is_no_list_of_names_is_refused(connect: Connect, upstream: Upstream, select: Any) -> None:
    async with connect() as client:
        result = await client.call_tool("containers_list", {"select": select})
    assert result.is_error
    assert "select must be a list" in text_of(result)
    assert upstream.sent == []


async def test_what_changes_something_takes_no_select(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        result = await client.call_tool("projects_create", {"alias": "x", "select": ["id"]})
    assert "select is no argument of this tool" in text_of(result)
    assert upstream.sent == []


JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["a", "b", "c", ""]), inner, max_size=4)),
    max_leaves=20,
)
PATHS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=4).map(".".join), max_size=4)


@given(value=JSONS, paths=PATHS)
def test_nothing_is_shown_that_is_not_there_and_what_is_shown_whole_is_the_same(value: Any, paths: list[str]) -> None:
    found, notes = pick(value, paths)
    assert contains(value, found)
    assert len(notes) <= 1


def contains(whole: Any, part: Any) -> bool:
    """Tell whether a value holds nothing but what stands at the same places of another one."""
    members, items = as_object(part), as_array(part)
    if members is not None:
        there = as_object(whole) or {}
        return all(name in there and contains(there[name], member) for name, member in members.items())
    if items is not None:
        beside = as_array(whole) or []
        return len(beside) == len(items) and all(contains(*each) for each in zip(beside, items, strict=True))
    return whole == part
