"""What tests share: a stand-in for Hoody, and an MCP client that is connected to the server through it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import stamina
from mcp import Client

from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .upstream import Upstream

CANARY = "hdy_canary0123456789abcdef_c4n4ry"
Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("HOODY_"):
            monkeypatch.delenv(name)


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


@pytest.fixture
def no_repeats() -> Generator[None]:
    """Let every request be sent once, whatever its answer."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def connect(upstream: Upstream) -> Connect:
    """Connect a client to a server: `async with connect(read_only=True) as client`."""

    @asynccontextmanager
    async def connected(mode: str = "auto", **flags: Any) -> AsyncGenerator[Client]:
        settings = Settings.load(**{"token": CANARY, **flags})
        async with Client(create_server(settings, upstream.transport), mode=mode) as client:  # pyright: ignore[reportArgumentType]
            yield client

    return connected
