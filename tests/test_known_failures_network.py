"""What breaks servers like this one on the network, where no other test meets it: real sockets, all of them on this machine."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from importlib.metadata import requires
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mcp import Client

from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, example
from .conftest import CANARY
from .fault_table import text_of
from .process import Silent

PACKAGE = Path(__file__).parent.parent / "hoody_mcp"
OK = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"projects": []}'
REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
NOT_KNOWN = socket.gaierror(-2, "Name or service not known")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def serving(answer: Callable[[int], bytes], tls: ssl.SSLContext | None = None) -> AsyncGenerator[tuple[str, list[str]]]:
    """Answer the requests of each connection, the first with `answer(1)`; an empty answer hangs up. Gives address and first lines."""
    lines: list[str] = []

    async def handle(stream: ByteStream) -> None:
        reader = BufferedByteReceiveStream(stream)
        with contextlib.suppress(anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
            async with stream:
                while reply := await next_reply(reader):
                    await stream.send(reply)

    async def next_reply(reader: BufferedByteReceiveStream) -> bytes:
        first, *fields = (await reader.receive_until(b"\r\n\r\n", 65_536)).decode().lower().splitlines()
        sizes = [int(field.partition(":")[2]) for field in fields if field.startswith("content-length:")]
        await reader.receive_exactly(sum(sizes))
        lines.append(first)
        return answer(len(lines))

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon((TLSListener(listener, tls, standard_compatible=False) if tls else listener).serve, handle)
        yield f"127.0.0.1:{listener.extra(SocketAttribute.local_port)}", lines  # noqa: S610 - no Django
        group.cancel_scope.cancel()


async def told(*tools: str, **settings: object) -> list[str]:
    """Call tools of a server that uses the network; gives the error of each, or "" for a success."""
    said: list[str] = []
    with anyio.fail_after(20):
        async with Client(create_server(Settings.load(token=CANARY, **settings))) as client:
            for tool in tools:
                result = await client.call_tool(tool, example(CATALOG[tool]))
                said.append(text_of(result) if result.is_error else "")
    return said


async def test_a_creation_whose_connection_ends_before_the_answer_is_sent_once() -> None:
    async with serving(lambda number: OK if number == 1 else b"") as (address, lines):
        read, created = await told("projects_list", "projects_create", base_url=f"http://{address}")
    assert read == ""
    assert "MAY have taken effect" in created
    assert [line.split()[0] for line in lines] == ["get", "post"]


async def test_an_answer_that_does_not_come_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoody_mcp.engine.ROOM", -44.5)  # seconds of the 45 that a call may take
    silent = Silent()
    (said,) = await told("projects_list", base_url=silent.url)
    silent.close()
    assert said == "No answer within 1 seconds. Nothing was changed; the call can be repeated."


async def test_who_needs_no_proxy_is_reached_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def nobody(host: bytes | str, *_: object, **__: object) -> None:
        looked_up.append(host if isinstance(host, str) else host.decode())
        raise NOT_KNOWN

    monkeypatch.setenv("NO_PROXY", "[::1],fd00::/8,10.0.0.0/8,127.5.0.0/16,*.local,.x,,")
    async with serving(lambda _: REFUSAL) as (proxy, lines):
        monkeypatch.setattr(socket, "getaddrinfo", nobody)
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        for host in ("a.local", "b.x", "127.5.5.5:1", "c.test", "127.6.6.6:1"):
            (said,) = await told("projects_list", base_url=f"https://{host}", allow_host=(host.partition(":")[0],))
            assert said.endswith("Nothing was sent.")
    assert [line.split()[:2] for line in lines] == [["connect", "c.test:443"], ["connect", "127.6.6.6:1"]]
    assert set(looked_up) == {"a.local", "b.x"}


async def test_a_name_that_takes_long_to_look_up_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, released = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> None:
        asked.set()
        released.wait(10)
        raise NOT_KNOWN

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    async with Client(create_server(Settings.load(token=CANARY))) as client, anyio.create_task_group() as group:
        group.start_soon(client.call_tool, "projects_list")
        assert await anyio.to_thread.run_sync(asked.wait, 5)
        with anyio.fail_after(5):
            assert (await client.list_tools()).tools
            assert (await client.call_tool("projects_list", {"limit": 0})).is_error
        assert not released.is_set()
        released.set()


def made_by_a_company(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate authority of its own and a server for this machine that it vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    day = dt.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    signed = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(here, critical=False)
    authority, secret = folder / "ca.pem", folder / "key.pem"
    authority.write_bytes(signed.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*plain))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority, secret)
    return authority, tls


async def test_a_companys_own_certificate_is_trusted_when_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, tls = made_by_a_company(tmp_path)
    async with serving(lambda _: OK, tls) as (address, lines):
        (refused,) = await told("projects_list", base_url=f"https://{address}")
        assert ("SSL_CERT_FILE" in refused, lines) == (True, [])
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert await told("projects_list", base_url=f"https://{address}") == [""]
    assert len(lines) == 1


def imported(file: Path) -> Generator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_errors_of_one_http_library_are_the_only_ones_that_occur() -> None:
    found = {name for file in PACKAGE.rglob("*.py") for name in imported(file)}
    assert found & {"httpx", "httpx2", "requests", "aiohttp", "urllib3"} == {"httpx2"}


@pytest.mark.parametrize(("package", "least"), [("mcp", "2."), ("httpx2", "2.12")])
def test_no_next_major_version_of_the_protocol_or_http_library_is_taken(package: str, least: str) -> None:
    (declared,) = [found for found in requires("hoody-mcp") or () if re.match(rf"{package}\b", found)]
    assert f">={least}" in declared
    assert "<3" in declared
