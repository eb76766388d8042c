"""Whatever an answer holds, the result is valid, not too large, and says what was left out."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp_types import CallToolResult, TextContent
from pydantic import MISSING, Field

from hoody_mcp.answers import Answer
from hoody_mcp.arguments import Call
from hoody_mcp.clean import Redactor
from hoody_mcp.fit import as_text, fits, how_many, shortened
from hoody_mcp.operation import Operation, Query, Risk
from hoody_mcp.result import View, render
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, example
from .conftest import CANARY, Connect
from .upstream import Reply, Sent, Upstream

LIMIT = 24_000  # characters of a result
KEPT = "The whole is kept for ten minutes: hoody_result with the id under kept reads it in pieces."
TOOLS = ["containers_get", "containers_list", "files_get", "files_glob", "terminal_result"]


def checked(result: CallToolResult) -> str:
    """Give the text of a valid result: an error in words, or JSON that equals the structured content."""
    (block, *pictures) = result.content
    assert isinstance(block, TextContent)
    assert len(block.text) <= LIMIT
    block.text.encode()
    if result.is_error:
        assert (result.structured_content, pictures) == (None, [])
        assert "fault of its own (reference" not in block.text
    else:
        assert json.loads(block.text) == result.structured_content
    return block.text


async def call(client: Client, upstream: Upstream, tool: str, reply: Reply) -> str:
    """Call a tool that gets this answer."""
    kit = CATALOG[tool].meta.get("kit")
    upstream.script(reply, when=lambda sent: not kit or "/containers/" not in sent.path)
    return checked(await client.call_tool(tool, example(CATALOG[tool])))


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


def tree(width: int, depth: int) -> Any:
    return {f"k{n}": tree(width, depth - 1) for n in range(width)} if depth else "leaf"


def in_lists(value: Any) -> dict[str, Any]:
    return dict.fromkeys(("containers", "stats", "paths", "entries", "ingress"), value)


LARGE: dict[str, bytes] = {
    "text": b"x" * 5_000_000,
    "lines": b"line of a log\r\n" * 100_000,
    "json-text": json.dumps({"stdout": "y\n" * 500_000, "exit_code": 0}).encode(),
    "quotes": json.dumps('"\\' * 400_000).encode(),
    "controls": json.dumps("a\x01" * 100_000).encode(),
    "one-item": json.dumps(in_lists([{"id": "1", "name": "z" * 300_000}])).encode(),
    "many-items": json.dumps(in_lists([{"id": str(n)} for n in range(5_000)])).encode(),
    "bare-list": json.dumps(list(range(20_000))).encode(),
    "wide": json.dumps({f"key-{n}": n for n in range(10_000)}).encode(),
    "long-keys": json.dumps({f"{n}" + "k" * 50_000: n for n in range(10)}).encode(),
    "tree": json.dumps(tree(8, 4)).encode(),
    "lists-and-tree": json.dumps({"beside": tree(3, 8), **in_lists([{"id": "1"}] * 300)}).encode(),
    "long-number": b'{"n": ' + b"9" * 100_000 + b"}",
    "long-numbers": b"[" + b",".join([b"9" * 4_000] * 50) + b"]",
    "emoji": json.dumps("😀" * 200_000, ensure_ascii=False).encode(),
    "halves": json.dumps("\ud83d" * 200_000).encode(),
    "nested-50": nested(50),
    "nested-300": nested(300),
    "nested-600": nested(600),
    "nested-900": nested(900, '{"a":', "}"),
    "nested-100000": nested(100_000),
}


@pytest.mark.parametrize("name", LARGE)
async def test_no_answer_is_too_large_to_be_shown(connect: Connect, upstream: Upstream, name: str) -> None:
    async with connect() as client:
        for tool in TOOLS:
            text = await call(client, upstream, tool, Reply(200, LARGE[name]))
            assert not text.startswith("The server")
            assert len(LARGE[name]) < LIMIT or "…" in text or "notes" in text or "is not shown" in text


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_is_cut_keeps_both_ends_and_says_how_much_is_missing(connect: Connect, upstream: Upstream, tool: str) -> None:
    content = {"stdout": "the first line\n" + "x" * 1_000_000 + "\nthe last line"}
    async with connect() as client:
        text = await call(client, upstream, tool, Reply.of(content))
    assert "the first line" in text
    assert "the last line" in text
    assert "characters left out" in text
    assert "Cut to fit" in json.loads(text)["notes"][-2]
    assert json.loads(text)["notes"][-1] == KEPT


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_is_cut_can_be_read_to_its_end_in_pieces(connect: Connect, upstream: Upstream, tool: str) -> None:
    content = {"stdout": "the first line\n" + '😀"x\t' * 30_000 + "\nthe last line"}
    async with connect() as client:
        kept = json.loads(await call(client, upstream, tool, Reply.of(content)))["kept"]
        pieces, following = list[dict[str, Any]](), {"id": kept["id"]}
        while following:
            pieces.append(json.loads(checked(await client.call_tool(kept["read_with"], following))))
            following = pieces[-1].get("next")
    whole = "".join(piece["result"] for piece in pieces)
    assert (len(whole), json.loads(whole)) == (kept["characters"], content)
    assert [piece.get("end") for piece in pieces] == [None] * (len(pieces) - 1) + [True]


@pytest.mark.parametrize("tool", TOOLS)
async def test_half_a_character_in_what_is_kept_breaks_no_piece(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect() as client:
        kept = json.loads(await call(client, upstream, tool, Reply(200, LARGE["halves"])))["kept"]
        piece = json.loads(checked(await client.call_tool("hoody_result", {"id": kept["id"], "length": 100})))
    assert "\ufffd" * 90 in piece["result"] or "\\ud83d" * 10 in piece["result"]  # a file's own text stays escaped


async def test_what_is_cut_names_the_arguments_that_ask_for_less(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        text = await call(client, upstream, "files_get", Reply(200, b"x" * 1_000_000, {}))
    assert json.loads(text)["notes"] == ["Cut to fit: '…' marks what is left out. Ask for less with lines.", KEPT]
    assert json.loads(text)["result"]["bytes"] == 1_000_000


class Cursor(Operation, route="GET /things", risk=Risk.READ, items="things"):
    """List by cursor."""

    cursor: Query[Annotated[str, Field(description="Where to go on.")] | MISSING] = MISSING


@pytest.mark.parametrize("facts", [{"next_cursor": "c" * 30_000}, {"next_cursor": "c" * 11_000}, {"total": 10**4000, "page": 10**4000}])
def test_what_stands_beside_a_list_does_not_make_it_too_large(facts: dict[str, Any]) -> None:
    body = json.dumps({"things": [{"id": n, "text": "x" * 100} for n in range(50)], **facts}).encode()
    checked(render(Call(Cursor()), Answer(200, "api.hoody.icu", body), View(Redactor(()))))


JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.sampled_from(["data", "message", "statusCode", "containers", "paths", "page", "meta", "pagination"]), inner),
        st.dictionaries(st.sampled_from(["total", "limit", "has_more", "next_cursor", "exit_code", "success", "error", "status"]), inner),
        st.dictionaries(st.text(max_size=8), inner, max_size=4),
    ),
    max_leaves=25,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSONS.map(lambda value: json.dumps(value).encode()),
    JSONS.map(
        lambda value: json.dumps({"statusCode": 200, "message": "ok", "data": value}, ensure_ascii=False).encode(errors="surrogatepass")
    ),
    st.tuples(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xfe", b"<html>"]), st.binary()).map(b"".join),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(
            ["application/json", "text/html", "text/plain; charset=x", "image/png", "", ";", "application/json;"]
        ),
        "retry-after": st.sampled_from(["1", "-1", "soon", "Wed, 25 Nov 2026 07:28:00 GMT", "\x7f", "9" * 500]),
        "location": st.sampled_from(["/", "https://evil.test", "::"]),
        "content-encoding": st.sampled_from(["gzip", "identity", "unknown"]),
    },
)


async def one_call(tool: str, reply: Reply) -> None:
    upstream = Upstream()
    async with Client(create_server(Settings.load(token=CANARY), upstream.transport)) as client:
        await call(client, upstream, tool, reply)


@settings(deadline=None, max_examples=150)
@given(tool=st.sampled_from(TOOLS), body=BODIES, status=st.one_of(st.just(200), st.integers(200, 599)), headers=HEADERS)
def test_any_answer_gives_a_valid_result(tool: str, body: bytes, status: int, headers: dict[str, str]) -> None:
    asyncio.run(one_call(tool, Reply(status, body, headers)))


@settings(deadline=None, max_examples=50)
@given(value=JSONS, times=st.integers(1, 3_000), room=st.integers(1_000, 20_000))
def test_a_value_is_shortened_until_it_fits(value: Any, times: int, room: int) -> None:
    whole = [value, {"text": "x" * times}] * (times // 100 + 1)
    assert len(as_text(shortened(whole, room))) <= room
    assert len(as_text(whole)) > room or shortened(whole, room) is whole


def test_as_many_items_fit_as_the_room_allows() -> None:
    items = ["abc", {"a": 1}, [1, 2]]
    assert [how_many(items, room) for room in (0, 5, 6, 13, 14, 20, 100)] == [0, 0, 1, 1, 2, 3, 3]
    assert how_many([], 0) == 0
    assert fits("x" * (LIMIT - 2))
    assert not fits("x" * (LIMIT - 1))


NUMBERS = [
    *("9007199254740993", "-9223372036854775808", "18446744073709551616", "9" * 50, "9" * 5_000, "0", "-1"),
    *("0.1", "1e400", "-1e400", "1e-400", "0.30000000000000004", "3.141592653589793238", "1.5e3", "123456789012345.6", "1e16"),
]


def digits_of(text: str) -> Decimal:
    """Read the number of `{"result": {"n": …}}`, whether it came as a number or as the text of its digits."""
    found = json.loads(text, parse_int=str, parse_float=str)["result"]["n"]
    return Decimal(found)


@pytest.mark.parametrize("number", NUMBERS, ids=[number[:20] for number in NUMBERS])
@pytest.mark.parametrize("tool", ["containers_get", "terminal_result"])
async def test_numbers_keep_their_digits(connect: Connect, upstream: Upstream, tool: str, number: str) -> None:
    async with connect() as client:
        text = await call(client, upstream, tool, Reply(200, f'{{"n": {number}}}'.encode()))
    assert digits_of(text) == Decimal(number)


@settings(deadline=None, max_examples=200)
@given(whole=st.integers(), fraction=st.from_regex(r"(\.[0-9]{1,20})?", fullmatch=True), exponent=st.integers(-400, 400))
def test_any_number_keeps_its_digits(whole: int, fraction: str, exponent: int) -> None:
    number = f"{whole}{fraction}e{exponent}"
    answer = Answer(200, "api.hoody.icu", f'{{"n": {number}}}'.encode())
    assert digits_of(checked(render(Call(Cursor()), answer, View(Redactor(()))))) == Decimal(number)


async def test_numbers_that_are_none_are_told_as_words(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        text = await call(client, upstream, "containers_get", Reply(200, b"[NaN, Infinity, -Infinity]"))
    assert json.loads(text)["result"] == ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (rb'"half \ud83d"', "half \ufffd"),
        (rb'"\ude00 other half"', "\ufffd other half"),
        (rb'"pair \ud83d\ude00"', "pair 😀"),
        (b'"bad \xff byte"', "bad \ufffd byte"),
        (b'"raw\ttab\nline"', "raw\ttab\nline"),
        (rb'"nul \u0000 and \u202e"', "nul \x00 and \u202e"),
        (b'"raw nul \x00"', "raw nul \x00"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("tool", ["containers_get", "firewall_list"])
async def test_odd_characters_are_shown_and_harm_nothing(connect: Connect, upstream: Upstream, tool: str, raw: bytes, shown: str) -> None:
    async with connect() as client:
        text = await call(client, upstream, tool, Reply(200, b'{"a": ' + raw + b', "b": [{' + raw + b": 1}]}"))
        assert json.loads(text)["result"] == {"a": shown, "b": [{shown: 1}]}
        assert "\n" not in text
        error = await call(client, upstream, tool, Reply(400, b'{"error": ' + raw + b"}"))
        assert "answered 400" in error
        assert (await client.list_tools()).tools


class Paged(Upstream):
    """Hoody with 500 containers of 4 KB each."""

    def respond(self, sent: Sent) -> Reply:
        made = [{"id": f"{n:024x}", "name": f"box-{n}", "runtime_info": "x" * 2_000, "comment": "y" * 2_000} for n in range(500)]
        page, limit = (int(dict(sent.query).get(name, default)) for name, default in (("page", "1"), ("limit", "50")))
        facts = {"total": 500, "page": page, "limit": limit, "totalPages": -(-500 // limit)}
        return Reply.data({"containers": made[(page - 1) * limit : page * limit], "pagination": facts})


@pytest.mark.parametrize("limit", [5, 50, 100])
async def test_a_model_that_follows_the_pages_sees_every_container(limit: int) -> None:
    arguments: dict[str, Any] = {"limit": limit}
    shown: list[dict[str, Any]] = []
    async with Client(create_server(Settings.load(token=CANARY), Paged().transport)) as client:
        while arguments:
            shown.append(json.loads(checked(await client.call_tool("containers_list", arguments))))
            arguments = shown[-1]["page"].get("next")
    assert [item["id"] for page in shown for item in page["items"]] == [f"{n:024x}" for n in range(500)]
    assert {page["page"]["total"] for page in shown} == {500}
    assert [page["page"].get("end") for page in shown] == [None] * (len(shown) - 1) + [True]
