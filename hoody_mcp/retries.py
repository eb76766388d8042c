"""Whether and when a request is sent again: by what the call can do and what went wrong, never by its HTTP verb.

never sent at all              once more, whatever the call does
429                            again when the host says, whatever the call does: a refused call has not happened
408, 500, 502, 503, 504        again if a repeat is harmless: reads, and writes that say so
the connection broke           again if a repeat is harmless
everything else                no
"""

from __future__ import annotations

import email.utils
import re
import time
from dataclasses import dataclass

import stamina
import stamina.instrumentation

from .answers import Answer
from .connection import time_left
from .errors import MAY_HAVE_HAPPENED, NOTHING_SENT, HoodyError, Interrupted, Unreachable
from .operation import Risk
from .pace import PATIENCE
from .request import Request

REPEATS = 2  # of one request, unless the host says when to come again
TOO_MANY = 429
PASSING = frozenset({408, 500, 502, 503, 504})  # answers that another time may differ
LEAST_WAIT = 1.0  # seconds to leave a host alone that has asked for it without saying how long

RETRYING = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_initial=0.25, wait_max=2.0, wait_jitter=0.1)
stamina.instrumentation.set_on_retry_hooks(())  # they would log to stdout, which belongs to the protocol


class Again(Exception):
    """An answer that another time may differ."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer for whoever gives up."""
        super().__init__(answer.status)
        self.answer = answer
        told = seconds_to_wait(answer.headers.get("retry-after", ""))
        self.wait = None if told is None else max(told, LEAST_WAIT)


@dataclass
class Patience:
    """What one call has been through on its way; decides after each failure whether to send again: stamina's back-off hook."""

    request: Request
    repeats: int = 0
    waited: float = 0.0  # seconds, because a host wanted to be left alone
    arrived: bool = False  # whether a try may have taken effect that was not answered with success

    @property
    def left(self) -> float:
        """Seconds that may still be spent on waiting for a host."""
        return min(PATIENCE - self.waited, time_left())

    def __call__(self, error: Exception) -> bool | float:
        """Say whether to send again: no, yes after the usual pause, or after so many seconds."""
        match error:
            case Unreachable():
                return error.passing and self._again(1)
            case Again() if error.answer.status == TOO_MANY:  # the pace of the host makes it wait, and all others with it
                return (error.wait or LEAST_WAIT) < self.left and 0.0
            case Again() | Interrupted():
                self.arrived = True
                return harmless(self.request) and self._another(error)
            case _:
                return False

    def _another(self, error: Again | Interrupted) -> bool | float:
        if isinstance(error, Interrupted) or error.wait is None:
            passing = isinstance(error, Again) or error.passing
            return passing and self._again(REPEATS)
        if error.wait > self.left:
            return False
        self.waited += error.wait
        return error.wait

    def _again(self, most: int) -> bool:
        self.repeats += 1
        return self.repeats <= most

    def admit(self, error: HoodyError) -> None:
        """Let an error say that an earlier try may have taken effect, if it does not say so itself."""
        text = str(error)
        if self.arrived and self.request.risk is not Risk.READ and MAY_HAVE_HAPPENED not in text:
            error.args = (f"{text.replace(NOTHING_SENT, 'An earlier try was sent.')} {MAY_HAVE_HAPPENED}",)


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
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
