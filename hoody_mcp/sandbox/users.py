"""The caller's own account: profile, first steps, free server, what happened to it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from . import auth, auth_tokens, pool_members
from .routes import Area
from .state import Json
from .wire import NOT_NULL, Ask, Body, Refusal, data, invalid

area = Area()

ACCOUNT = "resources.read_account"
IDENTITY = ("id", "username", "alias", "public_key")
TIMES = ("created_at", "updated_at")
PROFILE = (*IDENTITY, "email", "metadata", "is_admin", "onboarding", *TIMES)
MILESTONE = r"^(hub_tour_v[0-9]{1,3}|dashboard_[a-z0-9_]{1,30}|onboarding_[a-z0-9_]{1,30})$"
KINDS_OF_CHARACTERS = ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")
KINDS_NEEDED = 3
MINUTE = 60
HAPPENED = (("login", "success"), ("login", "failed"), ("logout", "success"))  # to everybody, newest first

Password = Annotated[str | None, NOT_NULL, Field(max_length=128)]


class Update(Body):
    """What of a profile changes; what is absent stays."""

    alias: Annotated[str | None, NOT_NULL] = Field(default=None, min_length=1, max_length=100)
    public_key: Annotated[str | None, NOT_NULL] = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    metadata: Annotated[dict[str, Any] | None, NOT_NULL] = None
    password: Password = Field(default=None, min_length=12)
    current_password: Password = Field(default=None, min_length=8)
    is_admin: Annotated[bool | None, NOT_NULL] = None
    is_banned: Annotated[bool | None, NOT_NULL] = None


class Milestone(Body):
    """A first step that was done."""

    milestone: str = Field(pattern=MILESTONE)


class Invite(Body):
    """A code that unlocks a free server."""

    code: str = Field(min_length=1, max_length=64)


class Setup(Body):
    """Where the free server should stand."""

    region: Annotated[str | None, NOT_NULL] = Field(default=None, max_length=50, pattern=r"^[a-z0-9-]+$")


@area.route("GET /users/me/free-tier-status", needs=ACCOUNT)
def free_tier_status(ask: Ask) -> Response:
    """Tell whether the caller has, or could have, a free server; nothing is kept back here, but none is free either."""
    has = any(rental["is_free_tier"] and rental["user_id"] == ask.caller.user_id for rental in ask.world.rentals.values())
    reason = "already_claimed" if has else "pool_empty"
    found = {"gate_enabled": False, "unlocked": True, "has_free_server": has, "can_claim": False, "claim_blocked_reason": reason}
    return data(found | {"signup_code_failed": False})


@area.route("POST /users/me/onboarding")
def mark_milestone(ask: Ask) -> Response:
    """Remember a first step; the first time counts."""
    done: Json = _me(ask)["onboarding"]
    done.setdefault(ask.body(Milestone).milestone, ask.world.now())
    return data({"onboarding": done})


@area.route("POST /users/me/redeem-invite")
def redeem(ask: Ask) -> Response:
    """Take an invite code, which nobody needs here; only from somebody who logged in."""
    if not ask.caller.is_session:
        raise Refusal(403, "FORBIDDEN", "This needs a login; auth tokens are not taken")
    ask.body(Invite)
    found = {"unlocked": True, "required": False, "claim_blocked_reason": "none"}
    return data(found | {"server": None, "project": None, "container": None})


@area.route("POST /users/me/retry-setup")
def retry_setup(ask: Ask) -> Response:
    """Show what the account was set up with; once a minute."""
    ask.body(Setup)
    user, now = _me(ask), ask.world.clock()
    wait = user.get("last_setup", now - MINUTE) + MINUTE - now
    if wait > 0:
        raise Refusal(429, "RATE_LIMITED", "The setup can be tried once a minute", headers={"retry-after": str(round(wait))})
    user["last_setup"] = now
    mine = user["id"]
    rental = next((rental for rental in ask.world.rentals.values() if rental["user_id"] == mine), None)
    project = next((project for project in ask.world.projects.values() if project["user_id"] == mine and project["is_default"]), None)
    box = next(ask.world.of_project(project["id"]), None) if project else None
    found = {
        "server": {"id": rental["server_id"], "name": rental["server_name"]} if rental else None,
        "project": {"id": project["id"], "alias": project["alias"]} if project else None,
        "container": {"id": box.id, "name": box.record["name"]} if box else None,
    }
    return data(found | {"blocked_reason": None})


@area.route("GET /users/me/security-history", needs=ACCOUNT)
def security_history(ask: Ask) -> Response:
    """List logins; on request the failed ones too, and whatever else is of security."""
    page, limit = ask.number("page", 1, 1, 10_000), ask.number("limit", 20, 1, 100)
    with_failed, with_more = ask.flag("include_failed"), ask.flag("include_security")
    found = [
        {
            "id": f"{number:024x}",
            "event": event,
            "outcome": outcome,
            "ip_address": "127.0.0.1",
            "country": None,
            "client": None,
            "created_at": _me(ask)["created_at"],
        }
        for number, (event, outcome) in enumerate(HAPPENED, 1)
        if (outcome == "success" or with_failed) and (event == "login" or with_more)
    ]
    sizes = {"total": len(found), "page": page, "limit": limit, "pages": -(-len(found) // limit)}
    return data(found[(page - 1) * limit : page * limit], metadata=sizes)


@area.route("GET /users/auth/me")
@area.route("GET /users/me")
def me(ask: Ask) -> Response:
    """Show whose token it is, what it may do, and how many invitations wait."""
    user, invited = _me(ask), len(pool_members.pending(ask))
    token = {} if ask.caller.is_session else {"auth_token": auth_tokens.introspected(ask)}
    return data(_shown(ask, user) | {name: user[name] for name in TIMES} | token | {"pending_pool_invitations": invited})


@area.route("GET /users/{id}")
def get(ask: Ask) -> Response:
    """Show the caller's own profile."""
    return data(_shown(ask, _user(ask)))


