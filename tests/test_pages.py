"""Lists in every form that Hoody's services use: one shape, and from each page a way to the next until the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_types import TextContent
from pydantic import MISSING, Field

from hoody_mcp.answers import Answer
from hoody_mcp.arguments import Call, parse
from hoody_mcp.clean import Redactor
from hoody_mcp.operation import Operation, Query, Risk
from hoody_mcp.result import View, render

from .calls import CATALOG, ENTRIES, example
from .conftest import Connect
from .upstream import CONTAINER

Number = Annotated[int, Field(ge=0, description="A number.")]
Positive = Annotated[int, Field(ge=1, description="A number.")]
Text = Annotated[str, Field(description="A text.")]
LIMIT = 24_000  # characters of a result


class ThingsByPage(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by page and limit."""

    page: Query[Positive | MISSING] = MISSING
    limit: Query[Positive | MISSING] = MISSING


class ThingsByOffset(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by offset and limit."""

    offset: Query[Number | MISSING] = MISSING
    limit: Query[Positive | MISSING] = MISSING


class ThingsByPageOnly(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by page alone."""

    page: Query[Positive | MISSING] = MISSING


class ThingsByOffsetOnly(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by offset alone."""

    offset: Query[Number | MISSING] = MISSING


class ThingsByCursor(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by cursor."""

    cursor: Query[Text | MISSING] = MISSING


class Things(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List all at once."""


class ThingsBare(Operation, route="GET /things", risk=Risk.READ, items="."):
    """List all at once, the answer itself being the list."""


class ThingsDeep(Operation, route="GET /things", risk=Risk.READ, items="found.things", columns=("id", "size")):
    """List what stands deeper in the answer, some fields only."""


Service = Callable[[list[Any], dict[str, Any]], Any]


def paging(by: str, facts: Callable[[int, int, int], dict[str, Any]]) -> Service:
    """Answer like a service that pages by page or offset, ten things by default; `facts` says what stands beside them."""

    def answer(things: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        limit, at = min(arguments.get("limit", 10), 50), arguments.get(by, 1 if by == "page" else 0)
        start = (at - 1) * limit if by == "page" else at
        return {"things": things[start : start + limit], **facts(at, limit, len(things))}

    return answer


def by_cursor(end: Any) -> Service:
    def answer(things: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        start = int(arguments.get("cursor") or 0)
        more = start + 10 < len(things)
        return {"things": things[start : start + 10], **({"next_cursor": str(start + 10)} if more else end)}

    return answer


def pages(total: int, limit: int) -> int:
    return -(-total // limit)


SERVICES: dict[str, tuple[type[Operation], Service]] = {
    "pagination": (
        ThingsByPage,
        paging("page", lambda page, limit, n: {"pagination": {"total": n, "page": page, "limit": limit, "totalPages": pages(n, limit)}}),
    ),
    "pages-without-total": (
        ThingsByPage,
        paging("page", lambda page, limit, n: {"page": page, "limit": limit, "totalPages": pages(n, limit)}),
    ),
    "meta": (ThingsByPage, paging("page", lambda page, limit, n: {"meta": {"total": n, "page": page, "limit": limit}})),
    "total-page-limit": (ThingsByPage, paging("page", lambda page, limit, n: {"total": n, "page": page, "limit": limit})),
    "total-page": (ThingsByPage, paging("page", lambda page, _, n: {"total": n, "page": page})),
    "total": (ThingsByPage, paging("page", lambda _, __, n: {"total": n})),
    "page-only": (ThingsByPageOnly, paging("page", lambda page, limit, n: {"meta": {"total": n, "page": page, "limit": limit}})),
    "has-more": (
        ThingsByOffset,
        paging("offset", lambda offset, limit, n: {"offset": offset, "limit": limit, "has_more": offset + limit < n}),
    ),
    "has-more-alone": (ThingsByOffset, paging("offset", lambda offset, limit, n: {"has_more": offset + limit < n})),
    "offset-total": (ThingsByOffset, paging("offset", lambda offset, limit, n: {"total": n, "offset": offset, "limit": limit})),
    "offset-count": (ThingsByOffset, paging("offset", lambda offset, _, n: {"total_count": n, "offset": offset})),
    "offset-only": (ThingsByOffsetOnly, paging("offset", lambda offset, limit, n: {"has_more": offset + limit < n})),
    "cursor-absent-at-end": (ThingsByCursor, by_cursor({})),
    "cursor-null-at-end": (ThingsByCursor, by_cursor({"next_cursor": None, "has_more": False})),
    "cursor-empty-at-end": (ThingsByCursor, by_cursor({"next_cursor": ""})),
    "all": (Things, lambda things, _: {"things": things, "count": len(things)}),
    "all-counted": (Things, lambda things, _: {"things": things, "thing_count": len(things)}),
    "all-uncounted": (Things, lambda things, _: {"things": things}),
    "bare": (ThingsBare, lambda things, _: things),
    "deep": (ThingsDeep, lambda things, _: {"found": {"things": things}}),
}
PAGED = [name for name, (kind, _) in SERVICES.items() if {"page", "offset"} & kind.model_fields.keys() and "limit" in kind.model_fields]


def show(operation: Operation, payload: Any, **beside: Any) -> dict[str, Any]:
    answer = Answer(200, "api.hoody.icu", json.dumps({"statusCode": 200, "message": "ok", "data": payload, **beside}).encode())
    result = render(Call(operation), answer, View(Redactor(())))
    block = result.content[0]
    assert isinstance(block, TextContent)
    assert not result.is_error
    assert len(block.text) <= LIMIT
    assert json.loads(block.text) == result.structured_content
    return result.structured_content or {}


def followed(name: str, things: list[Any], **arguments: Any) -> list[dict[str, Any]]:
    """Follow `page.next` from the first page to the last."""
    kind, service = SERVICES[name]
    seen: list[dict[str, Any]] = []
    while len(seen) <= len(things):
        seen.append(show(kind(**arguments), service(things, arguments)))
        following = seen[-1].get("page", {}).get("next")
        if not following:
            return seen
        arguments |= following
    raise AssertionError("the pages do not come to an end")


def ids(shown: list[dict[str, Any]]) -> list[Any]:
    return [item["id"] if isinstance(item, dict) else item for page in shown for item in page["items"]]


def things(sizes: list[int]) -> list[dict[str, Any]]:
    return [{"id": number, "size": "x" * size} for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    "beside", [{"total": 30, "limit": 10, "offset": 0}, {"metadata": {"total": 30, "page": 1, "limit": 10, "pages": 3}}]
)
def test_counts_beside_the_envelopes_data_belong_to_the_list(beside: dict[str, Any]) -> None:
    shown = show(ThingsBare(), list(range(10)), **beside, more="no fact about pages")
    assert (shown["page"]["total"], "end" in shown["page"], "result" in shown) == (30, False, False)


@pytest.mark.parametrize("count", [0, 1, 10, 150, 155])
@pytest.mark.parametrize("name", SERVICES)
def test_the_pages_together_are_the_whole_list_each_thing_once(name: str, count: int) -> None:
    shown = followed(name, things([1] * count))
    assert ids(shown) == list(range(count))
    for page in shown[:-1]:
        assert page["page"]["shown"] == len(page["items"])
        assert "end" not in page["page"]
    assert shown[-1].get("page", {"end": True})["end"] is True
    assert len(shown) <= max(1, pages(count, 10))


@pytest.mark.parametrize("size", [1_000, 4_000, 30_000])
@pytest.mark.parametrize("name", PAGED)
@pytest.mark.parametrize("limit", [10, 50])
def test_what_does_not_fit_comes_with_the_next_page(name: str, size: int, limit: int) -> None:
    shown = followed(name, things([size] * 150), limit=limit)
    assert ids(shown) == list(range(150))
    assert all("fit" in " ".join(page["notes"]) for page in shown[:-1] if size > 4_000)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.sampled_from([1, 10, 900, 4_000, 12_000, 30_000]), max_size=60), name=st.sampled_from(PAGED), limit=st.integers(1, 50)
)
def test_things_of_any_size_come_each_once(sizes: list[int], name: str, limit: int) -> None:
    assert ids(followed(name, things(sizes), limit=limit)) == list(range(len(sizes)))


@pytest.mark.parametrize("name", ["all", "all-counted", "all-uncounted", "bare", "deep"])
def test_a_list_without_pages_says_how_much_is_left_out(name: str) -> None:
    kind, service = SERVICES[name]
    shown = show(kind(), service(things([4_000] * 150), {}))
    assert ids([shown]) == [0, 1, 2, 3, 4]
    assert "end" not in shown["page"]
    assert "5 of the 150 items fit" in " ".join(shown["notes"])
    assert "narrow the call down" in " ".join(shown["notes"])


def test_what_is_cut_with_a_cursor_does_not_skip_to_the_next_page() -> None:
    shown = show(ThingsByCursor(), {"things": things([4_000] * 10), "next_cursor": "10"})
    assert ids([shown]) == [0, 1, 2, 3, 4]
    assert "next" not in shown["page"]
    assert "end" not in shown["page"]


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        (ThingsByOffset(offset=40), {"things": [], "has_more": True, "offset": 40, "limit": 10}),
        (ThingsByOffset(offset=40, limit=10), {"things": [], "has_more": True}),
        (ThingsByPage(page=3), {"things": [], "page": 3, "totalPages": 9}),
        (ThingsByPage(page=3, limit=10), {"things": [], "pagination": {"total": 150, "page": 3, "limit": 10}}),
    ],
)
def test_an_empty_page_does_not_lead_to_itself(operation: Operation, payload: Any) -> None:
    following = show(operation, payload).get("page", {}).get("next")
    assert not following or {**operation.model_dump(exclude_unset=True), **following} != operation.model_dump(exclude_unset=True)


EMPTY: list[tuple[Operation, Any]] = [
    *((Things(), payload) for payload in cast("list[Any]", [None, {"things": None}, {"things": []}, {"things": None, "count": 0}])),
    *((ThingsBare(), payload) for payload in cast("list[Any]", [None, []])),
    *((ThingsDeep(), payload) for payload in cast("list[Any]", [{"found": {"things": None}}, {"found": {"things": []}}])),
]


@pytest.mark.parametrize(("operation", "payload"), EMPTY)
def test_an_empty_list_is_an_empty_list(operation: Operation, payload: Any) -> None:
    assert show(operation, payload)["items"] == []


@pytest.mark.parametrize("payload", [{"other": 1}, "text", 7, {"things": {"a": 1}}, {"things": "text"}, [1]], ids=repr)
def test_what_is_no_list_is_shown_as_it_is(payload: Any) -> None:
    shown = show(ThingsByPage(), payload)
    assert shown.get("result") == payload
    assert not shown.get("items")


def test_what_stands_beside_a_list_is_kept() -> None:
    shown = show(Things(), {"things": [1], "count": 1, "container_id": "a", "default": {"x": 1}})
    assert (shown["items"], shown["result"]) == ([1], {"container_id": "a", "default": {"x": 1}})


def test_a_list_shows_its_columns_only() -> None:
    shown = show(ThingsDeep(), {"found": {"things": [{"id": 1, "size": None, "more": "x"}, {"more": "y"}, "bare"]}})
    assert shown["items"] == [{"id": 1, "size": None}, {}, "bare"]


async def test_both_directions_of_a_firewall_are_shown(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("firewall_list", {"container_id": CONTAINER})
    rules = cast("dict[str, Any]", result.structured_content)["result"]
    assert (len(rules["ingress"]), len(rules["egress"]), rules["rule_count"]) == (1, 1, 2)


@pytest.mark.parametrize(
    "tool", [entry.name for entry in ENTRIES if entry.operation.about.items and entry.operation.about.answer == "json"]
)
@pytest.mark.parametrize("size", [10, 4_000])
def test_a_tool_takes_the_arguments_that_its_pages_name(tool: str, size: int) -> None:
    entry = CATALOG[tool]
    column = next(iter(entry.operation.about.columns), "name")
    facts = {"pagination": {"total": 150, "page": 1, "limit": 50, "totalPages": 3}, "has_more": True}
    call = parse(entry, example(entry))
    where, found = entry.operation.about.items, [{column: "x" * size}] * 50
    shown = show(call.operation, found, **facts) if where == "." else show(call.operation, {where: found, **facts})
    following = shown["page"].get("next")
    assert bool(following) == bool({"page", "offset"} & entry.operation.model_fields.keys())
    assert parse(entry, {**example(entry), **(following or {})}).operation.about.name == tool
