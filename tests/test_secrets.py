"""The account token appears nowhere, whatever Hoody answers; secret arguments appear in no log."""

from __future__ import annotations

import base64
import json
import ssl
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest
from mcp import Client

from hoody_mcp.errors import SettingsError
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, example, names, turn
from .conftest import Connect
from .process import Process, call, hello
from .upstream import CONTAINER, Reply, Sent, Upstream, on_loopback

pytestmark = [pytest.mark.wide, pytest.mark.usefixtures("no_repeats")]
TOKEN = "hdy_canary+0123456789/abcdef=c4n4ry"  # noqa: S105 - made up, with characters that encodings change
ARGUMENT = "argument-s3cret"
KIT = [entry.name for entry in ENTRIES if entry.meta["namespace"] != "api"]
SAMPLE = ["projects_list", "projects_create", "containers_delete", "terminal_execute", "files_get", "files_put"]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


FORMS = [TOKEN, quote(TOKEN, safe=""), quote(TOKEN), quote_plus(TOKEN), encoded(TOKEN), encoded(f"Bearer {TOKEN}")]
TRACES = [*FORMS[:4], *(form[:24] for form in FORMS[4:]), TOKEN[:12]]


def found_in(text: str) -> list[str]:
    """Give every form of the token that stands in a text."""
    return [trace for trace in TRACES if trace in text]


def echoed(sent: Sent) -> str:
    """Say what a careless server would say: all headers, and the token in other forms."""
    return f"{json.dumps(sent.headers)} {' '.join(FORMS)}"


def body_of(sent: Sent, upstream: Upstream) -> dict[str, Any]:
    said = echoed(sent)
    return {**upstream.container, "id": CONTAINER, "name": said, "headers": sent.headers, said: [said], "status": "running"}


def page(sent: Sent) -> bytes:
    return f"<!doctype html><html><title>{echoed(sent)}</title><body>{echoed(sent)}</body></html>".encode()


ECHOES: dict[str, Callable[[Sent, Upstream], Reply]] = {
    "an envelope": lambda sent, upstream: Reply.data(body_of(sent, upstream)),
    "an object": lambda sent, upstream: Reply.of(body_of(sent, upstream)),
    "text": lambda sent, _: Reply(200, echoed(sent).encode(), {"content-type": "text/plain"}),
    "a page": lambda sent, _: Reply(200, page(sent), {"content-type": "text/html"}),
    "broken JSON": lambda sent, _: Reply(200, b'{"statusCode":200,' + echoed(sent).encode()),
    "a refusal": lambda sent, _: Reply.error(400, "INVALID", echoed(sent), data=[{"instancePath": f"/{TOKEN}", "message": echoed(sent)}]),
    "a refused token": lambda sent, _: Reply.error(401, TOKEN, f"token {TOKEN} is not valid: {echoed(sent)}"),
    "a refusal in text": lambda sent, _: Reply(403, echoed(sent).encode(), {"content-type": "text/plain"}),
    "a fault": lambda sent, _: Reply.of({"error": {"code": "E", "message": echoed(sent)}}, 500),
    "a fault with a page": lambda sent, _: Reply(502, page(sent), {"content-type": "text/html", "retry-after": TOKEN}),
}


class Echo(Upstream):
    """Repeats in its answers what must not be repeated."""

    kind = "an envelope"

    def respond(self, sent: Sent) -> Reply:
        self.sent.append(sent)
        return ECHOES[self.kind](sent, self)


