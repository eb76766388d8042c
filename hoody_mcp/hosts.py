"""Which host a request goes to: the API, a realm of it, or a container's service.

A service's host is made of facts from Hoody's own record of the container (project, server), looked up once and kept;
`subserver_name` is in that record too, but resolves to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .errors import HoodyError, Refused, SettingsError, UnexpectedAnswer
from .request import Kit
from .settings import LOOPBACK, Settings

SLUGS = {"notifications": "n", "proxyLogs": "logs"}  # services whose host label is not their name
HOST_LABELS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
KIT_HOST = "{project_id}-{container_id}-{service}-{index}.{server}"
MAX_KEPT = 1000  # containers whose place is remembered


@dataclass(frozen=True)
class Residence:
    """Where a container lives."""

    project_id: str
    server: str


LookUp = Callable[[str], Awaitable[Mapping[str, Any]]]


class Hosts:
    """Base URLs of the API and of container services."""

    def __init__(self, settings: Settings, look_up: LookUp) -> None:
        """Take the function that fetches a container's record by its id."""
        self._settings = settings
        self._look_up = look_up
        self._kept: dict[str, Residence] = {}
        self.api = api_url(settings)
        self._template = (settings.kit_url or kit_template(settings)).rstrip("/")

    async def service(self, kit: Kit, *, refresh: bool = False) -> str:
        """Give the base URL of a container's service; with `refresh` after asking Hoody again where the container is."""
        if refresh or kit.container_id not in self._kept:
            while len(self._kept) >= MAX_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[kit.container_id] = residence(await self._look_up(kit.container_id))
        place = self._kept[kit.container_id]
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
    base = settings.base_url.rstrip("/")
    if not settings.realm:
        return base
    template = settings.realm_url or realm_template(settings)
    return filled(template, realm=settings.realm).rstrip("/")


def realm_template(settings: Settings) -> str:
    """`https://api.hoody.icu` → `https://{realm}.api.hoody.icu`."""
    parts = urlsplit(settings.base_url.rstrip("/"))
    if parts.hostname in LOOPBACK:
        raise SettingsError("HOODY_REALM needs HOODY_REALM_URL, because HOODY_BASE_URL is this machine")
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
    place = Residence(str(record.get("project_id") or ""), str(record.get("server_name") or ""))
    if not all(map(HOST_LABELS.fullmatch, (place.project_id, place.server))):
        state = record.get("status")
        raise UnexpectedAnswer(
            f"Hoody's record of the container (status: {state}) does not say where it runs; try again when it is running."
        )
    return place


def filled(template: str, **values: str) -> str:
    """Replace placeholders by name; every value must be fit for a host name."""
    for name, value in values.items():
        if not HOST_LABELS.fullmatch(value):
            raise HoodyError(f"{name} cannot be part of a host name")
        template = template.replace(f"{{{name}}}", value)
    return template
