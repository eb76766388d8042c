"""Points of time in what callers ask: from when until when."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from .state import Json
from .wire import Ask, invalid


def moment(name: str, given: str) -> float:
    """Read a date, or a date and time, in ISO 8601."""
    try:
        found = datetime.fromisoformat(given)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise invalid((name, "must be a date and time in ISO 8601")) from None


def asked(ask: Ask) -> tuple[float, float]:
    """Read start_date and end_date of the query; what is absent has no bound."""
    bounds = (("start_date", -math.inf), ("end_date", math.inf))
    start, end = (moment(name, ask.query[name]) if name in ask.query else bound for name, bound in bounds)
    return start, end


def made(record: Json) -> float:
    """Tell when a record was made."""
    return moment("created_at", record["created_at"])
