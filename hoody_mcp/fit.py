"""Cut what is too large for a model, at the borders of items, and say what was left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .jsons import as_array, as_object

MAX_CHARACTERS = 24_000  # of a whole result as JSON text; clients cut or refuse from about 25,000 tokens, one from 12,000 characters
ROOM_FOR_NOTES = 1_500
STEPS = (
    (20_000, 2_000),
    (14_000, 1_000),
    (8_000, 500),
    (4_000, 200),
    (2_000, 100),
    (800, 50),
    (300, 20),
    (100, 8),
    (40, 3),
)  # longest text, most members


def as_text(value: object) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fits(value: object, room: int = MAX_CHARACTERS) -> bool:
    """Tell whether a value as JSON has at most so many characters; without writing it where its texts alone are too long."""
    left, waiting = room, [value]
    while waiting and left >= 0:
        each = waiting.pop()
        members, items = as_object(each), as_array(each)
        left -= len(each) if isinstance(each, str) else 1
        waiting += [*members, *members.values()] if members is not None else items or ()
    return left >= 0 and len(as_text(value)) <= room


def how_many(items: Sequence[object], room: int) -> int:
    """Count the items from the first on that fit into so many characters."""
    used = 0
    for count, item in enumerate(items):
        if not fits(item, room - used - 1):
            return count
        used += len(as_text(item)) + 1
    return len(items)


def shortened(value: Any, room: int) -> Any:
    """Shorten texts (both ends kept), lists and maps inside a value until it fits."""
    for longest, most in STEPS:
        if fits(value, room):
            return value
        value = _shorter(value, longest, most)
    text = as_text(value)
    return value if len(text) <= room else f"{text[: room // 2]}…"


def _shorter(value: Any, longest: int, most: int) -> Any:
    if isinstance(value, str):
        return middle_out(value, longest)
    members, items = as_object(value), as_array(value)
    if members is not None:
        kept = {middle_out(key, 200): _shorter(member, longest, most) for key, member in list(members.items())[:most]}
        return kept | ({"…": f"{len(members) - most} more left out"} if len(members) > most else {})
    if items is not None:
        rest = [f"… {len(items) - most} more left out …"] if len(items) > most else []
        return [_shorter(item, longest, most) for item in items[:most]] + rest
    text = str(value)
    return value if len(text) <= longest else middle_out(text, longest)


def middle_out(text: str, longest: int) -> str:
    """Cut a text in the middle and say how much is missing."""
    if len(text) <= longest + 60:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
