"""The market in the sandbox: servers, offers, reservations."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

RENT = f"/servers/{goods.SMALL}/rent"
RESERVE = f"/offers/{goods.OFFER}/reserve"
ORDER: dict[str, Any] = {"days": 30, "idempotency_key": "k1", "max_charge_cents": 3_500}


async def test_only_servers_that_nobody_rents_are_on_the_market(caller: Caller) -> None:
    servers = await caller.ok("GET", "/servers/available")
    assert [server["id"] for server in servers] == [goods.SMALL, goods.LARGE]
    tier = servers[1]["pricing"]["price_tiers"]["30"]
    made = await caller.ok("POST", f"/servers/{goods.LARGE}/rent", {"rental_days": 30, "max_charge_cents": tier["total_first_payment"]})
    assert made["rental"]["total_paid_cents"] == tier["total_first_payment"] == 3_500
    assert [server["id"] for server in await caller.ok("GET", "/servers/available")] == [goods.SMALL]


@pytest.mark.parametrize(
    ("query", "fit"),
    [
        ({"country": "ZZ", "region": "sandbox"}, 2),
        ({"country": "DE"}, 0),
        ({"min_cpu_cores": 8}, 1),
        ({"min_cpu_score": 1, "cpu_score_type": "geekbench_multi"}, 0),
        ({"min_ram_gb": "8.5", "ram_types": ["DDR4", "DDR5"]}, 1),
        ({"ram_types": "DDR5"}, 0),
        ({"min_total_storage_gb": 161}, 1),
        ({"disk_types": ["HDD", "NVMe"]}, 2),
        ({"min_bandwidth_mbps": 1_001}, 0),
        ({"min_traffic_tb": 20}, 2),
        ({"max_price_per_day": 0.3}, 1),
        ({"available_durations": ["1", "30"]}, 1),
        ({"unlimited_traffic_only": "true"}, 0),
        ({"category": "memory"}, 1),
        ({"featured_only": "true"}, 1),
    ],
)
async def test_filters_leave_what_fits(caller: Caller, query: Any, fit: int) -> None:
    assert len(await caller.ok("GET", "/servers/available", **query)) == fit


@pytest.mark.parametrize("query", [{"ram_types": "DDR9"}, {"category": "toys"}, {"min_ram_gb": "much"}, {"available_durations": "x"}])
async def test_a_filter_that_cannot_be_is_refused(caller: Caller, query: Any) -> None:
    assert (await caller("GET", "/servers/available", **query))[0] == 400


async def test_a_rented_server_is_paid_and_holds_containers(caller: Caller, world: World) -> None:
    made = await caller.ok("POST", RENT, {"rental_days": 30, "max_charge_cents": 900})
    assert world.balance == 4_100
    (listed,) = [rental for rental in await caller.ok("GET", "/rentals") if rental["id"] == made["rental"]["id"]]
    assert (listed["server_id"], listed["amount"], listed["remaining_days"]) == (goods.SMALL, "9.00", 30)
    box = await caller.ok("POST", f"/projects/{seed.PROJECT}/containers", {"server_id": goods.SMALL, "name": "box"})
    assert box["server_name"] == "node-2"


@pytest.mark.parametrize(
    ("server", "asked", "status", "code"),
    [
        (goods.SMALL, {"rental_days": 30}, 409, "CHARGE_CONFIRMATION_REQUIRED"),
        (goods.LARGE, {"rental_days": 30}, 409, "SETUP_FEE_CONFIRMATION_REQUIRED"),
        (goods.LARGE, {"rental_days": 30, "max_charge_cents": 2_500}, 409, "CHARGE_EXCEEDS_MAX"),
        (goods.LARGE, {"rental_days": 90, "max_charge_cents": 9_000}, 400, "INSUFFICIENT_BALANCE"),
        (goods.SMALL, {"rental_days": 7, "max_charge_cents": 900}, 400, "INVALID_DURATION"),
        (seed.SERVER, {"rental_days": 30, "max_charge_cents": 900}, 409, "SERVER_UNAVAILABLE"),
        ("9" * 24, {"rental_days": 30, "max_charge_cents": 900}, 404, "SERVER_NOT_FOUND"),
        ("nonsense", {"rental_days": 30, "max_charge_cents": 900}, 400, "VALIDATION_ERROR"),
        (goods.SMALL, {"rental_days": 30, "max_charge_cents": 900, "pool_id": "9" * 24}, 404, "POOL_NOT_FOUND"),
        (goods.SMALL, {"rental_days": "30"}, 400, "VALIDATION_ERROR"),
        (goods.SMALL, {}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_refused_rental_costs_nothing(  # noqa: PLR0913 - fixtures and the four facts of a case
    caller: Caller, world: World, *, server: str, asked: Any, status: int, code: str
) -> None:
    got, found = await caller("POST", f"/servers/{server}/rent", asked)
    assert (got, found["error"], world.balance, len(world.rentals)) == (status, code, 5_000, 1)


async def test_answers_hold_the_required_fields(caller: Caller) -> None:
    servers, offers = await caller.ok("GET", "/servers/available"), await caller.ok("GET", "/offers")
    server = {"id", "name", "country", "region", "city", "datacenter", "model", "is_vm", "category", "featured", "popularity_rank"}
    assert set(servers[0]) == server | {"setup_time_minutes", "delivery_hours", "pricing", "specs"}
    assert set(servers[0]["pricing"]) == {"prices", "setup_fee", "setup_fee_cents", "price_tiers"}
    assert all("id" in offer and 1 <= offer["delivery_hours"] <= 720 for offer in offers)
    rented = await caller.ok("POST", RENT, {"rental_days": 1, "max_charge_cents": 50})
    assert "id" in rented["rental"]
    assert set(rented["transaction"]) >= {"id", "amount", "currency"}
    made = await caller.ok("POST", RESERVE, ORDER)
    fields = {"id", "offer_id", "days", "state", "ready_by", "delivery_hours_quoted", "setup_time_minutes_quoted", "hold_days_quoted"}
    fields |= {"server_id", "rental_id", "created_at", "rental_cents", "setup_fee_cents", "total_paid_cents", "offer_snapshot"}
    assert set(made["reservation"]) == fields


async def test_the_same_key_gives_the_first_reservation_unpaid(caller: Caller, world: World) -> None:
    first = await caller.ok("POST", RESERVE, ORDER)
    again = await caller.ok("POST", RESERVE, ORDER | {"days": 90})
    assert (first["replayed"], again["replayed"], world.balance) == (False, True, 1_500)
    assert again["reservation"] == first["reservation"]
    world.balance = 5_000
    other = await caller.ok("POST", RESERVE, ORDER | {"idempotency_key": "k2"})
    assert other["reservation"]["id"] != first["reservation"]["id"]
    status, found = await caller("POST", RESERVE, ORDER | {"idempotency_key": "k3"})
    assert (status, found["error"]) == (409, "SERVER_UNAVAILABLE")  # two were in stock


@pytest.mark.parametrize(
    ("offer", "asked", "status", "code"),
    [
        (goods.OFFER, {"max_charge_cents": 3_499}, 409, "CHARGE_EXCEEDS_MAX"),
        (goods.OFFER, {"days": 31}, 400, "INVALID_DURATION"),
        (goods.OFFER, {"days": 90, "max_charge_cents": 9_000}, 400, "INSUFFICIENT_BALANCE"),
        (goods.OFFER, {"idempotency_key": ""}, 400, "VALIDATION_ERROR"),
        (goods.OFFER, {"pool_id": "9" * 24}, 404, "POOL_NOT_FOUND"),
        (goods.SOLD_OUT, {}, 409, "SERVER_UNAVAILABLE"),
        ("9" * 24, {}, 404, "OFFER_NOT_FOUND"),
    ],
)
async def test_a_refused_reservation_costs_nothing(  # noqa: PLR0913 - fixtures and the four facts of a case
    caller: Caller, world: World, *, offer: str, asked: Any, status: int, code: str
) -> None:
    got, found = await caller("POST", f"/offers/{offer}/reserve", ORDER | asked)
    assert (got, found["error"], world.balance, world.reservations) == (status, code, 5_000, {})


async def test_a_setup_fee_must_be_confirmed(caller: Caller) -> None:
    status, found = await caller("POST", RESERVE, {"days": 30, "idempotency_key": "k1"})
    assert (status, found["error"]) == (409, "SETUP_FEE_CONFIRMATION_REQUIRED")


async def test_an_order_becomes_a_rental_when_it_is_ready(caller: Caller, clock: Clock) -> None:
    made = (await caller.ok("POST", RESERVE, ORDER))["reservation"]
    path = f"/reservations/{made['id']}"
    clock.wait(made["delivery_hours_quoted"] * 3_600 - 1)
    assert (await caller.ok("GET", path))["state"] == "pending"
    clock.wait(1)
    ready = await caller.ok("GET", path)
    assert ready["state"] == "fulfilled"
    rental = await caller.ok("GET", f"/rentals/{ready['rental_id']}")
    assert (rental["server_id"], rental["total_paid_cents"], rental["remaining_days"]) == (ready["server_id"], 3_500, 30)


async def test_reservations_are_listed_in_parts_newest_first(caller: Caller, world: World) -> None:
    world.balance = 10_000
    for key in ("k1", "k2"):
        await caller.ok("POST", RESERVE, ORDER | {"idempotency_key": key})
    _, whole = await caller("GET", "/reservations")
    _, part = await caller("GET", "/reservations", limit=1, offset=1)
    assert (whole["total"], part["total"], part["limit"], part["offset"]) == (2, 2, 1, 1)
    assert part["data"] == whole["data"][1:]
    assert (await caller("GET", "/reservations", limit=201))[0] == 400
    assert (await caller("GET", "/reservations/unknown"))[0] == 404


@pytest.mark.parametrize(("path", "body"), [(RENT, {"rental_days": 1, "max_charge_cents": 50}), (RESERVE, ORDER)])
async def test_a_reader_looks_but_buys_nothing(caller: Caller, path: str, body: Any) -> None:
    reader = caller.as_(seed.READER)
    assert len(await reader.ok("GET", "/offers")) == 2
    status, found = await reader("POST", path, body)
    assert (status, found["error"]) == (403, "PERMISSION_DENIED")
