"""Amounts are read to the cent, or not at all."""

from __future__ import annotations

from typing import Any

from hypothesis import given as drawn
from hypothesis import strategies as st

from hoody_mcp.bill import cents_of, tier

from .test_money import IN_TIERS

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.just("12.50"), st.just(10**300))
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["30", *IN_TIERS]), inner))


@drawn(cents=st.integers(-(10**12), 10**12))
def test_an_amount_is_read_to_the_cent(cents: int) -> None:
    sign, whole = "-" * (cents < 0), f"{abs(cents) // 100}.{abs(cents) % 100:02d}"
    assert cents_of(cents) == cents_of(f"{sign}{whole}") == cents_of(f" {sign}{whole}00 ") == cents
    assert cents_of(float(f"{sign}{whole}")) == cents
    assert tier({"30": cents}, 30) == tier({"30": {"total_cents": cents, "price_cents": cents + 1}}, 30) == cents
    assert tier({"31": cents}, 30) is None


@drawn(value=JSON, days=st.integers())
def test_anything_else_is_no_amount(value: Any, days: int) -> None:
    for found in (cents_of(value), tier(value, days), tier({str(days): value}, days)):
        assert found is None or (type(found) is int)
