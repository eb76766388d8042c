"""Projects: the folders that containers live in, and who else may use them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, Default, Operation, Path, PermissionId, ProjectId, Query, RealmId, Risk, Show, UserId

ProjectAlias = Annotated[str, Field(min_length=1, max_length=100, description="Name of the project; no other project of yours may have it.")]
Color = Annotated[str, Field(pattern=r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")]
MaxContainers = Annotated[int, Field(ge=0, description="Most containers the project may hold; without it there is no limit.")]
Page = Annotated[int, Field(ge=1, description="Page, counted from 1."), Default(1)]
SortOrder = Annotated[Literal["asc", "desc"], Field(description="Direction of the order.")]
Level = Annotated[
    Literal["read", "edit", "delete"],
    Field(description="read: look only. edit: also change things and share the project. delete: also delete the project."),
]
ColumnsOfPermission = ("id", "user_id", "permission_level", "user", "created_at")

SHOW_PROJECT = Show


class ProjectsList(
    Operation,
    route="GET /api/v1/projects/",
    risk=Risk.READ,
    default=True,
    items="projects",
    keywords="workspace folder which projects do I have",
):
    """List the projects you own or were given access to, with their ids. Containers are listed by containers_list."""

    page: Query[Page | MISSING] = MISSING
    limit: Query[Annotated[int, Field(ge=1, le=100), Default(10)] | MISSING] = Field(default=MISSING, description="Projects per page.")
    sort_by: Query[Annotated[Literal["id", "alias", "created_at", "updated_at"], Default("created_at")] | MISSING] = Field(
        default=MISSING, description="What to order by."
    )
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING
    realm_id: Query[RealmId | MISSING] = Field(default=MISSING, description="Only projects in this realm (24 hex characters).")
