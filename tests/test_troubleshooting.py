"""What users meet first when something is wrong: Hoody's own words, the cause, and the next step."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp_types import TextContent

from hoody_mcp.sandbox import places, seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.faults import Fault
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed.make_world(seconds_to_start=0.0, seconds_to_wake=0.0))


@asynccontextmanager
async def connected(sandbox: Sandbox, token: str | None = seed.TOKEN, **settings: Any) -> AsyncGenerator[Client]:
    allowed = {"base_url": places.API, "allow_host": (f"api.{places.DOMAIN}",), **settings}
    async with Client(create_server(Settings.load(token=token, **allowed), Transport(sandbox.app))) as client:
        yield client


async def told(client: Client, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


UNAUTHORIZED = [  # token, Hoody's words, cause, next step
    (seed.EXPIRED, "TOKEN_EXPIRED: The authentication token has expired", "has expired", "use an auth token"),
    (seed.REVOKED, "UNAUTHORIZED: The authentication token was revoked", "may have been revoked", "Create another"),
    (seed.UNKNOWN, "INVALID_TOKEN: The authentication token is invalid", "not valid here", "check HOODY_TOKEN"),
    (None, "No Hoody token is set", "No Hoody token is set", "HOODY_TOKEN"),
]


@pytest.mark.parametrize(("token", "words", "cause", "step"), UNAUTHORIZED, ids=["expired", "revoked", "unknown", "none"])
async def test_a_token_that_is_not_accepted(sandbox: Sandbox, token: str | None, words: str, cause: str, step: str) -> None:
    async with connected(sandbox, token) as client:
        text = await told(client, "projects_list", {})
    assert ("Hoody answered 401" in text) == bool(token)
    assert words in text
    assert cause in text
    assert step in text


class Stripping(Transport):
    """A proxy that lets no credentials through."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        del request.headers["authorization"]
        return await super().handle_async_request(request)


async def test_a_token_that_is_lost_on_the_way(sandbox: Sandbox) -> None:
    settings = Settings.load(token=seed.TOKEN, base_url=places.API, allow_host=(f"api.{places.DOMAIN}",))
    async with Client(create_server(settings, Stripping(sandbox.app))) as client:
        text = await told(client, "projects_list", {})
    assert "Hoody answered 401 MISSING_TOKEN: No authentication token was provided" in text
    assert "a proxy in between takes it away" in text


async def test_an_address_that_the_token_is_not_for(sandbox: Sandbox) -> None:
    async with connected(sandbox, seed.ELSEWHERE) as client:
        text = await told(client, "projects_list", {})
        assert "Hoody answered 403 FORBIDDEN: IP address 127.0.0.1 is not in the whitelist" in text
        assert "ip_get shows it" in text
        assert "Add it to the token's IP whitelist" in text
        address = await client.call_tool("ip_get", {})
    assert (address.structured_content or {})["result"]["ip"] == "127.0.0.1"


async def test_a_permission_that_the_token_lacks(sandbox: Sandbox) -> None:
    async with connected(sandbox, seed.READER) as client:
        text = await told(client, "projects_create", {"alias": "new"})
    assert "Hoody answered 403 PERMISSION_DENIED: Missing permission: projects.create" in text
    assert "permissions do not cover this" in text


NOT_FOUND = [  # tool, arguments, Hoody's words, next step
    ("projects_get", {"project_id": "9" * 24}, "PROJECT_NOT_FOUND: Project not found", "projects_list"),  # no such id
    ("projects_get", {"project_id": seed.FOREIGN_PROJECT}, "PROJECT_NOT_FOUND: Project not found", "one that is not yours"),
    ("containers_get", {"container_id": seed.PROJECT}, "CONTAINER_NOT_FOUND: Container not found", "containers_list"),  # of another kind
    ("rentals_get", {"rental_id": seed.SERVER}, "not found", "an id of another kind"),  # the server's id instead of the rental's
    ("auth_tokens_get", {"token_id": "9" * 24}, "not found", "may not see"),
]


@pytest.mark.parametrize(("tool", "arguments", "words", "step"), NOT_FOUND, ids=["unknown", "foreign", "kind", "rental", "token"])
async def test_something_that_is_not_found(sandbox: Sandbox, tool: str, arguments: dict[str, Any], words: str, step: str) -> None:
    async with connected(sandbox) as client:
        text = await told(client, tool, arguments)
    assert "Hoody answered 404" in text
    assert words in text
    assert step in text


async def test_something_that_lies_in_another_realm(sandbox: Sandbox) -> None:
    async with connected(sandbox, realm=seed.REALM) as client:
        text = await told(client, "projects_get", {"project_id": seed.PROJECT})
    assert "404 PROJECT_NOT_FOUND" in text
    assert "in another realm" in text


async def test_an_address_where_nobody_answers(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = Settings.load(token=seed.TOKEN, base_url=f"http://127.0.0.1:{port}")
    async with Client(create_server(settings)) as client:
        text = await told(client, "projects_list", {})
    assert "Cannot reach 127.0.0.1: the connection was refused" in text
    assert "check network, proxy and address" in text
    assert "Nothing was sent" in text
    assert sandbox.requests == []


@pytest.mark.parametrize(("as_date", "when"), [(False, "Try again in 90 seconds"), (True, "Try again after ")], ids=["seconds", "date"])
async def test_too_many_calls(sandbox: Sandbox, *, as_date: bool, when: str) -> None:
    sandbox.faults.waiting.append(Fault(kind="429", retry_after=90, as_date=as_date))
    async with connected(sandbox) as client:
        text = await told(client, "projects_list", {})
    assert "Hoody answered 429 RATE_LIMITED: Too many requests" in text
    assert when in text
    assert len(sandbox.requests) == 1
