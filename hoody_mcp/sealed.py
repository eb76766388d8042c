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

from .catalog import Entry
from .clean import MASK, each_text, masked
from .errors import InvalidArguments
from .jsons import Json, each_leaf
from .repairs import repair

LIFETIME = 3600.0  # seconds
MOST = 500  # calls that are kept
PLACEHOLDER = re.compile(r"\[kept ([A-Za-z0-9_-]{12})\]")
BESIDE = frozenset({"confirm"})  # what may be added to the call


@dataclass(frozen=True)
class Whole:
    """A call with everything in it."""

    tool: str
    owner: str  # a hash of the credential that may use it
    shown: Json  # its arguments with placeholders
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
        self._calls[id_] = Whole(tool, owner, shown, arguments, self._clock() + LIFETIME)
        self._make_room()
        return shown

    def opened(self, entry: Entry, given: Mapping[str, Any], owner: str, bound: frozenset[str] = frozenset()) -> Mapping[str, Any]:
        """Give the arguments with the credentials in place of placeholders; `InvalidArguments` where those do not belong to this call.

        `bound` are arguments that the server's scope decides, and that a caller may leave out.
        """
        ids = {id_ for text in each_leaf(dict(given), keys=True) for id_ in PLACEHOLDER.findall(text)}
        self._make_room()
        if not ids or (entry.meta["namespace"] != "api" and ids.isdisjoint(self._calls)):  # a file may hold such a text by chance
            return given
        whole = self._calls.get(next(iter(ids)))
        beside = {name: value for name, value in given.items() if name in BESIDE}
        apart = BESIDE | bound
        if (
            len(ids) != 1
            or whole is None
            or (whole.tool, whole.owner) != (entry.name, owner)
            or _one_form(entry, whole.shown, apart) != _one_form(entry, given, apart)
        ):
            raise InvalidArguments(["a [kept …] value is good for an hour, and only in exactly the call under put_back that it came with"])
        return whole.arguments | beside

    def _make_room(self) -> None:
        while self._calls:
            oldest = next(iter(self._calls.values()))
            if oldest.ends > self._clock() and len(self._calls) <= MOST:
                return
            self._calls.popitem(last=False)


def _one_form(entry: Entry, arguments: Mapping[str, Any], apart: frozenset[str]) -> str:
    """Write arguments in the form that all spellings of clients come to."""
    properties: Json = entry.definition["inputSchema"]["properties"]
    repaired = {name: repair(value, properties.get(name, {})) for name, value in arguments.items() if name not in apart}
    return json.dumps(repaired, sort_keys=True)
