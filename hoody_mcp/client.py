"""Send requests to Hoody: credentials, time-outs, and one clear error for everything that can go wrong on the way.

Whether a request carries the account token is decided by its kind: requests to the API do, requests to a container's
service never do. No redirect is followed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self

import anyio
import httpx2

from . import __version__
from .answers import Answer, check, is_envelope, is_error_body, read_json
from .clean import Redactor
from .errors import MAY_HAVE_HAPPENED, Interrupted, UnexpectedAnswer, Unreachable
from .hosts import Hosts
from .jsons import as_object
from .operation import Risk
from .request import Kit, Request, container_record
from .settings import Settings

CONNECT_SECONDS = 5.0
MAX_CONNECTIONS = 100
MAX_ANSWER = 64 * 1024 * 1024  # bytes that are read of one answer
NOT_FOUND, METHOD_NOT_ALLOWED = 404, 405

NEVER_PROXIED = ("all://127.0.0.1", "all://localhost", "all://[::1]")
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, httpx2.LocalProtocolError)


class Client:
    """One pool of connections to Hoody and its containers."""

    def __init__(self, settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """Take the settings and, in tests, a transport in place of the network."""
        self._settings = settings
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20),
            headers={"user-agent": f"hoody-mcp/{__version__}", "accept": "application/json, */*"},
            mounts=dict.fromkeys(NEVER_PROXIED),  # plain http is allowed to this machine because it stays on it
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # no cookie of one host may reach another
        )
        self._verbs: dict[tuple[str, str], str] = {}  # (tool, verb) → the verb that worked instead
        self.hosts = Hosts(settings, self._container)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, request: Request, *, wants_json: bool = True) -> Answer:
        """Send a request and give a successful answer; every other outcome is a `HoodyError`."""
        answer = await (self._to_kit(request, request.kit) if request.kit else self._to_api(request))
        check(answer, from_kit=request.kit is not None, wants_json=wants_json, changes=request.risk is not Risk.READ)
        return answer

    async def _to_api(self, request: Request) -> Answer:
        authorized = {"authorization": f"Bearer {self._settings.current_token()}"}
        return await self._with_either_verb(request, self.hosts.api, authorized)

    async def _to_kit(self, request: Request, kit: Kit) -> Answer:
        """Send to a container's service; when its host is not found there, ask once whether the container has moved."""
        base = await self.hosts.service(kit)
        try:
            answer = await self._with_either_verb(request, base, {})
        except Unreachable:
            moved = await self._moved(kit, base)
            if not moved:
                raise
        else:
            lost = answer.status == NOT_FOUND and not is_error_body(answer)
            moved = await self._moved(kit, base) if lost else None
            if not moved:
                return answer
        return await self._with_either_verb(request, moved, {})

    async def _moved(self, kit: Kit, base: str) -> str | None:
        """Give the new base URL of a service that is not where it was; None while it is."""
        fresh = await self.hosts.service(kit, refresh=True)
        return fresh if fresh != base else None

    async def _with_either_verb(self, request: Request, base: str, authorized: Mapping[str, str]) -> Answer:
        """Send; where older servers know the route under another verb, try that once and remember which worked."""
        verb = self._verbs.get((request.tool, request.method), request.method)
        answer = await self._exchange(request, verb, base, authorized)
        unknown = answer.status == METHOD_NOT_ALLOWED or (answer.status == NOT_FOUND and not is_error_body(answer))
        if not (unknown and request.also) or verb != request.method or request.risk in {Risk.DESTROY, Risk.SPEND}:
            return answer
        other = await self._exchange(request, request.also, base, authorized)
        if other.status not in {NOT_FOUND, METHOD_NOT_ALLOWED}:
            self._verbs[request.tool, request.method] = request.also
        return other

    async def _exchange(self, request: Request, verb: str, base: str, authorized: Mapping[str, str]) -> Answer:
        """Send once. Retries belong around this call: it says by its error whether the request can have arrived."""
        try:
            with anyio.fail_after(request.seconds):
                return await self._read(request, verb, base, authorized)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise Unreachable("The address of Hoody cannot be used; check HOODY_BASE_URL and HOODY_KIT_URL. Nothing was sent.") from None
        except NEVER_SENT as error:
            raise Unreachable(_unreachable(error, _host(base))) from None
        except (httpx2.HTTPError, httpx2.StreamError, TimeoutError) as error:
            raise Interrupted(_interrupted(error, request)) from None

    async def _read(self, request: Request, verb: str, base: str, authorized: Mapping[str, str]) -> Answer:
        timeout = httpx2.Timeout(request.seconds, connect=CONNECT_SECONDS)
        url, headers = f"{base}{request.target}", {**request.headers, **authorized}
        content = bytearray()
        async with self._http.stream(verb, url, headers=headers, content=request.content, timeout=timeout) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER:
                    done = "" if request.risk is Risk.READ else " The call itself was carried out."
                    raise UnexpectedAnswer(f"The answer is larger than {MAX_ANSWER // 2**20} MiB; ask for less.{done}")
            secrets = request.secrets if response.is_error else ()  # a success may be asked for them
            redact = Redactor([*self._settings.credentials(), *secrets])  # now: what is cut later may end within a credential
            named = {name.lower(): redact(value) for name, value in response.headers.items()}
            return Answer(response.status_code, _host(base), redact.content(bytes(content)), named)

    async def _container(self, container_id: str) -> Mapping[str, Any]:
        answer = await self.send(container_record(container_id))
        try:
            found = read_json(answer.content)
        except ValueError:
            found = None
        record = as_object(found["data"]) if is_envelope(found) else None
        if record:
            return record
        raise UnexpectedAnswer("Hoody's record of the container cannot be read.")


def _host(base: str) -> str:
    return httpx2.URL(base).host


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _unreachable(error: httpx2.HTTPError, host: str) -> str:
    causes = list(_causes(error))
    if isinstance(error, httpx2.ProxyError):
        reason = "the proxy refused the connection: check HTTPS_PROXY and NO_PROXY"
    elif isinstance(error, httpx2.PoolTimeout):
        reason = "too many calls are under way: try again in a moment"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "its name is not known (DNS): check the network, HOODY_BASE_URL, and that the container exists"
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        reason = "its certificate is not trusted (TLS): behind a company proxy set SSL_CERT_FILE to the company's CA"
    elif isinstance(error, httpx2.ConnectTimeout):
        reason = f"no connection within {CONNECT_SECONDS:.0f} seconds: check network, firewall and proxy"
    else:
        reason = "the connection was refused: check network, proxy and address"
    return f"Cannot reach {host}: {reason}. Nothing was sent."


def _interrupted(error: Exception, request: Request) -> str:
    late = isinstance(error, TimeoutError | httpx2.TimeoutException)
    what = f"No answer within {request.seconds:.0f} seconds" if late else "The connection broke before the answer was complete"
    if request.risk is Risk.READ:
        return f"{what}. Nothing was changed; the call can be repeated."
    return f"{what}. {MAY_HAVE_HAPPENED}"
