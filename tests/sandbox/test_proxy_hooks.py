"""Hooks of proxy permissions in the sandbox, and what documents come to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hoody_mcp.sandbox import seed

from .conftest import Caller
from .proxy import Door, of_container

PLAIN = {"match": {}, "script": {"path": "/check.ts"}}
RICH = {
    "match": {"method": ["GET", "PUT"], "path": "/x", "headers": {"a": "b"}},
    "script": {"path": "/p.ts", "subdomain": "s", "execId": "e"},
    "timeout": 30_000,
    "applies_to": {"groups": ["ops"]},
}
ULID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


@pytest.fixture
def door(caller: Caller, running: dict[str, Any]) -> Door:
    return of_container(caller, running)


def named(name: str) -> dict[str, Any]:
    return {"match": {}, "script": {"path": name}}


async def order(door: Door, service: str = "http") -> str:
    """Give the names of a service's hooks in their order, which must be that of their positions."""
    hooks = (await door.ok("GET", f"/hooks/{service}"))["hooks"]
    assert [hook["position"] for hook in hooks] == list(range(len(hooks)))
    return "".join(hook["script"]["path"] for hook in hooks)


async def add(door: Door, names: str) -> list[str]:
    """Add one hook for each letter; give their ids."""
    return [(await door.ok("POST", "/hooks/http", named(name)))["hook"]["id"] for name in names]


async def test_without_hooks_lists_are_empty_and_of_no_version(door: Door) -> None:
    assert await door.ok("GET", "/hooks") == {"hooks": {}, "file_version": 0, "etag": "file:v0"}
    assert await door.ok("GET", "/hooks/http") == {"service": "http", "hooks": [], "file_version": 0, "etag": "file:v0"}


@pytest.mark.parametrize("hook", [PLAIN, RICH])
async def test_a_new_hook_is_shown_with_id_and_position(door: Door, hook: dict[str, Any]) -> None:
    made = await door.ok("POST", "/hooks/http", hook)
    assert (made["file_version"], made["etag"]) == (1, "file:v1")
    assert ULID.fullmatch(made["hook"]["id"])
    assert made["hook"] == {**hook, "id": made["hook"]["id"], "position": 0}
    assert await door.ok("GET", f"/hooks/http/{made['hook']['id']}") == made
    assert await door.ok("GET", "/hooks") == {"hooks": {"http": [made["hook"]]}, "file_version": 1, "etag": "file:v1"}
    kept = await door.ok("GET", "/permissions")
    assert (kept["default"], kept["enable_proxy"], kept["groups"]) == ("allow", True, {})
    assert kept["hooks"] == {"http": [{**hook, "id": made["hook"]["id"]}]}


async def test_hooks_go_where_they_are_wanted(door: Door) -> None:
    await add(door, "abc")
    for name, position in [("x", 0), ("y", 2), ("z", 5)]:
        assert (await door.ok("POST", "/hooks/http", {**named(name), "position": position}))["hook"]["position"] == position
    assert await order(door) == "xaybcz"
    assert await door.refused("POST", "/hooks/http", {**PLAIN, "position": 7}) == 400


async def test_a_hook_is_replaced_where_it_stands(door: Door) -> None:
    ids = await add(door, "abc")
    put = await door.ok("PUT", f"/hooks/http/{ids[1]}", {**RICH, "position": 0})
    assert put["hook"] == {**RICH, "id": ids[1], "position": 1}
    put = await door.ok("PUT", f"/hooks/http/{ids[1]}", named("x"))
    assert put["hook"] == {**named("x"), "id": ids[1], "position": 1}
    assert await order(door) == "axc"


@pytest.mark.parametrize(("position", "after"), [(0, "bac"), (1, "abc"), (2, "acb")])
async def test_a_hook_is_moved(door: Door, position: int, after: str) -> None:
    ids = await add(door, "abc")
    moved = await door.ok("PATCH", f"/hooks/http/{ids[1]}/position", {"position": position})
    assert (moved["hook"]["id"], moved["hook"]["position"], moved["file_version"]) == (ids[1], position, 4)
    assert await order(door) == after


@pytest.mark.parametrize("body", [{}, {"position": -1}, {"position": 3}, {"position": "1"}, {"position": 1, "more": 1}])
async def test_a_hook_is_not_moved_to_nowhere(door: Door, body: Any) -> None:
    ids = await add(door, "abc")
    assert await door.refused("PATCH", f"/hooks/http/{ids[1]}/position", body) == 400
    assert await order(door) == "abc"


async def test_hooks_are_removed_one_by_one_or_all_at_once(door: Door) -> None:
    ids = await add(door, "abc")
    assert await door.ok("DELETE", f"/hooks/http/{ids[1]}") == {"file_version": 4, "etag": "file:v4"}
    assert await order(door) == "ac"
    assert await door.ok("DELETE", "/hooks/http") == {"removed": 2, "file_version": 5, "etag": "file:v5"}
    assert (await door.ok("DELETE", "/hooks/http"))["removed"] == 0
    ids = await add(door, "a")
    await door.ok("DELETE", f"/hooks/http/{ids[0]}")
    assert (await door.ok("GET", "/hooks"))["hooks"] == {}


