"""Proxies of the environment: plain http goes to this machine only, and stays on it."""

from __future__ import annotations

import pytest
from mcp import Client

from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .conftest import CANARY
from .upstream import Upstream, on_loopback


async def test_this_machine_is_never_reached_through_a_proxy(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Upstream()
    with on_loopback(upstream) as settings, on_loopback(proxy) as elsewhere:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere["HOODY_BASE_URL"])
        monkeypatch.delenv("NO_PROXY", raising=False)
        server = create_server(Settings.load(token=CANARY, base_url=settings["HOODY_BASE_URL"]))
        async with Client(server) as client:
            await client.call_tool("projects_list", {})
    assert (len(upstream.sent), proxy.sent) == (1, [])
