"""What is paid out of the wallet."""

from __future__ import annotations

from .state import Json, new_id
from .wire import Ask, Refusal


def charge(ask: Ask, cents: int, ceiling: float | None = None, *, unless_confirmed: str = "") -> Json:
    """Take an amount out of the wallet and give the transaction; `unless_confirmed` is the code if the ceiling is missing."""
    if ceiling is None and unless_confirmed and cents:
        raise Refusal(409, unless_confirmed, f"This costs {cents} cents; confirm it with max_charge_cents", {"total_cents": cents})
    if ceiling is not None and cents > ceiling:
        raise Refusal(409, "CHARGE_EXCEEDS_MAX", f"This costs {cents} cents, more than max_charge_cents; nothing was charged")
    if cents > ask.world.balance:
        raise Refusal(400, "INSUFFICIENT_BALANCE", f"This costs {cents} cents, and the wallet holds {ask.world.balance}")
    ask.world.balance -= cents
    return {"id": new_id(), "amount": cents / 100, "currency": "USD", "created_at": ask.world.now()}


def price_of(days: float, tiers: Json) -> int:
    """Give the price of a duration in cents; 400 if there is none for it."""
    if not tiers:
        raise Refusal(400, "NO_PRICING", "There is no price for this server")
    found = tiers.get(f"{days:g}")
    if found is None:
        raise Refusal(400, "INVALID_DURATION", f"There is a price for these numbers of days only: {', '.join(tiers)}")
    return found
