"""Wallet: what money is there, where it went, and moving it to AI credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...bill import UNKNOWN, bill, cents_of, dollars
from ...jsons import Json, at
from ...operation import Body, Default, InvoiceId, Operation, Path, Query, Risk, Show, TransactionId
from .containers import Page, PageSize, SortOrder
from .payments import Amount, WalletPaymentAvailability

WHOLE = 10_000  # hundredths of a percent


class WalletBalances(
    Operation,
    route="GET /api/v1/wallet/balances",
    risk=Risk.READ,
    keywords="money do I have left, funds, can I afford it",
):
    """Show wallet and AI credit in USD, in one answer. ai_usage_status unavailable: how much AI credit is used up is unknown just now."""


class WalletBalanceAi(
    Operation,
    route="GET /api/v1/wallet/balances/ai",
    risk=Risk.READ,
    keywords="calls refused, how much money remains to spend, LLM budget quota exhausted",
):
    """Show AI credit in USD: limit, used, remaining. At 0 remaining, only the free model works."""


class WalletBalanceGeneral(
    Operation,
    route="GET /api/v1/wallet/balances/general",
    risk=Risk.READ,
    keywords="money left, funds, afford, cash on my account",
):
    """Show the wallet's balance in USD, which pays for servers and images; without AI credit."""


SHOW_WALLET = Show(read=WalletBalanceGeneral, tells=("general_balance",), binds=("id", "user_id"), label="wallet", optional=True)


