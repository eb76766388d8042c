"""Purchases: what they cost is told before anybody agrees, one yes pays once, and a refusal is told and never outbid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
from mcp import Client

from hoody_mcp.arguments import Call, parse
from hoody_mcp.bill import UNKNOWN
from hoody_mcp.errors import BY_CODE, MAY_HAVE_HAPPENED
from hoody_mcp.operation import Risk
from hoody_mcp.request import build

from .calls import CATALOG, ENTRIES, text_of
from .conftest import Connect
from .fast_loop import at_once
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent, Upstream

HOOK, NEXT_HOOK = "01hqzr0000000000000000000a", "01hqzr0000000000000000000b"
IDS = ("alias_id", "token_id", "realm_id", "image_id", "offer_id", "server_id", "rental_id")
VALUES: dict[str, Any] = (
    {"container_id": CONTAINER, "project_id": PROJECT, "hook_id": HOOK, "group": "ops", "program": "terminal", "service": "http"}
    | {
        "access": "false",
        "retention_days": 30,
        "default": "allow",
        "enable_proxy": False,
        "range": "203.0.113.5/32",
        "position": 1,
        "key": "KEY",
        "type": "block",
    }
    | {
        "secret": "a-key-of-jwts",
        "algorithm": "HS256",
        "sources": ["header:Authorization"],
        "value": "another-value",
        "header_name": "X-Key",
    }
    | {"username": "bob", "password": "another-password", "salt": "another-salt"}
    | {"match": {"path": "/x"}, "script": {"path": "/hooks/x.ts"}}
    | {"groups": {"crew": {"type": "ip", "range": "192.0.2.0/24"}}, "permissions": {"crew": {"terminal": "true"}}}
    | dict.fromkeys(IDS, OTHER)
    | dict.fromkeys(("days", "rental_days", "additional_days"), 30)
    | {"expected_rental_end": "2030-01-01T00:00:00Z", "amount": "12.50"}
)
MORE = {
    "proxy_settings_update": ("default",),
    "proxy_group_set_token": ("header_name",),
    "projects_proxy_group_set_token": ("header_name",),
}


def given(tool: str) -> dict[str, Any]:
    """Arguments of a tool about the document."""
    return {name: VALUES[name] for name in (*CATALOG[tool].required, *MORE.get(tool, ()))}


SPEND = [entry.name for entry in ENTRIES if entry.risk is Risk.SPEND]
CAPPED = [tool for tool in SPEND if "max_charge_cents" in CATALOG[tool].definition["inputSchema"]["properties"]]
KEYED = [tool for tool in SPEND if CATALOG[tool].operation.about.repeat_key]
IN_TIERS = ["total_first_payment", "total_cents", "price_cents", "total", "price", "amount"]
FORMS: list[Any] = [
    *(1250, "12.50", 12.5, {"amount": 1, "price_cents": 2, "total_first_payment": 1250}),
    *({name: 1250} for name in IN_TIERS[:3]),
    *({name: form} for name in IN_TIERS for form in ("12.50", 12.5)),
    *({name: "12.50"} for name in ("total", "price", "amount")),
]
NO_PRICE: list[Any] = [
    {"price": 30},
    {"total": 30},
    {"amount": 30},
    None,
    {},
    "a lot",
    True,
    [1250],
    "1.25e1",
    "12,50",
    10**15,
    {"currency": "USD"},
]
PRICED = [tool for tool in SPEND if tool != "wallet_transfer_to_ai"]  # whose price comes from upstream
IMAGES = "images_purchase"  # whose price is one amount, in dollars


class Market(Upstream):
    """Answers what previews of purchases read."""

    wallet: Any = "100.00"
    price: Any = 1250
    more: Mapping[str, Any] = MappingProxyType({})  # beside the price
    rate: Any = 250

    def respond(self, sent: Sent) -> Reply:
        path = sent.path.removeprefix("/api/v1")
        if sent.method != "GET" or any(when(sent) for when, _ in self.scripted):
            return super().respond(sent)
        self.sent.append(sent)
        return Reply.data(self._facts(path))

    def _facts(self, path: str) -> Any:
        thing, prices = {"id": OTHER, "name": "node", "alias": "tuned"}, {"30": self.price}
        known: dict[str, Any] = {
            "/servers/available": [{**thing, "pricing": {"price_tiers": prices, **self.more}}],
            f"/rentals/{OTHER}": {**thing, "rental_end": "2030-01-01T00:00:00Z", "renewal_pricing_frozen": prices, **self.more},
            "/offers": [{**thing, "pricing_rules": prices, "delivery_hours": 49, **self.more}],
            f"/images/public/{OTHER}": {**thing, "price": "12.50" if self.price == 1250 else self.price},
            "/wallet/balances/general": {"id": OTHER, "general_balance": self.wallet},
            "/wallet/balances/ai": {"ai_remaining": "3.00"},
            "/wallet/payment-availability": {"ai_credit_fee_bps": self.rate},
        }
        return known.get(path, thing)


@pytest.fixture
def upstream() -> Market:
    return Market()


async def previewed(client: Client, tool: str, **more: Any) -> dict[str, Any]:
    return (await client.call_tool(tool, {**given(tool), **more})).structured_content or {}


async def billed(connect: Connect, tool: str, **more: Any) -> dict[str, Any]:
    async with connect(spend="confirm") as client:
        return await previewed(client, tool, **more)


def test_every_purchase_is_covered() -> None:
    assert sorted(SPEND) == ["images_purchase", "offers_reserve", "rentals_extend", "servers_rent", "wallet_transfer_to_ai"]
    assert sorted(KEYED) == ["offers_reserve", "wallet_transfer_to_ai"]


LEFT = {"12.50 USD": "87.50 USD", "12.00 USD": "88.00 USD", UNKNOWN: UNKNOWN}  # of 100 dollars


@pytest.mark.parametrize("tool", PRICED)
async def test_the_bill_names_the_price_and_guesses_none(connect: Connect, upstream: Market, tool: str) -> None:
    known = [("12.50", "12.50 USD"), (12.5, "12.50 USD"), (12, "12.00 USD")] if tool == IMAGES else [(form, "12.50 USD") for form in FORMS]
    async with connect(spend="confirm") as client:
        for upstream.price, told in [*known, *((form, UNKNOWN) for form in NO_PRICE)]:
            bill = (await previewed(client, tool))["bill"]
            assert (bill["price"], bill["balance before"], bill["balance after"]) == (told, "100.00 USD", LEFT[told]), upstream.price


@pytest.mark.parametrize("tool", SPEND)
async def test_a_balance_that_cannot_be_read_is_not_guessed(connect: Connect, upstream: Market, tool: str) -> None:
    async with connect(spend="confirm") as client:
        for upstream.wallet in (None, "much", True, [], {"usd": "1"}):
            bill = (await previewed(client, tool))["bill"]
            assert (bill["balance before"], bill["balance after"]) == (UNKNOWN, UNKNOWN)


FEES: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "of the price": ("servers_rent", {"price_cents": 250, "setup_fee_cents": 1000}, {}, "12.50 USD"),
    "of the server": ("servers_rent", 250, {"setup_fee_cents": 1000}, "12.50 USD"),
    "of the server as text": ("servers_rent", "2.50", {"setup_fee": "10.00"}, "12.50 USD"),
    "in the total": ("servers_rent", {"total_first_payment": 1250, "setup_fee_cents": 1000}, {"setup_fee_cents": 1000}, "12.50 USD"),
    "of a server, unreadable": ("servers_rent", 250, {"setup_fee_cents": "some"}, UNKNOWN),
    "of an offer": ("offers_reserve", 250, {"setup_fee_cents": 1000, "setup_fee_rules": {"90": 5}}, "12.50 USD"),
    "of an offer by days": ("offers_reserve", 250, {"setup_fee_cents": 5, "setup_fee_rules": {"30": 1000}}, "12.50 USD"),
    "of an offer, unreadable": ("offers_reserve", 250, {"setup_fee_cents": "some"}, UNKNOWN),
}


@pytest.mark.parametrize("fee", FEES)
async def test_a_setup_fee_is_part_of_the_price(connect: Connect, upstream: Market, fee: str) -> None:
    tool, upstream.price, upstream.more, expected = FEES[fee]
    assert (await billed(connect, tool))["bill"]["price"] == expected


async def test_the_bill_says_when_what_is_bought_ends(connect: Connect, upstream: Market) -> None:
    begun = datetime.now(UTC)
    ends = {tool: (await billed(connect, tool))["bill"].get("ends", "never") for tool in SPEND}
    days = {(moment + timedelta(30)).date() for moment in (begun, datetime.now(UTC))}
    assert ends["rentals_extend"] == "2030-01-31"
    assert ends["servers_rent"] in {day.isoformat() for day in days}
    assert ends["offers_reserve"] in {(day + timedelta(2)).isoformat() for day in days}
    assert ends[IMAGES] == ends["wallet_transfer_to_ai"] == "never"
    assert "ends" not in (await billed(connect, "offers_reserve", days=10**7))["bill"]
    upstream.more = {"rental_end": "soon"}
    assert "ends" not in (await billed(connect, "rentals_extend"))["bill"]


@pytest.mark.parametrize(("rate", "fee", "credit"), [(250, "0.31 USD", "15.19 USD"), (0, "0.00 USD", "15.50 USD"), ("250", UNKNOWN, None)])
async def test_a_transfer_tells_its_fee_and_the_credit_afterwards(
    connect: Connect, upstream: Market, rate: Any, fee: str, credit: str | None
) -> None:
    upstream.rate = rate
    bill = (await billed(connect, "wallet_transfer_to_ai"))["bill"]
    assert (bill["price"], bill["fee in it"], bill.get("AI credit after")) == ("12.50 USD", fee, credit)


@pytest.mark.parametrize("tool", SPEND)
async def test_too_little_money_is_said(connect: Connect, upstream: Market, tool: str) -> None:
    upstream.wallet = "12.49"
    shown = await billed(connect, tool)
    assert "does not hold enough" in shown["warning"]
    assert shown["bill"]["balance after"] == "-0.01 USD"
    upstream.wallet = "12.50"
    assert "warning" not in await billed(connect, tool)


@pytest.mark.parametrize("tool", CAPPED)
async def test_a_price_above_the_ceiling_is_said(connect: Connect, tool: str) -> None:
    shown = await billed(connect, tool, max_charge_cents=1249)
    assert "above max_charge_cents" in shown["warning"]
    assert shown["bill"]["ceiling"] == "12.49 USD"
    assert "warning" not in await billed(connect, tool, max_charge_cents=1250)


@pytest.mark.parametrize("tool", SPEND)
async def test_another_price_than_the_one_agreed_to_gives_a_new_preview(connect: Connect, upstream: Market, tool: str) -> None:
    async with connect(spend="confirm") as client:
        code = (await previewed(client, tool))["confirm"]
        upstream.price, upstream.rate = 1251, 251
        again = await previewed(client, tool, confirm=code)
        assert upstream.changes == []
        assert "the target has changed since" in again["preview"]
        await previewed(client, tool, confirm=again["confirm"])
    assert len(upstream.changes) == 1


@pytest.mark.parametrize("tool", KEYED)
def test_a_code_stands_for_one_key_which_is_not_the_code(tool: str) -> None:
    def key(code: str) -> str:
        content = (build(Call(parse(CATALOG[tool], given(tool)).operation, confirm=code)).content or b"").decode()
        assert not code or code not in content
        return content.partition('"idempotency_key":"')[2].partition('"')[0]

    codes = [f"{letter * 35}=" for letter in "abc"]
    assert [key(code) for code in codes] == [key(code) for code in codes]
    assert len({*map(key, codes), key(""), key("")}) == 5


@at_once
@pytest.mark.parametrize("tool", KEYED)
async def test_a_lost_answer_is_not_paid_twice_the_same_code_repeats_the_same_purchase(
    connect: Connect, upstream: Market, tool: str
) -> None:
    async with connect(spend="confirm") as client:
        code = (await previewed(client, tool))["confirm"]
        upstream.script(Reply.error(429, "RATE_LIMITED", "slow down"), when=lambda sent: sent.method == "POST")
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=lambda sent: sent.method == "POST")
        lost, again, spent = [await client.call_tool(tool, {**given(tool), "confirm": code}) for _ in range(3)]
    assert MAY_HAVE_HAPPENED in text_of(lost)
    assert "with the same confirm counts as the same purchase" in text_of(lost)
    assert not again.is_error
    assert len(upstream.changes) == 3  # refused once, lost once, replayed once; the code is spent then
    assert "confirm" in (spent.structured_content or {})
    assert len({sent.json["idempotency_key"] for sent in upstream.changes}) == 1
    assert code not in upstream.changes[0].body.decode()


TOLD: Mapping[str, str] = {
    "INSUFFICIENT_BALANCE": "tops it up",
    "INVALID_DURATION": "take a duration",
    "NO_PRICING": "cannot be had",
    "SERVER_UNAVAILABLE": "look with servers_browse again",
    "CHARGE_CONFIRMATION_REQUIRED": "Tell the user the price",
    "SETUP_FEE_CONFIRMATION_REQUIRED": "tell the user the whole",
    "CHARGE_EXCEEDS_MAX": "do not raise the ceiling unasked",
    "PRICING_INVALID": "try later",
    "EXTENSION_ALREADY_APPLIED": "rentals_get tells",
    "TRANSFER_IDEMPOTENCY_KEY_REUSED": "call again without confirm",
    "TRANSFER_FEE_CHANGED": "ask the user again",
}


@pytest.mark.parametrize("code", TOLD)
@pytest.mark.parametrize("status", [400, 409])
async def test_a_refusal_is_told_with_what_to_do_and_not_outbid(connect: Connect, upstream: Market, code: str, status: int) -> None:
    async with connect(spend="confirm") as client:
        for tool in SPEND:
            upstream.sent.clear()
            ceiling = {"max_charge_cents": 1250} if tool in CAPPED else {}
            confirm = (await previewed(client, tool, **ceiling))["confirm"]
            upstream.script(Reply.error(status, code, "refused"), when=lambda sent: sent.method == "POST")
            result = await client.call_tool(tool, {**given(tool), **ceiling, "confirm": confirm})
            assert result.is_error
            assert all(words in text_of(result) for words in (code, BY_CODE[code], TOLD[code]))
            assert [b"max_charge_cents" in sent.body for sent in upstream.changes] == [bool(ceiling)]
            assert not ceiling or upstream.changes[0].json["max_charge_cents"] == 1250
