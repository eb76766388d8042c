"""Payments into the wallet: methods on file, and pages where a person pays by card or cryptocurrency."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...operation import Body, Operation, Path, PaymentIntentId, PaymentMethodId, Query, Risk, Settles, Show

Amount = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9]\d*)(\.\d{1,2})?$",
        description='USD as text, at most 2 decimals, such as "25.00"; bounds: wallet_payment_availability.',
    ),
]
Details = Annotated[dict[str, Any], Field(description="Data of the payment provider. Never card numbers.")]
IsDefault = Annotated[bool, Field(description="true: the default from now on.")]
Limit = Annotated[int, Field(ge=1, le=100, description="Entries per page.")]
Offset = Annotated[int, Field(description="Entries to skip.")]

METHOD = ("id", "type", "name", "status", "is_default", "created_at")
INTENT = ("id", "provider", "status", "amount", "currency", "redirect_url", "credited_at", "expires_at", "created_at")
SETTLES = Settles("status", passing=("creating", "pending", "processing"), failed=("failed", "expired", "cancelled"))
A_PERSON_PAYS = "it only opens a page; a person decides there, and money comes in"


class WalletPaymentAvailability(
    Operation,
    route="GET /api/v1/wallet/payment-availability",
    risk=Risk.READ,
    toolset="wallet",
    oneself=True,
    keywords="can I pay with options, minimum maximum least deposit commission rate accepted",
):
    """Tell which ways to pay in work now (stripe: card, nowpayments: crypto), from and up to how much, and the fee for AI credit.

    ai_credit_fee_bps is in hundredths of a percent.
    """


class WalletPaymentMethodsList(
    Operation,
    route="GET /api/v1/wallet/payment-methods/",
    risk=Risk.READ,
    toolset="wallet",
    items=".",
    columns=METHOD,
    secret=("details",),
    keywords="saved cards on file billing credit card bank paypal",
):
    """List the payment methods on your account, without their data."""


class WalletPaymentMethodsGet(
    Operation,
    route="GET /api/v1/wallet/payment-methods/{payment_method_id=id}",
    risk=Risk.READ,
    toolset="wallet",
    secret=("details",),
    keywords="saved card on file billing credit card",
):
    """Show one payment method: kind, state, whether it is the default. Its data is masked."""

    payment_method_id: Path[PaymentMethodId]


class WalletPaymentMethodsAdd(
    Operation,
    route="POST /api/v1/wallet/payment-methods/",
    risk=Risk.WRITE,
    toolset="wallet",
    secret=("details",),
    secret_arguments=("details",),
    rare=("details",),
    keywords="register save new billing credit bank paypal store",
):
    """Record a payment method. To pay by card, give the user a page instead (wallet_stripe_checkout_create): never handle card numbers."""

    name: Body[str] = Field(description="Its name.")
    details: Body[Details | MISSING] = MISSING
    is_default: Body[IsDefault | MISSING] = MISSING


class WalletPaymentMethodsUpdate(
    Operation,
    route="PUT /api/v1/wallet/payment-methods/{payment_method_id=id}",
    risk=Risk.WRITE,
    toolset="wallet",
    idempotent=True,
    secret=("details",),
    secret_arguments=("details",),
    rare=("details",),
    keywords="edit disable pause enable deactivate stop charging billing card visa",
):
    """Turn a payment method on or off, or change its data. Absent arguments stay."""

    payment_method_id: Path[PaymentMethodId]
    status: Body[Literal["active", "inactive"] | MISSING] = Field(default=MISSING, description="inactive: off.")
    details: Body[Details | MISSING] = MISSING
    is_default: Body[IsDefault | MISSING] = MISSING


class WalletPaymentMethodsSetDefault(
    Operation,
    route="PUT /api/v1/wallet/payment-methods/{payment_method_id=id}/default",
    risk=Risk.WRITE,
    toolset="wallet",
    idempotent=True,
    secret=("details",),
    keywords="preferred main primary card, charge the other one next, switch billing",
):
    """Make a payment method the default one, in place of the present one."""

    payment_method_id: Path[PaymentMethodId]


class WalletPaymentMethodsDelete(
    Operation,
    route="DELETE /api/v1/wallet/payment-methods/{payment_method_id=id}",
    risk=Risk.DESTROY,
    toolset="wallet",
    idempotent=True,
    shows=(
        Show(
            read=WalletPaymentMethodsGet,
            tells=("id", "name", "type", "status", "is_default"),
            binds=("id", "user_id", "name", "type", "is_default"),
            label="payment method",
        ),
    ),
    keywords="remove forget saved card credit billing",
):
    """Delete a payment method for good: only its owner can enter it anew. To only turn it off: wallet_payment_methods_update."""

    payment_method_id: Path[PaymentMethodId]


class WalletStripeCheckoutCreate(
    Operation,
    route="POST /api/v1/wallet/payments/stripe/checkout",
    risk=Risk.WRITE,
    risk_reason=A_PERSON_PAYS,
    toolset="wallet",
    open_world=True,
    repeat_key="idempotency_key",
    shown_by="wallet_stripe_intents_list",
    keywords="top up fill up add funds buy credit deposit link visa mastercard pay in",
):
    """Open a page where a person pays money into the wallet by card. Give the user checkout_url: nothing happens until they pay.

    Follow it with wallet_stripe_intents_get.
    """

    amount: Body[Amount]


class WalletStripeIntentsList(
    Operation,
    route="GET /api/v1/wallet/payments/stripe/intents",
    risk=Risk.READ,
    toolset="wallet",
    items="intents",
    columns=INTENT,
    keywords="top ups credit deposits pending history attempts",
):
    """List the card payments you began (wallet_stripe_checkout_create), newest first."""

    limit: Query[Limit | MISSING] = MISSING
    offset: Query[Offset | MISSING] = MISSING


class WalletStripeIntentsGet(
    Operation,
    route="GET /api/v1/wallet/payments/stripe/intents/{payment_intent_id=id}",
    risk=Risk.READ,
    toolset="wallet",
    settles=SETTLES,
    keywords="top up credit deposit track did it arrive check paid yet",
):
    """Show how a card payment stands. The wallet has the money once credited_at is set; admin_review: Hoody's staff looks at it."""

    payment_intent_id: Path[PaymentIntentId]