async def told(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> str:
    """Call a tool, with the code of its preview if it has one, and give all that the client got."""
    given = arguments or example(CATALOG[tool], everything=True)
    result = await client.call_tool(tool, given)
    shown: dict[str, Any] = result.structured_content or {}
    code = shown.get("confirm")
    again = await client.call_tool(tool, {**given, "confirm": code}) if code else None
    return f"{result.model_dump_json()} {again and again.model_dump_json()}"


class TestEcho:
    @pytest.fixture
    def upstream(self) -> Echo:
        return Echo()

    @pytest.mark.parametrize("tool", names(ENTRIES))
    async def test_no_result_repeats_the_token(self, connect: Connect, upstream: Echo, caplog: pytest.LogCaptureFixture, tool: str) -> None:
        caplog.set_level("DEBUG")
        leaks: dict[str, list[str]] = {}
        async with connect(token=TOKEN, spend="confirm") as client:
            for upstream.kind in turn(CATALOG[tool], *ECHOES, number=3):
                leaks[upstream.kind] = found_in(await told(client, tool))
        assert {kind: leak for kind, leak in leaks.items() if leak} == {}
        assert found_in(caplog.text) == []
        assert upstream.sent


CUTS: dict[str, Callable[[str], Reply]] = {
    "a message": lambda text: Reply.error(400, "INVALID", text),
    "a message in text": lambda text: Reply(500, text.encode(), {"content-type": "text/plain"}),
    "a title": lambda text: Reply(502, f"<html><title>{text}</title></html>".encode(), {"content-type": "text/html"}),
    "a code": lambda text: Reply.error(409, text, "conflict"),
    "a name": lambda text: Reply.data({"id": CONTAINER, "name": text}),
    "a long text": lambda text: Reply.data({"id": CONTAINER, "log": [text * 60] * 9}),
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("tool", ["containers_get", "containers_delete"])
async def test_a_token_at_a_cut_is_not_shown_in_part(connect: Connect, upstream: Upstream, tool: str, cut: str) -> None:
    shown: dict[int, str] = {}
    async with connect(token=TOKEN) as client:
        for before in range(10, 300, 11):
            upstream.script(*[CUTS[cut]("x" * before + TOKEN)] * 4)
            shown[before] = await told(client, tool, {"container_id": CONTAINER})
            upstream.scripted.clear()
    assert [before for before, text in shown.items() if TOKEN[:12] in text or TOKEN[-12:] in text] == []


CARRIED = f"Illegal header value b'Bearer {TOKEN}' {ARGUMENT}"
FAULTS: list[Exception] = [
    *(kind(CARRIED) for kind in (httpx2.LocalProtocolError, httpx2.RemoteProtocolError, httpx2.DecodingError, httpx2.ProxyError)),
    *(kind(CARRIED) for kind in (httpx2.ConnectError, httpx2.ReadError, httpx2.WriteError, httpx2.CloseError, httpx2.PoolTimeout)),
    *(kind(CARRIED) for kind in (httpx2.ConnectTimeout, httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.TooManyRedirects)),
    *(kind(CARRIED) for kind in (httpx2.InvalidURL, httpx2.UnsupportedProtocol, ssl.SSLError, OSError, TimeoutError)),
    *(kind(CARRIED) for kind in (KeyError, ValueError, AttributeError, RecursionError, AssertionError)),
    UnicodeEncodeError("ascii", CARRIED, 0, 1, CARRIED),
    json.JSONDecodeError(CARRIED, CARRIED, 0),
    ExceptionGroup(CARRIED, [KeyError(CARRIED)]),
]


@pytest.mark.parametrize("tool", SAMPLE)
async def test_no_fault_shows_what_it_carries(connect: Connect, upstream: Upstream, caplog: pytest.LogCaptureFixture, tool: str) -> None:
    caplog.set_level("DEBUG")
    arguments = {name: ARGUMENT if value == "text" and name != "path" else value for name, value in example(CATALOG[tool]).items()}
    reads, shown = tool in {"projects_list", "files_get"}, dict[str, str]()
    async with connect(token=TOKEN) as client:
        for fault in FAULTS:
            upstream.script(*[Reply(fault=fault)] * 4, when=lambda sent: (sent.method == "GET") == reads)
            shown[repr(fault)] = await told(client, tool, arguments)
            assert len(upstream.scripted) < 4, "the fault was not met"
            upstream.scripted.clear()
    assert [fault for fault, text in shown.items() if found_in(text)] == []
    assert found_in(caplog.text) == []
    assert ARGUMENT not in caplog.text


@pytest.mark.parametrize("token", [f"{TOKEN}\nx", f"{TOKEN} x", f"{TOKEN}é", TOKEN * 200, f"{TOKEN}\x00"], ids=range(5))
def test_a_refused_token_is_not_told(token: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    with pytest.raises(SettingsError) as at_start:
        Settings.load(token=token)
    with pytest.raises(SettingsError) as at_call:
        Settings.load(token_file=str(file)).current_token()
    for raised in (at_start, at_call):
        assert found_in("".join(traceback.format_exception(raised.value))) == []
        assert "HOODY_TOKEN" in str(raised.value)


def test_settings_do_not_show_the_token() -> None:
    settings = Settings.load(token=TOKEN)
    assert settings.current_token() == TOKEN
    assert found_in(f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()} {settings.model_fields_set}") == []


SECRET_ARGUMENTS: dict[str, dict[str, Any]] = {
    "env_set": {"key": "KEY", "value": ARGUMENT},
    "env_set_many": {"variables": {"KEY": ARGUMENT}},
    "network_update": {"type": "http", "proxy": f"http://user:{ARGUMENT}@proxy.test:80"},
    "terminal_execute": {"command": f"echo {ARGUMENT}", "ssh_password": ARGUMENT, "ssh_host": "host", "ssh_user": "user"},
    "files_put": {"path": "/a", "text": ARGUMENT, "overwrite": True},
}


def test_a_real_process_writes_no_secret_to_any_log(tmp_path: Path) -> None:
    upstream, log, token = Echo(), tmp_path / "audit", tmp_path / "token"
    token.write_text(TOKEN)
    with on_loopback(upstream) as settings:
        files = {"HOODY_TOKEN": "", "HOODY_TOKEN_FILE": str(token), "HOODY_AUDIT_LOG": str(log)}
        with Process({**settings, **files, "HOODY_LOG_LEVEL": "debug"}, python=("-W", "always")) as process:
            process.ask(hello())
            for upstream.kind in ECHOES:
                for tool, arguments in SECRET_ARGUMENTS.items():
                    answer = json.dumps(process.ask(call(tool, tool, container_id=CONTAINER, **arguments)))
                    code = json.loads(answer)["result"].get("structuredContent", {}).get("confirm")
                    answer += json.dumps(process.ask(call(0, tool, container_id=CONTAINER, **arguments, confirm=code))) if code else ""
                    assert found_in(answer) == []
            process.ask(call("deleted", "files_delete", container_id=CONTAINER, path=f"/{TOKEN}"))
            process.end_input()
            process.ended()
            logged = process.errors() + log.read_text()
    assert '"tool": "terminal_execute"' in logged
    assert '"tool": "files_delete"' in logged
    assert found_in(logged) == []
    assert ARGUMENT not in logged


@pytest.mark.parametrize("tool", names(ENTRIES))
def test_no_argument_decides_where_a_token_goes_or_which(tool: str) -> None:
    arguments = set(CATALOG[tool].definition["inputSchema"]["properties"])
    assert arguments & {"base_url", "api_url", "kit_url", "token", "api_key", "authorization", "headers", "cookie"} == set()


LOCATIONS = ["https://evil.test/", "//evil.test/", "/api/v1/users", "https://api.hoody.icu.evil.test/"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("tool", ["projects_list", "projects_create", "files_get", "terminal_result"])
async def test_a_redirect_is_not_followed(connect: Connect, upstream: Upstream, status: int, tool: str) -> None:
    async with connect(token=TOKEN) as client:
        for location in LOCATIONS:
            upstream.script(*[Reply(status, b"", {"location": location})] * 5, when=lambda sent: f"/{CONTAINER}" not in sent.path)
            assert (await client.call_tool(tool, example(CATALOG[tool]))).is_error
            assert len(upstream.scripted) < 5, "no redirect was met"
            upstream.scripted.clear()
    assert {sent.host.partition(".")[2] for sent in upstream.sent} <= {"hoody.icu", "node-us.containers.hoody.icu"}
    assert [sent.path for sent in upstream.sent if sent.path == "/api/v1/users"] == []


@pytest.mark.parametrize("tool", KIT)
async def test_a_container_gets_no_credential(connect: Connect, upstream: Upstream, tool: str) -> None:
    cookie = {"content-type": "application/json", "set-cookie": f"session={TOKEN}; Domain=hoody.icu; Path=/"}
    record = Reply.data({"id": CONTAINER, **upstream.container})
    upstream.script(Reply(200, record.body, cookie))
    async with connect(token=TOKEN, spend="confirm") as client:
        await told(client, tool)
        await told(client, tool)
    to_container = [sent for sent in upstream.sent if sent.host.endswith(".containers.hoody.icu")]
    to_api = [sent for sent in upstream.sent if sent.host == "api.hoody.icu"]
    assert to_container
    assert {sent.headers["authorization"] for sent in to_api} == {f"Bearer {TOKEN}"}
    assert len(to_api) + len(to_container) == len(upstream.sent)
    for sent in to_container:
        assert found_in(repr(sent)) == []
        assert set(sent.headers) <= {"host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length"}


@pytest.mark.parametrize("tool", sorted(set(names(ENTRIES)) - set(KIT)))
async def test_the_token_travels_in_one_header_only(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect(token=TOKEN, spend="confirm") as client:
        await told(client, tool)
    assert upstream.sent
    for sent in upstream.sent:
        assert sent.headers.pop("authorization") == f"Bearer {TOKEN}"
        assert found_in(repr(sent)) == []
