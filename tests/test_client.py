"""What is sent to Hoody and what counts as success: credentials, verbs, redirects, many calls at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult

from hoody_mcp import __version__
from hoody_mcp.arguments import Call
from hoody_mcp.client import Client as HoodyClient
from hoody_mcp.errors import ApiError
from hoody_mcp.operation import ContainerId, Operation, Risk
from hoody_mcp.operation import Path as InPath
from hoody_mcp.request import build
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, example, names
from .conftest import CANARY, Connect
from .upstream import CONTAINER, Reply, Sent, Upstream, on_loopback

TEXT, HTML = {"content-type": "text/plain"}, {"content-type": "text/html; charset=utf-8"}
READ = {"container_id": CONTAINER}
COMMAND = {"container_id": CONTAINER, "command": "date", "ephemeral": True}
WITH_TWO_VERBS = [entry for entry in ENTRIES if entry.operation.about.also]


OK: dict[str, Any] = {"text": "OK", "bytes": 2, "content_type": "text/plain"}


def content_of(result: CallToolResult) -> dict[str, Any]:
    return result.structured_content or {}


def in_kit(sent: Sent) -> bool:
    return "/terminal/" in sent.path


@pytest.mark.parametrize("tool", ["containers_get", "containers_list", "containers_update", "projects_create", "terminal_execute"])
@pytest.mark.parametrize(
    "reply",
    [Reply(204, b"", {}), Reply(200, b"", {}), Reply(200, b"  \n"), Reply(202, b"{}"), Reply(200, b"null"), Reply(201, b"OK", TEXT)],
    ids=["204", "empty", "blank", "202", "null", "text"],
)
async def test_success_without_data_is_success(connect: Connect, upstream: Upstream, tool: str, reply: Reply) -> None:
    arguments = COMMAND if tool == "terminal_execute" else example(CATALOG[tool])
    upstream.script(reply, when=lambda sent: in_kit(sent) or tool != "terminal_execute")
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error
    shown = content_of(result)
    assert shown.get("items") == [] or shown["result"] in ({"done": True}, {}, {"bytes": 0, "text": ""}, OK)


PAGE = b"<title>Sign  in\n to <b>Gate</b></title><body>login</body></html>"


@pytest.mark.parametrize("start", [b"<html>", b"<!DOCTYPE html><html>", b"\n <!doctype HTML>", b"\xef\xbb\xbf<!DOCTYPE html>"], ids=repr)
@pytest.mark.parametrize("tool", ["containers_get", "terminal_execute"])
async def test_a_web_page_is_no_success(connect: Connect, upstream: Upstream, tool: str, start: bytes) -> None:
    async with connect() as client:
        for headers in (HTML, TEXT, {"content-type": "application/json"}, {}):
            upstream.script(Reply(200, start + PAGE, headers), when=lambda sent: in_kit(sent) or tool != "terminal_execute")
            result = await client.call_tool(tool, COMMAND if tool == "terminal_execute" else READ)
            assert result.is_error, headers
            assert "answered 200 with a web page (Sign in to Gate)" in str(result.content)
            assert "<" not in str(result.content)


@pytest.mark.parametrize("start", [b"<!-- portal --><html>", b'<?xml version="1.0"?>\n<!DOCTYPE html>', b"<head>", b"<center>"], ids=repr)
async def test_what_is_declared_a_web_page_is_no_success(connect: Connect, upstream: Upstream, start: bytes) -> None:
    async with connect() as client:
        for status in (200, 502):
            upstream.scripted.clear()
            upstream.script(*[Reply(status, start + PAGE, HTML)] * 9)
            result = await client.call_tool("containers_get", READ)
            assert result.is_error
            assert f"answered {status}" in str(result.content)
            assert "<" not in str(result.content)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("tool", ["containers_get", "terminal_execute"])
async def test_a_redirect_is_told_and_not_followed(connect: Connect, upstream: Upstream, tool: str, status: int) -> None:
    kit = tool == "terminal_execute"
    async with connect() as client:
        for location in ("https://evil.test/", "/api/v1/other", "http://[", "ftp://x", ""):
            upstream.script(Reply(status, b"", {"location": location}), when=lambda sent: in_kit(sent) or not kit)
            result = await client.call_tool(tool, COMMAND if kit else READ)
            assert result.is_error
            assert not location.startswith(("https:", "/")) or f"answered {status}: a redirect" in str(result.content)
    assert {sent.host.partition(".")[0] for sent in upstream.sent} <= {"api", f"{'b' * 24}-{CONTAINER}-terminal-1"}
    assert len(upstream.sent) == (6 if kit else 5)


async def test_the_token_goes_to_the_api_and_to_no_container(connect: Connect, upstream: Upstream) -> None:
    cookie = Reply.data(upstream.container)
    cookie.headers["set-cookie"] = "session=secret; Domain=.hoody.icu; Path=/; Secure"
    upstream.script(cookie, cookie, when=lambda sent: not in_kit(sent))
    kit_cookie = Reply.of({})
    kit_cookie.headers["set-cookie"] = "kit=secret; Domain=.hoody.icu; Path=/"
    upstream.script(kit_cookie, when=in_kit)
    async with connect() as client:
        for tool, arguments in (("containers_get", READ), ("terminal_execute", COMMAND), ("terminal_execute", COMMAND)):
            assert not (await client.call_tool(tool, arguments)).is_error
        await client.call_tool("containers_get", READ)
    to_kit, to_api = list(filter(in_kit, upstream.sent)), [sent for sent in upstream.sent if not in_kit(sent)]
    assert len(to_kit) == 2
    assert all(sent.headers["authorization"] == f"Bearer {CANARY}" for sent in to_api)
    assert not any("cookie" in sent.headers for sent in upstream.sent)
    assert CANARY not in str(to_kit)
    usual = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type"}
    assert {name for sent in to_kit for name in sent.headers} <= usual


async def test_every_request_says_who_asks(connect: Connect, upstream: Upstream) -> None:
    async with connect() as client:
        await client.call_tool("terminal_execute", COMMAND)
    assert {sent.headers["user-agent"] for sent in upstream.sent} == {f"hoody-mcp/{__version__}"}


async def test_a_token_that_changes_in_its_file_is_used_at_once(connect: Connect, upstream: Upstream, tmp_path: Path) -> None:
    file = tmp_path / "token"
    async with connect(token=None, token_file=str(file)) as client:
        for token in ("hdy_first", "hdy_second"):
            file.write_text(f"{token}\n")
            await client.call_tool("containers_get", READ)
    assert [sent.headers["authorization"] for sent in upstream.sent] == ["Bearer hdy_first", "Bearer hdy_second"]


@pytest.mark.parametrize("base", ["https://api.hoody.icu/prefix", "https://api.hoody.icu/prefix/"])
async def test_a_path_in_the_base_url_is_kept(connect: Connect, upstream: Upstream, base: str) -> None:
    async with connect(base_url=base) as client:
        await client.call_tool("containers_list", {"limit": 5})
    assert [(sent.path, sent.query) for sent in upstream.sent] == [("/prefix/api/v1/containers/", [("limit", "5")])]


UNKNOWN_ROUTE = [
    Reply.error(405, "METHOD_NOT_ALLOWED", "no"),
    Reply(405, b"", {}),
    Reply(404, b"", {}),
    Reply(404, b"Cannot PUT /x", TEXT),
    Reply(404, b"<html>nginx</html>", HTML),
]


@pytest.mark.parametrize("unknown", UNKNOWN_ROUTE, ids=["405", "405-empty", "404-empty", "404-text", "404-page"])
@pytest.mark.parametrize("tool", names(WITH_TWO_VERBS))
async def test_a_route_that_is_known_by_another_verb_is_found_and_remembered(
    connect: Connect, upstream: Upstream, tool: str, unknown: Reply
) -> None:
    upstream.script(unknown, when=lambda sent: sent.method == "PUT")
    async with connect() as client:
        for _ in range(2):
            assert not (await client.call_tool(tool, example(CATALOG[tool]))).is_error
    assert [sent.method for sent in upstream.own] == ["PUT", "PATCH", "PATCH"]
    assert len({(sent.path, sent.body) for sent in upstream.own[:2]}) == 1
    assert len(upstream.look_ups) <= 2


async def test_hoodys_own_not_found_is_no_reason_for_another_verb(connect: Connect, upstream: Upstream) -> None:
    upstream.script(Reply.error(404, "CONTAINER_NOT_FOUND", "no such container"))
    async with connect() as client:
        assert (await client.call_tool("containers_update", {**READ, "name": "new"})).is_error
    assert [sent.method for sent in upstream.sent] == ["PUT"]


async def test_a_verb_that_did_not_work_is_not_remembered(connect: Connect, upstream: Upstream) -> None:
    upstream.script(*[Reply(405, b"", {})] * 4)
    async with connect() as client:
        for _ in range(2):
            assert (await client.call_tool("containers_update", {**READ, "name": "new"})).is_error
    assert [sent.method for sent in upstream.sent] == ["PUT", "PATCH", "PUT", "PATCH"]


async def test_what_destroys_is_never_tried_under_another_verb(connect: Connect, upstream: Upstream) -> None:
    class Wipe(Operation, route="PUT /api/v1/wipe/{container_id}", risk=Risk.DESTROY, also="PATCH"):
        """Wipe."""

        container_id: InPath[ContainerId]

    upstream.script(Reply(405, b"", {}), Reply(404, b"", {}), Reply(405, b"", {}), when=lambda sent: sent.method != "GET")
    async with HoodyClient(Settings.load(token=CANARY), upstream.transport) as client:
        for status in (405, 404):
            with pytest.raises(ApiError, match=str(status)):
                await client.send(build(Call(Wipe(container_id=CONTAINER))))
    arguments = {**READ, "type": "block"}
    async with connect() as mcp:
        code = content_of(await mcp.call_tool("network_update", arguments))["confirm"]
        await mcp.call_tool("network_update", {**arguments, "confirm": code})
    assert [sent.method for sent in upstream.changes] == ["PUT"] * 3


@pytest.mark.parametrize(("tool", "done"), [("containers_get", False), ("terminal_execute", True)])
async def test_an_endless_answer_is_not_read_to_the_end(
    connect: Connect, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, tool: str, *, done: bool
) -> None:
    monkeypatch.setattr("hoody_mcp.connection.MAX_ANSWER", 2**20)
    upstream.script(Reply(200, b"x" * 2**21), when=lambda sent: in_kit(sent) or not done)
    async with connect() as client:
        result = await client.call_tool(tool, COMMAND if done else READ)
    assert result.is_error
    assert "larger than 1 MiB" in str(result.content)
    assert ("was carried out" in str(result.content)) == done


async def test_slow_calls_do_not_hold_up_the_others(connect: Connect, upstream: Upstream) -> None:
    ids = [f"{number:024x}" for number in range(30)]
    slow, order = ids[::5], list[str]()

    async def read(client: Client, one: str) -> None:
        result = await client.call_tool("containers_get", {"container_id": one})
        assert content_of(result)["result"]["id"] == one
        order.append(one)

    for one in slow:
        upstream.script(Reply.data({"id": one}), when=lambda sent, one=one: sent.path.endswith(one))
        upstream.scripted[-1][1].delay = 1.0
    with anyio.fail_after(5):
        async with connect() as client, anyio.create_task_group() as group:
            for one in ids:
                group.start_soon(read, client, one)
    assert set(order[:24]) == set(ids) - set(slow)
    assert set(order[24:]) == set(slow)


async def test_cancelled_calls_give_their_connections_back(monkeypatch: pytest.MonkeyPatch, upstream: Upstream) -> None:
    monkeypatch.setattr("hoody_mcp.connection.MAX_CONNECTIONS", 3)
    ended: list[CallToolResult] = []

    async def cancelled(client: Client, milliseconds: int) -> None:
        with anyio.move_on_after(milliseconds / 1000):
            ended.append(await client.call_tool("containers_get", READ))

    with on_loopback(upstream) as variables, anyio.fail_after(20):
        monkeypatch.setenv("NO_PROXY", "*")
        upstream.script(*[Reply(delay=0.2) for _ in range(180)])
        settings = Settings.load(token=CANARY, base_url=variables["HOODY_BASE_URL"])
        async with Client(create_server(settings)) as client:
            for _ in range(3):
                async with anyio.create_task_group() as group:
                    for number in range(60):
                        group.start_soon(cancelled, client, number % 50)
            upstream.scripted.clear()
            result = await client.call_tool("containers_get", READ)
    assert ended == []
    assert not result.is_error


@contextmanager
def cutting(answer: bytes) -> Generator[tuple[str, list[bytes]]]:
    """Take one request after the other, answer each with some bytes only and hang up; gives address and requests."""
    requests: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while not requests or b"stop" not in requests[-1]:
            connection, _ = listener.accept()
            with connection:
                requests.append(connection.recv(65536))
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        host, port = listener.getsockname()
        yield f"http://{host}:{port}", requests
        with socket.create_connection((host, port)) as connection:
            connection.sendall(b"stop")
            connection.recv(1)
        thread.join(5)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}", b"garbage\r\n\r\n"], ids=repr
)
@pytest.mark.parametrize(
    ("tool", "arguments", "words"), [("containers_get", READ, "can be repeated"), ("projects_create", {"alias": "new"}, "MAY have taken")]
)
@pytest.mark.usefixtures("no_repeats")
async def test_a_connection_cut_in_the_middle_is_told_after_one_request(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, tool: str, arguments: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with cutting(answer) as (address, requests), anyio.fail_after(5):
        async with Client(create_server(Settings.load(token=CANARY, base_url=address))) as client:
            result = await client.call_tool(tool, arguments)
        sent = list(requests)
    assert result.is_error
    assert words in str(result.content)
    assert len(sent) == 1
