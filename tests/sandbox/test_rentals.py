"""Rentals in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

PATH = f"/rentals/{seed.RENTAL}"


@pytest.fixture
async def frozen(caller: Caller) -> dict[str, Any]:
    """Rent a server, so that its prices stay as they are."""
    made = await caller.ok("POST", f"/servers/{goods.SMALL}/rent", {"rental_days": 30, "max_charge_cents": 900})
    return await caller.ok("GET", f"/rentals/{made['rental']['id']}")


async def extension(caller: Caller, days: int = 30, **more: Any) -> dict[str, Any]:
    end = (await caller.ok("GET", PATH))["rental_end"]
    return {"expected_rental_end": end, "additional_days": days, **more}


@pytest.mark.parametrize("name", ["rentals", "servers"])
async def test_a_rental_names_its_server_and_its_end_under_both_paths(caller: Caller, running: dict[str, Any], name: str) -> None:
    assert running["server_id"] == seed.SERVER
    (listed,) = await caller.ok("GET", f"/{name}")
    assert (listed["id"], listed["server_id"], listed["status"], listed["remaining_days"]) == (seed.RENTAL, seed.SERVER, "active", 30)
    assert (listed["server"]["name"], listed["server"]["container_capacity"]) == (seed.SERVER_NAME, {"used": 1, "max": 20})
    shown = await caller.ok("GET", f"/{name}/{seed.RENTAL}")
    assert shown.items() >= listed.items()
    assert shown["usage_days"] == 1


async def test_answers_hold_every_field_of_a_rental(caller: Caller) -> None:
    fields = {"id", "rental_start", "rental_end", "status", "amount", "setup_fee_cents", "total_paid_cents", "renewal_pricing_frozen"}
    fields |= {"remaining_days", "server_id", "pool_id", "is_free_tier", "server"}
    assert set((await caller.ok("GET", "/rentals"))[0]) == fields
    assert set(await caller.ok("GET", PATH)) == fields | {"hold_days", "usage_days", "transaction"}
    extended = await caller.ok("POST", f"{PATH}/extend", await extension(caller, max_charge_cents=900))
    assert extended["rental"]["id"] == seed.RENTAL
    assert set(extended["transaction"]) >= {"id", "amount", "currency"}


async def test_an_extension_is_paid_and_applied_once(caller: Caller, world: World) -> None:
    asked = await extension(caller, max_charge_cents=1_000)
    found = await caller.ok("POST", f"{PATH}/extend", asked)
    assert (found["rental"]["remaining_days"], found["transaction"]["amount"], world.balance) == (60, 9.0, 4_100)
    status, again = await caller("POST", f"{PATH}/extend", asked)
    assert (status, again["error"], world.balance) == (409, "EXTENSION_ALREADY_APPLIED", 4_100)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 409, "CHARGE_CONFIRMATION_REQUIRED"),
        ({"max_charge_cents": 899}, 409, "CHARGE_EXCEEDS_MAX"),
        ({"days": 31, "max_charge_cents": 900}, 400, "INVALID_DURATION"),
        ({"days": 0}, 400, "VALIDATION_ERROR"),
        ({"max_charge_cents": None}, 400, "VALIDATION_ERROR"),
        ({"max_charge_cents": -1}, 400, "VALIDATION_ERROR"),
        ({"pool_id": "x"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_refused_extension_costs_nothing(caller: Caller, world: World, asked: Any, status: int, code: str) -> None:
    got, found = await caller("POST", f"{PATH}/extend", await extension(caller, **asked))
    assert (got, found["error"], world.balance) == (status, code, 5_000)


async def test_an_empty_wallet_extends_nothing(caller: Caller, world: World) -> None:
    world.balance = 899
    status, found = await caller("POST", f"{PATH}/extend", await extension(caller, max_charge_cents=900))
    assert (status, found["error"]) == (400, "INSUFFICIENT_BALANCE")
    assert (await caller.ok("GET", PATH))["remaining_days"] == 30


async def test_a_server_without_prices_cannot_be_extended(caller: Caller, world: World) -> None:
    world.market[seed.SERVER]["pricing"]["price_tiers"] = {}
    status, found = await caller("POST", f"{PATH}/extend", await extension(caller, max_charge_cents=900))
    assert (status, found["error"]) == (400, "NO_PRICING")


async def test_frozen_prices_need_no_ceiling(caller: Caller, frozen: dict[str, Any]) -> None:
    asked = {"expected_rental_end": frozen["rental_end"], "additional_days": 1}
    found = await caller.ok("POST", f"/rentals/{frozen['id']}/extend", asked)
    assert (found["rental"]["total_paid_cents"], found["transaction"]["amount"]) == (950, 0.5)


async def test_a_rental_that_is_over_stays_over(caller: Caller, clock: Clock) -> None:
    clock.wait(31 * 86_400)
    shown = await caller.ok("GET", PATH)
    assert (shown["status"], shown["remaining_days"]) == ("expired", 0)
    status, found = await caller("POST", f"{PATH}/extend", await extension(caller, max_charge_cents=900))
    assert (status, found["error"]) == (409, "OPERATION_STATE_CONFLICT")


@pytest.mark.parametrize("name", ["rentals", "servers"])
async def test_only_a_login_sees_how_busy_a_server_is(caller: Caller, name: str) -> None:
    path = f"/{name}/{seed.RENTAL}/runtime"
    assert (await caller("GET", path))[0] == 403
    found = await caller.as_(seed.SESSION).ok("GET", path)
    assert set(found) >= {"scope", "ts", "cache_age_ms", "stale", "health"}


async def test_a_whole_machine_is_measured_as_one(caller: Caller, world: World) -> None:
    made = await caller.ok("POST", f"/servers/{goods.LARGE}/rent", {"rental_days": 30, "max_charge_cents": 3_500})
    assert world.market[goods.LARGE]["is_vm"] is False
    found = await caller.as_(seed.SESSION).ok("GET", f"/rentals/{made['rental']['id']}/runtime")
    assert (found["scope"], found["cores"]) == ("server", 32)
    assert set(found) >= {"ts", "cache_age_ms", "stale"}


async def test_what_is_not_yours_looks_like_what_is_not_there(caller: Caller, world: World) -> None:
    world.rentals[seed.RENTAL]["user_id"] = seed.STRANGER
    assert await caller.ok("GET", "/rentals") == []
    for rental_id, status in ((seed.RENTAL, 404), ("9" * 24, 404), ("nonsense", 400)):
        assert (await caller("GET", f"/rentals/{rental_id}"))[0] == status


async def test_a_reader_looks_but_does_not_extend_and_realms_hide_no_server(caller: Caller) -> None:
    reader = caller.as_(seed.READER)
    asked = await extension(reader, max_charge_cents=900)
    assert (await reader("POST", f"{PATH}/extend", asked))[0] == 403
    assert len(await caller.in_realm(seed.REALM).ok("GET", "/rentals")) == 1
