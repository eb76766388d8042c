"""Events: what happened to containers, shares, tokens and everything else of the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...days import in_days
from ...jsons import Json
from ...operation import Body, ContainerId, Default, EventId, Operation, Path, ProjectId, Query, RealmId, ResourceId, Risk, Show
from .containers import SortOrder

EventType = Annotated[
    str,
    Field(
        description="Kind, in dotted words: container.running, container.stopped, container.snapshot.restored, storage.share.created, "
        "proxy.alias.expired, auth.token.deleted, … (events_get_stats counts each).",
    ),
]
ResourceType = Annotated[
    Literal[
        "container",
        "storage_share",
        "notification",
        "project",
        "server",
        "firewall",
        "proxy_alias",
        "proxy_permissions",
        "auth_token",
        "pool",
        "user",
        "activity_log",
    ],
    Field(description="Kind of thing it happened to."),
]
Resource = Annotated[ResourceId, Field(description="Id of the thing it happened to (24 hex characters).")]
InRealm = Annotated[RealmId, Field(description="Only in this realm (24 hex characters).")]
From = Annotated[str, Field(description="ISO time from which on.")]
Until = Annotated[str, Field(description="ISO time until which.")]


class EventsList(
    Operation,
    route="GET /api/v1/events",
    risk=Risk.READ,
    items="events",
    columns=("id", "event_type", "resource_type", "resource_id", "realm_ids", "created_at"),
    inside={"realm": "realm_ids", "container": "resource_id"},
    beyond=("project",),  # an entry does not say in which project it happened
    rare=(
        "sort_by",
        "sort_order",
        "realm_id",
    ),
    keywords="history log audit what happened when, who stopped deleted removed changed it, timeline",
):
    """List what happened to containers, shares, tokens and so on. Details of one: events_get.

    API calls made: activity_list. Sign-ins: users_get_security_history.
    """

    limit: Query[Annotated[int, Field(ge=1, le=500), Default(100)] | MISSING] = Field(default=MISSING, description="Entries per page.")
    offset: Query[Annotated[int, Default(0)] | MISSING] = Field(default=MISSING, description="Entries to skip.")
    sort_by: Query[Annotated[Literal["created_at", "event_type"], Default("created_at")] | MISSING] = Field(
        default=MISSING, description="Sort key."
    )
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING
    event_type: Query[EventType | MISSING] = MISSING
    resource_type: Query[ResourceType | MISSING] = MISSING
    resource_id: Query[Resource | MISSING] = MISSING
    project_id: Query[ProjectId | MISSING] = Field(default=MISSING, description="Only of this project (id or unique name).")
    container_id: Query[ContainerId | MISSING] = Field(default=MISSING, description="Only of this container (id or unique name).")
    start_date: Query[From | MISSING] = MISSING
    end_date: Query[Until | MISSING] = MISSING
    realm_id: Query[InRealm | MISSING] = MISSING


class EventsGet(
    Operation,
    route="GET /api/v1/events/{event_id=id}",
    risk=Risk.READ,
    keywords="history log entry details payload what exactly happened",
):
    """Show one event with its payload."""

    event_id: Path[EventId]


class EventsGetStats(
    Operation,
    route="GET /api/v1/events/stats",
    risk=Risk.READ,
    keywords="history log audit statistics how many summary which types",
):
    """Count the events by kind and by kind of thing, with the oldest and newest."""

    start_date: Query[From | MISSING] = MISSING
    end_date: Query[Until | MISSING] = MISSING
    realm_id: Query[InRealm | MISSING] = MISSING


SHOW_HISTORY = Show(
    read=EventsGetStats,
    tells=("total_events", "by_resource", "oldest_event", "newest_event"),
    binds=("oldest_event",),  # no counts: each call may add an event
    label="whole history",
)


class EventsDelete(
    Operation,
    route="DELETE /api/v1/events/{event_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=EventsGet,
            tells=("id", "event_type", "resource_type", "resource_id", "created_at"),
            binds=("id", "event_type", "resource_id"),
            label="event",
        ),
    ),
    keywords="remove erase history log entry",
):
    """Delete one event from the history for good."""

    event_id: Path[EventId]


class EventsBulkDelete(
    Operation,
    route="DELETE /api/v1/events",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=EventsList,
            tells=("pagination.total",),
            label="events that match",
            arguments={"limit": 1},
            passes=("event_type", "resource_type", "resource_id", "end_date", "realm_id"),
        ),
        replace(SHOW_HISTORY, passes=("end_date", "realm_id"), label="history within date and realm"),
    ),
    beyond=("container", "project", "realm"),
    keywords="clear wipe purge history log audit trail many entries of one kind, noise",
):
    """Delete all events that match every filter for good. WITHOUT any filter the whole history goes.

    All that are older than some days: events_cleanup.
    """

    event_type: Body[EventType | MISSING] = MISSING
    resource_type: Body[ResourceType | MISSING] = MISSING
    resource_id: Body[Resource | MISSING] = MISSING
    end_date: Body[str | MISSING] = Field(default=MISSING, alias="before_date", description="Only those before this ISO time.")
    realm_id: Body[InRealm | MISSING] = MISSING


class EventsCleanup(
    Operation,
    route="POST /api/v1/events/cleanup",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_HISTORY,),
    beyond=("container", "project", "realm"),
    keywords="purge trim clean out prune old history log retention keep only recent weeks",
):
    """Delete all events older than so many days for good. By kind, thing or date: events_bulk_delete."""

    retention_days: Body[Annotated[int, Field(ge=1, le=365)]] = Field(description="Days to keep.")

    def foresee(self, seen: Mapping[str, Any]) -> Json:  # noqa: ARG002 - the clock alone decides
        """Tell from when on events stay."""
        return {"what stays": f"events since {in_days(-self.retention_days)}"}
