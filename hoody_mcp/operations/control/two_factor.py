"""Two-factor authentication (2FA): one-time codes beside the password."""

from __future__ import annotations

from typing import Annotated

from pydantic import MISSING, Field

from ...operation import Body, Operation, Risk, Show
from .authentication import ANALYTICS, LOGIN_SECRETS, NOT_A_BROWSER, AuthProfileGet

Password = Annotated[str, Field(min_length=8, max_length=128, description="The account's password.")]
AppCode = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}$", description="6 digits from the authenticator app; with confirm, a newer one counts."),
]
AnyCode = Annotated[str, Field(description="6 digits from the authenticator app, or a backup code.")]
SECRET_ARGUMENTS = ("password", "code")


class TwoFactorGetStatus(
    Operation,
    route="GET /api/v1/users/auth/2fa/status",
    risk=Risk.READ,
    keywords="is my account login protected by 2FA MFA OTP, how many recovery codes left",
):
    """Tell whether 2FA is on, how many backup codes remain and whether changing auth tokens asks for a code."""


SHOW_STATUS = Show(
    read=TwoFactorGetStatus,
    tells=("enabled", "verified", "enabled_at", "backup_codes_remaining", "require_for_tokens"),
    binds=("enabled", "enabled_at"),
    label="two-factor authentication",
)
SHOW_ACCOUNT = Show(read=AuthProfileGet, tells=("id", "username", "email"), binds=("id",), label="account")


class TwoFactorSetup(
    Operation,
    route="POST /api/v1/users/auth/2fa/setup",
    risk=Risk.WRITE,
    shown_by="two_factor_get_status",
    hands_out=("qr_code", "manual_entry_key", "backup_codes"),
    secret_arguments=SECRET_ARGUMENTS[:1],
    keywords="enable turn on 2FA MFA OTP TOTP authenticator app secure my account",
):
    """Begin to switch 2FA on: returns the key and QR code for an authenticator app and the backup codes, this once only.

    Give them all to the user. It is on after two_factor_verify_setup.
    """

    password: Body[Password]


class TwoFactorVerifySetup(
    Operation,
    route="POST /api/v1/users/auth/2fa/verify-setup",
    risk=Risk.DESTROY,
    secret=("token", "refreshToken"),
    fleeting=("code",),
    secret_arguments=("code",),
    shows=(SHOW_STATUS, SHOW_ACCOUNT),
    keywords="finish enable turn on 2FA MFA OTP confirm authenticator six digit number activate",
):
    """Cuts off other logins and switches 2FA on, by the app's first code: whoever loses app and backup codes is locked out.

    Comes after two_factor_setup.
    """

    code: Body[AppCode]


class TwoFactorVerify(
    Operation,
    route="POST /api/v1/users/auth/2fa/verify",
    risk=Risk.WRITE,
    shown_by="users_get_security_history",
    secret=LOGIN_SECRETS,
    secret_arguments=("temp_token", "code"),
    omits={"response_mode": NOT_A_BROWSER["response_mode"]} | ANALYTICS,
    keywords="second step login sign in one-time passcode six digit number MFA OTP",
):
    """Finish a login that asked for 2FA, and get its JWTs for another program. This server keeps its own token."""

    code: Body[AnyCode]
    temp_token: Body[str | MISSING] = Field(default=MISSING, description="As auth_login gave it; good for 5 minutes. Always give it.")


class TwoFactorDisable(
    Operation,
    route="DELETE /api/v1/users/auth/2fa",
    risk=Risk.DESTROY,
    idempotent=True,
    secret=("token", "refreshToken"),
    fleeting=("code",),
    secret_arguments=SECRET_ARGUMENTS,
    shows=(SHOW_STATUS, SHOW_ACCOUNT),
    keywords="turn off remove 2FA MFA OTP TOTP second factor, lost new phone gone",
):
    """Switch 2FA off and drop its key and backup codes for good: the password alone opens the account, and other logins may end.

    To only spare tokens the code: two_factor_set_token_gate.
    """

    password: Body[Password]
    code: Body[AnyCode]


class TwoFactorRegenerateBackupCodes(
    Operation,
    route="POST /api/v1/users/auth/2fa/backup-codes/regenerate",
    risk=Risk.DESTROY,
    hands_out=("backup_codes",),
    fleeting=("code",),
    secret_arguments=SECRET_ARGUMENTS,
    shows=(SHOW_STATUS, SHOW_ACCOUNT),
    keywords="new recovery emergency 2FA MFA used up lost replace",
):
    """Make all present backup codes useless for good and return new ones, this once only. Give them to the user."""

    password: Body[Password]
    code: Body[AppCode]


class TwoFactorSetTokenGate(
    Operation,
    route="PUT /api/v1/users/auth/2fa/token-gate",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    shown_by="two_factor_get_status",
    secret_arguments=("password", "otp_code"),
    keywords="require ask OTP 2FA code for API key creation rotation, skip, protect credentials",
):
    """Say whether a 2FA code is asked for to create or change auth tokens. Turning that off needs password and otp_code."""

    enabled: Body[bool] = Field(description="true: ask for a code (the usual). false: anyone logged in can make tokens.")
    password: Body[str | MISSING] = Field(default=MISSING, description="The account's password.")
    otp_code: Body[Annotated[str, Field(max_length=12)] | MISSING] = Field(
        default=MISSING, description="6 digits from the authenticator app, or a backup code."
    )
