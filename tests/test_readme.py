"""The README says what is so: its generated parts are current, and its commands exist."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from hoody_mcp.cli import main

from .readme import FILE, written

README = FILE.read_text(encoding="utf-8")
MAKEFILE = (FILE.parent / "Makefile").read_text(encoding="utf-8")


def test_the_generated_parts_are_current() -> None:
    assert written(README) == README, "run: make readme"


@pytest.mark.parametrize("command", re.findall(r"^hoody-mcp (\w+) ", README, re.MULTILINE))
def test_each_command_exists(command: str) -> None:
    assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize("target", re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))
def test_each_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_no_token_stands_in_a_command_line() -> None:
    assert "-e HOODY_TOKEN=" not in README
    assert "--token" not in README.replace("--tokens", "")


@pytest.mark.parametrize("module", re.findall(r"-m tests\.(\w+)", (FILE.parent / "Makefile").read_text(encoding="utf-8")))
def test_a_chore_of_the_makefile_does_something(module: str) -> None:
    assert 'if __name__ == "__main__":' in (FILE.parent / "tests" / f"{module}.py").read_text(encoding="utf-8")
