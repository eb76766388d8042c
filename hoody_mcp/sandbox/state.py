"""What the sandbox remembers. Records are what the API shows; what only the sandbox knows stands beside them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

STARTING = frozenset({"creating", "copying", "claiming"})
REBOOT = "reboot"  # no status, but what a container may be due to do


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
    balance: int = 0  # of the wallet, in cents
    later: list[tuple[float, Callable[[], None]]] = field(default_factory=list[tuple[float, Callable[[], None]]])  # what else happens when

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
        """Remove a container, and what led to it: aliases, and shares from it or to it alone."""
        del self.containers[container.id]
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
