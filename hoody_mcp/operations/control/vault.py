"""The vault: an account's own store of values by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import MISSING, Field

from ...operation import Body, Operation, Path, Query, RealmId, Risk, Show

Key = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9._-]+$", description="Key: letters, digits, . _ and -."),
]
InRealm = Annotated[
    RealmId,
    Field(description="Realm whose keys are meant (24 hex characters). Absent: the realm host in use, else the keys outside realms."),
]


class VaultKeysList(
    Operation,
    route="GET /api/v1/vault/keys",
    risk=Risk.READ,
    items=".",
    rare=("realm_id",),
    keywords="which secrets passwords credentials are stored saved, secret manager",
):
    """List the keys of your account's vault, without values. A container's variables are elsewhere: env_list.

    Tokens need both vault_access and permission resources.vault, else 403.
    """

    realm_id: Query[InRealm | MISSING] = MISSING


class VaultKeysGet(
    Operation,
    route="GET /api/v1/vault/keys/{key}",
    risk=Risk.READ,
    secret=("value",),
    rare=("realm_id",),
    keywords="read look up what was secret password credential API key put away",
):
    """Read one entry of your account's vault; its value is masked unless reveal. Same rights as vault_keys_list."""

    key: Path[Key]
    realm_id: Query[InRealm | MISSING] = MISSING


class VaultKeysSet(
    Operation,
    route="PUT /api/v1/vault/keys/{key}",
    risk=Risk.WRITE,
    destructive=True,
    idempotent=True,
    secret=("value",),
    secret_arguments=("value",),
    clearable=("metadata",),
    rare=("metadata", "realm_id"),
    keywords="store save keep secret password credential API key remember put away replace leaked",
):
    """Store a value in your account's vault, over an old one only with overwrite=true: no history is kept.

    Hoody does not encrypt it: encrypt what is secret beforehand. Programs in containers do not see it: env_set.
    Same rights as vault_keys_list.
    """

    key: Path[Key]
    value: Body[str] = Field(description="Any text.")
    metadata: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Free data beside it, up to 256 KB; never masked.")
    realm_id: Query[InRealm | MISSING] = MISSING

    def replaces(self) -> Iterator[Operation]:
        """Look at the key itself."""
        yield VaultKeysGet(key=self.key, realm_id=self.realm_id)


class VaultKeysDelete(
    Operation,
    route="DELETE /api/v1/vault/keys/{key}",
    risk=Risk.DESTROY,
    idempotent=True,
    rare=("realm_id",),
    shows=(
        Show(
            read=VaultKeysGet,
            tells=("key", "realm_id", "size_bytes", "updated_at"),
            binds=("key", "realm_id", "value"),
            label="key",
            passes=("realm_id",),
        ),
    ),
    keywords="remove erase secret password credential",
):
    """Delete one key of your account's vault with its value, for good."""

    key: Path[Key]
    realm_id: Query[InRealm | MISSING] = MISSING


class VaultClear(
    Operation,
    route="DELETE /api/v1/vault",
    risk=Risk.DESTROY,
    idempotent=True,
    shows=(
        Show(
            read=VaultKeysList,
            items=".",
            tells=("key", "size_bytes"),
            binds=("key", "realm_id", "updated_at"),
            label="keys lost",
            passes=("realm_id",),
        ),
    ),
    keywords="empty wipe reset all secrets passwords everything",
):
    """Delete every key and value of your account's vault, for good: of one realm, or of those outside realms."""

    realm_id: Query[InRealm | MISSING] = MISSING


class VaultStats(
    Operation,
    route="GET /api/v1/vault/stats",
    risk=Risk.READ,
    rare=("realm_id",),
    keywords="stored secrets storage space used quota limit how close how full",
):
    """Tell how many keys your account's vault holds in one realm, and how much of the limit all realms together use."""

    realm_id: Query[InRealm | MISSING] = MISSING
