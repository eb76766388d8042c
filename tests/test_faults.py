"""Whatever goes wrong on the way to Hoody is told in a few words: what happened, whether anything was sent, what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .conftest import CANARY, Connect
from .upstream import CONTAINER, PROJECT, SERVER, Reply, Upstream, on_loopback

pytestmark = pytest.mark.usefixtures("no_repeats")
HINTS = {  # a word of the hint that belongs to each status
    400: "arguments",
    401: "HOODY_TOKEN",
    403: "IP whitelist",
    404: "24 hex characters",
    405: "version may differ",
    408: "before you repeat it",
    409: "present state",
    410: "gone for good",
    412: "read it again",
    413: "send less",
    422: "arguments",
    428: "which version",
    429: "Try again in",
    500: "try later",
    501: "does not offer",
    502: "try again",
    503: "try again",
    504: "did not answer in time",
}
KIT_HINTS = {401: "never sent to a container", 403: "never sent to a container", 404: "no such path or id"}
CODES = [
    (401, "TOKEN_EXPIRED", "has expired"),
    (401, "INVALID_TOKEN", "copying error"),
    (401, "MISSING_TOKEN", "No token arrived"),
    (403, "PERMISSION_DENIED", "permissions do not cover"),
    (404, "PROJECT_NOT_FOUND", "projects_list"),
    (409, "OPERATION_STATE_CONFLICT", "containers_get"),
    (409, "CONTAINER_SNAPSHOT_LIMIT", "delete one first"),
    (402, "INSUFFICIENT_BALANCE", "does not hold enough"),
    (402, "CHARGE_EXCEEDS_MAX", "do not raise the ceiling"),
    (503, "SIGNING_NOT_CONFIGURED", "try later"),
]
SAID = "words that only Hoody said"
HTML = {"content-type": "text/html"}
PAGE = f"<html><head><title>{SAID}</title></head><body><center><h1>{SAID}</h1></center>{'<p>more</p>' * 500}</body></html>".encode()
FORMS: dict[str, Callable[[int], Reply]] = {
    "envelope": lambda status: Reply.error(status, "SOME_CODE", SAID),
    "error-text": lambda status: Reply.of({"error": SAID}, status),
    "error-object": lambda status: Reply.of({"error": {"code": "SOME_CODE", "message": SAID}}, status),
    "status-code-message": lambda status: Reply.of({"status": "error", "code": "SOME_CODE", "message": SAID}, status),
    "code-message": lambda status: Reply.of({"code": "SOME_CODE", "message": SAID}, status),
    "json-text": lambda status: Reply.of(SAID, status),
    "plain-text": lambda status: Reply(status, SAID.encode(), {"content-type": "text/plain"}),
    "page": lambda status: Reply(status, PAGE, HTML),
    "page-called-json": lambda status: Reply(status, PAGE),
    "empty": lambda status: Reply(status, b"", {}),
}
READ = ("containers_get", {"container_id": CONTAINER})
KIT_READ = ("terminal_result", {"container_id": CONTAINER, "command_id": "7"})
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("projects_create", {"alias": "new"}),
    ("containers_create", {"project_id": PROJECT, "server_id": SERVER}),
    ("containers_power", {"container_id": CONTAINER, "operation": "start"}),
    ("terminal_execute", {"container_id": CONTAINER, "command": "date", "ephemeral": True}),
    ("files_append", {"container_id": CONTAINER, "path": "/a", "text": "b"}),
]


def told(result: CallToolResult) -> str:
    assert result.is_error
    assert result.structured_content is None
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


async def told_by(client: Client, call: tuple[str, dict[str, Any]]) -> str:
    return told(await client.call_tool(*call))


def is_kit(tool: str) -> bool:
    return tool.startswith(("terminal_", "files_"))


def script_for(upstream: Upstream, tool: str, *replies: Reply) -> None:
    """Answer a tool's own requests; what a kit call looks up first is answered as always."""
    upstream.script(*replies, when=lambda sent: not is_kit(tool) or "/api/v1/containers/" not in sent.path)


