"""Checks of single values that more than one argument needs: what may stand in a path."""

from __future__ import annotations

import re

MAX_SEGMENT_BYTES = 255  # no Linux file name is longer, and no id or name of Hoody's
MARKUP = re.compile(r"</\w+>|<parameter\b|<invoke\b")  # left over when a client glues several arguments into one
INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


def one_segment(value: object) -> object:
    """Refuse what would change the path: nothing, dots, slashes, control characters, leftovers of markup."""
    if not isinstance(value, str):
        return value
    _check_markup(value)
    _check_segment(value)
    if "/" in value or "\\" in value:
        raise ValueError("must not contain a slash")
    if "\n" in value or INVISIBLE.search(value):
        raise ValueError("must not contain line breaks or invisible characters")
    return value


def joined_segments(value: str) -> str:
    """Check a path of several segments; the slashes at both ends go, those between stay. "/" gives ""."""
    if not value:
        raise ValueError("must not be empty; / is the root directory")
    _check_markup(value)
    inner = value.strip("/")
    for segment in inner.split("/") if inner else ():
        _check_segment(segment)
    return inner


def plain_id(value: str) -> str:
    """Refuse what no id holds: nothing, invisible characters, leftovers of markup. Whether an id exists is Hoody's to say."""
    _check_markup(value)
    if not value.strip() or INVISIBLE.search(value) or len(value) > MAX_SEGMENT_BYTES:
        raise ValueError("must not be empty, overlong, or hold invisible characters")
    return value


def below_root(value: str) -> str:
    """Refuse the root directory itself."""
    if not value.strip("/"):
        raise ValueError("must name something below the root directory")
    return value


def _check_segment(segment: str) -> None:
    if not segment.strip() or segment in {".", ".."}:
        raise ValueError("must not be empty, and no part of it may be empty, '.' or '..'")
    if "\x00" in segment:
        raise ValueError("must not contain a NUL character")
    if len(segment.encode("utf-8", "replace")) > MAX_SEGMENT_BYTES:
        raise ValueError(f"is too long: at most {MAX_SEGMENT_BYTES} bytes between slashes")


def _check_markup(value: str) -> None:
    if MARKUP.search(value):
        raise ValueError("holds markup: the client seems to have put several arguments into this one")
