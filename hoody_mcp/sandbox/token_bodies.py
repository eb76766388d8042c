"""What callers send about auth tokens, and how it is read."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from .wire import NOT_NULL, Ask, Body, invalid

DAY = 86_400

Alias = Annotated[str | None, NOT_NULL, Field(min_length=1, max_length=254, pattern=r"^[a-zA-Z0-9 _-]*$")]
Key = Annotated[str | None, Field(pattern=r"^[0-9a-fA-F]{64}$")]
Addresses = Annotated[list[str] | str | None, NOT_NULL]
Ids = Annotated[list[str] | None, NOT_NULL]
Tree = Annotated[dict[str, Any] | None, NOT_NULL]
Switch = Annotated[bool | None, NOT_NULL]
Otp = Annotated[str | None, NOT_NULL, Field(max_length=12)]  # nobody here has a second factor, so it is not looked at


class Create(Body):
    """What a new token may do, where and how long."""

    alias: Alias = None
    public_key: Key = None
    public_storage: dict[str, Any] | None = None
    ip_whitelist: Addresses = None
    permission_template: Annotated[str | None, NOT_NULL] = None
    permissions: Tree = None
    realm_ids: Ids = None
    allow_no_realm: bool = True
    vault_access: bool = False
    event_access: bool = True
    deny_reauthorization: bool = False
    expires_at: Annotated[str | float | None, NOT_NULL] = None
    otp_code: Otp = None


class Update(Body):
    """What changes; what is absent stays."""

    alias: Alias = None
    public_key: Key = None
    public_storage: dict[str, Any] | None = None
    ip_whitelist: Addresses = None
    permissions: Tree = None
    realm_ids: Ids = None
    allow_no_realm: Switch = None
    vault_access: Switch = None
    event_access: Switch = None
    expires_at: str | float | None = None
    is_enabled: Switch = None
    otp_code: Otp = None


class Copy(Body):
    """What is different about the copy."""

    alias: Alias = None
    expires_at: str | float | None = None
    otp_code: Otp = None


class Realm(Body):
    """A realm to add or remove."""

    realm_id: str
    otp_code: Otp = None


class Profile(Body):
    """What everybody may see who has the public key."""

    public_key: Key = None
    public_storage: dict[str, Any] | None = None


def addresses(given: list[str] | str) -> list[str]:
    """Read a whitelist: IPv4 addresses and ranges, or `*`."""
    found = [each.strip() for each in (given.split(",") if isinstance(given, str) else given)]
    for each in found:
        try:
            ipaddress.IPv4Network("0.0.0.0/0" if each == "*" else each, strict=False)
        except ValueError:
            raise invalid(("ip_whitelist", "must hold IPv4 addresses, CIDR ranges or *")) from None
    return found or ["*"]


def expiry(ask: Ask, given: str | float | None) -> float | None:
    """Read when a token ends: a point of time, or the end of a day."""
    days = {"today": 1, "tomorrow": 2}.get(given) if isinstance(given, str) else None
    if days:
        today = datetime.fromtimestamp(ask.world.clock(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return today.timestamp() + days * DAY
    return None if given is None else ask.ahead("expires_at", given)
