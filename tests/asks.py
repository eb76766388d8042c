"""Asks in words of models and users, and how well a search answers them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hoody_mcp.search import Search

FILE = Path(__file__).with_name("asks.jsonl")
MODELS, USERS = "ad", "bc"  # styles: (a) operations named, (d) bare words; (b) spoken, (c) goals and symptoms


@dataclass(frozen=True)
class Ask:
    """One ask: what is said, the tools that answer it, and the style it is said in."""

    q: str
    tools: frozenset[str]
    style: str


@dataclass(frozen=True)
class Score:
    """For how many of some asks a right tool comes first, and among the first five."""

    hit1: int
    hit5: int
    count: int

    def __str__(self) -> str:
        """Say it in per cent."""
        return f"first {self.hit1 / self.count:.0%}, in the first five {self.hit5 / self.count:.0%} of {self.count}"


def load(file: Path = FILE, styles: str = MODELS + USERS) -> list[Ask]:
    """Read the asks of some styles."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text().splitlines()]
    return [Ask(line["q"], frozenset(line["tools"]), line["style"]) for line in lines if line["style"] in styles]


def rank(search: Search, ask: Ask) -> int:
    """Give the place of the first right tool, from 1; a place beyond all if it is not found."""
    found = [entry.name in ask.tools for entry in search.find(ask.q, most=5)]
    return found.index(True) + 1 if any(found) else 1_000


def score(search: Search, asks: Iterable[Ask]) -> Score:
    """Search for every ask and count."""
    ranks = [rank(search, ask) for ask in asks]
    return Score(sum(place == 1 for place in ranks), sum(place <= 5 for place in ranks), len(ranks))
