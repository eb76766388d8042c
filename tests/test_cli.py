"""The command line: what it prints, on which stream, and how it exits."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hoody_mcp import catalog, compiling, report
from hoody_mcp.cli import main
from hoody_mcp.everyday import EVERYDAY as EVERYDAY_TOOLS
from hoody_mcp.operations.excluded import EXCLUDED

from .calls import CATALOG, ENTRIES, OWN, OWN_READS, names
from .conftest import Connect
from .process import Process, hello, message

EVERYDAY = sorted([*EVERYDAY_TOOLS, *OWN])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="hoody-mcp")


def printed(*arguments: str) -> str:
    """Run a command that has to succeed and to leave stderr alone."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_it_tells_its_version() -> None:
    assert printed("--version") == f"hoody-mcp, version {version('hoody-mcp')}\n"


def test_help_says_how_many_tools_there_are_and_how_many_are_listed() -> None:
    words = " ".join(printed("--help").split())
    assert f"962 operations of Hoody are known, {len(ENTRIES)} are tools so far, {len(EVERYDAY_TOOLS)} of them listed by default," in words
    assert f"beside {len(CATALOG.own)} tools of the server's own" in words
    assert "--toolsets all lists all" in words


@pytest.mark.parametrize("command", ["serve", "tools", "operations", "schemas"])
def test_each_command_is_named_in_the_help_and_has_help_of_its_own(command: str) -> None:
    assert command in printed("--help")
    assert "Usage: hoody-mcp" in printed(command, "--help")


SELECTIONS: list[tuple[str, ...]] = [
    (),
    ("--toolsets", "all"),
    ("--toolsets", "firewall,env", "--exclude", "env_set"),
    ("--tools", "network_stop"),
    ("--toolsets", "all", "--read-only"),
]


