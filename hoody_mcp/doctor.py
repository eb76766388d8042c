"""Examine what users would otherwise have to guess: settings, token, network, clock, rights, and one container.

Each check stands for itself; one that needs something that has failed says so. All requests read, and they are few.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2
from pydantic import SecretStr, ValidationError

from . import findings as judged
from .answers import Answer
from .arguments import Call
from .catalog import Catalog
from .clean import MASK, Redactor
from .client import Client
from .connection import time_limit
from .errors import UNAUTHORIZED, ApiError, HoodyError, Interrupted, NotReady, SettingsError, UnexpectedAnswer, Unreachable
from .findings import Finding, Level, as_text, exit_code, not_examined
from .hosts import api_url
from .jsons import Json, as_array, as_object
from .listing import check_names, selected
from .operation import Operation
from .operations.control.auth_tokens import AuthTokensGetCurrent
from .operations.control.containers import ContainersList
from .operations.control.utilities import IpGet
from .request import Kit, build, health
from .result import unwrapped
from .settings import HOW_TO_GET_A_TOKEN, Confirm, Execute, Settings, Spend, near_misses

__all__ = ["Finding", "Level", "as_text", "examine", "exit_code"]

SECONDS = 20.0  # for each check
NO_TOKEN = "none"  # noqa: S105 - sent where there is no token, to see whether Hoody answers at all
UNKNOWN = 401
SERVICE_IS_THERE = frozenset({404, 405})  # answers of a service that merely has no such health route
AGAIN = "Try again in a minute; if it stays, check HOODY_BASE_URL."
NETWORK = "Check the network and HOODY_BASE_URL; behind a company proxy also HTTPS_PROXY and SSL_CERT_FILE."


async def examine(settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> list[Finding]:
    """Examine everything and give what was found, in a fixed order; never raises for what it finds."""
    given = settings
    if settings.sandbox and transport is None:
        from .sandbox.run import in_process  # noqa: PLC0415 - only a sandbox needs it

        settings, transport = in_process(settings)
    found = [*_settings(given, settings), *_token(settings), *_proxies()]
    found += await _beyond_this_machine(settings, transport)
    found += _limits(settings)
    redact = Redactor(settings.credentials())
    return [finding.cleaned(redact) for finding in found]


def _settings(given: Settings, settings: Settings) -> Iterator[Finding]:
    values = {name: _spelt(getattr(settings, name)) for name in Settings.model_fields}
    origins = {name: _origin(name, given, settings) for name in values}
    stated = [f"{name}={values[name] or 'nothing'} ({origin})" for name, origin in origins.items() if origin]
    defaults = [f"{name}={value}" for name, value in values.items() if value and not origins[name]]
    absent = [name for name, value in values.items() if not value and not origins[name]]
    yield Finding("settings", Level.OK, f"Set: {_list(stated)}. Defaults: {_list(defaults)}. Not set: {_list(absent)}.")
    for name in near_misses(os.environ):
        yield Finding("settings", Level.WARNING, f"There is no setting {name}, so it does nothing.", "Correct its name, or unset it.")
    try:
        api_url(settings)
    except SettingsError as error:
        yield Finding(
            "settings", Level.ERROR, f"The server does not start. {str(error).rstrip('.')}.", "Set HOODY_REALM_URL, or unset HOODY_REALM."
        )
    log = settings.audit_log and settings.audit_log.expanduser()
    if log and not os.access(log if log.exists() else log.parent, os.W_OK):
        yield Finding("settings", Level.ERROR, "The server does not start: HOODY_AUDIT_LOG cannot be written.", "Name a writable file.")


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _spelt(value: object) -> str:
    match value:
        case SecretStr():
            return "set"
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case _:
            return "" if value is None else str(value)


def _origin(name: str, given: Settings, settings: Settings) -> str:
    """Say where a setting comes from; empty for a default. What is set but not by the environment came from a flag."""
    variable = f"HOODY_{name.upper()}"
    if getattr(given, name) != getattr(settings, name):
        return "sandbox"
    if name not in given.model_fields_set:
        return ""
    is_there = any(key.upper() == variable and value for key, value in os.environ.items())
    return variable if is_there and _by_environment(name, given) == getattr(given, name) else "flag"


def _by_environment(name: str, given: Settings) -> Any:
    others = {other: getattr(given, other) for other in given.model_fields_set if other != name}
    try:
        return getattr(Settings(**others), name)
    except ValidationError:
        return None


def _token(settings: Settings) -> Iterator[Finding]:
    file = settings.token_file and settings.token_file.expanduser()
    try:
        token = settings.current_token()
    except SettingsError as error:
        mistaken = file and file.name.startswith(("hdy_", "eyJ"))
        do = "HOODY_TOKEN_FILE must hold the path of a file; a token itself belongs into HOODY_TOKEN." if mistaken else HOW_TO_GET_A_TOKEN
        yield Finding("token", Level.ERROR, str(error).removesuffix(HOW_TO_GET_A_TOKEN), do)
        return
    whence = f"file {file}{' (HOODY_TOKEN is set, too, and not used)' if settings.token else ''}" if file else "HOODY_TOKEN"
    yield judged.kind_of_token(token, "the sandbox itself" if settings.sandbox else whence)
    if file and os.name == "posix" and file.stat().st_mode & 0o044:
        yield Finding("token", Level.WARNING, "Other users of this machine can read the token's file.", f"chmod 600 {file}")


def _proxies() -> Iterator[Finding]:
    named = {"https": "HTTPS_PROXY", "all": "ALL_PROXY", "no": "NO_PROXY"}
    found = {named[kind]: _without_login(address) for kind, address in getproxies().items() if kind in named}
    certificates = os.environ.get("SSL_CERT_FILE", "")
    told = [f"{name}={value}" for name, value in {**found, **({"SSL_CERT_FILE": certificates} if certificates else {})}.items()]
    unused = " NO_PROXY holds *, so no proxy is used." if "*" in found.get("NO_PROXY", "").replace(" ", "").split(",") else ""
    yield Finding(
        "proxy", Level.OK, f"In force: {', '.join(told)}.{unused}" if told else "No proxy and no certificates of your own are set."
    )
    try:
        if certificates:
            ssl.create_default_context(cafile=certificates)
    except OSError as error:
        why = "holds no certificates" if isinstance(error, ssl.SSLError) else "names a file that cannot be read"
        yield Finding("proxy", Level.ERROR, f"SSL_CERT_FILE {why}.", "Correct its path, or unset it.")


def _without_login(address: str) -> str:
    return re.sub(r"^([A-Za-z][\w+.-]*://)?.*@", rf"\1{MASK}@", address)


async def _beyond_this_machine(settings: Settings, transport: httpx2.AsyncBaseTransport | None) -> list[Finding]:
    try:
        has_token = bool(settings.credentials())
        alone = {"realm": None, **({} if has_token else {"token": SecretStr(NO_TOKEN), "token_file": None})}
        asking, client = Client(settings.model_copy(update=alone), transport), Client(settings, transport)
    except SettingsError as error:
        broken = Finding("proxy", Level.ERROR, f"No connection can be made. {error}", "Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.")
        return [broken, *(not_examined(check, "no connection can be made") for check in ("api", "clock", "access", "container"))]
    async with asking, client:
        patient = Examination(settings, asking, client, "" if has_token else "there is no token")
        return [finding for check in (patient.api, patient.access, patient.container) for finding in await check()]


class Examination:
    """The checks that ask Hoody, and what the later ones learn from the earlier."""

    def __init__(self, settings: Settings, asking: Client, client: Client, obstacle: str) -> None:
        """Take a client of the API's own host, one that works as the server does, and what prevents all use of a token."""
        self._settings, self._asking, self._client = settings, asking, client
        self._obstacle = obstacle  # why later checks are left out
        self._address = ""  # ours, as Hoody sees it
        self._difference = timedelta()  # to be added to our clock
        self._listed: Any = None  # containers

    async def api(self) -> list[Finding]:
        """See whether Hoody answers, from which address we come, and what time it is there."""
        host = urlsplit(self._settings.base_url).hostname
        try:
            answer, payload = await _asked(self._asking, IpGet())
        except HoodyError as error:
            if isinstance(error, Unreachable | Interrupted):
                self._obstacle = "Hoody cannot be reached"
            told = Finding("api", Level.ERROR, str(error), AGAIN if isinstance(error, ApiError) else NETWORK)
            if _is_about_token(error):
                told = Finding("api", Level.OK, f"{host} answers{'.' if self._obstacle else ', but not to this token: see below.'}")
            return [told, not_examined("clock", "no answer says what time it is")]
        clock, self._difference = judged.clock(answer.headers.get("date", ""), datetime.now(UTC))
        self._address = str((as_object(payload) or {}).get("ip") or "")
        seen = f", and sees this machine as {self._address}" if self._address else ""
        return [Finding("api", Level.OK, f"{host} answers{seen}."), clock]

    async def access(self) -> list[Finding]:
        """See whether the token is accepted, and what it says about itself."""
        if self._obstacle:
            return [not_examined("access", self._obstacle)]
        try:
            if not self._settings.current_token().startswith("hdy_"):
                await self._containers()
                return [Finding("access", Level.OK, "Hoody accepts the token.")]
            _, payload = await _asked(self._asking, AuthTokensGetCurrent())
        except HoodyError as error:
            if _is_refusal(error) or isinstance(error, Unreachable | Interrupted):
                self._obstacle = "the token has to be accepted first"
            return [Finding("access", Level.ERROR, str(error), self._what_to_do(error))]
        return self._about_itself(as_object(payload) or {})

    def _what_to_do(self, error: HoodyError) -> str:
        if not _is_refusal(error):
            return AGAIN
        if error.status == UNKNOWN:
            return f"Use another token. {HOW_TO_GET_A_TOKEN}"
        ours = f" Hoody sees this machine as {self._address}." if self._address else ""
        return f"Have the account's owner look at the token's whitelist, realms and permissions, or use another token.{ours}"

    def _about_itself(self, payload: Json) -> list[Finding]:
        record, restrictions = as_object(payload.get("token")), as_object(payload.get("restrictions")) or {}
        if record is None:
            return [Finding("access", Level.WARNING, "Hoody accepts the token, but does not describe it.", "Check HOODY_BASE_URL.")]
        realm = judged.realm(restrictions, self._settings)
        if realm.level is Level.ERROR:
            self._obstacle = "the realm has to be set first"
        return [
            Finding("access", Level.OK, f"Hoody accepts the token {record.get('alias') or 'without a name'} (id {record.get('id')})."),
            judged.expiry(record.get("expires_at"), datetime.now(UTC) + self._difference),
            judged.whitelist(record.get("ip_whitelist"), self._address),
            judged.rights(record),
            realm,
        ]

    async def container(self) -> list[Finding]:
        """See whether a service of a running container answers."""
        if self._obstacle:
            return [not_examined("container", self._obstacle)]
        try:
            records = filter(None, map(as_object, await self._containers()))
            running = [each for each in records if each.get("status") == "running" and each.get("hoody_kit") is not False]
            if not running:
                return [Finding("container", Level.NOTE, "No container is running whose services could be asked.", "Start or create one.")]
            name = f"container {running[0].get('name')} ({running[0].get('id')})"
            await self._terminal(str(running[0].get("id")))
        except HoodyError as error:
            passing = isinstance(error, NotReady) or _is_refusal(error)
            do = "Check HOODY_KIT_URL, proxy and network, and the container's proxy permissions; then run this again."
            return [Finding("container", Level.WARNING if passing else Level.ERROR, str(error), do)]
        return [Finding("container", Level.OK, f"The terminal of {name} answers.")]

    async def _containers(self) -> list[Any]:
        if self._listed is None:
            _, payload = await _asked(self._client, ContainersList(limit=100))
            self._listed = as_array((as_object(payload) or {}).get("containers"))
        if self._listed is None:
            raise UnexpectedAnswer("The list of containers cannot be read.")
        return self._listed

    async def _terminal(self, container_id: str) -> None:
        try:
            with time_limit(SECONDS):
                await self._client.send(health(Kit(container_id, "terminal", 1)))  # anything but a page, which is not the service's
        except ApiError as error:
            if not (error.in_words and error.status in SERVICE_IS_THERE):
                raise


