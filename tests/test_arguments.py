"""What clients send, well or badly spelled, and what becomes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hoody_mcp.arguments import Call, parse
from hoody_mcp.errors import InvalidArguments
from hoody_mcp.jsons import Json
from hoody_mcp.operation import Place, argument_name, id_kind, place_of
from hoody_mcp.places import literals
from hoody_mcp.request import Request, build

from .calls import CATALOG, ENTRIES, GATED, example, names
from .conftest import Connect
from .upstream import CONTAINER, Upstream

pytestmark = pytest.mark.wide

CANARY = "wrong canary!"
INJECTED = {"task_progress", "toolCallId", "tool_call_id", "sessionId", "session_id", "chatInput", "action", "_meta"}
LIKE_JSON = ['{"k": 1}', "[1,2]", "null", "12345", "true", '"q"', " 1.0 ", "NaN"]
MARKUP = 'a.txt</path><parameter name="content">hello'

PROPERTIES: dict[str, dict[str, Json]] = {entry.name: entry.definition["inputSchema"]["properties"] for entry in ENTRIES}
PLACES = {
    entry.name: {argument_name(name): (place_of(info), id_kind(info)) for name, info in entry.operation.model_fields.items()}
    for entry in ENTRIES
}
IDS = {tool: {name for name, (_, kind) in found.items() if kind} for tool, found in PLACES.items()}
every_tool = pytest.mark.parametrize("tool", names(ENTRIES))


def call(tool: str, arguments: Json) -> Call:
    return parse(CATALOG[tool], arguments)


def request(tool: str, arguments: Json) -> Request:
    """Make the request of a call; a key of the engine's own making is the same in all of them."""
    made = build(call(tool, arguments))
    key = CATALOG[tool].operation.about.repeat_key
    return replace(made, content=json.dumps({**json.loads(made.content or b""), key: "same"}).encode()) if key else made


def refusal(tool: str, arguments: Json) -> str:
    with pytest.raises(InvalidArguments, match=r"^Nothing was sent\. ") as raised:
        request(tool, arguments)
    return str(raised.value)


def usual(tool: str, *, without: str = "") -> Json:
    """Give the required arguments; for one of the arguments that are the body, without the others."""
    raw = {name for name, (place, _) in PLACES[tool].items() if place is Place.RAW}
    return {name: value for name, value in example(CATALOG[tool]).items() if without not in raw or name not in raw}


def spots(tool: str, *places: Place) -> list[str]:
    return [name for name, (place, _) in PLACES[tool].items() if place in places]


def as_text(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value)


def as_python_text(value: Any) -> Any:
    return value if isinstance(value, str) else f" {value!s} " if isinstance(value, int) else json.dumps(value)


def as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@every_tool
@pytest.mark.parametrize("spelled", [as_text, as_python_text, as_float])
def test_another_spelling_makes_the_same_request(tool: str, spelled: Callable[[Any], Any]) -> None:
    arguments = example(CATALOG[tool], everything=True)
    assert request(tool, {name: spelled(value) for name, value in arguments.items()}) == request(tool, arguments)


@every_tool
def test_true_is_no_number_and_a_number_is_no_boolean(tool: str) -> None:
    for name, schema in PROPERTIES[tool].items():
        if schema["type"] in {"integer", "number", "boolean"}:
            wrong = 1 if schema["type"] == "boolean" else True
            assert f"{name} must be" in refusal(tool, {**usual(tool), name: wrong})


@pytest.mark.parametrize(("value", "text"), [(12345, "12345"), (1.0, "1.0"), (1.5, "1.5"), (True, "true"), (False, "false")])
def test_a_number_or_boolean_for_text_is_taken_as_text(value: Any, text: str) -> None:
    assert json.loads(request("projects_create", {"alias": value}).content or b"") == {"alias": text}
    made = request("env_set_many", {"container_id": CONTAINER, "variables": {"KEY": value}})
    assert json.loads(made.content or b"") == {"KEY": text}


@pytest.mark.parametrize("value", ["25abc", "-5", "0", 0, 101, "1e1", "2.5", 2.5, "0x10", [], {}, float("inf"), float("nan"), 10**400])
def test_what_is_no_fitting_number_is_told_with_its_range(value: Any) -> None:
    assert refusal("projects_list", {"limit": value}) == "Nothing was sent. limit must be a whole number, 1 to 100."


