"""Who asks, and what they may: tokens, their expiry, whitelist, realms and permissions."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..jsons import as_object
from .state import Json, Token, World
from .wire import Ask, Refusal

ME = "/api/v1/auth/tokens/me"  # the one route that a token limited to realms may use outside of them
READS = (".read", ".view_marketplace", ".logs", ".download_invoices")  # how names of harmless permissions end


def identified(world: World, header: str | None) -> Token:
    """Find the token of an Authorization header; 401 says in Hoody's words what is wrong with it."""
    if not header:
        raise Refusal(401, "MISSING_TOKEN", "No authentication token was provided")
    kind, _, value = header.partition(" ")
    token = next((token for token in world.tokens.values() if token.value == value), None)
    if kind.lower() != "bearer" or token is None:
        raise Refusal(401, "INVALID_TOKEN", "The authentication token is invalid")
    if token.revoked:
        raise Refusal(401, "UNAUTHORIZED", "The authentication token was revoked")
    if token.expires is not None and token.expires <= world.clock():
        raise Refusal(401, "TOKEN_EXPIRED", "The authentication token has expired")
    return token


def check_place(ask: Ask) -> None:
    """Refuse a token at an address, or on a host, that it is not for; 403."""
    token = ask.caller
    if not is_whitelisted(token.record["ip_whitelist"], ask.address):
        raise Refusal(403, "FORBIDDEN", f"IP address {ask.address} is not in the whitelist of this token")
    if ask.realm and token.realms and ask.realm not in token.realms:
        raise Refusal(403, "FORBIDDEN", f"This token is not valid for realm {ask.realm}")
    if not ask.realm and needs_realm(token) and ask.path != ME:
        raise Refusal(403, "FORBIDDEN", "This token requires a realm-scoped URL")


def needs_realm(token: Token) -> bool:
    """Tell whether a token works on realm hosts only."""
    return bool(token.realms) or not token.record["allow_no_realm"]


def is_whitelisted(whitelist: list[str], address: str) -> bool:
    """Tell whether an address is in a list of addresses and ranges; an empty list or `*` is everywhere."""
    if not whitelist or "*" in whitelist:
        return True
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(range_, strict=False) for range_ in whitelist)


def check_permission(token: Token, name: str) -> None:
    """Refuse what the token's permissions do not cover; 403 names the permission."""
    if name and not may(token.record, name):
        raise Refusal(403, "PERMISSION_DENIED", f"Missing permission: {name}")


def may(record: Json, name: str) -> bool:
    """Look a permission up by its dotted name; a template wins over single permissions."""
    match record.get("permission_template"):
        case "full_access":
            return True
        case "read_only":
            return name.endswith(READS) or name.startswith("resources.read")
        case _:
            found: Any = record.get("permissions")
            for part in name.split("."):
                branch = as_object(found)
                found = found if branch is None else branch.get(part)  # true for a branch covers what is below
            return found is True
