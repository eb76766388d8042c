"""What the proxy permissions of a container come to: its settings, groups and services."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from . import proxy_documents as documents
from .proxy_documents import SERVICE_NAME
from .proxy_hooks import READS, REFUSED, WRITES, placed
from .routes import Area
from .state import Json
from .wire import Ask, Body, data, invalid

area = Area()


class Settings(Body):
    """What changes of a container's settings; what is absent stays."""

    enable_proxy: bool = True
    default: Literal["allow", "deny"] = "allow"


@area.route("GET /containers/{id}/proxy/settings", needs=READS)
def get_settings(ask: Ask) -> Response:
    """Show whether the proxy is on, and what happens to those whom no grant lets in."""
    return data(_settings(documents.document(ask)))


@area.route("PUT /containers/{id}/proxy/settings", needs=WRITES)
def update_settings(ask: Ask) -> Response:
    """Change one of the settings, or both."""
    asked = ask.body(Settings)
    if not asked.model_fields_set:
        raise invalid(("", "needs enable_proxy, default or both"))
    draft = documents.changing(ask) | asked.model_dump(exclude_unset=True)
    return data(_settings(documents.save(ask, draft)))


@area.route("GET /containers/{id}/proxy/groups", needs=READS)
def list_groups(ask: Ask) -> Response:
    """List the groups; each has one way to show who somebody is."""
    found = documents.document(ask)
    groups = [{"name": name, "auth_rule_count": 1} for name in found["groups"]]
    return data({"groups": groups, **documents.version(found)})


@area.route("GET /containers/{id}/proxy/services", needs=READS)
def list_services(ask: Ask) -> Response:
    """List the services that grants or hooks name."""
    found = documents.document(ask)
    named = {program for rules in found["permissions"].values() for program in rules} | set(found["hooks"])
    return data({"services": sorted(named), **documents.version(found)})


@area.route("GET /containers/{id}/proxy/services/{service}", needs=READS)
def get_service(ask: Ask) -> Response:
    """Show who may reach a service, and which hooks stand before it."""
    service, found = documents.path_name(ask, "service", SERVICE_NAME), documents.document(ask)
    view: Json = {
        "service": service,
        "is_reject_listed": service in REFUSED,
        "permissions_raw": {group: rules[service] for group, rules in found["permissions"].items() if service in rules},
        "hooks": placed(found["hooks"].get(service, [])),
        "effective_default": found["default"],
    }
    return data(view | documents.version(found))


def _settings(found: Json) -> Json:
    return {"enable_proxy": found["enable_proxy"], "default": found["default"], **documents.version(found)}
