"""The market: servers to rent at once, offers to order, and the caller's orders."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from . import goods, pools, rentals
from .payments import charge, price_of
from .routes import Area
from .state import Json, World, new_id
from .wire import NOT_NULL, Ask, Body, Refusal, data, invalid

area = Area()

HOUR = 3_600
KINDS_OF_RAM = ("DDR3", "DDR4", "DDR5", "ECC DDR4", "ECC DDR5")
KINDS_OF_DISK = ("HDD", "SSD", "NVMe", "SAS")
SCORES = ("", "passmark", "geekbench_single", "geekbench_multi")
NUMBERS = ("max_price_per_day", "min_cpu_cores", "min_cpu_score", "min_ram_gb", "min_total_storage_gb")
NUMBERS_OF_NETWORK = ("min_bandwidth_mbps", "min_traffic_tb")
CATEGORIES = ("", "compute", "memory", "storage", "general", "gpu")


class Rent(Body):
    """For how long, and for how much at most."""

    rental_days: int = Field(ge=1, le=3650)
    max_charge_cents: Annotated[int | None, NOT_NULL] = Field(default=None, ge=0)
    pool_id: Annotated[str | None, NOT_NULL] = None


class Reserve(Body):
    """For how long, for how much at most, and the key under which to repeat it without paying twice."""

    days: float
    idempotency_key: str = Field(min_length=1)
    max_charge_cents: Annotated[float | None, NOT_NULL] = None
    pool_id: Annotated[str | None, NOT_NULL] = None


@area.route("GET /servers/available", needs="financial.server_rental.view_marketplace")
def browse(ask: Ask) -> Response:
    """List the servers that nobody rents."""
    fits = _filter(ask)
    return data([server for server in ask.world.market.values() if _is_free(ask.world, server["id"]) and _fits(server, fits)])


def _is_free(world: World, server_id: str) -> bool:
    taken = (rental["server_id"] for rental in world.rentals.values() if rentals.status(world, rental) == "active")
    return server_id not in taken


def _filter(ask: Ask) -> Json:
    """Read what is asked of servers; absent filters are empty or none."""
    return {
        **{name: ask.filter_number(name) for name in (*NUMBERS, *NUMBERS_OF_NETWORK)},
        **{name: ask.query.get(name) for name in ("country", "region")},
        "days": _several(ask, "available_durations"),
        "ram_types": _several(ask, "ram_types", KINDS_OF_RAM),
        "disk_types": _several(ask, "disk_types", KINDS_OF_DISK),
        "score_type": ask.choice("cpu_score_type", SCORES, ""),
        "category": ask.choice("category", CATEGORIES, ""),
        "unlimited": ask.flag("unlimited_traffic_only"),
        "featured": ask.flag("featured_only"),
    }


def _several(ask: Ask, name: str, allowed: tuple[str, ...] = ()) -> set[str]:
    given = set(ask.query.getlist(name))
    if not given <= set(allowed) if allowed else not all(each.isdecimal() for each in given):
        raise invalid((name, f"must be among {', '.join(allowed)}" if allowed else "must be numbers of days"))
    return given


def _fits(server: Json, wanted: Json) -> bool:
    """Tell whether a server is what was asked for."""
    specs = server["specs"]
    cheapest = min(tier["price_cents"] / int(days) for days, tier in server["pricing"]["price_tiers"].items()) / 100
    least = {
        "min_cpu_cores": specs["cpu"]["cores"],
        "min_cpu_score": specs["cpu"]["score"],
        "min_ram_gb": specs["ram"]["capacity_gb"],
        "min_total_storage_gb": specs["disks"]["total_gb"],
        "min_bandwidth_mbps": specs["network"]["bandwidth_mbps"],
        "min_traffic_tb": specs["network"]["traffic_tb"],
    }
    same = {**{name: server[name] for name in ("country", "region", "category")}, "score_type": specs["cpu"]["score_type"]}
    return (
        all(wanted[name] is None or wanted[name] <= value for name, value in least.items())
        and all(wanted[name] in {None, "", value} for name, value in same.items())
        and (wanted["max_price_per_day"] is None or cheapest <= wanted["max_price_per_day"])
        and wanted["days"] <= set(server["pricing"]["price_tiers"])
        and (not wanted["ram_types"] or specs["ram"]["type"] in wanted["ram_types"])
        and (not wanted["disk_types"] or any(disk["type"] in wanted["disk_types"] for disk in specs["disks"]["config"]))
        and (specs["network"]["traffic_unlimited"] or not wanted["unlimited"])
        and (server["featured"] or not wanted["featured"])
    )


@area.route("POST /servers/{id}/rent", needs="financial.server_rental.rent_servers")
def rent(ask: Ask) -> Response:
    """Rent a server that is free, for money."""
    asked, server = ask.body(Rent), ask.world.market.get(ask.id("id"))
    if server is None:
        raise Refusal(404, "SERVER_NOT_FOUND", "No such server")
    pool_id = pools.place(ask, asked.pool_id)
    if not _is_free(ask.world, server["id"]):
        raise Refusal(409, "SERVER_UNAVAILABLE", "Somebody rents this server already")
    fee: int = server["pricing"]["setup_fee_cents"]
    cents = price_of(asked.rental_days, {days: tier["price_cents"] for days, tier in server["pricing"]["price_tiers"].items()})
    code = "SETUP_FEE_CONFIRMATION_REQUIRED" if fee else "CHARGE_CONFIRMATION_REQUIRED"
    paid = charge(ask, cents + fee, asked.max_charge_cents, unless_confirmed=code, reason="server_rental")
    made = rentals.add(ask.world, ask.caller.user_id, server, asked.rental_days, rent_cents=cents, setup_fee_cents=fee, hold_days=0)
    made |= {"transaction": paid, "pool_id": pool_id}
    fields = ("id", "server_id", "rental_start", "rental_end", "hold_days", "status", "setup_fee_cents", "total_paid_cents")
    shown = {name: made[name] for name in (*fields, "renewal_pricing_frozen")} | {"actual_usage_days": 0}
    return data({"rental": shown, "transaction": paid}, 201, "Server rented")


@area.route("GET /offers", needs="financial.server_rental.view_marketplace")
def list_offers(ask: Ask) -> Response:
    """List what can be ordered."""
    return data(list(ask.world.offers.values()))


@area.route("POST /offers/{id}/reserve", needs="financial.server_rental.rent_servers")
def reserve(ask: Ask) -> Response:
    """Order a server and pay for it; the same key again gives the first order again."""
    asked, offer, world = ask.body(Reserve), ask.world.offers.get(ask.parts["id"]), ask.world
    if offer is None:
        raise Refusal(404, "OFFER_NOT_FOUND", "No such offer")
    before = [made for made in _mine(ask) if made["idempotency_key"] == asked.idempotency_key]
    if before:
        return data({"reservation": _shown(before[0]), "replayed": True})
    pool_id = pools.place(ask, asked.pool_id)
    if not offer["stock"]:
        raise Refusal(409, "SERVER_UNAVAILABLE", "This offer is sold out")
    fee: int = offer["setup_fee_cents"]
    cents = price_of(asked.days, offer["pricing_rules"])
    code = "SETUP_FEE_CONFIRMATION_REQUIRED" if fee else ""
    charge(ask, cents + fee, asked.max_charge_cents, unless_confirmed=code, reason="server_reservation")
    offer["stock"] -= 1
    made: Json = {
        "id": new_id(),
        "user_id": ask.caller.user_id,
        "idempotency_key": asked.idempotency_key,
        "pool_id": pool_id,
        "offer_id": offer["id"],
        "days": int(asked.days),
        "state": "pending",
        "ready_by": world.now(offer["delivery_hours"] * HOUR),
        "delivery_hours_quoted": offer["delivery_hours"],
        "setup_time_minutes_quoted": offer["setup_time_minutes"],
        "hold_days_quoted": offer["hold_rules"][f"{asked.days:g}"],
        "server_id": None,
        "rental_id": None,
        "created_at": world.now(),
        "rental_cents": cents,
        "setup_fee_cents": fee,
        "total_paid_cents": cents + fee,
        "offer_snapshot": dict(offer),
    }
    world.reservations[made["id"]] = made
    world.later.append((world.clock() + offer["delivery_hours"] * HOUR, partial(_deliver, world, made)))
    return data({"reservation": _shown(made), "replayed": False}, 201, "Reserved")


def _deliver(world: World, made: Json) -> None:
    """Turn an order into a rented server."""
    offer = made["offer_snapshot"]
    prices = {int(days): cents for days, cents in offer["pricing_rules"].items()}
    name = f"{offer['name']}-{made['id'][:4]}"
    server = goods.server(new_id(), name, prices, cores=offer["cpu_cores"], ram_gb=offer["ram_gb"], is_vm=False)
    world.market[server["id"]] = server
    terms = {"rent_cents": made["rental_cents"], "setup_fee_cents": made["setup_fee_cents"], "hold_days": made["hold_days_quoted"]}
    rental = rentals.add(world, made["user_id"], server, made["days"], **terms)
    rental["pool_id"] = made["pool_id"]
    made |= {"state": "fulfilled", "server_id": server["id"], "rental_id": rental["id"]}


@area.route("GET /reservations", needs="financial.server_rental.view_marketplace")
def list_reservations(ask: Ask) -> Response:
    """List the caller's orders, newest first."""
    limit, offset = ask.number("limit", 50, 1, 200), ask.number("offset", 0)
    found = [_shown(made) for made in reversed(_mine(ask))]
    return data(found[offset : offset + limit], total=len(found), limit=limit, offset=offset)


@area.route("GET /reservations/{id}", needs="financial.server_rental.view_marketplace")
def get_reservation(ask: Ask) -> Response:
    """Show one order."""
    found = next((made for made in _mine(ask) if made["id"] == ask.parts["id"]), None)
    if found is None:
        raise Refusal(404, "RESERVATION_NOT_FOUND", "Reservation not found")
    return data(_shown(found))


def _mine(ask: Ask) -> list[Json]:
    return [made for made in ask.world.reservations.values() if made["user_id"] == ask.caller.user_id]


def _shown(made: Json) -> Json:
    return {name: value for name, value in made.items() if name not in {"user_id", "idempotency_key", "pool_id"}}
