"""Commands that are followed and stopped, and a session that asks questions."""

from __future__ import annotations

from hoody_mcp.sandbox import seed

from .conftest import Login


async def test_a_command_is_started_followed_and_read(login: Login) -> None:
    async with login() as user:
        machine = await user.machine(seed.PROJECT, "worker")
        started = await user.result(
            "terminal_execute", container_id=machine, command="echo begun; sleep 1; exit 3", ephemeral=True, wait=False
        )
        follow = {"container_id": machine, "command_id": started["command_id"]}
        states = await user.until("status", "completed", "terminal_result", **follow)
        assert states == ["running", "completed"]
        ended = await user("terminal_result", **follow)
        assert (ended["result"]["stdout"].strip(), ended["result"]["exit_code"]) == ("begun", 3)
        assert "exit code 3" in " ".join(ended["notes"])


async def test_a_command_that_hangs_is_stopped(login: Login) -> None:
    async with login() as user:
        machine = await user.machine(seed.PROJECT, "hanging")
        started = await user.result("terminal_execute", container_id=machine, command="sleep 600", ephemeral=True, wait=False)
        await user("terminal_abort", container_id=machine, command_id=started["command_id"])
        ended = await user.result("terminal_result", container_id=machine, command_id=started["command_id"])
        assert ended["status"] != "running"
        assert "409" in await user.refused("terminal_abort", container_id=machine, command_id=started["command_id"])


async def test_a_program_that_asks_gets_its_answer(login: Login) -> None:
    async with login() as user:
        machine = await user.machine(seed.PROJECT, "talking")
        session = {"container_id": machine, "terminal_id": "7"}
        await user("terminal_sessions_create", **session)
        await user("terminal_write", **session, input='read -p "Name? " NAME; echo "Hello, $NAME"')
        asked = await user.result("terminal_wait", **session, mode="regex", pattern=r"Name\? $", timeout_ms=5000)
        assert "Name?" in str(asked)
        await user("terminal_paste", **session, text="Ada")
        await user("terminal_press", **session, keys=["enter"])
        await user("terminal_wait", **session, mode="regex", pattern="Hello, Ada", timeout_ms=5000)
        assert "Hello, Ada" in str(await user.result("terminal_snapshot", **session))
        await user.confirmed("terminal_sessions_delete", **session)
        assert [found for found in await user.items("terminal_sessions_list", container_id=machine) if str(found.get("id")) == "7"] == []
