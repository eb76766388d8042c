"""Auth tokens: the lasting credentials of an account, what they may do and where they work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import MISSING, Field

from ...access import own_token
from ...jsons import Json
from ...operation import Body, Default, Names, Operation, Path, RealmId, Risk, Show, TokenId

Alias = Annotated[
    str,
    Field(min_length=1, max_length=254, pattern=r"^[a-zA-Z0-9 _-]*$", description="Name: letters, digits, blanks, _ and -."),
]
PublicKey = Annotated[str, Field(description="Ed25519 public key, in hex.")]
PublicData = Annotated[dict[str, Any], Field(description="Data for anyone who knows public_key, up to 64 KB.")]
Addresses = Annotated[list[str], Field(description='IPv4 addresses and CIDR ranges that may use it, or ["*"] for any.')]
Permissions = Annotated[
    dict[str, Any],
    Field(
        description="Booleans as a tree, absent = false. "
        "containers: create, read, update, delete, actions {start, stop, restart, exec, logs}, "
        "features {ai, hoody_kit, snapshots, networking, kvm}; "
        "projects: create, read, update, delete, members {invite, remove, change_roles}; "
        "financial: wallet {read, transfer, withdraw}, billing {read, manage_payment_methods, download_invoices}, "
        "server_rental {view_marketplace, rent_servers, extend_rentals, terminate_rentals}; "
        "resources: vault, events, ssh_keys, storage_shares, proxy_aliases, firewalls, realms, auth_token_public_profile, "
        "create_tokens, read_account; admin: users, servers, system, billing, monitoring."
    ),
]
Realms = Annotated[list[RealmId], Field(description="Realms it is limited to.")]
NoRealm = Annotated[bool, Field(description="false: works on realm hosts only.")]
VaultAccess = Annotated[bool, Field(description="Vault; also needs permission resources.vault.")]
EventAccess = Annotated[bool, Field(description="Events, live and past.")]
Expiry = Annotated[str, Field(description="ISO time, or the word today or tomorrow.")]
OtpCode = Annotated[
    str,
    Field(max_length=12, description="2FA or backup code, if the account has 2FA and a login (JWT) is used."),
]
SECRET_ARGUMENTS = ("otp_code",)


class AuthTokensList(
    Operation,
    route="GET /api/v1/auth/tokens",
    risk=Risk.READ,
    items=".",
    columns=(
        "id",
        "alias",
        "prefix",
        "is_enabled",
        "ip_whitelist",
        "realm_ids",
        "allow_no_realm",
        "vault_access",
        "expires_at",
        "last_used_at",
        "last_used_ip",
        "created_at",
    ),
    names=(Names("token", by="alias"),),
    keywords="API keys credentials which tokens do I have unused old",
):
    """List your auth tokens: limits and last use, never values. Rights of one: auth_tokens_get."""


class AuthTokensCreate(
    Operation,
    route="POST /api/v1/auth/tokens",
    risk=Risk.WRITE,
    hands_out=("token",),
    secret_arguments=SECRET_ARGUMENTS,
    rare=(
        "deny_reauthorization",
        "public_key",
        "public_storage",
        "otp_code",
    ),
    keywords="new API key credential access for a script, bot, teammate or CI pipeline",
):
    """Create a lasting token and return its value, this once only.

    Grant as little as the job needs. With realm_ids, only those realms' hosts accept it.
    """

    alias: Body[Alias | MISSING] = Field(default=MISSING, description="Name: letters, digits, blanks, _ and -. Absent: random.")
    permission_template: Body[str | MISSING] = Field(
        default=MISSING,
        description="full_access, external_customer, dev_team, finance_team or read_only; overrides permissions.",
    )
    permissions: Body[Permissions | MISSING] = MISSING
    expires_at: Body[Expiry | MISSING] = Field(default=MISSING, description="ISO time, or the word today or tomorrow. Absent: never.")
    ip_whitelist: Body[Addresses | MISSING] = Field(
        default=MISSING, description="IPv4 addresses and CIDR ranges that may use it. Absent: any."
    )
    realm_ids: Body[Realms | MISSING] = MISSING
    allow_no_realm: Body[Annotated[NoRealm, Default(value=True)] | MISSING] = MISSING
    vault_access: Body[Annotated[VaultAccess, Default(value=False)] | MISSING] = MISSING
    event_access: Body[Annotated[EventAccess, Default(value=True)] | MISSING] = MISSING
    deny_reauthorization: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: takes vault and creating of tokens away and makes it expire; 400 if you grant them too."
    )
    public_key: Body[PublicKey | MISSING] = MISSING
    public_storage: Body[PublicData | MISSING] = MISSING
    otp_code: Body[OtpCode | MISSING] = MISSING


class AuthTokensGet(
    Operation,
    route="GET /api/v1/auth/tokens/{token_id=id}",
    risk=Risk.READ,
    keywords="API key details permissions scopes what may it do",
):
    """Show one token's rights, limits and last use, not its value. The one in use: auth_tokens_get_current."""

    token_id: Path[TokenId]


class AuthTokensGetCurrent(
    Operation,
    route="GET /api/v1/auth/tokens/me",
    risk=Risk.READ,
    hands_out=("token",),  # its record; the value is not in it
    oneself=True,
    keywords="who am I whoami which API key permissions access denied 403",
):
    """Show the auth token that this server uses: its rights and the realms it is limited to. 403 under a login (JWT)."""


