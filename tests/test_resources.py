"""Resources, prompts and completion: all that is announced can be used, in both eras of the protocol and in every scope."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from hoody_mcp.hosts import SERVICES
from hoody_mcp.jsons import each_leaf
from hoody_mcp.resources import TOPICS
from hoody_mcp.result import ORIGIN
from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.places import DOMAIN
from hoody_mcp.sandbox.run import in_process
from hoody_mcp.sandbox.state import World
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES
from .conftest import CANARY, Connect
from .upstream import CONTAINER, PROJECT, Reply, Sent, Upstream

MODES = ["auto", "legacy"]
FIXED = [
    "hoody://account",
    "hoody://projects",
    "hoody://containers",
    "hoody://operations",
    *(f"hoody://concepts/{topic}" for topic in TOPICS),
]
TEMPLATES = {
    *("hoody://projects/{project_id}", "hoody://containers/{container_id}", "hoody://operations/{tool}", "hoody://results/{id}"),
    "hoody://concepts/{topic}",
}
Enter = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def world() -> World:
    return seed.make_world(seconds_to_start=0.0, seconds_to_wake=0.0)


@pytest.fixture
def enter(world: World) -> Enter:
    """Connect a client to the sandbox: `async with enter(mode, read_only=True) as client`."""

    @asynccontextmanager
    async def entered(mode: str = "auto", **flags: Any) -> AsyncGenerator[Client]:
        settings, _ = in_process(Settings.load(sandbox=True, **flags))
        async with Client(create_server(settings, Transport(Sandbox(world).app)), mode=mode) as client:  # pyright: ignore[reportArgumentType]
            yield client

    return entered


@pytest.fixture
async def made(enter: Enter) -> dict[str, str]:
    """Make a project and a container, and give their ids."""
    async with enter() as client:
        project = await called(client, "projects_create", alias="client acme 100%41")
        box = await called(client, "containers_create", project_id=project["id"], server_id=seed.SERVER, name="box")
        await called(client, "containers_get", container_id=box["id"])
    return {"project": project["id"], "container": box["id"]}


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    shown: dict[str, Any] = result.structured_content or {}
    return shown["result"]


async def content(client: Client, uri: str) -> types.TextResourceContents:
    (found,) = (await client.read_resource(uri)).contents
    assert isinstance(found, types.TextResourceContents)
    assert found.uri == uri
    return found


async def data(client: Client, uri: str) -> dict[str, Any]:
    found = await content(client, uri)
    assert found.mime_type == "application/json"
    return json.loads(found.text)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flags", [{}, {"read_only": True}, {"scope_project": "client acme 100%41"}, {"scope_realm": seed.REALM}], ids=str)
@pytest.mark.usefixtures("made")
async def test_whatever_is_listed_can_be_read(enter: Enter, mode: str, flags: dict[str, Any]) -> None:
    async with enter(mode, **flags) as client:
        listed = (await client.list_resources()).resources
        assert [str(resource.uri) for resource in listed] == FIXED
        for resource in listed:
            found = await content(client, str(resource.uri))
            assert found.text
            assert found.mime_type == resource.mime_type
            assert (resource.title or "", resource.description or "") != ("", "")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flags", [{}, {"read_only": True}, {"scope_project": "client acme 100%41"}], ids=str)
async def test_every_template_can_be_read_by_id_and_by_name(enter: Enter, made: dict[str, str], mode: str, flags: dict[str, Any]) -> None:
    async with enter(mode, **flags) as client:
        templates = {template.uri_template for template in (await client.list_resource_templates()).resource_templates}
        assert templates == TEMPLATES
        projects = [await data(client, f"hoody://projects/{each}") for each in (made["project"], quote("client acme 100%41"))]
        boxes = [await data(client, f"hoody://containers/{each}") for each in (made["container"], "box")]
        tool = await data(client, "hoody://operations/projects_list")
        own = await data(client, "hoody://operations/hoody_read")
        concept = await content(client, "hoody://concepts/overview")
    assert projects[0] == projects[1]
    assert projects[0]["result"]["alias"] == "client acme 100%41"
    assert [item["name"] for item in projects[0]["items"]] == ["box"]
    assert boxes[0] == boxes[1]
    assert boxes[0]["target"]["container"] == {"id": made["container"], "name": "box"}
    assert tool["inputSchema"] == CATALOG["projects_list"].definition["inputSchema"]
    assert own["name"] == "hoody_read"
    assert concept.text == files("hoody_mcp").joinpath("concepts", "overview.md").read_text(encoding="utf-8")


async def test_a_container_comes_with_the_addresses_of_its_services(enter: Enter, made: dict[str, str]) -> None:
    async with enter() as client:
        found = await data(client, "hoody://containers/box")
    assert found["addresses"].keys() == set(SERVICES)
    begin = f"https://{made['project']}-{made['container']}-"
    assert all(address.startswith(begin) and address.endswith(f".containers.{DOMAIN}") for address in found["addresses"].values())
    assert "can use it, unless the container's proxy permissions forbid it" in found["notes"][0]


async def test_a_container_without_services_is_shown_all_the_same(enter: Enter, made: dict[str, str]) -> None:
    async with enter() as client:
        await called(client, "containers_create", project_id=made["project"], server_id=seed.SERVER, name="plain", hoody_kit=False)
        found = await data(client, "hoody://containers/plain")
    assert found["result"]["name"] == "plain"
    assert found["addresses"] == {}
    assert "Hoody Kit" in found["notes"][0]


async def test_the_tools_are_all_those_that_can_be_called(enter: Enter, made: dict[str, str]) -> None:
    async with enter() as client:
        tools = await data(client, "hoody://operations")
    async with enter(scope_container=made["container"]) as client:
        fewer = await data(client, "hoody://operations")
    assert sorted(each_leaf(tools)) == sorted(CATALOG.entries)
    assert set(each_leaf(fewer)) < set(CATALOG.entries)


async def test_a_bound_server_reads_nothing_that_lies_outside(enter: Enter, made: dict[str, str]) -> None:
    async with enter(scope_container=made["container"]) as client:
        assert (await data(client, f"hoody://containers/{made['container']}"))["result"]["name"] == "box"
        assert [item["id"] for item in (await data(client, "hoody://containers"))["items"]] == [made["container"]]
        for uri in ("hoody://projects", f"hoody://projects/{made['project']}", "hoody://containers/" + "f" * 24):
            with pytest.raises(MCPError, match="bound to one container"):
                await client.read_resource(uri)
    async with enter(scope_project=seed.PROJECT) as client:
        assert (await data(client, "hoody://containers"))["items"] == []
        with pytest.raises(MCPError, match="not known to lie in the project"):
            await client.read_resource(f"hoody://containers/{made['container']}")
        with pytest.raises(MCPError, match="bound to one project"):
            await client.read_resource(f"hoody://projects/{made['project']}")


UNKNOWN = [
    *(
        "hoody://",
        "hoody://nothing",
        "hoody://containers/",
        "hoody://containers/a/b",
        "hoody://operations/no_such_tool",
        "hoody://results/x",
    ),
    *(
        "hoody://concepts/nothing",
        "hoody://concepts/..%2finstructions",
        "hoody://concepts/../instructions",
        "https://api.hoody.icu/",
        "file:///etc/passwd",
    ),
    *("HOODY://account", "hoody://account?x=1", "hoody://projects/{project_id}x/", "hoody://concepts/overview.md"),
]


@pytest.mark.parametrize("mode", MODES)
async def test_an_unknown_uri_is_a_protocol_error(connect: Connect, upstream: Upstream, mode: str) -> None:
    async with connect(mode=mode) as client:
        for uri in UNKNOWN:
            with pytest.raises(MCPError, match="no such resource"):
                await client.read_resource(uri)
    assert upstream.sent == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "uri",
    [
        "hoody://containers/..",
        "hoody://containers/%2e%2e",
        "hoody://projects/%00",
        "hoody://containers/%F0%9F",
        "hoody://projects/" + "x" * 5_000,
    ],
)
async def test_an_impossible_id_is_never_sent(connect: Connect, upstream: Upstream, uri: str, mode: str) -> None:
    async with connect(mode=mode) as client:
        with pytest.raises(MCPError, match=r"Nothing was sent|no such resource"):
            await client.read_resource(uri)
    assert {sent.path for sent in upstream.sent} <= {"/api/v1/containers/", "/api/v1/projects/", "/api/v1/users/auth/me"}  # lists of names


@pytest.mark.parametrize("mode", MODES)
async def test_what_hoody_refuses_is_told_in_words_and_without_credentials(connect: Connect, upstream: Upstream, mode: str) -> None:
    upstream.script(Reply.error(403, "PERMISSION_DENIED", f"no rights for {CANARY}"))
    async with connect(mode=mode) as client:
        with pytest.raises(MCPError, match="PERMISSION_DENIED") as caught:
            await client.read_resource("hoody://projects")
    assert CANARY not in str(caught.value)


async def test_a_long_list_says_how_it_goes_on(connect: Connect, upstream: Upstream) -> None:
    many = [{"id": f"{number:024x}", "name": f"box-{number}"} for number in range(100)]
    upstream.script(Reply.data({"containers": many, "pagination": {"total": 250, "page": 1, "limit": 100, "totalPages": 3}}))
    async with connect() as client:
        found = await data(client, "hoody://containers")
        assert len(found["items"]) == 100
        assert dict(upstream.sent[0].query)["limit"] == "100"
        assert "containers_list takes what stands under page.next" in found["notes"][-1]
        assert not (await client.call_tool("containers_list", found["page"]["next"])).is_error


async def test_what_stands_beside_the_containers_does_not_hide_the_project(connect: Connect, upstream: Upstream) -> None:
    listed = Reply.data(
        {"containers": [{"id": CONTAINER, "name": "box"}], "beside": "x", "pagination": {"total": 1, "page": 1, "limit": 100}}
    )
    upstream.script(listed, when=lambda sent: sent.path.endswith("/containers"))
    async with connect() as client:
        found = await data(client, f"hoody://projects/{PROJECT}")
    assert found["result"]["alias"] == "client"
    assert [item["name"] for item in found["items"]] == ["box"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_kept_result_with_half_characters_can_be_read(connect: Connect, upstream: Upstream, mode: str) -> None:
    def own(sent: Sent) -> bool:
        return "/containers/" not in sent.path

    upstream.script(Reply.of({"stdout": "\ud83d half " * 10_000}), when=own)
    async with connect(mode=mode) as client:
        result = await client.call_tool("terminal_result", {"container_id": CONTAINER, "command_id": "1"})
        shown: dict[str, Any] = result.structured_content or {}
        found = await content(client, f"hoody://results/{shown['kept']['id']}")
    assert found.mime_type == "text/plain"
    origin, _, text = found.text.partition("\n\n")
    assert origin == ORIGIN
    assert json.loads(text)["stdout"] == "\ufffd half " * 10_000


KNOWN = CATALOG.entries.keys() | CATALOG.own.keys() | {name for entry in ENTRIES for name in entry.definition["inputSchema"]["properties"]}
FIELDS = {"last_used_at", "server_name", "http_code", "put_back"}  # of records, of curl, and of results
TEXTS = [file for folder in ("concepts", "prompts") for file in sorted(files("hoody_mcp").joinpath(folder).iterdir(), key=str)]


@pytest.mark.parametrize("text", TEXTS, ids=lambda file: file.name)
def test_concepts_and_prompts_name_only_what_exists(text: Any) -> None:
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text.read_text(encoding="utf-8")))
    assert named - KNOWN - FIELDS == set()


async def test_resources_need_tools_that_read_and_nothing_else(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        for uri in (*FIXED, f"hoody://projects/{PROJECT}", f"hoody://containers/{CONTAINER}"):
            await content(client, uri)
    assert upstream.changes == []
    assert {sent.method for sent in upstream.sent} == {"GET"}
