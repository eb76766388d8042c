"""A token that is limited to realms is asked once which, and used on its realm's host from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult

from .calls import CATALOG, carried_out, example, text_of
from .conftest import CANARY, Connect
from .fast_loop import at_once
from .upstream import CONTAINER, Reply, Sent, Upstream

REALM, OTHER, WRONG = "1" * 24, "2" * 24, "3" * 24
BASE = "api.hoody.icu"
READ = ("containers_get", {"container_id": CONTAINER})
KIT_READ = ("terminal_result", {"container_id": CONTAINER, "command_id": "7"})
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
NEEDS_REALM = Reply.error(403, "FORBIDDEN", "This token requires a realm-scoped URL")
WRONG_REALM = Reply.error(403, "FORBIDDEN", "Token is not valid for realm")


class Realmed(Upstream):
    """Hoody as a token sees it that works in some realms only."""

    def __init__(self) -> None:
        super().__init__()
        self.realms: dict[str, list[str]] = {CANARY: [REALM]}  # by token

    def respond(self, sent: Sent) -> Reply:
        realms = self.realms.get(sent.headers.get("authorization", "").removeprefix("Bearer "), [])
        scripted = any(when(sent) for when, _ in self.scripted)
        usual = super().respond(sent)
        if scripted or ".containers." in sent.host:
            return usual
        if is_me(sent):
            return Reply.data({"id": "f" * 24, "restrictions": restrictions(realms)})
        if sent.host == BASE:
            return NEEDS_REALM if realms else usual
        return usual if sent.host.partition(".")[0] in realms else WRONG_REALM

    @property
    def asked(self) -> list[Sent]:
        """Questions of a token about itself."""
        return list(filter(is_me, self.sent))

    @property
    def hosts(self) -> list[str]:
        """Where everything else went."""
        return [sent.host for sent in self.sent if not is_me(sent)]


def restrictions(realms: list[str], **more: Any) -> dict[str, Any]:
    limited = bool(realms)
    return {
        "has_realm_restrictions": limited,
        "requires_realm_scope": limited,
        "allowed_realm_ids": realms,
        "allow_no_realm": not limited,
        "active_realm_id": None,
        **more,
    }


def is_me(sent: Sent) -> bool:
    return sent.path == "/api/v1/auth/tokens/me"


def realm_host(realm: str) -> str:
    return f"{realm}.{BASE}"


def target(result: CallToolResult) -> dict[str, Any]:
    shown: dict[str, Any] = result.structured_content or {}
    return shown.get("target", {})


async def fails(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return text_of(result)


@pytest.fixture
def upstream() -> Realmed:
    return Realmed()


CHANGES = ["projects_create", "containers_update", "containers_delete", "containers_power", "offers_reserve"]


@pytest.mark.parametrize("tool", ["containers_get", "projects_list", "terminal_result", "terminal_execute", *CHANGES])
async def test_a_token_of_one_realm_is_used_on_its_host(connect: Connect, upstream: Realmed, tool: str) -> None:
    async with connect(spend="confirm") as client:
        for _ in range(3):
            result = await carried_out(client, tool, example(CATALOG[tool]))
            assert not result.is_error
            assert target(result)["realm"] == {"id": REALM}
    to_api = [host for host in upstream.hosts if ".containers." not in host]
    assert to_api == [BASE, *[realm_host(REALM)] * (len(to_api) - 1)]
    assert len(upstream.asked) == 1
    assert upstream.asked[0].host == BASE


@pytest.mark.parametrize("tool", CHANGES)
async def test_a_change_that_was_refused_for_the_realm_is_carried_out_once(connect: Connect, upstream: Realmed, tool: str) -> None:
    async with connect(spend="confirm") as client:
        assert not (await carried_out(client, tool, example(CATALOG[tool]))).is_error
    assert [sent.host for sent in upstream.changes][-1] == realm_host(REALM)
    assert len([sent for sent in upstream.changes if sent.host == realm_host(REALM)]) == 1


@at_once
async def test_many_first_calls_ask_once_and_all_arrive(connect: Connect, upstream: Realmed) -> None:
    results: list[CallToolResult] = []

    async def call(client: Client) -> None:
        results.append(await client.call_tool(*READ))

    async with connect() as client, anyio.create_task_group() as group:
        for _ in range(40):
            group.start_soon(call, client)
    assert [result.is_error for result in results] == [False] * 40
    assert len(upstream.asked) == 1


@at_once
async def test_a_refusal_that_comes_after_the_answer_about_the_realm_is_no_error(connect: Connect, upstream: Realmed) -> None:
    upstream.script(Reply(403, NEEDS_REALM.body, delay=5), when=lambda sent: sent.path == "/api/v1/projects/")
    results: list[CallToolResult] = []

    async def call(client: Client) -> None:
        results.append(await client.call_tool("projects_list", {}))

    async with connect() as client, anyio.create_task_group() as group:
        group.start_soon(call, client)
        await anyio.wait_all_tasks_blocked()
        assert not (await client.call_tool(*READ)).is_error
    assert [text_of(result) for result in results if result.is_error] == []
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("realms", [[REALM, OTHER], [f"{number:024x}" for number in range(1, 60)]], ids=["two", "many"])
async def test_of_several_realms_the_caller_has_to_choose(connect: Connect, upstream: Realmed, realms: list[str]) -> None:
    upstream.realms[CANARY] = realms
    async with connect() as client:
        for call in (READ, ("projects_create", {"alias": "new"}), READ):
            said = await fails(client, *call)
            assert "HOODY_REALM" in said
            assert all(realm in said for realm in realms[:20])
            assert len(said) < 700
    assert len(upstream.asked) == 1
    assert set(upstream.hosts) == {BASE}


async def test_of_several_realms_the_chosen_one_is_used_without_a_question(connect: Connect, upstream: Realmed) -> None:
    upstream.realms[CANARY] = [REALM, OTHER]
    async with connect(realm=OTHER) as client:
        assert target(await client.call_tool(*READ))["realm"] == {"id": OTHER}
    assert upstream.hosts == [realm_host(OTHER)]
    assert upstream.asked == []


async def test_a_token_that_has_no_realm_is_told_as_such(connect: Connect, upstream: Realmed) -> None:
    about = Reply.data({"restrictions": restrictions([], requires_realm_scope=True, allow_no_realm=False)})
    upstream.script(about, when=is_me)
    async with connect() as client:
        said = await fails(client, *READ)
    assert "none is named for it" in said
    assert "use another token" in said


@pytest.mark.parametrize("message", ["Insufficient permissions", "This token requires a realm-scoped URL"])
async def test_a_logins_token_is_not_asked(connect: Connect, upstream: Realmed, message: str) -> None:
    async with connect(token=JWT) as client:
        for _ in range(2):
            upstream.script(Reply.error(403, "FORBIDDEN", message))
            assert message in await fails(client, *READ)
    assert upstream.asked == []


OF_NO_HELP = {  # answers to the question about realms
    "no limits": Reply.data({"restrictions": restrictions([])}),
    "no restrictions": Reply.data({"id": "f" * 24}),
    "not found": Reply.error(404, "NOT_FOUND", "no such route"),
    "forbidden": Reply.error(403, "FORBIDDEN", "no"),
    "odd": Reply.data({"restrictions": {"requires_realm_scope": "yes", "allowed_realm_ids": REALM}}),
    "list": Reply.of([1]),
    "fault": Reply.error(500, "OOPS", "oops"),
    "page": Reply(200, b"<html><title>portal</title></html>", {"content-type": "text/html"}),
}


@pytest.mark.parametrize("about", OF_NO_HELP)
@at_once
async def test_an_ordinary_refusal_is_told_in_its_own_words_after_one_question(connect: Connect, upstream: Realmed, about: str) -> None:
    upstream.realms = {}
    upstream.script(*[OF_NO_HELP[about]] * 9, when=is_me)
    async with connect() as client:
        for tool, arguments in (READ, ("projects_create", {"alias": "new"}), READ):
            upstream.script(Reply.error(403, "PERMISSION_DENIED", "Only the owner may"), when=lambda sent: not is_me(sent))
            assert "403 PERMISSION_DENIED: Only the owner may" in await fails(client, tool, arguments)
    assert len(upstream.hosts) == 3
    assert len(upstream.asked) == 1 or about in {"fault", "page"}  # what passes may be asked again


async def test_a_refusal_inside_the_tokens_own_realm_stays_a_refusal(connect: Connect, upstream: Realmed) -> None:
    async with connect() as client:
        await client.call_tool(*READ)
        for _ in range(2):
            upstream.script(Reply.error(403, "PERMISSION_DENIED", "Only the owner may"))
            assert "Only the owner may" in await fails(client, *READ)
    assert len(upstream.asked) == 1
    assert upstream.hosts == [BASE, *[realm_host(REALM)] * 3]


@pytest.mark.parametrize("scope", [True, False], ids=["realm only", "also without"])
@pytest.mark.parametrize("realms", [[REALM], [REALM, OTHER]], ids=["one", "two"])
async def test_a_wrong_realm_is_told_with_the_right_ones(connect: Connect, upstream: Realmed, realms: list[str], *, scope: bool) -> None:
    upstream.realms[CANARY] = realms
    about = restrictions(realms, requires_realm_scope=scope, allow_no_realm=not scope)
    upstream.script(Reply.data({"restrictions": about}), when=is_me)
    async with connect(realm=WRONG) as client:
        for _ in range(2):
            said = await fails(client, *READ)
            assert "HOODY_REALM" in said
            assert all(realm in said for realm in realms)
    assert len(upstream.asked) == 1
    assert set(upstream.hosts) == {realm_host(WRONG)}


async def test_another_token_is_asked_anew(connect: Connect, upstream: Realmed, tmp_path: Path) -> None:
    file, tokens = tmp_path / "token", {"hdy_first": [REALM], "hdy_second": [OTHER], "hdy_free": list[str]()}
    upstream.realms = tokens
    used: list[dict[str, str] | None] = []
    async with connect(token=None, token_file=str(file)) as client:
        for token in [*tokens, *tokens]:
            file.write_text(token)
            result = await client.call_tool(*READ)
            assert not result.is_error
            used.append(target(result).get("realm"))
    assert used == [{"id": REALM}, {"id": OTHER}, None] * 2
    assert [sent.headers["authorization"] for sent in upstream.asked] == ["Bearer hdy_first", "Bearer hdy_second"]
    expected = {realm_host(REALM): {"Bearer hdy_first"}, realm_host(OTHER): {"Bearer hdy_second"}}
    for host, tokens_seen in expected.items():
        assert {sent.headers["authorization"] for sent in upstream.sent if sent.host == host} == tokens_seen


@pytest.mark.parametrize("realm", [f"{REALM}.evil.test/", "evil.test#", "../x", "", "a b", "é", REALM + "."], ids=repr)
async def test_the_token_leaves_for_no_host_but_hoodys(connect: Connect, upstream: Realmed, realm: str) -> None:
    upstream.realms[CANARY] = [realm]
    async with connect() as client:
        for call in (READ, KIT_READ):
            said = await fails(client, *call)
            assert CANARY not in said
            assert "fault of its own" not in said
    assert {sent.host for sent in upstream.sent} == {BASE}


async def test_no_container_gets_the_token_of_a_realm(connect: Connect, upstream: Realmed) -> None:
    async with connect() as client:
        assert not (await client.call_tool(*KIT_READ)).is_error
    assert CANARY not in str([sent for sent in upstream.sent if ".containers." in sent.host])
    assert {sent.host for sent in upstream.sent if "authorization" in sent.headers} == {BASE, realm_host(REALM)}


@pytest.mark.parametrize("realm", ["elsewhere", "A" * 24, "1" * 23, "../x", "a.b"])
async def test_what_is_no_realm_id_makes_no_host(connect: Connect, upstream: Realmed, realm: str) -> None:
    upstream.realms[CANARY] = [realm]
    async with connect() as client:
        assert "realm" in await fails(client, *READ)
    assert set(upstream.hosts) == {BASE}
