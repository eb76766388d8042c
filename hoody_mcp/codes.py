"""Confirmation codes: sealed over everything that a yes is about, valid for ten minutes, good for one call."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

LIFETIME = 600  # seconds
NONCE, EXPIRY, SEAL = 8, 4, 15  # bytes; 27 together are 36 characters


class Codes:
    """Issues codes and redeems each at most once."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Seal with a key of this process; the clock gives seconds."""
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._burnt: dict[bytes, int] = {}  # nonce → when its code expires
        self._renewed: dict[bytes, int] = {}  # likewise, of those that may be used once more

    def issue(self, matter: str) -> str:
        """Give a code for a matter: the text of everything that must be the same when it comes back."""
        expires = int(self._clock()) + LIFETIME
        head = secrets.token_bytes(NONCE) + expires.to_bytes(EXPIRY, "big")
        return base64.urlsafe_b64encode(head + self._seal(head, matter)).decode()

    def redeem(self, code: str, matter: str) -> bool:
        """Accept a code once, and only for its matter; from then on it is burnt, whatever becomes of the call."""
        raw = _raw(code)
        head, seal = raw[: NONCE + EXPIRY], raw[NONCE + EXPIRY :]
        nonce, expires = head[:NONCE], int.from_bytes(head[NONCE:], "big")
        now = int(self._clock())
        self._burnt = {burnt: end for burnt, end in self._burnt.items() if end >= now}
        if expires < now or nonce in self._burnt or not hmac.compare_digest(seal, self._seal(head, matter)):
            return False
        self._burnt[nonce] = expires
        self._renewed.pop(nonce, None)
        return True

    def renew(self, code: str) -> None:
        """Let a burnt code be used once more: for the very purchase that nobody knows the outcome of."""
        nonce = _raw(code)[:NONCE]
        if nonce in self._burnt:
            self._renewed[nonce] = self._burnt.pop(nonce)

    def is_renewed(self, code: str) -> bool:
        """Tell whether a code was renewed and not used since."""
        now = int(self._clock())
        self._renewed = {nonce: end for nonce, end in self._renewed.items() if end >= now}
        return _raw(code)[:NONCE] in self._renewed

    def _seal(self, head: bytes, matter: str) -> bytes:
        return hmac.new(self._key, head + matter.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:SEAL]


def _raw(code: str) -> bytes:
    """Decode a code; nothing for any other spelling than the one that was issued, which is also what a purchase's key is made of."""
    try:
        raw = base64.b64decode(code, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.urlsafe_b64encode(raw).decode() == code else b""