@pytest.mark.parametrize("status", HINTS)
@pytest.mark.parametrize(("call", "hints"), [(READ, HINTS), (KIT_READ, {**HINTS, **KIT_HINTS})], ids=["api", "kit"])
async def test_an_error_is_told_with_status_words_and_hint(
    connect: Connect, upstream: Upstream, status: int, call: tuple[str, dict[str, Any]], hints: dict[int, str]
) -> None:
    async with connect() as client:
        for name, form in FORMS.items():
            script_for(upstream, call[0], form(status))
            text = await told_by(client, call)
            assert f"answered {status}" in text, name
            assert hints[status] in text, name
            assert name == "empty" or SAID in text
            assert ("SOME_CODE" in text) == ("SOME_CODE" in form(status).body.decode()), name
            assert len(text) <= 700, name
            assert "<" not in text, name


@pytest.mark.parametrize(("status", "code", "hint"), CODES)
async def test_a_code_of_hoodys_has_its_own_hint(connect: Connect, upstream: Upstream, status: int, code: str, hint: str) -> None:
    upstream.script(Reply.error(status, code, SAID))
    async with connect() as client:
        text = await told_by(client, READ)
    assert f"{status} {code}: {SAID}. " in text
    assert hint in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([{"instancePath": "/alias", "message": "must be shorter"}], "(alias must be shorter)"),
        ([{"instancePath": "/a/0", "message": "must be text"}, {"instancePath": "", "message": "is odd"}], "(a/0 must be text; is odd)"),
        ([{"instancePath": f"/f{n}", "message": "bad"} for n in range(50)], "f4 bad)"),
        ({"field": "alias", "conflict": "exists"}, "(field: alias; conflict: exists)"),
        ({"field": 3}, SAID),
        (["text"], SAID),
        (None, SAID),
    ],
)
async def test_a_validation_error_names_the_fields(connect: Connect, upstream: Upstream, data: Any, words: str) -> None:
    upstream.script(Reply.error(400, "VALIDATION_ERROR", SAID, data=data))
    async with connect() as client:
        text = await told_by(client, READ)
    assert words in text
    assert len(text) <= 700


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("message", ["This token is realm-scoped", "Token is not valid for realm abc"])
async def test_a_token_of_a_realm_is_told_which_setting_it_needs(connect: Connect, upstream: Upstream, status: int, message: str) -> None:
    upstream.script(Reply.error(status, "FORBIDDEN", message))
    async with connect() as client:
        assert "HOODY_REALM" in await told_by(client, READ)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "A" * 50_000, "message": SAID},
        {"code": "A", "message": "m" * 50_000},
        {"error": {"code": {"deep": ["x" * 50_000]}, "message": SAID}},
        {"error": "E" * 50_000},
        {"message": SAID, "data": [{"instancePath": "/" + "p" * 50_000, "message": "q" * 50_000}]},
    ],
    ids=["code", "message", "nested-code", "error", "details"],
)
@pytest.mark.parametrize("status", [400, 503])
async def test_an_error_of_any_length_is_told_shortly(connect: Connect, upstream: Upstream, body: Any, status: int) -> None:
    upstream.script(Reply.of(body, status))
    async with connect() as client:
        assert len(await told_by(client, READ)) <= 700


@pytest.mark.parametrize("form", ["envelope", "plain-text", "empty", "page"])
@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("3600", "Try again in 3600 seconds."),
        ("Wed, 25 Nov 2026 07:28:00 GMT", "Try again after Wed, 25 Nov 2026 07:28:00 GMT."),
        ("", "Try again in a few seconds."),
        ("<b>soon</b>", "Try again in a few seconds."),
    ],
)
async def test_retry_after_is_passed_on(connect: Connect, upstream: Upstream, form: str, header: str, words: str) -> None:
    replies = [FORMS[form](429), FORMS[form](503)]
    for reply in replies:
        reply.headers = {**reply.headers, "retry-after": header}
    upstream.script(*replies)
    async with connect() as client:
        for _ in replies:
            assert words in await told_by(client, READ)
    assert len(upstream.sent) == len(replies)


def caused(error: httpx2.HTTPError, cause: Exception) -> httpx2.HTTPError:
    error.__cause__ = cause
    return error


NEVER_SENT: list[tuple[Exception, str]] = [
    (httpx2.ConnectError("All connection attempts failed"), "refused"),
    (caused(httpx2.ConnectError("x"), socket.gaierror(-2, "Name or service not known")), "DNS"),
    (caused(httpx2.ConnectError("x"), ssl.SSLCertVerificationError("self-signed")), "SSL_CERT_FILE"),
    (httpx2.ConnectTimeout("x"), "within 5 seconds"),
    (httpx2.PoolTimeout("x"), "too many calls"),
    (httpx2.ProxyError("407 Proxy Authentication Required"), "HTTPS_PROXY"),
]


