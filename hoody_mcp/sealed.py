"""Calls that hold credentials which no model shall see: shown with a placeholder, and made whole again when they come back.

A placeholder is good for the very call that it was given for, for its owner, and for an hour.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .clean import MASK, each_text, masked
from .errors import InvalidArguments
from .jsons import Json, each_leaf

LIFETIME = 3600.0  # seconds
MOST = 500  # calls that are kept
PLACEHOLDER = re.compile(r"(?:^|://)\[kept ([A-Za-z0-9_-]{12})\](?:$|@)")  # a whole value, or the login in an address
BESIDE = frozenset({"confirm"})  # what may be added to the call


@dataclass(frozen=True)
class Whole:
    """A call with everything in it."""

    tool: str
    owner: str  # a hash of the credential that may use it
    shown: str  # its arguments with placeholders, in one form
    arguments: Json
    ends: float


class Sealed:
    """Keeps calls whose credentials are not shown."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._calls: OrderedDict[str, Whole] = OrderedDict()

    def seal(self, tool: str, arguments: Json, names: frozenset[str], owner: str) -> Json:
        """Give the arguments with a placeholder for each value under the names of credentials."""
        id_ = secrets.token_urlsafe(9)
        mask = f"[kept {id_}]"
        hidden = masked(arguments, names, mask=mask)
        if hidden == arguments:
            return arguments
        shown = each_text(hidden, lambda text: text.replace(MASK, mask))  # logins in addresses
        self._calls[id_] = Whole(tool, owner, _one_form(shown), arguments, self._clock() + LIFETIME)
        while len(self._calls) > MOST:
            self._calls.popitem(last=False)
        return shown

    def opened(self, tool: str, given: Mapping[str, Any], owner: str) -> Mapping[str, Any]:
        """Give the arguments with the credentials in place of placeholders; `InvalidArguments` where those do not belong to this call."""
        ids = {found[1] for text in each_leaf(dict(given)) if (found := PLACEHOLDER.search(text))}
        if not ids:
            return given
        whole = self._calls.get(next(iter(ids)))
        beside = {name: value for name, value in given.items() if name in BESIDE}
        shown = {name: value for name, value in given.items() if name not in BESIDE}
        valid = whole and whole.ends > self._clock() and (whole.tool, whole.owner) == (tool, owner)
        if len(ids) != 1 or not whole or not valid or whole.shown != _one_form(shown):
            raise InvalidArguments(["a [kept …] value is good for an hour, and only in exactly the call under put_back that it came with"])
        return whole.arguments | beside


def _one_form(arguments: Json) -> str:
    return json.dumps(arguments, sort_keys=True)
