"""A purchase is made once, at the price that was shown, whatever becomes of its answer."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from .calls import text_of
from .conftest import Connect
from .fast_loop import at_once
from .test_money import KEYED, Market, given, previewed
from .upstream import Reply


@pytest.fixture
def upstream() -> Market:
    return Market()


@pytest.mark.parametrize("spelling", [" {}", "{}\n", "\t{} "])
@pytest.mark.parametrize("tool", sorted(KEYED))
@at_once
async def test_another_spelling_of_the_code_is_no_other_purchase(connect: Connect, upstream: Market, tool: str, spelling: str) -> None:
    async with connect(spend="confirm") as client:
        code = (await previewed(client, tool))["confirm"]
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=lambda sent: sent.method == "POST")
        for confirm in (code, spelling.format(code)):
            await client.call_tool(tool, {**given(tool), "confirm": confirm})
    assert len({sent.json["idempotency_key"] for sent in upstream.changes}) == 1
    assert len(upstream.changes) == 2


@pytest.mark.parametrize("tool", sorted(KEYED))
@at_once
async def test_the_code_counts_in_its_own_spelling_only(connect: Connect, upstream: Market, tool: str) -> None:
    async with connect(spend="confirm") as client:
        code = ""
        while not {"-", "_"} & set(code):
            code = (await previewed(client, tool))["confirm"]
        await client.call_tool(tool, {**given(tool), "confirm": code.replace("-", "+").replace("_", "/")})
    assert upstream.changes == []


@at_once
async def test_what_is_not_offered_any_more_may_have_been_bought(connect: Connect, upstream: Market) -> None:
    async with connect(spend="confirm") as client:
        code = (await previewed(client, "offers_reserve"))["confirm"]
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=lambda sent: sent.method == "POST")
        await client.call_tool("offers_reserve", {**given("offers_reserve"), "confirm": code})
        upstream.script(Reply.data([]), when=lambda sent: sent.path.endswith("/offers"))
        told = text_of(await client.call_tool("offers_reserve", {**given("offers_reserve"), "confirm": code}))
    assert "it may have been bought. reservations_list shows it" in told


@pytest.mark.parametrize(
    ("tool", "guard", "shown"), [("servers_rent", "max_charge_cents", 1250), ("wallet_transfer_to_ai", "expected_fee_bps", 250)]
)
async def test_what_was_shown_and_agreed_to_is_sent_as_the_guard(
    connect: Connect, upstream: Market, tool: str, guard: str, shown: int
) -> None:
    upstream.price, upstream.rate = {"total_first_payment": 1250}, 250
    arguments = {name: value for name, value in given(tool).items() if name != guard}
    async with connect(spend="confirm") as client:
        for asked, sent in (({}, shown), ({guard: 7}, 7)):
            seen: dict[str, Any] = (await client.call_tool(tool, {**arguments, **asked})).structured_content or {}
            code = seen["confirm"]
            await client.call_tool(tool, {**arguments, **asked, "confirm": code})
            assert upstream.changes[-1].json[guard] == sent
