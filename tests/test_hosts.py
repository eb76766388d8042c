"""Where requests go: the API, a realm of it, and the services of containers, which are looked up once."""

from __future__ import annotations

import socket
from typing import Any

import httpx2
import pytest
from mcp import Client

from hoody_mcp.errors import HoodyError, Refused, SettingsError, UnexpectedAnswer
from hoody_mcp.hosts import Hosts, api_url, containers_domain, filled, kit_template, residence
from hoody_mcp.request import Kit
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, example
from .conftest import Connect
from .upstream import CONTAINER, PROJECT, TARGET, Reply, Sent, Upstream

REALM = "0123456789abcdef01234567"
COMMAND = {"container_id": CONTAINER, "command": "date", "ephemeral": True}
OTHER = "d" * 24
MOVED = {"project_id": PROJECT, "server_name": "node-eu", "status": "running"}
UNFIT = [
    *("", ".", "..", "a/b", "a?b", "a#b", "a@evil.test", "a:80", "a b", "a\n", "a_b", "-a", "a-", "a..b", ".a", "a.", "%2e", "ä"),
    *("{server}", "evil.test/x", "a\\b", "a\x00", "[::1]"),
]


def lookups(upstream: Upstream) -> list[Sent]:
    return [sent for sent in upstream.sent if sent.path.startswith("/api/v1/containers/")]


def to_kits(upstream: Upstream) -> list[Sent]:
    return [sent for sent in upstream.sent if sent not in lookups(upstream)]


def in_kit(sent: Sent) -> bool:
    return sent.path.startswith(("/api/v1/terminal/", "/api/v1/files/"))


@pytest.mark.parametrize(
    ("api", "containers"),
    [
        ("api.hoody.icu", "containers.hoody.icu"),
        ("api.hoody.com", "containers.hoody.com"),
        (f"{REALM}.api.hoody.icu", "containers.hoody.icu"),
        ("staging.api.hoody.icu", "staging.containers.hoody.icu"),
        ("containers.hoody.icu", "containers.hoody.icu"),
        ("api.eu.hoody.run", "containers.eu.hoody.run"),
        ("hoody.lat", "containers.hoody.lat"),
        ("localhost", "containers.localhost"),
    ],
)
def test_the_domain_of_containers_follows_from_the_api(api: str, containers: str) -> None:
    assert containers_domain(api) == containers
    assert kit_template(Settings.load(base_url=f"https://{api}")).endswith(f"-{{index}}.{{server}}.{containers}")


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://api.hoody.icu"),
        ({"base_url": "https://api.hoody.com/"}, "https://api.hoody.com"),
        ({"realm": REALM}, f"https://{REALM}.api.hoody.icu"),
        ({"realm": REALM, "base_url": "https://api.hoody.run:8443/p/"}, f"https://{REALM}.api.hoody.run:8443/p"),
        ({"realm": REALM, "realm_url": "https://hoody.icu/r/{realm}/"}, f"https://hoody.icu/r/{REALM}"),
        ({"realm": REALM, "base_url": "http://localhost:1", "realm_url": "http://localhost:1/{realm}"}, f"http://localhost:1/{REALM}"),
        ({"realm_url": "https://{realm}.other.hoody.icu"}, "https://api.hoody.icu"),
    ],
)
def test_the_api_is_on_its_realms_host(settings: dict[str, Any], url: str) -> None:
    assert api_url(Settings.load(**settings)) == url


def test_a_realm_on_this_machine_needs_a_template() -> None:
    with pytest.raises(SettingsError, match="HOODY_REALM_URL"):
        api_url(Settings.load(base_url="http://127.0.0.1:1", realm=REALM))


async def test_calls_go_to_the_realms_host_and_say_so(connect: Connect, upstream: Upstream) -> None:
    async with connect(realm=REALM) as client:
        result = await client.call_tool("containers_get", {"container_id": CONTAINER})
    assert [sent.host for sent in upstream.sent] == [f"{REALM}.api.hoody.icu"]
    assert (result.structured_content or {})["target"] == {**TARGET, "realm": {"id": REALM}}


async def nowhere(_: str) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("value", UNFIT, ids=repr)
def test_a_value_that_is_no_host_label_is_refused(value: str) -> None:
    with pytest.raises(HoodyError, match="server cannot be part of a host name"):
        filled("https://{container_id}.{server}.hoody.icu", container_id="a", server=value)
    for record in ({"project_id": value, "server_name": "node"}, {"project_id": "a", "server_name": value}):
        with pytest.raises(UnexpectedAnswer, match="does not say where it runs"):
            Hosts(Settings.load(), nowhere).base(Kit(CONTAINER, "files", 1), residence(record))


