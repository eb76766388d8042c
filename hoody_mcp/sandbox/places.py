"""Which of Hoody's hosts a request is for: by its host name, or by the beginning of its path where all come to one port."""

from __future__ import annotations

import re
from dataclasses import dataclass

DOMAIN = "sandbox.invalid"  # a domain that cannot exist
API = f"https://api.{DOMAIN}"
SERVICE_HOST = re.compile(
    r"(?P<project>\w{24})-(?P<container>\w{24})-(?P<service>[a-z]+)-(?P<index>\d+)\.(?P<server>[\w.-]+)\.containers\..+"
)
REALM_HOST = re.compile(r"(?P<realm>[0-9a-f]{24})\.api\..+")
SERVICE_PATH = re.compile(r"/kit/(?P<project>[^/]*)/(?P<container>[^/]*)/(?P<service>[^/]*)/(?P<index>\d+)/(?P<server>[^/]*)(?P<rest>/.*)")
REALM_PATH = re.compile(r"/realm/(?P<realm>[^/]*)(?P<rest>/.*)")
KIT_TEMPLATE = "/kit/{project_id}/{container_id}/{service}/{index}/{server}"  # behind the address of a sandbox on a port
REALM_TEMPLATE = "/realm/{realm}"


@dataclass(frozen=True)
class Place:
    """A host of Hoody's, and the path there."""

    path: str
    realm: str = ""
    project_id: str = ""
    container_id: str = ""
    service: str = ""  # empty for the API
    instance: int = 1
    server: str = ""

    @property
    def kind(self) -> str:
        """Name it for people: "api", "realm", or the service."""
        return self.service or ("realm" if self.realm else "api")


def place_of(host: str, path: str) -> Place:
    """Tell which host a request means."""
    service = SERVICE_HOST.fullmatch(host) or SERVICE_PATH.fullmatch(path)
    if service:
        parts = service.groupdict()
        return Place(
            path=parts.get("rest", path),
            project_id=parts["project"],
            container_id=parts["container"],
            service=parts["service"],
            instance=int(parts["index"]),
            server=parts["server"],
        )
    realm = REALM_HOST.fullmatch(host) or REALM_PATH.fullmatch(path)
    return Place(path=realm.groupdict().get("rest", path), realm=realm["realm"]) if realm else Place(path)
