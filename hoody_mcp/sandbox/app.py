"""The sandbox as a web application: which host was meant, who asks, which handler answers, what goes wrong on demand."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from http import HTTPStatus

import anyio
import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route as WebRoute
from starlette.types import Receive, Scope, Send

from . import activity, auth, controls, happened, proxy_judge
from .areas import API_AREAS, SERVICE_AREAS
from .faults import CutOff, Fault, Faults, spoilt
from .places import Place, place_of
from .routes import Route
from .state import Container, World
from .wire import Ask, Refusal

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "MKCOL"]
# Paths that want no token.
OPEN = re.compile(r"/api/v1/(ip|meta/.*|auth/(config|available-regions|tokens/public-profiles/[^/]*)|notifications/public)")
HALF = 20  # bytes of an answer that arrive before it is cut


class Sandbox:
    """One world, and the application that answers for it."""

    def __init__(self, world: World) -> None:
        """Serve a world; its faults can be set here or over HTTP."""
        self.world = world
        self.faults = Faults()
        self.requests: list[controls.Seen] = []  # what arrived, oldest first
        self.app = Starlette(routes=[WebRoute("/{path:path}", self._answer, methods=METHODS)])

    async def _answer(self, request: Request) -> Response:
        place = place_of(request.url.hostname or "", _raw_path(request))
        if place.path.startswith("/sandbox/"):
            return await controls.answer(self, request, place.path)
        seen = controls.Seen(request.method, place.path, place.kind, self.world.clock())
        self.requests = [*self.requests[-controls.MAX_SEEN :], seen]
        fault = self.faults.take(request.method, place.path)
        response = await self._spoilt(fault, request, place) if fault else await self._handled(request, place)
        seen.status = response.status_code
        if not place.service:
            activity.note(self.world, request, place, response.status_code)
        return response

    async def _spoilt(self, fault: Fault, request: Request, place: Place) -> Response:
        if fault.kind == "slow":
            answer = await self._handled(request, place) if fault.after else None
            await anyio.sleep(fault.seconds)
            return answer or await self._handled(request, place)
        if fault.kind == "cut":
            return _Cut(await self._handled(request, place) if fault.after else JSONResponse({"never": "complete"}))
        if fault.after:
            await self._handled(request, place)
        return spoilt(fault, self.world.clock())

    async def _handled(self, request: Request, place: Place) -> Response:
        self.world.settle()
        try:
            self.faults.check_rate(self.world.clock())
            ask = await self._ask(request, place)
            found, ask = _find(ask)
            if not place.service:
                auth.check_permission(ask.caller, found.needs) if found.needs else None
            answer = found.handler(ask)
            answer = await answer if inspect.isawaitable(answer) else answer
            return happened.noted(ask, found.handler, answer)
        except Refusal as refusal:
            return refusal.answer(place.service)
        except _Edge as edge:
            return HTMLResponse(f"<html><head><title>{edge.title}</title></head></html>", edge.status)

    async def _ask(self, request: Request, place: Place) -> Ask:
        ask = Ask(
            world=self.world,
            method=request.method,
            path=place.path,
            query=request.query_params,
            content=await request.body(),
            headers=request.headers,
            address=request.client.host if request.client else "127.0.0.1",
            realm=place.realm,
        )
        if place.service:
            to_service = dataclasses.replace(ask, container=self._container(place), service=place.service, instance=place.instance)
            proxy_judge.check(to_service)
            self._check_awake(to_service.box)
            return to_service
        try:
            known = dataclasses.replace(ask, token=auth.identified(self.world, request.headers.get("authorization")))
            auth.check_place(known)
        except Refusal:
            if OPEN.fullmatch(place.path):
                return ask
            raise
        return known

    def _container(self, place: Place) -> Container:
        """Find the container whose service is asked, as the edge in front of it would."""
        found = self.world.containers.get(place.container_id)
        record = found.record if found else {}
        if not found or (record["project_id"], record["server_name"]) != (place.project_id, place.server) or not record["hoody_kit"]:
            raise _Edge(HTTPStatus.NOT_FOUND, "No such host")
        return found

    def _check_awake(self, found: Container) -> None:
        """Refuse what nothing answers yet, or any more."""
        if found.status != "running":
            raise _Edge(HTTPStatus.BAD_GATEWAY, "Bad gateway")
        if found.awake > self.world.clock():
            raise _Edge(HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable")


class _Edge(Exception):
    """An answer of the proxy in front of containers: a page, not Hoody's words."""

    def __init__(self, status: HTTPStatus, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


class _Cut(StreamingResponse):
    """The first bytes of an answer, and then the end of the connection."""

    def __init__(self, answer: Response) -> None:
        super().__init__(iter([bytes(answer.body)[:HALF]]), answer.status_code, {"content-length": str(len(answer.body) + HALF)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)
        raise CutOff


class Transport(httpx2.ASGITransport):
    """Reaches the sandbox without a network, from the same process."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer; a cut connection is what it would be on a network."""
        try:
            return await super().handle_async_request(request)
        except CutOff:
            raise httpx2.RemoteProtocolError("the connection ended in the middle of an answer", request=request) from None


def _raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("ascii", "replace").partition("?")[0]


def _routes(ask: Ask) -> Iterator[Route]:
    for area in SERVICE_AREAS.get(ask.service, ()) if ask.service else API_AREAS:
        yield from area.routes


def _find(ask: Ask) -> tuple[Route, Ask]:
    """Find who answers a request, and read its path; 501 for what the sandbox does not know."""
    for route in _routes(ask):
        parts = route.match(ask.method, ask.path)
        if parts is not None:
            return route, dataclasses.replace(ask, parts=parts)
    raise Refusal(501, "NOT_IN_SANDBOX", "The sandbox does not know this operation; it needs the real Hoody")
