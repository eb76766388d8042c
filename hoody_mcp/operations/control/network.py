"""Network: send what a container sends through a proxy, or block it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...access import way_out
from ...jsons import Json, as_object
from ...operation import Body, Changes, ContainerId, Operation, Path, Place, Risk, Show
from .containers import SHOW_CONTAINER


class NetworkGet(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/network",
    risk=Risk.READ,
    keywords="egress VPN tunnel DNS outgoing IP is the proxy on",
):
    """Show a container's outgoing proxy or block: settings and whether it is in force. Single ports and addresses: firewall_list."""

    container_id: Path[ContainerId]


TOLD = ("type", "proxy", "credentials_configured", "country", "city", "region", "comment", "dns_servers")
CONFIG = ("type", "proxy", "country", "city", "region", "comment")
SHOW_NETWORK = Show(read=NetworkGet, tells=("configured", "status", *TOLD), binds=("configured", *TOLD), label="network")
SHOW_ANY_NETWORK = Show(read=NetworkGet, tells=SHOW_NETWORK.tells, binds=SHOW_NETWORK.binds, label="network", optional=True)


LOST = "the proxy's login, which Hoody never shows: give it again in proxy"
DIRECTLY: Json = {}


def in_force(network: Any) -> Json:
    """Give the settings that decide how traffic leaves just now: none where nothing is in force."""
    settings = as_object(network) or {}
    return settings if settings.get("status") == "running" else DIRECTLY


def leaves(before: Json, after: Json) -> Json:
    """Tell how traffic leaves before and after."""
    return {"traffic leaves": {"before": way_out(before), "after": way_out(after)}}


def old_settings(container_id: str, before: Any) -> Iterator[Operation]:
    """Yield the calls that bring settings back, and put them into force if they were."""
    settings = as_object(before) or {}
    kept = {name: settings[name] for name in (*CONFIG, "dns_servers") if settings.get(name) not in (None, "")}
    yield NetworkUpdate.model_validate({"container_id": container_id, **kept})
    if in_force(settings):
        yield NetworkStart(container_id=container_id)


class NetworkUpdate(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/network",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_CONTAINER, SHOW_ANY_NETWORK),
    changes=Changes(NetworkGet, lost=LOST),
    keywords="set up VPN tunnel socks5 route traffic through country isolate offline geolocation",
):
    """Replace a container's proxy or block settings; the old ones are lost.

    This only stores them: network_start applies them. Stored proxy credentials survive being left out only while the endpoint stays the
    same.
    """

    container_id: Path[ContainerId]
    type: Body[Literal["socks5", "http", "https", "block"]] = Field(description="Kind of proxy, or block for no outgoing traffic.")
    proxy: Body[str | MISSING] = Field(
        default=MISSING, description="Proxy URL, such as socks5://user:password@host:1080. Needed unless type is block."
    )
    country: Body[str | MISSING] = Field(default=MISSING, description="Country of the exit.")
    city: Body[str | MISSING] = Field(default=MISSING, description="City of the exit.")
    region: Body[str | MISSING] = Field(default=MISSING, description="Region of the exit.")
    comment: Body[str | MISSING] = Field(default=MISSING, description="Free note.")
    dns_servers: Body[Annotated[list[str], Field(max_length=4)] | MISSING] = Field(
        default=MISSING, description="Addresses of DNS servers; absent: 1.1.1.1 and 8.8.8.8."
    )

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell how traffic leaves now, and once this is in force."""
        now = in_force(seen.get("network"))
        return {"traffic leaves": {"until network_start": way_out(now), "then": way_out(self.given(Place.BODY))}}

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Store the old settings, or none."""
        if (as_object(found) or {}).get("configured") is True:
            yield from old_settings(self.container_id, found)
        else:
            yield NetworkDelete(container_id=self.container_id)


class NetworkDelete(
    Operation,
    route="DELETE /api/v1/containers/{container_id=id}/network",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_NETWORK, SHOW_CONTAINER),
    changes=Changes(NetworkGet, lost=f"{LOST}; what was stopped comes back as configured"),
    keywords="remove VPN tunnel unblock egress direct connection",
):
    """Delete a container's proxy or block for good, stored credentials included: traffic leaves from the server's own address.

    To keep the settings: network_stop.
    """

    container_id: Path[ContainerId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell how traffic leaves before and after."""
        return leaves(in_force(seen.get("network")), DIRECTLY)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Store the settings again, if there were any."""
        if (as_object(found) or {}).get("configured") is True:
            yield from old_settings(self.container_id, found)


class NetworkStart(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/network/start",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_CONTAINER, SHOW_ANY_NETWORK),
    changes=Changes(NetworkGet, lost="what was only configured is stopped afterwards"),
    keywords="apply settings enable turn on VPN tunnel egress take effect, still goes out directly",
):
    """Put the stored proxy or block into force: a block or a broken proxy cuts the container off from the internet.

    Set it before with network_update; poll network_get for running or error.
    """

    container_id: Path[ContainerId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell how traffic leaves before and after."""
        network = as_object(seen.get("network")) or {}
        return leaves(in_force(network), network)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Stop it again, if it was not in force."""
        if not in_force(found):
            yield NetworkStop(container_id=self.container_id)


class NetworkStop(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/network/stop",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_NETWORK, SHOW_CONTAINER),
    changes=Changes(NetworkGet),
    keywords="disable pause bypass turn off VPN tunnel unblock egress connections hang",
):
    """Lift a container's proxy or block: its traffic leaves unprotected, from the server's own address.

    The settings stay for network_start.
    """

    container_id: Path[ContainerId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell how traffic leaves before and after."""
        return leaves(in_force(seen.get("network")), DIRECTLY)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Put it into force again, if it was."""
        if in_force(found):
            yield NetworkStart(container_id=self.container_id)
