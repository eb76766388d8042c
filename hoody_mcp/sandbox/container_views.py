"""Containers as the API shows them."""

from __future__ import annotations

import json

from ..jsons import as_object
from . import auth, proxy_documents
from .container_records import rental_of
from .snapshots import kept_snapshots
from .state import Container, Json, World
from .wire import Ask, invalid

# Fields that the answers of some operations leave out.
SNAPSHOTS = frozenset({"snapshot_count", "last_used_snapshot"})
PROXY = frozenset({"has_proxy_permissions", "proxy_permissions_scope", "has_proxy_domains", "proxy_domains_count"})
EXPIRY = frozenset({"server_expired", "server_expired_at", "server_expired_reason"})
PLACE = EXPIRY | {"server", "ramdisk", "ramdisk_scope", "source_container_id"}

SCOPES = {(False, False): "none", (True, False): "container", (False, True): "project", (True, True): "both"}  # own document, the project's
RUNTIME = ("displays", "services", "network_services", "terminals")
ALIAS = (
    "id",
    "alias",
    "program",
    "index",
    "target_path",
    "allow_path_override",
    "expires_at",
    "enabled",
    "created_at",
    "updated_at",
    "url",
)


def shown(ask: Ask, container: Container, without: frozenset[str] = frozenset()) -> Json:
    """Give a container, but for the fields that an operation leaves out."""
    record = container.record
    rental = rental_of(ask.world, container.user_id, record["server_id"])
    aliases, documents = len(_aliases(ask, container)), proxy_documents.of_container(ask.world, container)
    whole: Json = {
        **record,
        "project_alias": ask.world.projects[record["project_id"]]["alias"],
        "server": _server(ask.world, record, rental),
        "server_expired": rental is None,
        "server_expired_at": None,
        "server_expired_reason": None if rental else "The server is rented no longer",
        "snapshot_count": len(kept_snapshots(ask.world, container)),
        "has_proxy_permissions": any(documents),
        "proxy_permissions_scope": SCOPES[documents[0] is not None, documents[1] is not None],
        "has_proxy_domains": aliases > 0,
        "proxy_domains_count": aliases,
    }
    return {name: value for name, value in whole.items() if name not in without}


def warnings(record: Json) -> list[Json]:
    """Say what is wrong with a container as shown."""
    if not record["server_expired"]:
        return []
    return [{"type": "server_expired", "message": record["server_expired_reason"], "expired_at": record["server_expired_at"]}]


def extras(ask: Ask, container: Container) -> Json:
    """Give what is shown of a container only on request: what runs in it, its aliases, and who may reach it."""
    found: Json = {}
    parts = _runtime(ask)
    if parts:
        found["runtime_info"] = {part: _running(container, part) for part in parts} if container.status == "running" else None
    if ask.flag("include_proxy_domains"):
        found["proxy_domains"] = [{name: alias.get(name) for name in (*ALIAS, "url")} for alias in _aliases(ask, container)]
    if ask.flag("include_proxy_permissions"):
        auth.check_permission(ask.caller, "resources.proxy_aliases")
        documents = zip(("proxy_permissions", "project_proxy_permissions"), proxy_documents.of_container(ask.world, container), strict=True)
        found |= {name: proxy_documents.whole(document) for name, document in documents if document}
    return found


def _aliases(ask: Ask, container: Container) -> list[Json]:
    return [alias for alias in ask.world.aliases.values() if alias["container_id"] == container.id]


def _running(container: Container, part: str) -> list[Json]:
    if part != "terminals":
        return []
    return [
        {"id": each.id, "username": each.shell.user, "created_at": each.created, "last_activity": each.used}
        for each in container.terminals.values()
    ]


def _runtime(ask: Ask) -> list[str]:
    """Read which parts of the runtime are wanted: "true" or {} is all of them."""
    given = ask.query.get("runtime", "false")
    try:
        wanted = json.loads(given)
    except ValueError:
        wanted = None
    chosen = as_object(wanted)
    if not isinstance(wanted, bool) and chosen is None:
        raise invalid(("runtime", "must be true, false or an object in JSON"))
    return [part for part in RUNTIME if (chosen.get(part) if chosen else wanted is not False)]


def _server(world: World, record: Json, rental: Json | None) -> Json:
    server = world.market[record["server_id"]]
    cpu, memory, disks = (server["specs"][part] for part in ("cpu", "ram", "disks"))
    specs = {"cpu_cores": cpu["cores"], "ram_gb": memory["capacity_gb"], "disk_gb": disks["total_gb"], "shared_compute": server["is_vm"]}
    return {
        **{name: server[name] for name in ("name", "country", "city", "region", "datacenter")},
        "country_name": "Nowhere",
        "is_free": bool(rental and rental["is_free_tier"]),
        "specs": specs,
        "expires_at": rental["rental_end"] if rental else None,
    }
