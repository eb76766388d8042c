"""Server commands: prepared commands that run on a rented server itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...operation import Body, Default, Operation, Path, Query, Risk, ServerCommandId, ServerId, Show
from .containers import ContainersList
from .rentals import RentalsList


class ServersCommandsList(
    Operation,
    route="GET /api/v1/servers/{server_id=serverId}/available-commands",
    risk=Risk.READ,
    items="commands",
    columns=(
        "id",
        "slug",
        "name",
        "description",
        "category",
        "command",
        "risk_level",
        "requires_confirmation",
        "parameter_schema",
        "example_parameters",
        "default_timeout",
        "cooldown_seconds",
        "execution_count",
    ),
    keywords="what can I run on my bare metal machine hardware node maintenance diagnostics actions",
):
    """List the prepared commands of a rented server: slug, parameters, risk. They run on the machine, not in a container."""

    server_id: Path[ServerId]
    category: Query[str | MISSING] = Field(default=MISSING, description="Only this category.")
    risk_level: Query[Literal["low", "medium", "high", "critical"] | MISSING] = Field(default=MISSING, description="Only up to this risk.")


class ServersCommandsExecute(
    Operation,
    route="POST /api/v1/servers/{server_id=serverId}/execute-command",
    risk=Risk.DESTROY,
    open_world=True,
    branches=(("command_slug",), ("command_id",)),
    secret_arguments=("confirmation_token",),
    rare=("command_id", "timeout", "confirmation_token"),
    seconds=50,
    shows=(
        Show(
            read=ServersCommandsList,
            items="commands",
            where={"slug": "command_slug", "id": "command_id"},
            tells=("slug", "name", "command", "working_directory", "risk_level", "requires_confirmation"),
            binds=("id", "slug", "mode", "command", "working_directory", "risk_level"),
            label="command",
        ),
        Show(
            read=RentalsList,
            items=".",
            where={"server_id": "server_id"},
            tells=("server.name", "status", "pool_id"),
            binds=("server_id",),
            label="server",
            optional=True,
        ),
        Show(
            read=ContainersList,
            items="containers",
            where={"server_id": "server_id"},
            arguments={"limit": 100},
            tells=("name", "status", "project_alias"),
            binds=("id",),
            label="containers on it",
            optional=True,
        ),
    ),
    runs=True,
    keywords="run maintenance job on my machine hardware node host itself reboot reinstall bare metal",
):
    """Run a prepared command on a rented server itself: it can interrupt or wipe all its containers. In a container: terminal_execute.

    Within 50 s the answer has output and exit_code. No tool reads them later: after a time-out it may still run, so do not repeat it.
    """

    server_id: Path[ServerId]
    command_slug: Body[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | MISSING] = Field(
        default=MISSING, description="Which one, by slug (servers_commands_list): a-z, 0-9, -. Needed, or command_id."
    )
    command_id: Body[ServerCommandId | MISSING] = MISSING
    parameters: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Values by name, as its parameter_schema asks.")
    wait: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(
        default=MISSING, description="false: only start it, for work beyond 50 s; its output is lost to you."
    )
    timeout: Body[Annotated[int, Field(ge=1, le=7200)] | MISSING] = Field(
        default=MISSING, description="Seconds it may run, within the command's own maximum."
    )
    confirmation_token: Body[str | MISSING] = Field(
        default=MISSING, description="Hoody's own token for risky commands, if its refusal gives one. It is not confirm."
    )