@every_tool
def test_what_is_below_a_bound_is_told_the_bound(tool: str) -> None:
    bounds = {name: schema["minimum"] for name, schema in PROPERTIES[tool].items() if "minimum" in schema}
    told = {name: refusal(tool, {**usual(tool), name: bound - 1}) for name, bound in bounds.items()}
    assert [name for name in told if not re.search(rf"\b{bounds[name]}\b", told[name])] == []


@every_tool
@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_optional_argument_is_absent(tool: str, empty: str | None) -> None:
    arguments = example(CATALOG[tool])
    fields = CATALOG[tool].operation.model_fields
    absent = {name for name in PROPERTIES[tool] if empty is None or "" not in literals(fields[name].annotation if name in fields else None)}
    filled = {**dict.fromkeys(sorted(absent), empty), **arguments}
    assert call(tool, filled) == call(tool, arguments)
    assert request(tool, filled) == request(tool, arguments)


def test_an_empty_choice_of_hoodys_is_sent() -> None:
    answers = {"email": "a@b.example", "interest": "", "role": "lead"}
    assert json.loads(request("waitlist_update", answers).content or b"") == answers


@every_tool
def test_a_required_argument_is_not_null(tool: str) -> None:
    for name in CATALOG[tool].required:
        assert f"{name} is missing" in refusal(tool, {**usual(tool), name: None})


@every_tool
def test_an_empty_id_path_or_value_is_refused(tool: str) -> None:
    free = {name for name in spots(tool, Place.BODY, Place.QUERY) if PROPERTIES[tool][name]["type"] == "string"}
    for name in set(CATALOG[tool].required) - free:
        assert f"{name} " in refusal(tool, {**usual(tool), name: ""})


@pytest.mark.parametrize(("tool", "name"), [("env_set", "value"), ("terminal_execute", "command"), ("files_grep", "pattern")])
def test_an_empty_required_text_is_a_text(tool: str, name: str) -> None:
    assert getattr(call(tool, {**usual(tool), name: ""}).operation, name) == ""


@every_tool
def test_text_that_looks_like_json_stays_text(tool: str) -> None:
    for name in spots(tool, Place.BODY, Place.QUERY, Place.RAW):
        schema = PROPERTIES[tool][name]
        free = schema["type"] == "string" and name not in IDS[tool] and not {"enum", "pattern", "minLength"} & schema.keys()
        for text in LIKE_JSON if free else ():
            dumped = call(tool, {**usual(tool, without=name), name: text}).operation.model_dump(by_alias=False)
            assert {argument_name(field): value for field, value in dumped.items()}[name] == text


@pytest.mark.parametrize("text", [*LIKE_JSON, "a\r\nb\n\ttail  ", "\ufeffé漢😀\u2028\x00\x1b[0m", MARKUP])
async def test_text_reaches_hoody_byte_for_byte(connect: Connect, upstream: Upstream, text: str) -> None:
    async with connect() as client:
        await client.call_tool("files_put", {"container_id": CONTAINER, "path": "/a", "text": text})
        await client.call_tool("terminal_execute", {"container_id": CONTAINER, "command": text, "ephemeral": True})
        await client.call_tool("env_set", {"container_id": CONTAINER, "key": "KEY", "value": text})
    file, command, variable = upstream.changes
    assert file.body == text.encode()
    assert command.json == {"command": text}
    assert variable.json == {"value": text}


@every_tool
def test_what_clients_add_is_dropped_but_never_where_something_is_lost(tool: str) -> None:
    arguments = usual(tool)
    for name in INJECTED - PROPERTIES[tool].keys():
        if tool in names(GATED):
            assert f"{name} is no argument" in refusal(tool, {**arguments, name: "x"})
        else:
            assert request(tool, {**arguments, name: "x"}) == request(tool, arguments)


@every_tool
def test_a_misspelled_argument_is_told_the_right_one(tool: str) -> None:
    for name in PROPERTIES[tool]:
        assert f"{name}x is no argument of this tool; did you mean {name}?" in refusal(tool, {**usual(tool), f"{name}x": "1"})


@every_tool
def test_half_a_character_is_refused(tool: str) -> None:
    for name, schema in PROPERTIES[tool].items():
        wrong = {"array": ["\ud83d"], "object": {"\ud83d": "x"}}.get(schema["type"], "a\ud83d")
        assert f"{name} " in refusal(tool, {**usual(tool, without=name), name: wrong})


