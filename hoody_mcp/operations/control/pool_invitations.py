"""Invitations to the server pools of others."""

from __future__ import annotations

from ...operation import InvitedPoolId, Operation, Path, Risk


class PoolsInvitationsList(
    Operation,
    route="GET /api/v1/pools/invitations/pending",
    toolset="pools",
    risk=Risk.READ,
    items=".",
    columns=("id", "pool_id", "pool_name", "pool_description", "role", "invited_by", "invited_at"),
    keywords="who asked me to join a team, pending waiting open invites requests",
):
    """List the invitations to server pools that you have not answered yet."""


class PoolsInvitationsAccept(
    Operation,
    route="POST /api/v1/pools/{pool_id=id}/accept",
    toolset="pools",
    risk=Risk.WRITE,
    keywords="join a team, say yes, become member",
):
    """Join a server pool that you were invited to. Strangers can invite, too: make sure that the user wants it."""

    pool_id: Path[InvitedPoolId]


class PoolsInvitationsReject(
    Operation,
    route="POST /api/v1/pools/{pool_id=id}/reject",
    toolset="pools",
    risk=Risk.WRITE,
    shown_by="pools_invitations_list",
    keywords="decline refuse a team, say no, ignore",
):
    """Turn down an invitation to a server pool."""

    pool_id: Path[InvitedPoolId]
