"""What the sandbox's market holds at the start: servers, offers that take days to deliver, and images."""

from __future__ import annotations

from typing import Any

from .state import Json

SMALL, LARGE = "d3" * 12, "d4" * 12  # servers to rent; the large one has a setup fee
OFFER, SOLD_OUT = "d5" * 12, "d6" * 12
FREE_IMAGE, PRICED_IMAGE = "e3" * 12, "e4" * 12

NOWHERE: Json = {"country": "ZZ", "region": "sandbox", "city": "Sandbox", "datacenter": "sandbox-1"}


def servers(rented_id: str, rented_name: str) -> dict[str, Json]:
    """Make the servers of the market; the first is the one that the newcomer has rented."""
    made = (
        server(rented_id, rented_name, {30: 900, 90: 2_400}),
        server(SMALL, "node-2", {1: 50, 30: 900, 90: 2_400}, featured=True),
        server(LARGE, "node-3", {30: 2_500, 90: 7_000}, setup_fee_cents=1_000, cores=32, ram_gb=128, is_vm=False, category="memory"),
    )
    return {each["id"]: each for each in made}


def server(  # noqa: PLR0913 - each is one property of a server
    server_id: str,
    name: str,
    prices: dict[int, int],
    *,
    setup_fee_cents: int = 0,
    cores: int = 4,
    ram_gb: int = 8,
    is_vm: bool = True,
    **more: Any,
) -> Json:
    """Make a server; `prices` are in cents, by days."""
    return {
        "id": server_id,
        "name": name,
        **NOWHERE,
        "model": "Sandbox VM" if is_vm else "Sandbox box",
        "is_vm": is_vm,
        "category": "general",
        "featured": False,
        "popularity_rank": None,
        "setup_time_minutes": 0,
        "delivery_hours": 0,
        "pricing": {
            "prices": {str(days): in_dollars(cents) for days, cents in prices.items()},
            "setup_fee": in_dollars(setup_fee_cents),
            "setup_fee_cents": setup_fee_cents,
            "price_tiers": {
                str(days): {"price_cents": cents, "setup_fee_cents": setup_fee_cents, "total_first_payment": cents + setup_fee_cents}
                for days, cents in prices.items()
            },
        },
        "specs": _specs(cores, ram_gb),
        **more,
    }


def _specs(cores: int, ram_gb: int) -> Json:
    disk_gb = ram_gb * 20
    return {
        "cpu": {"model": "Imaginary", "cores": cores, "threads": cores * 2, "score": cores * 1_000, "score_type": "passmark"},
        "ram": {"capacity_gb": ram_gb, "type": "DDR4", "speed_mhz": 3_200},
        "disks": {
            "config": [{"count": 1, "capacity_gb": disk_gb, "type": "NVMe", "interface": "PCIe", "model": "Imaginary"}],
            "total_gb": disk_gb,
            "summary": f"1 x {disk_gb} GB NVMe",
        },
        "network": {"bandwidth_mbps": 1_000, "bandwidth_formatted": "1 Gbps", "traffic_tb": 20, "traffic_unlimited": False},
        "additional": {"ipv4_count": 1, "ipv6_enabled": False},
    }


def in_dollars(cents: int) -> str:
    """Write an amount as the API does where it gives text."""
    return f"{cents / 100:.2f}"


def offers() -> dict[str, Json]:
    """Make the offers; one is sold out."""
    made = (_offer(OFFER, "order-1", setup_fee_cents=500, stock=2), _offer(SOLD_OUT, "order-2", setup_fee_cents=0, stock=0))
    return {each["id"]: each for each in made}


def _offer(offer_id: str, name: str, *, setup_fee_cents: int, stock: int) -> Json:
    return {
        "id": offer_id,
        "name": name,
        **NOWHERE,
        "cpu_model": "Imaginary",
        "cpu_cores": 16,
        "cpu_threads": 32,
        "ram_gb": 64,
        "disks": [{"count": 2, "capacity_gb": 960, "type": "NVMe"}],
        "bandwidth_mbps": 1_000,
        "traffic_tb": None,
        "traffic_unlimited": True,
        "ipv4_count": 1,
        "pricing_rules": {"30": 3_000, "90": 8_000},
        "hold_rules": {"30": 7, "90": 14},
        "setup_fee_cents": setup_fee_cents,
        "setup_fee_rules": None,
        "delivery_hours": 48,
        "setup_time_minutes": 30,
        "stock": stock,
    }


def images(added: str, critic: str) -> dict[str, Json]:
    """Make the public images; the critic has rated them, and only the priced one has an icon."""
    made = (
        _image(FREE_IMAGE, "debian-plain", added, {critic: 4.0}),
        _image(PRICED_IMAGE, "debian-tuned", added, {critic: 2.5}, price=4.99),
    )
    return {each["id"]: each for each in made}


def _image(image_id: str, alias: str, added: str, ratings: dict[str, float], *, price: float = 0) -> Json:
    return {
        "id": image_id,
        "alias": alias,
        "description": f"Debian for trying things out ({'priced' if price else 'free'})",
        "image_name": f"{alias}/13",
        "architecture": "amd64",
        "os": "debian",
        "release": "13",
        "serial": "1",
        "variant": None,
        "size": 250_000_000,
        "price": price,
        "added_date": added,
        "icon_url": f"/api/v1/images/{image_id}/icon" if price else None,
        "prespawn": False,
        "ratings": ratings,  # by user; never shown as it is
        "owners": dict[str, str](),  # since when, by user; never shown as it is
    }
