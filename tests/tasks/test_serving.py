"""What the sandbox's shell serves is listed as a port for as long as it runs."""

from __future__ import annotations

import pytest

from tests.fast_loop import at_once

from .script import Stage, new_stage

SERVE = "python3 -m http.server"


async def ports(stage: Stage) -> list[int]:
    found = (await stage.do("terminal_ports", container_id="web", skip_program="sshd", http_only=True))["items"]
    return [port["port"] for port in found if port["program"] == "python3"]


@pytest.mark.parametrize(
    ("command", "port"),
    [(SERVE, 8000), (f"{SERVE} 8080", 8080), (f"{SERVE} 81 --directory /etc", 81), (f"cd /tmp && {SERVE} --directory ../etc 82", 82)],
)
@at_once
async def test_a_server_listens_until_it_is_ended(command: str, port: int) -> None:
    async with new_stage() as stage:
        await stage.project("shop", "web")
        begun = await stage.do("terminal_execute", container_id="web", command=command, ephemeral=True, wait=False)
        assert await ports(stage) == [port]
        await stage.do("terminal_abort", container_id="web", command_id=begun["result"]["command_id"])
        assert await ports(stage) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("python3 -c pass", 127),
        ("python3", 127),
        (f"{SERVE} 80 81", 2),
        (f"{SERVE} none", 2),
        (f"{SERVE} 65536", 2),
        (f"{SERVE} --directory", 2),
        (f"{SERVE} --directory /nowhere", 1),
    ],
)
@at_once
async def test_what_cannot_be_served_ends_at_once(command: str, code: int) -> None:
    async with new_stage() as stage:
        await stage.project("shop", "web")
        assert (await stage.run("web", command))["exit_code"] == code
        assert await ports(stage) == []


@at_once
async def test_a_server_ends_with_its_machine() -> None:
    async with new_stage() as stage:
        await stage.project("shop", "web")
        await stage.do("terminal_execute", container_id="web", command=SERVE, terminal_id="1", wait=False)
        await stage.do("containers_power", container_id="web", operation="restart")
        await stage.do("hoody_wait", name="containers_get", arguments={"container_id": "web"}, until=["running"])
        assert await ports(stage) == []
