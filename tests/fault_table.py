"""What goes wrong, and how often each kind of call is then sent: `python -m tests.fault_table` prints it as a table."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx2
from mcp import Client

from hoody_mcp.sandbox import goods, seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.faults import Fault
from hoody_mcp.sandbox.places import API
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import carried_out, text_of


@dataclass(frozen=True)
class Subject:
    """A call that stands for its risk class, and which of the requests that arrive are its own."""

    risk: str
    tool: str
    method: str
    path: str  # a regular expression
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    in_container: bool = False


ANY_ID = "[0-9a-f]{24}"
SUBJECTS = [
    Subject("READ", "containers_get", "GET", f"/api/v1/containers/{ANY_ID}", in_container=True),
    Subject("WRITE", "projects_create", "POST", "/api/v1/projects/", {"alias": "new"}),
    Subject("WRITE idempotent", "containers_update", "PUT", f"/api/v1/containers/{ANY_ID}", {"name": "new"}, in_container=True),
    Subject("EXECUTE", "terminal_execute", "POST", "/api/v1/terminal/execute", {"command": "date", "ephemeral": True}, in_container=True),
    Subject("DESTROY", "containers_delete", "DELETE", f"/api/v1/containers/{ANY_ID}", in_container=True),
    Subject(
        "SPEND",
        "servers_rent",
        "POST",
        f"/api/v1/servers/{ANY_ID}/rent",
        {"server_id": goods.SMALL, "rental_days": 30, "max_charge_cents": 900},
    ),
]
ALWAYS = 10_000  # times
REFUSED = "refused"
FAULTS: dict[str, dict[str, Any]] = {
    "no answer": {"kind": "slow", "seconds": 600, "times": ALWAYS},
    "no answer, done all the same": {"kind": "slow", "seconds": 600, "after": True, "times": ALWAYS},
    "429 once, 2 seconds": {"kind": "429", "retry_after": 2},
    "429 once, a date": {"kind": "429", "retry_after": 3, "as_date": True},
    "429, 3600 seconds": {"kind": "429", "retry_after": 3600, "times": ALWAYS},
    "429 always, 1 second": {"kind": "429", "retry_after": 1, "times": ALWAYS},
    "429 always, 0 seconds": {"kind": "429", "retry_after": 0, "times": ALWAYS},
    "500": {"kind": "500", "times": ALWAYS},
    "502, a gateway's page": {"kind": "page", "times": ALWAYS},
    "503": {"kind": "503", "times": ALWAYS},
    "503 once": {"kind": "503"},
    "503 once, 2 seconds": {"kind": "503", "retry_after": 2},
    "503 once, done all the same": {"kind": "503", "after": True},
    "cut before it is done": {"kind": "cut", "times": ALWAYS},
    "cut when it is done": {"kind": "cut", "after": True, "times": ALWAYS},
    "200 with garbage": {"kind": "garbage", "times": ALWAYS},
    "connection refused": {"kind": REFUSED},
}


@dataclass(frozen=True)
class Cell:
    """What one fault made of one call."""

    arrived: int
    said: str  # the error in full; empty if the call succeeded
    seconds: float

    @property
    def outcome(self) -> str:
        """Tell in a few words whether it has happened, by what the caller was told."""
        words = {
            "MAY have taken effect": "may have happened",
            "look whether it happened": "may have happened",
            "Nothing was": "not happened",
            "Try again": "not now",
            "try later": "not now",
            "try again": "not now",
        }
        return next((short for word, short in words.items() if word in self.said), self.said[:40]) if self.said else "done"

    def __str__(self) -> str:
        return f"{self.arrived}x {self.outcome}, {self.seconds:.1f} s"


class _Refusing(Transport):
    """Reaches the sandbox, except with the requests that find nobody."""

    def __init__(self, sandbox: Sandbox, subject: Subject) -> None:
        super().__init__(sandbox.app)
        self._subject = subject

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == self._subject.method and re.fullmatch(self._subject.path, request.url.path):
            raise httpx2.ConnectError("All connection attempts failed")
        return await super().handle_async_request(request)


class Trial:
    """A sandbox of its own for one subject and one fault."""

    def __init__(self, subject: Subject, fault: Mapping[str, Any]) -> None:
        self._subject, self._fault = subject, fault
        self._ago = 3600.0  # the container has run for an hour when it is called
        # By the clock by which the server reads a date: however slow the machine is, and however many waits are skipped.
        world = seed.make_world(clock=lambda: time.time() - self._ago, seconds_to_start=0, seconds_to_wake=0)
        self._sandbox = Sandbox(world)

    async def run(self) -> Cell:
        """Call, and see what arrives and what comes back."""
        arguments = dict(self._subject.arguments)
        if self._subject.in_container:
            arguments["container_id"] = await self._container()
        self._ago = 0.0
        async with self._client() as client:
            if self._fault["kind"] != REFUSED:
                self._sandbox.faults.waiting.append(Fault(method=self._subject.method, path=self._subject.path, **self._fault))
            self._sandbox.requests.clear()
            begin = anyio.current_time()
            result = await carried_out(client, self._subject.tool, arguments)
            seconds = anyio.current_time() - begin
        return Cell(self._arrived(), text_of(result) if result.is_error else "", seconds)

    @asynccontextmanager
    async def _client(self) -> AsyncGenerator[Client]:
        refusing = self._fault["kind"] == REFUSED
        transport = _Refusing(self._sandbox, self._subject) if refusing else Transport(self._sandbox.app)
        settings = Settings.load(token=seed.TOKEN, base_url=API, allow_host=(httpx2.URL(API).host,), spend="confirm", log_level="error")
        async with Client(create_server(settings, transport)) as client:
            yield client

    async def _container(self) -> str:
        async with httpx2.AsyncClient(transport=Transport(self._sandbox.app), headers={"authorization": f"Bearer {seed.TOKEN}"}) as http:
            body = {"server_id": seed.SERVER, "name": "box"}
            made = await http.post(f"{API}/api/v1/projects/{seed.PROJECT}/containers", json=body)
            return made.raise_for_status().json()["data"]["id"]

    def _arrived(self) -> int:
        mine = self._subject
        return sum(seen.method == mine.method and bool(re.fullmatch(mine.path, seen.path)) for seen in self._sandbox.requests)


Table = dict[tuple[str, str], Cell]  # by fault and risk class


async def table(at_a_time: int = 3) -> Table:
    """Try every fault on every risk class: all classes at once, and so many faults at a time."""
    cells: Table = {}
    limit = anyio.CapacityLimiter(at_a_time)

    async def row(fault: str) -> None:
        async with limit, anyio.create_task_group() as group:
            for subject in SUBJECTS:
                group.start_soon(cell, fault, subject)

    async def cell(fault: str, subject: Subject) -> None:
        cells[fault, subject.risk] = await Trial(subject, FAULTS[fault]).run()

    async with anyio.create_task_group() as group:
        for fault in FAULTS:
            group.start_soon(row, fault)
    return cells


def as_markdown(cells: Table) -> str:
    risks = [subject.risk for subject in SUBJECTS]
    rows = [["fault", *risks], ["---"] * (len(risks) + 1)]
    rows += [[fault, *(str(cells[fault, risk]) for risk in risks)] for fault in FAULTS]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    logging.disable()  # the table is all that is to be seen
    sys.stdout.write(as_markdown(asyncio.run(table())) + "\n")