class WalletTransferToAi(
    Operation,
    route="POST /api/v1/wallet/transfers",
    risk=Risk.SPEND,
    repeat_key="idempotency_key",
    shown_by="wallet_balances",
    shows=(
        Show(read=WalletPaymentAvailability, tells=("ai_credit_fee_bps",), binds=("ai_credit_fee_bps",), label="fee", optional=True),
        Show(read=WalletBalanceAi, tells=("ai_limit", "ai_usage", "ai_remaining"), label="ai_credit", optional=True),
        SHOW_WALLET,
    ),
    keywords="fund feed top up charge refill AI budget used up tokens LLM agents",
):
    """Spends from the wallet: turns an amount into AI credit at once, less a fee. There is no way back."""

    amount: Body[Amount] = Field(description='USD to take, fee included: text, not a number, at most 2 decimals, such as "10.00".')
    expected_fee_bps: Body[Annotated[int, Field(ge=0, le=9999)] | MISSING] = Field(
        default=MISSING,
        description="Fee the user agreed to, in hundredths of a percent: ai_credit_fee_bps of wallet_payment_availability. "
        "Any other fee is refused (409); never change it unasked.",
    )

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Work out the fee, and both balances afterwards."""
        amount, rate = cents_of(self.amount), at(seen.get("fee"), "ai_credit_fee_bps")
        told = bill(amount, seen)
        credit = cents_of(at(seen.get("ai_credit"), "ai_remaining"))
        if amount is None or isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= WHOLE:
            return told | {"bill": told["bill"] | {"fee in it": UNKNOWN}}
        fee = round(amount * rate / WHOLE)
        more = {"fee in it": dollars(fee)} | ({"AI credit after": dollars(credit + amount - fee)} if credit is not None else {})
        return told | {"bill": told["bill"] | more}

    def agreed(self, seen: Mapping[str, Any]) -> Json:
        """Take no other fee than the one that was shown."""
        rate = at(seen.get("fee"), "ai_credit_fee_bps")
        return {"expected_fee_bps": rate} if isinstance(rate, int) and not isinstance(rate, bool) else {}


class WalletTransactionsList(
    Operation,
    route="GET /api/v1/wallet/transactions",
    risk=Risk.READ,
    secret=("details", "payment_method_details"),
    items=".",
    rare=("sort_by", "sort_order"),
    keywords="history statement payments unknown charges what did I spend or pay last month, expenses",
):
    """List what went into and out of the wallet, newest first. There are no further pages: limit says how far back."""

    limit: Query[Annotated[PageSize, Default(20)] | MISSING] = Field(default=MISSING, description="Entries.")
    sort_by: Query[
        Annotated[Literal["id", "transaction_type", "status", "amount", "created_at", "updated_at"], Default("created_at")] | MISSING
    ] = Field(default=MISSING, description="Sort key.")
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING


class WalletTransactionsGet(
    Operation,
    route="GET /api/v1/wallet/transactions/{transaction_id=id}",
    risk=Risk.READ,
    secret=("details", "payment_method_details"),
    keywords="details of a payment, unknown charge nobody recognises, booking, what was this for",
):
    """Show one transaction of the wallet."""

    transaction_id: Path[TransactionId]


class WalletAiFeesList(
    Operation,
    route="GET /api/v1/wallet/ai-fee-history",
    risk=Risk.READ,
    items="fees",
    rare=("sort_by", "sort_order"),
    keywords="platform commission charged history cost of topping up, less arrived than paid, missing",
):
    """List the fees that were taken when money became AI credit. The present rate: wallet_payment_availability."""

    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(20)] | MISSING] = MISSING
    sort_by: Query[Annotated[Literal["created_at", "amount", "transaction_id"], Default("created_at")] | MISSING] = Field(
        default=MISSING, description="Sort key."
    )
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING


class WalletInvoicesList(
    Operation,
    route="GET /api/v1/wallet/invoices/",
    risk=Risk.READ,
    secret=("billing_details",),
    items="invoices",
    columns=(
        "id",
        "invoice_number",
        "status",
        "amount",
        "currency",
        "issue_date",
        "due_date",
        "paid_date",
        "transaction_id",
    ),
    rare=("sort_by", "sort_order"),
    keywords="bills receipts billing bookkeeping tax accounting",
):
    """List your invoices, newest first."""

    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(20)] | MISSING] = MISSING
    filter: Query[str | MISSING] = Field(
        default=MISSING,
        description='JSON as text: {"status":"paid","amount":{"gte":10}}; tests: gt, gte, lt, lte, eq, ne, in, like.',
    )
    sort_by: Query[Annotated[str, Default("created_at")] | MISSING] = Field(
        default=MISSING, description="Sort key, a field of invoices such as amount, issue_date or status."
    )
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING


class WalletInvoicesGet(
    Operation,
    route="GET /api/v1/wallet/invoices/{invoice_id=id}",
    risk=Risk.READ,
    secret=("billing_details",),
    keywords="bill receipt details positions",
):
    """Show one invoice: items, fee, dates, payment. As a document: wallet_invoices_download."""

    invoice_id: Path[InvoiceId]


class WalletInvoicesDownload(
    Operation,
    route="GET /api/v1/wallet/invoices/{invoice_id=id}/pdf",
    risk=Risk.READ,
    keywords="bill receipt document print save file",
):
    """Fetch one invoice as a PDF. Its facts as JSON: wallet_invoices_get."""

    invoice_id: Path[InvoiceId]


class WalletInvoicesGenerate(
    Operation,
    route="POST /api/v1/wallet/invoices/generate/{transaction_id=id}",
    risk=Risk.WRITE,
    keywords="create issue make bill receipt for a payment",
):
    """Write an invoice for a transaction that has none yet; look in wallet_invoices_list first. Returns invoice_id."""

    transaction_id: Path[TransactionId]


class WalletGithubBonusGet(
    Operation,
    route="GET /api/v1/wallet/github-bonus",
    risk=Risk.READ,
    keywords="free money credit gift promotion reward eligible star",
):
    """Tell whether there is a bonus for linking a GitHub account, how much, and whether you have had it."""


class WalletGithubBonusClaim(
    Operation,
    route="POST /api/v1/wallet/github-bonus/claim",
    risk=Risk.WRITE,
    risk_reason="money comes in; nothing is spent",
    idempotent=True,
    keywords="free money credit gift promotion reward redeem",
):
    """Collect the bonus for linking a GitHub account, once ever. Also a refusal looks like success: read result in the answer."""
