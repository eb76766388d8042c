"""The history of what happened to the caller's things."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from . import find, periods
from .routes import Area
from .state import Json
from .wire import NOT_NULL, Ask, Body, Refusal, checked_id, data, invalid

area = Area()

NEEDS = "resources.events"
DAY = 86_400
SORTED_BY = ("created_at", "event_type")
KINDS = {  # of events, by what comes before the last dot
    "container": "creating running stopped failed deleting deleted autostart_enabled autostart_disabled renamed resource_updated",
    "container.ssh_key": "added removed",
    "container.snapshot": "created deleted restored renamed",
    "container.display": "enabled",
    "storage.share": "created updated deleted enabled disabled expiring_soon expired mount_changed",
    "notification": "created read deleted",
    "project": "created updated deleted",
    "server": "created updated enabled disabled health_changed rental_expiring",
    "firewall.rule": "added removed updated enabled disabled",
    "proxy.alias": "created updated deleted enabled disabled expiring_soon expired",
    "proxy.permissions": "updated default_changed group_added group_updated group_removed",
    "auth.token": "created updated deleted enabled disabled",
    "pool.member": "joined left role_changed",
    "pool": "invited invitation_revoked",
    "user": "created banned unbanned role_changed",
    "activity": "logged",
}
TYPES = tuple(f"{before}.{name}" for before, names in KINDS.items() for name in names.split())
THINGS = ("project", "container", "server", "storage_share", "firewall", "proxy_alias", "proxy_permissions")
RESOURCES = (*THINGS, "notification", "auth_token", "pool", "user", "activity_log")

Text = Annotated[str | None, NOT_NULL]


class Bulk(Body):
    """Which events to delete: those that all of this is true of."""

    event_type: Text = None
    resource_type: Text = None
    resource_id: Text = None
    before_date: Text = None
    realm_id: Text = None


class Cleanup(Body):
    """How old events may become."""

    retention_days: int = Field(ge=1, le=365)


@area.route("GET /events", needs=NEEDS)
def list_events(ask: Ask) -> Response:
    """List events by offset, newest first unless asked otherwise."""
    limit, offset = ask.number("limit", 100, 1, 500), ask.number("offset", 0)
    key, order = ask.choice("sort_by", SORTED_BY, "created_at"), ask.choice("sort_order", ("asc", "desc"), "desc")
    kind, of = ask.choice("event_type", ("", *TYPES), ""), ask.choice("resource_type", ("", *RESOURCES), "")
    of_id, project, box = (ask.filter_id(name) for name in ("resource_id", "project_id", "container_id"))
    found = sorted(
        (
            event
            for event in _in_period(ask)
            if kind in {"", event["event_type"]}
            and of in {"", event["resource_type"]}
            and of_id in {None, event["resource_id"]}
            and _is_about(event, "project", project)
            and _is_about(event, "container", box)
        ),
        key=lambda event: event[key],
    )
    found = found if order == "asc" else found[::-1]
    sizes = {"total": len(found), "limit": limit, "offset": offset, "has_more": offset + limit < len(found)}
    return data({"events": found[offset : offset + limit], "pagination": sizes})


@area.route("GET /events/stats", needs=NEEDS)
def stats(ask: Ask) -> Response:
    """Count events by kind and by what they are about."""
    found = _in_period(ask)
    kinds, things = (Counter(event[field] for event in found) for field in ("event_type", "resource_type"))
    ends = {"oldest_event": found[0]["created_at"], "newest_event": found[-1]["created_at"]} if found else {}
    return data({"total_events": len(found), "by_type": kinds, "by_resource": things} | ends)


@area.route("GET /events/{id}", needs=NEEDS)
def get(ask: Ask) -> Response:
    """Show one event."""
    return data(_event(ask))


@area.route("DELETE /events/{id}", needs=NEEDS)
def delete(ask: Ask) -> Response:
    """Forget one event."""
    ask.world.events.remove(_event(ask))
    return data(None, message="Event deleted")


@area.route("DELETE /events", needs=NEEDS)
def bulk_delete(ask: Ask) -> Response:
    """Forget every event that fits; without a filter all of them."""
    asked = ask.body(Bulk)
    for name, allowed in (("event_type", TYPES), ("resource_type", RESOURCES)):
        if getattr(asked, name) not in {None, *allowed}:
            raise invalid((name, f"must be one of {', '.join(allowed)}"))
    ids = {name: value for name in ("resource_id", "realm_id") if (value := getattr(asked, name)) is not None}
    for name, value in ids.items():
        checked_id(name, value)
    before = None if asked.before_date is None else periods.moment("before_date", asked.before_date)
    fitting = [
        event
        for event in _mine(ask)
        if asked.event_type in {None, event["event_type"]}
        and asked.resource_type in {None, event["resource_type"]}
        and asked.resource_id in {None, event["resource_id"]}
        and (asked.realm_id is None or asked.realm_id in event["realm_ids"])
        and (before is None or periods.made(event) < before)
    ]
    return data({"deleted_count": _forget(ask, fitting)})


@area.route("POST /events/cleanup", needs=NEEDS)
def cleanup(ask: Ask) -> Response:
    """Forget what is older than so many days."""
    days = ask.body(Cleanup).retention_days
    cutoff = ask.world.clock() - days * DAY
    count = _forget(ask, [event for event in _mine(ask) if periods.made(event) < cutoff])
    return data({"deleted_count": count, "retention_days": days, "cutoff_date": ask.world.now(-days * DAY)})


def _mine(ask: Ask) -> list[Json]:
    """Give the events that the caller may see, oldest first; 403 for a token without access to events."""
    if not ask.caller.record["event_access"]:
        raise Refusal(403, "PERMISSION_DENIED", "This token has no access to events")
    return find.records(ask, ask.world.events)


def _in_period(ask: Ask) -> list[Json]:
    (start, end), realm = periods.asked(ask), ask.filter_id("realm_id")
    return [event for event in _mine(ask) if start <= periods.made(event) <= end and (realm is None or realm in event["realm_ids"])]


def _is_about(event: Json, kind: str, wanted: str | None) -> bool:
    """Tell whether an event is about this project or container, or something in it."""
    itself = event["resource_id"] if event["resource_type"] == kind else None
    return wanted in {None, itself, event["payload"].get(f"{kind}_id")}


def _event(ask: Ask) -> Json:
    wanted = ask.id("id")
    found = next((event for event in _mine(ask) if event["id"] == wanted), None)
    if found is None:
        raise Refusal(404, "EVENT_NOT_FOUND", "Event not found")
    return found


def _forget(ask: Ask, events: list[Json]) -> int:
    gone = {event["id"] for event in events}
    ask.world.events = [event for event in ask.world.events if event["id"] not in gone]
    return len(gone)
