"""Authentication: sign-up, passwords, logins, and whose account it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, Field

from ...operation import Body, Operation, Risk, Show

Email = Annotated[str, Field(max_length=255, description="Email address.")]
NewPassword = Annotated[
    str, Field(min_length=12, max_length=128, description="New password, with lower case, upper case, digit and symbol.")
]
MailedToken = Annotated[str, Field(min_length=64, max_length=64, alias="token", description="Token in the link of the email.")]

LOGIN_SECRETS = ("token", "refreshToken", "temp_token", "auth_intent_token", "identity_claim")
NOT_A_BROWSER = {
    "response_mode": "for web pages: a tool gets the tokens themselves",
    "code_challenge": "for web pages that sign in by PKCE",
}
ANALYTICS = {"client": "only tells Hoody's analytics where a login comes from"}


class AuthProfileGet(
    Operation,
    route="GET /api/v1/users/auth/me",
    risk=Risk.READ,
    hands_out=("token",),  # its record; the value is not in it
    oneself=True,
    keywords="who am I whoami current user account my email, connected logged signed in as",
):
    """Show the current account's profile, whatever the credential; an auth token's rights are added under auth_token.

    Only those, and under a token only: auth_tokens_get_current.
    """


class AuthRegionsList(
    Operation,
    route="GET /api/v1/auth/available-regions",
    risk=Risk.READ,
    items="regions",
    oneself=True,
    keywords="where data center location country can I start for nothing trial",
):
    """List the regions of free servers and whether each has room. Servers for rent: servers_browse."""


class AuthConfigGet(
    Operation,
    route="GET /api/v1/auth/config",
    risk=Risk.READ,
    oneself=True,
    keywords="OAuth SSO identity providers GitHub Google can people log sign in with",
):
    """Show which ways to sign in Hoody's website offers."""


class AuthPasswordForgot(
    Operation,
    route="POST /api/v1/auth/forgot-password",
    risk=Risk.WRITE,
    shown_by="activity_list",
    open_world=True,
    keywords="lost cannot log in no longer knows locked out recover access",
):
    """Mail a link for a new password. Success says nothing: it is the same for an address without account.

    With the link's token: auth_password_reset.
    """

    email: Body[Email]


class AuthPasswordReset(
    Operation,
    route="POST /api/v1/auth/reset-password",
    risk=Risk.DESTROY,
    secret_arguments=("mailed_token", "password"),
    shows=(
        Show(
            read=AuthProfileGet,
            tells=("id", "username", "email"),
            binds=("id",),
            label="account of this server; the mailed token may belong to another one",
        ),
    ),
    keywords="lost choose another credential recover link",
):
    """Overwrite an account's password for good and end all its sessions, by the token that auth_password_forgot mails.

    A password that the user does not keep locks them out. Whoever knows the old one: users_update.
    """

    mailed_token: Body[MailedToken]
    password: Body[NewPassword]


class AuthEmailResend(
    Operation,
    route="POST /api/v1/auth/resend-verification",
    risk=Risk.WRITE,
    shown_by="activity_list",
    open_world=True,
    keywords="confirmation mail never arrived again activate address",
):
    """Mail the link that confirms an address once more. Success says nothing: it is the same for an address without account."""

    email: Body[Email]


class AuthEmailVerify(
    Operation,
    route="POST /api/v1/auth/verify-email",
    risk=Risk.WRITE,
    shown_by="auth_profile_get",
    secret=LOGIN_SECRETS,
    secret_arguments=("mailed_token",),
    omits=NOT_A_BROWSER | ANALYTICS,
    keywords="confirm address activate finish signing up registration link",
):
    """Confirm an account's address by the mailed token; that activates it and logs in.

    This server keeps its own token. With 2FA a temp_token comes instead: two_factor_verify.
    """

    mailed_token: Body[MailedToken]


class AuthSignup(
    Operation,
    route="POST /api/v1/auth/signup",
    risk=Risk.WRITE,
    shown_by="activity_list",
    open_world=True,
    secret_arguments=("password",),
    omits=ANALYTICS,
    keywords="register create new account user join",
):
    """Open another Hoody account; it works once auth_email_verify has confirmed its address.

    Success says nothing: it is the same for an address that is taken.
    """

    email: Body[Email]
    password: Body[NewPassword]
    region: Body[Annotated[str, Field(max_length=50, pattern=r"^[a-z0-9-]+$")] | MISSING] = Field(
        default=MISSING, description="Region of auth_regions_list to prefer: a-z, 0-9 and -. Absent: the nearest."
    )
    invite_code: Body[Annotated[str, Field(min_length=1, max_length=128)] | MISSING] = Field(
        default=MISSING, description="Invite code, checked only when the address is confirmed."
    )


class AuthLogin(
    Operation,
    route="POST /api/v1/users/auth/login",
    risk=Risk.WRITE,
    shown_by="users_get_security_history",
    secret=LOGIN_SECRETS,
    secret_arguments=("password",),
    omits=NOT_A_BROWSER | ANALYTICS,
    keywords="sign in authenticate JWT session credentials",
):
    """Test a password, or get JWTs for another program. It logs nobody in here: this server keeps its own token.

    With 2FA a temp_token comes instead: two_factor_verify. Lasting access: auth_tokens_create.
    """

    password: Body[Annotated[str, Field(min_length=8, max_length=128, description="Password.")]]
    username: Body[Annotated[str, Field(min_length=3, max_length=50, pattern=r"^[a-zA-Z0-9_-]+$")] | MISSING] = Field(
        default=MISSING, description="This or email: letters, digits, _ and -."
    )
    email: Body[Email | MISSING] = Field(default=MISSING, description="This or username.")


class AuthRefresh(
    Operation,
    route="POST /api/v1/users/auth/refresh",
    risk=Risk.WRITE,
    shown_by="activity_list",
    secret=LOGIN_SECRETS,
    secret_arguments=("refresh_token",),
    keywords="renew session JWT expired prolong",
):
    """Trade another program's refresh token for new JWTs; this server goes on with its own token.

    It may answer 401: Hoody also wants the refresh token in a header, where this server sends its own.
    """

    refresh_token: Body[Annotated[str, Field(min_length=1)]] = Field(alias="refreshToken", description="Refresh token of a login.")


class AuthLogout(
    Operation,
    route="POST /api/v1/users/auth/logout",
    risk=Risk.DESTROY,
    shows=(Show(read=AuthProfileGet, tells=("id", "username", "email"), binds=("id", "username"), label="account"),),
    keywords="sign out log off still signed in elsewhere all devices sessions stolen laptop computer",
):
    """End every login (JWT) of your account at once: all browsers and programs are shut out, this server too if it uses one.

    Auth tokens stay: auth_tokens_delete.
    """


class AuthIdentityClaimCreate(
    Operation,
    route="POST /api/v1/users/auth/identity-claim",
    risk=Risk.WRITE,
    shown_by="activity_list",
    hands_out=("identity_claim",),
    keywords="prove who I am to third party partner backend, proof assertion verify offline",
):
    """Issue a signed proof of who you are, for one named recipient, who checks it with meta_public_key.

    Needs a login (JWT): auth tokens are refused. For programs in a container: containers_authorize.
    """

    audience: Body[Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21\x23-\x7e]{1,256}$")]] = Field(
        description="Recipient, such as its hostname: ASCII without blanks and double quotes. Nobody else accepts it."
    )
    expires_in: Body[Annotated[int, Field(ge=60, le=86400)] | MISSING] = Field(
        default=MISSING, description="Seconds it is good for, never longer than the login. Absent: an hour."
    )
