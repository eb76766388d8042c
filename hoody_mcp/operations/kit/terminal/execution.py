"""Commands in a container's terminal: start, follow, stop, and type into what is running."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import MISSING, Field

from ....operation import Body, CommandId, Default, KitOperation, Path, Query, Risk, Settles, TerminalId

# Rarely given: for commands and sessions on another host. Also for the sessions.
OVER_SSH = ("ssh_host", "ssh_user", "ssh_port", "ssh_key", "ssh_password", "socks5_host", "socks5_port", "socks5_user", "socks5_pass")


class TerminalExecute(
    KitOperation,
    route="POST /api/v1/terminal/execute",
    risk=Risk.EXECUTE,
    shown_by="terminal_processes_list",
    answer="terminal",
    secret_arguments=("ssh_key", "ssh_password", "socks5_pass", "env"),
    omits={
        "cmd": "command says it, unencoded",
        "defer_start_time_ticks": "guards defer_pid against a reused process number within one short wait; no model knows the value",
    },
    rare=(
        "cwd_auto_create",
        "command_id",
        "reset",
        "shell",
        "user",
        "display",
        "skip_display_wait",
        "display_wait_timeout",
        "defer_pid",
        "defer_timeout_ms",
        "defer_poll_ms",
        *OVER_SSH,
    ),
    keywords="run shell bash script install package apt ssh in the box machine VM",
):
    """Run a shell command in the container.

    ephemeral=true: a throwaway session, right for one-off commands. terminal_id: a lasting session that keeps directory and state. What
    takes long: wait=false, then hoody_wait with terminal_result. A failed command is still a successful call: look at the exit code.
    Programs that ask questions: terminal_write.
    """

    command: Body[str] = Field(description="Shell command line.")
    terminal_id: Query[TerminalId | MISSING] = Field(
        default=MISSING, description="Session, 1 to 39999 as text; made if new. Needed unless ephemeral."
    )
    ephemeral: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Throwaway session; no GUI programs."
    )
    wait: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(
        default=MISSING, description="false: return at once with a command id; needed for what takes over 40 seconds."
    )
    timeout: Body[Annotated[int, Field(ge=0), Default(0)] | MISSING] = Field(default=MISSING, description="Limit in seconds; 0 is none.")
    cwd: Body[str | MISSING] = Field(default=MISSING, description="Directory to run in; not over SSH.")
    cwd_auto_create: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Create a missing cwd (new or reset session)."
    )
    env: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Environment variables by name.")
    command_id: Body[CommandId | MISSING] = Field(default=MISSING, alias="id", description="Your own id for it, 1 to 65535 as text.")
    reset: Query[bool | MISSING] = Field(default=MISSING, description="Restart the session first: what runs in it is killed.")
    shell: Query[str | MISSING] = Field(default=MISSING, description="bash, zsh, fish, …; new or reset session.")
    user: Query[str | MISSING] = Field(
        default=MISSING, description="System user, such as root or user; default: as whoami prints. New or reset session."
    )
    display: Query[str | MISSING] = Field(default=MISSING, description="X display for GUI programs, e.g. 1.")
    skip_display_wait: Query[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="Start although the display is not ready."
    )
    display_wait_timeout: Query[Annotated[int, Default(10)] | MISSING] = Field(
        default=MISSING, description="Seconds to wait for it, at most 10."
    )
    defer_pid: Query[int | MISSING] = Field(default=MISSING, description="Start when this process has ended; implies wait=false.")
    defer_timeout_ms: Query[Annotated[int, Default(60000)] | MISSING] = Field(default=MISSING, description="Longest such delay.")
    defer_poll_ms: Query[Annotated[int, Default(50)] | MISSING] = Field(default=MISSING, description="How often to look.")
    ssh_host: Query[str | MISSING] = Field(default=MISSING, description="Run on this host over SSH instead; needs ssh_user.")
    ssh_user: Query[str | MISSING] = Field(default=MISSING, description="SSH login.")
    ssh_port: Query[Annotated[str, Default("22")] | MISSING] = Field(default=MISSING, description="SSH port.")
    ssh_key: Query[str | MISSING] = Field(default=MISSING, description="Private key, base64. Travels in the URL.")
    ssh_password: Query[str | MISSING] = Field(default=MISSING, description="Travels in the URL and may be logged; prefer ssh_key.")
    socks5_host: Query[str | MISSING] = Field(default=MISSING, description="SOCKS5 proxy for SSH.")
    socks5_port: Query[Annotated[str, Default("1080")] | MISSING] = Field(default=MISSING, description="Its port.")
    socks5_user: Query[str | MISSING] = Field(default=MISSING, description="Its login.")
    socks5_pass: Query[str | MISSING] = Field(default=MISSING, description="Its password. Travels in the URL.")


class TerminalResult(
    KitOperation,
    route="GET /api/v1/terminal/result/{command_id}",
    risk=Risk.READ,
    answer="terminal",
    settles=Settles("status", passing=("pending", "queued", "running"), appears=3.0),
    keywords="did it succeed finished status what it printed stdout stderr exit log",
):
    """Fetch state, output and exit code of a command, running or ended.

    Within the first seconds it may not be found yet: ask again. Results of ephemeral sessions are kept for about five minutes.
    """

    command_id: Path[CommandId]


class TerminalAbort(
    KitOperation,
    route="POST /api/v1/terminal/execute/{command_id}/abort",
    risk=Risk.WRITE,
    shown_by="terminal_result",
    destructive=True,
    answer="terminal",
    optional_body=True,
    keywords="kill cancel interrupt ctrl-c stop hanging stuck endless process",
):
    """Stop a command started by terminal_execute, by Ctrl+C unless force is set.

    Its output so far comes back. A conflict (409) means that it had already ended.
    """

    command_id: Path[CommandId]
    force: Body[Annotated[bool, Default(value=False)] | MISSING] = Field(
        default=MISSING, description="true: kill it with all its children, for what ignores Ctrl+C."
    )


class TerminalWrite(
    KitOperation,
    route="POST /api/v1/terminal/write",
    risk=Risk.EXECUTE,
    shown_by="terminal_snapshot",
    answer="terminal",
    keywords="type keys stdin answer prompt question password yes REPL",
):
    """Type into a terminal session, as at its keyboard: for programs that wait for input.

    Whatever runs there takes it, and an idle shell executes it. To run a command and get its output: terminal_execute.
    """

    terminal_id: Query[TerminalId]
    input: Body[str] = Field(description='Characters to type; "" with enter presses Enter only.')
    enter: Body[Annotated[bool, Default(value=True)] | MISSING] = Field(default=MISSING, description="Press Enter afterwards.")
