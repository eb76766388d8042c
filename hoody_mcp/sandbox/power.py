"""Power: start, stop, pause and their like, and the switch for /dev/kvm, which wants a stopped container."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from . import auth, find
from .container_records import Kvm, rented
from .routes import Area
from .states import demand
from .wire import Ask, data, invalid

kvm_area = Area()
area = Area()  # its path takes any word, so it is tried after all others


@dataclass(frozen=True)
class Operation:
    """One operation: from which states, with which permission, and what follows."""

    allowed: tuple[str, ...]
    needs: str
    status: str  # at once
    then: str = ""  # after a while


# No status of Hoody's stands for starting. Until it runs, a container that starts or restarts is "stopped", as its services
# are, and one that resumes is still "paused"; who waits for "running" sees the truth, and another operation is refused.
OPERATIONS = {
    "start": Operation(("stopped",), "start", "stopped", "running"),
    "stop": Operation(("running",), "stop", "stopped"),
    "force-stop": Operation(("running",), "stop", "stopped"),
    "restart": Operation(("running", "stopped"), "restart", "stopped", "running"),
    "pause": Operation(("running",), "stop", "paused"),
    "resume": Operation(("paused",), "start", "paused", "running"),
}


@kvm_area.route("PUT /containers/{id}/kvm", needs="containers.features.kvm")
def set_kvm(ask: Ask) -> Response:
    """Give a stopped container /dev/kvm, or take it away."""
    found, asked = find.container(ask), ask.body(Kvm)
    if not asked.model_fields_set:
        raise invalid(("kvm", "is needed"))
    demand(found, "change /dev/kvm", "stopped")
    kvm = asked.granted(ask, rented(ask, "server_id", found.record["server_id"]))
    found.record |= {"kvm": kvm, "updated_at": ask.world.now()}
    return data({name: found.record[name] for name in ("id", "name", "status", "kvm")})


@area.route("POST /containers/{id}/{operation}")
def manage(ask: Ask) -> Response:
    """Do one of the operations."""
    found, name = find.container(ask), ask.parts["operation"]
    operation = OPERATIONS.get(name)
    if operation is None:
        raise invalid(("operation", f"must be one of {', '.join(OPERATIONS)}"))
    auth.check_permission(ask.caller, f"containers.actions.{operation.needs}")
    demand(found, f"{name} it", *operation.allowed)
    if operation.status == "stopped":
        found.end_processes()
    if operation.then:
        ask.world.begin(found, operation.status, operation.then)
    else:
        ask.world.set_status(found, operation.status, "user")
    about = {"container_id": found.id, "project_id": found.record["project_id"], "status": found.status}
    message = f"Operation {name} {'begun' if operation.then else 'done'}"
    return data({"error": False, "operation": name, **about, "message": message})
