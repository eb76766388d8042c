"""Small facts in the sandbox: realms, keys, address."""

from __future__ import annotations

import base64

from hoody_mcp.sandbox import seed

from .conftest import Caller


async def test_realms_come_from_whatever_is_in_them(caller: Caller) -> None:
    found = await caller.ok("GET", "/realms/")
    assert found == {"realm_ids": [seed.REALM, seed.OTHER_REALM], "total": 2}
    new = "ab" * 12
    await caller.ok("POST", "/projects/", {"alias": "x", "realm_ids": [new]})
    found = await caller.ok("GET", "/realms/", include_usage="true")
    assert found["total"] == 3
    assert found["usage"][new] == {"projects": 1, "containers": 0, "servers": 0, "auth_tokens": 0}
    assert (found["usage"][seed.REALM]["auth_tokens"], found["usage"][seed.OTHER_REALM]["auth_tokens"]) == (2, 1)


async def test_a_realm_host_shows_its_realm_only(caller: Caller) -> None:
    assert (await caller.in_realm(seed.REALM).ok("GET", "/realms/"))["realm_ids"] == [seed.REALM]
    assert (await caller.in_realm("ab" * 12).ok("GET", "/realms/")) == {"realm_ids": [], "total": 0}
    assert (await caller.as_(seed.READER)("GET", "/realms/"))[0] == 403
    assert (await caller("GET", "/realms/", include_usage="yes"))[0] == 400


async def test_a_key_reads_the_same_in_every_spelling(caller: Caller) -> None:
    found = await caller.as_(None).ok("GET", "/meta/public-key")
    assert set(found) == {"keys", "active_kid", "usage", "signing_format"}
    (key,) = found["keys"]
    assert set(key) == {"kid", "algorithm", "public_key_hex", "public_key_b64", "public_key_b64url"}
    assert bytes.fromhex(key["public_key_hex"]) == base64.b64decode(key["public_key_b64"])
    assert (key["kid"], key["algorithm"]) == (found["active_kid"], "ed25519")


async def test_nobody_follows_a_sandbox(caller: Caller) -> None:
    found = await caller.ok("GET", "/meta/social-stats")
    assert set(found) == {"github", "telegram", "discord", "discord_online", "x", "linkedin", "fetchedAt"}
    assert set(found.values()) == {None}


async def test_everybody_learns_their_address(caller: Caller) -> None:
    for who, logged in ((caller, True), (caller.as_(None), False)):
        found = await who.ok("GET", "/ip")
        assert (found["ip"], found["is_logged"], found["ip_info"]) == ("127.0.0.1", logged, None)
        assert set(found) >= {"ip", "timestamp", "is_logged", "protocol", "headers"}
    for token in (seed.UNKNOWN, seed.ELSEWHERE):
        assert (await caller.as_(token).ok("GET", "/ip"))["is_logged"] is False
