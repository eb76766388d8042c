"""Which host a request goes to: the API, a realm of it, or a container's service.

A service's host is made of facts from Hoody's own record of the container (project, server), looked up once and kept;
`subserver_name` is in that record too, but resolves to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import anyio

from .errors import HoodyError, Refused, SettingsError, UnexpectedAnswer
from .request import Kit
from .settings import LOOPBACK, Settings

SLUGS = {"notifications": "n", "proxyLogs": "logs"}  # services whose host label is not their name
SERVICES = (
    *("agent", "browser", "code", "cron", "curl", "daemon", "display", "exec", "files", "notes", "notifications"),
    *("pipe", "proxyLogs", "run", "sqlite", "terminal", "tunnel", "watch"),
)
HOST_LABELS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
KIT_HOST = "{project_id}-{container_id}-{service}-{index}.{server}"
MAX_KEPT = 1000  # containers whose place is remembered
FRESH = 120.0  # seconds after a change of status in which a container's services may still be starting


@dataclass(frozen=True)
class Residence:
    """Where a container lives, as Hoody's record of it says."""

    project_id: str
    server: str
    status: str = ""
    changed: str = ""  # when its status last changed, as the record spells it

    @property
    def has_place(self) -> bool:
        """Whether its services have addresses; while it is being made, they have none."""
        return all(map(HOST_LABELS.fullmatch, (self.project_id, self.server)))

    @property
    def is_fresh(self) -> bool:
        """Whether it may have started only just now, so that its services may not answer yet."""
        try:
            since = datetime.now(UTC) - datetime.fromisoformat(self.changed)
        except (ValueError, TypeError):
            return False
        return abs(since.total_seconds()) < FRESH


LookUp = Callable[[str], Awaitable[Mapping[str, Any]]]


class Hosts:
    """Base URLs of container services."""

    def __init__(self, settings: Settings, look_up: LookUp) -> None:
        """Take the function that fetches a container's record by its id."""
        self._settings = settings
        self._look_up = look_up
        self._kept: dict[tuple[str, str], Residence] = {}  # by caller and container
        self._asking: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)
        self._template = (settings.kit_url or kit_template(settings)).rstrip("/")

    async def find(self, container_id: str, stale: Residence | None = None) -> Residence:
        """Tell where a container lives, from memory unless that is `stale`; who asks at the same time is answered together."""
        key = (self._settings.caller(), container_id)
        async with self._asking[container_id]:
            kept = self._kept.get(key)
            if kept is None or kept is stale:
                kept = residence(await self._look_up(container_id))
                self.forget([container_id])
                if kept.has_place:
                    self._kept[key] = kept
            return kept

    def forget(self, container_ids: Iterable[str]) -> None:
        """Ask anew when these containers are needed again."""
        forgotten = set(container_ids)
        kept = [(key, place) for key, place in self._kept.items() if key[1] not in forgotten]
        self._kept = dict(kept[1 - MAX_KEPT :])  # the newest, with room for one more

    def base(self, kit: Kit, place: Residence) -> str:
        """Give the base URL of a container's service; `UnexpectedAnswer` if the record does not say where it is."""
        if not place.has_place:
            raise UnexpectedAnswer(
                f"Hoody's record of the container (status: {place.status or 'none'}) does not say where it runs; "
                "try again when it is running."
            )
        return filled(
            self._template,
            project_id=place.project_id,
            container_id=kit.container_id,
            service=SLUGS.get(kit.service, kit.service),
            index=str(kit.instance),
            server=place.server,
        )


def api_url(settings: Settings) -> str:
    """Give the API's base URL, on the realm's host if a realm is set; `SettingsError` if that cannot be derived."""
    return realm_url(settings, settings.realm) if settings.realm else settings.base_url.rstrip("/")


def realm_url(settings: Settings, realm: str) -> str:
    """Give the API's base URL on a realm's host."""
    return filled(settings.realm_url or realm_template(settings), realm=realm).rstrip("/")


def realm_template(settings: Settings) -> str:
    """`https://api.hoody.icu` → `https://{realm}.api.hoody.icu`."""
    parts = urlsplit(settings.base_url.rstrip("/"))
    if parts.hostname in LOOPBACK:
        raise SettingsError("A realm needs HOODY_REALM_URL, because HOODY_BASE_URL is this machine")
    return urlunsplit(parts._replace(netloc=f"{{realm}}.{parts.netloc}"))


def kit_template(settings: Settings) -> str:
    """`https://api.hoody.icu` → `https://{project_id}-….{server}.containers.hoody.icu`."""
    parts = urlsplit(settings.base_url.rstrip("/"))
    return urlunsplit(("https", f"{KIT_HOST}.{containers_domain(parts.hostname or '')}", "", "", ""))


def containers_domain(api_host: str) -> str:
    """Derive the domain of containers as Hoody's SDK does: `api.X` and `{realm}.api.X` → `containers.X`."""
    match api_host.split("."):
        case ["containers", *_]:
            return api_host
        case ["api", *rest]:
            return ".".join(["containers", *rest])
        case [label, "api", *rest] if re.fullmatch(r"[0-9a-f]{24}", label):
            return ".".join(["containers", *rest])
        case [label, "api", *rest]:
            return ".".join([label, "containers", *rest])
        case _:
            return f"containers.{api_host}"


def residence(record: Mapping[str, Any]) -> Residence:
    """Read project and server out of a container's record; says plainly why a container has no services."""
    if record.get("hoody_kit") is False:
        raise Refused(
            "This container was created without Hoody Kit, so it has no services (terminal, files, …): use SSH, or a new container."
        )
    told = (str(record.get(name) or "") for name in ("project_id", "server_name", "status", "updated_at"))
    return Residence(*told)


def filled(template: str, **values: str) -> str:
    """Replace placeholders by name; every value must be fit for a host name."""
    for name, value in values.items():
        if not HOST_LABELS.fullmatch(value):
            raise HoodyError(f"{name} cannot be part of a host name")
        template = template.replace(f"{{{name}}}", value)
    return template
