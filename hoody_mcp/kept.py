"""Results that were too large to be shown whole: kept for some minutes, for their owner alone."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

LIFETIME = 600.0  # seconds
MAX_ONE = 16_000_000  # characters of one text that are kept
MAX_ALL = 64_000_000  # characters of all texts together

SERIES: ContextVar[object] = ContextVar("SERIES", default=None)  # the looks that are under way, of which the last alone counts


@contextmanager
def only_the_last() -> Generator[None]:
    """Let each text that is kept meanwhile take the place of the one before it, unless somebody else was given that, too."""
    token = SERIES.set(object())
    try:
        yield
    finally:
        SERIES.reset(token)


@dataclass(frozen=True)
class Text:
    """One kept text."""

    text: str
    owner: str  # who may read it: a hash of the credential that the call was made with
    foreign: bool  # came out of a container
    ends: float
    whole: int  # characters, also those that were not kept
    series: object = None  # whose next text takes the place of this one

    def equals(self, other: Text) -> bool:
        """Tell whether both say the same to the same reader."""
        return (self.whole, self.owner, self.foreign, self.text) == (other.whole, other.owner, other.foreign, other.text)


class Kept:
    """Keeps texts within bounds of time and size; the oldest go first. Usable from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._texts: OrderedDict[str, Text] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, text: str, owner: str, *, foreign: bool, characters: int = 0) -> str:
        """Keep a text and give its id; an equal text is kept once. `characters` if it was longer before it came here."""
        series = SERIES.get()
        new = Text(text[:MAX_ONE], owner, foreign, self._clock() + LIFETIME, max(len(text), characters), series)
        with self._lock:
            same = next((id_ for id_, each in self._texts.items() if each.equals(new)), None)
            if same and self._texts.pop(same).series is not series:
                new = replace(new, series=None)  # two have its id
            for id_ in [id_ for id_, each in self._texts.items() if series and each.series is series]:
                del self._texts[id_]
            id_ = same or secrets.token_urlsafe(9)
            self._texts[id_] = new
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
