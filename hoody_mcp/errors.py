"""Everything that can go wrong in a call, and what the caller is told.

    HoodyError
    ├── SettingsError           a setting is wrong: the server does not start, or the call says which one
    ├── UnknownTool             no such tool: a protocol error
    ├── InvalidArguments        the caller can mend the arguments; nothing was sent
    ├── Refused                 the gate or a setting forbids the call; nothing was changed
    ├── Stale                   what the call would change has changed since it was read; nothing was changed
    ├── NotReady                a container or host is not ready for the call, which was not sent
    ├── Unreachable             no connection: the request never left
    ├── Interrupted             the answer was lost: the call may have taken effect
    ├── Unsettled               the answer was lost, and there is a way to go on
    ├── UnexpectedAnswer        an answer that is not Hoody's: a gateway's page, a redirect, broken data
    └── ApiError                Hoody answered with an error

Each is told to the model as it stands: one or two sentences, no value of the caller's, no credential.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NOTHING_SENT = "Nothing was sent."
MAX_FAULTS = 260  # characters of faults that are told at once
MAX_CODE = 60  # characters of an error code
MAX_UPSTREAM_TEXT = 300  # characters of an upstream message that are passed on
NOT_FOUND, UNAUTHORIZED, TRY_LATER = 404, frozenset({401, 403}), frozenset({429, 503})
TIMED_OUT = 408
SERVER_FAULT = 500  # statuses from here on are not the caller's fault


class HoodyError(Exception):
    """Base of all errors that are told to the caller."""


class SettingsError(HoodyError):
    """A setting is wrong; the text names it, never its value."""


class UnknownTool(HoodyError):
    """There is no tool of this name."""

    def __init__(self, name: str, nearest: str | None) -> None:
        """Name the tool and, if there is one, the nearest that exists."""
        hint = f" Did you mean {nearest}?" if nearest else ""
        super().__init__(f"Unknown tool: {name[:64]}.{hint} If your tool list is old, refresh it.")


class InvalidArguments(HoodyError):
    """Arguments are wrong; nothing was sent."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Take one sentence per fault; as many are told as stay readable."""
        self.faults = list(faults)
        told = [fault for index, fault in enumerate(self.faults) if len("; ".join(self.faults[: index + 1])) <= MAX_FAULTS] or self.faults[
            :1
        ]
        rest = len(self.faults) - len(told)
        super().__init__(f"Nothing was sent. {'; '.join(told)}{f'; and {rest} more' if rest else ''}.")


class Refused(HoodyError):
    """The gate or a setting forbids the call."""


class Stale(HoodyError):
    """What the call would change is not what it was decided on any more."""

    def __init__(self, differences: Iterable[str]) -> None:
        """Name what differs."""
        super().__init__(f"It has changed since it was read: {'; '.join(differences)}. Nothing was changed. Look at it again, then decide.")


class NotReady(HoodyError):
    """A container or a host is not ready for the call."""


class Unreachable(HoodyError):
    """No connection could be made, so nothing has happened."""

    def __init__(self, text: str, *, passing: bool) -> None:
        """Tell whether it may pass by itself."""
        super().__init__(text)
        self.passing = passing


class Interrupted(HoodyError):
    """The answer was lost on the way."""

    def __init__(self, text: str, *, passing: bool) -> None:
        """Tell whether another try may go better; after a time-out there is no time for one."""
        super().__init__(text)
        self.passing = passing


class Unsettled(HoodyError):
    """Nobody knows whether a call has taken effect, but there is a way to go on."""

    def __init__(self, error: HoodyError, way: str) -> None:
        """Add the way to the error."""
        super().__init__(f"{error} {way}")


class UnexpectedAnswer(HoodyError):
    """What came back is not an answer of Hoody's."""


class ApiError(HoodyError):
    """Hoody refused, with its own words and a hint what to do."""

    def __init__(  # noqa: PLR0913 - each is one fact of the answer
        self, status: int, code: str, message: str, hint: str, *, from_kit: bool = False, in_words: bool = True
    ) -> None:
        """Keep what others decide by; `in_words` tells that Hoody itself spoke, and not something on the way to it."""
        self.status, self.code, self.from_kit, self.in_words = status, code, from_kit, in_words
        said = " ".join(message.split())[:MAX_UPSTREAM_TEXT]
        head = " ".join(part for part in (f"Hoody answered {status}", " ".join(code.split())[:MAX_CODE]) if part)
        super().__init__(f"{head}: {said.rstrip('.')}. {hint}".strip() if said else f"{head}. {hint}".strip())


