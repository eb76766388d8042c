"""Odd data from Hoody: no done change becomes a failure, nothing unwritable gets out, and each result fits with its notes."""

from __future__ import annotations

import json
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from hoody_mcp.fit import MAX_CHARACTERS
from hoody_mcp.prompting import PROMPTS

from .calls import CATALOG, ENTRIES, example, is_own_of, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent
from .world import ME, World

HALF = "\ud800"
HALVES = [HALF, f"box{HALF}", f"{HALF}box\udfff", "\udc00\ud800" * 20]
LONG = "a" * 30_000
ODD_IDS: list[Any] = ["LEGACY-7", None, 7, LONG, "", HALF, ["x"], {"id": CONTAINER}, True, "../../users", "A" * 24]
REFERENCES = [
    *((types.ResourceTemplateReference(uri=f"hoody://{kind}s/{{{kind}_id}}"), f"{kind}_id") for kind in ("project", "container")),
    *((types.PromptReference(name=name), blank) for name, prompt in PROMPTS.items() for blank in prompt.arguments),
]
THINGS = ["hoody://account", "hoody://projects", f"hoody://projects/{PROJECT}", "hoody://containers", f"hoody://containers/{CONTAINER}"]
RUN = ("terminal_execute", {"container_id": CONTAINER, "command": "ls"})
SHOW = ("terminal_result", {"container_id": CONTAINER, "command_id": "1"})  # of the same form, and can be narrowed down
CHANGES = [entry.name for entry in ENTRIES if entry.risk == "write" and {"alias_id", "container_id"} & set(entry.required)][::4]


@pytest.fixture
def upstream() -> World:
    return World()


def sound(result: types.CallToolResult) -> dict[str, Any]:
    """Give what a result shows; it can be written, fits, and says the same in both forms."""
    json.dumps(result.structured_content, ensure_ascii=False).encode()
    text_of(result).encode()
    assert len(text_of(result)) <= MAX_CHARACTERS, len(text_of(result))
    if result.is_error:
        return {}
    assert json.loads(text_of(result)) == result.structured_content
    return result.structured_content or {}


def halved(world: World, half: str) -> None:
    """Put half characters wherever Hoody tells names and states."""
    world.me = {"id": ME, "alias": half, half: half}
    for each in world.projects.values():
        each["alias"] = half
    for each in world.boxes.values():
        each.update(name=half, status=half, project_alias=half, server_name=half, updated_at=half)
    for each in [*world.aliases, *world.shares, *world.tokens]:
        each["alias"] = half
    world.tokens[0][half] = half


@pytest.mark.parametrize("half", HALVES, ids=lambda half: ascii(half)[:20])
async def test_completion_offers_only_what_can_be_written(connect: Connect, upstream: World, half: str) -> None:
    halved(upstream, half)
    offered = 0
    async with connect() as client:
        for reference, blank in REFERENCES:
            found = (await client.complete(reference, {"name": blank, "value": ""})).completion
            found.model_dump_json()
            offered += len(found.values)
        assert (await client.complete(REFERENCES[0][0], {"name": "project_id", "value": PROJECT[:3]})).completion.values == [PROJECT]
    assert offered > 4


@pytest.mark.parametrize("uri", THINGS)
@pytest.mark.parametrize("half", HALVES, ids=lambda half: ascii(half)[:20])
async def test_a_resource_shows_only_what_can_be_written(connect: Connect, upstream: World, uri: str, half: str) -> None:
    halved(upstream, half)
    async with connect() as client:
        (await client.read_resource(uri)).model_dump_json()
        for each in upstream.boxes.values():
            each.pop("server_name")
        (await client.read_resource(uri)).model_dump_json()


@pytest.mark.parametrize("half", HALVES, ids=lambda half: ascii(half)[:20])
async def test_what_hoody_says_of_an_error_can_be_written(connect: Connect, upstream: World, half: str) -> None:
    async with connect() as client:
        for uri in THINGS:
            upstream.script(Reply.error(403, half, f"no {half}"))
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            refused.value.error.model_dump_json()
        upstream.scripted.clear()
        upstream.script(Reply.error(403, half, f"no {half}"))
        result = await client.call_tool("projects_list", {})
    assert result.is_error
    result.model_dump_json()


