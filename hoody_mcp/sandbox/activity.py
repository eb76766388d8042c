"""What the caller asked of the API lately."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from . import auth, periods
from .places import Place
from .routes import Area
from .state import Json, World, new_id
from .wire import Ask, Refusal, compact, data

area = Area()

NEEDS = "resources.read_account"
METHODS = ("", "GET", "POST", "PUT", "PATCH", "DELETE")
RETENTION_DAYS = 30
MOST = 1_000  # requests that are remembered
FAULTY = 400  # from here on a status tells of an error
STATUSES = (100, 599)


def note(world: World, request: Request, place: Place, status: int) -> None:
    """Remember a request that came with a valid token."""
    try:
        token = auth.identified(world, request.headers.get("authorization"))
    except Refusal:
        return
    made: Json = {
        "id": new_id(),
        "user_id": token.user_id,
        "realm_id": place.realm,
        "method": request.method,
        "path": place.path,
        "status_code": status,
        "ip_address": request.client.host if request.client else "127.0.0.1",
        "user_agent": request.headers.get("user-agent", ""),
        "created_at": world.now(),
    }
    world.activity.append(made)
    del world.activity[:-MOST]


@area.route("GET /users/auth/activity", needs=NEEDS)
def list_activity(ask: Ask) -> Response:
    """List the caller's requests by pages, newest first."""
    page, limit = ask.number("page", 1, 1, 10_001), ask.number("limit", 50, 1, 100)
    least, most = (ask.number(name, bound, *STATUSES) for name, bound in zip(("min_status", "max_status"), STATUSES, strict=True))
    method, realm, start_end = ask.choice("method", METHODS, ""), ask.filter_id("realm_id") or ask.realm, periods.asked(ask)
    least = max(least, FAULTY if ask.flag("errors_only") else 0)
    found = [
        made
        for made in reversed(_mine(ask))
        if least <= made["status_code"] <= most
        and method in {"", made["method"]}
        and realm in {"", made["realm_id"]}
        and start_end[0] <= periods.made(made) <= start_end[1]
    ]
    sizes = {"total": len(found), "page": page, "limit": limit, "pages": -(-len(found) // limit)}
    return data(found[(page - 1) * limit : page * limit], metadata=sizes)


@area.route("GET /users/auth/activity/stats", needs=NEEDS)
def stats(ask: Ask) -> Response:
    """Tell how much is remembered."""
    found = _mine(ask)
    sizes = {"total_size_bytes": sum(len(compact(made)) for made in found), "total_records": len(found)}
    ends = {"oldest_record": found[0]["created_at"], "newest_record": found[-1]["created_at"]} if found else {}
    return data(sizes | ends | {"retention_days": RETENTION_DAYS})


def _mine(ask: Ask) -> list[Json]:
    return [made for made in ask.world.activity if made["user_id"] == ask.caller.user_id]
