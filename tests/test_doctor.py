"""What an examination tells: for every kind of token, network and container."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx2
import pytest

from hoody_mcp import doctor
from hoody_mcp.doctor import Level
from hoody_mcp.jsons import Json
from hoody_mcp.sandbox import places, seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.state import World
from hoody_mcp.settings import Settings

from .conftest import CANARY
from .examination import ADDRESS, CHECKS, HEALTH, IP, LIST, ME, SELF, at_upstream, describe, in_sandbox, levels, one, to, told
from .upstream import CONTAINER, Reply, Upstream

pytestmark = pytest.mark.usefixtures("no_proxies")


# --- each kind of token, in the sandbox

GOOD = {"access": "ok", "expiry": "ok", "whitelist": "ok", "rights": "ok", "realm": "ok", "container": "note"}
REFUSED = {"access": "error", "container": "note"}
TOKENS: dict[str, tuple[dict[str, str], int, str]] = {
    "TOKEN": (GOOD, 0, "Hoody accepts the token everything"),
    "EXPIRED": (REFUSED, 2, "TOKEN_EXPIRED"),
    "REVOKED": (REFUSED, 2, "was revoked"),
    "UNKNOWN": (REFUSED, 2, "INVALID_TOKEN"),
    "ELSEWHERE": (REFUSED, 2, "IP address 127.0.0.1 is not in the whitelist"),
    "IN_REALM": (GOOD, 0, f"works in realm {seed.REALM} only, which is used by itself"),
    "IN_REALMS": ({**GOOD, "realm": "error"}, 2, f"Set HOODY_REALM to one of: {seed.REALM}, {seed.OTHER_REALM}."),
    "READER": ({**GOOD, "rights": "note"}, 0, "cannot: create containers, delete containers, start and stop them"),
    "SESSION": ({"token": "note", "access": "ok", "container": "note"}, 0, "which lives a day"),
}


@pytest.mark.parametrize("name", TOKENS)
async def test_each_kind_of_token_is_told_what_is_the_matter_with_it(name: str) -> None:
    expected, code, words = TOKENS[name]
    token, sandbox = getattr(seed, name), Sandbox(seed.make_world())
    found = await in_sandbox(token, sandbox)
    always = {"settings": "ok", "token": "ok", "proxy": "ok", "api": "ok", "clock": "note", "limits": "ok"}
    assert levels(found) == always | expected
    assert doctor.exit_code(found) == code
    assert words in told(found)
    assert not [part for part in (token, *token.split("_")[1:], *token.split(".")) if part in told(found)]
    assert len(sandbox.requests) <= 7
    assert {seen.method for seen in sandbox.requests} == {"GET"}


async def test_what_is_wrong_always_comes_with_what_to_do() -> None:
    for name in TOKENS:
        for finding in await in_sandbox(getattr(seed, name)):
            assert finding.what
            assert finding.do or finding.level in {Level.OK, Level.NOTE}
            assert not (finding.do and finding.level is Level.OK)


async def test_the_order_of_findings_is_fixed() -> None:
    found = await in_sandbox(seed.TOKEN)
    assert [finding.check for finding in found] == [*CHECKS[:5], *SELF, *CHECKS[6:]]


async def test_a_running_container_is_asked() -> None:
    world = seed.make_world(seconds_to_start=0.0, seconds_to_wake=0.0)
    await _create(world, name="box")
    sandbox = Sandbox(world)
    found = await in_sandbox(seed.TOKEN, sandbox)
    assert levels(found)["container"] == "ok"
    assert one(found, "container").what.startswith("The terminal of container box (")
    assert [seen.path for seen in sandbox.requests][-1] == HEALTH


async def test_a_container_without_services_is_not_asked() -> None:
    world = seed.make_world(seconds_to_start=0.0, seconds_to_wake=0.0)
    await _create(world, name="bare", hoody_kit=False)
    assert levels(await in_sandbox(seed.TOKEN, Sandbox(world)))["container"] == "note"


async def _create(world: World, **facts: Any) -> None:
    async with httpx2.AsyncClient(transport=Transport(Sandbox(world).app)) as http:
        url, headers = f"{places.API}/api/v1/projects/{seed.PROJECT}/containers", {"authorization": f"Bearer {seed.TOKEN}"}
        made = await http.post(url, json={"server_id": seed.SERVER, **facts}, headers=headers)
        assert made.status_code == 201


async def test_the_sandbox_setting_is_enough_to_examine_the_sandbox() -> None:
    found = await doctor.examine(Settings.load(sandbox=True, token=CANARY))
    assert doctor.exit_code(found) == 0
    assert "token=set (sandbox)" in found[0].what
    assert "from the sandbox itself" in one(found, "token").what
    assert seed.TOKEN not in told(found)


# --- whether Hoody answers, and what time it is there


async def test_all_is_well_where_all_is_well(upstream: Upstream) -> None:
    describe(upstream)
    found = await at_upstream(upstream)
    assert set(levels(found).values()) == {"ok"}
    assert (one(found, "api").what, doctor.exit_code(found)) == (f"api.hoody.icu answers, and sees this machine as {ADDRESS}.", 0)
    assert [sent.path for sent in upstream.sent] == [IP, ME, LIST, f"{LIST}{CONTAINER}", HEALTH]


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("fault", [httpx2.ConnectError("no"), httpx2.ProxyError("no"), httpx2.ReadError("no"), httpx2.ReadTimeout("no")])
async def test_where_nobody_answers_what_needs_an_answer_is_left_out(upstream: Upstream, fault: Exception) -> None:
    upstream.script(Reply(fault=fault))
    found = await at_upstream(upstream)
    assert (levels(found)["api"], doctor.exit_code(found)) == ("error", 2)
    assert {one(found, check).what for check in ("access", "container")} == {"not examined: Hoody cannot be reached."}
    assert len(upstream.sent) == 1


async def test_each_check_is_bounded_in_time(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SECONDS", 0.1)
    upstream.script(Reply(delay=60))
    started = time.monotonic()
    found = await at_upstream(upstream)
    assert time.monotonic() - started < 5
    assert "No answer within" in one(found, "api").what


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize(
    "reply",
    [
        Reply(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"}),
        Reply(200, b"<html><title>Log in</title></html>", {"content-type": "text/html"}),
        Reply(200, b"hello", {"content-type": "text/plain"}),
        Reply(302, b"", {"location": "https://example.com"}),
        Reply(403, b"", {}),
        Reply.error(500, "INTERNAL_ERROR", "broken"),
        Reply.error(429, "RATE_LIMITED", "too many"),
    ],
    ids=str,
)
async def test_a_wrong_answer_is_an_error_that_does_not_keep_the_token_from_being_examined(upstream: Upstream, reply: Reply) -> None:
    upstream.script(reply, when=to(IP))
    describe(upstream)
    describe(upstream)  # a refusal makes the client ask about the token by itself
    found = await at_upstream(upstream)
    assert (levels(found)["api"], levels(found)["access"], levels(found)["container"]) == ("error", "ok", "ok")
    assert one(found, "api").do


async def test_an_answer_without_our_address_is_an_answer(upstream: Upstream) -> None:
    found = await at_upstream(upstream)
    assert one(found, "api").what == "api.hoody.icu answers."
    assert one(found, "access").level is Level.WARNING  # this upstream does not describe its tokens


async def test_an_address_that_is_not_in_the_whitelist_is_an_error(upstream: Upstream) -> None:
    describe(upstream, {"ip_whitelist": ["192.0.2.0/24"]})
    finding = one(await at_upstream(upstream), "whitelist")
    assert finding.level is Level.ERROR
    assert f"add {ADDRESS}" in finding.do


async def test_a_refusal_at_this_address_names_it(upstream: Upstream) -> None:
    upstream.script(Reply.data({"ip": ADDRESS}), when=to(IP))
    upstream.script(Reply.error(403, "FORBIDDEN", "not in the whitelist"), Reply.error(403, "FORBIDDEN", "again"), when=to(ME))
    finding = one(await at_upstream(upstream), "access")
    assert finding.level is Level.ERROR
    assert f"Hoody sees this machine as {ADDRESS}." in finding.do


@pytest.mark.usefixtures("no_repeats")
async def test_a_fault_of_hoodys_does_not_keep_the_container_from_being_examined(upstream: Upstream) -> None:
    upstream.script(Reply.error(500, "INTERNAL_ERROR", "broken"), when=to(ME))
    found = await at_upstream(upstream)
    assert (levels(found)["access"], levels(found)["container"]) == ("error", "ok")


async def test_a_realm_that_the_token_is_not_for_is_named_in_the_sandbox_too() -> None:
    found = await in_sandbox(seed.IN_REALM, realm=seed.OTHER_REALM)
    assert (levels(found)["access"], levels(found)["realm"]) == ("ok", "error")
    assert seed.REALM in one(found, "realm").do
    assert levels(await in_sandbox(seed.IN_REALMS, realm=seed.OTHER_REALM))["realm"] == "ok"


# --- one container


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize(
    ("reply", "level", "words"),
    [
        (Reply(200, b"OK", {"content-type": "text/plain"}), "ok", "answers"),
        (Reply.of({"status": "error", "code": "NOT_FOUND", "message": "no such path"}, 404), "ok", "answers"),
        (Reply.of({"error": "Login needed"}, 401), "warning", "proxy permissions"),
        (Reply(200, b"<html><title>Log in</title></html>", {"content-type": "text/html"}), "error", "Log in"),
        (Reply.of({"error": "broken"}, 500), "error", "500"),
        (Reply(fault=httpx2.ConnectError("no")), "error", "Cannot reach"),
    ],
    ids=str,
)
async def test_what_a_service_answers(upstream: Upstream, reply: Reply, level: str, words: str) -> None:
    describe(upstream)
    upstream.script(reply, when=to(HEALTH))
    found = await at_upstream(upstream)
    assert levels(found)["container"] == level
    assert words in one(found, "container").what
    assert all("authorization" not in sent.headers for sent in upstream.sent if sent.path == HEALTH)


async def test_a_container_that_has_stopped_since_it_was_listed_is_a_warning(upstream: Upstream) -> None:
    describe(upstream)
    upstream.script(Reply.data({"containers": [{"id": CONTAINER, **upstream.container}]}), when=to(LIST))
    upstream.container["status"] = "stopped"
    finding = one(await at_upstream(upstream), "container")
    assert finding.level is Level.WARNING
    assert "containers_power" in finding.what


@pytest.mark.parametrize("facts", [{"status": "stopped"}, {"hoody_kit": False}])
async def test_without_a_running_container_there_is_nothing_to_ask(upstream: Upstream, facts: Json) -> None:
    describe(upstream)
    upstream.container |= facts
    found = await at_upstream(upstream)
    assert (levels(found)["container"], doctor.exit_code(found)) == ("note", 0)


@pytest.mark.parametrize("data", [None, [], {"containers": "none"}, {"containers": {}}])
async def test_a_list_that_cannot_be_read_is_an_error(upstream: Upstream, data: Any) -> None:
    describe(upstream)
    upstream.script(Reply.data(data), when=to(LIST))
    assert one(await at_upstream(upstream), "container").what == "The list of containers cannot be read."


# --- what is never told, and how findings are shown


async def test_nothing_that_hoody_echoes_brings_the_token_to_light(upstream: Upstream) -> None:
    echo = f"{CANARY} hdy_canary0123 {base64.b64encode(CANARY.encode()).decode()} \x1b[31mred\x1b]0;title\x07\u202e"
    upstream.script(Reply.data({"ip": echo}), when=to(IP))
    record = {"id": echo, "alias": echo, "expires_at": echo, "ip_whitelist": [echo], "permission_template": echo, "prefix": CANARY[:12]}
    restrictions = {"requires_realm_scope": True, "allowed_realm_ids": [echo, echo]}
    upstream.script(Reply.data({"token": record, "restrictions": restrictions}), when=to(ME))
    found = await at_upstream(upstream)
    upstream.script(Reply.error(418, echo, echo), when=to(ME))
    upstream.container["name"] = echo
    found += await at_upstream(upstream)
    shown = told(found)
    assert "[masked]" in shown
    assert not [part for part in ("canary", "c4n4ry", base64.b64encode(CANARY.encode()).decode().rstrip("=")) if part in shown]
    assert doctor.as_text(found).replace("\n", "").isprintable()
