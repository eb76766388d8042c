"""What the sandbox remembers. Records are what the API shows; what only the sandbox knows stands beside them."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

STARTING = frozenset({"creating", "copying", "claiming"})
REBOOT = "reboot"  # no status, but what a container may be due to do
TOLD = frozenset({"creating", "running", "stopped", "failed", "deleting", "deleted"})  # statuses that events tell of
MAX_EVENTS = 10_000  # that are remembered


@dataclass
class Token:
    """An auth token, or a login's session."""

    value: str
    record: Json
    expires: float | None = None  # clock time
    revoked: bool = False

    @property
    def user_id(self) -> str:
        """Whose it is."""
        return self.record["user_id"]

    @property
    def is_session(self) -> bool:
        """Whether it came from a login."""
        return self.value.startswith("eyJ")

    @property
    def realms(self) -> list[str]:
        """Realms it is limited to; none means no limit."""
        return self.record["realm_ids"]


@dataclass
class Container:
    """A container: its record, its disk, and what is going on in it."""

    record: Json
    user_id: str
    files: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])  # absolute path → content; None is a directory
    modes: dict[str, str] = field(default_factory=dict[str, str])  # path → permission bits, where they were set
    owners: dict[str, str] = field(default_factory=dict[str, str])  # path → user:group, where it was set
    times: dict[str, float] = field(default_factory=dict[str, float])  # path → clock time of the last change
    snapshots: dict[str, Json] = field(default_factory=dict[str, Json])
    kept: dict[str, Json] = field(default_factory=dict[str, Json])  # snapshot's name → what it holds
    rules: dict[str, list[Json]] = field(default_factory=lambda: {"ingress": [], "egress": []})
    network: Json | None = None
    log: list[Json] = field(default_factory=list[Json])  # changes of status
    terminals: dict[str, Any] = field(default_factory=dict[str, Any])
    commands: dict[str, Any] = field(default_factory=dict[str, Any])
    issued: int = 0  # numbers that commands and processes have had
    turn: tuple[float, str] | None = None  # when the status becomes which
    awake: float = 0.0  # clock time from which its services answer
    address: str = ""  # in the network that the containers share; the API's record of a container has none

    @property
    def id(self) -> str:
        """Its id."""
        return self.record["id"]

    @property
    def status(self) -> str:
        """Its status, as of the last look."""
        return self.record["status"]

    def end_processes(self) -> None:
        """End whatever runs in it."""
        self.terminals.clear()
        self.commands.clear()


@dataclass
class Wallet:
    """What somebody can spend, in cents, and what became of it."""

    id: str = field(default_factory=lambda: new_id())  # noqa: PLW0108 - it is defined below
    balance: int = 0
    ai_limit: int = 0  # all credit for AI that was ever bought
    ai_used: int = 0
    transactions: list[Json] = field(default_factory=list[Json])  # newest first
    fees: list[Json] = field(default_factory=list[Json])  # of transfers to AI, newest first
    receipts: dict[str, Json] = field(default_factory=dict[str, Json])  # of transfers to AI, by idempotency key
    methods: dict[str, Json] = field(default_factory=dict[str, Json])  # ways to pay, by id
    bonus: Json | None = None  # once it was claimed


