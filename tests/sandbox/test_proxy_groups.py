"""Groups of proxy permissions in the sandbox, and what they are granted."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .conftest import Caller
from .proxy import PASSWORD, Door, of_container, of_project

NO_RULES: list[Any] = [None, "", "all", "9-1", "1-70000", -1, 70_000, 1.5, [], [True], ["1"], {}]
JWT = {"secret": "s", "algorithm": "HS256", "sources": ["header:Authorization", "cookie:jwt"]}
HASH = hashlib.sha256(b"pepperopen sesame").hexdigest()


@pytest.fixture(params=["containers", "projects"])
def door(caller: Caller, running: dict[str, Any], request: pytest.FixtureRequest) -> Door:
    return of_container(caller, running) if request.param == "containers" else of_project(caller)


@pytest.mark.parametrize(
    ("kind", "body", "kept"),
    [
        ("ip", {"range": "203.0.113.5/32"}, {"range": "203.0.113.5/32"}),
        ("ip", {"range": "203.0.113.5/8"}, {"range": "203.0.113.5/8"}),
        ("jwt", JWT, JWT),
        ("jwt", {**JWT, "claims": {"a": "b", "c": 1, "d": True}}, {**JWT, "claims": {"a": "b", "c": 1, "d": True}}),
        ("password", PASSWORD, {**PASSWORD, "password": HASH, "algorithm": "sha256"}),
        ("password", {**PASSWORD, "password": HASH.upper()}, {**PASSWORD, "password": HASH, "algorithm": "sha256"}),
        ("password", {**PASSWORD, "algorithm": "sha256"}, {**PASSWORD, "password": HASH, "algorithm": "sha256"}),
        ("token", {"param": "key", "value": "v"}, {"param": "key", "value": "v"}),
    ],
)
async def test_a_group_is_kept_with_its_secrets(door: Door, kind: str, body: Any, kept: dict[str, Any]) -> None:
    written = await door.ok("PUT", f"/permissions/groups/ops/{kind}", body)
    assert written["groups"] == {"ops": {"type": kind, **kept}}
    assert (await door.ok("GET", "/permissions"))["groups"] == written["groups"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("ip", {}),
        ("ip", {"range": "10.0.0.0"}),
        ("ip", {"range": "10.0.0.0/33"}),
        ("ip", {"range": "10.0.0.256/8"}),
        ("ip", {"range": "::1/32"}),
        ("ip", {"range": "10.0.0.0/8", "type": "ip"}),
        ("jwt", {**JWT, "secret": ""}),
        ("jwt", {**JWT, "secret": "s" * 8193}),
        ("jwt", {**JWT, "algorithm": "none"}),
        ("jwt", {**JWT, "sources": []}),
        ("jwt", {**JWT, "sources": ["param:jwt"]}),
        ("jwt", {**JWT, "claims": {"a": None}}),
        ("password", {**PASSWORD, "salt": ""}),
        ("password", {**PASSWORD, "username": None}),
        ("password", {**PASSWORD, "algorithm": "md5"}),
        ("token", {"value": "v"}),
        ("token", {"header": "A", "cookie": "b", "value": "v"}),
        ("token", {"header": "no header", "value": "v"}),
        ("token", {"header": "A"}),
    ],
)
async def test_a_group_that_does_not_fit_is_refused(door: Door, kind: str, body: Any) -> None:
    assert await door.refused("PUT", f"/permissions/groups/ops/{kind}", body) == 400


async def test_only_a_whole_document_brings_groups_of_identities(door: Door) -> None:
    assert await door.refused("PUT", "/permissions/groups/ops/hoody-identity", {}) == 501
    await door.ok("PUT", "/permissions", door.whole(groups={"ops": {"type": "hoody-identity"}}))


@pytest.mark.parametrize("rest", ["groups/no.name", "groups/no.name/ip", "permissions/no.name", "permissions/no.name/files"])
async def test_names_of_groups_are_checked(door: Door, rest: str) -> None:
    method, body = ("PUT", {"range": "10.0.0.0/8"}) if rest.endswith("/ip") else ("DELETE", None)
    assert await door.refused(method, f"/permissions/{rest}", body) == 400


async def test_a_group_over_another_keeps_its_grants_and_a_deleted_one_loses_them(door: Door) -> None:
    await door.ok("PUT", "/permissions/groups/ops/password", PASSWORD)
    await door.ok("PUT", "/permissions/groups/rest/ip", {"range": "10.0.0.0/8"})
    await door.grant("ops", "terminal")
    await door.grant("rest", "files")
    written = await door.ok("PUT", "/permissions/groups/ops/token", {"cookie": "key", "value": "v"})
    assert (written["groups"]["ops"]["type"], written["permissions"]["ops"]) == ("token", {"terminal": True})
    written = await door.ok("DELETE", "/permissions/groups/ops")
    assert (set(written["groups"]), written["permissions"]) == ({"rest"}, {"rest": {"files": True}})
    assert await door.refused("DELETE", "/permissions/groups/ops") == 404


@pytest.mark.parametrize("access", [True, False, 22, 0, [1, 2], "*", "8000-8100"])
async def test_a_grant_is_kept_as_it_was_given(door: Door, access: Any) -> None:
    await door.ok("PUT", "/permissions/groups/ops/ip", {"range": "10.0.0.0/8"})
    await door.grant("ops", "terminal", access)
    kept = (await door.ok("GET", "/permissions"))["permissions"]["ops"]["terminal"]
    assert (kept, type(kept)) == (access, type(access))


@pytest.mark.parametrize(
    ("program", "access"),
    [
        *(("terminal", access) for access in NO_RULES),
        *((program, access) for program in ("files", "exec", "services", "notifications") for access in (1, "*", [1], "1-2")),
        ("", True),
    ],
)
async def test_a_grant_that_does_not_fit_is_refused(door: Door, program: str, access: Any) -> None:
    await door.ok("PUT", "/permissions/groups/ops/ip", {"range": "10.0.0.0/8"})
    assert await door.refused("PUT", "/permissions/permissions/ops", {"program": program, "access": access}) == 400


async def test_nothing_is_granted_to_a_group_that_does_not_exist(door: Door) -> None:
    assert await door.refused("PUT", "/permissions/permissions/ops", {"program": "terminal", "access": True}) == 400


async def test_grants_are_taken_away_one_by_one_or_all_at_once(door: Door) -> None:
    await door.ok("PUT", "/permissions/groups/ops/ip", {"range": "10.0.0.0/8"})
    for program in ("terminal", "files", "ssh"):
        await door.grant("ops", program)
    written = await door.ok("DELETE", "/permissions/permissions/ops/files")
    assert written["permissions"] == {"ops": {"terminal": True, "ssh": True}}
    assert await door.refused("DELETE", "/permissions/permissions/ops/files") == 404
    written = await door.ok("DELETE", "/permissions/permissions/ops")
    assert (set(written["groups"]), written["permissions"]) == ({"ops"}, {})
    assert await door.refused("DELETE", "/permissions/permissions/ops") == 404


async def test_the_last_grant_leaves_nothing_behind(door: Door) -> None:
    await door.ok("PUT", "/permissions/groups/ops/ip", {"range": "10.0.0.0/8"})
    await door.grant("ops", "http", 0)
    assert (await door.ok("DELETE", "/permissions/permissions/ops/http"))["permissions"] == {}
