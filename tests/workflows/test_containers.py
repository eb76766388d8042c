"""From an empty account to machines that serve a client, change safely, and are copied."""

from __future__ import annotations

import pytest

from hoody_mcp.sandbox import seed

from .conftest import Login


async def test_who_am_i_and_what_do_i_have(login: Login) -> None:
    async with login() as user:
        me = await user.result("auth_tokens_get_current")
        assert me["restrictions"]["requires_realm_scope"] is False
        (rental,) = await user.items("rentals_list")
        assert rental["server_id"] != rental["id"]
        assert [project["is_default"] for project in await user.items("projects_list")] == [True]


async def test_a_client_project_with_front_end_back_end_and_a_guarded_database(login: Login) -> None:
    async with login() as user:
        project = await user.result("projects_create", alias="client-acme", color="#FF8800", max_containers=3)
        front, back, database = [
            await user.machine(project["id"], name, hoody_kit=True, dev_kit=name != "database")
            for name in ("frontend", "backend", "database")
        ]
        assert "409" in await user.refused("containers_create", project_id=project["id"], server_id=seed.SERVER, name="one-too-many")

        alias = await user.result("proxy_aliases_create", container_id=front, alias="acme", program="http", port=3000)
        listed = (await user("proxy_aliases_list", container_id=front))["items"]
        assert [(found["id"], found["alias"], found["program"]) for found in listed] == [(alias["id"], "acme", "http")]

        address = {machine: (await user.output(machine, "hostname -I")).split()[0] for machine in (front, back, database)}
        knock = f"nc -z {address[database]} 5432"
        assert [(await user.run(machine, knock))["exit_code"] for machine in (front, back)] == [0, 0]

        rule = {"container_id": database, "protocol": "tcp", "destination_port": "5432"}
        await user.result(
            "firewall_ingress_create", **rule, action="allow", source=f"{address[back]}/32", description="Back end to database"
        )
        await user.result("firewall_ingress_create", **rule, action="drop", source="0.0.0.0/0", description="Nobody else")
        rules = (await user.result("firewall_list", container_id=database))["ingress"]
        assert [(found["action"], found["source"]) for found in rules] == [("allow", f"{address[back]}/32"), ("drop", "0.0.0.0/0")]
        assert [(await user.run(machine, knock))["exit_code"] for machine in (front, back)] == [1, 0]

        preview = await user("projects_delete", project_id=project["id"])
        assert preview["containers lost"]["count"] == 3
        await user("projects_delete", project_id=project["id"], confirm=preview["confirm"])
        assert "404" in await user.refused("containers_get", container_id=database)


async def test_a_new_container_takes_its_first_command_once_it_runs(login: Login) -> None:
    async with login() as user:
        made = await user.result("containers_create", project_id=seed.PROJECT, server_id=seed.SERVER, name="fresh")
        assert await user.until("status", "running", "containers_get", container_id=made["id"]) == ["creating", "running"]
        assert await user.output(made["id"], "echo first >> /tmp/log; cat /tmp/log") == "first"


async def test_a_command_waits_for_a_container_that_is_still_being_made(login: Login) -> None:
    async with login() as user:
        made = await user.result("containers_create", project_id=seed.PROJECT, server_id=seed.SERVER, name="hasty")
        assert await user.output(made["id"], "echo first >> /tmp/log; cat /tmp/log") == "first"
        await user.confirmed("containers_power", container_id=made["id"], operation="stop")
        assert "containers_power (operation=start)" in await user.refused(
            "terminal_execute", container_id=made["id"], command="true", ephemeral=True
        )


async def test_a_risky_change_is_taken_back(login: Login) -> None:
    async with login() as user:
        machine = await user.machine(seed.PROJECT, "risky")
        await user("files_put", container_id=machine, path="/home/user/config", text="good")
        made = (await user.result("snapshots_create", container_id=machine, alias="before"))["snapshot"]
        await user("files_put", container_id=machine, path="/home/user/config", text="bad", overwrite=True)
        assert await user.output(machine, "cat /home/user/config") == "bad"

        await user.confirmed("snapshots_restore", container_id=machine, name=made["name"])
        await user.until("status", "running", "containers_get", container_id=machine)
        assert await user.output(machine, "cat /home/user/config") == "good"

        await user.confirmed("snapshots_delete", container_id=machine, name=made["name"])
        assert await user.items("snapshots_list", container_id=machine) == []


async def test_a_copy_follows_its_source_when_synced(login: Login) -> None:
    async with login() as user:
        source = await user.machine(seed.PROJECT, "source")
        await user("files_put", container_id=source, path="/home/user/data", text="one")
        copied = await user.result("containers_copy", container_id=source, target_project_id=seed.PROJECT, name="fork")
        states = await user.until("status", "running", "containers_get", container_id=copied["id"])
        assert states == ["copying", "running"]
        assert await user.output(copied["id"], "cat /home/user/data") == "one"

        await user("files_put", container_id=source, path="/home/user/data", text="two", overwrite=True)
        await user.confirmed("containers_sync", container_id=copied["id"])
        await user.until("status", "running", "containers_get", container_id=copied["id"])
        assert await user.output(copied["id"], "cat /home/user/data") == "two"
        with pytest.raises(AssertionError, match="CONTAINER_NOT_COPIED"):
            await user.confirmed("containers_sync", container_id=source)