async def _asked(client: Client, operation: Operation) -> tuple[Answer, Any]:
    with time_limit(SECONDS):
        answer = await client.send(build(Call(operation)))
    try:
        return answer, unwrapped(answer)
    except ValueError:
        raise UnexpectedAnswer(f"{answer.host} answered with something that is not Hoody's, probably from a gateway in between.") from None


def _is_about_token(error: HoodyError) -> bool:
    """Tell whether Hoody itself has answered, but did not like who asked, or where."""
    return isinstance(error, SettingsError) or (_is_refusal(error) and error.in_words)


def _is_refusal(error: HoodyError) -> TypeGuard[ApiError]:
    return isinstance(error, ApiError) and error.status in UNAUTHORIZED


def _limits(settings: Settings) -> Iterator[Finding]:
    try:
        catalog = Catalog.load()
        check_names(settings, catalog)
    except SettingsError as error:
        yield Finding("limits", Level.ERROR, f"The server does not start. {error}", "`hoody-mcp tools` lists what there is.")
        return
    count = len(selected(catalog, settings))
    told = [f"{count} tools are listed ({', '.join(settings.listed_toolsets + settings.tools)}).", *judged.in_plain_words(settings)]
    usual = not settings.read_only and (settings.execute, settings.spend, settings.confirm) == (Execute.ALLOW, Spend.DENY, Confirm.AUTO)
    yield Finding("limits", Level.OK if usual else Level.NOTE, " ".join(told))
