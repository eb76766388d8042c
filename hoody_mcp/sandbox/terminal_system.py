"""The system around a container's terminals: processes, ports, resources, and power."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from starlette.responses import Response

from .disk import CAPACITY, Disk
from .processes import GUARDED, MAX_NAME, SERVICE, Process, chosen, number_of, processes, send
from .routes import Area
from .state import REBOOT, Container, Json
from .terminal_open import Text
from .wire import NOT_NULL, Ask, Body, Refusal, invalid, plain

area = Area()

MAX_DELAY, MINUTE = 86_400, 60
MEMORY = 8 * 2**30  # bytes
FREEZE, THAW, KILL, TERMINATE = 19, 18, 9, 15
SORTS = {"cpu": "cpu_percent", "memory": "memory_rss_bytes", "pid": "pid", "name": "name"}
PORTS: tuple[Json, ...] = (
    {"protocol": "tcp", "ip": "0.0.0.0", "port": 22, "program": "sshd", "user": "root", "is_http": False, "is_hoody": False},  # noqa: S104 - shown only
    {"protocol": "tcp", "ip": "127.0.0.1", "port": 5_000, "program": "terminal", "user": "root", "is_http": True, "is_hoody": True},
)


class Target(Body):
    """Which processes are meant."""

    pid: Annotated[int | None, NOT_NULL] = None
    name: Text = None


class Freeze(Target):
    """Which processes are meant, and whether with what they started."""

    include_descendants: bool = False


class Signal(Target):
    """Which processes get which signal."""

    signal: Annotated[str | int | None, NOT_NULL] = None
    force: Annotated[bool | None, NOT_NULL] = None


@area.route("GET /system/processes")
def list_processes(ask: Ask) -> Response:
    """List what runs."""
    key = SORTS[ask.choice("sort", tuple(SORTS), "pid")]
    wanted, limit = ask.query.get("filter", "").lower(), ask.number("limit", 2**31, 1)
    found = [process.facts() for process in processes(ask.box) if wanted in process.name.lower()]
    return plain(sorted(found, key=lambda facts: facts[key], reverse=key not in {"pid", "name"})[:limit])


@area.route("GET /system/processes/{pid}")
def get_process(ask: Ask) -> Response:
    """Show one process, with its environment."""
    pid = ask.parts["pid"]
    if not pid.isdecimal():
        raise invalid(("pid", "must be a number"))
    process = _found(chosen(ask.box, int(pid), None))[0]
    files: list[Json] = []
    return plain(process.facts() | {"environment": process.env, "open_files": files})


@area.route("POST /system/process/signal")
def signal(ask: Ask) -> Response:
    """Send a signal to a process, or to all of a name."""
    asked = ask.body(Signal)
    given = TERMINATE if asked.signal is None else asked.signal
    number = number_of(given) if asked.force is None else KILL if asked.force else TERMINATE
    if number is None:
        raise invalid(("signal", "there is no such signal"))
    return _sent(ask, _found(_meant(ask, asked)), number)


@area.route("POST /system/processes/freeze")
def freeze(ask: Ask) -> Response:
    """Stop processes until they are told to go on."""
    return _freeze(ask, FREEZE)


@area.route("POST /system/processes/unfreeze")
def unfreeze(ask: Ask) -> Response:
    """Let processes go on."""
    return _freeze(ask, THAW)


@area.route("GET /system/ports")
def list_ports(ask: Ask) -> Response:
    """List the ports on which something listens."""
    found = [*(port | {"pid": SERVICE} for port in PORTS), *_served(ask.box)]
    for name, field in (("protocol", "protocol"), ("user", "user"), ("ip", "ip"), ("port", "port")):
        allowed = ask.query.get(name, "").split(",")
        found = [port for port in found if allowed == [""] or str(port[field]) in allowed]
    for name, field in (("http_only", "is_http"), ("hoody_only", "is_hoody")):
        found = [port for port in found if port[field] or not ask.flag(name)]
    skipped = ask.query.get("skip_program", "").split(",")
    return plain([port for port in found if port["program"] not in skipped])


def _served(box: Container) -> Iterator[Json]:
    """Yield the ports on which commands listen."""
    for process in processes(box):
        if process.command and process.command.shell.port:
            facts = {"port": process.command.shell.port, "program": "python3", "user": process.user, "pid": process.pid}
            yield PORTS[0] | facts | {"is_http": True}


@area.route("GET /system/resources")
def resources(ask: Ask) -> Response:
    """Measure processor, memory, disk and network."""
    used = len(processes(ask.box)) * 2**21
    disk = Disk(ask.box, ask.world.clock()).used()
    return plain(
        {
            "cpu": {"cores": 4, "usage_percent": 0.0, "load_1min": 0.0, "load_5min": 0.0, "load_15min": 0.0},
            "memory": {**_share(used, MEMORY), "available_bytes": MEMORY - used},
            "disk": [{"mount": "/", **_share(disk, CAPACITY)}],
            "network": [{"interface": "eth0", "address": ask.box.address, "rx_bytes": 0, "tx_bytes": 0}],
            "uptime_seconds": round(max(ask.world.clock() - ask.box.awake, 0)),
        }
    )


@area.route("GET /system/displays")
def displays(_: Ask) -> Response:
    """List displays: the sandbox has none."""
    return plain([])


@area.route("GET /system/daemon")
def daemon(_: Ask) -> Response:
    """List the programs that a supervisor runs: the sandbox has none."""
    return plain([])


@area.route("POST /system/reboot")
def reboot(ask: Ask) -> Response:
    """Start the container anew; its services sleep meanwhile."""
    minutes = _delay(ask)
    if minutes:
        ask.box.turn = (ask.world.clock() + minutes * MINUTE, REBOOT)
    else:
        ask.box.end_processes()
        ask.world.begin(ask.box, "stopped", "running")
    return _announced("Reboot", minutes)


@area.route("POST /system/shutdown")
def shutdown(ask: Ask) -> Response:
    """Stop the container."""
    minutes = _delay(ask)
    if minutes:
        ask.box.turn = (ask.world.clock() + minutes * MINUTE, "stopped")
    else:
        ask.box.end_processes()
        ask.world.set_status(ask.box, "stopped", "user")
    return _announced("Shutdown", minutes)


def _delay(ask: Ask) -> int:
    """Give the delay in minutes, rounded up."""
    return -(-ask.number("delay", 0, 0, MAX_DELAY) // MINUTE)


def _announced(what: str, minutes: int) -> Response:
    when = f"in {minutes} minutes" if minutes else "now"
    return plain({"success": True, "message": f"{what} {when}", "effective_minutes": minutes})


def _meant(ask: Ask, asked: Target, *, descendants: bool = False) -> list[Process]:
    if (asked.pid is None) == (asked.name is None):
        raise invalid(("pid", "exactly one of pid and name is needed"))
    if asked.name is not None and len(asked.name) > MAX_NAME:
        return []
    return chosen(ask.box, asked.pid, asked.name, descendants=descendants)


def _freeze(ask: Ask, number: int) -> Response:
    asked = ask.body(Freeze)
    return _sent(ask, _found(_meant(ask, asked, descendants=asked.include_descendants)), number)


def _found(found: list[Process]) -> list[Process]:
    if not found:
        raise Refusal(404, "PROCESS_NOT_FOUND", "There is no such process")
    return found


def _sent(ask: Ask, meant: list[Process], number: int) -> Response:
    if any(process.pid in GUARDED for process in meant):
        raise Refusal(403, "PROCESS_PROTECTED", "The container needs this process")
    for process in meant:
        send(process, number, ask.world.clock())
    ids = [process.pid for process in meant]
    return plain({"success": True, "message": f"Signal {number} sent to {len(ids)} process(es)", "affected_pids": ids})


def _share(used: int, total: int) -> Json:
    return {"total_bytes": total, "used_bytes": used, "used_percent": round(100 * used / total, 2)}
