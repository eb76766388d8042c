"""Projects: the folders that containers live in, and who else may use them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ...operation import Body, Default, Names, Operation, Path, PermissionId, ProjectId, Query, RealmId, Risk, Show, UserId
from .containers import Color, ContainersListByProject, Page, PageSize, SortOrder

ProjectAlias = Annotated[
    str, Field(min_length=1, max_length=100, description="Name of the project; no other project of yours may have it.")
]
MaxContainers = Annotated[int, Field(ge=0, description="Most containers the project may hold; without it there is no limit.")]
Realms = Annotated[list[RealmId], Field(description="Realms the project belongs to.")]
Level = Annotated[
    Literal["read", "edit", "delete"],
    Field(description="read: look only. edit: also change things and share the project. delete: also delete the project."),
]


class ProjectsList(
    Operation,
    route="GET /api/v1/projects/",
    risk=Risk.READ,
    items="projects",
    names=(Names("project", by="alias", owner="user_id"),),
    inside={"project": "id", "realm": "realm_ids"},
    rare=(
        "sort_by",
        "sort_order",
        "realm_id",
    ),
    keywords="workspace folder which projects do I have",
):
    """List the projects you own or were given access to, with their ids. Containers are listed by containers_list."""

    page: Query[Annotated[Page, Default(1)] | MISSING] = MISSING
    limit: Query[Annotated[PageSize, Default(10)] | MISSING] = MISSING
    sort_by: Query[Annotated[Literal["id", "alias", "created_at", "updated_at"], Default("created_at")] | MISSING] = Field(
        default=MISSING, description="Sort key."
    )
    sort_order: Query[Annotated[SortOrder, Default("desc")] | MISSING] = MISSING
    realm_id: Query[RealmId | MISSING] = Field(default=MISSING, description="Only projects in this realm (24 hex characters).")


class ProjectsCreate(
    Operation,
    route="POST /api/v1/projects/",
    risk=Risk.WRITE,
    rare=(
        "color",
        "max_containers",
        "realm_ids",
    ),
    keywords="new workspace folder group for a client or team",
):
    """Create an empty project to put containers into (containers_create)."""

    alias: Body[ProjectAlias]
    color: Body[Color | MISSING] = MISSING
    max_containers: Body[MaxContainers | MISSING] = MISSING
    realm_ids: Body[Realms | MISSING] = MISSING


class ProjectsGet(
    Operation,
    route="GET /api/v1/projects/{project_id=id}",
    risk=Risk.READ,
    record="project",
    inside={"realm": "realm_ids"},
    keywords="show details info workspace folder members",
):
    """Show one project: name, owner, limit, realms. Its containers: containers_list_by_project."""

    project_id: Path[ProjectId]
    include_permissions: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: also who else has access."
    )


SHOW_PROJECT = Show(read=ProjectsGet, tells=("id", "alias", "is_default"), binds=("id", "alias", "user_id"), label="project")


class ProjectsUpdate(
    Operation,
    route="PUT /api/v1/projects/{project_id=id}",
    risk=Risk.WRITE,
    idempotent=True,
    clearable=("max_containers",),
    keywords="rename edit workspace folder quota maximum number of containers",
):
    """Change a project's name, color, container limit or realms.

    The alias is always required: repeat the present one to keep it. Other absent arguments stay as they are.
    """

    project_id: Path[ProjectId]
    alias: Body[ProjectAlias]
    color: Body[Color | MISSING] = MISSING
    max_containers: Body[MaxContainers | MISSING] = MISSING
    realm_ids: Body[Realms | MISSING] = MISSING


class ProjectsDelete(
    Operation,
    route="DELETE /api/v1/projects/{project_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        SHOW_PROJECT,
        Show(
            read=ContainersListByProject,
            items="containers",
            arguments={"limit": 100},
            tells=("name", "status", "snapshot_count", "proxy_domains_count"),
            binds=("id",),
            label="containers lost",
            optional=True,
        ),
        Show(
            read=ProjectsGet,
            items="permissions",
            arguments={"include_permissions": True},
            tells=("user", "permission_level"),
            binds=("id",),
            label="access lost",
            optional=True,
        ),
    ),
    beyond=("realm",),
    advice="To keep something: containers_copy copies a container into another project. Snapshots are no backup: they die with theirs.",
    keywords="remove destroy tear down workspace folder everything with all machines in it",
):
    """Delete a project for good with everything in it: all containers with disks and snapshots, proxy aliases, permissions.

    The default project cannot be deleted; 409 while a container is changing its status.
    """

    project_id: Path[ProjectId]
    include_deleted_items: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: the answer names the containers that went."
    )


class ProjectsStats(
    Operation,
    route="GET /api/v1/projects/{project_id=id}/stats",
    risk=Risk.READ,
    items="stats",
    keywords="which container uses most, usage load CPU memory disk monitor metrics workspace",
):
    """Measure what every container of a project uses now. One container only: containers_stats."""

    project_id: Path[ProjectId]


class ProjectsPermissionsList(
    Operation,
    route="GET /api/v1/projects/{project_id=id}/permissions",
    risk=Risk.READ,
    items="permissions",
    columns=("id", "user_id", "permission_level", "user", "created_at"),
    keywords="who has access members team collaborators sharing",
):
    """List who else may use a project, with level, user id and permission id."""

    project_id: Path[ProjectId]
    page: Query[Page | MISSING] = MISSING
    limit: Query[PageSize | MISSING] = MISSING
    sort_by: Query[Literal["id", "user_id", "permission_level", "created_at", "updated_at"] | MISSING] = Field(
        default=MISSING, description="Sort key."
    )
    sort_order: Query[SortOrder | MISSING] = MISSING


class ProjectsPermissionsCreate(
    Operation,
    route="POST /api/v1/projects/{project_id=id}/permissions",
    risk=Risk.WRITE,
    destructive=True,
    keywords="share invite member team collaborator grant access",
):
    """Give another user access to a project and all its containers. From edit upward they can share it on."""

    project_id: Path[ProjectId]
    user_id: Body[UserId] = Field(description="User who gets access (24 hex characters).")
    permission_level: Body[Level]


class ProjectsPermissionsUpdate(
    Operation,
    route="PUT /api/v1/projects/{project_id=id}/permissions/{permission_id=permissionId}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    also="PATCH",
    keywords="change role access member promote demote read-only viewer",
):
    """Raise or lower what a user may do in a project."""

    project_id: Path[ProjectId]
    permission_id: Path[PermissionId]
    permission_level: Body[Level]


class ProjectsPermissionsDelete(
    Operation,
    route="DELETE /api/v1/projects/{project_id=id}/permissions/{permission_id=permissionId}",
    risk=Risk.DESTROY,
    shown_by="projects_permissions_list",
    idempotent=True,
    shows=(
        Show(
            read=ProjectsGet,
            items="permissions",
            where={"id": "permission_id"},
            arguments={"include_permissions": True},
            tells=("user", "user_id", "permission_level"),
            binds=("id", "user_id", "permission_level"),
            label="permission",
        ),
        SHOW_PROJECT,
    ),
    keywords="revoke unshare remove member kick out colleague left",
):
    """Take a user's access to a project away: they lose all its containers at once."""

    project_id: Path[ProjectId]
    permission_id: Path[PermissionId]
