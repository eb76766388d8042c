"""The world that a sandbox begins with: a newcomer with a rented server, and what is needed to meet every refusal."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from . import goods, notices, payments, pools
from .places import DOMAIN
from .state import Json, Token, World

USER, STRANGER = "a0" * 12, "b0" * 12
PROJECT, FOREIGN_PROJECT = "c1" * 12, "c2" * 12
SERVER, RENTAL = "d1" * 12, "d2" * 12
SERVER_NAME = "node-1"
POOL = "d7" * 12  # the newcomer's default one, which the rental is in
REALM, OTHER_REALM = "e1" * 12, "e2" * 12


def _value(digit: str) -> str:
    return f"hdy_{digit * 24}_{digit * 48}"


TOKEN = _value("1")  # may do everything
EXPIRED, REVOKED, UNKNOWN = _value("2"), _value("3"), _value("4")
ELSEWHERE = _value("5")  # its whitelist holds another address
IN_REALM, IN_REALMS = _value("6"), _value("7")  # limited to one realm, and to two
STRANGERS = _value("8")  # the other user's
READER = _value("9")  # may only read
DAY = 86_400


def _login(*parts: Json) -> str:
    """Write what a login gives: not signed by anybody, but in the form of a JWT."""
    texts = [json.dumps(part).encode() for part in parts]
    return ".".join(base64.urlsafe_b64encode(text).decode().rstrip("=") for text in [*texts, b"signed by nobody"])


SESSION = _login({"alg": "HS256", "typ": "JWT"}, {"sub": USER, "username": "newcomer", "exp": int(time.time()) + DAY})
PASSWORD = "Newcomer-of-2026"  # noqa: S105 - of users who do not exist
TAKEN = "taken"  # the name of somebody else's alias on the newcomer's server


def make_world(**pace: Any) -> World:
    """Make the world anew; `pace` sets the fields that say how fast it goes."""
    world = World(**pace)
    world.users = {USER: _user(world, USER, "newcomer"), STRANGER: _user(world, STRANGER, "stranger")}
    payments.book(world, USER, 5_000, "start_credit")
    for number, (value, facts) in enumerate(_tokens().items()):
        _add_token(world, f"f{number}" * 12, value, facts)
    world.projects = {
        PROJECT: _project(world, PROJECT, USER, "default") | {"is_default": True},
        FOREIGN_PROJECT: _project(world, FOREIGN_PROJECT, STRANGER, "secret"),
    }
    for user_id, pool_id in ((USER, POOL), (STRANGER, "d8" * 12)):
        world.pools[pool_id] = pools.new(world, user_id, "default", is_default=True) | {"id": pool_id}
    world.rentals[RENTAL] = _rental(world)
    world.notices = notices.seeded(world.now(-DAY), world.clock() + DAY, USER, STRANGER)
    world.market, world.offers, world.images = goods.servers(SERVER, SERVER_NAME), goods.offers(), goods.images(world.now(), STRANGER)
    world.aliases["aa" * 12] = {"alias": TAKEN, "user_id": STRANGER, "container_id": "c3" * 12, "server_name": SERVER_NAME}
    return world


def _tokens() -> dict[str, Json]:
    return {
        TOKEN: {"alias": "everything", "vault_access": True},
        EXPIRED: {"alias": "expired", "expires_in": -60.0},
        REVOKED: {"alias": "revoked"},
        ELSEWHERE: {"alias": "elsewhere", "ip_whitelist": ["192.0.2.0/24"]},
        IN_REALM: {"alias": "one realm", "realm_ids": [REALM], "allow_no_realm": False},
        IN_REALMS: {"alias": "two realms", "realm_ids": [REALM, OTHER_REALM], "allow_no_realm": False},
        READER: {"alias": "reader", "permission_template": "read_only"},
        SESSION: {"alias": "login", "expires_in": DAY, "vault_access": True},
        STRANGERS: {"alias": "stranger's", "user_id": STRANGER},
    }


def _add_token(world: World, token_id: str, value: str, facts: Json) -> None:
    expires_in = facts.pop("expires_in", None)
    record: Json = {
        "id": token_id,
        "user_id": USER,
        "alias": "",
        "permission_template": "full_access",
        "permissions": None,
        "ip_whitelist": [],
        "realm_ids": [],
        "allow_no_realm": True,
        "vault_access": False,
        "event_access": True,
        "deny_reauthorization": False,
        "expires_at": None if expires_in is None else world.now(expires_in),
        "created_at": world.now(),
        "updated_at": world.now(),
        "last_used_at": None,
        **facts,
    }
    expires = None if expires_in is None else world.clock() + expires_in
    world.tokens[token_id] = Token(value, record, expires, revoked=value == REVOKED)


def _user(world: World, user_id: str, name: str) -> Json:
    return {
        "id": user_id,
        "username": name,
        "alias": name,
        "email": f"{name}@example.com",
        "is_admin": False,
        "created_at": world.now(),
        "updated_at": world.now(),
        "metadata": {},
        "onboarding": {},
        "password": PASSWORD,  # never shown
    }


def _project(world: World, project_id: str, user_id: str, alias: str) -> Json:
    return {
        "id": project_id,
        "user_id": user_id,
        "alias": alias,
        "color": "#4A90D9",
        "max_containers": None,
        "is_default": False,
        "realm_ids": [],
        "created_at": world.now(),
        "updated_at": world.now(),
    }


def _rental(world: World) -> Json:
    return {
        "id": RENTAL,
        "server_id": SERVER,
        "user_id": USER,
        "server_name": SERVER_NAME,
        "status": "active",
        "rental_start": world.now(-86_400),
        "rental_end": world.now(30 * 86_400),
        "domain": DOMAIN,
        "amount": "9.00",
        "setup_fee_cents": 0,
        "total_paid_cents": 900,
        "renewal_pricing_frozen": None,
        "pool_id": POOL,
        "is_free_tier": False,
        "hold_days": 0,
        "transaction": None,
    }
