"""A line of the sandbox's shell, taken apart: words, operators, redirections; and words with their variables put in."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LONGEST = 128 * 1024  # characters that a word may grow to
JOINERS = frozenset({"&&", "||", ";", "\n"})
PART = r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s;&|<>'"\\]+"""
TOKEN = re.compile(
    rf"""[ \t]*(?:(?P<comment>\#[^\n]*)
        |(?P<operator>&&|\|\||2>&1|1?>&2|2>>|2>|&>|>>|[;|<>&\n])
        |(?P<word>(?:{PART})+))""",
    re.VERBOSE | re.DOTALL,
)
VARIABLE = re.compile(r"\\([\"\\$`])|\$\{(\w+)(?::-([^}]*))?\}|\$([A-Za-z_]\w*|\?)")
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
UNKNOWN = ("$(", "`", "$((")


class BadLine(Exception):
    """A line that the shell cannot read."""


@dataclass
class Call:
    """One command: its words as they were written, and where its input and output go."""

    words: list[str] = field(default_factory=list[str])
    redirects: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  # operator and word


@dataclass
class Pipeline:
    """Commands that feed one another, and what of the code before decides whether they run."""

    joiner: str
    calls: list[Call] = field(default_factory=lambda: [Call()])


def parse(line: str) -> list[Pipeline]:
    """Take a line apart."""
    found = [Pipeline(";")]
    tokens = _tokens(line)
    for kind, text in tokens:
        call = found[-1].calls[-1]
        if kind == "word":
            call.words.append(text)
        elif text in JOINERS:
            found.append(Pipeline(text))
        elif text == "|":
            _check(call, text)
            found[-1].calls.append(Call())
        elif text in {"2>&1", ">&2", "1>&2"}:
            call.redirects.append((text.lstrip("1"), ""))
        elif text == "&":
            raise BadLine("the sandbox runs nothing in the background; start the command with wait=false instead")
        else:
            following, target = next(tokens, ("", ""))
            if following != "word":
                raise BadLine(f"syntax error near `{text}'")
            call.redirects.append((text, target))
    return [pipeline for number, pipeline in enumerate(found) if _complete(found, number, pipeline)]


def _complete(found: list[Pipeline], number: int, pipeline: Pipeline) -> bool:
    """Tell whether there is anything to run; an operator that lacks its command is an error."""
    empty = pipeline.calls == [Call()]
    needed = pipeline.joiner in {"&&", "||"} or (number + 1 < len(found) and found[number + 1].joiner in {"&&", "||"})
    if needed or len(pipeline.calls) > 1:
        for call in pipeline.calls:
            _check(call, pipeline.joiner)
    return not empty


def _check(call: Call, operator: str) -> None:
    if not call.words and not call.redirects:
        raise BadLine(f"syntax error near `{operator}'")


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    place, line = 0, line.rstrip()
    while place < len(line):
        found = TOKEN.match(line, place)
        if found is None:
            raise BadLine("syntax error: a quote is not closed")
        if found.lastgroup != "comment":
            yield str(found.lastgroup), found[str(found.lastgroup)]
        place = found.end()


def expand(word: str, env: Mapping[str, str]) -> tuple[str, str]:
    """Give a word without quotes and with its variables put in, and the pattern it is of paths ("" if it is none)."""
    texts: list[str] = []
    patterns: list[str] = []
    for part in re.findall(PART, word, re.DOTALL):
        text = _expanded(part, env)
        quoted = part[0] in "'\"\\"
        if not texts and not quoted and (text == "~" or text.startswith("~/")):
            text = env.get("HOME", "/") + text[1:]
        texts.append(text)
        patterns.append(glob.escape(text) if quoted else text)
    text, pattern = "".join(texts), "".join(patterns)
    if len(text) > LONGEST:
        raise BadLine("a word is too long")
    return text, pattern if pattern != glob.escape(text) else ""


def _expanded(part: str, env: Mapping[str, str]) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if part.startswith("\\"):
        return "" if part[1:] == "\n" else part[1:]
    if any(mark in part.replace("\\$", "").replace("\\`", "") for mark in UNKNOWN):
        raise BadLine("the sandbox knows no command substitution")
    inner = part[1:-1] if part.startswith('"') else part
    return VARIABLE.sub(lambda found: _value(found, env), inner)


def _value(found: re.Match[str], env: Mapping[str, str]) -> str:
    if found[1]:
        return found[1]
    return env.get(found[2] or found[4], "") or found[3] or ""