@dataclass
class World:
    """Everything there is, and how fast it goes."""

    clock: Callable[[], float] = time.time
    seconds_to_start: float = 2.0  # from creation or start to running
    seconds_to_wake: float = 1.0  # from running to the first answer of a service
    users: dict[str, Json] = field(default_factory=dict[str, Json])
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])  # by id
    projects: dict[str, Json] = field(default_factory=dict[str, Json])
    containers: dict[str, Container] = field(default_factory=dict[str, Container])
    rentals: dict[str, Json] = field(default_factory=dict[str, Json])
    market: dict[str, Json] = field(default_factory=dict[str, Json])  # servers that can be rented, by id
    offers: dict[str, Json] = field(default_factory=dict[str, Json])
    reservations: dict[str, Json] = field(default_factory=dict[str, Json])
    images: dict[str, Json] = field(default_factory=dict[str, Json])
    aliases: dict[str, Json] = field(default_factory=dict[str, Json])
    shares: dict[str, Json] = field(default_factory=dict[str, Json])
    proxy_documents: dict[str, Json] = field(default_factory=dict[str, Json])  # who may reach services, by id of container or project
    wallets: dict[str, Wallet] = field(default_factory=lambda: defaultdict[str, Wallet](Wallet))  # by user
    ai_fee_bps: int = 500  # what a transfer to AI costs, in hundredths of a percent
    vault: dict[tuple[str, str, str], Json] = field(default_factory=dict[tuple[str, str, str], Json])  # by user, realm and key
    pools: dict[str, Json] = field(default_factory=dict[str, Json])
    events: list[Json] = field(default_factory=list[Json])  # oldest first
    activity: list[Json] = field(default_factory=list[Json])  # requests that came with a valid token, oldest first
    notices: dict[str, Json] = field(default_factory=dict[str, Json])  # what users are told
    marks: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])  # by user and notice that was read
    later: list[tuple[float, Callable[[], None]]] = field(default_factory=list[tuple[float, Callable[[], None]]])  # what else happens when

    @property
    def balance(self) -> int:
        """What the first of the users can spend, in cents."""
        return self.wallets[next(iter(self.users))].balance

    @balance.setter
    def balance(self, cents: int) -> None:
        self.wallets[next(iter(self.users))].balance = cents

    def now(self, plus: float = 0.0) -> str:
        """Give the time as records spell it."""
        return spelt(self.clock() + plus)

    def settle(self) -> None:
        """Let everything happen that is due by now."""
        for event in [event for event in self.later if event[0] <= self.clock()]:
            self.later.remove(event)
            event[1]()
        for container in list(self.containers.values()):
            if container.turn and container.turn[0] <= self.clock():
                when, status = container.turn
                container.turn = None
                if status == REBOOT:
                    container.end_processes()
                    self.begin(container, "stopped", "running")
                    continue
                self.set_status(container, status, "system")
                container.awake = when + self.seconds_to_wake
                if status == "deleted":
                    self.forget(container)
                if status == "stopped":
                    container.end_processes()
            if container.status == "running":
                for terminal in list(container.terminals.values()):
                    terminal.settle(self.clock())

    def forget(self, container: Container) -> None:
        """Remove a container, and what led to it: aliases, shares from it or to it alone, and who might reach it."""
        del self.containers[container.id]
        self.proxy_documents.pop(container.id, None)
        self.aliases = {key: alias for key, alias in self.aliases.items() if alias["container_id"] != container.id}
        ends = ("source_container_id", "target_container_id")
        self.shares = {key: share for key, share in self.shares.items() if container.id not in [share[end] for end in ends]}

    def set_status(self, container: Container, status: str, cause: str) -> None:
        """Change a status now, and log it."""
        entry = {
            "id": new_id(),
            "container_id": container.id,
            "from_status": container.status,
            "to_status": status,
            "transition_time": self.now(),
            "created_at": self.now(),
            "triggered_by": cause,
        }
        container.log.append(entry)
        container.record |= {"status": status, "updated_at": self.now()}
        if status in TOLD:
            facts = {name: container.record[name] for name in ("name", "project_id", "server_id")} | {"status": status}
            whose: Json = {"user_id": container.user_id, "realm_ids": container.record["realm_ids"]}
            self.tell(f"container.{status}", of="container", of_id=container.id, facts=facts, **whose)

    def tell(self, kind: str, *, of: str, of_id: str, user_id: str, facts: Json, realm_ids: Iterable[str] = ()) -> None:  # noqa: PLR0913 - what an event holds
        """Remember an event for the user whom it concerns."""
        made: Json = {
            "id": new_id(),
            "event_type": kind,
            "resource_type": of,
            "resource_id": of_id,
            "user_id": user_id,
            "payload": facts,
            "realm_ids": list(realm_ids),
            "created_at": self.now(),
        }
        self.events.append(made)
        del self.events[:-MAX_EVENTS]

    def begin(self, container: Container, status: str, then: str) -> None:
        """Put a container into a passing status that ends by itself after `seconds_to_start`; it may be the present one."""
        if status != container.status:
            self.set_status(container, status, "user")
        container.turn = (self.clock() + self.seconds_to_start, then)

    def of_project(self, project_id: str) -> Iterator[Container]:
        """Yield the containers of a project."""
        yield from (found for found in self.containers.values() if found.record["project_id"] == project_id)


def spelt(moment: float) -> str:
    """Write a clock time as records spell it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """Make an id such as every thing of Hoody's has: 24 hex characters."""
    return secrets.token_hex(12)
