"""Settings: flags before environment, wrong values told by name, addresses and tokens that cannot do harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from hoody_mcp.cli import main
from hoody_mcp.errors import SettingsError
from hoody_mcp.listing import selected
from hoody_mcp.settings import Confirm, Execute, Settings, Spend, is_hoody_host, near_misses

from .calls import CATALOG, OWN, example
from .conftest import CANARY, Connect
from .upstream import CONTAINER, Upstream

REALM = "0123456789abcdef01234567"
READ = ("containers_get", {"container_id": CONTAINER})
ALL = {f"HOODY_{name.upper()}": name for name in Settings.model_fields}


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(main, arguments, env=variables)


def named(result: Result) -> set[str]:
    return {line.split()[0] for line in result.stdout.splitlines()[:-1]}


def test_without_any_setting_the_defaults_are_careful() -> None:
    settings = Settings.load()
    assert settings.base_url == "https://api.hoody.icu"
    assert (settings.spend, settings.confirm, settings.execute) == (Spend.DENY, Confirm.AUTO, Execute.ALLOW)
    assert (settings.realm, settings.token, settings.audit_log, settings.read_only) == (None, None, None, False)
    assert settings.listed_toolsets == ("everyday",)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HOODY_BASE_URL", "https://api.hoody.com", "https://api.hoody.com"),
        ("HOODY_REALM", REALM, REALM),
        ("HOODY_READ_ONLY", "1", True),
        ("HOODY_READ_ONLY", "TRUE", True),
        ("HOODY_READ_ONLY", "no", False),
        ("HOODY_EXECUTE", "deny", Execute.DENY),
        ("HOODY_SPEND", "confirm", Spend.CONFIRM),
        ("HOODY_CONFIRM", "human", Confirm.HUMAN),
        ("HOODY_LOG_LEVEL", "debug", "debug"),
        ("HOODY_TOOLSETS", "", ()),
        ("HOODY_REALM", "", None),
        ("HOODY_TOOLSETS", "files, terminal ,,snapshots\nenv", ("files", "terminal", "snapshots", "env")),
        ("HOODY_TOOLS", "env_list", ("env_list",)),
        ("HOODY_EXCLUDE", "files env", ("files", "env")),
        ("HOODY_ALLOW_HOST", "a.test,b.test", ("a.test", "b.test")),
        ("HOODY_AUDIT_LOG", "/tmp/x", Path("/tmp/x")),  # noqa: S108 - nothing is written there
        ("hoody_spend", "confirm", Spend.CONFIRM),
    ],
)
def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: Any) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings.load(), ALL[name.upper()]) == expected


def test_flags_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOODY_TOOLSETS", "files")
    monkeypatch.setenv("HOODY_BASE_URL", "https://api.hoody.com")
    settings = Settings.load(toolsets="env", base_url=None)
    assert (settings.toolsets, settings.base_url) == (("env",), "https://api.hoody.com")


def test_flags_win_on_the_command_line_too() -> None:
    from_environment = named(run("tools", HOODY_TOOLSETS="files"))
    from_flag = named(run("--toolsets", "env", "tools", HOODY_TOOLSETS="files"))
    assert "files_get" in from_environment
    assert "env_list" in from_flag
    assert from_flag & from_environment == set(OWN)
    assert named(run("--toolsets", "files", "tools", "--toolsets", "env")) == from_flag


def test_lists_on_the_command_line_are_separated_by_commas() -> None:
    listed = named(run("--toolsets", "env,files", "--tools", "containers_get, projects_get", "--exclude", "files_get,files_put", "tools"))
    assert {"env_list", "files_stat", "containers_get", "projects_get"} <= listed
    assert not {"files_get", "files_put", "containers_list"} & listed


def test_single_tools_and_the_servers_own_are_the_whole_list() -> None:
    assert [entry.name for entry in selected(CATALOG, Settings.load(tools="env_list"))] == ["env_list", *OWN]


BAD = [
    ("HOODY_REALM", "S3CRET-VALUE"),
    ("HOODY_REALM", REALM.upper()),
    ("HOODY_REALM", f"{REALM}\n"),
    ("HOODY_READ_ONLY", "S3CRET-VALUE"),
    ("HOODY_EXECUTE", "S3CRET-VALUE"),
    ("HOODY_SPEND", "S3CRET-VALUE"),
    ("HOODY_CONFIRM", "S3CRET-VALUE"),
    ("HOODY_CONFIRM", "S3CRET-off"),
    ("HOODY_LOG_LEVEL", "S3CRET-VALUE"),
    ("HOODY_TOKEN", "S3CRET\nVALUE"),
    ("HOODY_TOKEN", "S3CRET-tök"),
    ("HOODY_TOKEN", "S3CRET VALUE"),
    ("HOODY_TOKEN", "S3CRET" * 2000),
    ("HOODY_TOKEN", "S3CRET\x7f"),
    ("HOODY_TOKEN", '""'),
    ("HOODY_BASE_URL", "S3CRET-VALUE"),
    ("HOODY_BASE_URL", "http://api.hoody.icu/S3CRET"),
    ("HOODY_BASE_URL", "ftp://api.hoody.icu/S3CRET"),
    ("HOODY_BASE_URL", "https://S3CRET@api.hoody.icu"),
    ("HOODY_BASE_URL", "https://user:S3CRET@evil.test"),
    ("HOODY_BASE_URL", "https://api.hoody.icu?key=S3CRET"),
    ("HOODY_BASE_URL", "https://api.hoody.icu#S3CRET"),
    ("HOODY_BASE_URL", "https://api.hoody.com.evil.test/S3CRET"),
    ("HOODY_BASE_URL", "https://evilhoody.icu/S3CRET"),
    ("HOODY_BASE_URL", "https://evil.test\\.hoody.icu/S3CRET"),
    ("HOODY_BASE_URL", "https://api hoody.icu/S3CRET"),
    ("HOODY_BASE_URL", "https:///S3CRET"),
    ("HOODY_BASE_URL", "https://[::1/S3CRET"),
    ("HOODY_BASE_URL", "https://api.hoody.icu:S3CRET"),
    ("HOODY_BASE_URL", "https://api.hoody.icu:99999"),
    ("HOODY_BASE_URL", "https://{realm}.hoody.icu/S3CRET"),
    ("HOODY_KIT_URL", "https://{container}.containers.hoody.icu/S3CRET"),
    ("HOODY_KIT_URL", "https://{}.containers.hoody.icu/S3CRET"),
    ("HOODY_KIT_URL", "https://{container_id}@{server}/S3CRET"),
    ("HOODY_KIT_URL", "https://{server}/S3CRET"),
    ("HOODY_KIT_URL", "https://{container_id}.hoody.icu.{server}/S3CRET"),
    ("HOODY_KIT_URL", "http://{container_id}.containers.hoody.icu/S3CRET"),
    ("HOODY_REALM_URL", "https://{server}.api.hoody.icu/S3CRET"),
    ("HOODY_REALM_URL", "https://{realm}.evil.test/S3CRET"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_wrong_value_stops_the_start_with_the_settings_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        Settings.load()
    assert name in str(error.value)
    assert "S3CRET" not in str(error.value)
    assert len(str(error.value)) <= 300
    result = run("tools")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {error.value}\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"HOODY_REALM": REALM, "HOODY_BASE_URL": "http://127.0.0.1:1"},
        {"HOODY_AUDIT_LOG": "/nowhere/at/all"},
        {"HOODY_TOOLS": "container_get"},
    ],
    ids=min,
)
def test_what_only_the_server_notices_stops_it_in_one_line_too(variables: dict[str, str]) -> None:
    command, environment = [sys.executable, "-m", "hoody_mcp"], {**os.environ, **variables}
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"Error: ")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.hoody.icu", "https://api.hoody.com/", "https://hoody.run", "https://API.HOODY.LAT:8443/prefix"),
        *("http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://localhost:1/x"),
    ],
)
def test_hoodys_own_hosts_and_this_machine_need_no_leave(url: str) -> None:
    assert Settings.load(base_url=url, kit_url=url + "/{container_id}").base_url == url


@pytest.mark.parametrize(
    ("setting", "url", "allowed"),
    [
        ("base_url", "https://hoody.example.com", "hoody.example.com"),
        ("base_url", "https://hoody.example.com:8443/x", "other.test,hoody.example.com"),
        ("base_url", "https://hoody.example.com", "Hoody.Example.COM"),
    ],
)
def test_another_host_needs_leave(setting: str, url: str, allowed: str) -> None:
    with pytest.raises(SettingsError, match="HOODY_ALLOW_HOST"):
        Settings.load(**{setting: url})
    assert getattr(Settings.load(**{setting: url}, allow_host=allowed), setting) == url


@pytest.mark.parametrize(
    ("setting", "url"),
    [("kit_url", "https://{container_id}.kits.example.com/{service}"), ("realm_url", "https://{realm}.kits.example.com")],
)
def test_leave_for_a_domain_covers_the_labels_that_a_template_puts_before_it(setting: str, url: str) -> None:
    assert getattr(Settings.load(**{setting: url}, allow_host="kits.example.com"), setting) == url


@pytest.mark.parametrize("url", ["http://hoody.example.com", "https://me@hoody.example.com", "https://hoody.example.com?x"])
def test_leave_for_a_host_is_no_leave_for_an_unsafe_address(url: str) -> None:
    with pytest.raises(SettingsError, match="HOODY_BASE_URL"):
        Settings.load(base_url=url, allow_host="hoody.example.com")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("hoody.icu", True),
        ("a.b.hoody.com", True),
        ("xhoody.com", False),
        ("hoody.com.evil.test", False),
        ("", False),
        ("hoody.org", False),
    ],
)
def test_a_host_is_hoodys_by_its_end(host: str, own: bool) -> None:  # noqa: FBT001 - a table
    assert is_hoody_host(host) is own


CLEAN = [
    *("abc", "abc\n", "\r\n abc \t", '"abc"', "'abc'", "\ufeffabc", "Bearer abc", "bearer   abc", '"Bearer abc"', 'Bearer "abc"'),
    *('\ufeff"abc"\n', " 'abc' ", "\u00a0abc"),
]


@pytest.mark.parametrize("text", CLEAN, ids=repr)
async def test_what_copying_adds_to_a_token_is_taken_off(connect: Connect, upstream: Upstream, tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    for settings in ({"token": text}, {"token": None, "token_file": str(file)}):
        async with connect(**settings) as client:
            await client.call_tool(*READ)
    assert [sent.headers["authorization"] for sent in upstream.sent] == ["Bearer abc"] * 2


@pytest.mark.parametrize("content", ["a\nb", "tök", "", "\n", "x" * 10_240, "a b", None, b"\xff\xfea\x00b\x00"], ids=repr)
async def test_a_bad_token_file_is_told_in_the_call(
    connect: Connect, upstream: Upstream, tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "SECRET-name"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    async with connect(token=None, token_file=str(file)) as client:
        text = str((await client.call_tool(*READ)).content)
        assert "HOODY_TOKEN_FILE" in text
        assert "SECRET-name" not in text
        assert upstream.sent == []
        file.write_text(CANARY)
        assert not (await client.call_tool(*READ)).is_error


async def test_the_token_file_comes_before_the_token(connect: Connect, upstream: Upstream, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hdy_from_file")
    async with connect(token_file=str(file)) as client:
        await client.call_tool(*READ)
    assert upstream.sent[0].headers["authorization"] == "Bearer hdy_from_file"


@pytest.mark.parametrize("tool", ["containers_get", "containers_delete", "files_get", "files_put", "terminal_execute", "projects_create"])
async def test_without_a_token_tools_are_listed_and_a_call_says_how_to_get_one(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect(token=None) as client:
        assert tool in {listed.name for listed in (await client.list_tools()).tools}
        result = await client.call_tool(tool, example(CATALOG[tool]))
    text = str(result.content)
    assert result.is_error
    assert "HOODY_TOKEN" in text
    assert "HOODY_TOKEN_FILE" in text
    assert "hoody auth create" in text
    assert upstream.sent == []


def test_settings_do_not_show_the_token_and_do_not_change() -> None:
    settings = Settings.load(token=CANARY)
    assert CANARY not in repr(settings) + str(settings) + json.dumps(settings.model_dump(mode="json"))
    assert settings.current_token() == CANARY
    with pytest.raises(ValidationError):
        settings.read_only = True  # pyright: ignore[reportAttributeAccessIssue]


def test_variables_that_look_like_misspelt_settings_are_named() -> None:
    unknown = {"HOODY_READONLY": "1", "HOODY_TOKENS": "x", "HOODY_BASEURL": "y", "HOODY_CONTAINER_ID": "z", "HOODY": "", "OTHER_TOKEN": ""}
    found = near_misses({**unknown, "HOODY_TOKEN": "t", "HOODY_READ_ONLY": "1"})
    assert found == ["HOODY_BASEURL (HOODY_BASE_URL?)", "HOODY_READONLY (HOODY_READ_ONLY?)", "HOODY_TOKENS (HOODY_TOKEN?)"]


def test_an_unknown_variable_does_not_stop_the_start_but_an_unknown_flag_does() -> None:
    assert run("tools", HOODY_READONLY="1", HOODY_ANYTHING="x").exit_code == 0
    assert run("--readonly", "tools").exit_code == 2