@area.route("PUT /users/{id}")
def update(ask: Ask) -> Response:
    """Change the caller's own profile."""
    user, asked = _user(ask), ask.body(Update)
    if {"is_admin", "is_banned"} & asked.model_fields_set:
        raise Refusal(403, "FORBIDDEN", "Only an administrator may change is_admin and is_banned")
    if asked.password is not None:
        _check_password(user, asked.password, asked.current_password)
    user |= asked.model_dump(exclude_unset=True, exclude={"current_password"}) | {"updated_at": ask.world.now()}
    return data(_shown(ask, user))


def _check_password(user: Json, new: str, current: str | None) -> None:
    if sum(bool(re.search(kind, new)) for kind in KINDS_OF_CHARACTERS) < KINDS_NEEDED:
        raise invalid(("password", f"must have {KINDS_NEEDED} of: small letters, capitals, digits, other characters"))
    if current is None:
        raise invalid(("current_password", "is needed to change the password"))
    if current != user["password"]:
        raise Refusal(403, "FORBIDDEN", "The current password is another one")


def _me(ask: Ask) -> Json:
    return ask.world.users[ask.caller.user_id]


def _user(ask: Ask) -> Json:
    if ask.id("id") != ask.caller.user_id:
        raise Refusal(404, "USER_NOT_FOUND", "User not found")
    return _me(ask)


def _shown(ask: Ask, user: Json) -> Json:
    """Give a profile; a token that may not read the account sees only who it is."""
    if not auth.may(ask.caller.record, ACCOUNT):
        return {name: user[name] for name in IDENTITY if name in user}
    more: Json = {"is_banned": False, "email_verified": True, "avatar_url": None, "signup_method": "password"}
    free: Json = {"free_tier_unlocked": True, "free_tier_unlocked_at": None, "free_tier_unlock_source": None}
    return {name: user[name] for name in PROFILE if name in user} | more | free
