"""How a container's traffic leaves, and directories that containers share."""

from __future__ import annotations

from hoody_mcp.sandbox import seed

from .conftest import Login

PROXY = {"type": "socks5", "proxy": "socks5://me:s3cret@proxy.example.com:1080", "country": "NL"}


async def test_traffic_is_led_through_a_proxy_cut_and_set_free(login: Login) -> None:
    async with login() as user:
        box = {"container_id": await user.machine(seed.PROJECT, "behind-a-proxy")}
        outside = "nc -z shop.example.com 443"
        preview = await user("network_update", **box, **PROXY)
        assert "s3cret" not in str(preview)
        assert preview["traffic leaves"]["then"] == "through the socks5 proxy proxy.example.com:1080"
        await user("network_update", **box, **PROXY, confirm=preview["confirm"])
        assert (await user.result("network_get", **box))["status"] == "configured"
        await user.confirmed("network_start", **box)
        await user.until("status", "running", "network_get", **box)
        assert (await user.run(box["container_id"], outside))["exit_code"] == 0

        await user.confirmed("network_update", **box, type="block")
        await user.confirmed("network_start", **box)
        await user.until("status", "running", "network_get", **box)
        assert (await user.run(box["container_id"], outside))["exit_code"] != 0

        stopped = await user.confirmed("network_stop", **box)
        assert stopped["put_back"]["calls"] == [{"tool": "network_start", "arguments": box}]
        assert (await user.run(box["container_id"], outside))["exit_code"] == 0
        await user.confirmed("network_delete", **box)
        assert (await user.result("network_get", **box))["configured"] is False


async def test_a_directory_is_shared_seen_by_its_target_and_taken(login: Login) -> None:
    async with login() as user:
        giver, taker = [await user.machine(seed.PROJECT, name) for name in ("giver", "taker")]
        share = await user.result(
            "storage_shares_create",
            container_id=giver,
            source_path="/srv/data",
            mode="readonly",
            target_container_id=taker,
            alias="data-17",
        )
        (incoming,) = await user.items("storage_shares_list_incoming", container_id=taker)
        assert (incoming["id"], incoming["mode"]) == (share["id"], "readonly")
        for mount in (True, False):
            told = await user.result("storage_shares_mount", container_id=taker, share_id=share["id"], mount=mount)
            assert told["override"]["mount"] is mount
        preview = await user("storage_shares_delete", share_id="data-17")
        assert "/srv/data" in str(preview["share"])
        await user("storage_shares_delete", share_id="data-17", confirm=preview["confirm"])
        assert await user.items("storage_shares_list_incoming", container_id=taker) == []
