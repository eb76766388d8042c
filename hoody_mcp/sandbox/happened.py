"""Which calls make which events; changes of status tell of themselves."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from ..jsons import as_object
from . import auth_tokens, firewall, projects, proxy_aliases, snapshots, storage_shares
from .state import Json
from .wire import Ask, Handler

KINDS: dict[Handler, tuple[str, str]] = {  # kind of the event, and of what it is about
    projects.create: ("project.created", "project"),
    projects.update: ("project.updated", "project"),
    projects.delete: ("project.deleted", "project"),
    snapshots.create: ("container.snapshot.created", "container"),
    snapshots.restore: ("container.snapshot.restored", "container"),
    snapshots.rename: ("container.snapshot.renamed", "container"),
    snapshots.delete: ("container.snapshot.deleted", "container"),
    storage_shares.create: ("storage.share.created", "storage_share"),
    storage_shares.update: ("storage.share.updated", "storage_share"),
    storage_shares.delete: ("storage.share.deleted", "storage_share"),
    proxy_aliases.create: ("proxy.alias.created", "proxy_alias"),
    proxy_aliases.update: ("proxy.alias.updated", "proxy_alias"),
    proxy_aliases.delete: ("proxy.alias.deleted", "proxy_alias"),
    auth_tokens.create: ("auth.token.created", "auth_token"),
    auth_tokens.copy: ("auth.token.created", "auth_token"),
    auth_tokens.update: ("auth.token.updated", "auth_token"),
    auth_tokens.delete: ("auth.token.deleted", "auth_token"),
    firewall.add_ingress: ("firewall.rule.added", "firewall"),
    firewall.add_egress: ("firewall.rule.added", "firewall"),
    firewall.remove: ("firewall.rule.removed", "firewall"),
    firewall.toggle: ("firewall.rule.updated", "firewall"),
}
FACTS = ("alias", "name", "project_id", "container_id", "source_container_id")  # of what the call answered


def noted(ask: Ask, handler: Handler, answer: Response) -> Response:
    """Remember the event that a call made, if it is one of those, and give its answer back."""
    if handler not in KINDS:
        return answer
    kind, of = KINDS[handler]
    shown: Json = as_object(json.loads(bytes(answer.body))["data"]) or {}
    box = ask.world.containers.get(ask.parts.get("id", ""))
    if box:  # the path began with a container
        shown = {"container_id": box.id, "project_id": box.record["project_id"], "realm_ids": box.record["realm_ids"]} | shown
    own = ask.parts.get("share_id") or ask.parts.get("id", "")
    of_id = own if box and of in {"container", "firewall"} else shown.get("id", own)
    before = next((event for event in reversed(ask.world.events) if event["resource_id"] == of_id), None)
    realms: Any = shown.get("realm_ids", before["realm_ids"] if before else [ask.realm] if ask.realm else [])
    facts = {name: shown[name] for name in FACTS if name in shown}
    ask.world.tell(kind, of=of, of_id=of_id, user_id=ask.caller.user_id, facts=facts, realm_ids=realms)
    return answer
