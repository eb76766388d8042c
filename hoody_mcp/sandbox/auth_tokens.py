"""Auth tokens: making them, what they may do and where, ending them."""

from __future__ import annotations

import re
import secrets

from starlette.responses import Response

from . import auth, find, permissions
from .routes import Area
from .state import Json, Token, new_id, spelt
from .token_bodies import DAY, Copy, Create, Profile, Realm, Update, addresses, expiry
from .wire import Ask, Refusal, checked_id, compact, data, invalid

area = Area()

LOCKED_LIFE = 30 * DAY  # of a token that may not be for ever
MAX_STORAGE = 64 * 1024
ADJECTIVES, ANIMALS = ("calm", "brave", "quick", "quiet"), ("badger", "heron", "lynx", "otter")
FIELDS = ("id", "alias", "ip_whitelist", "realm_ids", "allow_no_realm", "expires_at", "vault_access", "event_access", "last_used_at")
TIMES = ("created_at", "updated_at")
LATER_FIELDS: Json = {"public_key": None, "public_storage": None, "created_by_token_id": None, "delegation_depth": 0, "last_used_ip": None}


@area.route("GET /auth/tokens", needs="resources.read_account")
def list_tokens(ask: Ask) -> Response:
    """List the caller's tokens, without their values."""
    return data([_shown(token) for token in _tokens(ask)], truncated=False)


@area.route("POST /auth/tokens", needs="resources.create_tokens")
def create(ask: Ask) -> Response:
    """Make a token; only this answer holds its value."""
    asked = ask.body(Create)
    tree = permissions.checked(asked.permissions or {})
    template = asked.permission_template
    if template:
        tree = permissions.of_template(template)
    expires = expiry(ask, asked.expires_at)
    if asked.deny_reauthorization:
        _check_locked(asked)
        tree, template = permissions.without(tree, permissions.LOCKED), None
        expires = expires or ask.world.clock() + LOCKED_LIFE
    name = f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}"
    record: Json = {
        **asked.model_dump(exclude={"otp_code"}),
        "alias": asked.alias or name,
        "ip_whitelist": addresses(asked.ip_whitelist or "*"),
        "permission_template": template,
        "permissions": tree,
        "realm_ids": find.in_realm(ask, [checked_id("realm_ids", realm) for realm in asked.realm_ids or ()]),
        "allow_no_realm": asked.allow_no_realm and ask.caller.record["allow_no_realm"],
    }
    _check_profile(ask, record, asked.public_key, asked.public_storage)
    return _issue(ask, record, expires)


def _check_locked(asked: Create) -> None:
    given = {"permissions": asked.permissions or {}}
    if asked.vault_access or any(auth.may(given, name) for name in permissions.LOCKED):
        raise invalid(("deny_reauthorization", "takes away vault and creating of tokens; do not grant them along with it"))


@area.route("GET /auth/tokens/me")
def me(ask: Ask) -> Response:
    """Show the token in use, and where it may be used; a login has none."""
    return data(introspected(ask))


def introspected(ask: Ask) -> Json:
    """Give the token in use, and where it may be used."""
    token = _in_use(ask)
    restrictions = {
        "has_realm_restrictions": bool(token.realms),
        "requires_realm_scope": auth.needs_realm(token),
        "allowed_realm_ids": token.realms,
        "allow_no_realm": token.record["allow_no_realm"],
        "active_realm_id": ask.realm or None,
    }
    return {"token": _shown(token), "restrictions": restrictions}


@area.route("PUT /auth/tokens/me/public-profile", needs="resources.auth_token_public_profile")
def update_profile(ask: Ask) -> Response:
    """Change what everybody may see of the token in use."""
    token, asked = _in_use(ask), ask.body(Profile)
    if not asked.model_fields_set:
        raise invalid(("public_key", "must be there, or public_storage"))
    _check_profile(ask, token.record, asked.public_key, asked.public_storage)
    token.record |= asked.model_dump(exclude_unset=True) | {"updated_at": ask.world.now()}
    return data(_shown(token))


@area.route("GET /auth/tokens/public-profiles/{public_key}")
def get_profile(ask: Ask) -> Response:
    """Show what a token publishes under a key, whoever asks."""
    wanted = ask.parts["public_key"].lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise invalid(("public_key", "must be 64 hex characters"))
    for token in ask.world.tokens.values():
        key: str | None = token.record.get("public_key")
        if key and key.lower() == wanted and not token.revoked:
            return data({"public_key": key, "public_storage": token.record.get("public_storage")})
    raise Refusal(404, "PROFILE_NOT_FOUND", "Nobody has published this key")


@area.route("GET /auth/tokens/templates")
def list_templates(ask: Ask) -> Response:
    """List the templates with all that they permit."""
    del ask  # the same for everybody
    return data([{"name": name, "permissions": permissions.of_template(name)} for name in permissions.TEMPLATES])


@area.route("GET /auth/tokens/{id}", needs="resources.read_account")
def get(ask: Ask) -> Response:
    """Show a token, without its value."""
    return data(_shown(_token(ask)))


