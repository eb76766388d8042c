"""What users are told: everybody, or some of them."""

from __future__ import annotations

from starlette.responses import Response

from . import periods
from .routes import Area
from .state import Json, new_id, spelt
from .wire import Ask, Refusal, data

area = Area()

WELCOME, UPKEEP, OWN, FOREIGN, OLD = (f"{digit}7" * 12 for digit in "12345")


def seeded(made: str, end: float, user_id: str, stranger: str) -> dict[str, Json]:
    """Make what there is to tell at first: to everybody, for a time, to one user, to another, and something that is over."""
    found = (
        _notice(WELCOME, "Welcome to the sandbox", "Nothing in here is real, and nothing costs money.", is_public=True),
        _notice(UPKEEP, "Maintenance", "The sandbox forgets everything when it ends.", type="MAINTENANCE", severity="WARNING")
        | {"expires_at": spelt(end)},
        _notice(OWN, "Your server is ready", "The rented server takes containers.", severity="SUCCESS", target_user_ids=[user_id]),
        _notice(FOREIGN, "For somebody else", "Only the stranger sees this.", target_user_ids=[stranger]),
        _notice(OLD, "Over", "This was of interest once.", is_public=True, expires_at=made),
    )
    return {each["id"]: each | {"created_at": made, "updated_at": made} for each in found}


def _notice(notice_id: str, title: str, message: str, **facts: object) -> Json:
    targets = facts.get("target_user_ids")
    return {
        "id": notice_id,
        "title": title,
        "message": message,
        "type": "STATUS_UPDATE" if targets else "ANNOUNCEMENT",
        "severity": "INFO",
        "is_public": False,
        "is_global": not targets,
        "target_user_ids": None,
        "expires_at": None,
        **facts,
    }


@area.route("GET /notifications/")
def list_notices(ask: Ask) -> Response:
    """List what the caller is told, and whether it was read."""
    return data([notice | _mark(ask, notice) for notice in _mine(ask)])


@area.route("GET /notifications/public")
def list_public(ask: Ask) -> Response:
    """List what everybody is told, whoever asks."""
    return data([notice for notice in _current(ask) if notice["is_public"]])


@area.route("PUT /notifications/read-all")
def mark_all(ask: Ask) -> Response:
    """Mark everything read."""
    unread = [notice for notice in _mine(ask) if not _mark(ask, notice)["is_read"]]
    for notice in unread:
        _read(ask, notice)
    return data({"count": len(unread)})


@area.route("PUT /notifications/{id}/read")
def mark(ask: Ask) -> Response:
    """Mark one thing read; the first time counts."""
    wanted = ask.id("id")
    notice = next((notice for notice in _mine(ask) if notice["id"] == wanted), None)
    if notice is None:
        raise Refusal(404, "NOTIFICATION_NOT_FOUND", "Notification not found")
    return data(_read(ask, notice))


def _current(ask: Ask) -> list[Json]:
    now, notices = ask.world.clock(), ask.world.notices.values()
    return [each for each in notices if each["expires_at"] is None or periods.moment("expires_at", each["expires_at"]) > now]


def _mine(ask: Ask) -> list[Json]:
    me = ask.caller.user_id
    return [notice for notice in _current(ask) if notice["is_global"] or me in (notice["target_user_ids"] or ())]


def _mark(ask: Ask, notice: Json) -> Json:
    read: Json | None = ask.world.marks.get((ask.caller.user_id, notice["id"]))
    return {"is_read": read is not None, "read_at": read and read["read_at"]}


def _read(ask: Ask, notice: Json) -> Json:
    place = (ask.caller.user_id, notice["id"])
    if place not in ask.world.marks:
        ask.world.marks[place] = {"id": new_id(), "notification_id": notice["id"], "is_read": True, "read_at": ask.world.now()}
        facts = {"title": notice["title"]}
        ask.world.tell("notification.read", of="notification", of_id=notice["id"], user_id=ask.caller.user_id, facts=facts)
    return ask.world.marks[place]
