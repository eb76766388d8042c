"""Capacity is bought, prolonged and paid for, and nothing costs more than was agreed to."""

from __future__ import annotations

from typing import Any

from .conftest import Login, User


async def balance(user: User) -> float:
    return float((await user.result("wallet_balance_general"))["general_balance"])


def dollars(told: str) -> float:
    return float(told.removesuffix(" USD"))


async def bought(user: User, tool: str, **arguments: Any) -> dict[str, Any]:
    """Buy what a preview shows, and see that it costs what that said."""
    preview, before = await user(tool, **arguments), await balance(user)
    bill = preview["bill"]
    assert dollars(bill["balance before"]) == before
    result = await user(tool, **arguments, confirm=preview["confirm"])
    assert await balance(user) == dollars(bill["balance after"]) == round(before - dollars(bill["price"]), 2)
    return {**result, "bill": bill}


async def test_a_server_is_rented_prolonged_and_its_price_never_exceeded(login: Login) -> None:
    async with login() as user:
        assert "HOODY_SPEND" in await user.refused("servers_rent", server_id="a" * 24, rental_days=30)
    async with login(HOODY_SPEND="confirm") as user:
        stock = await user.items("servers_browse")
        assert any(each["pricing"]["setup_fee_cents"] for each in stock)
        server = next(each for each in stock if "1" in each["pricing"]["price_tiers"])
        days, agreed = "30", server["pricing"]["price_tiers"]["30"]["total_first_payment"]
        cheap = {"server_id": server["id"], "rental_days": int(days), "max_charge_cents": agreed - 1}
        preview = await user("servers_rent", **cheap)
        assert "above max_charge_cents" in preview["warning"]
        before = await balance(user)
        assert "CHARGE_EXCEEDS_MAX" in await user.refused("servers_rent", **cheap, confirm=preview["confirm"])
        assert await balance(user) == before

        rented = await bought(user, "servers_rent", server_id=server["id"], rental_days=int(days), max_charge_cents=agreed)
        rental = rented["result"]["rental"]
        assert dollars(rented["bill"]["price"]) == agreed / 100
        assert rental["rental_end"].startswith(rented["bill"]["ends"])

        ends = {"rental_id": rental["id"], "expected_rental_end": rental["rental_end"], "additional_days": 1}
        longer = await bought(user, "rentals_extend", **ends, max_charge_cents=100)
        assert longer["result"]["rental"]["rental_end"].startswith(longer["bill"]["ends"])
        preview = await user("rentals_extend", **ends)  # with the end as it was
        before = await balance(user)
        assert "EXTENSION_ALREADY_APPLIED" in await user.refused("rentals_extend", **ends, confirm=preview["confirm"])
        assert await balance(user) == before


async def test_a_server_is_ordered_and_followed(login: Login) -> None:
    async with login(HOODY_SPEND="confirm") as user:
        offer = next(each for each in await user.items("offers_list") if each["stock"])
        days = int(next(iter(offer["pricing_rules"])))
        ordered = await bought(user, "offers_reserve", offer_id=offer["id"], days=days, max_charge_cents=100_000)
        reservation = ordered["result"]["reservation"]
        assert (await user.result("reservations_get", reservation_id=reservation["id"]))["state"] == "pending"


async def test_money_becomes_ai_credit_at_the_fee_that_was_agreed_to(login: Login) -> None:
    async with login(HOODY_SPEND="confirm") as user:
        fee = (await user.result("wallet_payment_availability"))["ai_credit_fee_bps"]
        wrong = {"amount": "2.00", "expected_fee_bps": fee + 1}
        preview, before = await user("wallet_transfer_to_ai", **wrong), await balance(user)
        assert "TRANSFER_FEE_CHANGED" in await user.refused("wallet_transfer_to_ai", **wrong, confirm=preview["confirm"])
        assert await balance(user) == before
        done = await bought(user, "wallet_transfer_to_ai", amount="2.00", expected_fee_bps=fee)
        assert float(done["result"]["net_ai_credit"]) == 2.00 - dollars(done["bill"]["fee in it"])
        assert (await user.items("wallet_transactions_list"))[0]["amount"] in {2.0, "2.00", 200}