@pytest.mark.parametrize("flags", SELECTIONS, ids=" ".join)
async def test_tools_as_json_is_what_a_client_is_told(connect: Connect, flags: tuple[str, ...]) -> None:
    told = {"toolsets": "", "tools": "", "exclude": "", "read_only": "--read-only" in flags}
    told |= {flag[2:]: value for flag, value in pairwise(flags) if flag.startswith("--") and not value.startswith("--")}
    async with connect(**told) as client:
        listed = [tool.model_dump(by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools]
    assert json.loads(printed("tools", *flags, "--json")) == listed


@pytest.mark.parametrize("flags", SELECTIONS, ids=" ".join)
def test_flags_mean_the_same_before_and_after_the_command(flags: tuple[str, ...]) -> None:
    assert printed(*flags, "tools") == printed("tools", *flags)


def test_the_table_has_a_line_for_each_tool_with_what_it_does_to_things() -> None:
    lines = printed("tools", "--toolsets", "all").splitlines()
    assert [line.split()[0] for line in lines[:-1]] == sorted([*names(ENTRIES), *OWN])
    assert lines[-1] == f"{len(ENTRIES) + len(OWN)} tools"
    for line in lines[:-1]:
        hints = (CATALOG.entries | CATALOG.own)[line.split()[0]].definition["annotations"]
        expected = "reads" if hints["readOnlyHint"] else "harms" if hints["destructiveHint"] else "writes"
        assert line.split()[1] == expected


COUNTING = pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")  # in the package that counts


@COUNTING
def test_tokens_are_counted_per_tool_largest_first() -> None:
    *lines, total = printed("tools", "--tokens").splitlines()
    sizes = [int(line.split()[0]) for line in lines]
    assert sorted(line.split()[1] for line in lines) == EVERYDAY
    assert sizes == sorted(sizes, reverse=True)
    found = re.fullmatch(r"(\d+) tools: (\d+) tokens, mean (\d+), largest (\d+)", total)
    assert found
    assert (int(found[1]), int(found[4])) == (len(EVERYDAY), sizes[0])
    assert abs(sum(sizes) - int(found[2])) <= 4 * len(sizes)  # brackets and commas


@COUNTING
def test_counting_no_tools_is_no_fault() -> None:
    assert (
        printed("tools", "--tools", "env_set", "--exclude", "hoody", "--read-only", "--tokens") == "0 tools: 1 tokens, mean 0, largest 0\n"
    )


def test_tokens_without_the_counting_package_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bpe_openai", None)
    vars(report)["_vocabulary"].cache_clear()  # other tests have counted already
    result = run("tools", "--tokens")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "pip install bpe-openai" in result.stderr


MISSPELT = [("--toolsets", "firewal", "firewall"), ("--tools", "env_sett", "env_set"), ("--exclude", "firewal", "firewall")]


@pytest.mark.parametrize(("flag", "name", "nearest"), MISSPELT)
@pytest.mark.parametrize("command", [(), ("tools",), ("tools", "--json")], ids=str)
def test_a_tool_that_does_not_exist_is_refused_by_every_command(flag: str, name: str, nearest: str, command: tuple[str, ...]) -> None:
    result = run(flag, name, *command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"did you mean {nearest}?" in result.stderr


WRONG = {
    "HOODY_LOG_LEVEL": "loud",
    "HOODY_BASE_URL": "http://api.hoody.icu",
    "HOODY_KIT_URL": "https://{nonsense}.containers.hoody.icu",
    "HOODY_REALM": "not-a-realm",
    "HOODY_READ_ONLY": "perhaps",
    "HOODY_CONFIRM": "never",
    "HOODY_SPEND": "allow",
    "HOODY_EXECUTE": "sometimes",
    "HOODY_TOKEN": "hdy_one hdy_two",
    "HOODY_AUDIT_LOG": "/no/such/directory/log",
    "HOODY_REALM_URL": "https://{relm}.api.hoody.icu",
}


@pytest.mark.parametrize("setting", WRONG)
def test_a_wrong_setting_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(setting, WRONG[setting])
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert setting in result.stderr
    assert WRONG[setting] not in result.stderr


def test_a_realm_whose_address_cannot_be_derived_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOODY_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HOODY_REALM", "a" * 24)
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: A realm needs HOODY_REALM_URL, because HOODY_BASE_URL is this machine\n"


@pytest.mark.parametrize("arguments", [("--nonsense",), ("nonsense",), ("tools", "--token", "hdy_x"), ("--token", "hdy_x")], ids=" ".join)
def test_an_unknown_option_or_command_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "hdy_x" not in result.stderr


def test_operations_are_printed_one_a_line() -> None:
    lines = printed("operations").splitlines()
    assert [line.split()[0] for line in lines] == names(ENTRIES)
    for line in lines:
        tool, method, path = line.split()
        assert (method, path.partition("?")[0]) == (CATALOG[tool].meta["method"], CATALOG[tool].meta["path"].partition("?")[0])


def test_operations_as_json_say_where_each_argument_travels() -> None:
    rows: list[dict[str, Any]] = json.loads(printed("operations", "--json"))
    assert [row["tool"] for row in rows] == names(ENTRIES)
    for row in rows:
        entry = CATALOG[row["tool"]]
        assert {key: row[key] for key in ("namespace", "method", "toolset", "risk")} == {
            key: entry.meta[key] for key in ("namespace", "method", "toolset", "risk")
        }
        told = {name: facts["schema"] for name, facts in row["arguments"].items() if not facts.get("supplied")}
        assert told == entry.definition["inputSchema"]["properties"]
        assert {facts["in"] for facts in row["arguments"].values()} <= {"path", "query", "header", "body", "local"}
        assert all("wire" in facts for facts in row["arguments"].values() if facts["in"] != "local")


def test_excluded_operations_have_a_reason_and_the_tool_that_does_the_same() -> None:
    rows: list[dict[str, str]] = json.loads(printed("operations", "--excluded", "--json"))
    assert [(row["namespace"], row["method"], row["path"]) for row in rows] == [(row.namespace, row.method, row.path) for row in EXCLUDED]
    assert all(row["reason"] for row in rows)
    assert {row["same_as"] for row in rows if "same_as" in row} <= set(names(ENTRIES))
    lines = printed("operations", "--excluded").splitlines()
    assert all(row["reason"] in line and row["path"] in line for row, line in zip(rows, lines, strict=True))


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the commands work on a copy of the compiled catalogue."""
    copied = tmp_path / "tool_schemas"
    shutil.copytree(catalog.folder(), copied)
    for module in (catalog, compiling):
        monkeypatch.setattr(module, "folder", lambda: copied)
    return copied


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=str)
def test_a_current_catalogue_passes(copy: Path, flags: tuple[str, ...]) -> None:
    assert printed("schemas", *flags) == ""
    assert copy.is_dir()


def spoil_changed(folder: Path) -> str:
    file = folder / "env.json"
    file.write_text(file.read_text().replace("variable", "thing", 1))
    return file.name


def spoil_missing(folder: Path) -> str:
    (folder / "env.json").unlink()
    return "env.json"


def spoil_surplus(folder: Path) -> str:
    (folder / "old.json").write_text("[]\n")
    return "old.json"


@pytest.mark.parametrize("spoil", [spoil_changed, spoil_missing, spoil_surplus])
def test_a_stale_catalogue_is_told_and_can_be_written_anew(copy: Path, spoil: Any) -> None:
    name = spoil(copy)
    checked = run("schemas", "--check")
    assert (checked.exit_code, checked.stdout) == (1, f"stale: {name}\n")
    assert "hoody-mcp schemas --write" in checked.stderr
    assert printed("schemas", "--write") == f"written: {name}\n"
    assert printed("schemas", "--check") == ""
    assert printed("schemas", "--write") == ""


def test_checking_and_writing_at_once_is_refused() -> None:
    assert run("schemas", "--check", "--write").exit_code == 2


def test_a_start_by_hand_is_told_what_it_is_for_and_which_setting_is_misspelt() -> None:
    with Process({"HOODY_READONLY": "secret-value", "HOODY_CONTAINER_ID": "x"}) as process:
        process.end_input()
        assert process.ended(15) == 0
        errors = process.errors()
    assert errors.count("start it from an MCP client") == 1
    assert errors.count("HOODY_READONLY (HOODY_READ_ONLY?)") == 1
    assert errors.count("\n") == 2
    assert "HOODY_CONTAINER_ID" not in errors
    assert "secret-value" not in errors


def test_serve_is_what_happens_without_a_command(tmp_path: Path) -> None:
    log = tmp_path / "audit"
    with Process({"HOODY_AUDIT_LOG": str(log)}, "--read-only", "--toolsets", "env", "serve") as process:
        process.ask(hello())
        listed = process.ask(message("tools/list", 1))["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["env_list", *OWN_READS]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
