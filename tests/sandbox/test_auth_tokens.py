"""Auth tokens in the sandbox."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

PATH = "/auth/tokens"
FULL = {"permission_template": "full_access"}
KEY = "ab" * 32
DELEGATE = {"permissions": {"resources": {"create_tokens": True, "read_account": True}}}
REQUIRED = {
    "id",
    "alias",
    "prefix",
    "ip_whitelist",
    "permissions",
    "is_enabled",
    "vault_access",
    "event_access",
    "created_at",
    "updated_at",
}
OPTIONAL = {"public_key", "public_storage", "realm_ids", "allow_no_realm", "expires_at", "created_by_token_id", "delegation_depth"}
FIELDS = REQUIRED | OPTIONAL | {"last_used_at", "last_used_ip"}


async def make(caller: Caller, **facts: Any) -> tuple[dict[str, Any], Caller]:
    """Give a new token, and a caller who uses it."""
    made = await caller.ok("POST", PATH, FULL | facts)
    return made, caller.as_(made["token"])


async def test_a_value_is_shown_once_and_works(caller: Caller) -> None:
    made, new = await make(caller, alias="ci")
    assert re.fullmatch(r"hdy_[0-9a-f]{24}_[0-9a-f]{48}", made["token"])
    assert made["token"].startswith(made["prefix"])
    assert "token" not in await caller.ok("GET", f"{PATH}/{made['id']}")
    status, listed = await caller("GET", PATH)
    assert (status, listed["truncated"]) == (200, False)
    assert made["id"] in [token["id"] for token in listed["data"]]
    assert not any(made["token"] in str(token) or seed.TOKEN in str(token) for token in listed["data"])
    assert (await new.ok("GET", f"{PATH}/me"))["token"]["id"] == made["id"]


async def test_answers_hold_every_field_of_a_token(caller: Caller) -> None:
    made, _ = await make(caller)
    copied = await caller.ok("POST", f"{PATH}/{made['id']}/copy", {})
    assert set(made) == set(copied) == FIELDS | {"token"}
    mine = await caller.ok("GET", f"{PATH}/me")
    assert set(mine) == {"token", "restrictions"}
    assert set(mine["token"]) == set(await caller.ok("GET", f"{PATH}/{made['id']}")) == FIELDS
    limits = {"has_realm_restrictions", "requires_realm_scope", "allowed_realm_ids", "allow_no_realm", "active_realm_id"}
    assert set(mine["restrictions"]) == limits


async def test_a_login_is_no_token(caller: Caller) -> None:
    login = caller.as_(seed.SESSION)
    status, found = await login("GET", f"{PATH}/me")
    assert (status, found["error"]) == (403, "FORBIDDEN")
    assert "login" not in [token["alias"] for token in await login.ok("GET", PATH)]
    made, _ = await make(login)
    assert (made["created_by_token_id"], made["delegation_depth"]) == (None, 0)


async def test_a_login_lasts_a_day(caller: Caller, clock: Clock) -> None:
    clock.wait(86_401)
    status, found = await caller.as_(seed.SESSION)("GET", PATH)
    assert (status, found["error"]) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"alias": "ä"}, "/alias"),
        ({"alias": None}, "/alias"),
        ({"permission_template": "everything"}, "/permission_template"),
        ({"permissions": {"containers": {"fly": True}}}, "/permissions/containers/fly"),
        ({"permissions": {"containers": True}}, "/permissions/containers"),
        ({"permissions": {"containers": {"read": "yes"}}}, "/permissions/containers/read"),
        ({"ip_whitelist": ["300.0.0.1"]}, "/ip_whitelist"),
        ({"ip_whitelist": "10.0.0.0/8, x"}, "/ip_whitelist"),
        ({"realm_ids": ["x"]}, "/realm_ids"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": 1_000}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"public_key": "ab"}, "/public_key"),
        ({"public_storage": {"x": "y" * 66_000}}, "/public_storage"),
        ({"deny_reauthorization": True, "vault_access": True}, "/deny_reauthorization"),
        ({"deny_reauthorization": True, **DELEGATE}, "/deny_reauthorization"),
        ({"more": 1}, "/more"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(caller: Caller, wrong: Any, field: str) -> None:
    status, found = await caller("POST", PATH, wrong)
    assert (status, found["data"][0]["instancePath"]) == (400, field)


async def test_a_token_may_do_what_its_tree_says_and_no_more(caller: Caller) -> None:
    made = await caller.ok("POST", PATH, {"permissions": {"projects": {"read": True}}})
    assert (made["permissions"]["projects"]["read"], made["permissions"]["projects"]["create"]) == (True, False)
    new = caller.as_(made["token"])
    assert (await new("GET", "/projects/"))[0] == 200
    status, found = await new("POST", "/projects/", {"alias": "x"})
    assert (status, found["error"]) == (403, "PERMISSION_DENIED")
    assert (await new("GET", PATH))[0] == 403


async def test_a_template_wins_over_permissions(caller: Caller) -> None:
    made = await caller.ok("POST", PATH, {"permission_template": "dev_team", "permissions": {"admin": {"users": True}}})
    assert (made["permissions"]["containers"]["create"], made["permissions"]["admin"]["users"]) == (True, False)
    assert (await caller.as_(made["token"])("GET", "/servers/available"))[0] == 403
    templates = {template["name"]: template["permissions"] for template in await caller.ok("GET", f"{PATH}/templates")}
    assert set(templates) == {"full_access", "external_customer", "dev_team", "finance_team", "read_only"}
    assert templates["dev_team"] == made["permissions"]
    assert (templates["read_only"]["projects"]["read"], templates["read_only"]["projects"]["create"]) == (True, False)


async def test_nobody_grants_more_than_they_may_themselves(caller: Caller) -> None:
    made = await caller.ok("POST", PATH, DELEGATE)
    weak = caller.as_(made["token"])
    for method, path, body in (
        ("POST", PATH, FULL),
        ("PUT", f"{PATH}/{made['id']}", {"permissions": {"projects": {"read": True}}}),
        ("POST", f"{PATH}/{'f0' * 12}/copy", {}),
    ):
        status, found = await weak(method, path, body)
        assert (status, found["error"]) == (403, "PERMISSION_DENIED")
    plain = caller.as_((await caller.ok("POST", PATH, FULL))["token"])
    assert (await plain("POST", PATH, FULL | {"vault_access": True}))[0] == 403
    assert (await caller.as_(seed.SESSION).ok("POST", PATH, FULL | {"vault_access": True}))["vault_access"] is True
    second = await weak.ok("POST", PATH, DELEGATE)
    assert (second["created_by_token_id"], second["delegation_depth"]) == (made["id"], made["delegation_depth"] + 1)


async def test_a_token_limited_to_realms_makes_tokens_for_these_only(caller: Caller, world: World) -> None:
    limited = caller.as_(seed.IN_REALM).in_realm(seed.REALM)
    made = await limited.ok("POST", PATH, FULL)
    assert (made["realm_ids"], made["allow_no_realm"]) == ([seed.REALM], False)
    assert (await limited("POST", PATH, FULL | {"realm_ids": [seed.OTHER_REALM]}))[0] == 403
    assert (await limited("POST", f"{PATH}/{made['id']}/remove-realm", {"realm_id": seed.REALM}))[0] == 403
    assert {token["alias"] for token in await limited.ok("GET", PATH)} == {made["alias"], "one realm", "two realms"}
    everything = next(token for token in world.tokens.values() if token.value == seed.TOKEN)
    assert (await limited("GET", f"{PATH}/{everything.record['id']}"))[0] == 404


async def test_a_locked_token_cannot_delegate_and_ends(caller: Caller) -> None:
    made, locked = await make(caller, deny_reauthorization=True)
    assert made["expires_at"] is not None
    assert (made["permissions"]["resources"]["create_tokens"], made["permissions"]["resources"]["vault"]) == (False, False)
    assert (await locked("POST", PATH, {}))[0] == 403


@pytest.mark.parametrize(
    ("expires_at", "seconds"), [(1_800_000_060, 60), (1_800_000_060_000, 60), ("2027-01-15T09:00:00+01:00", 0), ("today", 57_600)]
)
async def test_a_token_ends_when_it_was_said(caller: Caller, clock: Clock, expires_at: Any, seconds: int) -> None:
    clock.now = 1_799_999_999.0 if not seconds else clock.now  # 08:00 of that day
    _, new = await make(caller, expires_at=expires_at)
    clock.wait((seconds or 1) - 0.5)
    assert (await new("GET", f"{PATH}/me"))[0] == 200
    clock.wait(1)
    status, found = await new("GET", f"{PATH}/me")
    assert (status, found["error"]) == (401, "TOKEN_EXPIRED")


async def test_an_update_keeps_what_it_does_not_name(caller: Caller) -> None:
    made, new = await make(caller, expires_at="tomorrow", ip_whitelist="127.0.0.1, 10.0.0.0/8")
    path = f"{PATH}/{made['id']}"
    changed = await caller.ok("PUT", path, {"alias": "renamed"})
    assert changed == {name: value for name, value in made.items() if name != "token"} | {"alias": "renamed"}
    assert (await caller.ok("PUT", path, {"expires_at": None}))["expires_at"] is None
    assert (await caller.ok("PUT", path, {"permissions": {}}))["permissions"]["projects"]["read"] is False
    assert (await new("GET", "/projects/"))[0] == 403
    await caller.ok("PUT", path, {"ip_whitelist": ["192.0.2.1"]})
    assert (await new("GET", f"{PATH}/me"))[0] == 403
    for wrong in ({"permission_template": "full_access"}, {"is_enabled": None}, {"realm_ids": ["x"]}):
        assert (await caller("PUT", path, wrong))[0] == 400


async def test_a_disabled_token_is_refused_until_it_is_enabled(caller: Caller) -> None:
    made, new = await make(caller)
    for enabled, status in ((False, 401), (True, 200)):
        assert (await caller.ok("PUT", f"{PATH}/{made['id']}", {"is_enabled": enabled}))["is_enabled"] is enabled
        assert (await new("GET", f"{PATH}/me"))[0] == status


async def test_deleting_the_token_in_use_locks_its_user_out(caller: Caller) -> None:
    made, new = await make(caller)
    assert await new.ok("DELETE", f"{PATH}/{made['id']}") is None
    status, found = await new("GET", f"{PATH}/me")
    assert (status, found["error"]) == (401, "INVALID_TOKEN")
    assert (await caller("DELETE", f"{PATH}/{made['id']}"))[0] == 404


async def test_a_copy_has_the_same_limits_and_a_value_of_its_own(caller: Caller, clock: Clock) -> None:
    made, _ = await make(caller, alias="ci", realm_ids=[seed.REALM], expires_at=clock.now + 60, public_key=KEY)
    copied = await caller.ok("POST", f"{PATH}/{made['id']}/copy", {})
    assert copied["token"] != made["token"]
    for name in ("realm_ids", "permissions", "ip_whitelist", "expires_at"):
        assert copied[name] == made[name]
    assert copied["alias"] == "ci copy"
    assert (await caller.ok("POST", f"{PATH}/{made['id']}/copy", {"alias": "x", "expires_at": None}))["expires_at"] is None
    clock.wait(61)
    assert (await caller.ok("POST", f"{PATH}/{made['id']}/copy", {}))["expires_at"] is None


async def test_the_first_realm_locks_a_token_to_realms_and_the_last_one_frees_it(caller: Caller) -> None:
    made, new = await make(caller)
    path = f"{PATH}/{made['id']}"
    for _ in range(2):
        assert (await caller.ok("POST", f"{path}/add-realm", {"realm_id": seed.REALM}))["realm_ids"] == [seed.REALM]
    assert (await new("GET", "/projects/"))[0] == 403
    assert (await new.in_realm(seed.REALM)("GET", "/projects/"))[0] == 200
    limits = (await new.ok("GET", f"{PATH}/me"))["restrictions"]
    assert limits == {
        "has_realm_restrictions": True,
        "requires_realm_scope": True,
        "allowed_realm_ids": [seed.REALM],
        "allow_no_realm": True,
        "active_realm_id": None,
    }
    assert (await new.in_realm(seed.REALM).ok("GET", f"{PATH}/me"))["restrictions"]["active_realm_id"] == seed.REALM
    for _ in range(2):
        assert (await caller.ok("POST", f"{path}/remove-realm", {"realm_id": seed.REALM}))["realm_ids"] == []
    assert (await new("GET", "/projects/"))[0] == 200
    assert (await caller("POST", f"{path}/add-realm", {"realm_id": "x"}))[0] == 400


async def test_a_profile_is_found_by_its_key_in_any_case(caller: Caller) -> None:
    path = f"{PATH}/me/public-profile"
    changed = await caller.ok("PUT", path, {"public_key": KEY, "public_storage": {"name": "me"}})
    assert changed["public_key"] == KEY
    found = await caller.ok("GET", f"{PATH}/public-profiles/{KEY.upper()}")
    assert found == {"public_key": KEY, "public_storage": {"name": "me"}}
    assert (await caller.ok("PUT", path, {"public_storage": None}))["public_key"] == KEY
    assert (await caller("GET", f"{PATH}/public-profiles/{'cd' * 32}"))[0] == 404
    assert (await caller("GET", f"{PATH}/public-profiles/cd"))[0] == 400
    assert (await caller("PUT", path, {}))[0] == 400
    assert (await caller("POST", PATH, FULL | {"public_key": KEY}))[0] == 409
    assert (await caller.as_(seed.SESSION)("PUT", path, {"public_key": KEY}))[0] == 403


@pytest.mark.parametrize(("token_id", "status"), [("9" * 24, 404), ("nonsense", 400)])
async def test_an_unknown_token_is_not_found(caller: Caller, token_id: str, status: int) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/copy")):
        assert (await caller(method, f"{PATH}/{token_id}{path}", {}))[0] == status


async def test_a_reader_sees_tokens_and_makes_none(caller: Caller) -> None:
    reader = caller.as_(seed.READER)
    assert (await reader("GET", PATH))[0] == 200
    assert (await reader("POST", PATH, {}))[0] == 403
