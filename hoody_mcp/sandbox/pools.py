"""Pools: rented servers that several people use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from . import rentals
from .routes import Area
from .state import Json, World, new_id
from .wire import NOT_NULL, Ask, Body, Refusal, checked_id, data

area = Area()

CHANGE = "financial.server_rental.rent_servers"  # no permission is named after pools; they hold what is rented
FACTS = ("id", "name", "description", "is_default", "settings", "created_at", "updated_at", "owner_id")
MADE = ("id", "name", "description", "owner_id", "is_default", "settings", "created_at")

Description = Annotated[str | None, NOT_NULL, Field(max_length=500)]
Settings = Annotated[dict[str, Any] | None, NOT_NULL]


class Create(Body):
    """What a pool is made of."""

    name: str = Field(max_length=100)
    description: Description = None
    settings: Settings = None


class Update(Body):
    """What of a pool changes; its name stays."""

    description: Description = None
    settings: Settings = None


@area.route("GET /pools")
def list_pools(ask: Ask) -> Response:
    """List the pools that the caller is in."""
    return data([_in_list(ask, found) for found in ask.world.pools.values() if role(ask, found)])


@area.route("POST /pools", needs=CHANGE)
def create(ask: Ask) -> Response:
    """Make a pool."""
    asked = ask.body(Create)
    made = new(ask.world, ask.caller.user_id, asked.name, description=asked.description, settings=asked.settings or {})
    ask.world.pools[made["id"]] = made
    return data({name: made[name] for name in MADE}, 201, "Pool created")


@area.route("GET /pools/{id}")
def get(ask: Ask) -> Response:
    """Show a pool, who is in it, and its servers."""
    found = pool(ask, ask.id("id"))
    members = [_shown(ask.world, member) for member in found["members"]]
    servers = [_server(ask.world, rental) for rental in _rentals(ask.world, found)]
    return data({name: found[name] for name in FACTS} | {"members": members, "servers": servers})


@area.route("PUT /pools/{id}", needs=CHANGE)
def update(ask: Ask) -> Response:
    """Change a pool: what is absent stays."""
    found, asked = owned(ask, ask.id("id")), ask.body(Update)
    found |= asked.model_dump(exclude_unset=True) | {"updated_at": ask.world.now()}
    return data({"success": True})


@area.route("DELETE /pools/{id}", needs=CHANGE)
def delete(ask: Ask) -> Response:
    """Delete a pool that holds nothing any more."""
    found, world = owned(ask, ask.id("id")), ask.world
    if found["is_default"]:
        raise Refusal(403, "FORBIDDEN", "The default pool cannot be deleted")
    ordered = any(made["pool_id"] == found["id"] and made["state"] == "pending" for made in world.reservations.values())
    held = _rentals(world, found)
    if ordered or any(rentals.status(world, rental) == "active" for rental in held):
        raise Refusal(409, "OPERATION_STATE_CONFLICT", "The pool holds servers that are still rented or on order")
    for rental in held:
        rental["pool_id"] = None
    del world.pools[found["id"]]
    return data({"success": True})


def new(world: World, owner_id: str, name: str, **facts: Any) -> Json:
    """Make the record of a pool that only its owner is in."""
    return {
        "id": new_id(),
        "name": name,
        "description": None,
        "owner_id": owner_id,
        "is_default": False,
        "settings": {},
        "created_at": world.now(),
        "updated_at": world.now(),
        "members": [member(world, owner_id, "owner", invited_by=None)],
        **facts,
    }


def member(world: World, user_id: str, of_role: str, *, invited_by: str | None) -> Json:
    """Make the record of somebody in a pool, or invited to it."""
    joined = None if invited_by else world.now()
    more = {"joined_at": joined, "invited_at": world.now(), "invited_by": invited_by}
    return {"id": new_id(), "user_id": user_id, "role": of_role, "is_authorized": invited_by is None, **more}


def pool(ask: Ask, pool_id: str) -> Json:
    """Give a pool that the caller is in; 404 otherwise."""
    found = ask.world.pools.get(checked_id("pool_id", pool_id))
    if not found or not role(ask, found):
        raise Refusal(404, "POOL_NOT_FOUND", "Pool not found")
    return found


def owned(ask: Ask, pool_id: str) -> Json:
    """Give a pool that the caller owns; 403 to its other members."""
    found = pool(ask, pool_id)
    if role(ask, found) != "owner":
        raise Refusal(403, "FORBIDDEN", "Only the owner of the pool may do this")
    return found


def place(ask: Ask, pool_id: str | None) -> str | None:
    """Give the pool that something rented goes into: one of the caller's own, if not named the default one."""
    if pool_id is not None:
        return owned(ask, pool_id)["id"]
    mine = (found for found in ask.world.pools.values() if found["owner_id"] == ask.caller.user_id and found["is_default"])
    return next((found["id"] for found in mine), None)


def role(ask: Ask, found: Json) -> str | None:
    """Tell what the caller is in a pool; an invitation alone makes nobody a member."""
    mine = (each for each in found["members"] if each["user_id"] == ask.caller.user_id and each["is_authorized"])
    return next((each["role"] for each in mine), None)


def _in_list(ask: Ask, found: Json) -> Json:
    members = sum(each["is_authorized"] for each in found["members"])
    counts = {"member_count": members, "server_count": len(_rentals(ask.world, found))}
    return {name: found[name] for name in FACTS} | {"user_role": role(ask, found)} | counts


def _shown(world: World, each: Json) -> Json:
    user = world.users[each["user_id"]]
    fields = ("id", "role", "is_authorized", "joined_at")
    return {name: each[name] for name in fields} | {"user": {name: user[name] for name in ("id", "username", "alias")}}


def _rentals(world: World, found: Json) -> list[Json]:
    return [rental for rental in world.rentals.values() if rental["pool_id"] == found["id"]]


def _server(world: World, rental: Json) -> Json:
    status = rentals.status(world, rental)
    return {"id": rental["server_id"], "name": rental["server_name"], "rental_status": status, "is_ready": status == "active"}
