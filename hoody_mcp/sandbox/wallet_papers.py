"""What stands beside the wallet: ways to pay, and invoices, of which there are none."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from starlette.responses import Response

from ..jsons import as_object
from .payments import wallet
from .routes import Area
from .state import Json, new_id
from .wire import NOT_NULL, Ask, Body, Refusal, compact, data, invalid

area = Area()

READ, MANAGE, DOWNLOAD = (f"financial.billing.{name}" for name in ("read", "manage_payment_methods", "download_invoices"))
CARD = re.compile(r"\b(?:[0-9][ -]?){13,18}[0-9]\b")  # what could be the number of a card
IDS, DATES = ("id", "user_id", "transaction_id"), ("issue_date", "due_date", "paid_date", "created_at", "updated_at")
FIELDS = {*IDS, *DATES, "invoice_number", "status", "amount", "currency"}  # of an invoice
TESTS = {"eq", "ne", "gt", "gte", "lt", "lte", "like", "in"}

Details = Annotated[dict[str, Any] | None, NOT_NULL]
Switch = Annotated[bool | None, NOT_NULL]


class Create(Body):
    """A way to pay."""

    name: str
    details: Details = None
    is_default: Switch = None


class Update(Body):
    """What of it changes; what is absent stays."""

    details: Details = None
    status: Annotated[Literal["active", "inactive"] | None, NOT_NULL] = None
    is_default: Switch = None


@area.route("GET /wallet/payment-methods/", needs=READ)
def list_methods(ask: Ask) -> Response:
    """List the ways to pay."""
    return data(list(wallet(ask).methods.values()))


@area.route("POST /wallet/payment-methods/", needs=MANAGE)
def add(ask: Ask) -> Response:
    """Add a way to pay; what could be the number of a card is refused."""
    asked = ask.body(Create)
    _check(asked.details)
    made: Json = {
        "id": new_id(),
        "user_id": ask.caller.user_id,
        "type": "other",
        "name": asked.name,
        "status": "active",
        "details": asked.details or {},
        "is_default": False,
        "created_at": ask.world.now(),
        "updated_at": ask.world.now(),
    }
    wallet(ask).methods[made["id"]] = made
    if asked.is_default:
        _make_default(ask, made)
    return data(made, 201, "Payment method added")


@area.route("GET /wallet/payment-methods/{id}", needs=READ)
def get(ask: Ask) -> Response:
    """Show one way to pay."""
    return data(_method(ask))


@area.route("PUT /wallet/payment-methods/{id}", needs=MANAGE)
def update(ask: Ask) -> Response:
    """Change a way to pay."""
    found, asked = _method(ask), ask.body(Update)
    _check(asked.details)
    found |= asked.model_dump(exclude_unset=True) | {"updated_at": ask.world.now()}
    if asked.is_default:
        _make_default(ask, found)
    return data(found)


@area.route("PUT /wallet/payment-methods/{id}/default", needs=MANAGE)
def set_default(ask: Ask) -> Response:
    """Make one way to pay the default, and no other."""
    found = _method(ask)
    _make_default(ask, found)
    return data(found)


@area.route("DELETE /wallet/payment-methods/{id}", needs=MANAGE)
def delete(ask: Ask) -> Response:
    """Forget a way to pay."""
    del wallet(ask).methods[_method(ask)["id"]]
    return data(None, message="Payment method deleted")


def _method(ask: Ask) -> Json:
    found = wallet(ask).methods.get(ask.id("id"))
    if found is None:
        raise Refusal(404, "PAYMENT_METHOD_NOT_FOUND", "Payment method not found")
    return found


def _make_default(ask: Ask, chosen: Json) -> None:
    for method in wallet(ask).methods.values():
        method["is_default"] = method is chosen


def _check(details: Json | None) -> None:
    if CARD.search(compact(details)):
        raise invalid(("details", "must not hold the number of a card"))


@area.route("GET /wallet/invoices/", needs=READ)
def list_invoices(ask: Ask) -> Response:
    """List no invoices; what is asked is read all the same."""
    page, limit = ask.number("page", 1, 1), ask.number("limit", 20, 1, 100)
    ask.choice("sort_order", ("asc", "desc"), "desc")
    _check_filter(ask.query.get("filter", "{}"))
    return data({"invoices": list[Json](), "pagination": {"total": 0, "page": page, "limit": limit, "totalPages": 0}})


def _check_filter(given: str) -> None:
    try:
        wanted = as_object(json.loads(given))
    except (ValueError, RecursionError):
        wanted = None
    if wanted is None:
        raise invalid(("filter", "must be a JSON object"))
    for name, test in wanted.items():
        if name not in FIELDS or not set(as_object(test) or {}) <= TESTS:
            raise invalid(("filter", f"must test fields of invoices by {', '.join(sorted(TESTS))}; {name} does not fit"))


@area.route("GET /wallet/invoices/{id}", needs=READ)
@area.route("GET /wallet/invoices/{id}/pdf", needs=DOWNLOAD)
def get_invoice(ask: Ask) -> Response:
    """Find no invoice."""
    ask.id("id")
    raise Refusal(404, "INVOICE_NOT_FOUND", "Invoice not found")
