"""What an examination tells about settings, the token's place, proxies and the limits of this server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hoody_mcp import doctor
from hoody_mcp.doctor import Level
from hoody_mcp.jsons import Json
from hoody_mcp.sandbox import seed
from hoody_mcp.settings import Settings

from .calls import OWN
from .conftest import CANARY
from .examination import CHECKS, IP, LIST, ME, REALM, at_upstream, describe, in_sandbox, levels, login, one, to, told
from .upstream import Reply, Upstream

pytestmark = pytest.mark.usefixtures("no_proxies")


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
    login(sub="me", exp=time.time() + 9_000): (Level.NOTE, "expires in 2 hours"),
    login(sub="me", exp=time.time() - 9_000): (Level.ERROR, "expired 2 hours ago"),
    login(sub="me"): (Level.WARNING, "when it expires cannot be read"),
    login(exp="soon"): (Level.WARNING, "when it expires cannot be read"),
    login(exp=1e300): (Level.WARNING, "when it expires cannot be read"),
    "eyJhbGciOiJI": (Level.WARNING, "when it expires cannot be read"),
    "eyJ.\x21\x21.x": (Level.WARNING, "when it expires cannot be read"),
    "whatever-this-is": (Level.WARNING, "neither an auth token"),
}


@pytest.mark.parametrize("token", LOGINS, ids=range(len(LOGINS)))  # some are made of the time
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
        ({"tools": "env_set"}, Level.OK, f"{1 + len(OWN)} tools are listed (env_set)."),
        ({"toolsets": "env", "exclude": "env_list"}, Level.OK, f"{3 + len(OWN)} tools are listed (env)."),
    ],
    ids=str,
)
async def test_limits_are_told_in_plain_words(flags: Json, level: Level, words: str) -> None:
    finding = one(await in_sandbox(seed.TOKEN, **flags), "limits")
    assert finding.level is level
    assert words in finding.what
