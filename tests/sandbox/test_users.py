"""The account in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

ME = f"/users/{seed.USER}"
NEW = "Another-passw0rd"
PERSON = {"id", "username", "email", "alias", "metadata", "is_admin", "is_banned", "email_verified", "avatar_url", "signup_method"}
FIELDS = PERSON | {"free_tier_unlocked", "free_tier_unlocked_at", "free_tier_unlock_source", "onboarding", "created_at", "updated_at"}


async def test_a_profile_holds_every_field_and_no_password(caller: Caller) -> None:
    shown = await caller.ok("GET", ME)
    assert set(shown) == FIELDS
    assert (shown["username"], seed.PASSWORD in str(shown)) == ("newcomer", False)


@pytest.mark.parametrize(("user_id", "status"), [(seed.STRANGER, 404), ("9" * 24, 404), ("nonsense", 400)])
async def test_nobody_else_is_shown_or_changed(caller: Caller, user_id: str, status: int) -> None:
    assert (await caller("GET", f"/users/{user_id}"))[0] == status
    assert (await caller("PUT", f"/users/{user_id}", {"alias": "x"}))[0] == status


async def test_a_token_without_the_account_sees_only_who_it_is(caller: Caller) -> None:
    made = await caller.ok("POST", "/auth/tokens", {"permissions": {"projects": {"read": True}}})
    narrow = caller.as_(made["token"])
    assert set(await narrow.ok("GET", ME)) == {"id", "username", "alias"}
    assert set(await narrow.ok("PUT", ME, {"alias": "renamed"})) == {"id", "username", "alias"}
    for path in ("free-tier-status", "security-history"):
        assert (await narrow("GET", f"/users/me/{path}"))[0] == 403


async def test_an_update_keeps_what_it_does_not_name(caller: Caller) -> None:
    changed = await caller.ok("PUT", ME, {"alias": "renamed", "public_key": "ab" * 32})
    assert (changed["alias"], changed["username"], changed["public_key"]) == ("renamed", "newcomer", "ab" * 32)
    assert (await caller.ok("PUT", ME, {"metadata": {"a": {"b": 1}}}))["alias"] == "renamed"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"alias": ""}, 400),
        ({"alias": None}, 400),
        ({"email": "x@example.com"}, 400),
        ({"public_key": "ab"}, 400),
        ({"password": "short", "current_password": seed.PASSWORD}, 400),
        ({"password": "onlysmallletters", "current_password": seed.PASSWORD}, 400),
        ({"password": NEW}, 400),
        ({"password": NEW, "current_password": "not-this-one"}, 403),
        ({"is_admin": True}, 403),
        ({"is_banned": False}, 403),
    ],
)
async def test_a_refused_update_changes_nothing(caller: Caller, world: World, wrong: Any, status: int) -> None:
    before = dict(world.users[seed.USER])
    assert (await caller("PUT", ME, wrong))[0] == status
    assert world.users[seed.USER] == before


async def test_a_new_password_replaces_the_old_one(caller: Caller) -> None:
    change = {"password": NEW, "current_password": seed.PASSWORD}
    assert "password" not in await caller.ok("PUT", ME, change)
    assert (await caller("PUT", ME, change))[0] == 403


async def test_a_milestone_keeps_its_first_time(caller: Caller, clock: Clock) -> None:
    path = "/users/me/onboarding"
    first = await caller.ok("POST", path, {"milestone": "hub_tour_v1"})
    clock.wait(10)
    assert await caller.ok("POST", path, {"milestone": "hub_tour_v1"}) == first
    assert (await caller.ok("GET", ME))["onboarding"] == first["onboarding"]
    assert (await caller("POST", path, {"milestone": "done"}))[0] == 400


async def test_the_free_tier_tells_why_nothing_can_be_claimed(caller: Caller, world: World) -> None:
    found = await caller.ok("GET", "/users/me/free-tier-status")
    fields = {"gate_enabled", "unlocked", "has_free_server", "can_claim", "claim_blocked_reason", "signup_code_failed"}
    assert set(found) == fields
    assert (found["has_free_server"], found["claim_blocked_reason"]) == (False, "pool_empty")
    world.rentals[seed.RENTAL]["is_free_tier"] = True
    assert (await caller.ok("GET", "/users/me/free-tier-status"))["claim_blocked_reason"] == "already_claimed"


async def test_an_invite_is_only_for_a_login(caller: Caller) -> None:
    path = "/users/me/redeem-invite"
    assert (await caller("POST", path, {"code": "abc"}))[0] == 403
    login = caller.as_(seed.SESSION)
    found = await login.ok("POST", path, {"code": "abc"})
    assert set(found) == {"unlocked", "required", "claim_blocked_reason", "server", "project", "container"}
    assert (await login("POST", path, {"code": ""}))[0] == 400


async def test_the_setup_shows_what_there_is_once_a_minute(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    path = "/users/me/retry-setup"
    found = await caller.ok("POST", path, {})
    assert set(found) == {"server", "project", "container", "blocked_reason"}
    ids = (found["server"]["id"], found["project"]["id"], found["container"]["id"])
    assert ids == (seed.SERVER, seed.PROJECT, running["id"])
    clock.wait(20)
    assert (await caller("POST", path, {}))[0] == 429
    assert caller.last["retry-after"] == "40"
    clock.wait(40)
    assert (await caller("POST", path, {"region": "eu-1"}))[0] == 200
    assert (await caller("POST", path, {"region": "EU"}))[0] == 400


async def test_the_history_shows_more_only_on_request(caller: Caller) -> None:
    path = "/users/me/security-history"
    status, plain = await caller("GET", path)
    assert (status, plain["metadata"]) == (200, {"total": 1, "page": 1, "limit": 20, "pages": 1})
    assert set(plain["data"][0]) == {"id", "event", "outcome", "ip_address", "country", "client", "created_at"}
    assert {each["outcome"] for each in await caller.ok("GET", path, include_failed="true")} == {"success", "failed"}
    assert {each["event"] for each in await caller.ok("GET", path, include_security="true")} == {"login", "logout"}
    _, part = await caller("GET", path, include_failed="true", include_security="true", limit=2, page=2)
    assert (len(part["data"]), part["metadata"]["total"], part["metadata"]["pages"]) == (1, 3, 2)
    assert (await caller("GET", path, limit=101))[0] == 400
