"""What a purchase costs and what is left then, in words for whoever has to agree.

Amounts come from upstream in several forms: whole numbers are cents (as in every field that Hoody calls `…_cents`, and
in its price lists by days), texts and fractions are dollars. A price that cannot be found, or whose unit cannot be told,
is said to be unknown, never guessed; the ceiling holds either way, as Hoody itself refuses what lies above it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .jsons import Json, as_object, at

TOTALS = ("total_first_payment", "total_cents", "total")  # where a tier holds all that is to pay
IN_CENTS = ("total_first_payment", "total_cents", "price_cents")  # where a tier holds its price
OF_NO_UNIT = ("total", "price", "amount")  # likewise, but whole numbers there may be dollars or cents
MAX_CENTS = 10**14  # more is no amount
UNKNOWN = "not known beforehand"


def cents_of(amount: object) -> int | None:
    """Give an amount in cents; None for what is no amount."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return None
    if isinstance(amount, int):
        return amount if abs(amount) <= MAX_CENTS else None
    text = str(amount).strip()
    return int(Decimal(text) * 100) if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", text) else None


def tier(prices: object, days: int) -> int | None:
    """Find the price of a duration, in cents, in a map of prices by days."""
    found = (as_object(prices) or {}).get(str(days))
    members = as_object(found)
    if members is None:
        return cents_of(found)
    known = [members.get(name) for name in IN_CENTS]
    known += [value for name in OF_NO_UNIT if not isinstance(value := members.get(name), int)]
    return next((cents for value in known if (cents := cents_of(value)) is not None), None)


def first_payment(pricing: object, days: int) -> int | None:
    """Find what a server costs at first: the whole that its price names, or price and setup fee."""
    prices = at(pricing, "price_tiers")
    members = as_object((as_object(prices) or {}).get(str(days))) or {}
    price = tier(prices, days)
    if any(name in members for name in TOTALS):
        return price
    fees = (members.get("setup_fee_cents"), members.get("setup_fee"), at(pricing, "setup_fee_cents"), at(pricing, "setup_fee"))
    return with_fee(price, *fees)


def with_fee(price: int | None, *fees: object) -> int | None:
    """Add the first fee that is told, if any; None where one of the two cannot be read."""
    fee = cents_of(next((fee for fee in fees if fee is not None), 0))
    return None if price is None or fee is None else price + fee


def bill(price: int | None, seen: Mapping[str, Any], *, ends: str = "", ceiling: object = None) -> Json:
    """Tell price, ceiling, balance before and after, and the end of what is bought; the wallet's balance stands under `wallet`."""
    balance = cents_of(at(seen.get("wallet"), "general_balance"))
    told = {
        "price": UNKNOWN if price is None else dollars(price),
        "ceiling": dollars(ceiling) if isinstance(ceiling, int) else "",
        "balance before": UNKNOWN if balance is None else dollars(balance),
        "balance after": UNKNOWN if price is None or balance is None else dollars(balance - price),
        "ends": ends,
    }
    return {"bill": {name: said for name, said in told.items() if said}} | _warning(price, balance, ceiling)


def dollars(cents: int) -> str:
    """Write an amount: 1250 → "12.50 USD"."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d} USD"


def _warning(price: int | None, balance: int | None, ceiling: object) -> Json:
    if price is not None and balance is not None and price > balance:
        return {"warning": "The wallet does not hold enough: Hoody will refuse."}
    if price is not None and isinstance(ceiling, int) and price > ceiling:
        return {"warning": "The price is above max_charge_cents: Hoody will refuse. Ask the user; do not raise it unasked."}
    return {}
