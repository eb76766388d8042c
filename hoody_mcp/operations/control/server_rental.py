"""Server rental: the marketplace, orders with a delivery time, and the load of rented servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...bill import bill, first_payment, tier, with_fee
from ...days import in_days
from ...jsons import Json, as_array, as_object
from ...operation import (
    Body,
    OfferedServerId,
    OfferId,
    Operation,
    Path,
    Place,
    PoolId,
    Query,
    RentalId,
    ReservationId,
    Risk,
    Settles,
    Show,
)
from .wallet import SHOW_WALLET

Pool = Annotated[PoolId, Field(description="Your server pool that gets it: id or unique name; absent: the default one.")]
CpuScore = Annotated[Literal["passmark", "geekbench_single", "geekbench_multi"], Field(description="Benchmark of min_cpu_score.")]
RamType = Literal["DDR3", "DDR4", "DDR5", "ECC DDR4", "ECC DDR5"]
DiskType = Literal["HDD", "SSD", "NVMe", "SAS"]
Category = Annotated[Literal["compute", "memory", "storage", "general", "gpu"], Field(description="Kind of server.")]


def chosen(listed: Any, id_: str) -> Json:
    """Find the thing with an id in a list; {} if it is not there."""
    things = (as_object(item) or {} for item in as_array(listed) or ())
    return next((thing for thing in things if thing.get("id") == id_), dict[str, Any]())


class ServersBrowse(
    Operation,
    route="GET /api/v1/servers/available",
    risk=Risk.READ,
    items=".",
    columns=(
        "id",
        "name",
        "country",
        "region",
        "city",
        "model",
        "is_vm",
        "category",
        "featured",
        "pricing",
        "specs",
        "setup_time_minutes",
        "delivery_hours",
    ),
    keywords="marketplace catalog shop machine hardware GPU location price cheapest buy available",
):
    """Search the servers in stock for rent, with prices by duration. To order one with a delivery time: offers_list."""

    country: Query[str | MISSING] = Field(default=MISSING, description="Country code, such as DE.")
    region: Query[str | MISSING] = Field(default=MISSING, description="Such as us-east.")
    max_price_per_day: Query[float | MISSING] = Field(default=MISSING, description="In USD.")
    available_durations: Query[list[float] | MISSING] = Field(default=MISSING, description="Days it must be rentable for.")
    min_cpu_cores: Query[int | MISSING] = Field(default=MISSING, description="Cores.")
    min_cpu_score: Query[int | MISSING] = Field(default=MISSING, description="See cpu_score_type.")
    cpu_score_type: Query[CpuScore | MISSING] = MISSING
    min_ram_gb: Query[int | MISSING] = Field(default=MISSING, description="Memory.")
    ram_types: Query[list[RamType] | MISSING] = Field(default=MISSING, description="Kinds of memory.")
    min_total_storage_gb: Query[int | MISSING] = Field(default=MISSING, description="All disks together.")
    disk_types: Query[list[DiskType] | MISSING] = Field(default=MISSING, description="Kinds of disk.")
    min_bandwidth_mbps: Query[int | MISSING] = Field(default=MISSING, description="Bandwidth.")
    min_traffic_tb: Query[int | MISSING] = Field(default=MISSING, description="Traffic per month.")
    unlimited_traffic_only: Query[bool | MISSING] = Field(default=MISSING, description="true: unmetered ones only.")
    category: Query[Category | MISSING] = MISSING
    featured_only: Query[bool | MISSING] = Field(default=MISSING, description="true: recommended ones only.")


class ServersRent(
    Operation,
    route="POST /api/v1/servers/{server_id=id}/rent",
    risk=Risk.SPEND,
    shown_by="rentals_list",
    shows=(
        Show(
            read=ServersBrowse,
            items=".",
            where={"id": "server_id"},
            tells=("id", "name", "country", "city", "specs.cpu.model", "specs.ram.capacity_gb", "pricing.setup_fee", "pricing.price_tiers"),
            binds=("id", "name", "pricing"),
            label="server",
        ),
        SHOW_WALLET,
    ),
    keywords="buy lease machine hardware capacity purchase pay",
):
    """Spends from the wallet: rents a server of servers_browse and charges for it at once.

    A setup fee may come on top, this first time only. It appears in rentals_list.
    """

    server_id: Path[OfferedServerId]
    rental_days: Body[Annotated[int, Field(ge=1, le=3650)]] = Field(description="Duration, one that the server has a price for.")
    max_charge_cents: Body[Annotated[int, Field(ge=0)] | MISSING] = Field(
        default=MISSING,
        description="Most the user agreed to pay, in cents, setup fee included; needed unless it is free. "
        "See total_first_payment of that duration in pricing.price_tiers. Never raise it unasked.",
    )
    pool_id: Body[Pool | MISSING] = MISSING

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Work out the first payment and the end of the rental."""
        price = first_payment(chosen(seen.get("server"), self.server_id).get("pricing"), self.rental_days)
        return bill(price, seen, ends=in_days(self.rental_days), ceiling=self.given(Place.BODY).get("max_charge_cents"))

    def agreed(self, seen: Mapping[str, Any]) -> Json:
        """Charge no more than the price that was shown."""
        price = first_payment(chosen(seen.get("server"), self.server_id).get("pricing"), self.rental_days)
        return {} if price is None else {"max_charge_cents": price}


