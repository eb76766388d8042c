"""Results that were too large to be shown: kept for their owner, for some minutes, and read on piece by piece."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.shared.exceptions import MCPError

from hoody_mcp.fit import MAX_CHARACTERS, as_text
from hoody_mcp.kept import LIFETIME, MAX_ALL, MAX_ONE, Kept, Text, only_the_last
from hoody_mcp.pieces import LONGEST, piece
from hoody_mcp.result import ORIGIN

from .calls import text_of
from .conftest import CANARY, Connect
from .fast_loop import at_once
from .upstream import CONTAINER, Reply, Sent, Upstream

FILE = {"container_id": CONTAINER, "path": "/log"}
MODES = ["auto", "legacy"]
TEXTS = {
    "plain": "line of a log\n" * 5_000,
    "quotes": '"\\' * 30_000,
    "controls": "a\x01\x1b[0m\x7f" * 15_000,
    "emoji": "😀👩‍👩‍👧 é" * 10_000,
    "directions": "\u202e\u2066\u200b" * 20_000,
    "mixed": '\x02😀"\n' * 15_000,
}


def own(sent: Sent) -> bool:
    return "/api/v1/files/" in sent.path


async def shown(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert len(text_of(result)) <= MAX_CHARACTERS
    assert json.loads(text_of(result)) == result.structured_content
    return result.structured_content or {}


async def kept_file(client: Client, upstream: Upstream, text: str) -> dict[str, Any]:
    """Read a large file, and give what its result says of where the whole is."""
    upstream.script(Reply(200, text.encode(), {"content-type": "text/plain"}), when=own)
    return (await shown(client, "files_get", **FILE))["kept"]


async def pieces(client: Client, id_: str, **more: Any) -> list[dict[str, Any]]:
    found = [await shown(client, "hoody_result", id=id_, **more)]
    while "next" in found[-1]:
        found.append(await shown(client, "hoody_result", **{**more, **found[-1]["next"]}))
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TEXTS)
async def test_the_pieces_of_any_text_fit_and_join_to_the_original(connect: Connect, upstream: Upstream, name: str, mode: str) -> None:
    text = TEXTS[name]
    async with connect(mode=mode) as client:
        kept = await kept_file(client, upstream, text)
        found = await pieces(client, kept["id"])
    assert kept == {"id": kept["id"], "characters": len(text), "read_with": "hoody_result"}
    assert "".join(each["result"] for each in found) == text
    assert {each["characters"] for each in found} == {len(text)}
    assert {each["origin"] for each in found} == {ORIGIN}
    assert [each.get("end", False) for each in found] == [False] * (len(found) - 1) + [True]
    assert all(each["result"] for each in found)


@settings(deadline=None, max_examples=60)
@given(part=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), times=st.integers(1, 4_000), length=st.integers(1, LONGEST))
def test_a_piece_of_anything_fits_and_leads_on(part: str, times: int, length: int) -> None:
    text = Text(part * times, "me", foreign=True, ends=0.0, whole=len(part) * times)
    offset, joined = 0, ""
    for _ in range(3):
        found = piece("i" * 12, text, offset, length)
        assert len(as_text(found)) <= MAX_CHARACTERS
        assert 0 < len(found["result"]) <= length
        joined += found["result"]
        if "next" not in found:
            break
        assert found["next"]["offset"] == len(joined)
        offset = found["next"]["offset"]
    assert text.text.startswith(joined)


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, 10, "0123456789"),
        ("20", "5", "01234"),
        (49_995, 100, "56789"),
        (50_000, 1, ""),
        (10**9, 10, ""),
        (None, None, "0123456789" * 2_000),
    ],
)
async def test_a_piece_begins_and_ends_where_it_is_asked_to(
    connect: Connect, upstream: Upstream, offset: Any, length: Any, expected: str
) -> None:
    async with connect() as client:
        kept = await kept_file(client, upstream, "0123456789" * 5_000)
        found = await shown(client, "hoody_result", id=kept["id"], offset=offset, length=length)
    assert found["result"] == expected
    end = found["offset"] + len(expected)
    assert found.get("next") == ({"id": kept["id"], "offset": end} if end < 50_000 else None)


async def test_a_piece_that_asks_for_a_length_can_be_gone_through(connect: Connect, upstream: Upstream) -> None:
    text = "".join(str(number) for number in range(8_000))
    async with connect() as client:
        kept = await kept_file(client, upstream, text)
        found = await pieces(client, kept["id"], length=7_001)
    assert "".join(each["result"] for each in found) == text
    assert len(found) == -(-len(text) // 7_001)


@pytest.mark.parametrize("id_", ["", "x", "0" * 12, "../kept", "A" * 5_000])
async def test_an_id_of_nothing_is_an_error_that_says_what_to_do(connect: Connect, id_: str) -> None:
    async with connect() as client:
        result = await client.call_tool("hoody_result", {"id": id_})
    assert result.is_error
    assert "call the tool again that gave it" in text_of(result) or "id is missing" in text_of(result)
    assert len(text_of(result)) < 200


async def test_what_the_control_plane_said_is_kept_as_json_without_its_secrets(connect: Connect, upstream: Upstream) -> None:
    data = {"id": CONTAINER, "password": "S3CRET", "many": [{"n": number, "token": "S3CRET"} for number in range(2_000)]}
    upstream.script(Reply.data(data))
    async with connect() as client:
        first = await shown(client, "containers_stats", container_id=CONTAINER)
        found = await pieces(client, first["kept"]["id"])
    whole = json.loads("".join(each["result"] for each in found))
    assert [each["n"] for each in whole["many"]] == list(range(2_000))
    assert "S3CRET" not in json.dumps(whole)
    assert all("origin" not in each for each in found)


@pytest.mark.parametrize("form", [CANARY, base64.b64encode(CANARY.encode()).decode()], ids=["plain", "base64"])
async def test_no_credential_is_kept_nor_put_together_from_pieces(connect: Connect, upstream: Upstream, form: str) -> None:
    async with connect() as client:
        kept = await kept_file(client, upstream, f"{'x' * 19_990}{form}{'y' * 30_000}")
        whole = "".join(each["result"] for each in await pieces(client, kept["id"]))
    assert "[masked]" in whole
    assert not any(form.rstrip("=")[start : start + 12] in whole for start in range(len(form) - 14))


async def test_what_one_credential_got_no_other_can_read(connect: Connect, upstream: Upstream, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hdy_first_0123456789")
    async with connect(token=None, token_file=str(file)) as client:
        kept = await kept_file(client, upstream, TEXTS["plain"])
        file.write_text("hdy_second_0123456789")
        assert (await client.call_tool("hoody_result", {"id": kept["id"]})).is_error
        with pytest.raises(MCPError):
            await client.read_resource(f"hoody://results/{kept['id']}")
        file.write_text("hdy_first_0123456789")
        assert (await shown(client, "hoody_result", id=kept["id"]))["result"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_kept_result_is_a_resource_too(connect: Connect, upstream: Upstream, mode: str) -> None:
    async with connect(mode=mode) as client:
        kept = await kept_file(client, upstream, TEXTS["plain"])
        (content,) = (await client.read_resource(f"hoody://results/{kept['id']}")).contents
    assert getattr(content, "text", "") == f"{ORIGIN}\n\n{TEXTS['plain']}"


async def test_what_fits_is_not_kept(connect: Connect, upstream: Upstream) -> None:
    upstream.script(Reply(200, b"short", {}), when=own)
    async with connect() as client:
        assert "kept" not in await shown(client, "files_get", **FILE)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_what_is_kept_expires() -> None:
    clock = Clock()
    kept = Kept(clock)
    first = kept.keep("first", "me", foreign=False)
    clock.now += LIFETIME - 1
    second = kept.keep("second", "me", foreign=False)
    assert [getattr(kept.find(id_, "me"), "text", None) for id_ in (first, second)] == ["first", "second"]
    clock.now += 1
    assert [getattr(kept.find(id_, "me"), "text", None) for id_ in (first, second)] == [None, "second"]
    clock.now += LIFETIME
    assert kept.find(second, "me") is None


def test_what_is_kept_is_bounded_and_the_oldest_goes_first() -> None:
    kept = Kept()
    size = MAX_ALL // 8
    ids = [kept.keep(f"{number:02}" + "x" * (size - 2), "me", foreign=False) for number in range(20)]
    assert [kept.find(id_, "me") is not None for id_ in ids] == [False] * 12 + [True] * 8


def test_one_text_does_not_take_all_the_room() -> None:
    kept = Kept()
    small = kept.keep("small", "me", foreign=True)
    large = kept.find(kept.keep("x" * (MAX_ONE + 1), "me", foreign=False), "me")
    assert large
    assert (len(large.text), large.whole) == (MAX_ONE, MAX_ONE + 1)
    assert kept.find(small, "me")


def test_an_id_cannot_be_guessed_nor_used_by_anybody_else() -> None:
    kept = Kept()
    ids = {kept.keep(f"text {number}", "me", foreign=False) for number in range(1_000)}
    assert len(ids) == 1_000
    assert {len(id_) for id_ in ids} == {12}
    assert all(kept.find(id_, owner) is None for id_ in ids for owner in ("", "you"))


def test_an_equal_text_is_kept_once_for_each_reader_and_as_long_as_it_is_given_out() -> None:
    clock = Clock()
    kept = Kept(clock)
    first = kept.keep("text", "me", foreign=False)
    clock.now += LIFETIME - 1
    other = kept.keep("other", "me", foreign=False)
    assert kept.keep("text", "me", foreign=False) == first
    assert len({first, other, kept.keep("text", "you", foreign=False), kept.keep("text", "me", foreign=True)}) == 4
    clock.now += LIFETIME - 1
    assert kept.find(first, "me")
    long = kept.keep("x" * (MAX_ONE + 1), "me", foreign=False)
    assert kept.keep("x" * (MAX_ONE + 2), "me", foreign=False) != long


def test_of_looks_again_and_again_the_last_alone_is_kept_beside_what_others_were_given() -> None:
    kept = Kept()
    before = kept.keep("before", "me", foreign=False)
    with only_the_last():
        mine = [kept.keep(text, "me", foreign=False) for text in ("one", "before", "two", "shared")]
        with only_the_last():
            theirs = [kept.keep(text, "me", foreign=False) for text in ("shared", "three", "four")]
        mine += [kept.keep(text, "me", foreign=False) for text in ("five", "six", "six")]
    found = {id_: text.text for id_ in (*mine, *theirs) if (text := kept.find(id_, "me"))}
    assert found == {before: "before", theirs[0]: "shared", theirs[2]: "four", mine[-1]: "six"}
    kept.keep("seven", "me", foreign=False)
    assert kept.find(mine[-1], "me")


@pytest.mark.parametrize("grows", [False, True])
@at_once
async def test_waiting_for_what_prints_much_costs_no_other_result(
    connect: Connect,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    grows: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr("hoody_mcp.kept.MAX_ALL", 250_000)
    outputs = ["x" * (30_000 + grows * look) for look in range(20)]
    states = ["running"] * 19 + ["completed"]
    bodies = [json.dumps({"status": state, "stdout": output}).encode() for state, output in zip(states, outputs, strict=True)]
    async with connect() as client:
        first = await kept_file(client, upstream, TEXTS["plain"])
        upstream.script(*(Reply(200, body) for body in bodies), when=lambda sent: "/terminal/result/" in sent.path)
        waited = await shown(client, "hoody_wait", name="terminal_result", container_id=CONTAINER, command_id="c1")
        assert waited["wait"]["reached"]
        assert outputs[-1] in "".join(each["result"] for each in await pieces(client, waited["kept"]["id"]))
        assert "".join(each["result"] for each in await pieces(client, first["id"])) == TEXTS["plain"]
