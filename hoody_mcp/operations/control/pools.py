"""Server pools: rented servers that several people use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import MISSING, Field

from ...operation import Body, Names, Operation, Path, PoolId, Risk, Show

Description = Annotated[str, Field(max_length=500, description="Free note.")]
Settings = Annotated[dict[str, Any], Field(description="Free data kept with it.")]


class PoolsList(
    Operation,
    route="GET /api/v1/pools",
    risk=Risk.READ,
    items=".",
    columns=("id", "name", "description", "is_default", "owner_id", "user_role", "member_count", "server_count"),
    names=(Names("pool", by="name", owner="owner_id"),),
    keywords="teams groups who shares my hardware machines",
):
    """List the server pools you own or belong to: the groups of people that share rented servers. Asked to join: pools_invitations_list."""


class PoolsCreate(
    Operation,
    route="POST /api/v1/pools",
    risk=Risk.WRITE,
    rare=("settings",),
    keywords="new team group of departments colleagues people share sharing split rented hardware machines",
):
    """Create an empty pool to share rented servers in: servers_rent puts them there, pools_members_invite adds people.

    To share single projects instead: projects_permissions_create.
    """

    name: Body[Annotated[str, Field(max_length=100)]] = Field(description="Name; it cannot be changed later.")
    description: Body[Description | MISSING] = MISSING
    settings: Body[Settings | MISSING] = MISSING


class PoolsGet(
    Operation,
    route="GET /api/v1/pools/{pool_id=id}",
    risk=Risk.READ,
    keywords="team group details members, who else shares my servers, which machines",
):
    """Show one server pool: its members with role and user.id, and its servers."""

    pool_id: Path[PoolId]


SHOW_POOL = Show(
    read=PoolsGet,
    tells=("id", "name", "description", "is_default"),
    binds=("id", "name", "owner_id", "is_default"),
    label="pool",
)


class PoolsUpdate(
    Operation,
    route="PUT /api/v1/pools/{pool_id=id}",
    risk=Risk.WRITE,
    idempotent=True,
    keywords="edit team group note text",
):
    """Change a server pool's description or settings, as its owner. People and roles: pools_members_update_role and its like."""

    pool_id: Path[PoolId]
    description: Body[Description | MISSING] = MISSING
    settings: Body[Settings | MISSING] = MISSING


class PoolsDelete(
    Operation,
    route="DELETE /api/v1/pools/{pool_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        SHOW_POOL,
        Show(
            read=PoolsGet,
            items="members",
            tells=("user.username", "role"),
            binds=("user.id",),
            label="members who lose access",
            optional=True,
        ),
        Show(
            read=PoolsGet,
            items="servers",
            tells=("name", "rental_status"),
            binds=("id",),
            label="servers in it",
            optional=True,
        ),
    ),
    keywords="remove disband dissolve team group sharing machines",
):
    """Delete a server pool for good: all members lose its servers. Owners only; never the default pool.

    To drop one person: pools_members_remove.
    """

    pool_id: Path[PoolId]
