"""The generated part of docs/tasks.md; `python -m tests.tasks` writes it."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from .script import Played, play
from .tasks import TASKS

FILE = Path(__file__).parent.parent.parent / "docs" / "tasks.md"
GENERATED = re.compile(r"(?<=<!-- tasks -->\n).*?(?=<!-- /tasks -->)", re.DOTALL)
HEAD = ["| Task | Calls, in order | Number | Tokens |", "|---|---|--:|--:|"]


def table() -> str:
    """Play all tasks, and give one row for each and one for all together."""
    plays = [play(task) for task in TASKS]
    calls, tokens = sum(len(each.steps) for each in plays), sum(each.tokens for each in plays)
    total = f"| All {len(plays)} tasks, {calls / len(plays):.1f} calls each | | {calls} | {rounded(tokens)} |"
    return "".join(f"{line}\n" for line in [*HEAD, *map(row, plays), total])


def row(one: Played) -> str:
    # Equal calls in a row are told once, with their number.
    runs = [(shown, len(list(same))) for shown, same in groupby(each.shown for each in one.steps)]
    calls = ", ".join(f"`{shown}`" + (f" {number} times" if number > 1 else "") for shown, number in runs)
    return f"| {one.task.words.replace('|', '&#124;')} | {calls} | {len(one.steps)} | {rounded(one.tokens)} |"


def rounded(tokens: int) -> int:
    return round(tokens, -1)


def written(text: str) -> str:
    """Bring a document up to date."""
    return GENERATED.sub(lambda _: table(), text)