@pytest.mark.parametrize("half", HALVES[1:2], ids=lambda half: ascii(half)[:20])
async def test_half_characters_spoil_no_result_and_no_target(connect: Connect, upstream: World, half: str) -> None:
    halved(upstream, half)
    for each in upstream.boxes.values():
        each.update(server_name="node-us", status="running")
    async with connect(spend="confirm") as client:
        for entry in ENTRIES:
            result = await client.call_tool(entry.name, example(entry))
            sound(result)
            result.model_dump_json()
        ran = sound(await client.call_tool("terminal_execute", {"container_id": CONTAINER, "command": "ls"}))
    assert {ran["target"]["project"]["id"], ran["target"]["container"]["id"]} == {PROJECT, CONTAINER}


@pytest.mark.parametrize("field", ["container_id", "project_id"])
@pytest.mark.parametrize("odd", ODD_IDS, ids=lambda odd: ascii(odd)[:20])
async def test_a_done_change_of_an_alias_is_done_whatever_its_record_says(connect: Connect, upstream: World, field: str, odd: Any) -> None:
    upstream.aliases[0][field] = odd
    async with connect() as client:
        result = await client.call_tool("proxy_aliases_set_state", {"alias_id": OTHER, "enabled": False})
        assert not result.is_error, text_of(result)
        shown = sound(result)
        result.model_dump_json()
        again = await client.call_tool("projects_list", {})
    assert [sent.method for sent in upstream.changes] == ["PATCH"]
    assert "result" in shown
    for told in shown.get("target", {}).values():
        assert isinstance(told["id"], str)
        assert len(told["id"]) <= 60
        assert len(told.get("name", "")) <= 100
    other = "project" if field == "container_id" else "container"
    assert shown["target"][other]["id"] in {PROJECT, CONTAINER}
    assert not again.is_error


@pytest.mark.parametrize("tool", CHANGES)
@pytest.mark.parametrize("odd", [LONG, HALF, None, 7], ids=lambda odd: ascii(odd)[:12])
async def test_a_done_change_is_done_whatever_the_container_is_called(connect: Connect, upstream: World, tool: str, odd: Any) -> None:
    kit = CATALOG[tool].meta.get("kit")
    upstream.boxes[CONTAINER] |= {"name": odd, "project_alias": odd} | ({} if kit else {"project_id": odd, "status": odd})
    arguments = example(CATALOG[tool])
    is_own = is_own_of(CATALOG[tool])
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
        result.model_dump_json()
        shown = sound(result)
    if any(is_own(sent) and sent.method != "GET" for sent in upstream.sent):
        assert not result.is_error, text_of(result)
        assert all(len(told["id"]) <= 60 and len(told.get("name", "")) <= 100 for told in shown.get("target", {}).values())


@pytest.mark.parametrize("field", ["project_id", "server_name", "name", "status"])
@pytest.mark.parametrize("odd", [LONG, HALF, 7, ["x"]], ids=lambda odd: ascii(odd)[:12])
async def test_a_container_with_an_odd_record_is_shown_and_nothing_breaks(connect: Connect, upstream: World, field: str, odd: Any) -> None:
    upstream.boxes[CONTAINER][field] = odd
    async with connect() as client:
        for tool, arguments in (
            ("containers_get", {"container_id": CONTAINER}),
            ("containers_list", {}),
            ("terminal_execute", {"container_id": CONTAINER, "command": "ls"}),
            ("proxy_aliases_set_state", {"alias_id": OTHER, "enabled": True}),
        ):
            result = await client.call_tool(tool, arguments)
            sound(result)
            assert "fault of its own" not in text_of(result)
            assert not result.is_error or tool == "terminal_execute", text_of(result)


def kit_answer(sent: Sent) -> bool:
    return any(is_own_of(CATALOG[tool])(sent) for tool in (RUN[0], SHOW[0]))


FILLING = {"plain": "x", "line ends": "a\n", "quotes": '"', "wide": "漢", "emoji": "😀"}
MISSING = [f"zz{number}" for number in range(30)]


