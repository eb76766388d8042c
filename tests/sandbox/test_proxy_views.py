"""What proxy permissions come to, in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Caller
from .proxy import PASSWORD, Door, of_container

NOTHING = {"file_version": 0, "etag": "file:v0"}


@pytest.fixture
def door(caller: Caller, running: dict[str, Any]) -> Door:
    return of_container(caller, running)


async def test_without_a_document_everything_is_open_and_empty(door: Door) -> None:
    assert await door.ok("GET", "/settings") == {"enable_proxy": True, "default": "allow", **NOTHING}
    assert await door.ok("GET", "/groups") == {"groups": [], **NOTHING}
    assert await door.ok("GET", "/services") == {"services": [], **NOTHING}
    assert await door.ok("GET", "/services/http") == {
        "service": "http",
        "is_reject_listed": False,
        "permissions_raw": {},
        "hooks": [],
        "effective_default": "allow",
        **NOTHING,
    }


async def test_views_tell_what_the_document_says(door: Door) -> None:
    await door.ok("PUT", "/permissions/groups/ops/password", PASSWORD)
    await door.ok("PUT", "/permissions/groups/office/ip", {"range": "10.0.0.0/8"})
    await door.grant("ops", "terminal")
    await door.grant("office", "terminal", [1, 2])
    hook = (await door.ok("POST", "/hooks/http", {"match": {}, "script": {"path": "/p"}}))["hook"]
    version = {"file_version": 5, "etag": "file:v5"}
    assert await door.ok("GET", "/groups") == {
        "groups": [{"name": "ops", "auth_rule_count": 1}, {"name": "office", "auth_rule_count": 1}],
        **version,
    }
    assert await door.ok("GET", "/services") == {"services": ["http", "terminal"], **version}
    assert (await door.ok("GET", "/services/terminal"))["permissions_raw"] == {"ops": True, "office": [1, 2]}
    assert (await door.ok("GET", "/services/http"))["hooks"] == [hook]
    assert (await door.ok("GET", "/services/logs"))["is_reject_listed"] is True


async def test_settings_change_one_by_one_or_together(door: Door) -> None:
    assert await door.ok("PUT", "/settings", {"default": "deny"}) == {
        "enable_proxy": True,
        "default": "deny",
        "file_version": 1,
        "etag": "file:v1",
    }
    changed = await door.ok("PUT", "/settings", {"enable_proxy": False})
    assert (changed["enable_proxy"], changed["default"], changed["file_version"]) == (False, "deny", 2)
    assert (await door.ok("GET", "/services/http"))["effective_default"] == "deny"
    changed = await door.ok("PUT", "/settings", {"enable_proxy": True, "default": "allow"})
    assert await door.ok("GET", "/settings") == changed == {"enable_proxy": True, "default": "allow", "file_version": 3, "etag": "file:v3"}


@pytest.mark.parametrize("body", [{}, {"default": None}, {"default": "open"}, {"enable_proxy": "no"}, {"default": "deny", "more": 1}])
async def test_settings_that_do_not_fit_are_refused(door: Door, body: Any) -> None:
    assert await door.refused("PUT", "/settings", body) == 400


async def test_names_of_services_are_checked(door: Door) -> None:
    assert (await door("GET", "/services/No"))[0] == 400
