"""What nobody has seen is not decided on, what was lost is told how to find, and what a yes does not cover is not done."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from hoody_mcp import preview
from hoody_mcp.compiling import walk
from hoody_mcp.operation import Risk

from .calls import CATALOG, ENTRIES, GATED, example, names, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, DOCUMENT, RULE, Reply, Sent, Upstream

ENV = {"container_id": CONTAINER, "key": "KEY"}


@pytest.mark.usefixtures("no_repeats")
async def test_a_lost_answer_still_tells_the_way_back(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        shown: dict[str, Any] = (await client.call_tool("env_delete", ENV)).structured_content or {}
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=lambda sent: sent.method == "DELETE")
        lost = await client.call_tool("env_delete", {**ENV, "confirm": shown["confirm"]})
        assert lost.is_error
        assert "secret-value" not in text_of(lost)
        (step,) = json.loads(text_of(lost).partition("this puts it back: ")[2].rpartition("]")[0] + "]")
        assert not (await client.call_tool(step["tool"], step["arguments"])).is_error
    assert upstream.changes[-1].json == {"value": "secret-value"}


@pytest.fixture
def slow_documents(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let reads of access documents take longer than a preview waits; each gives a newer version."""
    versions = [7]

    def reads(sent: Sent) -> bool:
        return sent.method == "GET" and sent.path.endswith("/proxy/permissions")

    for version in (7, 7, 12, 12):
        upstream.script(Reply.data({**DOCUMENT, "file_version": version}), when=reads)
        upstream.scripted[-1][1].delay = 30.0
    monkeypatch.setattr(preview, "SECONDS", 5.0)
    return versions


@pytest.mark.usefixtures("slow_documents")
@at_once
async def test_a_document_that_no_preview_could_show_is_not_written_over(connect: Connect, upstream: Upstream) -> None:
    arguments = {"container_id": CONTAINER, "default": "deny"}
    async with connect() as client:
        shown: dict[str, Any] = (await client.call_tool("proxy_default_set", arguments)).structured_content or {}
        assert "could not be read" in shown["document"]
        assert "no call can bring it back" in json.dumps(shown) or "way back" not in shown
        result = await client.call_tool("proxy_default_set", {**arguments, "confirm": shown["confirm"]})
    assert result.is_error
    assert upstream.changes == []


def test_what_a_project_alone_decides_is_beyond_a_realm() -> None:
    alone = {entry.name for entry in GATED if set(entry.meta.get("ids", {}).values()) == {"project"}}
    assert alone >= {"projects_delete", "projects_proxy_state_set", "projects_proxy_permissions_replace"}
    assert {name for name in alone if "realm" not in CATALOG[name].operation.about.beyond} == set()


RUNS = [entry.name for entry in ENTRIES if entry.operation.about.runs]


@pytest.mark.parametrize("tool", RUNS)
async def test_what_runs_code_besides_is_forbidden_with_all_code(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect(execute="deny") as client:
        result = await client.call_tool(tool, example(CATALOG[tool]))
    assert "HOODY_EXECUTE" in text_of(result)
    assert upstream.sent == []


def test_hooks_and_commands_of_servers_run_code() -> None:
    assert set(RUNS) == {"proxy_hooks_create", "proxy_hooks_update", "servers_commands_execute"}


@pytest.mark.parametrize("tool", [name for name in names(GATED) if "reveal" in CATALOG[name].definition["inputSchema"]["properties"]])
async def test_who_agreed_to_a_masked_result_did_not_agree_to_an_open_one(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect(spend="confirm") as client:
        shown: dict[str, Any] = (await client.call_tool(tool, example(CATALOG[tool]))).structured_content or {}
        again = await client.call_tool(tool, {**example(CATALOG[tool]), "reveal": True, "confirm": shown["confirm"]})
    assert upstream.changes == []
    assert "not valid" in text_of(again)


def test_nothing_that_spends_is_said_to_be_harmless_again() -> None:
    assert [each.about.name for each in walk() if each.about.risk is Risk.SPEND and each.about.idempotent] == []


MANY = [{**RULE, "destination_port": str(port)} for port in range(1, 61)]


@pytest.mark.usefixtures("no_repeats")
async def test_a_long_way_back_is_kept_where_an_answer_was_lost(connect: Connect, upstream: Upstream) -> None:
    upstream.script(*[Reply.data({"ingress": MANY, "egress": []})] * 2, when=lambda sent: sent.path.endswith("/firewall/rules"))
    async with connect() as client:
        shown: dict[str, Any] = (await client.call_tool("firewall_reset", {"container_id": CONTAINER})).structured_content or {}
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=lambda sent: sent.path.endswith("/reset"))
        lost = text_of(await client.call_tool("firewall_reset", {"container_id": CONTAINER, "confirm": shown["confirm"]}))
        id_ = lost.partition("hoody_result reads the calls, with id ")[2].split()[0].rstrip(".")
        kept = text_of(await client.call_tool("hoody_result", {"id": id_}))
    assert kept.count("firewall_ingress_create") == len(MANY)


STOPS = {**RULE, "action": "drop", "source": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("action", "rules", "warned"),
    [
        ("allow", [RULE, STOPS], 1),
        ("allow", [RULE, {**STOPS, "state": "disabled"}], 0),
        ("allow", [RULE], 0),
        ("drop", [RULE, STOPS], 0),
    ],
    ids=["what lets in, before what stops", "before what is off", "alone", "what stops"],
)
async def test_who_takes_a_rule_away_is_told_when_that_shuts_out(
    connect: Connect, upstream: Upstream, action: str, rules: list[dict[str, Any]], warned: int
) -> None:
    upstream.script(Reply.data({"ingress": rules, "egress": []}), when=lambda sent: sent.path.endswith("/firewall/rules"))
    async with connect() as client:
        result = await client.call_tool("firewall_ingress_delete", {"container_id": CONTAINER, "action": action})
    shown: dict[str, Any] = result.structured_content or {}
    assert shown.get("warning", "").count("your own way in") == warned


FLEETING = [name for name in names(GATED) if "code" in CATALOG[name].operation.about.fleeting]


@pytest.mark.parametrize("tool", FLEETING)
async def test_a_one_time_code_may_be_a_newer_one_when_the_yes_comes(connect: Connect, upstream: Upstream, tool: str) -> None:
    arguments = example(CATALOG[tool])
    async with connect() as client:
        shown: dict[str, Any] = (await client.call_tool(tool, arguments)).structured_content or {}
        again = {**arguments, "code": "654321", "confirm": shown["confirm"]}
        assert not (await client.call_tool(tool, again)).is_error
    assert [sent.json["code"] for sent in upstream.changes] == ["654321"]


def test_the_codes_of_a_second_factor_are_fleeting() -> None:
    assert set(FLEETING) == {"two_factor_disable", "two_factor_regenerate_backup_codes", "two_factor_verify_setup"}
