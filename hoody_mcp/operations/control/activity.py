"""Activity: the API calls that the account has made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Default, Operation, Query, RealmId, Risk

Status = Annotated[int, Field(ge=100, le=599)]


class ActivityList(
    Operation,
    route="GET /api/v1/users/auth/activity",
    risk=Risk.READ,
    items=".",
    columns=("method", "path", "status_code", "ip_address", "user_agent", "realm_id", "created_at"),
    inside={"realm": "realm_id"},
    rare=(
        "min_status",
        "max_status",
        "realm_id",
    ),
    keywords="audit log trail history HTTP requests who called what did my script call today",
):
    """List the API calls made with your account: method, path, status, address.

    What became of containers and the like: events_list. Sign-ins: users_get_security_history.
    """

    page: Query[Annotated[int, Field(ge=1, le=10001), Default(1)] | MISSING] = Field(default=MISSING, description="Page.")
    limit: Query[Annotated[int, Field(ge=1, le=100), Default(50)] | MISSING] = Field(default=MISSING, description="Entries per page.")
    start_date: Query[str | MISSING] = Field(default=MISSING, description="ISO time from which on.")
    end_date: Query[str | MISSING] = Field(default=MISSING, description="ISO time until which.")
    errors_only: Query[bool | MISSING] = Field(default=MISSING, description="true: only calls answered with 400 or above.")
    min_status: Query[Status | MISSING] = Field(default=MISSING, description="Lowest HTTP status.")
    max_status: Query[Status | MISSING] = Field(default=MISSING, description="Highest HTTP status.")
    method: Query[Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | MISSING] = Field(default=MISSING, description="HTTP method.")
    realm_id: Query[RealmId | MISSING] = Field(default=MISSING, description="Only in this realm (24 hex characters).")


class ActivityStats(
    Operation,
    route="GET /api/v1/users/auth/activity/stats",
    risk=Risk.READ,
    keywords="API log size retention audit trail how many requests how far back kept",
):
    """Tell how many API calls the activity log holds, from when to when, its size and for how many days entries stay."""
