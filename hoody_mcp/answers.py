"""What came back: JSON read without losing digits, and errors told from answers.

Hoody's API wraps answers in `{statusCode, message, data}`; its container services do not, and each spells errors in its
own way. A gateway in between may answer with a page of its own, whatever the status and content type say.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeGuard

from .errors import MAY_HAVE_HAPPENED, ApiError, UnexpectedAnswer, hint_for, when_to_try
from .jsons import Json, as_array, as_object, depth

MAX_DEPTH = 100  # levels of JSON that are read as such; deeper ones are shown as text
MAX_TITLE = 100  # characters of a gateway's page that are told
PAGE_START = re.compile(rb"(<!doctype html|<html)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    host: str
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])  # names in lower case

    @property
    def content_type(self) -> str:
        """The declared type, without parameters; it may be wrong."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def start(self) -> bytes:
        """The first bytes of the body, without byte-order mark and blanks."""
        return self.content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()

    @property
    def is_page(self) -> bool:
        """Whether the body is a web page, whatever its declared type."""
        return PAGE_START.match(self.start) is not None or (self.content_type == "text/html" and self.start[:1] == b"<")

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON, or looks like it."""
        return "json" in self.content_type or self.looks_like_json

    @property
    def looks_like_json(self) -> bool:
        """Whether the body begins as a JSON object or list does."""
        return self.start[:1] in {b"{", b"["}


def read_json(content: bytes) -> Any:
    """Read JSON; `ValueError` if it is none. Numbers that a double cannot hold come back as the text of their digits."""
    text = content.decode("utf-8-sig", "replace")
    try:
        found = json.loads(text, strict=False, parse_float=_number, parse_int=_integer, parse_constant=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if depth(found) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return found


def is_envelope(value: object) -> TypeGuard[Json]:
    """Tell whether a value is Hoody's envelope and not somebody's data with a field called `data`."""
    found = as_object(value) or {}
    return isinstance(found.get("statusCode"), int) and isinstance(found.get("message"), str) and "data" in found


def is_error_body(answer: Answer) -> bool:
    """Tell whether an answer carries an error in one of Hoody's forms."""
    return bool(_said(answer)[1]) and not answer.is_page and answer.is_json


def is_unknown(answer: Answer) -> bool:
    """Tell whether nobody of Hoody's knew the address: a 404 without Hoody's words."""
    return answer.status == HTTPStatus.NOT_FOUND and not is_error_body(answer)


def check(answer: Answer, *, from_kit: bool, wants_json: bool, changes: bool) -> None:
    """Raise what an answer that is no success means; `changes` tells that the call was no mere read."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise _error(answer, from_kit=from_kit, changes=changes)
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        raise UnexpectedAnswer(
            f"{answer.host} answered {answer.status}: a redirect, which is not followed. Check HOODY_BASE_URL and HOODY_KIT_URL."
        )
    if wants_json and answer.is_page:
        raise UnexpectedAnswer(_page(answer))


def _error(answer: Answer, *, from_kit: bool, changes: bool) -> ApiError | UnexpectedAnswer:
    code, message = _said(answer)
    if answer.is_page or (answer.content and not (message or code)):
        return UnexpectedAnswer(f"{_page(answer)} {_what_to_do(answer, '', '', from_kit=from_kit, changes=changes)}")
    what_to_do = _what_to_do(answer, code, message, from_kit=from_kit, changes=changes)
    return ApiError(answer.status, code, message, what_to_do, from_kit=from_kit, in_words=is_error_body(answer))


def _what_to_do(answer: Answer, code: str, message: str, *, from_kit: bool, changes: bool) -> str:
    hint = hint_for(answer.status, code, message, from_kit=from_kit, changes=changes)
    if MAY_HAVE_HAPPENED in hint:  # then it must be looked at before anything is tried again
        return hint
    return f"{hint} {when_to_try(answer.status, answer.headers.get('retry-after', ''))}".strip()


def _page(answer: Answer) -> str:
    text = answer.content[:20_000].decode("utf-8", "replace")
    found = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    title = " ".join(re.sub(r"<[^>]*>", " ", found[1] if found else "").split())[:MAX_TITLE]
    what = f"a web page ({title})" if title else "something that is not Hoody's"
    return f"{answer.host} answered {answer.status} with {what}, probably from a gateway in between."


def _said(answer: Answer) -> tuple[str, str]:
    """Give code and message of an error, from any of the forms that Hoody's services use."""
    try:
        body = read_json(answer.content) if answer.content else None
    except ValueError:
        short = " ".join(answer.content[:1000].decode("utf-8", "replace").split())
        return "", "" if answer.is_page else short
    if isinstance(body, str):
        return "", body
    return _from_body(as_object(body) or {})


def _from_body(body: Json) -> tuple[str, str]:
    inner = body.get("error")
    nested = as_object(inner) or {}
    error = inner if isinstance(inner, str) else ""
    code = str(body.get("code") or nested.get("code") or (error if re.fullmatch(r"[A-Z][A-Z0-9_]+", error) else ""))
    message = str(body.get("message") or nested.get("message") or (error if error != code else ""))
    details = "; ".join(_details(body.get("data")))
    return code, f"{message} ({details})" if details else message


def _details(data: Any) -> list[str]:
    """Give the fields that a validation error names: a list of {instancePath, message}, or {field, conflict}."""
    rows = [row for row in map(as_object, as_array(data) or ()) if row]
    named = [f"{str(row.get('instancePath', '')).strip('/')} {row.get('message', '')}".strip() for row in rows[:5]]
    single = as_object(data) or {}
    return named + [f"{key}: {single[key]}" for key in ("field", "conflict", "error") if isinstance(single.get(key), str)]


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) and Decimal(repr(value)) == Decimal(text) else text


def _integer(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # more digits than Python converts
        return text
