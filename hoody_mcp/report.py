"""Tables for people: which tools there are and what they cost in tokens."""

from __future__ import annotations

import json
from functools import cache
from statistics import mean
from typing import Any

from click import ClickException


def tool_table(tools: list[dict[str, Any]]) -> str:
    """One line per tool: name, marks for read-only and destructive, first sentence."""
    lines = [f"{tool['name']:38} {_mark(tool['annotations']):7} {_first_sentence(tool['description'])}" for tool in tools]
    return "\n".join([*lines, f"{len(tools)} tools"])


def token_report(tools: list[dict[str, Any]]) -> str:
    """Tokens of each tool as a model sees it, largest first, with sum, mean and largest."""
    counted = sorted(((tokens_of([tool]), tool["name"]) for tool in tools), reverse=True)
    sizes = [size for size, _ in counted] or [0]
    lines = [f"{size:6} {name}" for size, name in counted]
    return "\n".join([*lines, f"{len(tools)} tools: {tokens_of(tools)} tokens, mean {mean(sizes):.0f}, largest {sizes[0]}"])


def tokens_of(tools: list[dict[str, Any]]) -> int:
    """Count tokens of definitions as they reach a model (o200k vocabulary)."""
    seen = [{"name": tool["name"], "description": tool["description"], "input_schema": tool["inputSchema"]} for tool in tools]
    text = json.dumps(seen, separators=(",", ":"), ensure_ascii=False)
    return len(_vocabulary().encode(text))


@cache
def _vocabulary() -> Any:
    try:
        import bpe_openai  # noqa: PLC0415 - a development dependency  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise ClickException("--tokens needs the package bpe-openai: pip install bpe-openai") from None
    return bpe_openai.get_encoding("o200k_base")


def _mark(annotations: dict[str, Any]) -> str:
    if annotations["readOnlyHint"]:
        return "reads"
    return "harms" if annotations["destructiveHint"] else "writes"


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")[:90]
