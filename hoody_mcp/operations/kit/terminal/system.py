"""What runs in a container: processes, ports, resources, displays; and its power switch from inside."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import MISSING, Field

from ....operation import Body, Default, KitOperation, Path, Query, Risk, Show
from ...control.containers import SHOW_CONTAINER
from .sessions import TerminalSessionsList

Pid = Annotated[int, Field(ge=1, description="Process number (terminal_processes_list).")]
CommName = Annotated[
    str,
    Field(
        max_length=15, description="Instead of pid: EVERY process of this name, in any case. Linux cuts longer names, which match nothing."
    ),
]
Delay = Annotated[int, Field(ge=0, le=86400), Default(0), Field(description="Seconds until then, rounded up to minutes.")]

ENVIRONMENT = ("environment", "environ", "env")


class TerminalResources(
    KitOperation,
    route="GET /api/v1/system/resources",
    risk=Risk.READ,
    keywords="RAM usage load disk full space left bandwidth monitor top",
):
    """Measure a container from inside: CPU, memory, disks, network interfaces, uptime. From outside: containers_stats."""


class TerminalProcessesList(
    KitOperation,
    route="GET /api/v1/system/processes",
    risk=Risk.READ,
    items="processes",
    keywords="ps top hogging CPU eating memory running programs slow task manager",
):
    """List the processes of a container with CPU, memory and state. The busiest: sort=cpu, limit=10."""

    filter: Query[str | MISSING] = Field(default=MISSING, description="Part of the name, in any case.")
    sort: Query[Annotated[Literal["cpu", "memory", "pid", "name"], Default("pid")] | MISSING] = Field(
        default=MISSING, description="Sort key."
    )
    limit: Query[Annotated[int, Field(ge=0)] | MISSING] = Field(default=MISSING, description="Most processes; absent: all.")


class TerminalProcessesGet(
    KitOperation,
    route="GET /api/v1/system/processes/{pid}",
    risk=Risk.READ,
    secret=ENVIRONMENT,
    keywords="inspect details cmdline arguments variables file descriptors",
):
    """Show one process: command line, environment, open files, statistics."""

    pid: Path[Pid]


class TerminalProcessesSignal(
    KitOperation,
    route="POST /api/v1/system/process/signal",
    risk=Risk.DESTROY,
    branches=(("pid",), ("name",)),
    shows=(
        Show(
            read=TerminalProcessesList,
            items="processes",
            where={"pid": "pid", "name": "name"},
            tells=("pid", "name", "user", "cmdline", "state"),
            binds=("pid", "name"),
            label="processes hit",
        ),
    ),
    keywords="kill sigkill SIGTERM SIGHUP reload terminate end program hung zombie",
):
    """Send a signal to processes, mostly to end them: their unsaved work is lost. By name it hits every process of that name.

    For a command of terminal_execute rather terminal_abort; to pause: terminal_processes_freeze.
    """

    pid: Body[Pid | MISSING] = Field(default=MISSING, description="Process number: exactly this one. Or name.")
    name: Body[str | MISSING] = Field(default=MISSING, description="Instead of pid: the exact name, for all processes that have it.")
    signal: Body[str | MISSING] = Field(
        default=MISSING, description="SIGTERM, TERM or 15; realtime signals as a number. Needed without force."
    )
    force: Body[bool | MISSING] = Field(default=MISSING, description="true: SIGKILL, false: SIGTERM, whatever signal says.")


class TerminalProcessesFreeze(
    KitOperation,
    route="POST /api/v1/system/processes/freeze",
    risk=Risk.WRITE,
    idempotent=True,
    keywords="pause suspend hold SIGSTOP busy background job, continue later",
):
    """Suspend processes where they are, memory kept, until terminal_processes_unfreeze. 403 for init and the service itself.

    The whole container: containers_power.
    """

    pid: Body[Pid | MISSING] = Field(default=MISSING, description="Process number. Or name.")
    name: Body[CommName | MISSING] = MISSING
    include_descendants: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Also all that they started; some may escape."
    )


class TerminalProcessesUnfreeze(
    KitOperation,
    route="POST /api/v1/system/processes/unfreeze",
    risk=Risk.WRITE,
    idempotent=True,
    keywords="resume continue wake SIGCONT paused suspended",
):
    """Let processes go on that terminal_processes_freeze suspended. Nothing happens to those that run."""

    pid: Body[Pid | MISSING] = Field(default=MISSING, description="Process number. Or name.")
    name: Body[CommName | MISSING] = MISSING
    include_descendants: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Also all that they started."
    )


class TerminalPorts(
    KitOperation,
    route="GET /api/v1/system/ports",
    risk=Risk.READ,
    items=".",
    keywords="netstat ss lsof already in use taken occupied listening sockets servers",
):
    """List the open TCP and UDP ports of a container, each with the program and user behind it."""

    port: Query[Annotated[int, Field(ge=0, le=65535)] | MISSING] = Field(default=MISSING, description="Only this port.")
    protocol: Query[str | MISSING] = Field(default=MISSING, description="tcp, udp, or both with a comma.")
    ip: Query[str | MISSING] = Field(default=MISSING, description="Addresses, separated by commas.")
    user: Query[str | MISSING] = Field(default=MISSING, description="Exact name of the user.")
    skip_program: Query[str | MISSING] = Field(default=MISSING, description="Programs to leave out, separated by commas.")
    http_only: Query[bool | MISSING] = Field(default=MISSING, description="true: only what speaks HTTP.")
    hoody_only: Query[bool | MISSING] = Field(default=MISSING, description="true: only Hoody's own services.")


class TerminalDisplays(
    KitOperation,
    route="GET /api/v1/system/displays",
    risk=Risk.READ,
    items=".",
    columns=("display", "session_name", "user", "pid", "start_time", "connected_clients", "last_activity_timestamp", "windows"),
    keywords="X11 screens desktops GUI windows who is connected",
):
    """List the graphical displays of a container, with their windows and connected viewers."""


class TerminalDaemonConfig(
    KitOperation,
    route="GET /api/v1/system/daemon",
    risk=Risk.READ,
    items=".",
    secret=ENVIRONMENT,
    keywords="supervised background services long-running programs autostart",
):
    """List the long-lived programs that a container's daemon service is set up to run. What runs now: terminal_processes_list."""


