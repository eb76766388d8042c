"""Find tools by words: SQLite's full-text search over names, descriptions, arguments and keywords, in memory.

A query becomes ideas: each is a word or phrase of it together with the words of the catalogue that it may stand for.
Every idea is looked up by itself, and a tool that many ideas hit comes before one that a single idea hits hard.
"""

from __future__ import annotations

import difflib
import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from heapq import nsmallest
from itertools import chain, groupby
from operator import itemgetter

from . import vocabulary
from .catalog import Entry

Idea = dict[str, float]  # what one part of a query may mean: terms of the index, each with its weight

# One full-text table for each kind of text, and how much a hit there counts.
TABLES = {"names": 2.5, "summaries": 1.5, "details": 0.6, "keywords": 1.5}
HITS_OF_TERM = " UNION ALL ".join(
    f"SELECT rowid, {weight} * ? * -bm25({table}) AS score FROM {table} WHERE {table} MATCH ?"  # noqa: S608 - constants
    for table, weight in TABLES.items()
)
EVERYWHERE = frozenset({"container_id", "instance", "select", "confirm", "reveal", "page", "limit", "sort_by", "sort_order"})

SAID, MEANT, VAGUE = 1.0, 0.6, 0.3  # weights: a word or phrase of the query, what a word stands for, a word that is said for many things
SHAPED = 0.5  # weight of what the look of a value tells
FURTHER = 0.2  # of what the other terms of an idea add to the best one
EVEN = 0.6  # power that scores of ideas are raised to: the lower, the more it counts how many ideas hit

APART = 5  # words that may stand between a verb and its particle
SHORTEST = 4  # letters of a word that can be a typing error
MISSED = 2  # letters that a typing error can add or leave out
ALIKE = 0.83  # how near a known word must be to stand for an unknown one
MAX_QUERY, MAX_WORDS = 1_000, 40  # characters and words of a query that count


