"""Small helpers of the control plane."""

from __future__ import annotations

from ...operation import Operation, Risk


class IpGet(
    Operation,
    route="GET /api/v1/ip",
    risk=Risk.READ,
    oneself=True,
    keywords="my public address geolocation location whoami ASN provider",
):
    """Show the IP address from which this MCP server reaches Hoody, with place and network; needed for IP whitelists of tokens.

    It is not the address of a container.
    """
