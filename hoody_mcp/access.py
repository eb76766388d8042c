"""Who gets in: what rules mean for people, before a change and after it, in words for whoever has to agree.

Documents come from upstream and may hold anything; what cannot be understood is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .clean import one_line
from .jsons import Json, as_array, as_object

NO_DOCUMENT = "anyone who knows a URL, unless a document of its project says otherwise"
LOCKS_OUT = (
    "Everybody without a login is shut out, this server included: it sends none to containers, so its tools for terminal, files "
    "and the like stop working there unless an ip group holds its address. The proxy tools still work and can undo it."
)
OPENS = "Everybody who knows a URL gets in, without any login."


def who_gets_in(before: Json, after: Json) -> Json:
    """Tell for two proxy documents who gets in and what that means for this server; {} stands for no document."""
    told: Json = {"who gets in": {"before": list(_entrances(before)), "after": list(_entrances(after))}}
    if _is_open(before) and not _is_open(after):
        told["warning"] = LOCKS_OUT
    if _is_open(after) and not _is_open(before):
        told["warning"] = OPENS
    return told


def _is_open(document: Json) -> bool:
    return document.get("enable_proxy") is not False and document.get("default") != "deny"


def _entrances(document: Json) -> Iterator[str]:
    if not document:
        yield NO_DOCUMENT
        return
    if document.get("enable_proxy") is False:
        yield "nobody: the proxy is off"
        return
    groups, grants = as_object(document.get("groups")) or {}, as_object(document.get("permissions")) or {}
    for name in {**groups, **grants}:
        yield f"{_group(name, groups.get(name))}: {_programs(grants.get(name))}"
    rest = {"allow": "let in", "deny": "refused"}.get(str(document.get("default")), "as Hoody decides for a new document")
    yield f"everybody else: {rest}"


def _group(name: str, group: object) -> str:
    facts = as_object(group)
    if facts is None:
        return f"group {one_line(name)} (not defined)"
    who = [facts.get(key) for key in ("username", "range", "header", "cookie", "param") if isinstance(facts.get(key), str)]
    kind = " ".join(str(part) for part in (facts.get("type"), *who) if part)
    return f"group {one_line(name)} ({one_line(kind) or 'of an unknown kind'})"


def _programs(grants: object) -> str:
    told = [f"{one_line(program)} {_reach(rule)}" for program, rule in (as_object(grants) or {}).items()]
    return ", ".join(told) or "nothing"


def _reach(rule: object) -> str:
    ports = as_array(rule)
    if ports is not None:
        return "+".join(one_line(str(port)) for port in ports)
    return {"True": "all", "*": "all", "False": "none"}.get(str(rule), one_line(str(rule)))


def through_firewall(before: Mapping[str, Sequence[Json]], after: Mapping[str, Sequence[Json]]) -> Json:
    """Tell for the rules of both directions what they let pass, before and after."""
    return {"what passes": {"before": _passages(before), "after": _passages(after)}}


def _passages(rules: Mapping[str, Sequence[Json]]) -> list[str]:
    return [f"{direction}: {' / '.join(map(_rule, members)) or 'no rules'}, then everything" for direction, members in rules.items()]


def _rule(rule: Json) -> str:
    where = rule.get("source") or rule.get("destination") or "any address"
    parts = [rule.get("action"), rule.get("protocol"), rule.get("destination_port"), where]
    off = " (off)" if rule.get("state") == "disabled" else ""
    return one_line(" ".join(str(part) for part in parts if part), 80) + off


def way_out(settings: Json) -> str:
    """Tell how a container's traffic leaves under some network settings, if they are in force."""
    kind, proxy = settings.get("type"), settings.get("proxy")
    if kind == "block":
        return "not at all: all outgoing traffic is blocked"
    host = proxy.rpartition("@")[2].rpartition("/")[2] if isinstance(proxy, str) else ""
    return one_line(f"through the {kind} proxy {host}".strip(), 100) if kind else "directly, from the server's own address"


def own_token(token_id: str, current: Any) -> Json:
    """Warn where a token is the one that this server itself uses."""
    facts = as_object(current) or {}
    ids = {facts.get("id"), (as_object(facts.get("token")) or {}).get("id"), (as_object(facts.get("auth_token")) or {}).get("id")}
    return {"warning": "This is the token that this server itself uses: you lock yourself out."} if token_id in ids else {}