class WalletCryptoInvoiceCreate(
    Operation,
    route="POST /api/v1/wallet/payments/crypto/invoice",
    risk=Risk.WRITE,
    risk_reason=A_PERSON_PAYS,
    toolset="wallet",
    open_world=True,
    repeat_key="idempotency_key",
    shown_by="wallet_crypto_intents_list",
    keywords="top up add funds deposit pay with bitcoin btc ethereum monero coin recharge",
):
    """Open a page where a person pays money into the wallet in cryptocurrency. Give the user invoice_url: nothing happens until they pay.

    Follow it with wallet_crypto_intents_get.
    """

    amount: Body[Amount]


class WalletCryptoIntentsList(
    Operation,
    route="GET /api/v1/wallet/payments/crypto/intents",
    risk=Risk.READ,
    toolset="wallet",
    items="intents",
    columns=INTENT,
    keywords="top ups deposits bitcoin btc pending history attempts",
):
    """List the crypto payments you began (wallet_crypto_invoice_create), newest first."""

    limit: Query[Limit | MISSING] = MISSING
    offset: Query[Offset | MISSING] = MISSING


class WalletCryptoIntentsGet(
    Operation,
    route="GET /api/v1/wallet/payments/crypto/intents/{payment_intent_id=id}",
    risk=Risk.READ,
    toolset="wallet",
    settles=SETTLES,
    keywords="top up deposit bitcoin btc track did it arrive check paid yet",
):
    """Show how a crypto payment stands. The wallet has the money once credited_at is set; admin_review: Hoody's staff looks at it."""

    payment_intent_id: Path[PaymentIntentId]