WHAT_ENDS = (
    SHOW_CONTAINER,
    Show(
        read=TerminalSessionsList,
        items=".",
        arguments={"history_limit": 1},
        tells=("id", "username", "command_history"),
        binds=("id",),
        label="sessions lost",
        optional=True,
    ),
    Show(
        read=TerminalProcessesList,
        items="processes",
        arguments={"sort": "cpu", "limit": 5},
        tells=("name", "pid", "cpu_percent"),
        label="busiest processes",
        optional=True,
    ),
)


class TerminalReboot(
    KitOperation,
    route="POST /api/v1/system/reboot",
    risk=Risk.DESTROY,
    shown_by="terminal_resources",
    shows=WHAT_ENDS,
    keywords="restart reset box machine VM power cycle new kernel",
):
    """Reboot a container from inside: all processes and sessions end, unsaved work is lost.

    Service tools are cut off until it is up again (a broken connection is normal here). At once and from outside: containers_power.
    """

    delay: Query[Delay | MISSING] = MISSING


class TerminalShutdown(
    KitOperation,
    route="POST /api/v1/system/shutdown",
    risk=Risk.DESTROY,
    shown_by="terminal_resources",
    shows=WHAT_ENDS,
    keywords="power off turn off halt stop box machine VM",
):
    """Switch a container off from inside: all processes and sessions end, unsaved work is lost.

    Service tools stay cut off until containers_power starts it again (a broken connection is normal here).
    """

    delay: Query[Delay | MISSING] = MISSING