# What to do about an answer, by Hoody's own code first and by status otherwise.
BY_CODE: Mapping[str, str] = {
    "TOKEN_EXPIRED": "The token has expired: a login's token lives a day; use an auth token (hdy_…) or log in again.",
    "INVALID_TOKEN": "The token is not valid here: check HOODY_TOKEN for a copying error, and that it was not deleted.",
    "MISSING_TOKEN": "No token arrived, though one was sent: a proxy in between takes it away (HTTPS_PROXY, NO_PROXY).",
    "UNAUTHORIZED": "The token is not accepted (any more): it may have been revoked. Create another, and put it into HOODY_TOKEN.",
    "CLAIM_REQUIRED": "This service wants the owner's claim; the account token itself is not at fault.",
    "PERMISSION_DENIED": "The token's permissions do not cover this: use one whose permissions do, or ask the account's owner.",
    "CONTAINER_NOT_FOUND": "Look the container's id up with containers_list; one that is not yours, or in another realm, looks the same.",
    "PROJECT_NOT_FOUND": "Look the project's id up with projects_list; one that is not yours, or in another realm, looks the same.",
    "CONTAINER_NOT_COPIED": "Only a container that was made as a copy can be synced with its source.",
    "OPERATION_STATE_CONFLICT": "The container's state does not allow this now: read it with containers_get, then wait, start or stop it.",
    "CONTAINER_SNAPSHOT_LIMIT": "The container has as many snapshots as it may: delete one first.",
    "INSUFFICIENT_BALANCE": "The wallet does not hold enough: wallet_balances shows it. A person tops it up (wallet_payment_availability).",
    "CHARGE_EXCEEDS_MAX": (
        "Nothing was charged. The price is above the ceiling given: look at the price again; do not raise the ceiling unasked."
    ),
    "CHARGE_CONFIRMATION_REQUIRED": "Nothing was charged. Tell the user the price, and pass the most they agree to as max_charge_cents.",
    "SETUP_FEE_CONFIRMATION_REQUIRED": (
        "Nothing was charged. A setup fee comes on top: tell the user the whole, and pass the most they agree to as max_charge_cents."
    ),
    "TRANSFER_FEE_CHANGED": (
        "Nothing was moved. The fee is another by now: wallet_payment_availability gives it; ask the user again before you repeat it."
    ),
    "TRANSFER_IDEMPOTENCY_KEY_REUSED": "Nothing was moved. This confirmation has been used for another amount: call again without confirm.",
    "EXTENSION_ALREADY_APPLIED": "Nothing was charged now. The rental's end has moved: rentals_get tells whether this was done already.",
    "INVALID_DURATION": "Nothing was charged. There is no price for these days: take a duration that the server or offer has a price for.",
    "NO_PRICING": "Nothing was charged. It has no price, so it cannot be had at the moment.",
    "PRICING_INVALID": "Nothing was charged. Its price is not valid at the moment; try later, or take another.",
    "SERVER_UNAVAILABLE": "Nothing was charged. Somebody else may have taken it: look with servers_browse again.",
    "SIGNING_NOT_CONFIGURED": "Hoody cannot issue claims at the moment; try later.",
}
BY_STATUS: Mapping[int, str] = {
    400: "Compare the arguments with the tool's description.",
    401: "The token was not accepted: check that HOODY_TOKEN is whole and not expired (a login's token lives a day).",
    403: (
        "Three causes: the token's IP whitelist does not hold this address, its permissions do not cover this, "
        "or it belongs to a realm (then set HOODY_REALM)."
    ),
    404: (
        "Three causes: no such id (look it up with the matching list tool), an id of another kind (24 hex characters name many things), "
        "or something that this token may not see, such as another user's or another realm's."
    ),
    405: "Hoody does not know this operation at this address; its version may differ.",
    408: "It took Hoody too long; look whether it happened before you repeat it.",
    409: "It conflicts with the present state: read it first, then decide.",
    410: "It is gone for good.",
    412: "It has changed since it was read: read it again.",
    413: "It is too large: send less at once.",
    422: "Compare the arguments with the tool's description.",
    428: "The call must say which version it changes: read the document first.",
    429: "Too many calls.",
    501: "This server does not offer the operation.",
    502: "The service is not reachable; after a start this takes some seconds, so wait and try again.",
    503: "The service is not ready; after a start this takes some seconds, so wait and try again.",
    504: "The service did not answer in time; look whether it happened before you repeat it.",
}
SAME_PURCHASE = "The same call with the same confirm counts as the same purchase: it is not paid twice."
MAY_HAVE_HAPPENED = "The call MAY have taken effect: look at the present state before you repeat it."
SERVER_AT_FAULT = "Hoody has a fault of its own; try later."
KIT_NOT_FOUND = "The service in the container knows no such path or id."
KIT_UNAUTHORIZED = "The container's proxy permissions ask for a login here; the account token is never sent to a container."
NOT_IN_REALM = "The token works inside its realm only: set HOODY_REALM to the realm's id."
NOT_WHITELISTED = (
    "The token may be used from certain addresses only, and this machine's is none of them: ip_get shows it. "
    "Add it to the token's IP whitelist (web console, or auth_tokens_update with another token), or use another token."
)
ABOUT_REALMS = ("realm-scoped", "not valid for realm")  # how Hoody says that the host is the wrong one
BY_WORDS: Mapping[str, str] = dict.fromkeys(ABOUT_REALMS, NOT_IN_REALM) | {"whitelist": NOT_WHITELISTED}


def hint_for(status: int, code: str, message: str, *, from_kit: bool, changes: bool) -> str:
    """Say what the caller can do about an error answer; `changes` tells that the call was no mere read."""
    in_words = next((hint for words, hint in BY_WORDS.items() if status in UNAUTHORIZED and words in message.lower()), "")
    special = {
        f"{BY_CODE.get(code, '')} {MAY_HAVE_HAPPENED}".strip(): changes and (status >= SERVER_FAULT or status == TIMED_OUT),
        KIT_UNAUTHORIZED: from_kit and status in UNAUTHORIZED and code != "CLAIM_REQUIRED",
        KIT_NOT_FOUND: from_kit and status == NOT_FOUND,
        in_words: bool(in_words),
    }
    usual = BY_CODE.get(code) or BY_STATUS.get(status) or (SERVER_AT_FAULT if status >= SERVER_FAULT else "")
    return next((text for text, applies in special.items() if applies), usual)


def when_to_try(status: int, retry_after: str) -> str:
    """Say when to try again, for the answers that ask for patience; seconds and dates are understood."""
    if status not in TRY_LATER:
        return ""
    told = retry_after.strip()[:40]
    if told.isdecimal():
        return f"Try again in {told} seconds."
    return f"Try again after {told}." if re.fullmatch(r"[\w,: +-]+", told) else "Try again in a few seconds."
