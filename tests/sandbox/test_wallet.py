"""The wallet in the sandbox: money, credit for AI, ways to pay."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

TRANSFERS, METHODS = "/wallet/transfers", "/wallet/payment-methods/"
NOBODY = "9" * 24


async def test_balances_are_text_with_two_decimals(caller: Caller) -> None:
    general = await caller.ok("GET", "/wallet/balances/general")
    assert set(general) == {"id", "user_id", "general_balance", "created_at", "updated_at"}
    assert (general["general_balance"], general["user_id"]) == ("50.00", seed.USER)
    ai = await caller.ok("GET", "/wallet/balances/ai")
    assert ai == {"ai_limit": "0.00", "ai_usage": "0.00", "ai_remaining": "0.00"}
    assert await caller.ok("GET", "/wallet/balances") == {"general_balance": "50.00", **ai, "ai_usage_status": "live"}


async def test_a_transfer_becomes_credit_less_the_fee(caller: Caller, world: World) -> None:
    receipt = await caller.ok("POST", TRANSFERS, {"amount": "10.5", "expected_fee_bps": 500})
    told = {"gross_transferred": "10.50", "fee": "0.52", "net_ai_credit": "9.98", "general_balance": "39.50", "ai_balance": "9.98"}
    assert receipt == told | {"key_created": True, "limit_sync_pending": False, "replayed": False}
    world.wallets[seed.USER].ai_used = 498
    assert await caller.ok("GET", "/wallet/balances/ai") == {"ai_limit": "9.98", "ai_usage": "4.98", "ai_remaining": "5.00"}
    assert (await caller.ok("POST", TRANSFERS, {"amount": "1"}))["key_created"] is False


async def test_the_same_key_moves_money_once(caller: Caller, world: World) -> None:
    asked = {"amount": "10.00", "idempotency_key": "k1", "expected_fee_bps": 500}
    first = await caller.ok("POST", TRANSFERS, asked)
    world.ai_fee_bps = 700  # what was moved is moved, whatever the fee is now
    assert await caller.ok("POST", TRANSFERS, asked | {"amount": "10"}) == first | {"replayed": True}
    status, found = await caller("POST", TRANSFERS, asked | {"amount": "11"})
    assert (status, found["error"], world.balance) == (409, "TRANSFER_IDEMPOTENCY_KEY_REUSED", 4_000)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"expected_fee_bps": 499}, 409, "TRANSFER_FEE_CHANGED"),
        ({"amount": "50.01"}, 400, "INSUFFICIENT_BALANCE"),
        ({"amount": "0"}, 400, "VALIDATION_ERROR"),
        ({"amount": 10}, 400, "VALIDATION_ERROR"),
        ({"amount": "-1"}, 400, "VALIDATION_ERROR"),
        ({"amount": "1.001"}, 400, "VALIDATION_ERROR"),
        ({"amount": "1e1"}, 400, "VALIDATION_ERROR"),
        ({"idempotency_key": " "}, 400, "VALIDATION_ERROR"),
        ({"expected_fee_bps": 10_000}, 400, "VALIDATION_ERROR"),
        ({"currency": "EUR"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_refused_transfer_moves_nothing(caller: Caller, world: World, asked: Any, status: int, code: str) -> None:
    got, found = await caller("POST", TRANSFERS, {"amount": "1.00"} | asked)
    assert (got, found["error"], world.balance, world.wallets[seed.USER].ai_limit) == (status, code, 5_000, 0)


async def test_the_fee_is_the_one_that_the_availability_names(caller: Caller, world: World) -> None:
    world.ai_fee_bps = 1_000
    found = await caller.ok("GET", "/wallet/payment-availability")
    assert set(found) == {"stripe", "nowpayments", "ai_credit_fee_bps"}
    assert (found["ai_credit_fee_bps"], found["stripe"]["enabled"]) == (1_000, False)
    assert (await caller.ok("POST", TRANSFERS, {"amount": "10.00"}))["fee"] == "1.00"


async def test_whatever_is_paid_is_listed_newest_first(caller: Caller, world: World, clock: Clock) -> None:
    rental = await caller.ok("GET", f"/rentals/{seed.RENTAL}")
    await caller.ok("POST", f"/servers/{goods.SMALL}/rent", {"rental_days": 1, "max_charge_cents": 50})
    extend = {"expected_rental_end": rental["rental_end"], "additional_days": 30, "max_charge_cents": 900}
    await caller.ok("POST", f"/rentals/{seed.RENTAL}/extend", extend)
    clock.wait(1)
    await caller.ok("POST", f"/images/purchase/{goods.PRICED_IMAGE}")
    await caller.ok("POST", TRANSFERS, {"amount": "1.00"})
    listed = await caller.ok("GET", "/wallet/transactions")
    reasons = ["ai_credit_transfer", "image_purchase", "rental_extension", "server_rental", "start_credit"]
    assert [made["reason"] for made in listed] == reasons
    assert [made["amount"] for made in listed] == [1.0, 4.99, 9.0, 0.5, 50.0]
    assert sum(made["amount"] * (1 if made["transaction_type"] == "credit" else -1) for made in listed) == world.balance / 100
    assert await caller.ok("GET", f"/wallet/transactions/{listed[1]['id']}") == listed[1]
    assert set(listed[0]) >= {"id", "transaction_type", "status", "amount", "currency", "created_at", "updated_at"}
    rising = await caller.ok("GET", "/wallet/transactions", sort_order="asc", limit=2)
    assert [made["reason"] for made in rising] == reasons[::-1][:2]
    assert [made["amount"] for made in await caller.ok("GET", "/wallet/transactions", sort_by="amount")] == [50.0, 9.0, 4.99, 1.0, 0.5]


async def test_a_reservation_and_a_rental_give_transactions_that_can_be_looked_up(caller: Caller) -> None:
    rented = await caller.ok("POST", f"/servers/{goods.SMALL}/rent", {"rental_days": 1, "max_charge_cents": 50})
    found = await caller.ok("GET", f"/wallet/transactions/{rented['transaction']['id']}")
    assert found.items() >= rented["transaction"].items()
    await caller.ok("POST", f"/offers/{goods.OFFER}/reserve", {"days": 30, "idempotency_key": "k", "max_charge_cents": 3_500})
    assert (await caller.ok("GET", "/wallet/transactions", limit=1))[0]["reason"] == "server_reservation"


async def test_fees_are_listed_by_pages(caller: Caller) -> None:
    for amount in ("2.00", "20.00", "10.00"):
        await caller.ok("POST", TRANSFERS, {"amount": amount})
    found = await caller.ok("GET", "/wallet/ai-fee-history", limit=2)
    assert found["pagination"] == {"total": 3, "page": 1, "limit": 2, "totalPages": 2}
    assert [fee["amount"] for fee in found["fees"]] == ["0.50", "1.00"]
    first = found["fees"][0]
    assert set(first) == {"id", "transaction_id", "amount", "created_at", "transaction"}
    assert first["transaction"] == {"id": first["transaction_id"], "reason": "ai_credit_transfer", "amount": "10.00"}
    rising = await caller.ok("GET", "/wallet/ai-fee-history", sort_by="amount", sort_order="asc")
    assert [fee["amount"] for fee in rising["fees"]] == ["0.10", "0.50", "1.00"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("transactions", {"limit": 101}),
        ("transactions", {"sort_by": "reason"}),
        ("ai-fee-history", {"page": 0}),
        ("ai-fee-history", {"sort_order": "up"}),
        ("transactions/nonsense", {}),
        ("invoices/", {"limit": 101}),
        ("invoices/", {"filter": "paid"}),
        ("invoices/", {"filter": '{"color": "red"}'}),
        ("invoices/", {"filter": '{"amount": {"about": 1}}'}),
        ("invoices/nonsense", {}),
        ("payment-methods/nonsense", {}),
    ],
)
async def test_what_cannot_be_asked_is_refused(caller: Caller, path: str, query: Any) -> None:
    assert (await caller("GET", f"/wallet/{path}", **query))[0] == 400


async def test_there_are_no_invoices(caller: Caller) -> None:
    found = await caller.ok("GET", "/wallet/invoices/", filter='{"status":"paid","amount":{"gte":10}}', sort_by="whatever")
    assert found == {"invoices": [], "pagination": {"total": 0, "page": 1, "limit": 20, "totalPages": 0}}
    for path in (f"invoices/{NOBODY}", f"invoices/{NOBODY}/pdf", f"transactions/{NOBODY}", f"payment-methods/{NOBODY}"):
        assert (await caller("GET", f"/wallet/{path}"))[0] == 404


async def test_one_way_to_pay_is_the_default(caller: Caller) -> None:
    first = await caller.ok("POST", METHODS, {"name": "first", "details": {"reference": "tok_1"}, "is_default": True})
    assert set(first) == {"id", "user_id", "type", "name", "status", "details", "is_default", "created_at", "updated_at"}
    second = await caller.ok("POST", METHODS, {"name": "second"})
    assert (first["is_default"], second["is_default"], second["details"]) == (True, False, {})
    assert (await caller.ok("PUT", f"{METHODS}{second['id']}/default"))["is_default"] is True
    assert [method["is_default"] for method in await caller.ok("GET", METHODS)] == [False, True]
    changed = await caller.ok("PUT", f"{METHODS}{first['id']}", {"status": "inactive", "is_default": True})
    assert (changed["status"], changed["details"], changed["is_default"]) == ("inactive", {"reference": "tok_1"}, True)
    assert (await caller.ok("GET", f"{METHODS}{second['id']}"))["is_default"] is False
    assert await caller.ok("DELETE", f"{METHODS}{second['id']}") is None
    assert (await caller("GET", f"{METHODS}{second['id']}"))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x", "type": "card"},
        {"name": "x", "is_default": "true"},
        {"name": "x", "details": {"number": "4111 1111 1111 1111"}},
        {"name": "x", "details": {"more": [{"pan": 4111111111111111}]}},
    ],
)
async def test_a_way_to_pay_that_does_not_fit_is_not_kept(caller: Caller, body: Any) -> None:
    assert (await caller("POST", METHODS, body))[0] == 400
    assert await caller.ok("GET", METHODS) == []


async def test_the_bonus_is_given_once(caller: Caller, world: World) -> None:
    offer = await caller.ok("GET", "/wallet/github-bonus")
    fields = {"enabled", "repo", "amount_usd", "github_linked", "github_username", "claimed", "identity_claimed_elsewhere", "claim"}
    assert (set(offer), offer["claimed"], offer["claim"]) == (fields, False, None)
    given = await caller.ok("POST", "/wallet/github-bonus/claim")
    again = await caller.ok("POST", "/wallet/github-bonus/claim")
    assert (given["result"], again["result"], world.balance) == ("granted", "already_claimed", 5_500)
    assert again["claim"] == given["claim"] == (await caller.ok("GET", "/wallet/github-bonus"))["claim"]


async def test_everybody_has_a_wallet_of_his_own(caller: Caller, world: World) -> None:
    stranger = caller.as_(seed.STRANGERS)
    (mine,) = await caller.ok("GET", "/wallet/transactions")
    assert (await stranger.ok("GET", "/wallet/balances"))["general_balance"] == "0.00"
    assert (await stranger("GET", f"/wallet/transactions/{mine['id']}"))[0] == 404
    status, found = await stranger("POST", TRANSFERS, {"amount": "1.00"})
    assert (status, found["error"], world.balance) == (400, "INSUFFICIENT_BALANCE", 5_000)
    kept = await caller.ok("POST", METHODS, {"name": "mine"})
    assert (await stranger("DELETE", f"{METHODS}{kept['id']}"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", TRANSFERS), ("POST", "/wallet/github-bonus/claim"), ("POST", METHODS), ("DELETE", f"{METHODS}{NOBODY}")],
)
async def test_a_reader_looks_but_moves_nothing(caller: Caller, method: str, path: str) -> None:
    reader = caller.as_(seed.READER)
    for readable in ("balances", "transactions", "invoices/", "payment-methods/", "github-bonus", "ai-fee-history"):
        await reader.ok("GET", f"/wallet/{readable}")
    assert (await reader(method, path, {"amount": "1.00"}))[0] == 403


async def test_a_token_without_the_wallet_sees_nothing_of_it(caller: Caller) -> None:
    made = await caller.ok("POST", "/auth/tokens", {"permissions": {"projects": {"read": True}}})
    for path in ("balances", "transactions", "invoices/", "payment-methods/", "payment-availability"):
        assert (await caller.as_(made["token"])("GET", f"/wallet/{path}"))[0] == 403


@pytest.mark.parametrize("path", ["stripe/checkout", "crypto/invoice"])
async def test_real_money_needs_the_real_thing(caller: Caller, path: str) -> None:
    status, found = await caller("POST", f"/wallet/payments/{path}", {"amount": "25.00"})
    assert (status, found["error"]) == (501, "NOT_IN_SANDBOX")
