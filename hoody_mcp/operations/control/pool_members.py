"""Members of server pools: who may use the servers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...operation import Body, Operation, Path, PoolId, Risk, Show, UserId
from .pools import SHOW_POOL, PoolsGet

Role = Annotated[Literal["admin", "user"], Field(description="user: uses the servers. admin: also invites and removes people.")]
Member = Annotated[UserId, Field(description="Member's user.id (pools_get), not the membership's id: 24 hex characters.")]


class PoolsMembersInvite(
    Operation,
    route="POST /api/v1/pools/{pool_id=id}/members",
    toolset="pools",
    risk=Risk.WRITE,
    destructive=True,
    keywords="add user teammate colleague person by email to team group share servers hardware",
):
    """Invite someone to a server pool; they belong to it once they accept (pools_invitations_accept). Owner and admins only."""

    pool_id: Path[PoolId]
    username: Body[Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9_-]+$")]] = Field(
        description="User name, no email: letters, digits, _ and -."
    )
    role: Body[Role]


class PoolsMembersUpdateRole(
    Operation,
    route="PUT /api/v1/pools/{pool_id=id}/members/{user_id=userId}",
    toolset="pools",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    keywords="promote demote teammate colleague team lead admin rights permission ordinary member",
):
    """Make a member of a server pool an admin, or an ordinary user again. The owner only."""

    pool_id: Path[PoolId]
    user_id: Path[Member]
    role: Body[Role]


class PoolsMembersRemove(
    Operation,
    route="DELETE /api/v1/pools/{pool_id=id}/members/{user_id=userId}",
    toolset="pools",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=PoolsGet,
            items="members",
            where={"user.id": "user_id"},
            tells=("user.username", "user.alias", "role", "is_authorized", "joined_at"),
            binds=("user.id", "role"),
            label="member",
        ),
        SHOW_POOL,
        Show(
            read=PoolsGet,
            items="servers",
            tells=("name", "rental_status"),
            binds=("id",),
            label="servers lost to them",
            optional=True,
        ),
    ),
    keywords="kick out teammate colleague left company revoke access team group person",
):
    """Take someone out of a server pool: they lose its servers. Owner and admins only."""

    pool_id: Path[PoolId]
    user_id: Path[Member]
