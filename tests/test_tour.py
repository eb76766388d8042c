"""The first thing that a newcomer runs: it ends well when all is well, and says so when it is not."""

from __future__ import annotations

import json
import logging
import os
import shlex
import subprocess
import sys
from typing import Any

import pytest

from hoody_mcp.clients import command, guides
from hoody_mcp.tour import main

from .conftest import CANARY

CLIENTS = ["Claude Desktop", "Claude Code", "Cursor", "VS Code"]
STEPS = [
    *("tools are listed", "has the id", "status is creating", "the container runs", "exit code 0", "holds what was written"),
    *("is there", "is still there", "only the code of the preview counts", "the project is gone"),
]


def tour(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hoody_mcp", "try"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_tour_goes_through_every_step_and_ends_with_the_configuration() -> None:
    went = tour(HOODY_TOKEN=CANARY, HOODY_TOOLSETS="nonsense")
    assert went.returncode == 0, went.stdout + went.stderr
    assert [step for step in STEPS if step not in went.stdout] == []
    assert [client for client in CLIENTS if went.stdout.count(client) != 2] == []
    assert CANARY not in went.stdout


@pytest.mark.parametrize("server", ["/bin/false", "/bin/cat"])
def test_a_tour_whose_server_does_not_answer_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: str
) -> None:
    monkeypatch.setattr(sys, "executable", server)
    monkeypatch.setattr(logging, "disable", lambda: None)
    assert main() == 1
    shown = capsys.readouterr().out
    assert "the server does not answer" in shown
    assert "Claude" not in shown


def entries(*, sandbox: bool) -> dict[str, Any]:
    texts = {guide.client: guide.text for guide in guides(["/opt/a b/hoody-mcp"], sandbox=sandbox)}
    assert list(texts) == CLIENTS
    name = "hoody-sandbox" if sandbox else "hoody"
    parsed = {client: json.loads(text) for client, text in texts.items() if client != "Claude Code"}
    servers = {client: found.get("mcpServers", found.get("servers"))[name] for client, found in parsed.items()}
    return {**servers, "Claude Code": shlex.split(texts["Claude Code"].splitlines()[-1])}


def test_an_entry_for_the_sandbox_needs_no_token() -> None:
    found = entries(sandbox=True)
    assert found.pop("Claude Code") == ["claude", "mcp", "add", "hoody-sandbox", "--", "/opt/a b/hoody-mcp", "--sandbox"]
    for server in found.values():
        assert (server["command"], server["args"], "env" in server) == ("/opt/a b/hoody-mcp", ["--sandbox"], False)


def test_an_entry_for_an_account_keeps_the_token_out_of_command_lines() -> None:
    found = entries(sandbox=False)
    line = found.pop("Claude Code")
    assert line[-2:] == ["--", "/opt/a b/hoody-mcp"]
    assert [word for word in line if "TOKEN" in word] == ["HOODY_TOKEN_FILE=~/.hoody-token"]
    assert {client: server["env"]["HOODY_TOKEN"] for client, server in found.items()} == {
        "Claude Desktop": "hdy_…",
        "Cursor": "${env:HOODY_TOKEN}",
        "VS Code": "${input:hoody-token}",
    }


@pytest.mark.parametrize("options", [["--version"], ["--sandbox", "tools"]], ids=" ".join)
def test_the_command_of_an_entry_starts_this_installation(options: list[str]) -> None:
    ran = subprocess.run([*command(), *options], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own command
    assert ran.returncode == 0
