"""The tree of permissions that a token can have, and the templates that fill it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..jsons import as_object
from . import auth
from .state import Json
from .wire import invalid

BRANCHES = {
    "containers": "create read update delete",
    "containers.actions": "start stop restart exec logs",
    "containers.features": "ai hoody_kit snapshots networking kvm",
    "projects": "create read update delete",
    "projects.members": "invite remove change_roles",
    "financial.wallet": "read transfer withdraw",
    "financial.billing": "read manage_payment_methods download_invoices",
    "financial.server_rental": "view_marketplace rent_servers extend_rentals terminate_rentals",
    "resources": "vault events ssh_keys storage_shares proxy_aliases firewalls realms auth_token_public_profile create_tokens read_account",
    "admin": "users servers system billing monitoring",
}
LEAVES = tuple(f"{branch}.{name}" for branch, names in BRANCHES.items() for name in names.split())
LOCKED = ("resources.create_tokens", "resources.vault")  # what deny_reauthorization takes away

# Full access and reading are known to whoever checks permissions; the others allow what begins so.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "full_access": (),
    "external_customer": ("containers.read", "containers.actions.", "projects.read"),
    "dev_team": (
        "containers.",
        *(f"projects.{name}" for name in ("create", "read", "update")),
        *(f"resources.{name}" for name in ("firewalls", "ssh_keys", "storage_shares", "proxy_aliases", "events")),
    ),
    "finance_team": ("financial.", "resources.read_account"),
    "read_only": (),
}


def resolved(record: Json) -> Json:
    """Give the whole tree of what a token may do."""
    return _tree(lambda name: auth.may(record, name))


def of_template(name: str) -> Json:
    """Give the whole tree of a template; 400 if there is none of this name."""
    if name not in TEMPLATES:
        raise invalid(("permission_template", f"must be one of {', '.join(TEMPLATES)}"))
    beginnings = TEMPLATES[name]
    return _tree(lambda leaf: leaf.startswith(beginnings)) if beginnings else resolved({"permission_template": name})


def checked(given: Json) -> Json:
    """Read a tree that may leave out what it denies; 400 names what is no permission."""
    wanted = dict(_leaves(given, ""))
    unknown = [(f"permissions.{name}", "is no permission") for name in wanted if name not in LEAVES]
    untrue = [(f"permissions.{name}", "must be true or false") for name, value in wanted.items() if not isinstance(value, bool)]
    if unknown or untrue:
        raise invalid(*unknown, *untrue)
    return _tree(lambda name: wanted.get(name) is True)


def without(tree: Json, names: tuple[str, ...]) -> Json:
    """Deny some permissions of a tree."""
    return _tree(lambda name: name not in names and auth.may({"permissions": tree}, name))


def _leaves(given: Json, before: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in given.items():
        branch, name = as_object(value), f"{before}{key}"
        found += [(name, value)] if branch is None else _leaves(branch, f"{name}.")
    return found


def _tree(is_allowed: Callable[[str], bool]) -> Json:
    tree: Json = {}
    for leaf in LEAVES:
        *branches, name = leaf.split(".")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[name] = is_allowed(leaf)
    return tree
