"""What the account is told and what is remembered of it: profile, activity, events, notices."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import notices, seed
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

ACTIVITY = "/users/auth/activity"
DAY = 86_400
NOBODY = "9" * 24


@pytest.mark.parametrize("path", ["/users/auth/me", "/users/me"])
async def test_whoever_asks_sees_himself_and_his_token(caller: Caller, path: str) -> None:
    found = await caller.ok("GET", path)
    assert found["id"] == seed.USER
    assert set(found) >= {"username", "email", "onboarding", "created_at", "updated_at", "pending_pool_invitations"}
    token = {"id", "alias", "prefix", "ip_whitelist", "permissions", "is_enabled", "vault_access", "event_access", "created_at"}
    assert set(found["auth_token"]["token"]) >= token | {"updated_at"}
    restrictions = {"has_realm_restrictions", "requires_realm_scope", "allowed_realm_ids", "allow_no_realm", "active_realm_id"}
    assert set(found["auth_token"]["restrictions"]) == restrictions
    assert "auth_token" not in await caller.as_(seed.SESSION).ok("GET", path)
    made = await caller.ok("POST", "/auth/tokens", {"permissions": {"projects": {"read": True}}})
    assert "email" not in await caller.as_(made["token"]).ok("GET", path)


async def test_a_logout_ends_logins_and_no_tokens(caller: Caller) -> None:
    login = caller.as_(seed.SESSION)
    assert await login.ok("POST", "/users/auth/logout") is None
    assert (await login("GET", "/users/me"))[0] == 401
    assert (await caller("POST", "/users/auth/logout"))[0] == 200
    assert (await caller("GET", "/users/me"))[0] == 200


@pytest.mark.parametrize("path", ["/auth/available-regions", "/auth/config", "/notifications/public"])
async def test_public_facts_want_no_token(caller: Caller, path: str) -> None:
    assert (await caller.as_(None)("GET", path))[0] == 200
    assert (await caller.as_(seed.REVOKED)("GET", path))[0] == 200


async def test_regions_tell_where_a_free_server_could_be(caller: Caller) -> None:
    (region,) = (await caller.ok("GET", "/auth/available-regions"))["regions"]
    assert set(region) == {"region", "country", "city", "available"}


async def test_requests_are_remembered_for_who_made_them(caller: Caller, clock: Clock) -> None:
    await caller.ok("GET", "/projects/")
    clock.wait(1)
    await caller("GET", f"/projects/{NOBODY}")
    await caller.as_(seed.STRANGERS).ok("GET", "/pools")
    status, found = await caller("GET", ACTIVITY)
    assert (status, found["metadata"]) == (200, {"total": 2, "page": 1, "limit": 50, "pages": 1})
    seen = [(made["method"], made["path"], made["status_code"]) for made in found["data"]]
    assert seen == [("GET", f"/api/v1/projects/{NOBODY}", 404), ("GET", "/api/v1/projects/", 200)]
    fields = {"id", "user_id", "realm_id", "method", "path", "status_code", "ip_address", "user_agent", "created_at"}
    assert set(found["data"][0]) == fields


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("errors_only=true", [400, 404]),
        ("min_status=404", [404]),
        ("max_status=399", [200]),
        ("method=POST", [400]),
        (f"realm_id={seed.REALM}", [200]),
        ("start_date=2030-01-01", []),
        ("end_date=2030-01-01T00:00:00Z", [400, 404, 200]),
        ("limit=1&page=2", [404]),
    ],
)
async def test_activity_is_filtered(caller: Caller, query: str, statuses: list[int]) -> None:
    await caller.in_realm(seed.REALM).ok("GET", "/projects/")
    await caller("GET", f"/projects/{NOBODY}")
    await caller("POST", "/projects/", {})
    assert [made["status_code"] for made in await caller.ok("GET", f"{ACTIVITY}?{query}")] == statuses


async def test_activity_is_measured(caller: Caller) -> None:
    assert await caller.ok("GET", f"{ACTIVITY}/stats") == {"total_size_bytes": 0, "total_records": 0, "retention_days": 30}
    found = await caller.ok("GET", f"{ACTIVITY}/stats")
    assert set(found) == {"total_size_bytes", "total_records", "retention_days", "oldest_record", "newest_record"}
    assert (found["total_records"], found["total_size_bytes"] > 0) == (1, True)


@pytest.mark.parametrize(
    "path",
    [
        f"{ACTIVITY}?limit=101",
        f"{ACTIVITY}?method=TRACE",
        f"{ACTIVITY}?min_status=99",
        f"{ACTIVITY}?start_date=yesterday",
        f"{ACTIVITY}?realm_id=x",
        "/events?limit=501",
        "/events?event_type=container.exploded",
        "/events?resource_type=planet",
        "/events?container_id=x",
        "/events/nonsense",
        "/events/stats?end_date=x",
    ],
)
async def test_a_filter_that_cannot_be_is_refused(caller: Caller, path: str) -> None:
    assert (await caller("GET", path))[0] == 400


async def kinds(caller: Caller, **query: Any) -> list[str]:
    return [event["event_type"] for event in (await caller.ok("GET", "/events", **query))["events"]]


async def test_a_container_leaves_events_from_start_to_end(caller: Caller, running: dict[str, Any], clock: Clock) -> None:
    path = f"/containers/{running['id']}"
    await caller.ok("POST", f"{path}/snapshots", {})
    await caller.ok("DELETE", path)
    clock.wait(60)
    seen = ["container.creating", "container.running", "container.snapshot.created", "container.deleting", "container.deleted"]
    assert await kinds(caller, sort_order="asc", container_id=running["id"]) == seen
    assert await kinds(caller, project_id=seed.PROJECT) == seen[::-1]
    assert await kinds(caller, resource_id=running["id"], event_type="container.running") == ["container.running"]
    assert await kinds(caller, project_id=NOBODY) == []


async def test_calls_leave_events_with_every_field(caller: Caller, running: dict[str, Any]) -> None:
    project = await caller.ok("POST", "/projects/", {"alias": "shop"})
    await caller.ok("PUT", f"/projects/{project['id']}", {"alias": "lab"})
    await caller.ok("DELETE", f"/projects/{project['id']}")
    token = await caller.ok("POST", "/auth/tokens", {"alias": "helper"})
    alias = await caller.ok("POST", "/proxy/aliases", {"container_id": running["id"], "program": "http", "port": 80, "alias": "site"})
    await caller.ok("DELETE", f"/proxy/aliases/{alias['id']}")
    assert await kinds(caller, resource_id=project["id"]) == ["project.deleted", "project.updated", "project.created"]
    assert await kinds(caller, resource_type="proxy_alias") == ["proxy.alias.deleted", "proxy.alias.created"]
    found = await caller.ok("GET", "/events", resource_type="auth_token")
    (event,) = found["events"]
    assert set(event) == {"id", "event_type", "resource_type", "resource_id", "user_id", "payload", "realm_ids", "created_at"}
    assert (event["resource_id"], event["payload"]["alias"], token["token"] in str(event)) == (token["id"], "helper", False)
    assert found["pagination"] == {"total": 1, "limit": 100, "offset": 0, "has_more": False}
    assert await caller.ok("GET", f"/events/{event['id']}") == event


async def test_what_failed_leaves_no_event(caller: Caller) -> None:
    await caller("POST", "/projects/", {})
    await caller("DELETE", f"/projects/{NOBODY}")
    assert await kinds(caller) == []


async def test_events_are_listed_in_parts_and_counted(caller: Caller) -> None:
    for number in range(3):
        await caller.ok("POST", "/projects/", {"alias": f"p{number}"})
    part = await caller.ok("GET", "/events", limit=2, offset=1)
    assert ([event["payload"]["alias"] for event in part["events"]], part["pagination"]["has_more"]) == (["p1", "p0"], False)
    assert (await caller.ok("GET", "/events", limit=2))["pagination"]["has_more"] is True
    found = await caller.ok("GET", "/events/stats")
    assert set(found) == {"total_events", "by_type", "by_resource", "oldest_event", "newest_event"}
    assert (found["total_events"], found["by_type"], found["by_resource"]) == (3, {"project.created": 3}, {"project": 3})


async def test_events_keep_to_their_realm_and_their_user(caller: Caller) -> None:
    inside = await caller.in_realm(seed.REALM).ok("POST", "/projects/", {"alias": "inside"})
    await caller.ok("POST", "/projects/", {"alias": "outside"})
    await caller.ok("DELETE", f"/projects/{inside['id']}")
    both = ["project.deleted", "project.created"]
    assert await kinds(caller.in_realm(seed.REALM)) == await kinds(caller, realm_id=seed.REALM) == both
    assert await kinds(caller.in_realm(seed.OTHER_REALM)) == await kinds(caller.as_(seed.STRANGERS)) == []
    (event, *_) = (await caller.ok("GET", "/events"))["events"]
    assert (await caller.as_(seed.STRANGERS)("DELETE", f"/events/{event['id']}"))[0] == 404


async def test_an_event_is_forgotten_once(caller: Caller) -> None:
    await caller.ok("POST", "/projects/", {"alias": "shop"})
    (event,) = (await caller.ok("GET", "/events"))["events"]
    assert await caller.ok("DELETE", f"/events/{event['id']}") is None
    assert (await caller("DELETE", f"/events/{event['id']}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"event_type": "project.created"}, ["auth.token.created"]),
        ({"resource_type": "auth_token"}, ["project.created"] * 2),
        ({"resource_id": NOBODY}, ["auth.token.created", "project.created", "project.created"]),
        ({"before_date": "2000-01-01"}, ["auth.token.created", "project.created", "project.created"]),
        ({"realm_id": seed.REALM}, ["auth.token.created", "project.created"]),
        ({}, []),
    ],
)
async def test_a_filter_tells_which_events_are_forgotten(caller: Caller, body: Any, left: list[str]) -> None:
    await caller.in_realm(seed.REALM).ok("POST", "/projects/", {"alias": "inside"})
    await caller.ok("POST", "/projects/", {"alias": "shop"})
    await caller.ok("POST", "/auth/tokens", {"alias": "helper"})
    assert await caller.ok("DELETE", "/events", body) == {"deleted_count": 3 - len(left)}
    assert await kinds(caller) == left


@pytest.mark.parametrize("body", [{"event_type": "x"}, {"resource_type": "x"}, {"resource_id": "x"}, {"before_date": "x"}, {"all": True}])
async def test_a_deletion_that_does_not_fit_forgets_nothing(caller: Caller, body: Any) -> None:
    await caller.ok("POST", "/projects/", {"alias": "shop"})
    assert (await caller("DELETE", "/events", body))[0] == 400
    assert len(await kinds(caller)) == 1


async def test_a_cleanup_forgets_what_is_old(caller: Caller, clock: Clock) -> None:
    await caller.ok("POST", "/projects/", {"alias": "old"})
    clock.wait(3 * DAY)
    await caller.ok("POST", "/projects/", {"alias": "new"})
    found = await caller.ok("POST", "/events/cleanup", {"retention_days": 2})
    assert (set(found), found["deleted_count"]) == ({"deleted_count", "retention_days", "cutoff_date"}, 1)
    assert len(await kinds(caller)) == 1
    for days in (0, 366, "7"):
        assert (await caller("POST", "/events/cleanup", {"retention_days": days}))[0] == 400


@pytest.mark.parametrize(
    "grant", [{"event_access": False, "permission_template": "full_access"}, {"permissions": {"projects": {"read": True}}}]
)
async def test_events_need_the_access_and_the_permission(caller: Caller, grant: Any) -> None:
    half = caller.as_((await caller.ok("POST", "/auth/tokens", grant))["token"])
    for method, path in (("GET", "/events"), ("GET", "/events/stats"), ("DELETE", "/events")):
        assert (await half(method, path))[0] == 403


async def test_pools_tell_both_sides(caller: Caller) -> None:
    made = await caller.ok("POST", "/pools", {"name": "team"})
    await caller.ok("POST", f"/pools/{made['id']}/members", {"username": "stranger", "role": "user"})
    stranger = caller.as_(seed.STRANGERS)
    await stranger.ok("POST", f"/pools/{made['id']}/accept")
    assert await kinds(caller) == await kinds(stranger) == ["pool.member.joined", "pool.invited"]


async def test_notices_show_what_is_for_everybody_and_for_oneself(caller: Caller, clock: Clock) -> None:
    found = await caller.ok("GET", "/notifications/")
    fields = {"id", "title", "message", "type", "severity", "is_public", "is_global", "target_user_ids", "expires_at", "created_at"}
    assert all(set(notice) == fields | {"updated_at", "is_read", "read_at"} for notice in found)
    assert [notice["id"] for notice in found] == [notices.WELCOME, notices.UPKEEP, notices.OWN]
    assert [notice["id"] for notice in await caller.as_(seed.STRANGERS).ok("GET", "/notifications/")][-1] == notices.FOREIGN
    (public,) = await caller.as_(None).ok("GET", "/notifications/public")
    assert (set(public), public["id"]) == (fields | {"updated_at"}, notices.WELCOME)
    clock.wait(2 * DAY)
    assert [notice["id"] for notice in await caller.ok("GET", "/notifications/")] == [notices.WELCOME, notices.OWN]


async def test_what_was_read_stays_read_for_its_reader(caller: Caller, clock: Clock) -> None:
    path = f"/notifications/{notices.WELCOME}/read"
    first = await caller.ok("PUT", path)
    assert (set(first), first["notification_id"]) == ({"id", "notification_id", "is_read", "read_at"}, notices.WELCOME)
    clock.wait(5)
    assert await caller.ok("PUT", path) == first
    assert await caller.ok("PUT", "/notifications/read-all") == {"count": 2}
    assert await caller.ok("PUT", "/notifications/read-all") == {"count": 0}
    found = await caller.ok("GET", "/notifications/")
    assert (found[0]["read_at"], all(notice["is_read"] for notice in found)) == (first["read_at"], True)
    assert not any(notice["is_read"] for notice in await caller.as_(seed.STRANGERS).ok("GET", "/notifications/"))


@pytest.mark.parametrize(("notice", "status"), [(notices.FOREIGN, 404), (notices.OLD, 404), (NOBODY, 404), ("nonsense", 400)])
async def test_a_notice_for_nobody_here_is_not_read(caller: Caller, world: World, notice: str, status: int) -> None:
    assert (await caller("PUT", f"/notifications/{notice}/read"))[0] == status
    assert world.marks == {}
