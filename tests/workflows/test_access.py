"""Who may reach what: machines that are locked down, colleagues that are let in, and tokens that may do little."""

from __future__ import annotations

import httpx2

from hoody_mcp.sandbox import seed

from .conftest import Login, User


def visit(hoody: dict[str, str], container_id: str, service: str = "terminal", **login: tuple[str, str]) -> int:
    """Open a service's health page as somebody from outside; gives the status."""
    values = {
        "{project_id}": seed.PROJECT,
        "{container_id}": container_id,
        "{service}": service,
        "{index}": "1",
        "{server}": seed.SERVER_NAME,
    }
    address = hoody["HOODY_KIT_URL"]
    for name, value in values.items():
        address = address.replace(name, value)
    return httpx2.get(f"{address}/api/v1/{service}/health", trust_env=False, **login).status_code  # pyright: ignore[reportArgumentType]


async def test_a_database_is_locked_down_and_only_the_team_gets_in(login: Login, hoody: dict[str, str]) -> None:
    async with login() as user:
        box = await user.machine(seed.PROJECT, "database-15")
        back = await user.machine(seed.PROJECT, "backend-15")
        address = {machine: (await user.output(machine, "hostname -I")).split()[0] for machine in (box, back)}
        rule = {"container_id": box, "protocol": "tcp", "destination_port": "5432"}
        await user("firewall_ingress_create", **rule, action="allow", source=f"{address[back]}/32", description="back end")
        await user("firewall_ingress_create", **rule, action="drop", source="0.0.0.0/0", description="nobody else")
        other = await user.machine(seed.PROJECT, "elsewhere-15")
        assert [(await user.run(each, f"nc -z {address[box]} 5432"))["exit_code"] for each in (back, other)] == [0, 1]

        assert visit(hoody, box) == 200
        alice = {"username": "alice", "password": "let me in", "salt": "s"}
        await user.confirmed("proxy_group_set_password", container_id=box, group="team", **alice)
        await user.confirmed("proxy_grant_set", container_id=box, group="team", program="terminal", access="true")
        preview = await user("proxy_default_set", container_id=box, default="deny")
        assert preview["who gets in"]["before"] == ["group team (password alice): terminal all", "everybody else: let in"]
        assert preview["who gets in"]["after"] == ["group team (password alice): terminal all", "everybody else: refused"]
        assert "this server included" in preview["warning"]
        done = await user("proxy_default_set", container_id=box, default="deny", confirm=preview["confirm"])

        assert [visit(hoody, box), visit(hoody, box, auth=("alice", "let me in")), visit(hoody, box, auth=("alice", "wrong"))] == [
            401,
            200,
            401,
        ]
        assert visit(hoody, box, "files", auth=("alice", "let me in")) == 401
        assert "proxy permissions ask for a login" in await user.refused("terminal_execute", container_id=box, command="true")

        (step,) = done["put_back"]["calls"]
        await user.confirmed(step["tool"], **step["arguments"])
        assert visit(hoody, box) == 200
        assert await user.output(box, "echo in again") == "in again"


async def test_it_is_found_out_why_a_colleague_gets_403(login: Login, hoody: dict[str, str]) -> None:
    async with login() as user:
        box = await user.machine(seed.PROJECT, "for-colleagues")
        await user.confirmed("proxy_group_set_ip", container_id=box, group="office", range="198.51.100.0/24")
        await user.confirmed("proxy_grant_set", container_id=box, group="office", program="files", access="true")
        await user.confirmed("proxy_default_set", container_id=box, default="deny")
        assert visit(hoody, box) == 403

        found = await user.result("proxy_services_get", container_id=box, service="terminal")
        assert (found["effective_default"], found["permissions_raw"]) == ("deny", {})
        assert (await user.result("proxy_settings_get", container_id=box))["enable_proxy"] is True
        assert [group["name"] for group in await user.items("proxy_groups_list", container_id=box)] == ["office"]

        await user.confirmed("proxy_group_set_ip", container_id=box, group="colleague", range="127.0.0.0/8")
        await user.confirmed("proxy_grant_set", container_id=box, group="colleague", program="terminal", access="true")
        assert [visit(hoody, box), visit(hoody, box, "files")] == [200, 403]