class Search:
    """An index of tools."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.name)
        self._rows = {entry.name: row for row, entry in enumerate(self._entries)}
        texts = [_texts(entry) for entry in self._entries]
        self._index = _index(texts)
        self._spelled = _by_first_letter(_spoken().union(words(" ".join(chain.from_iterable(texts)))))

    def find(self, query: str = "", toolset: str = "", most: int = 10) -> list[Entry]:
        """Give the tools that fit a query, best first and at most so many; if it says nothing, all of the toolset by name."""
        ideas = self._ideas(query[:MAX_QUERY])
        if not ideas:
            return [entry for entry in self._entries if entry.meta["toolset"] == toolset]
        scores = self._scores(ideas) | dict.fromkeys(self._called(query), math.inf)
        allowed = [row for row in scores if toolset in {"", self._entries[row].meta["toolset"]}]
        best = nsmallest(most, allowed, key=lambda row: (-scores[row], row))
        return [self._entries[row] for row in best]

    def _ideas(self, query: str) -> list[Idea]:
        """Understand a query; nothing if it says nothing."""
        text, told = _without_values(query)
        said = [self._corrected(word) for word in words(text)[:MAX_WORDS]]
        return [*_ideas(said), *(dict.fromkeys(words(meant), SHAPED) for meant in told)]

    def _scores(self, ideas: Iterable[Idea]) -> dict[int, float]:
        """Add up the scores of all ideas for each row that any of them hits."""
        scores: dict[int, float] = defaultdict(float)
        for idea in ideas:
            for row, score in self._hits(idea):
                scores[row] += score**EVEN
        return scores

    def _hits(self, idea: Idea) -> list[tuple[int, float]]:
        """Give the rows that any term of an idea hits in any table: the best hit counts, the others a little."""
        branches = " UNION ALL ".join([HITS_OF_TERM] * len(idea))
        given = [value for term, weight in idea.items() for value in (weight, f'"{term}"') * len(TABLES)]
        score = f"{1 - FURTHER} * max(score) + {FURTHER} * sum(score)"
        return self._index.execute(f"SELECT rowid, {score} FROM ({branches}) GROUP BY rowid", given).fetchall()  # noqa: S608 - constants

    def _called(self, query: str) -> list[int]:
        """Give the row of the tool that a query names, exactly or by its title."""
        said = query.strip(" `'\"").lower()
        return [self._rows[name] for name in (said, said.replace(" ", "_")) if name in self._rows]

    def _corrected(self, word: str) -> str:
        """Give the known word that is nearest to one which means nothing here, or the word itself."""
        spelled = self._spelled.get(word[0], [])
        if len(word) < SHORTEST or word in spelled or _means([word]) or self._hits({word: SAID}):
            return word
        alike = [known for known in spelled if abs(len(known) - len(word)) <= MISSED]
        return next(iter(difflib.get_close_matches(word, alike, n=1, cutoff=ALIKE)), word)


def words(text: str) -> list[str]:
    """Give the words of a text in lower case, split at everything else, `_` among it; plain numbers are none."""
    whole = re.sub(r"n['\u2019]t\b", "n not", re.sub(r"['\u2019]s\b", " is", text.lower()))
    return [word for word in re.findall(r"[^\W_]+", whole) if not word.isdecimal()]


STOP_WORDS = frozenset(words(vocabulary.STOP_WORDS))
VAGUE_WORDS = frozenset(words(vocabulary.VAGUE_WORDS))
PARTICLES = frozenset(words(vocabulary.PARTICLES))


def _index(rows: Sequence[tuple[str, ...]]) -> sqlite3.Connection:
    """Fill a table for each kind of text; the number of a row is that of its tool."""
    index = sqlite3.connect(":memory:", check_same_thread=False)
    for column, table in enumerate(TABLES):
        index.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(text, tokenize='porter unicode61')")
        texts = ((row, texts[column]) for row, texts in enumerate(rows))
        index.executemany(f"INSERT INTO {table}(rowid, text) VALUES (?, ?)", texts)  # noqa: S608 - constants
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


def _by_first_letter(known: Iterable[str]) -> dict[str, list[str]]:
    return {letter: list(group) for letter, group in groupby(sorted(known), key=itemgetter(0))}


def _without_values(query: str) -> tuple[str, list[str]]:
    """Take paths, addresses, ids and the like out of a query; give the rest, and words for what they were."""
    told: list[str] = []
    for shape, meant in vocabulary.SHAPES:
        query, found = re.subn(shape, " ", query)
        told += [meant] if found and meant else []
    return query, told


def _ideas(said: list[str]) -> list[Idea]:
    """Make the words of a query into ideas; a term that one idea has is not repeated as a meaning of another."""
    phrases = {" ".join(phrase): phrase for phrase in _phrases(said)}
    taken = set(phrases)
    ideas: list[Idea] = []
    for text, phrase in phrases.items():
        meanings = {meant: MEANT if len(phrase) == 1 else SAID for meant in _means(phrase) if meant not in taken}
        ideas.append({**meanings, text: VAGUE if text in VAGUE_WORDS else SAID})
        taken.update(meanings)
    return ideas


def _phrases(said: list[str]) -> Iterator[list[str]]:
    """Cut words into known phrases and single words without stop words; a phrase of meaningful words gives these as well."""
    start = 0
    while start < len(said):
        phrase = _phrase_at(said, start)
        split = _split_verb(said[start : start + 1 + APART]) if len(phrase) == 1 else []
        if split or len(phrase) > 1 or phrase[0] not in STOP_WORDS:
            yield split or phrase
        if len(phrase) > 1 and STOP_WORDS.isdisjoint(phrase):
            yield from ([word] for word in phrase)
        start += len(phrase)


def _phrase_at(said: list[str], start: int) -> list[str]:
    """Give the longest known phrase that begins at a word, or the word alone."""
    phrases = (said[start : start + size] for size in range(_longest(), 1, -1))
    return next((phrase for phrase in phrases if _means(phrase)), said[start : start + 1])


def _split_verb(said: list[str]) -> list[str]:
    """Give verb and particle of "turn the old rule off", nothing if there are none."""
    for particle in said[1:]:
        if particle in PARTICLES and _means([said[0], particle]):
            return [said[0], particle]
    return []


def _means(phrase: Iterable[str]) -> list[str]:
    """Give the words of the catalogue that a phrase stands for."""
    return _sayings().get(_stems(phrase), [])


def _stems(phrase: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_stem, phrase))


@cache
def _sayings() -> Mapping[tuple[str, ...], list[str]]:
    """Turn the table of meanings round: the stems of what is said, with everything that may be meant."""
    sayings: dict[tuple[str, ...], list[str]] = {}
    for meant, said in re.findall(r"^(\w+): (.*(?:\n    .*)*)", vocabulary.MEANINGS, re.MULTILINE):
        for phrase in said.split(","):
            sayings.setdefault(_stems(words(phrase)), []).append(meant)
    return sayings


@cache
def _spoken() -> frozenset[str]:
    """Give every word that the vocabulary knows."""
    return STOP_WORDS.union(words(vocabulary.MEANINGS))


@cache
def _longest() -> int:
    return max(map(len, _sayings()))


@cache
def _stem(word: str) -> str:
    """Take the ending off a word: create, created and creating give the same."""
    bare = re.sub(r"(?<=\w{3})(?:ings?|ed|es|s|e)$", "", word)
    return re.sub(r"(\w)\1$", r"\1", re.sub("y$", "i", bare))
