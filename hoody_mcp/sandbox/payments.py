"""What goes into a wallet and out of it."""

from __future__ import annotations

from .state import Json, Wallet, World, new_id
from .wire import Ask, Refusal

SHOWN = ("id", "amount", "currency", "created_at")


def wallet(ask: Ask) -> Wallet:
    """Give the caller's wallet; whoever had none has an empty one."""
    return ask.world.wallets[ask.caller.user_id]


def charge(ask: Ask, cents: int, ceiling: float | None = None, *, unless_confirmed: str = "", reason: str) -> Json:
    """Take an amount out of the wallet and give the transaction; `unless_confirmed` is the code if the ceiling is missing."""
    if ceiling is None and unless_confirmed and cents:
        raise Refusal(409, unless_confirmed, f"This costs {cents} cents; confirm it with max_charge_cents", {"total_cents": cents})
    if ceiling is not None and cents > ceiling:
        raise Refusal(409, "CHARGE_EXCEEDS_MAX", f"This costs {cents} cents, more than max_charge_cents; nothing was charged")
    if cents > wallet(ask).balance:
        raise Refusal(400, "INSUFFICIENT_BALANCE", f"This costs {cents} cents, and the wallet holds {wallet(ask).balance}")
    made = book(ask.world, ask.caller.user_id, -cents, reason)
    return {name: made[name] for name in SHOWN}


def book(world: World, user_id: str, cents: int, reason: str) -> Json:
    """Put an amount into somebody's wallet, or take it out if it is negative, and remember the transaction."""
    made: Json = {
        "id": new_id(),
        "user_id": user_id,
        "transaction_type": "debit" if cents < 0 else "credit",
        "reason": reason,
        "status": "completed",
        "amount": abs(cents) / 100,
        "currency": "USD",
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.wallets[user_id].balance += cents
    world.wallets[user_id].transactions.insert(0, made)
    return made


def price_of(days: float, tiers: Json) -> int:
    """Give the price of a duration in cents; 400 if there is none for it."""
    if not tiers:
        raise Refusal(400, "NO_PRICING", "There is no price for this server")
    found = tiers.get(f"{days:g}")
    if found is None:
        raise Refusal(400, "INVALID_DURATION", f"There is a price for these numbers of days only: {', '.join(tiers)}")
    return found
