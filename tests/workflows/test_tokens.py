"""Tokens that are rotated without a gap, and tokens that may do little."""

from __future__ import annotations

from hoody_mcp.sandbox import seed

from .conftest import Login


async def test_a_token_is_rotated_without_a_gap(login: Login) -> None:
    async with login() as owner:
        old = await owner.result("auth_tokens_create", alias="ci", permission_template="full_access")
    async with login(HOODY_TOKEN=old["token"]) as user:
        new = await user.result("auth_tokens_copy", token_id=old["id"])
        assert new["token"] != old["token"]
    async with login(HOODY_TOKEN=new["token"]) as user:
        assert (await user.result("auth_tokens_get_current"))["token"]["id"] == new["id"]
        preview = await user("auth_tokens_delete", token_id=old["id"])
        assert "ci" in str(preview)
        await user("auth_tokens_delete", token_id=old["id"], confirm=preview["confirm"])
        assert old["id"] not in [token["id"] for token in await user.items("auth_tokens_list")]
    async with login(HOODY_TOKEN=old["token"]) as user:
        assert "401" in await user.refused("projects_list")


async def test_an_agents_token_works_in_its_realm_and_nowhere_else(login: Login) -> None:
    async with login() as owner:
        inside = await owner.result("projects_create", alias="for-agents", realm_ids=[seed.REALM])
        made = await owner.result(
            "auth_tokens_create",
            alias="agent",
            realm_ids=[seed.REALM],
            allow_no_realm=False,
            ip_whitelist=["127.0.0.0/8"],
            permissions={"projects": {"read": True}, "containers": {"read": True, "create": True}},
        )
    async with login(HOODY_TOKEN=made["token"]) as agent:
        listed = await agent("projects_list")
        assert [project["id"] for project in listed["items"]] == [inside["id"]]
        assert listed["target"] == {"realm": {"id": seed.REALM}}
        assert "404" in await agent.refused("projects_get", project_id=seed.PROJECT)
        assert "projects.create" in await agent.refused("projects_create", alias="more")
    async with login(HOODY_TOKEN=made["token"], HOODY_REALM=seed.OTHER_REALM) as agent:
        assert seed.REALM in await agent.refused("projects_list")
