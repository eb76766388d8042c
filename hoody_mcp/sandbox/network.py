"""The network setting of a container: a proxy for what it sends, or a block. Storing it and applying it are two steps."""

from __future__ import annotations

import ipaddress
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field
from starlette.responses import Response

from . import find
from .routes import Area
from .state import Container, Json, World
from .states import demand
from .wire import Ask, Body, Refusal, data, invalid

area = Area()

NEEDS = "containers.features.networking"
DNS = ("1.1.1.1", "8.8.8.8")
CONFIG = ("type", "proxy", "country", "city", "region", "comment", "dns_servers")


class Config(Body):
    """What goes through which proxy; or nothing anywhere."""

    type: Literal["socks5", "http", "https", "block"]
    proxy: str = ""
    country: str = ""
    city: str = ""
    region: str = ""
    comment: str = ""
    dns_servers: list[str] = Field(default=[*DNS], max_length=4)


@area.route("GET /containers/{id}/network", needs="containers.read")
def get(ask: Ask) -> Response:
    """Show the setting and whether it is applied."""
    found = find.container(ask)
    if found.network is None:
        return data({"container_id": found.id, "configured": False})
    checks = {"last_status_check": ask.world.now(), "remote_status": _checked(ask, found, found.network)}
    return data({"configured": True, **_shown(ask, found, found.network), **checks})


@area.route("PUT /containers/{id}/network", needs=NEEDS)
def store(ask: Ask) -> Response:
    """Store the setting anew; it is applied by a start. Stored credentials stay if the proxy stays and none are given."""
    found, asked = find.container(ask), ask.body(Config)
    demand(found, "change its network")
    endpoint, credentials = _proxy(asked)
    before = found.network or {}
    if not credentials and before.get("proxy") == endpoint:
        credentials = before["credentials"]
    for address in asked.dns_servers:
        _check_address(address)
    found.network = asked.model_dump() | {
        "proxy": endpoint,
        "credentials": credentials,
        "configured_at": ask.world.now(),
        "applied": False,
        "stopped": False,
        "since": 0.0,  # clock time from which it is in force, once applied
    }
    return data(_shown(ask, found, found.network), message="Network configuration stored")


@area.route("DELETE /containers/{id}/network", needs=NEEDS)
def remove(ask: Ask) -> Response:
    """Forget the setting."""
    found = find.container(ask)
    demand(found, "change its network")
    found.network = None
    return data(None, message="Network configuration removed")


@area.route("POST /containers/{id}/network/start", needs=NEEDS)
def start(ask: Ask) -> Response:
    """Apply the setting, which takes a moment."""
    found, network = _configured(ask)
    if not network["applied"]:
        network |= {"applied": True, "stopped": False, "since": ask.world.clock() + ask.world.seconds_to_wake}
    return data(_state(ask, found, network), message="Network start requested")


@area.route("POST /containers/{id}/network/stop", needs=NEEDS)
def stop(ask: Ask) -> Response:
    """Let traffic go directly again; the setting stays."""
    found, network = _configured(ask)
    network |= {"applied": False, "stopped": True}
    return data(_state(ask, found, network), message="Network stopped")


def _configured(ask: Ask) -> tuple[Container, Json]:
    found = find.container(ask)
    if found.network is None:
        raise Refusal(404, "NETWORK_NOT_CONFIGURED", "The container has no network configuration; store one first")
    demand(found, "switch its network", "running")
    return found, found.network


def _proxy(asked: Config) -> tuple[str, str]:
    """Split the proxy's address into where it is, and the credentials."""
    if asked.type == "block":
        return "", ""
    try:
        url = urlsplit(asked.proxy)
        fits = url.scheme == asked.type and bool(url.hostname) and url.port != 0
    except ValueError:
        url, fits = SplitResult("", "", "", "", ""), False
    if not fits:
        raise invalid(("proxy", f"must be the address of a proxy, such as {asked.type}://proxy.example.com:1080"))
    credentials, _, place = url.netloc.rpartition("@")
    return f"{url.scheme}://{place}", credentials


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise invalid(("dns_servers", f"{address} is no IP address")) from None


def in_force(world: World, container: Container) -> str:
    """Tell what decides how a container's traffic leaves: the kind of its proxy, or block; empty if nothing is in force."""
    network = container.network
    applied = network and network["applied"] and not network["stopped"] and network["since"] <= world.clock()
    return network["type"] if network and applied and container.status == "running" else ""


def _status(ask: Ask, container: Container, network: Json) -> str:
    if network["stopped"]:
        return "stopped"
    return "running" if in_force(ask.world, container) else "configured"


def _shown(ask: Ask, container: Container, network: Json) -> Json:
    about = {
        "container_id": container.id,
        "status": _status(ask, container, network),
        "credentials_configured": bool(network["credentials"]),
    }
    return about | {name: network[name] for name in (*CONFIG, "configured_at") if network[name] != ""}


def _checked(ask: Ask, container: Container, network: Json) -> Json:
    return {"is_running": _status(ask, container, network) == "running", "last_check": ask.world.now()}


def _state(ask: Ask, container: Container, network: Json) -> Json:
    return {"container_id": container.id, "status": _status(ask, container, network), **_checked(ask, container, network)}
