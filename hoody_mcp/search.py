"""Find tools by words: SQLite's full-text search over names, descriptions, arguments and keywords, in memory.

Every word of a query is looked up by itself, with what else may be meant by it, and the best of these counts.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from heapq import nsmallest
from itertools import chain

from .catalog import Entry
from .vocabulary import Idea, ideas, known_words, means, without_values, words

# One full-text table for each kind of text, and how much a hit there counts.
TABLES = {"names": 2.5, "summaries": 1.5, "details": 0.6, "keywords": 1.5}
EVERYWHERE = frozenset({"container_id", "instance", "select", "confirm", "reveal", "page", "limit", "sort_by", "sort_order"})
FURTHER = 0.1  # of what the other meanings of an idea add to the best one
POWER = 1.0
ALIKE = 0.8  # how near a known word must be to stand for an unknown one
MISSED = 2  # letters that a typing error can add or leave out
SHORTEST = 4  # letters of a word that can be a typing error
HITS_OF_TERM = " UNION ALL ".join(
    f"SELECT rowid, {weight} * ? * -bm25({table}) AS score FROM {table} WHERE {table} MATCH ?"  # noqa: S608 - constants
    for table, weight in TABLES.items()
)
MAX_QUERY, MAX_WORDS = 2_000, 60  # characters and words of a query that count


class Search:
    """An index of tools."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.name)
        self._named = {entry.name: row for row, entry in enumerate(self._entries)}
        self._toolsets: dict[str, list[int]] = defaultdict(list)
        for row, entry in enumerate(self._entries):
            self._toolsets[entry.meta["toolset"]].append(row)
        texts = [_texts(entry) for entry in self._entries]
        self._index = _index(texts)
        self._spelled: dict[str, list[str]] = defaultdict(list)
        for word in sorted(known_words().union(words(" ".join(chain.from_iterable(texts))))):
            self._spelled[word[0]].append(word)

    def find(self, query: str = "", toolset: str = "", most: int = 10) -> list[Entry]:
        """Give the tools that fit a query, best first and at most so many; without a query, all of a toolset by name."""
        wanted = self._ideas(query[:MAX_QUERY])
        if not wanted:
            return [self._entries[row] for row in self._toolsets.get(toolset, ())]
        scores = self._scores(wanted)
        if toolset:
            scores = {row: scores[row] for row in self._toolsets.get(toolset, ()) if row in scores}
        exact = self._named.get("_".join(words(query)))
        best = nsmallest(most, scores, key=lambda row: (row != exact, -scores[row], row))
        return [self._entries[row] for row in best]

    def _ideas(self, query: str) -> list[Idea]:
        text, told = without_values(query)
        said = [self._corrected(word) for word in words(text)[:MAX_WORDS]]
        return ideas(said, told)

    def _scores(self, wanted: Iterable[Idea]) -> dict[int, float]:
        """Add up the scores of all ideas for each row that any of them hits."""
        scores: dict[int, float] = defaultdict(float)
        for idea in wanted:
            for row, score in self._hits(idea):
                scores[row] += score**POWER
        return scores

    def _hits(self, idea: Idea) -> list[tuple[int, float]]:
        """Give the rows that any term of an idea hits in any table: the best hit counts, the others a little."""
        branches = " UNION ALL ".join([HITS_OF_TERM] * len(idea))
        given = [value for term, weight in idea.items() for value in (weight, f'"{term}"') * len(TABLES)]
        best_and_further = f"{1 - FURTHER} * max(score) + {FURTHER} * sum(score)"
        return self._index.execute(f"SELECT rowid, {best_and_further} FROM ({branches}) GROUP BY rowid", given).fetchall()  # noqa: S608 - constants

    def _corrected(self, word: str) -> str:
        """Give the known word that is nearest to one which means nothing here, or the word itself."""
        if len(word) < SHORTEST or word in self._spelled[word[0]] or means([word]) or self._hits({word: 1.0}):
            return word
        alike = [known for known in self._spelled[word[0]] if abs(len(known) - len(word)) <= MISSED]
        return next(iter(difflib.get_close_matches(word, alike, n=1, cutoff=ALIKE)), word)


def _index(rows: Iterable[tuple[str, ...]]) -> sqlite3.Connection:
    index = sqlite3.connect(":memory:", check_same_thread=False)
    for table, texts in zip(TABLES, zip(*rows, strict=True), strict=True):
        index.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(text, tokenize='porter unicode61')")
        index.executemany(f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", enumerate(texts))
    return index


def _texts(entry: Entry) -> tuple[str, ...]:
    """Give the texts of a tool, one for each table; names of other tools in its description say nothing about it."""
    meta, schema = entry.meta, entry.definition["inputSchema"]["properties"]
    description = re.sub(r"\b\w+_\w+\b", " ", entry.definition["description"])
    summary, _, details = description.partition(". ")
    arguments = [name for name in schema if name not in EVERYWHERE]
    choices = [str(choice) for name in arguments for choice in schema[name].get("enum", ())]
    names = dict.fromkeys(words(f"{entry.name} {meta['toolset']}"))
    return " ".join(names), summary, " ".join([details, *arguments, *choices]), meta.get("keywords", "")
