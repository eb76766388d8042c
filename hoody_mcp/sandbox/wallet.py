"""The wallet: what is in it, what went in and out, and buying credit for AI."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from .goods import in_dollars
from .payments import book, charge, wallet
from .routes import Area
from .state import Json, Wallet, new_id
from .wire import NOT_NULL, Ask, Body, Refusal, data, invalid

area = Area()

READ, TRANSFER = "financial.wallet.read", "financial.wallet.transfer"
WHOLE = 10_000  # hundredths of a percent
BONUS = 500  # cents
TRANSACTIONS_BY = ("id", "transaction_type", "status", "amount", "created_at", "updated_at")
FEES_BY = ("created_at", "amount", "transaction_id")


class Transfer(Body):
    """How much becomes credit for AI, for which fee, and the key under which to repeat it without paying twice."""

    amount: str = Field(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]{1,2})?$", max_length=20)
    idempotency_key: Annotated[str | None, NOT_NULL] = Field(default=None, min_length=1, max_length=128, pattern=r"\S")
    expected_fee_bps: Annotated[int | None, NOT_NULL] = Field(default=None, ge=0, le=9_999)


@area.route("GET /wallet/balances", needs=READ)
def balances(ask: Ask) -> Response:
    """Show what can be spent, and the credit for AI."""
    found = wallet(ask)
    return data({"general_balance": in_dollars(found.balance), **_ai(found), "ai_usage_status": "live"})


@area.route("GET /wallet/balances/ai", needs=READ)
def ai_balance(ask: Ask) -> Response:
    """Show the credit for AI."""
    return data(_ai(wallet(ask)))


@area.route("GET /wallet/balances/general", needs=READ)
def general_balance(ask: Ask) -> Response:
    """Show what can be spent."""
    found, began = wallet(ask), ask.world.users[ask.caller.user_id]["created_at"]
    changed = found.transactions[0]["created_at"] if found.transactions else began
    shown = {"id": found.id, "user_id": ask.caller.user_id, "general_balance": in_dollars(found.balance)}
    return data(shown | {"created_at": began, "updated_at": changed})


def _ai(found: Wallet) -> Json:
    left = max(0, found.ai_limit - found.ai_used)
    return {"ai_limit": in_dollars(found.ai_limit), "ai_usage": in_dollars(found.ai_used), "ai_remaining": in_dollars(left)}


@area.route("GET /wallet/payment-availability", needs=READ)
def availability(ask: Ask) -> Response:
    """Tell that nobody takes real money here, and the fee of a transfer to AI."""
    closed = {"enabled": False, "min_usd": 5, "max_usd": 1_000}
    return data({"stripe": closed, "nowpayments": closed, "ai_credit_fee_bps": ask.world.ai_fee_bps})


@area.route("POST /wallet/transfers", needs=TRANSFER)
def transfer(ask: Ask) -> Response:
    """Turn money into credit for AI, less a fee; the same key and amount again give the first receipt."""
    asked, found, rate = ask.body(Transfer), wallet(ask), ask.world.ai_fee_bps
    cents = int(Decimal(asked.amount) * 100)
    if not cents:
        raise invalid(("amount", "must be more than 0"))
    before = found.receipts.get(asked.idempotency_key or "")
    if before:
        if before["gross_transferred"] != in_dollars(cents):
            raise Refusal(409, "TRANSFER_IDEMPOTENCY_KEY_REUSED", "This key belongs to a transfer of another amount; nothing was moved")
        return data(before | {"replayed": True})
    if asked.expected_fee_bps not in {None, rate}:
        raise Refusal(409, "TRANSFER_FEE_CHANGED", f"The fee is {rate} hundredths of a percent now; nothing was moved")
    paid, fee = charge(ask, cents, reason="ai_credit_transfer"), round(cents * rate / WHOLE)
    if fee:
        found.fees.insert(0, _fee(paid, fee))
    is_first = not found.ai_limit
    found.ai_limit += cents - fee
    receipt: Json = {
        "gross_transferred": in_dollars(cents),
        "net_ai_credit": in_dollars(cents - fee),
        "fee": in_dollars(fee),
        "general_balance": in_dollars(found.balance),
        "ai_balance": _ai(found)["ai_remaining"],
        "key_created": is_first,
        "limit_sync_pending": False,
        "replayed": False,
    }
    if asked.idempotency_key:
        found.receipts[asked.idempotency_key] = receipt
    return data(receipt)


def _fee(paid: Json, cents: int) -> Json:
    of = {"id": paid["id"], "reason": "ai_credit_transfer", "amount": f"{paid['amount']:.2f}"}
    return {
        "id": new_id(),
        "transaction_id": paid["id"],
        "amount": in_dollars(cents),
        "created_at": paid["created_at"],
        "transaction": of,
    }


@area.route("GET /wallet/ai-fee-history", needs=READ)
def fees(ask: Ask) -> Response:
    """List the fees of transfers to AI by pages."""
    page, limit = ask.number("page", 1, 1), ask.number("limit", 20, 1, 100)
    found = _sorted(ask, wallet(ask).fees, FEES_BY)
    sizes = {"total": len(found), "page": page, "limit": limit, "totalPages": -(-len(found) // limit)}
    return data({"fees": found[(page - 1) * limit : page * limit], "pagination": sizes})


@area.route("GET /wallet/transactions", needs=READ)
def transactions(ask: Ask) -> Response:
    """List what went in and out; there is one page only."""
    return data(_sorted(ask, wallet(ask).transactions, TRANSACTIONS_BY)[: ask.number("limit", 20, 1, 100)])


def _sorted(ask: Ask, newest_first: list[Json], keys: tuple[str, ...]) -> list[Json]:
    """Sort entries as asked; amounts count as numbers, and of equals the newest is the greatest."""
    key = ask.choice("sort_by", keys, "created_at")
    falling = sorted(newest_first, key=lambda entry: float(entry[key]) if key == "amount" else entry[key], reverse=True)
    return falling if ask.choice("sort_order", ("asc", "desc"), "desc") == "desc" else falling[::-1]


@area.route("GET /wallet/transactions/{id}", needs=READ)
def transaction(ask: Ask) -> Response:
    """Show one transaction."""
    wanted = ask.id("id")
    for made in wallet(ask).transactions:
        if made["id"] == wanted:
            return data(made)
    raise Refusal(404, "TRANSACTION_NOT_FOUND", "Transaction not found")


@area.route("GET /wallet/github-bonus", needs=READ)
def bonus(ask: Ask) -> Response:
    """Tell of the gift for a linked account; here everybody counts as linked."""
    claim = wallet(ask).bonus
    offer: Json = {"enabled": True, "repo": "sandbox/sandbox", "amount_usd": in_dollars(BONUS), "github_linked": True}
    offer |= {"github_username": ask.world.users[ask.caller.user_id]["username"], "identity_claimed_elsewhere": False}
    return data(offer | {"claimed": claim is not None, "claim": claim})


@area.route("POST /wallet/github-bonus/claim", needs=TRANSFER)
def claim_bonus(ask: Ask) -> Response:
    """Put the gift into the wallet, once."""
    found, result = wallet(ask), "already_claimed"
    if found.bonus is None:
        result, made = "granted", book(ask.world, ask.caller.user_id, BONUS, "github_bonus")
        found.bonus = {"amount_usd": in_dollars(BONUS), "at": made["created_at"], "transaction_id": made["id"]}
    of = {name: found.bonus[name] for name in ("amount_usd", "transaction_id")}
    return data({"result": result, **of, "claim": found.bonus})
