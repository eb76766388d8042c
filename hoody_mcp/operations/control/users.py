"""Users: the account itself, its free server and who signed in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import MISSING, Field

from ...operation import Body, Operation, Path, Query, Risk, Show, UserId

OwnId = Annotated[UserId, Field(description="Your own user id (24 hex characters), such as user_id in projects_get.")]


class UsersGet(
    Operation,
    route="GET /api/v1/users/{user_id=id}",
    risk=Risk.READ,
    keywords="my account email name who am I",
):
    """Show your account's profile. A token without permission resources.read_account sees names only, no email."""

    user_id: Path[OwnId]


class UsersUpdate(
    Operation,
    route="PUT /api/v1/users/{user_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    secret_arguments=("password", "current_password"),
    shows=(
        Show(
            read=UsersGet,
            tells=("id", "username", "email", "alias", "public_key", "metadata"),
            binds=("id", "username", "alias", "public_key", "metadata", "is_admin", "is_banned"),
            label="account",
        ),
    ),
    keywords="account rename change password reset display name",
):
    """Overwrite account data for good: old name, metadata, key or password are lost, and a wrong password locks you out.

    Absent arguments stay.
    """

    user_id: Path[OwnId]
    alias: Body[Annotated[str, Field(min_length=1, max_length=100)] | MISSING] = Field(default=MISSING, description="Display name.")
    password: Body[Annotated[str, Field(min_length=12, max_length=128)] | MISSING] = Field(
        default=MISSING,
        description="New password: three of lower case, upper case, digits, symbols. Needs current_password.",
    )
    current_password: Body[Annotated[str, Field(min_length=8, max_length=128)] | MISSING] = Field(
        default=MISSING, description="Password until now."
    )
    public_key: Body[Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | MISSING] = Field(
        default=MISSING, description="Ed25519 public key, 64 hex digits."
    )
    metadata: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Free data.")
    is_admin: Body[bool | MISSING] = Field(default=MISSING, description="Administrators only.")
    is_banned: Body[bool | MISSING] = Field(default=MISSING, description="Administrators only. true: shut out of the API.")


class UsersGetFreeTierStatus(
    Operation,
    route="GET /api/v1/users/me/free-tier-status",
    risk=Risk.READ,
    oneself=True,
    keywords="free plan trial beta server can I claim",
):
    """Tell whether your account has a free server or may claim one, and if not, why. To claim it: users_retry_setup."""


class UsersMarkOnboarding(
    Operation,
    route="POST /api/v1/users/me/onboarding",
    risk=Risk.WRITE,
    shown_by="users_get",
    idempotent=True,
    keywords="first-run tour tutorial milestone done welcome",
):
    """Note that a step of the dashboard's introduction is done. The first time counts."""

    milestone: Body[Annotated[str, Field(pattern=r"^(hub_tour_v[0-9]{1,3}|dashboard_[a-z0-9_]{1,30}|onboarding_[a-z0-9_]{1,30})$")]] = (
        Field(description="Step: hub_tour_v and a number, or dashboard_ or onboarding_ and up to 30 of a-z, 0-9, _.")
    )


class UsersRedeemInvite(
    Operation,
    route="POST /api/v1/users/me/redeem-invite",
    risk=Risk.WRITE,
    shown_by="users_get_free_tier_status",
    keywords="invitation beta code unlock free plan voucher",
):
    """Use up an invite code to unlock the free server and set it up at once.

    Needs a login (JWT): auth tokens are refused.
    """

    code: Body[Annotated[str, Field(min_length=1, max_length=64)]] = Field(description="Invite code; it works once.")


class UsersRetrySetup(
    Operation,
    route="POST /api/v1/users/me/retry-setup",
    risk=Risk.WRITE,
    shown_by="users_get_free_tier_status",
    idempotent=True,
    keywords="free plan server missing promised at signup, provision failed",
):
    """Claim the free server, with a default project and container, if signing up did not. Once a minute at most."""

    region: Body[Annotated[str, Field(max_length=50, pattern=r"^[a-z0-9-]+$")] | MISSING] = Field(
        default=MISSING, description="Region to prefer: a-z, 0-9 and -."
    )


class UsersGetSecurityHistory(
    Operation,
    route="GET /api/v1/users/me/security-history",
    risk=Risk.READ,
    items=".",
    keywords="audit log logins sign-in intrusion hacked suspicious who signed in abroad",
):
    """List sign-ins to your account, newest first, about 180 days back, with address and country (null: unknown)."""

    page: Query[Annotated[int, Field(ge=1, le=10000)] | MISSING] = Field(default=MISSING, description="Page, from 1.")
    limit: Query[Annotated[int, Field(ge=1, le=100)] | MISSING] = Field(default=MISSING, description="Entries per page.")
    include_failed: Query[bool | MISSING] = Field(default=MISSING, description="true: also refused attempts.")
    include_security: Query[bool | MISSING] = Field(default=MISSING, description="true: also logouts and 2FA events.")
