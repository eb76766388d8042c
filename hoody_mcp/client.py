"""Send requests to Hoody: with which credentials, to which host, how often, and under which verb.

Whether a request carries the account token is decided by its kind: requests to the API do, requests to a container's
service never do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx2

from .answers import Answer, check, is_envelope, is_unknown, read_json
from .connection import Connection, host_of
from .errors import HoodyError, NotReady, Refused, UnexpectedAnswer, Unreachable
from .hosts import Hosts
from .jsons import as_object, at
from .operation import Risk
from .realms import Realms, says_realm
from .request import Kit, Request, container_record, health, identity
from .retries import LEAST_WAIT, RETRYING, TOO_MANY, Again, Patience, harmless, judged
from .settings import Settings
from .waking import Home, Waking

NOT_FOUND, METHOD_NOT_ALLOWED, FORBIDDEN = 404, 405, 403
NOT_AWAKE = frozenset({502, 503})


class Client:
    """Everything that goes to Hoody and its containers goes through here."""

    def __init__(self, settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """Take the settings and, in tests and the sandbox, a transport in place of the network."""
        self._settings = settings
        self._connection = Connection(settings, transport)
        self._verbs: dict[tuple[str, str], str] = {}  # (tool, verb) → the verb that worked instead
        self._waking = Waking(Hosts(settings, self._container), self._is_awake)
        self._realms = Realms(settings, self._ask)
        self._identities: dict[str, str] = {}  # token's hash → user id
        self.learn: Callable[[str, object], object] = lambda _kind, _record: None  # told every record that is looked up

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    @property
    def realm(self) -> str:
        """The realm that the API is used in; empty if none."""
        return self._realms.current()

    async def send(self, request: Request, *, wants_json: bool = True) -> Answer:
        """Send a request and give a successful answer; every other outcome is a `HoodyError`."""
        patience = Patience(request)
        try:
            answer = await (self._to_kit(request, request.kit, patience) if request.kit else self._to_api(request, patience))
            check(answer, from_kit=request.kit is not None, wants_json=wants_json, changes=request.risk is not Risk.READ)
        except HoodyError as error:
            patience.admit(error)
            raise
        return answer

    async def identity(self) -> str:
        """Give the caller's own user id; `UnexpectedAnswer` if it cannot be told."""
        caller = self._settings.caller()
        if caller not in self._identities:
            self._identities[caller] = _user_id(await self.send(identity()))
        return self._identities[caller]

    async def addresses(self, container_id: str) -> dict[str, str]:
        """Give the addresses of a container's services."""
        return await self._waking.addresses(container_id)

    async def ask_docs(self, request: Request) -> Answer:
        """Send a request to the documentation assistant, without any credential, and never again: it counts questions."""
        answer = await self._connection.once(request, request.method, self._settings.docs_url, {})
        check(answer, from_kit=True, wants_json=True, changes=False)
        return answer

    async def _to_api(self, request: Request, patience: Patience) -> Answer:
        base = self._realms.api
        try:
            answer = await self._at(base, request, patience)
            if answer.status == FORBIDDEN and await self._realms.found(base, refused=says_realm(answer)):
                answer = await self._at(self._realms.api, request, patience)
        finally:
            if request.risk is not Risk.READ:
                self._waking.forget(request.containers)
        return answer

    async def _at(self, base: str, request: Request, patience: Patience) -> Answer:
        authorized = {"authorization": f"Bearer {self._settings.current_token()}"}
        return await self._with_either_verb(request, base, authorized, patience)

    async def _ask(self, base: str, request: Request) -> Answer:
        return await self._at(base, request, Patience(request))

    async def _to_kit(self, request: Request, kit: Kit, patience: Patience) -> Answer:
        """Send to a container's service; where nobody answers for it, find out once what has become of the container."""
        home = await self._waking.home(kit)
        answer: Answer | None = None
        lost: Unreachable | None = None
        try:
            answer = await self._with_either_verb(request, home.base, {}, patience)
        except Unreachable as error:
            lost = error
        if answer and not from_nobody(answer):
            return answer
        other = await self._elsewhere(kit, home)
        if other and (answer is None or answer.status == NOT_FOUND or harmless(request)):
            return await self._with_either_verb(request, other.base, {}, patience)
        if answer:
            return answer
        raise lost or UnexpectedAnswer("There is no answer.")

    async def _elsewhere(self, kit: Kit, home: Home) -> Home | None:
        """Give where the service answers by now, if the container has moved or has only just started."""
        try:
            fresh = await self._waking.home(kit, stale=home)
        except (NotReady, Refused):
            raise
        except HoodyError:
            return None
        return fresh if fresh.base != home.base or fresh.residence.is_fresh else None

    async def _with_either_verb(self, request: Request, base: str, authorized: Mapping[str, str], patience: Patience) -> Answer:
        """Send; where older servers know the route under another verb, try that once and remember which worked."""
        verb = self._verbs.get((request.tool, request.method), request.method)
        answer = await self._exchange(request, verb, base, authorized, patience)
        unknown = answer.status == METHOD_NOT_ALLOWED or is_unknown(answer)
        if not (unknown and request.also) or verb != request.method or request.risk in {Risk.DESTROY, Risk.SPEND}:
            return answer
        other = await self._exchange(request, request.also, base, authorized, patience)
        if other.status not in {NOT_FOUND, METHOD_NOT_ALLOWED}:
            self._verbs[request.tool, request.method] = request.also
        return other

    async def _exchange(self, request: Request, verb: str, base: str, authorized: Mapping[str, str], patience: Patience) -> Answer:
        """Send, again if that may help and cannot harm; the last answer counts."""

        async def once() -> Answer:
            patience.waited += await self._connection.pace.quiet(host_of(base), patience.left)
            answer = await self._connection.once(request, verb, base, authorized)
            if answer.status == TOO_MANY:
                self._connection.pace.complain(answer.host, Again(answer).wait or LEAST_WAIT)
            return judged(answer)

        try:
            return await RETRYING(patience, once)
        except Again as last:
            return last.answer

    async def _is_awake(self, kit: Kit, base: str) -> bool:
        """Ask a service for its health: any answer of its own will do."""
        request = health(kit)
        try:
            answer = await self._connection.once(request, request.method, base, {})
        except HoodyError:
            return False
        return not (from_nobody(answer) or answer.is_page)

    async def _container(self, container_id: str) -> Mapping[str, Any]:
        answer = await self.send(container_record(container_id))
        try:
            found = read_json(answer.content)
        except ValueError:
            found = None
        record = as_object(found["data"]) if is_envelope(found) else None
        if record:
            self.learn("container", record)
            return record
        raise UnexpectedAnswer("Hoody's record of the container cannot be read.")


def _user_id(answer: Answer) -> str:
    try:
        found = at(read_json(answer.content), "data.id")
    except ValueError:
        found = None
    if isinstance(found, str) and found:
        return found
    raise UnexpectedAnswer("It cannot be told which things are this account's own, so no name can be used: give ids. Nothing was changed.")


def from_nobody(answer: Answer) -> bool:
    """Tell whether an answer is not the service's own, but of what stands in front of it while it is not there."""
    return answer.status in NOT_AWAKE or is_unknown(answer)
