"""Who gets through to services in the sandbox."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from .conftest import Caller, Clock
from .proxy import PASSWORD, Door, of_container, of_project

HEALTH = {"terminal": "/api/v1/terminal/health", "files": "/api/v1/files/health"}
ANYWHERE, ELSEWHERE = "0.0.0.0/0", "192.0.2.0/24"
OPS = "/permissions/groups/ops"
DENY = {"default": "deny"}


@pytest.fixture
def door(caller: Caller, running: dict[str, Any]) -> Door:
    return of_container(caller, running)


@pytest.fixture
def visit(caller: Caller, running: dict[str, Any]) -> Visit:
    return Visit(caller, running)


class Visit:
    """Asks for a service's health: `await visit("terminal", x_key="v")` gives the status, with headers in words."""

    def __init__(self, caller: Caller, box: dict[str, Any]) -> None:
        self.caller, self.box = caller, box
        self.body: Any = None

    async def __call__(self, service: str = "terminal", instance: int = 1, query: Mapping[str, str] | None = None, **headers: str) -> int:
        host = self.caller.service(self.box, service, instance).base
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.caller.http.get(f"{host}{HEALTH.get(service, '/')}", headers=sent, params=query)
        self.body = answer.json() if "json" in answer.headers["content-type"] else None
        return answer.status_code


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def signed(claims: Any, key: str = "key", head: Any = None) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head or {"alg": "HS256"}, claims)]
    signature = hmac.digest(key.encode(), b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_without_a_document_everybody_gets_through(visit: Visit) -> None:
    assert [await visit("terminal"), await visit("files")] == [200, 200]


async def test_whom_nobody_knows_is_let_through_or_not_by_the_default(door: Door, visit: Visit) -> None:
    await door.ok("PATCH", "/permissions/default", {"default": "allow"})
    assert await visit() == 200
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit() == 403
    assert visit.body == {"status": "error", "code": "PROXY_ACCESS_DENIED", "message": visit.body["message"]}
    assert await visit("files") == 403
    assert set(visit.body) == {"error"}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("password", PASSWORD, 401),
        ("token", {"header": "X-Key", "value": "v"}, 401),
        ("jwt", {"secret": "s", "algorithm": "ES256", "sources": ["cookie:a"]}, 401),
        ("ip", {"range": ELSEWHERE}, 403),
    ],
)
async def test_who_could_log_in_is_asked_to(door: Door, visit: Visit, kind: str, body: Any, status: int) -> None:
    await door.ok("PUT", f"{OPS}/{kind}", body)
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit() == status


async def test_a_proxy_that_is_off_lets_nobody_through(door: Door, visit: Visit) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": ANYWHERE})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/state", {"enable_proxy": False})
    assert await visit() == 403
    await door.ok("PATCH", "/permissions/state", {"enable_proxy": True})
    assert await visit() == 200


@pytest.mark.parametrize(("range_", "status"), [(ANYWHERE, 200), ("127.0.0.1/32", 200), ("127.255.0.1/8", 200), (ELSEWHERE, 403)])
async def test_an_address_opens_its_group(door: Door, visit: Visit, range_: str, status: int) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": range_})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert [await visit("terminal"), await visit("files")] == [status, 403]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (basic("ann", "open sesame"), 200),
        (basic("ann", "open sesame").replace("Basic", "basic"), 200),
        (basic("ann", "close sesame"), 401),
        (basic("bob", "open sesame"), 401),
        (basic("", ""), 401),
        (basic("ann", "open sesame").replace("Basic", "Bearer"), 401),
        ("Basic ann:open sesame", 401),
        ("Basic " + base64.b64encode(b"\xff").decode(), 401),
        ("", 401),
    ],
)
async def test_a_password_opens_its_group(door: Door, visit: Visit, header: str, status: int) -> None:
    await door.ok("PUT", f"{OPS}/password", PASSWORD)
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit("terminal", authorization=header) == status
    assert await visit("files", authorization=header) == 401


async def test_a_password_that_was_hashed_before_opens_as_well(door: Door, visit: Visit) -> None:
    hashed = hashlib.sha256(b"pepperopen sesame").hexdigest()
    await door.ok("PUT", f"{OPS}/password", {**PASSWORD, "password": hashed})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit(authorization=basic("ann", "open sesame")) == 200
    assert await visit(authorization=basic("ann", hashed)) == 401


