"""Small facts: the caller's realms and address, the API's keys and followers."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable

from starlette.responses import Response

from . import find
from .routes import Area
from .state import Json
from .wire import Ask, data

area = Area()

KEY = bytes(range(32))  # nothing is ever signed with it
CHANNELS = ("github", "telegram", "discord", "discord_online", "x", "linkedin", "fetchedAt")


@area.route("GET /realms/", needs="resources.realms")
def list_realms(ask: Ask) -> Response:
    """List the realms that anything of the caller's is in."""
    tokens = [token.record for token in ask.world.tokens.values() if not token.is_session]
    counts = {
        "projects": _count(find.records(ask, ask.world.projects.values())),
        "containers": _count(container.record for container in find.containers(ask)),
        "servers": _count(()),  # a server comes into a realm with its pool
        "auth_tokens": _count(find.records(ask, tokens)),
    }
    realms = sorted({realm for count in counts.values() for realm in count if ask.realm in {"", realm}})
    usage = {realm: {kind: count[realm] for kind, count in counts.items()} for realm in realms}
    return data({"realm_ids": realms, "total": len(realms)} | ({"usage": usage} if ask.flag("include_usage") else {}))


def _count(records: Iterable[Json]) -> Counter[str]:
    return Counter[str](realm for record in records for realm in record["realm_ids"])


@area.route("GET /meta/public-key")
def public_key(ask: Ask) -> Response:
    """Show a key in the form of the API's; anybody may ask."""
    del ask  # the same for everybody
    key = {
        "kid": "sandbox",
        "algorithm": "ed25519",
        "public_key_hex": KEY.hex(),
        "public_key_b64": base64.b64encode(KEY).decode(),
        "public_key_b64url": base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    }
    signing = {"response_header": "none: the sandbox signs nothing", "replay_tolerance_seconds": 300}
    return data({"keys": [key], "active_kid": "sandbox", "usage": list[str](), "signing_format": signing})


@area.route("GET /meta/social-stats")
def social_stats(ask: Ask) -> Response:
    """Show that nobody follows a sandbox."""
    del ask  # the same for everybody
    return data(dict.fromkeys(CHANNELS))


@area.route("GET /ip")
def ip(ask: Ask) -> Response:
    """Tell the caller's address; anybody may ask."""
    seen = {"ip": ask.address, "timestamp": ask.world.now(), "is_logged": ask.token is not None, "protocol": "http"}
    return data(seen | {"headers": dict[str, str](), "ip_info": None})
