"""Rented servers: what is rented until when, extending it, and how busy it is."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from . import goods
from .payments import charge, price_of
from .routes import Area
from .state import Json, World, new_id, spelt
from .wire import NOT_NULL, Ask, Body, Refusal, data

area = Area()

DAY = 86_400
CAPACITY = 20  # containers on a server
GB = 10**9
MONEY = ("amount", "setup_fee_cents", "total_paid_cents", "renewal_pricing_frozen")
IN_LISTS = ("id", "rental_start", "rental_end", "status", *MONEY, "server_id", "pool_id", "is_free_tier")
OF_SERVER = ("id", "name", "country", "region", "city", "datacenter", "model", "is_vm", "specs")


class Extend(Body):
    """By how much, from which end, for how much at most."""

    expected_rental_end: str
    additional_days: int = Field(ge=1, le=3650)
    max_charge_cents: Annotated[int | None, NOT_NULL] = Field(default=None, ge=0)


@area.route("GET /rentals")
@area.route("GET /servers")
def list_rentals(ask: Ask) -> Response:
    """List what the caller rents; no realm hides a server."""
    return data([in_list(ask.world, rental) for rental in ask.world.rentals.values() if rental["user_id"] == ask.caller.user_id])


@area.route("GET /rentals/{id}")
@area.route("GET /servers/{id}")
def get(ask: Ask) -> Response:
    """Show one rental."""
    rental = _rental(ask)
    used = math.floor((ask.world.clock() - _seconds(rental["rental_start"])) / DAY)
    more = {"hold_days": rental["hold_days"], "usage_days": used, "transaction": rental["transaction"]}
    return data(in_list(ask.world, rental) | more)


@area.route("POST /rentals/{id}/extend", needs="financial.server_rental.extend_rentals")
def extend(ask: Ask) -> Response:
    """Prolong a rental for money, once for each end that it had."""
    rental, asked, world = _rental(ask), ask.body(Extend), ask.world
    if status(world, rental) != "active":
        raise Refusal(409, "OPERATION_STATE_CONFLICT", "The rental has ended")
    if asked.expected_rental_end != rental["rental_end"]:
        raise Refusal(409, "EXTENSION_ALREADY_APPLIED", f"Not extended: the rental ends at {rental['rental_end']}")
    frozen: Json | None = rental["renewal_pricing_frozen"]
    tiers = _tiers(world.market[rental["server_id"]]) if frozen is None else frozen
    cents, code = price_of(asked.additional_days, tiers), "CHARGE_CONFIRMATION_REQUIRED" if frozen is None else ""
    paid = charge(ask, cents, asked.max_charge_cents, unless_confirmed=code, reason="rental_extension")
    rental["rental_end"] = spelt(_seconds(rental["rental_end"]) + asked.additional_days * DAY)
    rental["total_paid_cents"] += cents
    shown = in_list(world, rental)
    fields = ("id", "rental_end", "status", "remaining_days", *MONEY)
    return data({"rental": {name: shown[name] for name in fields}, "transaction": paid}, message="Rental extended")


@area.route("GET /rentals/{id}/runtime")
@area.route("GET /servers/{id}/runtime")
def runtime(ask: Ask) -> Response:
    """Tell how busy a rented server is; only to somebody who logged in."""
    if not ask.caller.is_session:
        raise Refusal(403, "FORBIDDEN", "This needs a login; auth tokens are not taken")
    server = ask.world.market[_rental(ask)["server_id"]]
    cores, memory, disk = _sizes(server)
    found: Json = {"ts": ask.world.now(), "cache_age_ms": 0, "stale": False}
    if server["is_vm"]:
        found |= {"scope": "subserver", "health": "ok", "cpu": {"usage_cores": 0.1, "usage_pct": 10 / cores, "limit_cores": cores}}
        found |= {"mem": _share(memory, "limit_bytes"), "disk": _share(disk, "limit_bytes")}
    else:
        found |= {"scope": "server", "uptime_s": DAY, "cores": cores, "cpu": {"busy_pct": 10 / cores}}
        found |= {"mem": _share(memory, "total_bytes"), "storage": _share(disk, "total_bytes")}
    return data(found)


def _sizes(server: Json) -> tuple[int, int, int]:
    specs = server["specs"]
    return specs["cpu"]["cores"], specs["ram"]["capacity_gb"] * GB, specs["disks"]["total_gb"] * GB


def _share(size: int, name: str) -> Json:
    return {"used_bytes": size // 4, name: size, "pct": 25.0}


def add(world: World, user_id: str, server: Json, days: int, *, rent_cents: int, setup_fee_cents: int, hold_days: int) -> Json:  # noqa: PLR0913 - each is one term of the contract
    """Rent a server to somebody from now on, at prices that stay as they are."""
    made: Json = {
        "id": new_id(),
        "server_id": server["id"],
        "server_name": server["name"],
        "user_id": user_id,
        "status": "active",
        "rental_start": world.now(),
        "rental_end": world.now(days * DAY),
        "amount": goods.in_dollars(rent_cents),
        "setup_fee_cents": setup_fee_cents,
        "total_paid_cents": rent_cents + setup_fee_cents,
        "renewal_pricing_frozen": _tiers(server),
        "pool_id": None,
        "is_free_tier": False,
        "hold_days": hold_days,
        "transaction": None,
    }
    world.rentals[made["id"]] = made
    return made


def _tiers(server: Json) -> Json:
    return {days: tier["price_cents"] for days, tier in server["pricing"]["price_tiers"].items()}


def status(world: World, rental: Json) -> str:
    """Tell whether a rental still runs."""
    over = _seconds(rental["rental_end"]) <= world.clock()
    return "expired" if over and rental["status"] == "active" else rental["status"]


def in_list(world: World, rental: Json) -> Json:
    """Give a rental as lists show it."""
    server = world.market[rental["server_id"]]
    used = sum(container.record["server_id"] == server["id"] for container in world.containers.values())
    left = math.ceil((_seconds(rental["rental_end"]) - world.clock()) / DAY)
    return {name: rental[name] for name in IN_LISTS} | {
        "status": status(world, rental),
        "remaining_days": max(0, left),
        "server": {name: server[name] for name in OF_SERVER} | {"container_capacity": {"used": used, "max": CAPACITY}},
    }


def _rental(ask: Ask) -> Json:
    found = ask.world.rentals.get(ask.id("id"))
    if not found or found["user_id"] != ask.caller.user_id:
        raise Refusal(404, "RENTAL_NOT_FOUND", "Rental not found")
    return found


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
