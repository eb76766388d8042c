"""The vault: values under names, for each user and realm apart."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from .routes import Area
from .state import Json
from .wire import Ask, Body, Refusal, checked_id, compact, data, invalid

area = Area()

NEEDS = "resources.vault"
KEY = re.compile(r"[a-zA-Z0-9._-]{1,255}")
MAX_METADATA = 256 * 1024
MB = 1024 * 1024
LIMIT_MB = 10  # of everything a user keeps


class Value(Body):
    """What to keep, and facts about it."""

    value: str
    metadata: dict[str, Any] | None = None


@area.route("GET /vault/keys", needs=NEEDS)
def list_keys(ask: Ask) -> Response:
    """List the names, without the values."""
    return data([{name: value for name, value in entry.items() if name != "value"} for entry in _entries(ask, _realm(ask))])


@area.route("GET /vault/keys/{key}", needs=NEEDS)
def get(ask: Ask) -> Response:
    """Show a value."""
    return data(ask.world.vault[_place(ask)])


@area.route("PUT /vault/keys/{key}", needs=NEEDS)
def put(ask: Ask) -> Response:
    """Keep a value under a name; the earlier one is lost."""
    place, asked, vault = _place(ask, must_exist=False), ask.body(Value), ask.world.vault
    metadata = b"" if asked.metadata is None else compact(asked.metadata).encode()
    if len(metadata) > MAX_METADATA:
        raise invalid(("metadata", f"must not be larger than {MAX_METADATA} bytes"))
    size, before = len(asked.value.encode()) + len(metadata), vault.get(place)
    if _size(_entries(ask)) - (before["size_bytes"] if before else 0) + size > LIMIT_MB * MB:
        raise Refusal(413, "VAULT_LIMIT_EXCEEDED", f"A vault holds {LIMIT_MB} MB at most")
    _, realm, key = place
    times = {"created_at": before["created_at"] if before else ask.world.now(), "updated_at": ask.world.now()}
    vault[place] = {"key": key, "realm_id": realm, **asked.model_dump(), "size_bytes": size} | times
    return data(vault[place])


@area.route("DELETE /vault/keys/{key}", needs=NEEDS)
def delete(ask: Ask) -> Response:
    """Delete a value."""
    del ask.world.vault[_place(ask)]
    return data(None, message="Vault key deleted")


@area.route("DELETE /vault", needs=NEEDS)
def clear(ask: Ask) -> Response:
    """Delete every value of a realm, or every one that is in none."""
    found = _entries(ask, _realm(ask))
    for entry in found:
        del ask.world.vault[ask.caller.user_id, entry["realm_id"], entry["key"]]
    return data({"deleted_count": len(found)})


@area.route("GET /vault/stats", needs=NEEDS)
def stats(ask: Ask) -> Response:
    """Tell how much is kept in a realm, and how much may still come anywhere."""
    here, everywhere = _entries(ask, _realm(ask)), _size(_entries(ask)) / MB
    left = {"limit_mb": LIMIT_MB, "used_percentage": round(100 * everywhere / LIMIT_MB, 2), "remaining_mb": round(LIMIT_MB - everywhere, 2)}
    return data({"total_keys": len(here), "total_size_bytes": _size(here), "total_size_mb": round(_size(here) / MB, 2), **left})


def _realm(ask: Ask) -> str:
    """Give the realm that is meant, "" for none; 403 without access to the vault."""
    if not ask.caller.record["vault_access"]:
        raise Refusal(403, "PERMISSION_DENIED", "This token has no vault access")
    wanted = ask.query.get("realm_id")
    if wanted is None:
        return ask.realm
    realm = checked_id("realm_id", wanted.lower())
    if ask.realm and realm != ask.realm:
        raise invalid(("realm_id", "must be the realm of the host"))
    return realm


def _place(ask: Ask, *, must_exist: bool = True) -> tuple[str, str, str]:
    """Give the place of the value that the path names; 404 if it is empty but must not be."""
    place = (ask.caller.user_id, _realm(ask), ask.parts["key"])
    if not KEY.fullmatch(place[2]):
        raise invalid(("key", "must be 1 to 255 letters, digits, dots, underscores or hyphens"))
    if must_exist and place not in ask.world.vault:
        raise Refusal(404, "VAULT_KEY_NOT_FOUND", "Vault key not found")
    return place


def _entries(ask: Ask, realm: str | None = None) -> list[Json]:
    """Give what the caller keeps, in one realm or everywhere."""
    places = ask.world.vault.items()
    return [entry for (user_id, of, _), entry in places if user_id == ask.caller.user_id and realm in {None, of}]


def _size(entries: list[Json]) -> int:
    return sum(entry["size_bytes"] for entry in entries)
