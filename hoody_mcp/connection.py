"""One HTTP exchange: sent once, read whole, and one clear error for everything that can go wrong on the way.

No redirect is followed, no cookie is kept, and what comes back holds no credential.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import getproxies

import anyio
import httpx2

from . import __version__
from .answers import Answer
from .clean import Redactor
from .errors import MAY_HAVE_HAPPENED, NOTHING_SENT, Interrupted, SettingsError, UnexpectedAnswer, Unreachable
from .operation import Risk
from .pace import Pace
from .request import Request
from .settings import Settings

CONNECT_SECONDS = 5.0
MAX_CONNECTIONS = 100
MAX_ANSWER = 64 * 1024 * 1024  # bytes that are read of one answer
MIN_SECONDS = 0.5  # that a request gets even where a call's time is up
RESERVE = 10.0  # seconds of a call that waits before a request leave for the request itself

NEVER_PROXIED = ("all://127.0.0.1", "all://localhost", "all://[::1]")
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, httpx2.LocalProtocolError)


ENDS: ContextVar[float] = ContextVar("ENDS", default=math.inf)  # when the call under way must be over, on the event loop's clock


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Bound everything that is done for a call, so that it ends early enough to be told; no inner limit widens an outer one."""
    token = ENDS.set(min(ENDS.get(), anyio.current_time() + seconds))
    try:
        yield
    finally:
        ENDS.reset(token)


def time_left() -> float:
    """Give the seconds that the call under way still has; infinite outside of one."""
    return ENDS.get() - anyio.current_time()


class Connection:
    """One pool of connections to Hoody and its containers."""

    def __init__(self, settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """Take the settings and, in tests and the sandbox, a transport in place of the network."""
        self._settings = settings
        self.pace = Pace()
        self._http = _pool(transport)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def once(self, request: Request, verb: str, base: str, authorized: Mapping[str, str]) -> Answer:
        """Send once. The error says whether the request can have arrived: `Unreachable` if not, else `Interrupted`."""
        async with self.pace.slot(host_of(base), max(time_left() - RESERVE, MIN_SECONDS)):
            seconds = max(min(request.seconds, time_left()), MIN_SECONDS)
            try:
                with anyio.fail_after(seconds):
                    return await self._read(request, verb, base, authorized, seconds)
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
                raise Unreachable(
                    f"The address of Hoody cannot be used; check HOODY_BASE_URL and HOODY_KIT_URL. {NOTHING_SENT}", passing=False
                ) from None
            except NEVER_SENT as error:
                reason, passing = _reason(error)
                raise Unreachable(f"Cannot reach {host_of(base)}: {reason}. {NOTHING_SENT}", passing=passing) from None
            except (httpx2.HTTPError, httpx2.StreamError, TimeoutError) as error:
                raise _interrupted(error, request, seconds) from None

    async def _read(self, request: Request, verb: str, base: str, authorized: Mapping[str, str], seconds: float) -> Answer:
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
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
            return Answer(response.status_code, host_of(base), redact.content(bytes(content)), named)


def _pool(transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    try:
        return httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20),
            headers={"user-agent": f"hoody-mcp/{__version__}", "accept": "application/json, */*"},
            mounts=dict.fromkeys(NEVER_PROXIED),  # plain http is allowed to this machine because it stays on it
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # no cookie of one host may reach another
        )
    except OSError:  # that of a certificate file that is none, too
        raise SettingsError("SSL_CERT_FILE (or SSL_CERT_DIR) names certificates that cannot be used: correct it, or unset it.") from None
    except (ImportError, ValueError):
        raise SettingsError(
            "A proxy is set that cannot be used: HTTPS_PROXY and ALL_PROXY must be http:// or https:// addresses."
        ) from None


def host_of(base: str) -> str:
    """Name the host of a base URL."""
    return httpx2.URL(base).host


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: httpx2.HTTPError) -> tuple[str, bool]:
    """Say why there is no connection, and whether that may pass by itself."""
    causes = list(_causes(error))
    also = "; a proxy is set (HTTPS_PROXY, ALL_PROXY): check that, too" if {"https", "all"} & getproxies().keys() else ""
    if isinstance(error, httpx2.ProxyError):
        return "the proxy refused the connection: check HTTPS_PROXY and NO_PROXY", False
    if isinstance(error, httpx2.PoolTimeout):
        return "too many calls are under way: try again in a moment", True
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"its name is not known (DNS): check the network, HOODY_BASE_URL, and that the container exists{also}", False
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "its certificate is not trusted (TLS): behind a company proxy set SSL_CERT_FILE to the company's CA", False
    if isinstance(error, httpx2.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds: check network, firewall and proxy{also}", True
    return f"the connection was refused: check network, proxy and address{also}", True


def _interrupted(error: Exception, request: Request, seconds: float) -> Interrupted:
    late = isinstance(error, TimeoutError | httpx2.TimeoutException)
    what = f"No answer within {math.ceil(seconds)} seconds" if late else "The connection broke before the answer was complete"
    if request.risk is Risk.READ:
        return Interrupted(f"{what}. Nothing was changed; the call can be repeated.", passing=not late)
    return Interrupted(f"{what}. {MAY_HAVE_HAPPENED}", passing=not late)