@pytest.mark.parametrize(
    ("place", "right", "wrong"),
    [
        ("header", {"x_key": "word"}, {"x_key": "other"}),
        ("cookie", {"cookie": "a=b; X-Key=word"}, {"cookie": "a=word"}),
        ("param", {"query": {"X-Key": "word"}}, {"query": {"X-Key": "wörd"}}),
    ],
)
async def test_a_fixed_value_opens_its_group_in_its_place(door: Door, visit: Visit, place: str, right: Any, wrong: Any) -> None:
    await door.ok("PUT", f"{OPS}/token", {place: "X-Key", "value": "word"})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert [await visit(**right), await visit(**wrong), await visit()] == [200, 401, 401]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (signed({"team": "a", "level": 3, "exp": 1_800_000_900}), 200),
        (signed({"team": "a", "level": 3}), 200),
        (signed({"team": "a", "level": 3}, "another key"), 401),
        (signed({"team": "a", "level": 3}, head={"alg": "none"}), 401),
        (signed({"team": "a", "level": 3}, head={"alg": "HS512"}), 401),
        (signed({"team": "a", "level": 3}, head=["HS256"]), 401),
        (signed({"team": "a", "level": 3}).rpartition(".")[0] + ".", 401),
        (signed({"team": "a", "level": "3"}), 401),
        (signed({"team": "a", "level": True}), 401),
        (signed({"team": "a"}), 401),
        (signed({"team": "a", "level": 3, "exp": 1_799_999_999}), 401),
        (signed({"team": "a", "level": 3, "exp": "never"}), 401),
        (signed("no claims"), 401),
        ("x.y.z", 401),
        ("", 401),
    ],
)
async def test_a_signed_token_opens_its_group(door: Door, visit: Visit, token: str, status: int) -> None:
    claims = {"team": "a", "level": 3}
    sources = ["header:Authorization", "header:X-Jwt", "cookie:jwt"]
    await door.ok("PUT", f"{OPS}/jwt", {"secret": "key", "algorithm": "HS256", "sources": sources, "claims": claims})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit(authorization=f"Bearer {token}") == await visit(x_jwt=token) == await visit(cookie=f"jwt={token}") == status
    assert await visit(x_other=token) == 401


async def test_a_signed_token_ends_with_time(door: Door, visit: Visit, clock: Clock) -> None:
    await door.ok("PUT", f"{OPS}/jwt", {"secret": "key", "algorithm": "HS256", "sources": ["header:X-Jwt"]})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    token = signed({"exp": clock.now + 10})
    assert await visit(x_jwt=token) == 200
    clock.wait(10)
    assert await visit(x_jwt=token) == 401


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_key_of_another_algorithm_is_no_password(door: Door, visit: Visit, algorithm: str) -> None:
    await door.ok("PUT", f"{OPS}/jwt", {"secret": "key", "algorithm": algorithm, "sources": ["header:X-Jwt"]})
    await door.grant("ops", "terminal")
    await door.ok("PATCH", "/permissions/default", DENY)
    assert [await visit(x_jwt=signed({})), await visit(x_jwt=signed({}, head={"alg": algorithm}))] == [401, 401]


async def test_identities_open_nothing_here(door: Door, visit: Visit) -> None:
    groups = {"ops": {"type": "hoody-identity"}}
    await door.ok("PUT", "/permissions", door.whole(groups=groups, permissions={"ops": {"terminal": True}}))
    assert await visit() == 401


@pytest.mark.parametrize(
    ("access", "open_"),
    [(True, {1, 2, 3, 4}), ("*", {1, 2, 3, 4}), (False, set[int]()), (1, {1}), (2, {2}), ([1, 4], {1, 4}), ("2-3", {2, 3})],
)
async def test_a_rule_says_which_instances(door: Door, visit: Visit, access: Any, open_: set[int]) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": ANYWHERE})
    await door.grant("ops", "terminal", access)
    await door.ok("PATCH", "/permissions/default", DENY)
    assert {instance for instance in range(1, 5) if await visit("terminal", instance) == 200} == open_


async def test_the_port_of_an_own_server_counts(door: Door, visit: Visit) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": ANYWHERE})
    await door.grant("ops", "http", 8080)
    await door.ok("PATCH", "/permissions/default", DENY)
    assert [await visit("http", 8080), await visit("http", 8081), await visit("https", 8080)] == [501, 403, 403]  # past the proxy: unknown


@pytest.mark.parametrize(("host", "program"), [("n", "notifications"), ("desktop", "display")])
async def test_programs_have_one_name_whatever_their_hosts_have(door: Door, visit: Visit, host: str, program: str) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": ANYWHERE})
    await door.grant("ops", program)
    await door.ok("PATCH", "/permissions/default", DENY)
    assert await visit(host) != 403


async def test_logs_are_not_granted_in_passing(door: Door, visit: Visit) -> None:
    await door.ok("PUT", f"{OPS}/ip", {"range": ANYWHERE})
    for access, is_in in [(1, False), ("*", False), (True, True)]:
        await door.grant("ops", "logs", access)
        assert (await visit("logs") != 403) is is_in


async def test_a_container_goes_by_its_own_document_before_its_projects(caller: Caller, door: Door, visit: Visit) -> None:
    project = of_project(caller)
    await project.ok("PATCH", "/permissions/state", {"enable_proxy": False})
    assert await visit() == 403
    await door.ok("PATCH", "/permissions/default", {"default": "allow"})
    assert await visit() == 200
    await door.ok("DELETE", "/permissions")
    assert await visit() == 403
    await project.ok("DELETE", "/permissions")
    assert await visit() == 200


async def test_the_proxy_judges_before_it_looks_for_who_answers(caller: Caller, door: Door, visit: Visit, clock: Clock) -> None:
    await door.ok("PATCH", "/permissions/default", DENY)
    await caller.ok("POST", f"/containers/{visit.box['id']}/stop")
    clock.wait(60)
    assert await visit() == 403
    await door.ok("DELETE", "/permissions")
    assert await visit() == 502