@pytest.mark.parametrize("hook_id", ["0" * 26, "0" * 25, "u" * 26, "A" * 26])
async def test_hooks_that_are_not_there_are_not_found(door: Door, hook_id: str) -> None:
    await add(door, "a")
    status = 404 if ULID.fullmatch(hook_id) else 400
    assert (await door("GET", f"/hooks/http/{hook_id}"))[0] == status
    assert await door.refused("PUT", f"/hooks/http/{hook_id}", PLAIN) == status
    assert await door.refused("DELETE", f"/hooks/http/{hook_id}") == status
    assert await door.refused("PATCH", f"/hooks/http/{hook_id}/position", {"position": 0}) == status


async def test_a_hook_of_another_service_is_not_found(door: Door) -> None:
    ids = await add(door, "a")
    assert (await door("GET", f"/hooks/files/{ids[0]}"))[0] == 404


@pytest.mark.parametrize(
    "facts",
    [
        {"match": None},
        {"match": {"methods": "GET"}},
        {"match": {"method": 1}},
        {"script": {}},
        {"script": {"path": "/p", "exec_id": "e"}},
        {"timeout": 0},
        {"timeout": 30_001},
        {"timeout": None},
        {"applies_to": ["ops"]},
        {"position": -1},
        {"id": "0" * 26},
    ],
)
async def test_a_hook_that_does_not_fit_is_refused(door: Door, facts: dict[str, Any]) -> None:
    assert await door.refused("POST", "/hooks/http", {**PLAIN, **facts}) == 400
    assert await door.refused("PUT", "/permissions", door.whole(hooks={"http": [{**PLAIN, **facts}]})) == 400


@pytest.mark.parametrize("service", ["logs", "proxy", "workspaces", "cdp", "UPPER", "-dash", "s" * 51])
async def test_some_services_take_no_hooks(door: Door, service: str) -> None:
    assert await door.refused("POST", f"/hooks/{service}", PLAIN) == 400
    assert await door.refused("PUT", "/permissions", door.whole(hooks={service: [PLAIN]})) == 400


async def test_there_is_room_for_eight_hooks_of_a_service_and_32_in_all(door: Door) -> None:
    services = ["files", "http", "exec", "ssh"]
    full = {service: [PLAIN] * 8 for service in services}
    for hooks in ({"http": [PLAIN] * 9}, full | {"display": [PLAIN]}):
        assert await door.refused("PUT", "/permissions", door.whole(hooks=hooks)) == 400
    await door.ok("PUT", "/permissions", door.whole(hooks=full))
    status, found = await door("POST", "/hooks/display", PLAIN, 1)
    assert (status, found["error"]) == (409, "PROXY_HOOK_LIMIT")
    await door.ok("PUT", "/permissions", door.whole(hooks={"http": [PLAIN] * 8}))
    assert (await door("POST", "/hooks/http", PLAIN, 2))[0] == 409
    assert (await door("POST", "/hooks/files", PLAIN, 2))[0] == 200


async def test_hooks_of_a_whole_document_get_ids_of_their_own(door: Door) -> None:
    await door.ok("PUT", "/permissions", door.whole(hooks={"http": [PLAIN, RICH], "files": []}))
    hooks = (await door.ok("GET", "/permissions"))["hooks"]
    assert set(hooks) == {"http"}
    ids = {hook.pop("id") for hook in hooks["http"]}
    assert hooks["http"] == [PLAIN, RICH]
    assert len([each for each in ids if ULID.fullmatch(each)]) == 2


@pytest.mark.parametrize(("version", "status"), [(None, 428), ("file:x", 400), (9, 412)])
async def test_hooks_and_settings_need_the_present_version(door: Door, version: Any, status: int) -> None:
    path = f"/hooks/http/{(await add(door, 'a'))[0]}"
    writes: list[tuple[str, str, Any]] = [
        ("POST", "/hooks/http", PLAIN),
        ("PUT", path, PLAIN),
        ("PATCH", f"{path}/position", {"position": 0}),
        ("DELETE", path, None),
        ("DELETE", "/hooks/http", None),
        ("PUT", "/settings", {"default": "deny"}),
    ]
    assert [(await door(*write, version))[0] for write in writes] == [status] * len(writes)
    assert await door.version() == 1


async def test_nothing_to_delete_or_change_makes_no_document(door: Door) -> None:
    assert await door.refused("DELETE", "/hooks/http") == 404
    assert await door.refused("PUT", f"/hooks/http/{'0' * 26}", PLAIN) == 404


async def test_whoever_may_read_only_cannot_change_hooks(caller: Caller, door: Door) -> None:
    ids = await add(door, "a")
    reader = Door(caller.as_(seed.READER), door.path, door.owner)
    assert (await reader("GET", "/hooks"))[0] == 200
    for method, rest, body in [("POST", "", PLAIN), ("DELETE", "", None), ("PUT", f"/{ids[0]}", PLAIN), ("DELETE", f"/{ids[0]}", None)]:
        assert (await reader(method, f"/hooks/http{rest}", body, 1))[0] == 403
    assert (await reader("PUT", "/settings", {"default": "deny"}, 1))[0] == 403


async def test_hooks_and_views_of_others_look_like_none(caller: Caller) -> None:
    stranger = Door(caller, f"/containers/{'9' * 24}", {})
    for rest in ("/hooks", "/hooks/http", "/settings", "/groups", "/services", "/services/http"):
        assert (await stranger("GET", rest))[0] == 404