@area.route("PUT /auth/tokens/{id}", needs="resources.create_tokens")
def update(ask: Ask) -> Response:
    """Change a token: what is absent stays."""
    token, asked = _token(ask), ask.body(Update)
    changes = asked.model_dump(exclude_unset=True, exclude={"otp_code", "is_enabled"})
    _check_profile(ask, token.record, asked.public_key, asked.public_storage)
    if asked.ip_whitelist is not None:
        changes["ip_whitelist"] = addresses(asked.ip_whitelist)
    if asked.permissions is not None:
        changes |= {"permissions": permissions.checked(asked.permissions), "permission_template": None}
    if asked.realm_ids is not None:
        changes["realm_ids"] = [checked_id("realm_ids", realm) for realm in asked.realm_ids]
    expires = token.expires
    if "expires_at" in changes:
        expires = expiry(ask, asked.expires_at)
        changes["expires_at"] = spelt(expires) if expires else None
    _change(ask, token, changes)
    token.expires = expires
    if asked.is_enabled is not None:
        token.revoked = not asked.is_enabled
    return data(_shown(token))


@area.route("DELETE /auth/tokens/{id}", needs="resources.create_tokens")
def delete(ask: Ask) -> Response:
    """End a token, even the one in use."""
    del ask.world.tokens[_token(ask).record["id"]]
    return data(None, message="Token deleted")


@area.route("POST /auth/tokens/{id}/copy", needs="resources.create_tokens")
def copy(ask: Ask) -> Response:
    """Make a token that may do the same, with a value of its own."""
    source, asked = _token(ask), ask.body(Copy)
    expires = source.expires if source.expires and source.expires > ask.world.clock() else None
    if "expires_at" in asked.model_fields_set:
        expires = expiry(ask, asked.expires_at)
    alias = asked.alias or f"{source.record['alias']} copy"
    return _issue(ask, source.record | {"alias": alias, "public_key": None, "public_storage": None}, expires)


@area.route("POST /auth/tokens/{id}/add-realm", needs="resources.create_tokens")
def add_realm(ask: Ask) -> Response:
    """Let a token into one more realm; the first one limits it to realms."""
    token, realm = _token(ask), checked_id("realm_id", ask.body(Realm).realm_id)
    if realm not in token.realms:
        _change(ask, token, {"realm_ids": [*token.realms, realm]})
    return data(_shown(token))


@area.route("POST /auth/tokens/{id}/remove-realm", needs="resources.create_tokens")
def remove_realm(ask: Ask) -> Response:
    """Take a token out of a realm; without any it is no longer limited to realms."""
    token, realm = _token(ask), checked_id("realm_id", ask.body(Realm).realm_id)
    if realm in token.realms:
        _change(ask, token, {"realm_ids": [other for other in token.realms if other != realm]})
    return data(_shown(token))


def _issue(ask: Ask, record: Json, expires: float | None) -> Response:
    """Make a token of a record, and show its value this once."""
    _check_reach(ask, record)
    caller, now = ask.caller, ask.world.now()
    made: Json = {
        "id": new_id(),
        "user_id": caller.user_id,
        "expires_at": spelt(expires) if expires else None,
        "created_by_token_id": None if caller.is_session else caller.record["id"],
        "delegation_depth": 0 if caller.is_session else caller.record.get("delegation_depth", 0) + 1,
        "created_at": now,
        "updated_at": now,
        "last_used_at": None,
    }
    token = Token(f"hdy_{secrets.token_hex(12)}_{secrets.token_hex(24)}", record | made, expires)
    ask.world.tokens[made["id"]] = token
    return data({"token": token.value, **_shown(token)}, 201, "Token created")


def _change(ask: Ask, token: Token, changes: Json) -> None:
    _check_reach(ask, token.record | changes)
    token.record |= changes | {"updated_at": ask.world.now()}


def _check_reach(ask: Ask, record: Json) -> None:
    """Refuse with 403 a token that would reach further than the caller's own."""
    caller = ask.caller
    for name in permissions.LEAVES:
        if auth.may(record, name):
            auth.check_permission(caller, name)
    if record["vault_access"] and not caller.record["vault_access"]:
        raise Refusal(403, "PERMISSION_DENIED", "Your token has no vault access, so it can give none")
    if caller.realms and not (record["realm_ids"] and set(record["realm_ids"]) <= set(caller.realms)):
        raise Refusal(403, "FORBIDDEN", "Your token is limited to realms, so it can make tokens for these only")


def _check_profile(ask: Ask, record: Json, key: str | None, storage: Json | None) -> None:
    others = [token.record for token in ask.world.tokens.values() if token.record is not record]
    if key is not None:
        find.free(others, "Another token has this public key", public_key=key)
    if storage is not None and len(compact(storage).encode()) > MAX_STORAGE:
        raise invalid(("public_storage", f"must not be larger than {MAX_STORAGE} bytes"))


def _in_use(ask: Ask) -> Token:
    if ask.caller.is_session:
        raise Refusal(403, "FORBIDDEN", "This is about auth tokens, and you came with a login")
    return ask.caller


def _tokens(ask: Ask) -> list[Token]:
    return [token for token in ask.world.tokens.values() if not token.is_session and find.visible(ask, token.record)]


def _token(ask: Ask) -> Token:
    wanted = ask.id("id")
    found = next((token for token in _tokens(ask) if token.record["id"] == wanted), None)
    if found is None:
        raise Refusal(404, "TOKEN_NOT_FOUND", "Token not found")
    return found


def _shown(token: Token) -> Json:
    record = LATER_FIELDS | token.record
    return {name: record[name] for name in (*FIELDS, *TIMES, *LATER_FIELDS)} | {
        "prefix": token.value[:12],
        "permissions": permissions.resolved(record),
        "is_enabled": not token.revoked,
    }
