"""Network: send what a container sends through a proxy, or block it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, ContainerId, Operation, Path, Risk, Show
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
SHOW_NETWORK = Show(read=NetworkGet, tells=("configured", "status", *TOLD), binds=("configured", *TOLD), label="network")
SHOW_ANY_NETWORK = Show(read=NetworkGet, tells=SHOW_NETWORK.tells, binds=SHOW_NETWORK.binds, label="network", optional=True)


class NetworkUpdate(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/network",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_CONTAINER, SHOW_ANY_NETWORK),
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


class NetworkDelete(
    Operation,
    route="DELETE /api/v1/containers/{container_id=id}/network",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_NETWORK, SHOW_CONTAINER),
    keywords="remove VPN tunnel unblock egress direct connection",
):
    """Delete a container's proxy or block for good, stored credentials included: traffic leaves from the server's own address.

    To keep the settings: network_stop.
    """

    container_id: Path[ContainerId]


class NetworkStart(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/network/start",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_CONTAINER, SHOW_ANY_NETWORK),
    keywords="apply enable turn on VPN tunnel egress take effect go offline",
):
    """Put the stored proxy or block into force: a block or a broken proxy cuts the container off from the internet.

    Set it before with network_update; poll network_get for running or error.
    """

    container_id: Path[ContainerId]


class NetworkStop(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/network/stop",
    risk=Risk.DESTROY,
    shown_by="network_get",
    idempotent=True,
    shows=(SHOW_NETWORK, SHOW_CONTAINER),
    keywords="disable pause bypass turn off VPN tunnel unblock egress connections hang",
):
    """Lift a container's proxy or block: its traffic leaves unprotected, from the server's own address.

    The settings stay for network_start.
    """

    container_id: Path[ContainerId]
