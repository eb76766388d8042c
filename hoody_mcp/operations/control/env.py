"""Environment variables of a container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from ...jsons import as_object
from ...operation import Body, Changes, ContainerId, Operation, Path, Risk, Show, Whole
from .containers import SHOW_CONTAINER

Key = Annotated[
    str,
    Field(max_length=256, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", description="Name of the variable: letters, digits and _, no digit first."),
]


class EnvList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/env",
    risk=Risk.READ,
    secret=("environment_vars",),
    keywords="environment variables settings secrets configuration dotenv show which value",
):
    """List a container's environment variables; values are masked unless reveal."""

    container_id: Path[ContainerId]


class EnvSet(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/env/{key}",
    risk=Risk.WRITE,
    idempotent=True,
    secret=("environment_vars",),
    secret_arguments=("value",),
    also="PATCH",
    keywords="environment export secret API key configuration app reads new value",
):
    """Set one environment variable, over an old value if there is one.

    Only processes and logins started afterwards see it. Keys that begin with HOODY_ are refused.
    """

    container_id: Path[ContainerId]
    key: Path[Key]
    value: Body[Annotated[str, Field(max_length=32768)]] = Field(description="The value.")


class EnvSetMany(
    Operation,
    route="PUT /api/v1/containers/{container_id=id}/env",
    risk=Risk.WRITE,
    idempotent=True,
    secret=("environment_vars",),
    secret_arguments=("variables",),
    also="PATCH",
    keywords="environment bulk import load dotenv .env file several secrets configuration",
):
    """Set several environment variables at once; those not named stay.

    Only processes and logins started afterwards see them. Keys that begin with HOODY_ are refused.
    """

    container_id: Path[ContainerId]
    variables: Whole[dict[str, str]] = Field(description='Values by name, such as {"PORT": "8080"}.')


class EnvDelete(
    Operation,
    route="DELETE /api/v1/containers/{container_id=id}/env/{key}",
    risk=Risk.DESTROY,
    idempotent=True,
    secret=("environment_vars",),
    shows=(
        Show(read=EnvList, items="environment_vars", where={"key": "key"}, tells=("key",), binds=("key", "value"), label="variable"),
        SHOW_CONTAINER,
    ),
    changes=Changes(EnvList, ("environment_vars.{key}",)),
    keywords="environment unset remove secret configuration",
):
    """Delete one environment variable: its value is lost, though the result can put it back for an hour.

    Running processes keep their copy. Keys that begin with HOODY_ are refused.
    """

    container_id: Path[ContainerId]
    key: Path[Key]

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Set it to what it was."""
        variables = as_object((as_object(found) or {}).get("environment_vars")) or {}
        if variables.get(self.key) is not None:
            yield EnvSet(container_id=self.container_id, key=self.key, value=variables[self.key])
