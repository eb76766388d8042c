"""Whether and when a request is sent again: by what the call can do and what went wrong, never by its HTTP verb.

never sent at all              once more, whatever the call does
429                            again when the host says, whatever the call does: a refused call has not happened
408, 500, 502, 503, 504        again if a repeat is harmless: reads, and writes that say so
the connection broke           again if a repeat is harmless
everything else                no
"""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any

import stamina
import stamina.instrumentation

from .answers import Answer
from .connection import time_left
from .errors import Interrupted, Unreachable
from .operation import Risk
from .pace import PATIENCE
from .request import Request

REPEATS = 2  # of one request, unless the host says when to come again
TOO_MANY = 429
PASSING = frozenset({408, 500, 502, 503, 504})  # answers that another time may differ
UNTOLD = 1.0  # seconds to wait after a 429 that does not say how long

RETRYING = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_initial=0.25, wait_max=2.0, wait_jitter=0.1)
stamina.instrumentation.set_on_retry_hooks(())  # they would log to stdout, which belongs to the protocol


class Again(Exception):
    """An answer that another time may differ."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer for whoever gives up."""
        super().__init__(answer.status)
        self.answer = answer
        self.wait = seconds_to_wait(answer.headers.get("retry-after", ""))


@dataclass
class Patience:
    """Decides for one request, each time that it has failed: stamina's back-off hook."""

    request: Request
    repeats: int = 0
    waited: float = 0.0  # seconds, because the host said so

    def __call__(self, error: Exception) -> bool | float:
        """Say whether to send again: no, yes after the usual pause, or after so many seconds."""
        match error:
            case Unreachable():
                return error.passing and self._again(1)
            case Again() if error.answer.status == TOO_MANY:
                return self._as_told(UNTOLD if error.wait is None else error.wait)
            case Again() if harmless(self.request):
                return self._again(REPEATS) if error.wait is None else self._as_told(error.wait)
            case Interrupted() if harmless(self.request):
                return error.passing and self._again(REPEATS)
            case _:
                return False

    def _again(self, most: int) -> bool:
        self.repeats += 1
        return self.repeats <= most

    def _as_told(self, wait: float) -> bool | float:
        self.waited += wait
        return wait if self.waited <= PATIENCE and wait < time_left() else False


def harmless(request: Request) -> bool:
    """Tell whether a request that may have arrived may be sent again."""
    return request.risk is Risk.READ or (request.risk is Risk.WRITE and request.idempotent)


def judged(answer: Answer) -> Answer:
    """Give an answer back, or raise `Again`."""
    if answer.status == TOO_MANY or answer.status in PASSING:
        raise Again(answer)
    return answer


def seconds_to_wait(told: str) -> float | None:
    """Read Retry-After, in seconds or as a date; None if it says nothing."""
    text = told.strip()
    if text.isdecimal():
        return float(text[:9])
    when: Any = email.utils.parsedate_tz(text)
    return max(0.0, email.utils.mktime_tz(when) - time.time()) if when else None