class RentalsGetRuntime(
    Operation,
    route="GET /api/v1/rentals/{rental_id=id}/runtime",
    risk=Risk.READ,
    keywords="load usage utilization monitor metrics uptime how busy overloaded hardware RAM",
):
    """Measure CPU, memory and disk of a rented server now. One container: containers_stats.

    Needs a login (JWT): auth tokens are refused. 409 where other customers share the machine.
    """

    rental_id: Path[RentalId]


class OffersList(
    Operation,
    route="GET /api/v1/offers",
    risk=Risk.READ,
    items=".",
    columns=(
        "id",
        "name",
        "country",
        "city",
        "cpu_model",
        "cpu_cores",
        "ram_gb",
        "disks",
        "bandwidth_mbps",
        "traffic_tb",
        "traffic_unlimited",
        "pricing_rules",
        "setup_fee_cents",
        "setup_fee_rules",
        "hold_rules",
        "delivery_hours",
        "stock",
    ),
    keywords="marketplace preorder machine hardware server lead time prices",
):
    """List servers that can be ordered but are delivered only hours or days later. In stock: servers_browse."""


class OffersReserve(
    Operation,
    route="POST /api/v1/offers/{offer_id=id}/reserve",
    risk=Risk.SPEND,
    shown_by="reservations_list",
    repeat_key="idempotency_key",
    shows=(
        Show(
            read=OffersList,
            items=".",
            where={"id": "offer_id"},
            tells=("id", "name", "country", "cpu_model", "ram_gb", "pricing_rules", "setup_fee_cents", "setup_fee_rules", "delivery_hours"),
            binds=("id", "name", "pricing_rules", "setup_fee_cents", "setup_fee_rules", "hold_rules", "delivery_hours"),
            label="offer",
        ),
        SHOW_WALLET,
    ),
    keywords="order preorder buy server machine hardware purchase pay",
):
    """Spends from the wallet: orders a server of offers_list. The charge comes at once, the server hours or days later.

    Follow it with reservations_get.
    """

    offer_id: Path[OfferId]
    days: Body[int] = Field(description="Duration, a key of the offer's pricing_rules.")
    max_charge_cents: Body[Annotated[int, Field(ge=0)] | MISSING] = Field(
        default=MISSING,
        description="Most the user agreed to pay, in cents, setup fee included; needed where there is such a fee. Never raise it unasked.",
    )
    pool_id: Body[Pool | MISSING] = MISSING

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Work out the payment, setup fee included, and the earliest end of what is ordered."""
        offer = chosen(seen.get("offer"), self.offer_id)
        rent, fee = tier(offer.get("pricing_rules"), self.days), tier(offer.get("setup_fee_rules"), self.days)
        hours = offer.get("delivery_hours")
        ends = in_days(self.days + (hours // 24 if isinstance(hours, int) else 0))
        price = with_fee(rent, fee, offer.get("setup_fee_cents"))
        return bill(price, seen, ends=ends, ceiling=self.given(Place.BODY).get("max_charge_cents"))


class ReservationsList(
    Operation,
    route="GET /api/v1/reservations",
    risk=Risk.READ,
    items=".",
    columns=("id", "offer_id", "days", "state", "ready_by", "server_id", "rental_id", "created_at", "total_paid_cents"),
    keywords="orders preorders bought servers delivery pending",
):
    """List your orders of servers (offers_reserve) and their state."""

    limit: Query[Annotated[int, Field(ge=1, le=200)] | MISSING] = Field(default=MISSING, description="Entries per page.")
    offset: Query[int | MISSING] = Field(default=MISSING, description="Entries to skip.")


class ReservationsGet(
    Operation,
    route="GET /api/v1/reservations/{reservation_id=id}",
    risk=Risk.READ,
    settles=Settles("state", passing=("pending",), failed=("refunded",)),
    keywords="order preorder server delivery track when ready",
):
    """Show one order of a server: pending until ready_by, then fulfilled (with rental_id and server_id) or refunded."""

    reservation_id: Path[ReservationId]
