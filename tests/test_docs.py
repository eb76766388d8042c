"""What the documents say holds: tests that they name exist, and no command in them gives a token away."""

from __future__ import annotations

import ast
import re
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAILURES = (ROOT / "docs" / "known-failures.md").read_text(encoding="utf-8")
ROWS = [line for line in FAILURES.splitlines() if line.startswith("|") and not line.startswith(("| What breaks", "|---"))]
NAMED = re.findall(r"`(tests/[^`\s]+\.py)::([^`]+)`", FAILURES)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "Dockerfile", ROOT / "Makefile"])


def names_of_tests(body: list[ast.stmt], within: str = "") -> Generator[str]:
    """Give the tests of a module or class as pytest names them."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from names_of_tests(node.body, f"{within}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{within}{node.name}"


def test_there_are_tables_that_name_tests() -> None:
    assert len(ROWS) > 50
    assert len(NAMED) > len(ROWS)


@pytest.mark.parametrize("module", sorted({module for module, _ in NAMED}))
def test_each_test_that_is_named_exists(module: str) -> None:
    there = set(names_of_tests(ast.parse((ROOT / module).read_text(encoding="utf-8")).body))
    assert {test for named, test in NAMED if named == module} - there == set()


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_each_row_names_a_test_or_says_that_it_cannot_occur(row: str) -> None:
    _, breaks, happens, test, _ = map(str.strip, row.split("|"))
    assert breaks
    assert happens
    assert re.fullmatch(r"`tests/\S+\.py::\S+`(, `tests/\S+\.py::\S+`)*|cannot occur: .+", test)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_no_document_puts_a_token_into_a_command_line(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"-e[ =]?HOODY_TOKEN=\S*|--token(?!s\b|_)\b\S*|[?&]token=\S*", text) == []