def test_placeholders_are_filled_by_name_and_as_often_as_they_occur() -> None:
    assert filled("http://{b}.{a}/{b}/{c}", a="x", b="y-1.z") == "http://y-1.z.x/y-1.z/{c}"


@pytest.mark.parametrize(("service", "label"), [("notifications", "n"), ("proxyLogs", "logs"), ("files", "files"), ("sqlite", "sqlite")])
@pytest.mark.parametrize("instance", [0, 1, 65535])
async def test_a_service_has_its_own_label_and_instance(service: str, label: str, instance: int) -> None:
    async def look_up(_: str) -> dict[str, Any]:
        return {"project_id": PROJECT, "server_name": "node-us", "subserver_name": "wrong"}

    hosts = Hosts(Settings.load(), look_up)
    url = hosts.base(Kit(CONTAINER, service, instance), await hosts.find(CONTAINER))
    assert url == f"https://{PROJECT}-{CONTAINER}-{label}-{instance}.node-us.containers.hoody.icu"


async def test_kit_tools_go_to_their_service_on_the_containers_server(connect: Connect, upstream: Upstream) -> None:
    kits = [entry for entry in ENTRIES if entry.risk == "read" and entry.meta.get("kit")]
    async with connect() as client:
        for entry in kits:
            await client.call_tool(entry.name, {**example(CATALOG[entry.name]), "instance": 3})
    services = [entry.operation.about.namespace for entry in kits]
    assert [sent.host for sent in to_kits(upstream)] == [
        f"{PROJECT}-{CONTAINER}-{service}-3.node-us.containers.hoody.icu" for service in services
    ]
    assert {"files", "terminal"} <= set(services)


async def test_a_template_decides_where_services_are(connect: Connect, upstream: Upstream) -> None:
    template = "https://{service}-{index}.hoody.run/{server}/{project_id}/{container_id}/"
    async with connect(kit_url=template) as client:
        await client.call_tool("terminal_execute", {**COMMAND, "instance": 2})
    (sent,) = [sent for sent in upstream.sent if sent.host != "api.hoody.icu"]
    assert sent.host == "terminal-2.hoody.run"
    assert sent.path == f"/node-us/{PROJECT}/{CONTAINER}/api/v1/terminal/execute"


