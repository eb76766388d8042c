"""Pools, their members and invitations in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

INVITE = {"username": "stranger", "role": "user"}
DAY = 86_400


@pytest.fixture
async def pool(caller: Caller) -> str:
    """Make a pool that only the newcomer is in."""
    return f"/pools/{(await caller.ok('POST', '/pools', {'name': 'team', 'description': 'ours'}))['id']}"


@pytest.fixture
def stranger(caller: Caller) -> Caller:
    return caller.as_(seed.STRANGERS)


@pytest.fixture
async def joined(caller: Caller, stranger: Caller, pool: str) -> str:
    """Make a pool that the stranger has joined, as a user."""
    await caller.ok("POST", f"{pool}/members", INVITE)
    await stranger.ok("POST", f"{pool}/accept")
    return pool


async def test_answers_hold_every_field_of_a_pool(caller: Caller, pool: str) -> None:
    made = {"id", "name", "description", "owner_id", "is_default", "settings", "created_at"}
    assert set(await caller.ok("POST", "/pools", {"name": "other", "settings": {"a": 1}})) == made
    default, listed, _ = await caller.ok("GET", "/pools")
    assert set(listed) == made | {"updated_at", "user_role", "member_count", "server_count"}
    assert (default["id"], default["is_default"], default["server_count"]) == (seed.POOL, True, 1)
    assert (listed["name"], listed["user_role"], listed["member_count"], listed["server_count"]) == ("team", "owner", 1, 0)
    shown = await caller.ok("GET", pool)
    assert set(shown) == made | {"updated_at", "members", "servers"}
    assert set(shown["members"][0]) == {"id", "role", "is_authorized", "joined_at", "user"}
    assert shown["members"][0]["user"] == {"id": seed.USER, "username": "newcomer", "alias": "newcomer"}
    (server,) = (await caller.ok("GET", f"/pools/{seed.POOL}"))["servers"]
    assert server == {"id": seed.SERVER, "name": seed.SERVER_NAME, "rental_status": "active", "is_ready": True}


async def test_an_update_keeps_what_it_does_not_name(caller: Caller, pool: str) -> None:
    assert await caller.ok("PUT", pool, {"settings": {"color": "red"}}) == {"success": True}
    shown = await caller.ok("GET", pool)
    assert (shown["description"], shown["settings"]) == ("ours", {"color": "red"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/pools", {}),
        ("POST", "/pools", {"name": "x" * 101}),
        ("POST", "/pools", {"name": "x", "realm_ids": []}),
        ("PUT", f"/pools/{seed.POOL}", {"name": "renamed"}),
        ("PUT", f"/pools/{seed.POOL}", {"description": "x" * 501}),
        ("GET", "/pools/nonsense", None),
        ("POST", f"/pools/{seed.POOL}/members", {"username": "stranger"}),
        ("POST", f"/pools/{seed.POOL}/members", {"username": "stranger", "role": "owner"}),
        ("POST", f"/pools/{seed.POOL}/members", {"username": "a b", "role": "user"}),
        ("DELETE", f"/pools/{seed.POOL}/members/nonsense", None),
    ],
)
async def test_what_cannot_be_is_refused(caller: Caller, method: str, path: str, body: Any) -> None:
    assert (await caller(method, path, body))[0] == 400


async def test_an_invitation_is_accepted_once(caller: Caller, stranger: Caller, pool: str) -> None:
    sent = await caller.ok("POST", f"{pool}/members", INVITE)
    assert set(sent) == {"id", "role", "is_authorized", "invited_at"}
    assert sent["is_authorized"] is False
    assert (await stranger("GET", pool))[0] == 404
    assert (await stranger.ok("GET", "/users/auth/me"))["pending_pool_invitations"] == 1
    (pending,) = await stranger.ok("GET", "/pools/invitations/pending")
    assert set(pending) == {"id", "pool_id", "pool_name", "pool_description", "role", "invited_by", "invited_at"}
    assert (pending["pool_name"], pending["invited_by"]["username"]) == ("team", "newcomer")
    assert await stranger.ok("POST", f"/pools/{pending['pool_id']}/accept") == {"success": True}
    assert await stranger.ok("GET", "/pools/invitations/pending") == []
    assert (await stranger.ok("GET", pool))["members"][1]["is_authorized"] is True
    assert [each["user_role"] for each in await stranger.ok("GET", "/pools")] == ["owner", "user"]
    for answer in ("accept", "reject"):
        assert (await stranger("POST", f"{pool}/{answer}"))[0] == 404


async def test_a_rejected_invitation_can_be_sent_again(caller: Caller, stranger: Caller, pool: str) -> None:
    for _ in range(2):
        await caller.ok("POST", f"{pool}/members", INVITE)
        assert await stranger.ok("POST", f"{pool}/reject") == {"success": True}
    assert (await stranger("POST", f"{pool}/accept"))[0] == 404
    assert len((await caller.ok("GET", pool))["members"]) == 1


@pytest.mark.parametrize(("username", "status"), [("stranger", 409), ("newcomer", 409), ("nobody", 404)])
async def test_only_somebody_else_who_exists_is_invited(caller: Caller, joined: str, username: str, status: int) -> None:
    assert (await caller("POST", f"{joined}/members", INVITE | {"username": username}))[0] == status


async def test_only_the_owner_changes_a_pool_and_its_roles(caller: Caller, stranger: Caller, joined: str) -> None:
    role = f"{joined}/members/{seed.STRANGER}"
    for method, path, body in (("PUT", joined, {}), ("DELETE", joined, None), ("PUT", role, {"role": "admin"})):
        assert (await stranger(method, path, body))[0] == 403
    assert await caller.ok("PUT", role, {"role": "admin"}) == {"success": True}
    assert (await stranger.ok("GET", joined))["members"][1]["role"] == "admin"
    assert (await stranger("PUT", role, {"role": "user"}))[0] == 403


async def test_admins_invite_and_remove_and_users_do_not(caller: Caller, stranger: Caller, joined: str) -> None:
    asked = {"username": "nobody", "role": "user"}
    assert (await stranger("POST", f"{joined}/members", asked))[0] == 403
    assert (await stranger("DELETE", f"{joined}/members/{seed.STRANGER}"))[0] == 403
    await caller.ok("PUT", f"{joined}/members/{seed.STRANGER}", {"role": "admin"})
    assert (await stranger("POST", f"{joined}/members", asked))[0] == 404  # nobody of this name
    assert (await stranger("DELETE", f"{joined}/members/{seed.USER}"))[0] == 403  # the owner stays
    assert await stranger.ok("DELETE", f"{joined}/members/{seed.STRANGER}") == {"success": True}
    assert (await stranger("GET", joined))[0] == 404


async def test_nobody_is_changed_or_removed_who_is_not_there(caller: Caller, pool: str) -> None:
    path = f"{pool}/members/{seed.STRANGER}"
    assert (await caller("PUT", path, {"role": "user"}))[0] == 404
    assert (await caller("DELETE", path))[0] == 404
    assert (await caller("PUT", f"{pool}/members/{seed.USER}", {"role": "user"}))[0] == 403


async def test_a_pool_with_rented_servers_stays(caller: Caller, clock: Clock, pool: str) -> None:
    asked = {"rental_days": 1, "max_charge_cents": 50, "pool_id": pool.rpartition("/")[2]}
    rental = (await caller.ok("POST", f"/servers/{goods.SMALL}/rent", asked))["rental"]
    assert (await caller.ok("GET", f"/rentals/{rental['id']}"))["pool_id"] == asked["pool_id"]
    status, found = await caller("DELETE", pool)
    assert (status, found["error"]) == (409, "OPERATION_STATE_CONFLICT")
    clock.wait(DAY)
    assert (await caller.ok("GET", pool))["servers"][0]["rental_status"] == "expired"
    assert await caller.ok("DELETE", pool) == {"success": True}
    assert (await caller("GET", pool))[0] == 404
    assert (await caller.ok("GET", f"/rentals/{rental['id']}"))["pool_id"] is None


async def test_an_order_holds_its_pool_until_it_comes_and_then_lies_in_it(caller: Caller, clock: Clock, pool: str) -> None:
    asked = {"days": 30, "idempotency_key": "k", "max_charge_cents": 3_500, "pool_id": pool.rpartition("/")[2]}
    made = (await caller.ok("POST", f"/offers/{goods.OFFER}/reserve", asked))["reservation"]
    assert (await caller("DELETE", pool))[0] == 409
    clock.wait(made["delivery_hours_quoted"] * 3_600)
    assert [server["is_ready"] for server in (await caller.ok("GET", pool))["servers"]] == [True]


async def test_what_is_rented_without_a_pool_lies_in_the_default_one(caller: Caller) -> None:
    await caller.ok("POST", f"/servers/{goods.SMALL}/rent", {"rental_days": 1, "max_charge_cents": 50})
    assert {rental["pool_id"] for rental in await caller.ok("GET", "/rentals")} == {seed.POOL}
    assert (await caller("DELETE", f"/pools/{seed.POOL}"))[0] == 403


async def test_nobody_rents_into_a_pool_of_somebody_else(stranger: Caller, world: World, joined: str) -> None:
    world.wallets[seed.STRANGER].balance = 5_000
    asked = {"rental_days": 1, "max_charge_cents": 50}
    path = f"/servers/{goods.SMALL}/rent"
    assert (await stranger("POST", path, asked | {"pool_id": joined.rpartition("/")[2]}))[0] == 403
    assert (await stranger("POST", path, asked | {"pool_id": seed.POOL}))[0] == 404
    assert world.wallets[seed.STRANGER].balance == 5_000


async def test_a_pool_of_somebody_else_looks_like_none(stranger: Caller, pool: str) -> None:
    for method, path in (("GET", pool), ("PUT", pool), ("DELETE", pool), ("POST", f"{pool}/accept")):
        assert (await stranger(method, path, {}))[0] == 404
    assert (await stranger("POST", f"{pool}/members", INVITE))[0] == 404


async def test_a_reader_looks_but_changes_nothing(caller: Caller, pool: str) -> None:
    reader = caller.as_(seed.READER)
    assert len(await reader.ok("GET", "/pools")) == 2
    for method, path, body in (("POST", "/pools", {"name": "x"}), ("DELETE", pool, None), ("POST", f"{pool}/members", INVITE)):
        assert (await reader(method, path, body))[0] == 403
