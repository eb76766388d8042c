"""What the sandbox's shell has to do with ports: trying those of other containers, and serving files on one."""

from __future__ import annotations

from . import firewall, network
from .shell import Run, Steps, Usage

PORTS = 65_535
TIMED_OUT = 1
DAY = 86_400.0
OUTSIDE = (".example", ".example.com")  # stands for the internet, which the sandbox does not know


def nc(run: Run) -> int:
    """Try a port: `nc -z [-v] [-w SECONDS] HOST PORT`; HOST is a container's address, its name in the project, or an example's outside."""
    args = list(run.args)
    if "-w" in args[:-1]:
        del args[args.index("-w") : args.index("-w") + 2]
    flags = "".join(arg[1:] for arg in args if arg.startswith("-"))
    host, port, *more = [*(arg for arg in args if not arg.startswith("-")), "", ""][:3]
    if "z" not in flags or set(flags) - set("zvn") or more[:1] != [""] or not port.isdecimal() or not 0 < int(port) <= PORTS:
        raise Usage("the sandbox knows nc -z [-v] [-w SECONDS] HOST PORT")
    open_ = _reaches(run, host, int(port))
    if "v" in flags:
        run.streams.err(f"{host} {port} {'open' if open_ else 'cannot be reached'}\n".encode())
    return 0 if open_ else TIMED_OUT


def serve(run: Run) -> Steps:
    """Serve a directory until somebody ends it: `python3 -m http.server [PORT] [--directory DIR]`."""
    rest, folder = list(run.args), "."
    if "--directory" in rest[:-1]:
        place = rest.index("--directory")
        folder = rest[place + 1]
        del rest[place : place + 2]
    port, *more = rest or ["8000"]
    if more or not port.isdecimal() or not 0 < int(port) <= PORTS:
        raise Usage("the sandbox knows [PORT] [--directory DIR]")
    run.shell.disk.names(run.path(folder))
    run.shell.port = int(port)
    try:
        while True:
            yield DAY
    finally:
        run.shell.port = 0


def _reaches(run: Run, host: str, port: int) -> bool:
    box = run.shell.box
    if host not in {"localhost", "127.0.0.1"} and network.in_force(run.shell.world, box) == "block":
        return False
    if host.endswith(OUTSIDE):
        return True
    neighbours = {other.record["name"]: other for other in run.shell.world.of_project(box.record["project_id"])}
    addresses = {other.address: other for other in run.shell.world.containers.values()}
    other = box if host in {"localhost", "127.0.0.1"} else addresses.get(host) or neighbours.get(host)
    if other is None or other.status != "running":
        return False
    return other is box or firewall.allows(other, box.address, "tcp", port)
