"""What clients add to calls of the tools that call others: left out, but for what is an argument of the tool that is called."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.arguments import INJECTED
from hoody_mcp.discovery import CALLERS
from hoody_mcp.own import SHARED
from hoody_mcp.traits import Risk

from .calls import CATALOG, ENTRIES, GATED, example, text_of
from .conftest import Connect
from .upstream import CONTAINER, Upstream

ADDED: dict[str, Any] = {
    "task_progress": "- [ ] delete",
    "toolCallId": "call_1",
    "sessionId": "s1",
    "chatInput": "do it",
    "action": "sendMessage",
    "_meta": {"progressToken": 1},
}
NEVER_ARGUMENTS = {name: value for name, value in ADDED.items() if name not in SHARED}
RULE = {"protocol": "tcp", "destination_port": "22"}


def caller(risk: Risk) -> str:
    return next(tool.tool_name() for tool in CALLERS if risk in tool.reaches)


def test_names_that_are_arguments_of_operations_are_known() -> None:
    assert {name for entry in ENTRIES for name in entry.definition["inputSchema"]["properties"]} & INJECTED == SHARED
    assert not {name for own in CATALOG.own.values() for name in own.definition["inputSchema"]["properties"]} & INJECTED


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_what_clients_add_hinders_no_call_that_gives_its_arguments_as_an_object(
    connect: Connect, upstream: Upstream, mode: str
) -> None:
    upstream.files["text"] = b"old"
    async with connect(spend="confirm", mode=mode) as client:
        for entry in [*GATED, *(CATALOG[tool] for tool in ("projects_list", "env_set", "terminal_execute"))]:
            arguments = example(entry)
            if not arguments:
                continue
            result = await client.call_tool(caller(entry.risk), {"name": entry.name, "arguments": arguments, **ADDED})
            assert "is no argument of this tool" not in text_of(result), entry.name


@pytest.mark.parametrize("form", ["inside", "flat"])
async def test_a_preview_and_its_code_go_through_beside_what_clients_add(connect: Connect, upstream: Upstream, form: str) -> None:
    code: dict[str, Any] = {}
    async with connect() as client:
        for _ in range(2):
            given = {"container_id": CONTAINER, **code}
            arguments = {"arguments": given} if form == "inside" else given
            result = await client.call_tool("hoody_destroy", {"name": "containers_delete", **arguments, **NEVER_ARGUMENTS})
            assert not result.is_error, text_of(result)
            shown: dict[str, Any] = result.structured_content or {}
            code = {"confirm": shown.get("confirm")}
    assert [sent.method for sent in upstream.changes] == ["DELETE"]


@pytest.mark.parametrize(
    "mixed", [{}, {"arguments": {}}, {"arguments": RULE}, {"arguments": {"protocol": "tcp"}, "destination_port": "22"}]
)
@pytest.mark.parametrize("tool", ["firewall_ingress_create", "firewall_egress_toggle"])
async def test_an_argument_that_is_called_as_what_clients_add_reaches_its_tool(
    connect: Connect, upstream: Upstream, tool: str, mixed: dict[str, Any]
) -> None:
    given = {**example(CATALOG[tool]), "container_id": CONTAINER, "action": "drop"}
    async with connect() as client:
        for form in ({**given, **mixed}, {"arguments": {**given, "action": "drop"}}, {"arguments": given, "action": "sendMessage"}):
            upstream.sent.clear()
            result = await client.call_tool("hoody_write", {"name": tool, **form, "task_progress": "x"})
            assert not result.is_error, (form, text_of(result))
            assert "drop" in str([sent.json for sent in upstream.changes])


async def test_other_names_that_no_tool_knows_stay_an_error(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        for given in ({"container_id": CONTAINER, "forced": True}, {"arguments": {"container_id": CONTAINER}, "forced": True}):
            result = await client.call_tool("hoody_destroy", {"name": "containers_delete", **given})
            assert "forced is no argument of this tool" in text_of(result)
    assert upstream.changes == []
