"""How to enter this server into the clients people use: the exact text, and where it goes."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "hoody"
TOKEN_FILE = "~/.hoody-token"  # noqa: S105 - a path
TOKEN_FILE_COMMAND = f"(umask 077; cat > {TOKEN_FILE})   # paste the token, press Enter and Ctrl-D"


@dataclass(frozen=True)
class Guide:
    """What to enter into one client."""

    client: str
    where: str
    text: str


def command() -> list[str]:
    """Give the command that starts this very installation from anywhere."""
    installed = Path(sys.executable).with_name("hoody-mcp")
    found = str(installed) if installed.exists() else shutil.which("hoody-mcp")
    return [found] if found else [sys.executable, "-m", "hoody_mcp"]


def guides(start: list[str], *, sandbox: bool) -> list[Guide]:
    """Give the entries for every client; with a token out of sight of process lists and shell histories, or for the sandbox."""
    words = [*start, *(["--sandbox"] if sandbox else [])]
    name = f"{NAME}-sandbox" if sandbox else NAME
    entry: dict[str, Any] = {"command": words[0], "args": words[1:]}
    desktop = entry if sandbox else {**entry, "env": {"HOODY_TOKEN": "hdy_…"}}
    cursor = entry if sandbox else {**entry, "env": {"HOODY_TOKEN": "${env:HOODY_TOKEN}"}}
    return [
        Guide(
            "Claude Desktop",
            "Settings → Developer → Edit Config (claude_desktop_config.json), then restart it",
            _json({"mcpServers": {name: desktop}}),
        ),
        Guide("Claude Code", "in a shell", _claude_code(name, words, sandbox=sandbox)),
        Guide("Cursor", "~/.cursor/mcp.json, or .cursor/mcp.json in a project", _json({"mcpServers": {name: cursor}})),
        Guide("VS Code", ".vscode/mcp.json, or the command MCP: Open User Configuration", _json(_vs_code(name, entry, sandbox=sandbox))),
    ]


def _claude_code(name: str, words: list[str], *, sandbox: bool) -> str:
    line = " ".join(f"'{word}'" if " " in word else word for word in words)
    if sandbox:
        return f"claude mcp add {name} -- {line}"
    return f"{TOKEN_FILE_COMMAND}\nclaude mcp add {name} --env HOODY_TOKEN_FILE={TOKEN_FILE} -- {line}"


def _vs_code(name: str, entry: dict[str, Any], *, sandbox: bool) -> dict[str, Any]:
    if sandbox:
        return {"servers": {name: {"type": "stdio", **entry}}}
    asked = {"type": "promptString", "id": "hoody-token", "description": "Hoody token", "password": True}
    return {"inputs": [asked], "servers": {name: {"type": "stdio", **entry, "env": {"HOODY_TOKEN": "${input:hoody-token}"}}}}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
