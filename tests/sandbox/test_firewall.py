"""Firewalls of containers in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.firewall import allows
from hoody_mcp.sandbox.state import World

from .conftest import Caller

WEB = {"action": "allow", "protocol": "tcp", "destination_port": "80,443", "source": "10.77.0.0/24", "description": "web from inside"}
REST = {"action": "drop", "protocol": "tcp", "destination_port": "1-65535", "description": "nothing else"}


@pytest.fixture
def path(running: dict[str, Any]) -> str:
    return f"/containers/{running['id']}/firewall"


async def test_answers_have_the_fields_of_the_reference(caller: Caller, path: str) -> None:
    stored = WEB | {"state": "enabled"}
    assert await caller.ok("POST", f"{path}/ingress", WEB) == stored
    listed = await caller.ok("GET", f"{path}/rules")
    assert set(listed) == {"ingress", "egress", "rule_count", "byte_count", "max_rules", "max_bytes"}
    assert (listed["ingress"], listed["egress"], listed["rule_count"]) == ([stored | {"direction": "ingress"}], [], 1)
    off = await caller.ok("PATCH", f"{path}/ingress", {"state": "disabled", "protocol": "tcp"})
    assert off == {"direction": "ingress", "new_state": "disabled", "updated": stored | {"state": "disabled"}}
    gone = await caller.ok("DELETE", f"{path}/ingress", {"description": "web from inside"})
    assert gone == {"direction": "ingress", "removed_count": 1, "removed": [stored | {"state": "disabled"}]}
    assert await caller.ok("POST", f"{path}/reset") == {"rules": {"ingress": [], "egress": []}}


async def test_the_first_rule_that_matches_decides(caller: Caller, running: dict[str, Any], path: str, world: World) -> None:
    def reachable() -> list[bool]:
        box = world.containers[running["id"]]
        tries = [("10.77.0.9", "tcp", 80), ("10.78.0.9", "tcp", 80), ("10.77.0.9", "tcp", 22), ("10.77.0.9", "udp", 22)]
        return [allows(box, address, protocol, port) for address, protocol, port in tries]

    assert reachable() == [True, True, True, True]
    await caller.ok("POST", f"{path}/ingress", WEB)
    await caller.ok("POST", f"{path}/ingress", REST)
    assert reachable() == [True, False, False, True]
    await caller.ok("PATCH", f"{path}/ingress", {"state": "disabled", "action": "allow"})
    assert reachable() == [False, False, False, True]
    await caller.ok("DELETE", f"{path}/ingress", {"all": True})
    await caller.ok("POST", f"{path}/ingress", REST)
    await caller.ok("POST", f"{path}/ingress", WEB)
    assert reachable() == [False, False, False, True]
    await caller.ok("POST", f"{path}/reset")
    assert reachable() == [True, True, True, True]


async def test_icmp_has_no_ports(caller: Caller, running: dict[str, Any], path: str, world: World) -> None:
    await caller.ok("POST", f"{path}/ingress", {"action": "reject", "protocol": "icmp4", "icmp_type": "8", "description": "no ping"})
    assert not allows(world.containers[running["id"]], "10.77.0.9", "icmp4", 0)


async def test_a_rule_is_stored_once(caller: Caller, path: str) -> None:
    status, _ = await caller("POST", f"{path}/ingress", REST)
    again, found = await caller("POST", f"{path}/ingress", REST | {"description": "twice"})
    assert (status, again, found["data"]["duplicate_of"]) == (201, 200, {"direction": "ingress", "index": 0})
    assert (await caller.ok("GET", f"{path}/rules"))["rule_count"] == 1


async def test_a_removal_takes_the_first_match_or_all(caller: Caller, path: str) -> None:
    for port in ("22", "23", "24"):
        await caller.ok("POST", f"{path}/egress", {**REST, "destination_port": port, "destination": "0.0.0.0/0"})
    off = await caller.ok("PATCH", f"{path}/egress", {"state": "disabled", "destination_port": "24"})
    assert off["updated"]["destination_port"] == "24"
    first = await caller.ok("DELETE", f"{path}/egress", {"action": "drop"})
    assert [rule["destination_port"] for rule in first["removed"]] == ["22"]
    assert (await caller.ok("DELETE", f"{path}/egress", {"action": "drop", "all": True}))["removed_count"] == 2


@pytest.mark.parametrize(
    ("direction", "change", "place"),
    [
        ("ingress", {"description": None}, "/description"),
        ("ingress", {"action": "deny"}, "/action"),
        ("ingress", {"protocol": "icmp"}, "/protocol"),
        ("ingress", {"destination_port": 80}, "/destination_port"),
        ("ingress", {"destination_port": ""}, "/destination_port"),
        ("ingress", {"destination_port": "90-80"}, "/destination_port"),
        ("ingress", {"destination_port": "70000"}, "/destination_port"),
        ("ingress", {"source_port": "0"}, "/source_port"),
        ("ingress", {"source": "web"}, "/source"),
        ("ingress", {"source": "10.0.0.0/40"}, "/source"),
        ("ingress", {"destination": "10.0.0.1"}, "/destination"),
        ("egress", {"source": "10.0.0.1"}, "/source"),
        ("egress", {"destination": "web"}, "/destination"),
        ("egress", {"state": "on"}, "/state"),
    ],
)
async def test_what_cannot_be_a_rule_is_refused_by_field(caller: Caller, path: str, direction: str, change: Any, place: str) -> None:
    status, found = await caller("POST", f"{path}/{direction}", REST | change)
    assert (status, found["data"][0]["instancePath"]) == (400, place)


@pytest.mark.parametrize("missing", ["action", "protocol", "description", "destination_port"])
async def test_a_rule_is_complete(caller: Caller, path: str, missing: str) -> None:
    body = {name: value for name, value in REST.items() if name != missing}
    assert (await caller("POST", f"{path}/ingress", body))[0] == 400


@pytest.mark.parametrize(
    ("method", "direction", "body", "status"),
    [
        ("DELETE", "ingress", {}, 400),
        ("DELETE", "ingress", {"all": False}, 400),
        ("DELETE", "ingress", {"destination": "10.0.0.1"}, 400),
        ("DELETE", "ingress", {"protocol": "udp"}, 404),
        ("DELETE", "sideways", {"all": True}, 400),
        ("PATCH", "ingress", {"action": "drop"}, 400),
        ("PATCH", "ingress", {"state": "disabled"}, 400),
        ("PATCH", "ingress", {"state": "disabled", "protocol": "udp"}, 404),
    ],
)
async def test_it_is_clear_which_rule_is_meant(  # noqa: PLR0913, PLR0917 - a case, and what it is tried on
    caller: Caller, path: str, method: str, direction: str, body: Any, status: int
) -> None:
    await caller.ok("POST", f"{path}/ingress", REST)
    assert (await caller(method, f"{path}/{direction}", body))[0] == status
    assert (await caller.ok("GET", f"{path}/rules"))["ingress"][0]["state"] == "enabled"


async def test_there_is_an_end_to_rules(caller: Caller, path: str) -> None:
    for port in range(1, 101):
        await caller.ok("POST", f"{path}/ingress", REST | {"destination_port": str(port)})
    assert (await caller("POST", f"{path}/ingress", REST))[0] == 409


async def test_rules_wait_for_a_container_that_is_on_its_way(caller: Caller, running: dict[str, Any], path: str) -> None:
    await caller.ok("POST", f"/containers/{running['id']}/restart")
    assert (await caller("POST", f"{path}/ingress", REST))[1]["error"] == "OPERATION_STATE_CONFLICT"


async def test_a_reader_only_reads(caller: Caller, path: str) -> None:
    reader = caller.as_(seed.READER)
    await reader.ok("GET", f"{path}/rules")
    assert (await reader("POST", f"{path}/ingress", REST))[0] == 403
