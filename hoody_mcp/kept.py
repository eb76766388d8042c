"""Results that were too large to be shown whole: kept for some minutes, for their owner alone."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME = 600.0  # seconds
MAX_ONE = 16_000_000  # characters of one text that are kept
MAX_ALL = 64_000_000  # characters of all texts together


@dataclass(frozen=True)
class Text:
    """One kept text."""

    text: str
    owner: str  # who may read it: a hash of the credential that the call was made with
    foreign: bool  # came out of a container
    ends: float
    whole: int  # characters, also those that were not kept


class Kept:
    """Keeps texts within bounds of time and size; the oldest go first. Usable from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._texts: OrderedDict[str, Text] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, text: str, owner: str, *, foreign: bool) -> str:
        """Keep a text and give its id."""
        id_ = secrets.token_urlsafe(9)
        with self._lock:
            self._texts[id_] = Text(text[:MAX_ONE], owner, foreign, self._clock() + LIFETIME, len(text))
            self._make_room()
        return id_

    def find(self, id_: str, owner: str) -> Text | None:
        """Give a text to its owner; None if it is unknown, somebody else's or expired."""
        with self._lock:
            self._make_room()
            text = self._texts.get(id_)
        return text if text and text.owner == owner else None

    def _make_room(self) -> None:
        now = self._clock()
        while self._texts:
            oldest = next(iter(self._texts.values()))
            if oldest.ends > now and sum(len(text.text) for text in self._texts.values()) <= MAX_ALL:
                return
            self._texts.popitem(last=False)
