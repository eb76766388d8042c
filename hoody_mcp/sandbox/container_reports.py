"""What is told of a container: how much it uses, how its status changed, and a claim that its user may enter."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import datetime
from itertools import pairwise

from starlette.responses import Response

from . import find
from .disk import CAPACITY
from .routes import Area
from .state import Container, Json
from .wire import Ask, compact, data, paged

area = Area()

STATUS_CODES = {"running": 103, "stopped": 102, "paused": 110, "failed": 400}
PASSING = 106
MEMORY = 8 * 2**30  # bytes of each container
IDLE_MEMORY, IDLE_PROCESSES = 2**27, 12  # of one that only runs
CLAIM_SECONDS = 6 * 3600
LOG_KEYS = ("transition_time", "created_at=transition_time", "to_status", "from_status")
COUNTERS = ("bytes", "packets", "errors")


@area.route("GET /containers/{id}/stats", needs="containers.read")
def stats(ask: Ask) -> Response:
    """Tell what a container uses now."""
    began = time.perf_counter()
    found = find.container(ask)
    record, runs = found.record, found.status in {"running", "paused"}
    answer: Json = {
        "id": found.id,
        "project_id": record["project_id"],
        "project_name": ask.world.projects[record["project_id"]]["alias"],
        "server_name": record["server_name"],
        "subserver_name": record["subserver_name"],
        "status": found.status,
        "status_code": STATUS_CODES.get(found.status, PASSING),
        "processes": IDLE_PROCESSES + len(found.terminals) if runs else 0,
        "started_at": _started(found),
        "cpu": {"usage": 0, "allocated_time": 0, "usage_percent": 0.0} if runs else None,
        "memory": _memory() if runs else None,
        "ramdisk": {"scope": record["ramdisk_scope"], "shared_pool_maximum": None, "capacity_reserved": False, "usage": None},
        "disk": {"root": {"total": CAPACITY, "usage": sum(len(content or b"") for content in found.files.values())}},
        "network": [_interface(found.address, runs=runs)],
    }
    return data(answer | {"processing_time": f"{(time.perf_counter() - began) * 1000:.2f}ms"})


@area.route("GET /containers/{id}/status-logs", needs="containers.read")
def status_logs(ask: Ask) -> Response:
    """List the changes of a container's status, and how long each status lasted that ended."""
    found = find.container(ask)
    times = [datetime.fromisoformat(entry["transition_time"]) for entry in found.log]
    lasted = [None, *(round((after - before).total_seconds() * 1000) for before, after in pairwise(times))]
    rows = [entry | {"duration_ms": span, "metadata": None} for entry, span in zip(found.log, lasted, strict=True)]
    shown = [{name: value for name, value in row.items() if name != "created_at"} for row in reversed(rows)]
    return paged(ask, "logs", shown, sort_by="transition_time", keys=LOG_KEYS)


@area.route("POST /containers/{id}/authorize", needs="containers.actions.exec")
def authorize(ask: Ask) -> Response:
    """Write a claim in Hoody's form. The signature is noise: the sandbox has no key, and nothing in it checks one."""
    found = find.container(ask)
    issued = int(ask.world.clock())
    claim = {
        "sub": ask.caller.user_id,
        "type": "user",
        "containerId": found.id,
        "projectId": found.record["project_id"],
        "iat": issued,
        "exp": issued + CLAIM_SECONDS,
    }
    signed = {
        "kid": "sandbox",
        "payload_b64": base64.b64encode(compact(claim).encode()).decode(),
        "signature_hex": secrets.token_hex(64),
    }
    about = {"container_id": found.id, "project_id": found.record["project_id"]}
    return data({"container_claim": signed, "expires_in": CLAIM_SECONDS, **about})


def _started(container: Container) -> str:
    """Give the time of the last start; that of its making if it never ran."""
    starts = [entry["transition_time"] for entry in container.log if entry["to_status"] == "running"]
    return starts[-1] if starts else container.record["created_at"]


def _memory() -> Json:
    return {
        "usage": IDLE_MEMORY,
        "total": MEMORY,
        "usage_percent": round(100 * IDLE_MEMORY / MEMORY, 2),
        "swap_usage": 0,
        "swap_usage_peak": 0,
        "usage_peak": IDLE_MEMORY,
    }


def _interface(address: str, *, runs: bool) -> Json:
    counters = {f"{what}_{way}": 0 for what in COUNTERS for way in ("received", "sent")}
    return {
        "interface": "eth0",
        "addresses": [{"address": address, "family": "inet", "netmask": "16", "scope": "global"}] if runs else [],
        "counters": counters | {"packets_dropped_inbound": 0, "packets_dropped_outbound": 0},
        "state": "up" if runs else "down",
        "type": "broadcast",
    }
