"""Make upstream data fit to be shown: no half characters, no terminal escapes, no credentials."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from .jsons import as_array, as_object

MASK = "[masked]"
MIN_SECRET = 6  # shorter strings occur by chance

# Names under which the control plane hands out credentials.
SECRET_NAMES = frozenset(
    {
        *("password", "secret", "token", "access_token", "accessToken", "refresh_token", "refreshToken", "temp_token"),
        *(
            "environment_vars",
            "private_key",
            "client_secret",
            "otp_secret",
            "backup_codes",
            "container_claim",
            "identity_claim",
            "api_key",
            "apiKey",
        ),
        *("qr_code", "manual_entry_key"),  # of an authenticator: its secret
    }
)
ADDRESSES = frozenset({"proxy"})  # fields that hold an address with a login, in whatever form people write it
LOGIN = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://|(?![A-Za-z][A-Za-z0-9+.-]*://))([^:]*:.*)@")
URL_LOGIN = re.compile(r"(://)([^/@\s:]*:[^/\s]+)(?=@)")  # a plain beginning makes the search fast

OPERATING_SYSTEM_COMMAND = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
)  # titles, links, clipboard
CONTROL_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?")  # colours, cursor
OTHER_ESCAPE = re.compile(r"\x1b[ -/]*[0-~]?")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Change every string of a JSON value, keys included."""
    if isinstance(value, str):
        return change(value)
    members, items = as_object(value), as_array(value)
    if members is not None:
        return {change(str(key)): each_text(member, change) for key, member in members.items()}
    return value if items is None else [each_text(member, change) for member in items]


def whole_characters(text: str) -> str:
    """Join split surrogate pairs and replace lone halves, which cannot be written as UTF-8."""
    try:
        text.encode()  # faster than a search
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def without_escapes(text: str) -> str:
    """Reduce terminal output to what stands on the screen: no escapes, the last state of each line."""
    for pattern in (OPERATING_SYSTEM_COMMAND, CONTROL_SEQUENCE, OTHER_ESCAPE):
        text = pattern.sub("", text)
    lines = (_last_state(line) for line in text.replace("\r\n", "\n").split("\n"))
    return CONTROL.sub("", "\n".join(lines))


def one_line(text: str, length: int = 60) -> str:
    """Quote somebody else's words: one line, no invisible or direction-changing characters, cut."""
    plain = "".join(character for character in whole_characters(str(text)) if character.isprintable())
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def masked(value: Any, names: Iterable[str], *, shown: frozenset[str] = frozenset(), hide: bool = False, mask: str = MASK) -> Any:
    """Mask what stands under the given names, and logins in URLs; what stands under `shown` stays, and so do all keys."""
    known = frozenset(names)
    members, items = as_object(value), as_array(value)
    if members is not None:
        return {
            key: member if key in shown else masked(_without_login(key, member), known, shown=shown, hide=hide or key in known, mask=mask)
            for key, member in members.items()
        }
    if items is not None:
        return [masked(member, known, shown=shown, hide=hide, mask=mask) for member in items]
    if hide:
        return value if value is None or isinstance(value, bool) else mask
    return URL_LOGIN.sub(rf"\1{MASK}", value) if isinstance(value, str) else value


def _without_login(name: str, value: Any) -> Any:
    return LOGIN.sub(rf"\1{MASK}@", value) if name in ADDRESSES and isinstance(value, str) else value


class Redactor:
    """Removes known credentials from any text, in each form in which they could be echoed."""

    def __init__(self, credentials: Iterable[str]) -> None:
        """Take the credentials that must not appear anywhere."""
        forms = {form for credential in credentials if len(credential) >= MIN_SECRET for form in _forms(credential)}
        self._forms = sorted(forms, key=len, reverse=True)  # the longest first

    def __call__(self, text: str) -> str:
        """Give the text without the credentials."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def content(self, content: bytes) -> bytes:
        """Give a body without the credentials, before anything is read out of it or cut."""
        for form in self._forms:
            content = content.replace(form.encode(), MASK.encode())
        return content


def _forms(credential: str) -> set[str]:
    encoded = {base64.b64encode(text.encode()).decode().rstrip("=") for text in (credential, f"Bearer {credential}")}
    escaped = {json.dumps(credential)[1:-1], json.dumps(credential, ensure_ascii=False)[1:-1]}
    return {credential, quote(credential, safe=""), quote(credential), quote_plus(credential), *encoded, *escaped}


def _last_state(line: str) -> str:
    states = [state for state in line.split("\r") if state]
    shown: list[str] = []
    for character in states[-1] if states else "":
        if character != "\b":
            shown.append(character)
        elif shown:
            shown.pop()
    return "".join(shown)
