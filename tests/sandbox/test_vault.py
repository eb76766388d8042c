"""The vault in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

KEYS = "/vault/keys"
VALUE = "keep this"


@pytest.fixture
def owner(caller: Caller) -> Caller:
    """Give a caller whose login may use the vault."""
    return caller.as_(seed.SESSION)


async def test_a_value_is_kept_replaced_and_deleted(owner: Caller, clock: Clock) -> None:
    first = await owner.ok("PUT", f"{KEYS}/db.password", {"value": VALUE, "metadata": {"kind": "text"}})
    assert set(first) == {"key", "realm_id", "value", "metadata", "size_bytes", "created_at", "updated_at"}
    assert first["size_bytes"] == len(VALUE) + len('{"kind":"text"}')
    clock.wait(5)
    second = await owner.ok("PUT", f"{KEYS}/db.password", {"value": "ü"})
    assert (second["size_bytes"], second["metadata"], second["created_at"]) == (2, None, first["created_at"])
    assert second["updated_at"] > first["updated_at"]
    assert await owner.ok("GET", f"{KEYS}/db.password") == second
    assert await owner.ok("DELETE", f"{KEYS}/db.password") is None
    for method in ("GET", "DELETE"):
        status, found = await owner(method, f"{KEYS}/db.password")
        assert (status, found["error"]) == (404, "VAULT_KEY_NOT_FOUND")


async def test_a_list_shows_no_values(owner: Caller) -> None:
    await owner.ok("PUT", f"{KEYS}/a", {"value": VALUE})
    (listed,) = await owner.ok("GET", KEYS)
    assert set(listed) == {"key", "realm_id", "metadata", "size_bytes", "created_at", "updated_at"}
    assert VALUE not in str(listed)


async def test_realms_keep_their_values_apart(owner: Caller) -> None:
    for realm in ("", seed.REALM, seed.OTHER_REALM):
        await owner.ok("PUT", f"{KEYS}/a", {"value": realm}, **({"realm_id": realm.upper()} if realm else {}))
    assert (await owner.ok("GET", f"{KEYS}/a"))["realm_id"] == ""
    inside = owner.in_realm(seed.REALM)
    assert (await inside.ok("GET", f"{KEYS}/a"))["value"] == seed.REALM
    assert (await inside("GET", f"{KEYS}/a", realm_id=seed.OTHER_REALM))[0] == 400
    assert await inside.ok("DELETE", "/vault") == {"deleted_count": 1}
    assert (await owner.ok("GET", "/vault/stats"))["total_keys"] == 1
    assert (await owner.ok("GET", "/vault/stats", realm_id=seed.REALM))["total_keys"] == 0


async def test_stats_count_the_realm_and_what_is_left_anywhere(owner: Caller) -> None:
    await owner.ok("PUT", f"{KEYS}/a", {"value": "x" * 1024 * 1024}, realm_id=seed.REALM)
    sizes = {"total_keys": 0, "total_size_bytes": 0, "total_size_mb": 0.0}
    assert await owner.ok("GET", "/vault/stats") == sizes | {"limit_mb": 10, "used_percentage": 10.0, "remaining_mb": 9.0}


async def test_a_full_vault_takes_no_more(owner: Caller) -> None:
    await owner.ok("PUT", f"{KEYS}/a", {"value": "x" * 9 * 1024 * 1024})
    assert (await owner("PUT", f"{KEYS}/b", {"value": "x" * 2 * 1024 * 1024}))[0] == 413
    await owner.ok("PUT", f"{KEYS}/a", {"value": "x" * 10 * 1024 * 1024})


@pytest.mark.parametrize("key", ["a%2Fb", "with%20space", "ü", "k" * 256])
async def test_a_name_that_cannot_be_is_refused(owner: Caller, key: str) -> None:
    for method in ("GET", "DELETE"):
        assert (await owner(method, f"{KEYS}/{key}"))[0] == 400
    assert (await owner("PUT", f"{KEYS}/{key}", {"value": "x"}))[0] == 400


@pytest.mark.parametrize("body", [{}, {"value": 1}, {"value": "x", "ttl": 1}, {"value": "x", "metadata": []}])
async def test_a_value_that_does_not_fit_is_refused(owner: Caller, body: Any) -> None:
    assert (await owner("PUT", f"{KEYS}/a", body))[0] == 400
    assert await owner.ok("GET", KEYS) == []


async def test_large_metadata_and_odd_realms_are_refused(owner: Caller) -> None:
    assert (await owner("PUT", f"{KEYS}/a", {"value": "x", "metadata": {"a": "x" * 256 * 1024}}))[0] == 400
    assert (await owner("GET", KEYS, realm_id="nonsense"))[0] == 400


@pytest.mark.parametrize("what", ["vault_access", "resources.vault"])
async def test_the_vault_needs_both_the_access_and_the_permission(caller: Caller, owner: Caller, what: str) -> None:
    has_access = what != "vault_access"
    asked = {"permissions": {"resources": {"vault": not has_access}}, "vault_access": has_access}
    half = caller.as_((await owner.ok("POST", "/auth/tokens", asked))["token"])
    for method, path, body in (
        ("GET", KEYS, None),
        ("GET", f"{KEYS}/a", None),
        ("PUT", f"{KEYS}/a", {"value": "x"}),
        ("DELETE", f"{KEYS}/a", None),
        ("DELETE", "/vault", None),
        ("GET", "/vault/stats", None),
    ):
        status, found = await half(method, path, body)
        assert (status, found["error"]) == (403, "PERMISSION_DENIED")


async def test_everybody_has_a_vault_of_his_own(caller: Caller, owner: Caller, world: World) -> None:
    await owner.ok("PUT", f"{KEYS}/a", {"value": VALUE})
    made = await owner.ok("POST", "/auth/tokens", {"permissions": {"resources": {"vault": True}}, "vault_access": True})
    assert (await caller.as_(made["token"]).ok("GET", f"{KEYS}/a"))["value"] == VALUE
    next(token for token in world.tokens.values() if token.value == seed.STRANGERS).record["vault_access"] = True
    assert (await caller.as_(seed.STRANGERS)("GET", f"{KEYS}/a"))[0] == 404
    assert await caller.as_(seed.STRANGERS).ok("DELETE", "/vault") == {"deleted_count": 0}