@every_tool
def test_an_id_or_path_with_a_clients_leftovers_is_refused(tool: str) -> None:
    for name in {*IDS[tool], *spots(tool, Place.PATH, Place.SEGMENTS)}:
        for value in (MARKUP, "a</invoke>", '<invoke name="x">', "x" * 3000):
            assert f"{name} " in refusal(tool, {**usual(tool), name: value})


@every_tool
def test_an_id_has_no_line_breaks_or_invisible_characters(tool: str) -> None:
    for name in {*IDS[tool], *spots(tool, Place.PATH)}:
        safe_elsewhere = [] if name not in spots(tool, Place.PATH) and "pattern" not in PROPERTIES[tool][name] else ["a\nb"]
        for value in (*safe_elsewhere, "a\r", "a\x00", "a\u200b", "\u2028"):
            assert f"{name} " in refusal(tool, {**usual(tool), name: value})


@every_tool
def test_no_path_moves_up_or_has_an_empty_part(tool: str) -> None:
    for name in spots(tool, Place.PATH, Place.SEGMENTS):
        for value in (".", "..", "../../users", "a/../b", "./a", "a//b", " ", "a/\x00"):
            assert f"{name} " in refusal(tool, {**usual(tool), name: value})


@pytest.mark.parametrize(
    "wrong", [["color"], "max_containers", ["max_containers", ""], [None], [["x"]], [{}], {"max_containers": True}], ids=str
)
def test_only_what_can_be_cleared_is_cleared(wrong: Any) -> None:
    assert "clear_fields " in refusal("projects_update", {**usual("projects_update"), "clear_fields": wrong})


@pytest.mark.parametrize("arguments", [None, {}])
async def test_a_tool_that_needs_nothing_takes_nothing(connect: Connect, upstream: Upstream, arguments: Json | None) -> None:
    needless = [entry.name for entry in ENTRIES if not entry.required and not entry.gated]
    async with connect() as client:
        for tool in needless:
            assert not (await client.call_tool(tool, arguments)).is_error
    assert len(upstream.sent) == len(needless) > 0


def test_a_wrong_member_of_a_map_is_told_with_its_kind() -> None:
    assert "text" in refusal("env_set_many", {"container_id": CONTAINER, "variables": {"KEY": ["x"]}})


MONSTERS: dict[str, Json] = {
    "digits": {"command": 10**4000},
    "depth": {"env": json.loads('{"a":' * 150 + "1" + "}" * 150)},
    "depth as text": {"env": '{"a":' * 900 + "1" + "}" * 900},
}


@pytest.mark.parametrize("monster", MONSTERS)
async def test_monstrous_values_are_no_fault_of_the_server(connect: Connect, monster: str) -> None:
    async with connect() as client:
        result = await client.call_tool("terminal_execute", {**usual("terminal_execute"), **MONSTERS[monster]})
    assert "fault of its own" not in str(result.content)


def wrong_value(schema: Json) -> Any:
    return {"array": {"x": CANARY}, "string": [CANARY], "object": [CANARY]}.get(schema["type"], CANARY)


def is_short_and_plain(told: str) -> bool:
    return len(told) <= 300 and not any(word in told for word in (CANARY, "pydantic", "://", "Error", "Traceback"))


@every_tool
def test_an_error_is_short_and_repeats_no_value(tool: str) -> None:
    for name, schema in PROPERTIES[tool].items():
        told = refusal(tool, {**usual(tool), name: wrong_value(schema)})
        assert (f" {name} " in told, is_short_and_plain(told)) == (True, True)


@every_tool
def test_what_is_wrong_with_many_arguments_is_as_short(tool: str) -> None:
    everything = {name: wrong_value(schema) for name, schema in PROPERTIES[tool].items()}
    wrong: list[Json] = [{"zzzz": CANARY}, {"zzzz": CANARY, **everything}, *([{}] if CATALOG[tool].required else [])]
    assert [told for told in (refusal(tool, arguments) for arguments in wrong) if not is_short_and_plain(told)] == []


async def test_nothing_is_sent_for_wrong_arguments(connect: Connect, upstream: Upstream) -> None:
    async with connect(spend="confirm") as client:
        for tool in names(ENTRIES):
            for name, schema in {**PROPERTIES[tool], "zzzz": {"type": "string"}}.items():
                assert (await client.call_tool(tool, {**usual(tool), name: wrong_value(schema)})).is_error
    assert upstream.sent == []
