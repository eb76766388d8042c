"""The doctor: what it finds about settings, token, network, clock, rights and one container, and what it never tells."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx2
import pytest

from hoody_mcp import doctor, findings
from hoody_mcp.doctor import Finding, Level
from hoody_mcp.jsons import Json
from hoody_mcp.sandbox import places, seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.state import World
from hoody_mcp.settings import Settings

from .conftest import CANARY
from .upstream import CONTAINER, Reply, Sent, Upstream

HOST = "api.sandbox.invalid"
REALM = "0123456789abcdef01234567"
ADDRESS = "203.0.113.7"
CHECKS = ["settings", "token", "proxy", "api", "clock", "access", "container", "limits"]
SELF = ["access", "expiry", "whitelist", "rights", "realm"]  # what an auth token says about itself
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


async def in_sandbox(token: str, sandbox: Sandbox | None = None, **flags: Any) -> list[Finding]:
    settings = Settings.load(**{"token": token, "base_url": places.API, "allow_host": HOST, **flags})
    return await doctor.examine(settings, Transport((sandbox or Sandbox(seed.make_world())).app))


async def at_upstream(upstream: Upstream, **flags: Any) -> list[Finding]:
    found = await doctor.examine(Settings.load(**{"token": CANARY, **flags}), upstream.transport)
    assert upstream.changes == []
    return found


def levels(found: list[Finding]) -> dict[str, str]:
    """Give the worst level of each check."""
    order = list(Level)
    worst: dict[str, Level] = {}
    for finding in found:
        worst[finding.check] = max(worst.get(finding.check, Level.OK), finding.level, key=order.index)
    return {check: level.value for check, level in worst.items()}


def one(found: list[Finding], check: str) -> Finding:
    """Give the last finding of a check."""
    return [finding for finding in found if finding.check == check][-1]


def told(found: list[Finding]) -> str:
    return doctor.as_text(found) + json.dumps([finding.shown() for finding in found])


def login(**payload: Any) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "HS256"}, payload))
    return ".".join([*parts, "c2lnbmF0dXJl"])


def to(path: str) -> Callable[[Sent], bool]:
    return lambda sent: sent.path == path


IP, ME, LIST, HEALTH = "/api/v1/ip", "/api/v1/auth/tokens/me", "/api/v1/containers/", "/api/v1/terminal/health"


def describe(upstream: Upstream, token: Json | None = None, restrictions: Json | None = None) -> None:
    """Let the upstream tell our address, and a token that may do everything."""
    date = {"content-type": "application/json", "date": format_datetime(datetime.now(UTC), usegmt=True)}
    address = Reply.data({"ip": ADDRESS})
    upstream.script(Reply(200, address.body, date), when=to(IP))
    record = {"id": "f" * 24, "alias": "mine", "permission_template": "full_access", **(token or {})}
    upstream.script(Reply.data({"token": record, "restrictions": restrictions or {}}), when=to(ME))


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


# --- settings and token


async def test_each_setting_is_told_with_where_it_comes_from(monkeypatch: pytest.MonkeyPatch, upstream: Upstream) -> None:
    for name, value in {"TOKEN": CANARY, "READ_ONLY": "1", "TOOLSETS": "files", "TOOLS": "ip_get", "SPEND": ""}.items():
        monkeypatch.setenv(f"HOODY_{name}", value)
    found = await doctor.examine(Settings.load(toolsets="env,files", exclude="env_set", execute="deny"), upstream.transport)
    stated, _, rest = one(found, "settings").what.partition(" Defaults: ")
    assert "token=set (HOODY_TOKEN)" in stated
    assert "read_only=true (HOODY_READ_ONLY)" in stated
    assert "toolsets=env,files (flag)" in stated
    assert "tools=ip_get (HOODY_TOOLS)" in stated
    assert "exclude=env_set (flag)" in stated
    assert "execute=deny (flag)" in stated
    assert "base_url=https://api.hoody.icu" in rest
    assert "spend=deny" in rest.partition("Not set:")[0]
    assert "audit_log" in rest.partition("Not set:")[2]


async def test_a_wrong_value_that_a_flag_overrides_is_the_flags(monkeypatch: pytest.MonkeyPatch, upstream: Upstream) -> None:
    monkeypatch.setenv("HOODY_READ_ONLY", "perhaps")
    monkeypatch.setenv("HOODY_TOOLSETS", "env")
    what = (await at_upstream(upstream, read_only=True))[0].what
    assert "read_only=true (flag)" in what
    assert "toolsets=env (HOODY_TOOLSETS)" in what


async def test_a_misspelt_setting_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOODY_READONLY", "secret-value")
    found = await in_sandbox(seed.TOKEN)
    assert "HOODY_READONLY (HOODY_READ_ONLY?)" in one(found, "settings").what
    assert (levels(found)["settings"], doctor.exit_code(found)) == ("warning", 1)
    assert "secret-value" not in told(found)


@pytest.mark.parametrize(
    ("flags", "check", "words"),
    [
        ({"audit_log": "/no/such/folder/log"}, "settings", "HOODY_AUDIT_LOG"),
        ({"base_url": "http://127.0.0.1:9", "realm": REALM}, "settings", "HOODY_REALM_URL"),
        ({"toolsets": "firewal"}, "limits", "did you mean firewall?"),
    ],
)
async def test_what_stops_the_server_from_starting_is_an_error(upstream: Upstream, flags: Json, check: str, words: str) -> None:
    found = await at_upstream(upstream, **flags)
    assert levels(found)[check] == "error"
    assert one(found, check).what.startswith("The server does not start")
    assert words in one(found, check).what


async def test_an_audit_log_that_can_be_written_is_not_made(tmp_path: Path) -> None:
    found = await in_sandbox(seed.TOKEN, audit_log=tmp_path / "log")
    assert levels(found)["settings"] == "ok"
    assert not (tmp_path / "log").exists()


async def test_without_a_token_the_network_is_examined_all_the_same(upstream: Upstream) -> None:
    upstream.script(Reply.error(401, "INVALID_TOKEN", "no"))
    found = await doctor.examine(Settings.load(), upstream.transport)
    assert {check: levels(found)[check] for check in CHECKS[1:]} == {
        **dict.fromkeys(CHECKS[1:], "note"),
        "token": "error",
        "proxy": "ok",
        "api": "ok",
        "limits": "ok",
    }
    assert one(found, "access").what == one(found, "container").what == "not examined: there is no token."
    assert "web console" in one(found, "token").do
    assert one(found, "api").what == "api.hoody.icu answers."
    assert [sent.path for sent in upstream.sent] == [IP]
    assert doctor.exit_code(found) == 2


async def test_a_file_that_others_can_read_is_a_warning(tmp_path: Path, upstream: Upstream) -> None:
    file = tmp_path / "secret.txt"
    file.write_text(f"{CANARY}\n")
    file.chmod(0o644)
    describe(upstream)
    found = await at_upstream(upstream, token_file=file)
    assert one(found, "token").level is Level.WARNING
    assert one(found, "token").do == f"chmod 600 {file}"
    assert "HOODY_TOKEN is set, too, and not used" in told(found)
    file.chmod(0o600)
    assert one(await at_upstream(upstream, token_file=file), "token").level is Level.OK


async def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    found = await doctor.examine(Settings.load(token_file=tmp_path / "none"), Upstream().transport)
    assert one(found, "token").what == "HOODY_TOKEN_FILE names a file that cannot be read"


async def test_a_token_in_place_of_its_files_path_is_noticed_and_not_told() -> None:
    found = await doctor.examine(Settings.load(token_file=CANARY), Upstream().transport)
    assert "belongs into HOODY_TOKEN" in one(found, "token").do
    assert "canary" not in told(found)


LOGINS = {
    login(sub="me", exp=time.time() + 7_300): (Level.NOTE, "expires in 2 hours"),
    login(sub="me", exp=time.time() - 130): (Level.ERROR, "expired 2 minutes ago"),
    login(sub="me"): (Level.WARNING, "when it expires cannot be read"),
    login(exp="soon"): (Level.WARNING, "when it expires cannot be read"),
    login(exp=1e300): (Level.WARNING, "when it expires cannot be read"),
    "eyJhbGciOiJI": (Level.WARNING, "when it expires cannot be read"),
    "eyJ.\x21\x21.x": (Level.WARNING, "when it expires cannot be read"),
    "whatever-this-is": (Level.WARNING, "neither an auth token"),
}


@pytest.mark.parametrize("token", LOGINS)
async def test_a_token_is_known_by_its_look(upstream: Upstream, token: str) -> None:
    level, words = LOGINS[token]
    found = await at_upstream(upstream, token=token)
    assert (one(found, "token").level, levels(found)["access"]) == (level, "ok")
    assert words in one(found, "token").what
    assert not [part for part in token.split(".") if len(part) > 3 and part in told(found)]
    assert ME not in [sent.path for sent in upstream.sent]  # it is about auth tokens


async def test_a_login_that_is_refused_is_an_error(upstream: Upstream) -> None:
    upstream.script(Reply.error(401, "TOKEN_EXPIRED", "expired"), when=to(LIST))
    found = await at_upstream(upstream, token=login(exp=time.time() + 60))
    assert (levels(found)["access"], one(found, "container").level) == ("error", Level.NOTE)


# --- proxies and certificates


async def test_without_proxies_that_is_said(upstream: Upstream) -> None:
    assert one(await at_upstream(upstream), "proxy").what == "No proxy and no certificates of your own are set."


@pytest.mark.parametrize(
    "address",
    ["http://me:pa55w0rd@proxy:8080", "me:pa55w0rd@proxy:8080", "http://me:pa55/w@0rd@proxy:8080", "https://pa55w0rd@proxy:8080"],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_proxies_are_told_without_their_logins(monkeypatch: pytest.MonkeyPatch, upstream: Upstream, name: str, address: str) -> None:
    monkeypatch.setenv(name, address)
    monkeypatch.setenv("NO_PROXY", "localhost, *")
    found = await at_upstream(upstream)
    assert f"{name.upper()}=" in one(found, "proxy").what
    assert "@proxy:8080" in one(found, "proxy").what
    assert "NO_PROXY holds *" in one(found, "proxy").what
    assert "pa55" not in told(found)


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_certificates_that_cannot_be_used_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = await doctor.examine(Settings.load(token=CANARY))  # no transport: nothing can be sent, either
    assert "names certificates that cannot be used" in one(found, "proxy").what
    assert ("holds no certificates" if content else "cannot be read") in told(found)
    assert [one(found, check).level for check in ("api", "clock", "access", "container")] == [Level.NOTE] * 4
    assert (levels(found)["limits"], doctor.exit_code(found)) == ("ok", 2)


@pytest.mark.parametrize(("address", "words"), [("socks5://proxy:1080", "must be http://"), ("gopher://proxy:70", "must be http://")])
async def test_a_proxy_that_cannot_be_used_is_an_error(monkeypatch: pytest.MonkeyPatch, address: str, words: str) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    found = await doctor.examine(Settings.load(token=CANARY))
    assert words in one(found, "proxy").what
    assert one(found, "api").what == "not examined: no connection can be made."


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


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, Level.OK, "agrees"),
        (50, Level.OK, "agrees"),
        (-50, Level.OK, "agrees"),
        (100, Level.WARNING, "1 minute behind"),
        (-100, Level.WARNING, "1 minute ahead of"),
        (7_300, Level.ERROR, "2 hours behind"),
        (-200_000, Level.ERROR, "2 days ahead of"),
    ],
)
async def test_a_clock_that_is_wrong_is_told(upstream: Upstream, seconds: int, level: Level, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    upstream.script(Reply(200, Reply.data({"ip": ADDRESS}).body, {"content-type": "application/json", "date": date}), when=to(IP))
    finding = one(await at_upstream(upstream), "clock")
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize("date", ["", "soon", "Tue, 99 Jan 2030 00:00:00 GMT"])
def test_a_date_that_cannot_be_read_is_left_out(date: str) -> None:
    finding, difference = findings.clock(date, NOW)
    assert (finding.level, difference) == (Level.NOTE, timedelta())


def test_a_date_without_a_zone_is_utc() -> None:
    assert findings.clock("Tue, 01 Jan 2030 00:00:10 -0000", NOW)[1] == timedelta(seconds=10)


async def test_expiry_goes_by_hoodys_clock(upstream: Upstream) -> None:
    now = datetime.now(UTC)
    date = format_datetime(now + timedelta(days=30), usegmt=True)
    upstream.script(Reply(200, Reply.data({}).body, {"content-type": "application/json", "date": date}), when=to(IP))
    describe(upstream, {"expires_at": (now + timedelta(days=20)).isoformat()})
    assert one(await at_upstream(upstream), "expiry").level is Level.ERROR


# --- what a token says about itself


@pytest.mark.parametrize(
    ("told_", "level", "words"),
    [
        (None, Level.OK, "does not expire"),
        ("2030-03-01T00:00:00Z", Level.OK, "in 59 days: 2030-03-01 00:00 UTC"),
        ("2030-01-07T23:00:00.000Z", Level.WARNING, "in 6 days"),
        ("2030-01-01T01:30:00", Level.WARNING, "in 1 hour"),
        ("2030-01-01T02:00:00+03:00", Level.ERROR, "has expired: 2029-12-31 23:00 UTC"),
        ("9999-12-31T23:59:59-10:00", Level.NOTE, "cannot be read"),
        ("never", Level.NOTE, "cannot be read"),
        ({}, Level.OK, "does not expire"),
        ({"a": 1}, Level.NOTE, "cannot be read"),
    ],
)
def test_expiry(told_: object, level: Level, words: str) -> None:
    finding = findings.expiry(told_, NOW)
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize(
    ("allowed", "address", "level"),
    [
        (None, ADDRESS, Level.OK),
        ([], ADDRESS, Level.OK),
        (["*"], "", Level.OK),
        ([ADDRESS], ADDRESS, Level.OK),
        (["nonsense", "203.0.113.99/24"], ADDRESS, Level.OK),
        (["192.0.2.0/24"], ADDRESS, Level.ERROR),
        (["192.0.2.0/24"], "2001:db8::1", Level.ERROR),
        (["nonsense"], "nonsense", Level.ERROR),
        (["192.0.2.0/24"], "", Level.NOTE),
    ],
)
def test_whitelists(allowed: object, address: str, level: Level) -> None:
    assert findings.whitelist(allowed, address).level is level


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


ALL = {"containers": True, "financial": {"server_rental": {"rent_servers": True}}, "resources": {"create_tokens": True}}


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        ({"permission_template": "full_access", "permissions": {}}, Level.OK, "everything"),
        ({"permissions": ALL}, Level.OK, "whatever is usual"),
        ({"permissions": {**ALL, "containers": {"read": True, "create": True, "actions": True}}}, Level.NOTE, "cannot: delete containers."),
        ({"permissions": {**ALL, "financial": {"wallet": {"read": True}}}}, Level.NOTE, "cannot: spend money."),
        ({"permissions": {**ALL, "resources": "yes"}}, Level.NOTE, "cannot: make or change tokens."),
        ({"permission_template": "dev_team", "permissions": None}, Level.NOTE, "(template dev_team) is not told"),
        ({"permission_template": "read_only", "permissions": {}}, Level.NOTE, "(template read_only) cannot: see containers, create"),
        ({}, Level.NOTE, "is not told"),
    ],
    ids=str,
)
def test_rights(record: Json, level: Level, words: str) -> None:
    finding = findings.rights(record)
    assert finding.level is level
    assert words in finding.what


REALMS = {"requires_realm_scope": True, "allowed_realm_ids": [REALM]}
LOCAL = {"base_url": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("restrictions", "flags", "level", "words"),
    [
        ({}, {}, Level.OK, "without a realm"),
        ({"requires_realm_scope": False, "allowed_realm_ids": []}, {"realm": REALM}, Level.OK, f"works in realm {REALM}"),
        (REALMS, {}, Level.OK, "used by itself"),
        (REALMS, {"realm": REALM}, Level.OK, "(HOODY_REALM)"),
        (REALMS, {"realm": "f" * 24}, Level.ERROR, "does not work there"),
        (REALMS, LOCAL, Level.ERROR, "HOODY_REALM_URL"),
        (REALMS, {**LOCAL, "realm_url": "http://127.0.0.1:9/{realm}"}, Level.OK, "used by itself"),
        ({**REALMS, "allowed_realm_ids": [REALM, "f" * 24]}, {}, Level.ERROR, "2 realms"),
        ({**REALMS, "allowed_realm_ids": [REALM, "f" * 24]}, {"realm": REALM}, Level.OK, "(HOODY_REALM)"),
        ({**REALMS, "allowed_realm_ids": []}, {}, Level.ERROR, "none is named"),
    ],
    ids=str,
)
async def test_realms(upstream: Upstream, restrictions: Json, flags: Json, level: Level, words: str) -> None:
    describe(upstream, restrictions=restrictions)
    found = await at_upstream(upstream, **flags)
    assert one(found, "realm").level is level
    assert words in one(found, "realm").what
    if level is Level.ERROR:
        assert one(found, "container").what == "not examined: the realm has to be set first."


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


# --- the limits of the server


@pytest.mark.parametrize(
    ("flags", "level", "words"),
    [
        ({}, Level.OK, "Programs run without asking. No money is spent (HOODY_SPEND=deny). What destroys is shown first"),
        ({"read_only": True}, Level.NOTE, "Only reading"),
        ({"execute": "code"}, Level.NOTE, "HOODY_EXECUTE=code"),
        ({"execute": "deny"}, Level.NOTE, "No programs are run"),
        ({"spend": "confirm"}, Level.NOTE, "after a confirmation (HOODY_SPEND=confirm)"),
        ({"confirm": "human"}, Level.NOTE, "needs a person's yes"),
        ({"confirm": "code"}, Level.NOTE, "HOODY_CONFIRM=code"),
        ({"tools": "env_set"}, Level.OK, "1 tools are listed (env_set)."),
        ({"toolsets": "env", "exclude": "env_list"}, Level.OK, "are listed (env)."),
    ],
    ids=str,
)
async def test_limits_are_told_in_plain_words(flags: Json, level: Level, words: str) -> None:
    finding = one(await in_sandbox(seed.TOKEN, **flags), "limits")
    assert finding.level is level
    assert words in finding.what


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


FOUND = [Finding("token", Level.OK, "Well."), Finding("access", Level.NOTE, "So so.", "Look."), Finding("x", Level.ERROR, "Bad.", "Act.")]


def test_findings_are_readable_without_colours() -> None:
    assert doctor.as_text(FOUND).splitlines() == [
        "ok       token     Well.",
        "note     access    So so.",
        "                   → Look.",
        "error    x         Bad.",
        "                   → Act.",
        "1 ok, 1 note, 0 warnings, 1 error",
    ]


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch, no_color: str, colored: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr(sys, "stdout", Mock(isatty=lambda: True))
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[31merror" in doctor.as_text(FOUND)) is colored


def test_as_json_a_finding_has_four_texts() -> None:
    assert FOUND[1].shown() == {"check": "access", "level": "note", "what": "So so.", "do": "Look."}
    assert json.dumps([finding.shown() for finding in FOUND])


@pytest.mark.parametrize(
    ("found", "code"), [([], 0), (["ok"], 0), (["note", "ok"], 0), (["warning", "note"], 1), (["error", "warning"], 2)], ids=str
)
def test_the_exit_code_is_that_of_the_worst(found: list[str], code: int) -> None:
    assert doctor.exit_code(Finding("x", Level(level), "y") for level in found) == code
