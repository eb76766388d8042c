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
        return True

    def renew(self, code: str) -> None:
        """Let a burnt code be used once more: for the very purchase that nobody knows the outcome of."""
        self._burnt.pop(_raw(code)[:NONCE], None)

    def _seal(self, head: bytes, matter: str) -> bytes:
        return hmac.new(self._key, head + matter.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:SEAL]


def _raw(code: str) -> bytes:
    try:
        return base64.b64decode(code.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
