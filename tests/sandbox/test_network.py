"""The network setting of containers in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed

from .conftest import Caller, Clock

PROXY = "socks5://proxy.example.com:1080"
SETTING = {"type": "socks5", "proxy": "socks5://me:secret@proxy.example.com:1080", "country": "DE"}  # pragma: allowlist secret
STORED = {"container_id", "type", "proxy", "credentials_configured", "country", "dns_servers", "status", "configured_at"}


@pytest.fixture
def path(running: dict[str, Any]) -> str:
    return f"/containers/{running['id']}/network"


async def test_answers_have_the_fields_of_the_reference(caller: Caller, running: dict[str, Any], path: str) -> None:
    assert await caller.ok("GET", path) == {"container_id": running["id"], "configured": False}
    stored = await caller.ok("PUT", path, SETTING)
    assert (set(stored), stored["dns_servers"], stored["status"]) == (STORED, ["1.1.1.1", "8.8.8.8"], "configured")
    shown = await caller.ok("GET", path)
    assert set(shown) == STORED | {"configured", "last_status_check", "remote_status"}
    assert set(shown["remote_status"]) == {"is_running", "last_check"}
    for step in ("start", "stop"):
        assert set(await caller.ok("POST", f"{path}/{step}")) == {"container_id", "status", "is_running", "last_check"}


async def test_a_stored_setting_is_applied_by_a_start_and_kept_by_a_stop(caller: Caller, path: str, clock: Clock) -> None:
    await caller.ok("PUT", path, SETTING)
    clock.wait(60)
    seen = [(await caller.ok("GET", path))["status"], (await caller.ok("POST", f"{path}/start"))["status"]]
    clock.wait(1)
    found = await caller.ok("GET", path)
    assert [*seen, found["status"], found["remote_status"]["is_running"]] == ["configured", "configured", "running", True]
    assert (await caller.ok("POST", f"{path}/start"))["status"] == "running"
    assert (await caller.ok("POST", f"{path}/stop"))["status"] == "stopped"
    assert (await caller.ok("GET", path))["proxy"] == PROXY
    assert (await caller("DELETE", path))[1]["data"] is None
    assert (await caller.ok("GET", path))["configured"] is False


async def test_credentials_are_never_shown_and_stay_with_their_proxy(caller: Caller, path: str) -> None:
    stored = await caller.ok("PUT", path, SETTING)
    assert (stored["proxy"], stored["credentials_configured"]) == (PROXY, True)
    assert (await caller.ok("PUT", path, {"type": "socks5", "proxy": PROXY}))["credentials_configured"]
    other = await caller.ok("PUT", path, {"type": "socks5", "proxy": PROXY.replace("1080", "1081")})
    assert not other["credentials_configured"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "vpn"},
        {"type": "socks5"},
        {"type": "http", "proxy": PROXY},
        {"type": "socks5", "proxy": "socks5://"},
        {"type": "socks5", "proxy": "socks5://[x"},
        {"type": "socks5", "proxy": "socks5://host:99999"},
        {"type": "block", "dns_servers": ["1.1.1.1"] * 5},
        {"type": "block", "dns_servers": ["dns.example.com"]},
        {"type": "block", "more": 1},
    ],
)
async def test_what_cannot_be_a_setting_is_refused(caller: Caller, path: str, body: Any) -> None:
    assert (await caller("PUT", path, body))[0] == 400
    assert (await caller.ok("GET", path))["configured"] is False


async def test_only_a_setting_of_a_running_container_is_switched(caller: Caller, running: dict[str, Any], path: str) -> None:
    assert [(await caller("POST", f"{path}/{step}"))[0] for step in ("start", "stop")] == [404, 404]
    await caller.ok("PUT", path, {"type": "block"})
    await caller.ok("POST", f"/containers/{running['id']}/stop")
    assert (await caller("POST", f"{path}/start"))[1]["error"] == "OPERATION_STATE_CONFLICT"


async def test_a_reader_only_reads(caller: Caller, path: str) -> None:
    reader = caller.as_(seed.READER)
    await reader.ok("GET", path)
    assert (await reader("PUT", path, {"type": "block"}))[0] == 403