SHOW_TOKEN = Show(
    read=AuthTokensGet,
    tells=("id", "alias", "prefix", "is_enabled", "realm_ids", "allow_no_realm", "expires_at", "last_used_at", "last_used_ip"),
    binds=("id", "alias", "prefix", "realm_ids", "allow_no_realm"),
    label="auth token",
)
SHOW_CURRENT = Show(read=AuthTokensGetCurrent, tells=("token.alias", "alias"), label="this server's own token", optional=True)


class TokenAtStake(Operation, abstract=True):
    """A call after which a token may not work any more, or works elsewhere."""

    token_id: Path[TokenId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Warn if the token is this server's own."""
        return own_token(self.token_id, seen.get(SHOW_CURRENT.name))


class AuthTokensUpdate(
    Operation,
    route="PUT /api/v1/auth/tokens/{token_id=id}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    clearable=("expires_at", "public_key", "public_storage"),
    secret_arguments=SECRET_ARGUMENTS,
    rare=(
        "public_key",
        "public_storage",
        "otp_code",
    ),
    keywords="API key rename disable suspend stop working block scopes restrict expiry IP allowlist",
):
    """Change a token's rights, limits or state; its value stays. Absent arguments stay.

    Whoever uses the token feels it at once, this server included.
    """

    token_id: Path[TokenId]
    alias: Body[Alias | MISSING] = MISSING
    is_enabled: Body[bool | MISSING] = Field(default=MISSING, description="false: refused until enabled again.")
    permissions: Body[dict[str, Any] | MISSING] = Field(
        default=MISSING, description="The whole new tree, in the form that auth_tokens_get shows; absent = false."
    )
    expires_at: Body[Expiry | MISSING] = MISSING
    ip_whitelist: Body[Addresses | MISSING] = MISSING
    realm_ids: Body[Realms | MISSING] = MISSING
    allow_no_realm: Body[NoRealm | MISSING] = MISSING
    vault_access: Body[VaultAccess | MISSING] = MISSING
    event_access: Body[EventAccess | MISSING] = MISSING
    public_key: Body[PublicKey | MISSING] = MISSING
    public_storage: Body[PublicData | MISSING] = MISSING
    otp_code: Body[OtpCode | MISSING] = MISSING


class AuthTokensDelete(
    TokenAtStake,
    route="DELETE /api/v1/auth/tokens/{token_id=id}",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_TOKEN, SHOW_CURRENT),
    keywords="revoke remove API key credential leaked stolen compromised make useless",
):
    """Delete a token for good: everything that uses it is refused at once.

    Never the one in use (auth_tokens_get_current). To only suspend it: auth_tokens_update.
    """

    token_id: Path[TokenId]


class AuthTokensAddRealm(
    TokenAtStake,
    route="POST /api/v1/auth/tokens/{token_id=id}/add-realm",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_TOKEN, SHOW_CURRENT),
    secret_arguments=SECRET_ARGUMENTS,
    fleeting=SECRET_ARGUMENTS,
    keywords="API key scope bind confine restrict to a tenant",
):
    """Limit a token to a realm: the first one cuts it off from all but that realm's host. Further ones only add hosts."""

    realm_id: Body[RealmId]
    otp_code: Body[OtpCode | MISSING] = MISSING


class AuthTokensRemoveRealm(
    TokenAtStake,
    route="POST /api/v1/auth/tokens/{token_id=id}/remove-realm",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(SHOW_TOKEN, SHOW_CURRENT),
    secret_arguments=SECRET_ARGUMENTS,
    fleeting=SECRET_ARGUMENTS,
    keywords="API key scope unbind widen revoke",
):
    """Take a realm from a token: that cuts it off there at once. Taking the last one widens it: no realm limits it any more."""

    realm_id: Body[RealmId]
    otp_code: Body[OtpCode | MISSING] = MISSING


class AuthTokensCopy(
    Operation,
    route="POST /api/v1/auth/tokens/{token_id=id}/copy",
    risk=Risk.WRITE,
    shown_by="auth_tokens_list",
    hands_out=("token",),
    clearable=("expires_at",),
    secret_arguments=SECRET_ARGUMENTS,
    keywords="API key rotate renew replace swap duplicate clone regenerate same rights",
):
    """Make a new token with an existing one's rights and limits and return its value, this once only.

    To rotate: copy, test the new one, switch to it, then auth_tokens_delete the old.
    """

    token_id: Path[TokenId]
    alias: Body[Alias | MISSING] = Field(default=MISSING, description="Letters, digits, blanks, _ and -. Absent: made from the old one's.")
    expires_at: Body[Expiry | MISSING] = Field(default=MISSING, description="ISO time, or today or tomorrow as a word. Absent: as before.")
    otp_code: Body[OtpCode | MISSING] = MISSING


class AuthTokensUpdatePublicProfile(
    Operation,
    route="PUT /api/v1/auth/tokens/me/public-profile",
    risk=Risk.WRITE,
    idempotent=True,
    open_world=True,
    clearable=("public_key", "public_storage"),
    keywords="publish identity API key",
):
    """Replace the public key or public data of the token that this server uses, for all the world to read. Give at least one."""

    public_key: Body[PublicKey | MISSING] = MISSING
    public_storage: Body[PublicData | MISSING] = MISSING


class AuthTokensGetPublicProfile(
    Operation,
    route="GET /api/v1/auth/tokens/public-profiles/{public_key}",
    risk=Risk.READ,
    keywords="look up somebody's identity Ed25519",
):
    """Read what anyone's token has published under its public key."""

    public_key: Path[Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]] = Field(description="The key, 64 hex digits.")


class AuthTokensListTemplates(
    Operation,
    route="GET /api/v1/auth/tokens/templates",
    risk=Risk.READ,
    keywords="API key roles presets ready-made rights scopes permissions",
):
    """List the permission templates for auth_tokens_create, each with its whole tree."""