@pytest.mark.parametrize("filling", FILLING)
async def test_an_output_fits_together_with_its_notes_at_every_size(connect: Connect, upstream: World, filling: str) -> None:
    written = len(json.dumps(FILLING[filling], ensure_ascii=False)) - 2
    async with connect() as client:
        for size in [*range(23_000, 24_501, 150), 23_800, *range(23_600, 24_000, 25)]:
            for (tool, arguments), select in ((RUN, []), (SHOW, ["stdout", "exit_code", *MISSING])):
                answer = {"exit_code": 1, "status": "failed", "success": False, "truncated": True}
                answer |= {"stdout": FILLING[filling] * (size // written), "key" * 20: 1}
                upstream.script(Reply.of(answer), when=kit_answer)
                shown = sound(await client.call_tool(tool, arguments | ({"select": select} if select else {})))
                notes = " ".join(shown["notes"])
                assert "exit code 1" in notes
                assert "FAILED" in notes
                assert ("there is no zz0" in notes) == bool(select)
                assert ("kept" in shown) == ("Cut to fit" in notes)
                assert "kept" in shown or shown["result"]["stdout"] == answer["stdout"]


@pytest.mark.parametrize("letters", [900, 5_000, 9_000])
@pytest.mark.parametrize("size", [40, 300, 3_000])
async def test_a_page_fits_with_the_arguments_of_the_next(connect: Connect, upstream: World, letters: int, size: int) -> None:
    entry = CATALOG["images_list_public"]
    items = [{"id": f"{number:024x}", "alias": "y" * size, "description": "z" * size} for number in range(100)]
    facts = {"total": 5_000, "page": 1, "limit": 100, "totalPages": 50}
    async with connect() as client:
        for more in ({}, {"select": ["id", "alias", "description", "none" * 200]}):
            upstream.script(Reply.data({"images": items, "pagination": facts}), when=is_own_of(entry))
            given = {"search": "s" * letters, "limit": 100, **more}
            shown = sound(await client.call_tool(entry.name, given))
            assert shown.get("page", {}).get("next") or "kept" in shown
            assert shown.get("items") or "kept" in shown


@pytest.mark.parametrize("size", [40, 400, 2_000])
@pytest.mark.parametrize("body", [0, 22_000, 23_500, 60_000])
async def test_a_note_on_fields_that_are_not_there_fits(connect: Connect, upstream: World, size: int, body: int) -> None:
    record = {"exit_code": 3, "error": True} | {f"{number}".ljust(size, "k"): "v" for number in range(40)} | {"stdout": "o" * body}
    selects = (["zzz"], ["zzz", "stdout"], ["z" * 5_000, *MISSING, "stdout"], [f"{number}".ljust(size, "k") for number in range(40)])
    async with connect() as client:
        for select in selects:
            upstream.script(Reply.of(record), when=kit_answer)
            shown = sound(await client.call_tool(SHOW[0], {**SHOW[1], "select": select}))
            notes = " ".join(shown["notes"])
            assert "exit code 3" in notes
            assert ("there is no z" in notes) == any(name.startswith("z") for name in select)


ENDS = {"fulfilled": True, "refunded": False}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("before", [0, 1, 4])
@at_once
async def test_an_order_is_waited_for_until_it_is_fulfilled_or_refunded(connect: Connect, upstream: World, end: str, before: int) -> None:
    about = is_own_of(CATALOG["reservations_get"])
    states = [*["pending"] * before, end]
    upstream.script(*(Reply.data({"id": OTHER, "state": state, "status": "x"}) for state in states), when=about)
    async with connect() as client:
        shown = sound(await client.call_tool("hoody_wait", {"name": "reservations_get", "arguments": {"reservation_id": OTHER}}))
    assert (shown["wait"]["state"], shown["wait"]["reached"]) == (end, ENDS[end])
    assert ("FAILED" in shown["wait"]["next"]) is not ENDS[end]
    assert len([sent for sent in upstream.sent if about(sent)]) == before + 1


async def test_a_client_is_served_on_after_all_that(connect: Connect, upstream: World) -> None:
    async with connect() as client:
        halved(upstream, HALF)
        await serves(client)


async def serves(client: Client) -> None:
    for tool in ("projects_list", "containers_list", "proxy_aliases_list"):
        assert not (await client.call_tool(tool, {})).is_error
