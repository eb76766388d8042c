"""The tools that call all others: each makes the calls of its own risks and no other, however they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client

from hoody_mcp.arguments import parse
from hoody_mcp.discovery import CALLERS
from hoody_mcp.operation import Risk
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import CANARY, Connect
from .upstream import CONTAINER, PROJECT, Sent, Upstream

pytestmark = pytest.mark.wide

Case = tuple[str, dict[str, Any]]
REACHES = {tool.tool_name(): tool.reaches for tool in CALLERS}
BY_RISK: dict[Risk, Case] = {
    Risk.READ: ("projects_get", {"project_id": PROJECT}),
    Risk.WRITE: ("env_set", {"container_id": CONTAINER, "key": "KEY", "value": "1"}),
    Risk.EXECUTE: ("terminal_execute", {"container_id": CONTAINER, "command": "ls"}),
    Risk.DESTROY: ("containers_delete", {"container_id": CONTAINER}),
    Risk.SPEND: ("rentals_extend", example(CATALOG["rentals_extend"])),
}


def cases(toolset: str) -> Iterator[Case]:
    """Give calls of every tool of a toolset: what must be given, all that can be, and each value of what decides the risk."""
    for entry in (entry for entry in ENTRIES if entry.meta["toolset"] == toolset):
        yield entry.name, example(entry, everything=True)
        if example(entry) != example(entry, everything=True):
            yield entry.name, example(entry)
        if entry.operation.about.risk_varies:
            for name, schema in entry.definition["inputSchema"]["properties"].items():
                yield from ((entry.name, {**example(entry), name: value}) for value in schema.get("enum", ()))


def risk_of(tool: str, arguments: dict[str, Any]) -> Risk:
    return parse(CATALOG[tool], arguments).risk


CASES = {toolset: list(cases(toolset)) for toolset in CATALOG.toolsets}


def ready(text: str) -> tuple[str, dict[str, Any]]:
    """Read out of a refusal which tool makes the call, and with what."""
    found = re.search(r"Call (\w+) with (\{.*\})$", text)
    assert found, text
    return found[1], json.loads(found[2])


def told(sent: list[Sent]) -> list[Any]:
    """Give what arrived, without keys that are new for each request."""
    fixed = {"host", "method", "path", "query"}
    bodies = [re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"(key)", each.body) for each in sent]
    return [({name: getattr(each, name) for name in fixed}, each.headers, body) for each, body in zip(sent, bodies, strict=True)]


@pytest.fixture(autouse=True)
def known_things(upstream: Upstream) -> None:
    upstream.files["text"] = b"old"


@pytest.mark.parametrize("toolset", CASES)
async def test_each_caller_makes_the_calls_of_its_risks_and_names_the_right_one_for_all_others(
    connect: Connect, upstream: Upstream, toolset: str
) -> None:
    async with connect(spend="confirm") as client:
        for tool, arguments in CASES[toolset]:
            risk, given = risk_of(tool, arguments), {"name": tool, "arguments": arguments}
            for caller in sorted(REACHES, key=lambda caller: risk in REACHES[caller]):  # the right one last
                upstream.sent.clear()
                result = await client.call_tool(caller, given)
                assert (upstream.sent == []) == (risk not in REACHES[caller]), (caller, given)
                if risk not in REACHES[caller]:
                    assert result.is_error
                    right, ready_call = ready(text_of(result))
                    assert risk in REACHES[right]
                    assert ready_call == given


@pytest.mark.parametrize("toolset", CASES)
async def test_waiting_and_reading_reach_nothing_that_changes_anything(connect: Connect, upstream: Upstream, toolset: str) -> None:
    async with connect(spend="confirm") as client:
        for tool, arguments in CASES[toolset]:
            risk = risk_of(tool, arguments)
            if risk is Risk.READ:
                continue
            with_a_code = {**arguments, "confirm": "A" * 36} if CATALOG[tool].gated else arguments
            for reading, form in (
                ("hoody_read", {"arguments": with_a_code}),
                ("hoody_wait", {"arguments": with_a_code, "field": "id", "until": ["x"]}),
                ("hoody_wait", {"arguments": arguments}),
            ):
                result = await client.call_tool(reading, {"name": tool, **form})
                assert result.is_error
                right, ready_call = ready(text_of(result))
                assert risk in REACHES[right]
                assert ready_call == {"name": tool, "arguments": form["arguments"]}
    assert upstream.sent == []


async def code_of(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    """Make a call and give the code of its preview; empty if it needs none."""
    shown: dict[str, Any] = (await client.call_tool(tool, arguments)).structured_content or {}
    return shown.get("confirm", "")


async def sent_by(toolset: str, *, through_callers: bool) -> dict[str, list[Any]]:
    """Make all calls of a toolset one after the other, with the codes of their previews; give what each sent."""
    upstream, found = Upstream(), dict[str, list[Any]]()
    settings = Settings.load(token=CANARY, spend="confirm")
    async with Client(create_server(settings, upstream.transport)) as client:
        for number, (tool, given) in enumerate(CASES[toolset]):
            upstream.sent.clear()
            upstream.missing.clear()
            upstream.files["text"] = b"old"
            caller: str = next(name for name, reaches in REACHES.items() if risk_of(tool, given) in reaches)
            arguments: dict[str, Any] = given
            for _ in range(2):
                code = await code_of(client, *((caller, {"name": tool, "arguments": arguments}) if through_callers else (tool, arguments)))
                if not code:
                    break
                arguments = {**given, "confirm": code}
            found[f"{tool}-{number}"] = told(upstream.sent)
    return found


@pytest.mark.parametrize("toolset", CASES)
async def test_a_call_sends_the_same_by_name_and_through_its_caller(toolset: str) -> None:
    by_name, through_callers = await sent_by(toolset, through_callers=False), await sent_by(toolset, through_callers=True)
    assert by_name == through_callers
    assert all(by_name.values())


@pytest.mark.parametrize("risk", BY_RISK)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_arguments_may_come_in_any_form_that_means_the_same(connect: Connect, upstream: Upstream, risk: Risk, mode: str) -> None:
    tool, arguments = BY_RISK[risk]
    caller = next(name for name, reaches in REACHES.items() if risk in reaches)
    first, *others = arguments
    forms: list[dict[str, Any]] = [
        {"arguments": arguments},
        {"arguments": json.dumps(arguments)},
        {**arguments},
        {**arguments, "arguments": None},
        {**arguments, "arguments": ""},
        {**arguments, "arguments": {}},
        {**arguments, "arguments": "{}"},
        {first: arguments[first], "arguments": {name: arguments[name] for name in others}},
        {first: arguments[first], "arguments": json.dumps({name: arguments[name] for name in others})},
        {first: "what stands inside wins", "arguments": arguments},
        {"arguments": {**arguments, "instance": None} if "instance" in CATALOG[tool].operation.model_fields else arguments},
    ]
    async with connect(spend="confirm", mode=mode) as client:
        await client.call_tool(tool, arguments)  # learns what the target is called
        upstream.sent.clear()
        await client.call_tool(tool, arguments)
        expected = told(upstream.sent)
        for form in forms:
            upstream.sent.clear()
            result = await client.call_tool(caller, {"name": tool, **form})
            assert not result.is_error, (form, text_of(result))
            assert told(upstream.sent) == expected, form


@pytest.mark.parametrize("empty", [{}, {"arguments": None}, {"arguments": ""}, {"arguments": {}}, {"arguments": "null"}], ids=repr)
async def test_a_tool_without_arguments_needs_none(connect: Connect, upstream: Upstream, empty: dict[str, Any]) -> None:
    async with connect() as client:
        result = await client.call_tool("hoody_read", {"name": "projects_list", **empty})
    assert result.is_error == (empty == {"arguments": "null"})
    assert len(upstream.sent) == (0 if result.is_error else 1)


@pytest.mark.parametrize("flat", [False, True], ids=["inside", "flat"])
@pytest.mark.parametrize("risk", [Risk.DESTROY, Risk.SPEND])
async def test_a_code_is_understood_inside_and_beside_the_arguments(connect: Connect, upstream: Upstream, risk: Risk, flat: bool) -> None:  # noqa: FBT001
    tool, arguments = BY_RISK[risk]
    async with connect(spend="confirm") as client:
        preview: dict[str, Any] = (await client.call_tool("hoody_destroy", {"name": tool, "arguments": arguments})).structured_content or {}
        assert upstream.changes == []
        assert preview["done"] is False
        assert "hoody_destroy" in preview["next"]
        code = {"confirm": preview["confirm"]}
        coded = {"arguments": arguments, **code} if flat else {"arguments": {**arguments, **code}}
        refused = await client.call_tool("hoody_read", {"name": tool, **coded})
        assert refused.is_error
        assert upstream.changes == []
        done = await client.call_tool(*ready(text_of(refused)))
        assert not done.is_error
        assert len(upstream.changes) == 1
        await client.call_tool("hoody_destroy", {"name": tool, **coded})
    assert len(upstream.changes) == 1


async def test_a_code_of_one_way_opens_the_other(connect: Connect, upstream: Upstream) -> None:
    tool, arguments = BY_RISK[Risk.DESTROY]
    async with connect() as client:
        code = await code_of(client, tool, arguments)
        await client.call_tool("hoody_destroy", {"name": tool, "arguments": {**arguments, "confirm": code}})
    assert [sent.method for sent in upstream.changes] == ["DELETE"]


async def test_a_refusal_does_not_repeat_arguments_without_end(connect: Connect, upstream: Upstream) -> None:
    arguments = {"container_id": CONTAINER, "path": "/new", "text": "x" * 100_000}
    async with connect() as client:
        said = text_of(await client.call_tool("hoody_read", {"name": "files_put", "arguments": arguments}))
        assert said.endswith("Call hoody_write with the same name and arguments")
        assert upstream.sent == []
        assert not (await client.call_tool("hoody_write", {"name": "files_put", "arguments": arguments})).is_error


async def test_a_credential_among_the_arguments_is_not_repeated_by_a_refusal(connect: Connect) -> None:
    async with connect(token=CANARY) as client:
        given = {"name": "projects_create", "arguments": {"alias": CANARY}}
        assert CANARY not in text_of(await client.call_tool("hoody_read", given))


FINDERS = [*REACHES, "hoody_wait", "hoody_describe"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("finder", FINDERS)
async def test_an_unknown_tool_is_an_error_that_names_the_nearest(connect: Connect, upstream: Upstream, finder: str, mode: str) -> None:
    async with connect(mode=mode) as client:
        for name, near in {"project_list": "projects_list", "delete_container": "containers_delete", "zzzzzzzzzzzzzz": ""}.items():
            result = await client.call_tool(finder, {"name": name})
            said = text_of(result)
            assert result.is_error
            assert f"Unknown tool: {name}" in said
            assert (f"Did you mean {near}?" in said) if near else "Did you mean" not in said
    assert upstream.sent == []


@pytest.mark.parametrize("caller", [*REACHES, "hoody_wait"])
async def test_no_caller_calls_the_servers_own_tools(connect: Connect, caller: str) -> None:
    async with connect() as client:
        for own in CATALOG.own:
            result = await client.call_tool(caller, {"name": own, "arguments": {"name": "projects_list"}})
            assert result.is_error
            assert f"{own} is not called through another tool: call it by its own name" in text_of(result)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("hoody_search", {"text": "delete"}, "text is no argument of this tool; did you mean toolset?"),
    ("hoody_search", {"qurey": "delete"}, "did you mean query?"),
    ("hoody_search", {"limit": 51}, "limit must be a whole number, 1 to 50"),
    ("hoody_search", {"limit": "many"}, "limit must be a whole number"),
    ("hoody_describe", {"tool": "projects_list"}, "is no argument of this tool"),
    ("hoody_describe", {}, "name is missing"),
    ("hoody_read", {}, "name is missing"),
    ("hoody_read", {"name": None}, "name is missing"),
    ("hoody_read", {"name": "projects_list", "arguments": "not JSON"}, "arguments must be an object"),
    ("hoody_read", {"name": "projects_list", "arguments": ["a"]}, "arguments must be an object"),
    ("hoody_read", {"name": "projects_list", "arguments": ["a"], "page": 1}, "arguments must be an object"),
    ("hoody_read", {"name": "projects_list", "pagee": 2}, "did you mean page?"),
    ("hoody_read", {"name": ["projects_list"]}, "name must be text"),
    ("hoody_result", {"id": "x", "ofset": 1}, "did you mean offset?"),
    ("hoody_result", {"id": "x", "length": 0}, "length must be a whole number, 1 to 20000"),
    ("hoody_wait", {"name": "containers_get", "seconds": 46}, "seconds must be a whole number, 1 to 45"),
    ("hoody_docs", {"query": "how?"}, "is no argument of this tool"),
]


@pytest.mark.parametrize(("tool", "arguments", "word"), WRONG, ids=[f"{tool}-{arguments}" for tool, arguments, _ in WRONG])
async def test_a_wrong_argument_of_an_own_tool_is_a_short_error(
    connect: Connect, upstream: Upstream, tool: str, arguments: dict[str, Any], word: str
) -> None:
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
    said = text_of(result)
    assert result.is_error
    assert word in said
    assert len(said) < 350
    assert upstream.sent == []


async def test_what_clients_add_on_their_own_account_does_no_harm(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        for tool, arguments in {
            "hoody_search": {"query": "x"},
            "hoody_read": {"name": "projects_list"},
            "hoody_describe": {"name": "ip_get"},
        }.items():
            assert not (await client.call_tool(tool, {**arguments, "task_progress": "- [ ] look", "_meta": {}})).is_error
    assert len(upstream.sent) == 1