async def test_a_clients_token_reads_in_its_realm_and_is_proved_to_write_nothing(login: Login) -> None:
    async with login() as owner:
        shared = await owner.result("projects_create", alias="for-the-client", realm_ids=[seed.REALM])
        made = await owner.result(
            "auth_tokens_create",
            alias="client",
            permission_template="read_only",
            realm_ids=[seed.REALM],
            allow_no_realm=False,
            expires_at="tomorrow",
        )
    async with login(HOODY_TOKEN=made["token"]) as client:
        assert shared["id"] in [project["id"] for project in await client.items("projects_list")]
        rights = await client.result("auth_tokens_get_current")
        assert rights["restrictions"]["allowed_realm_ids"] == [seed.REALM]
        tried = {
            "projects_create": {"alias": "mine"},
            "projects_update": {"project_id": shared["id"], "alias": "renamed"},
            "proxy_aliases_create": {"container_id": "a" * 24, "program": "http", "port": 80},
            "auth_tokens_create": {"alias": "more"},
        }
        for tool, arguments in tried.items():
            assert "403" in await client.refused(tool, **arguments), tool
        preview = await client("projects_delete", project_id=shared["id"])
        assert "403" in await client.refused("projects_delete", project_id=shared["id"], confirm=preview["confirm"])
    async with login() as owner:
        assert (await owner.result("projects_get", project_id=shared["id"]))["alias"] == "for-the-client"


async def test_a_leaked_vault_key_is_rotated(login: Login) -> None:
    async with login() as owner:
        made = await owner.result("auth_tokens_create", alias="no-keeper", permission_template="full_access")
    async with login(HOODY_TOKEN=made["token"]) as other:
        assert "no vault access" in await other.refused("vault_keys_list")
    async with login() as user:
        await user("vault_keys_set", key="stripe", value="sk_live_leaked")
        assert "stripe exists already" in await user.refused("vault_keys_set", key="stripe", value="sk_live_new")
        done = await user("vault_keys_set", key="stripe", value="sk_live_new", overwrite=True)
        assert "sk_live" not in str(done)
        assert (await user.result("vault_keys_get", key="stripe"))["value"] == "[masked]"
        assert (await user.result("vault_keys_get", key="stripe", reveal=True))["value"] == "sk_live_new"
        await user.confirmed("vault_keys_delete", key="stripe")
        assert "stripe" not in [entry["key"] for entry in await user.items("vault_keys_list")]


async def test_a_second_user_is_invited_to_a_pool(login: Login) -> None:
    async def role(user: User, pool_id: str) -> list[tuple[str, str]]:
        return [(member["user"]["username"], member["role"]) for member in (await user.result("pools_get", pool_id=pool_id))["members"]]

    async with login() as owner, login(HOODY_TOKEN=seed.STRANGERS) as friend:
        pool = await owner.result("pools_create", name="shared-machines")
        await owner("pools_members_invite", pool_id="shared-machines", username="stranger", role="user")
        (waiting,) = await friend.items("pools_invitations_list")
        assert pool["id"] in str(waiting)
        await friend("pools_invitations_accept", pool_id=pool["id"])
        assert ("stranger", "user") in await role(owner, pool["id"])
        members = (await owner.result("pools_get", pool_id=pool["id"]))["members"]
        (his,) = [member["user"]["id"] for member in members if member["user"]["username"] == "stranger"]
        await owner("pools_members_update_role", pool_id=pool["id"], user_id=his, role="admin")
        assert ("stranger", "admin") in await role(friend, pool["id"])
        preview = await owner("pools_members_remove", pool_id=pool["id"], user_id=his)
        assert "stranger" in str(preview["member"])
        await owner("pools_members_remove", pool_id=pool["id"], user_id=his, confirm=preview["confirm"])
        assert await friend.refused("pools_get", pool_id=pool["id"])
