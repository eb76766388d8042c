"""Days, as previews tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MAX_DAYS = 36_500


def in_days(days: int, start: object = None) -> str:
    """Give the day that lies so many days after a moment in ISO form, or after now; empty if that cannot be told."""
    if days > MAX_DAYS:
        return ""
    try:
        moment = datetime.fromisoformat(start) if isinstance(start, str) else datetime.now(UTC)
        return (moment + timedelta(days=days)).date().isoformat()
    except (ValueError, OverflowError):
        return ""
