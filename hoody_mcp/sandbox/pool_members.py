"""Who is in a pool: inviting, answering invitations, roles, removing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.responses import Response

from . import find, pools
from .routes import Area
from .state import Json, World
from .wire import Ask, Body, Refusal, data

area = Area()


class Invite(Body):
    """Whom to invite, and as what."""

    username: str = Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9_-]+$")
    role: Literal["admin", "user"]


class Role(Body):
    """What somebody becomes."""

    role: Literal["admin", "user"]


@area.route("POST /pools/{id}/members", needs=pools.CHANGE)
def invite(ask: Ask) -> Response:
    """Invite somebody, who must accept."""
    found, asked = _managed(ask), ask.body(Invite)
    user = next((user for user in ask.world.users.values() if user["username"] == asked.username), None)
    if user is None:
        raise Refusal(404, "USER_NOT_FOUND", "User not found")
    find.free(found["members"], "The user is in the pool or invited already", user_id=user["id"])
    made = pools.member(ask.world, user["id"], asked.role, invited_by=ask.caller.user_id)
    found["members"].append(made)
    _tell(ask.world, "invited", found, made)
    return data({name: made[name] for name in ("id", "role", "is_authorized", "invited_at")}, 201, "Invitation sent")


@area.route("PUT /pools/{id}/members/{user_id}", needs=pools.CHANGE)
def change_role(ask: Ask) -> Response:
    """Change what somebody is in a pool, as its owner."""
    found = pools.owned(ask, ask.id("id"))
    member, asked = _member(ask, found), ask.body(Role)
    member["role"] = asked.role
    _tell(ask.world, "member.role_changed", found, member)
    return data({"success": True})


@area.route("DELETE /pools/{id}/members/{user_id}", needs=pools.CHANGE)
def remove(ask: Ask) -> Response:
    """Remove somebody, or take an invitation back."""
    found = _managed(ask)
    member = _member(ask, found)
    found["members"].remove(member)
    _tell(ask.world, "member.left" if member["is_authorized"] else "invitation_revoked", found, member)
    return data({"success": True})


@area.route("GET /pools/invitations/pending")
def list_invitations(ask: Ask) -> Response:
    """List the invitations that the caller has not answered."""
    return data([_shown(ask.world, found, mine) for found, mine in pending(ask)])


@area.route("POST /pools/{id}/accept", needs=pools.CHANGE)
def accept(ask: Ask) -> Response:
    """Join a pool."""
    found, mine = _invitation(ask)
    mine |= {"is_authorized": True, "joined_at": ask.world.now()}
    _tell(ask.world, "member.joined", found, mine)
    return data({"success": True})


@area.route("POST /pools/{id}/reject", needs=pools.CHANGE)
def reject(ask: Ask) -> Response:
    """Turn an invitation down."""
    found, mine = _invitation(ask)
    found["members"].remove(mine)
    return data({"success": True})


def pending(ask: Ask) -> list[tuple[Json, Json]]:
    """Give the pools that the caller is invited to, each with the invitation."""
    return [
        (found, member)
        for found in ask.world.pools.values()
        for member in found["members"]
        if member["user_id"] == ask.caller.user_id and not member["is_authorized"]
    ]


def _invitation(ask: Ask) -> tuple[Json, Json]:
    wanted = ask.id("id")
    for found, mine in pending(ask):
        if found["id"] == wanted:
            return found, mine
    raise Refusal(404, "INVITATION_NOT_FOUND", "You have no invitation to this pool")


def _managed(ask: Ask) -> Json:
    """Give a pool whose members the caller manages; 403 to those who only use it."""
    found = pools.pool(ask, ask.id("id"))
    if pools.role(ask, found) == "user":
        raise Refusal(403, "FORBIDDEN", "Only the owner and admins of the pool may do this")
    return found


def _member(ask: Ask, found: Json) -> Json:
    """Give the member that the path names; the owner stays what he is."""
    wanted = ask.id("user_id")
    member = next((each for each in found["members"] if each["user_id"] == wanted), None)
    if member is None:
        raise Refusal(404, "MEMBER_NOT_FOUND", "Nobody of this id is in the pool")
    if member["role"] == "owner":
        raise Refusal(403, "FORBIDDEN", "The owner stays in the pool, as its owner")
    return member


def _shown(world: World, found: Json, mine: Json) -> Json:
    by = world.users[mine["invited_by"]]
    return {
        "id": mine["id"],
        "pool_id": found["id"],
        "pool_name": found["name"],
        "pool_description": found["description"],
        "role": mine["role"],
        "invited_by": {name: by[name] for name in ("id", "username", "alias")},
        "invited_at": mine["invited_at"],
    }


def _tell(world: World, what: str, found: Json, member: Json) -> None:
    facts = {"name": found["name"], "user_id": member["user_id"], "role": member["role"]}
    for user_id in (found["owner_id"], member["user_id"]):
        world.tell(f"pool.{what}", of="pool", of_id=found["id"], user_id=user_id, facts=facts)
