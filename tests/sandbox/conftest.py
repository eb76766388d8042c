"""What the sandbox's own tests share: a world whose clock only moves when told, and HTTP clients of it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from hoody_mcp.jsons import as_object
from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.places import API, DOMAIN
from hoody_mcp.sandbox.state import World


@dataclass
class Clock:
    """Time that a test moves."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Caller:
    """Sends requests as somebody: `await caller("POST", "/projects/", {...})` gives status and body."""

    http: httpx2.AsyncClient
    token: str | None = seed.TOKEN
    base: str = f"{API}/api/v1"
    last: dict[str, str] = field(default_factory=dict[str, str])  # headers of the last answer

    async def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        content: bytes = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = await self.http.request(method, self.base + path, headers=headers, params=query or None, content=content)
        self.last = dict(answer.headers)
        return answer.status_code, answer.json() if "json" in answer.headers.get("content-type", "") else answer.content

    async def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Give what stands in the envelope of a success."""
        status, found = await self(method, path, body, **query)
        assert status < 300, found
        return (as_object(found) or {}).get("data", found)

    def service(self, container: dict[str, Any], service: str, instance: int = 1) -> Caller:
        """Give a caller of a container's service; no token goes there."""
        host = f"{container['project_id']}-{container['id']}-{service}-{instance}.{container['server_name']}.containers.{DOMAIN}"
        return Caller(self.http, None, f"https://{host}")

    def as_(self, token: str | None) -> Caller:
        return Caller(self.http, token, self.base)

    def in_realm(self, realm: str) -> Caller:
        return Caller(self.http, self.token, f"https://{realm}.api.{DOMAIN}/api/v1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return seed.make_world(clock=clock)


@pytest.fixture
async def caller(world: World) -> AsyncGenerator[Caller]:
    async with httpx2.AsyncClient(transport=Transport(Sandbox(world).app)) as http:
        yield Caller(http)


@pytest.fixture
async def running(caller: Caller, clock: Clock) -> dict[str, Any]:
    """Give the record of a container that runs and whose services answer."""
    made = await caller.ok("POST", f"/projects/{seed.PROJECT}/containers", {"server_id": seed.SERVER, "name": "box"})
    clock.wait(60)
    return await caller.ok("GET", f"/containers/{made['id']}")


@pytest.fixture
def files(caller: Caller, running: dict[str, Any]) -> Caller:
    return caller.service(running, "files")