@pytest.mark.parametrize("call", [READ, KIT_READ, *CHANGES], ids=lambda call: call[0])
@pytest.mark.parametrize(("fault", "words"), NEVER_SENT, ids=[type(fault).__name__ + words for fault, words in NEVER_SENT])
async def test_without_a_connection_nothing_was_sent(
    connect: Connect, upstream: Upstream, call: tuple[str, dict[str, Any]], fault: Exception, words: str
) -> None:
    script_for(upstream, call[0], Reply(fault=fault))
    async with connect() as client:
        text = await told_by(client, call)
    assert words in text
    assert text.endswith("Nothing was sent.")
    assert ("containers.hoody.icu" if is_kit(call[0]) else "api.hoody.icu") in text


LOST: list[tuple[Exception, str]] = [
    (httpx2.ReadTimeout("x"), "No answer within 45 seconds"),
    (httpx2.WriteTimeout("x"), "No answer within 45 seconds"),
    (TimeoutError(), "No answer within 45 seconds"),
    (httpx2.RemoteProtocolError("Server disconnected without sending a response."), "The connection broke"),
    (httpx2.ReadError("reset"), "The connection broke"),
    (httpx2.WriteError("reset"), "The connection broke"),
    (httpx2.DecodingError("bad gzip"), "The connection broke"),
]
FAULT_NAMES = [type(fault).__name__ for fault, _ in LOST]


@pytest.mark.parametrize(("fault", "words"), LOST, ids=FAULT_NAMES)
@pytest.mark.parametrize("call", [READ, KIT_READ], ids=lambda call: call[0])
async def test_a_read_whose_answer_is_lost_can_be_repeated(
    connect: Connect, upstream: Upstream, call: tuple[str, dict[str, Any]], fault: Exception, words: str
) -> None:
    script_for(upstream, call[0], Reply(fault=fault))
    async with connect() as client:
        text = await told_by(client, call)
    assert words in text
    assert "can be repeated" in text
    assert "MAY" not in text


@pytest.mark.parametrize(("fault", "words"), LOST, ids=FAULT_NAMES)
@pytest.mark.parametrize("call", CHANGES, ids=lambda call: call[0])
async def test_a_change_whose_answer_is_lost_may_have_happened_and_is_not_repeated(
    connect: Connect, upstream: Upstream, call: tuple[str, dict[str, Any]], fault: Exception, words: str
) -> None:
    script_for(upstream, call[0], Reply(fault=fault))
    async with connect() as client:
        text = await told_by(client, call)
    assert words in text
    assert "MAY have taken effect" in text
    assert len(upstream.changes) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("call", CHANGES, ids=lambda call: call[0])
async def test_a_server_fault_does_not_invite_to_repeat_a_change_unseen(
    connect: Connect, upstream: Upstream, call: tuple[str, dict[str, Any]], status: int
) -> None:
    script_for(upstream, call[0], Reply.error(status, "OOPS", SAID))
    async with connect() as client:
        text = await told_by(client, call)
    assert "MAY have taken effect" in text or "look whether it happened" in text
    assert len(upstream.changes) == 1


async def test_an_address_that_cannot_be_used_is_no_broken_connection(connect: Connect, upstream: Upstream) -> None:
    upstream.script(Reply(fault=httpx2.UnsupportedProtocol("x")), Reply(fault=httpx2.InvalidURL("x")))
    async with connect() as client:
        for _ in range(2):
            assert "HOODY_BASE_URL" in await told_by(client, CHANGES[0])


async def test_a_closed_port_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    settings = Settings.load(token=CANARY, base_url=f"http://127.0.0.1:{closed}")
    async with Client(create_server(settings)) as client:
        text = await told_by(client, CHANGES[0])
    assert text == "Cannot reach 127.0.0.1: the connection was refused: check network, proxy and address. Nothing was sent."


async def test_a_server_without_tls_is_told_as_such(monkeypatch: pytest.MonkeyPatch, upstream: Upstream) -> None:
    with on_loopback(upstream) as variables:
        monkeypatch.setenv("NO_PROXY", "*")
        address = variables["HOODY_BASE_URL"].replace("http:", "https:")
        async with Client(create_server(Settings.load(token=CANARY, base_url=address))) as client:
            text = await told_by(client, CHANGES[0])
    assert "TLS" in text
    assert text.endswith("Nothing was sent.")
    assert upstream.sent == []