async def test_a_container_is_looked_up_once(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        for _ in range(5):
            assert not (await client.call_tool("terminal_execute", COMMAND)).is_error
        assert len(lookups(upstream)) == 1
        await client.call_tool("terminal_execute", {**COMMAND, "container_id": OTHER})
    assert len(lookups(upstream)) == 2
    assert to_kits(upstream)[-1].host.startswith(f"{PROJECT}-{OTHER}-terminal-1.")


async def test_only_so_many_places_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def look_up(container_id: str) -> dict[str, Any]:
        asked.append(container_id)
        return MOVED

    monkeypatch.setattr("hoody_mcp.hosts.MAX_KEPT", 2)
    hosts = Hosts(Settings.load(), look_up)
    for one in "aabcba":
        await hosts.find(one)
    assert asked == ["a", "b", "c", "a"]


def unknown_name() -> httpx2.ConnectError:
    error = httpx2.ConnectError("x")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    return error


GONE = [
    Reply(fault=unknown_name()),
    Reply(404, b"", {}),
    Reply(404, b"no such host", {"content-type": "text/plain"}),
    Reply(404, b"<html><title>Not here</title></html>", {"content-type": "text/html"}),
]
GONE_NAMES = ["dns", "empty", "text", "page"]


async def settled(client: Client, upstream: Upstream) -> None:
    """Make one call, so that the container's place is known."""
    assert not (await client.call_tool("terminal_execute", COMMAND)).is_error
    upstream.sent.clear()


@pytest.mark.parametrize("gone", GONE, ids=GONE_NAMES)
async def test_a_container_that_has_moved_is_found_again(connect: Connect, upstream: Upstream, gone: Reply) -> None:
    async with connect() as client:
        await settled(client, upstream)
        upstream.container.update(MOVED)
        upstream.script(gone, when=in_kit)
        for _ in range(2):
            assert not (await client.call_tool("terminal_execute", COMMAND)).is_error
    assert len(lookups(upstream)) == 1
    assert [sent.host.split(".")[1] for sent in to_kits(upstream)] == ["node-us", "node-eu", "node-eu"]


@pytest.mark.parametrize("gone", GONE, ids=GONE_NAMES)
async def test_a_container_that_has_not_moved_is_asked_once(connect: Connect, upstream: Upstream, gone: Reply) -> None:
    async with connect() as client:
        await settled(client, upstream)
        upstream.script(gone, when=in_kit)
        assert (await client.call_tool("terminal_execute", COMMAND)).is_error
    assert (len(lookups(upstream)), len(to_kits(upstream))) == (1, 1)


async def test_a_container_that_is_gone_at_its_new_place_too_is_told(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        await settled(client, upstream)
        upstream.container.update(MOVED)
        upstream.script(GONE[0], GONE[1], when=in_kit)
        result = await client.call_tool("terminal_execute", COMMAND)
    assert "answered 404" in str(result.content)
    assert (len(lookups(upstream)), len(to_kits(upstream))) == (1, 2)


@pytest.mark.parametrize(
    "own",
    [Reply.of({"error": "Not found"}, 404), Reply.error(404, "COMMAND_NOT_FOUND", "no"), Reply.error(500, "OOPS", "broken")],
    ids=["text", "envelope", "500"],
)
async def test_a_services_own_error_is_no_reason_to_look_again(connect: Connect, upstream: Upstream, own: Reply) -> None:
    async with connect() as client:
        await settled(client, upstream)
        upstream.container.update(MOVED)
        upstream.script(own, when=in_kit)
        assert (await client.call_tool("terminal_execute", COMMAND)).is_error
    assert lookups(upstream) == []


async def test_a_lost_answer_is_no_reason_to_send_again(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        await settled(client, upstream)
        upstream.container.update(MOVED)
        upstream.script(Reply(fault=httpx2.ReadError("reset")), when=in_kit)
        assert (await client.call_tool("terminal_execute", COMMAND)).is_error
    assert (len(lookups(upstream)), len(to_kits(upstream))) == (0, 1)


def test_a_container_without_services_is_told_as_such() -> None:
    with pytest.raises(Refused, match="without Hoody Kit"):
        residence({**MOVED, "hoody_kit": False})
    assert residence(MOVED) == residence({**MOVED, "hoody_kit": None})


async def test_nothing_is_sent_to_a_container_without_services(connect: Connect, upstream: Upstream) -> None:
    upstream.container["hoody_kit"] = False
    async with connect() as client:
        result = await client.call_tool("terminal_execute", COMMAND)
    assert result.is_error
    assert to_kits(upstream) == []


@pytest.mark.parametrize("lacking", ["project_id", "server_name"])
@pytest.mark.parametrize("value", [None, "", "a/b", 0])
async def test_a_record_that_says_no_place_is_told_with_its_state(connect: Connect, upstream: Upstream, lacking: str, value: Any) -> None:
    known = {**upstream.container, "status": "running"}
    upstream.container = {**known, lacking: value}
    async with connect() as client:
        result = await client.call_tool("terminal_execute", COMMAND)
        assert "status: running" in str(result.content)
        upstream.container = known
        assert not (await client.call_tool("terminal_execute", COMMAND)).is_error


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b""),
        Reply(200, b"[]"),
        Reply(200, b"no json"),
        Reply.of({"id": CONTAINER}),
        Reply.data([]),
        Reply.data({}),
        Reply.data(None),
    ],
    ids=["empty", "list", "text", "bare", "data-list", "data-empty", "data-null"],
)
async def test_a_record_that_cannot_be_read_is_told_and_nothing_is_sent_further(connect: Connect, upstream: Upstream, reply: Reply) -> None:
    upstream.script(reply)
    async with connect() as client:
        result = await client.call_tool("terminal_execute", COMMAND)
    assert "record of the container cannot be read" in str(result.content)
    assert to_kits(upstream) == []


async def test_a_container_that_does_not_exist_is_told_as_the_api_tells_it(connect: Connect, upstream: Upstream) -> None:
    upstream.missing = {CONTAINER}
    async with connect() as client:
        result = await client.call_tool("terminal_execute", COMMAND)
    assert "Hoody answered 404 NOT_FOUND" in str(result.content)
    assert to_kits(upstream) == []
