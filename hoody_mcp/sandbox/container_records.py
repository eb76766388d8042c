"""Making containers: where they may stand, what they may be called, what a new one holds."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from . import auth, find, rentals
from .places import DOMAIN
from .state import Container, Json, World, new_id
from .wire import Ask, Body, Refusal, checked_id, invalid

COLOR = r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"
NAME = r"^[a-zA-Z0-9-_]+$"
DIRECTORIES = ("/", "/etc", "/home", "/home/user", "/hoody", "/hoody/databases", "/root", "/tmp")  # noqa: S108 - of the container
NEWEST = {"debian": "13", "ubuntu": "24.04", "alpine": "3.22"}  # version of a bare distribution's name
PER_NETWORK = 250  # addresses that are given out before the third number grows


class Kvm(Body):
    """The wish for /dev/kvm, under either of its names."""

    kvm: bool = False
    dev_kvm: bool = False

    def granted(self, ask: Ask, rental: Json) -> bool:
        """Tell whether it is wanted; 403 if it cannot be had on that server."""
        if {"kvm", "dev_kvm"} <= self.model_fields_set and self.kvm != self.dev_kvm:
            raise invalid(("dev_kvm", "must agree with kvm"))
        wanted = self.kvm or self.dev_kvm
        if wanted:
            auth.check_permission(ask.caller, "containers.features.kvm")
        if wanted and (rental["is_free_tier"] or ask.world.market[rental["server_id"]]["is_vm"]):
            raise Refusal(403, "FORBIDDEN", "Only a rented server that is no virtual machine has /dev/kvm to give")
        return wanted


def rental_of(world: World, user_id: str, server_id: str) -> Json | None:
    """Give the user's active rental of a server."""
    theirs = (rental for rental in world.rentals.values() if (rental["server_id"], rental["user_id"]) == (server_id, user_id))
    return next((rental for rental in theirs if rentals.status(world, rental) == "active"), None)


def rented(ask: Ask, field: str, server_id: str) -> Json:
    """Give the caller's rental of a server; 404 says what is wrong with the id."""
    found = rental_of(ask.world, ask.caller.user_id, checked_id(field, server_id))
    if found:
        return found
    if server_id in ask.world.rentals:
        raise Refusal(404, "SERVER_NOT_FOUND", f"{field} is the id of a rental; give the server_id of that rental")
    raise Refusal(404, "SERVER_NOT_FOUND", f"{field} is not the server_id of an active rental of yours")


def check_room(ask: Ask, project: Json, rental: Json) -> None:
    """Refuse with 409 one container more than the project or the server may hold."""
    held = sum(container.status != "deleting" for container in ask.world.of_project(project["id"]))
    if project["max_containers"] is not None and held >= project["max_containers"]:
        raise Refusal(409, "CONFLICT", f"The project holds {held} containers already, and max_containers is {project['max_containers']}")
    if sum(container.record["server_id"] == rental["server_id"] for container in ask.world.containers.values()) >= rentals.CAPACITY:
        raise Refusal(409, "CONFLICT", f"The server holds {rentals.CAPACITY} containers already, which is all it can")


def check_name(ask: Ask, project_id: str, name: str, but: Container | None = None) -> None:
    """Refuse with 409 a name that another container of the project has."""
    others = (container.record for container in ask.world.of_project(project_id) if container is not but)
    find.free(others, "The project has a container of this name already", name=name)


def check_key(ask: Ask, key: str | None, but: Container | None = None) -> None:
    """Refuse with 409 an SSH key that another container has."""
    others = (container.record for container in ask.world.containers.values() if container is not but)
    if key:
        find.free(others, "Another container has this SSH key already", ssh_public_key=key)


def colored(color: str) -> str:
    """Spell a color as records do; any if none is given."""
    return f"#{(color or secrets.token_hex(3)).lstrip('#').upper()}"


def image_name(image: str | None) -> str:
    """Spell an image as records do: "debian", "debian-13", "debian:13" and "debian 13" are all "debian/13"."""
    short = re.fullmatch(r"([a-z]+)(?:[-: ]([\d.]+))?", image or "debian")
    version = short and (short[2] or NEWEST.get(short[1]))
    return f"{short[1]}/{version}" if short and version else str(image)


def random_name() -> str:
    """Make a name for a container that was given none."""
    return f"box-{secrets.token_hex(3)}"


def add(ask: Ask, project: Json, rental: Json, facts: Mapping[str, Any]) -> Container:
    """Make a container with the disk of a new one; `facts` is what the caller chose."""
    container_id = new_id()
    record: Json = {
        "id": container_id,
        "project_id": project["id"],
        "server_id": rental["server_id"],
        "server_name": rental["server_name"],
        "subserver_name": f"{rental['server_name']}-sub-{container_id[:4]}",
        "ssh_hostname": f"{project['id']}-{container_id}-ssh.{rental['server_name']}.containers.{DOMAIN}",
        "ramdisk_scope": "container",
        "prespawn": False,
        "is_default": False,
        "status": None,  # the first entry of the log comes from nowhere
        "volumes": {},
        "source_container_id": None,
        "last_used_snapshot": None,
        "pool_id": None,
        **facts,
        "created_at": ask.world.now(),
        "updated_at": ask.world.now(),
    }
    made = Container(record, ask.caller.user_id, dict.fromkeys(DIRECTORIES), address=_free_address(ask.world))
    made.files["/etc/hostname"] = f"{record['name']}\n".encode()
    ask.world.containers[container_id] = made
    return made


def _free_address(world: World) -> str:
    taken = {container.address for container in world.containers.values()}
    numbers = range(len(taken) + 1)
    return next(spelt for n in numbers if (spelt := f"10.77.{n // PER_NETWORK}.{n % PER_NETWORK + 2}") not in taken)
