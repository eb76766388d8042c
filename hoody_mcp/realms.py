"""Which host of the API a token works on.

A token that is limited to realms is refused on the base host, where only the question about itself is answered. So
after the first refusal it is asked once: with one realm that realm's host is used from then on, with several the caller
has to choose.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio

from .answers import Answer, is_envelope, read_json
from .errors import ABOUT_REALMS, SERVER_FAULT, HoodyError, SettingsError
from .hosts import api_url, realm_url
from .jsons import as_array, as_object
from .places import HEX_ID
from .request import Request
from .settings import Settings

Send = Callable[[str, Request], Awaitable[Answer]]


@dataclass(frozen=True)
class Limits:
    """What a token says about itself."""

    needs_realm: bool = False
    realms: tuple[str, ...] = ()


class Realms:
    """The API's base URL, by the token in use."""

    def __init__(self, settings: Settings, send: Send) -> None:
        """Take the function that sends a request to a base URL of the API."""
        self._settings = settings
        self._send = send
        self._known: dict[str, Limits] = {}  # by the token's hash
        self._asking = anyio.Lock()

    def current(self) -> str:
        """Give the realm in use; empty if none."""
        return self._settings.realm or self._found

    @property
    def api(self) -> str:
        """The base URL to use now."""
        return realm_url(self._settings, self._found) if self._found else api_url(self._settings)

    @property
    def _found(self) -> str:
        limits = self._known.get(self._token())
        return limits.realms[0] if limits and limits.needs_realm and not self._settings.realm and len(limits.realms) == 1 else ""

    async def found(self, tried: str, *, refused: bool) -> bool:
        """After a 403 from a base URL, tell whether the token has another one; `refused` if the answer named realms.

        `SettingsError` lists the realms if the caller has to choose one.
        """
        async with self._asking:
            limits = self._known.get(self._token()) or await self._asked(refused=refused)
        if self.api != tried:
            return True
        if (refused and limits.realms) or (limits.needs_realm and not self.current()):
            raise SettingsError(_choice(self._settings.realm, limits.realms))
        return False

    async def _asked(self, *, refused: bool) -> Limits:
        if not self._settings.current_token().startswith("hdy_") or (self._settings.realm and not refused):
            return Limits()
        request = Request("GET", "/api/v1/auth/tokens/me", tool="token")
        try:
            answer = await self._send(self._settings.base_url.rstrip("/"), request)
        except HoodyError:
            return Limits()
        if answer.status >= SERVER_FAULT or answer.is_page:
            return Limits()
        self._known[self._token()] = _limits(answer)
        return self._known[self._token()]

    def _token(self) -> str:
        return self._settings.caller()


def says_realm(answer: Answer) -> bool:
    """Tell whether an answer refuses because of the realm."""
    return any(words.encode() in answer.content for words in ABOUT_REALMS)


def _limits(answer: Answer) -> Limits:
    try:
        body: Any = read_json(answer.content)
    except ValueError:
        return Limits()
    data = as_object(body["data"]) if is_envelope(body) else None
    restrictions = as_object((data or {}).get("restrictions")) or {}
    realms = map(str, as_array(restrictions.get("allowed_realm_ids")) or ())
    usable = tuple(realm for realm in realms if re.fullmatch(HEX_ID, realm))  # any other host label would mean no realm at all
    return Limits(restrictions.get("requires_realm_scope") is True, usable)


def _choice(given: str | None, realms: tuple[str, ...]) -> str:
    if not realms:
        return "The token works inside a realm only, and none is named for it: use another token."
    listed = ", ".join(realms[:20])
    if given:
        return f"HOODY_REALM names a realm that the token does not work in. It works in: {listed}."
    return f"The token works inside its realms only. Set HOODY_REALM to one of: {listed}."
