"""Rentals: the servers that an account rents, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import MISSING, Field

from ...bill import bill, tier
from ...days import in_days
from ...jsons import Json, at
from ...operation import Body, Names, Operation, Path, Place, RentalId, Risk, Show
from .wallet import SHOW_WALLET


class RentalsList(
    Operation,
    route="GET /api/v1/rentals",
    risk=Risk.READ,
    items=".",
    columns=(
        "id",
        "status",
        "server_id",
        "server",
        "pool_id",
        "rental_start",
        "rental_end",
        "remaining_days",
        "amount",
        "is_free_tier",
        "renewal_pricing_frozen",
    ),
    names=(Names("rental", by="server.name"), Names("server", by="server.name", id="server_id")),
    keywords="my machines nodes hosts hardware capacity which servers do I have",
):
    """List the servers you rent and how long still. containers_create takes a rental's server_id. To rent more: servers_browse."""


class RentalsGet(
    Operation,
    route="GET /api/v1/rentals/{rental_id=id}",
    risk=Risk.READ,
    keywords="my server machine details hardware when it runs out, cost, expiry",
):
    """Show one rental: term, payments, renewal prices, hardware."""

    rental_id: Path[RentalId]


class RentalsExtend(
    Operation,
    route="POST /api/v1/rentals/{rental_id=id}/extend",
    risk=Risk.SPEND,
    shows=(
        Show(
            read=RentalsGet,
            tells=("id", "server.name", "status", "rental_end", "remaining_days", "amount", "renewal_pricing_frozen"),
            binds=("id", "server_id", "rental_end", "amount", "renewal_pricing_frozen"),
            label="rental",
        ),
        SHOW_WALLET,
    ),
    keywords="renew keep server longer another month contract ends expires lease pay",
):
    """Spends from the wallet: prolongs a rented server and charges for it at once.

    Call rentals_get right before. If the term has changed since, it is refused (409), so a repeat cannot pay twice.
    """

    rental_id: Path[RentalId]
    expected_rental_end: Body[str] = Field(description="Present rental_end, character by character as rentals_get gives it.")
    additional_days: Body[Annotated[int, Field(ge=1, le=3650)]] = Field(
        description="Days to add, one of the durations that the server has a price for."
    )
    max_charge_cents: Body[Annotated[int, Field(ge=0)] | MISSING] = Field(
        default=MISSING,
        description="Most the user agreed to pay, in cents; a higher price is refused. "
        "Needed where rentals_get has no renewal_pricing_frozen. Never raise it unasked.",
    )

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Work out the price, where it is frozen, and the new end."""
        rental = seen.get("rental")
        price, ends = tier(at(rental, "renewal_pricing_frozen"), self.additional_days), at(rental, "rental_end")
        end = in_days(self.additional_days, ends) if isinstance(ends, str) else ""
        return bill(price, seen, ends=end, ceiling=self.given(Place.BODY).get("max_charge_cents"))
