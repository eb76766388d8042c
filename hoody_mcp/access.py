"""Who gets in: what rules mean for people, before a change and after it, in words for whoever has to agree.

Documents come from upstream and may hold anything; what cannot be understood is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .clean import one_line
from .jsons import Json, as_array, as_object

MAX_GROUPS, MAX_RULES = 4, 6  # that are told
MAX_LINE = 80  # characters about a group, where there are many
NO_DOCUMENT = "anyone who knows a URL, unless a document of its project says otherwise"
LOCKS_OUT = (
    "Everybody without a login is shut out, this server included: it sends none to containers, so its tools for terminal, files "
    "and the like stop working there unless an ip group holds its address. The proxy tools still work and can undo it."
)
OFF = "Nobody gets in any more, with or without a login, this server included. The proxy tools still work and can undo it."
SHUTS_OUT = "Rules that stop traffic remain: what only a rule that goes let through is shut out, your own way in by SSH among it."
MAY_LOCK_OUT = "This server gets in by an ip group only: if one that changes held its address, its container tools stop working."
OPENS = "Everybody who knows a URL gets in, without any login."


def who_gets_in(before: Json, after: Json, first: str = "") -> Json:
    """Tell for two proxy documents who gets in and what that means for this server; {} stands for no document.

    `first` says what it means that there was none.
    """
    old, new = list(_entrances(before)), list(_entrances(after))
    told: Json = {"who gets in": {"before": _short(old, new), "after": _short(new, old)}}
    if as_object(before.get("hooks")) != as_object(after.get("hooks")):
        told["hooks"] = {"before": _hooks(before), "after": _hooks(after)}
    warnings = [*([first] if first and after and not before else []), *_warnings(before, after)]
    return told | ({"warning": " ".join(warnings)} if warnings else {})


def _warnings(before: Json, after: Json) -> Iterator[str]:
    if after.get("enable_proxy") is False and before.get("enable_proxy") is not False:
        yield OFF
    elif _is_open(before) and not _is_open(after):
        yield LOCKS_OUT
    elif _is_open(after) and not _is_open(before):
        yield OPENS
    elif not _is_open(after) and _of_addresses(before) != _of_addresses(after):
        yield MAY_LOCK_OUT


def _of_addresses(document: Json) -> list[object]:
    """Give the groups of addresses, by which this server may get in, with what they may reach."""
    groups, grants = as_object(document.get("groups")) or {}, as_object(document.get("permissions")) or {}
    return [(name, facts, grants.get(name)) for name, facts in groups.items() if (as_object(facts) or {}).get("type") == "ip"]


def _hooks(document: Json) -> str:
    hooks = as_object(document.get("hooks")) or {}
    told = [f"{one_line(service)} {len(as_array(rules) or ())}" for service, rules in list(hooks.items())[:MAX_RULES]]
    return ", ".join(told) or "none"


def _is_open(document: Json) -> bool:
    return document.get("enable_proxy") is not False and document.get("default") != "deny"


def _short(lines: list[str], others: list[str]) -> list[str]:
    """Show a few groups, those that change first, and everybody else."""
    *groups, rest = lines
    if len(groups) <= MAX_GROUPS:
        return lines
    alike = frozenset(others)
    shown = sorted(groups, key=alike.__contains__)[:MAX_GROUPS]
    return [*(one_line(line, MAX_LINE) for line in shown), f"and {len(groups) - MAX_GROUPS} more groups", rest]


def _entrances(document: Json) -> Iterator[str]:
    if not document:
        yield NO_DOCUMENT
        return
    if document.get("enable_proxy") is False:
        yield "nobody: the proxy is off"
        return
    groups, grants = as_object(document.get("groups")) or {}, as_object(document.get("permissions")) or {}
    for name in {**groups, **grants}:
        yield one_line(f"{_group(name, groups.get(name))}: {_programs(grants.get(name))}", 3 * MAX_LINE)
    rest = {"allow": "let in", "deny": "refused"}.get(str(document.get("default")), "as Hoody decides for a new document")
    yield f"everybody else: {rest}"


def _group(name: str, group: object) -> str:
    facts = as_object(group)
    if facts is None:
        return f"group {one_line(name)} (not defined)"
    who = [facts.get(key) for key in ("username", "range", "header", "cookie", "param") if isinstance(facts.get(key), str)]
    kind = " ".join(str(part) for part in (facts.get("type"), *who) if isinstance(part, str) and part)
    return f"group {one_line(name)} ({one_line(kind) or 'of an unknown kind'})"


def _programs(grants: object) -> str:
    told = [f"{one_line(program)} {_reach(rule)}" for program, rule in (as_object(grants) or {}).items()]
    return ", ".join(told) or "nothing"


def _reach(rule: object) -> str:
    ports = as_array(rule)
    if ports is not None:
        return "+".join(one_line(str(port)) for port in ports)
    return {"True": "all", "*": "all", "False": "none"}.get(str(rule), one_line(str(rule)))


def through_firewall(before: Mapping[str, Sequence[Json]], after: Mapping[str, Sequence[Json]], gone: Sequence[Json] = ()) -> Json:
    """Tell for the rules of both directions what they let pass, before and after; `gone` are rules that are taken away."""
    told: Json = {"what passes": {"before": _passages(before, after), "after": _passages(after, before)}}
    shuts = any(rule.get("action") == "allow" for rule in gone) and any(
        rule.get("action") in ("drop", "reject") and rule.get("state") != "disabled" for rules in after.values() for rule in rules
    )
    return told | ({"warning": SHUTS_OUT} if shuts else {})


def _passages(rules: Mapping[str, Sequence[Json]], others: Mapping[str, Sequence[Json]]) -> list[str]:
    return [f"{direction}: {_in_order(members, others.get(direction, ()))}, then everything" for direction, members in rules.items()]


def _in_order(rules: Sequence[Json], others: Sequence[Json]) -> str:
    """Show a few rules, from the first on that differs."""
    alike = next((at for at, (rule, other) in enumerate(zip(rules, others, strict=False)) if rule != other), min(len(rules), len(others)))
    start = min(alike, len(rules) - MAX_RULES) if len(rules) > MAX_RULES else 0
    left = len(rules) - start - MAX_RULES
    told = [*([f"{start} as they are"] if start else []), *map(_rule, rules[start : start + MAX_RULES])]
    return " / ".join([*told, *([f"and {left} more"] if left > 0 else [])]) or "no rules"


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
    ids = [facts.get("id"), *((as_object(facts.get(name)) or {}).get("id") for name in ("token", "auth_token"))]
    return {"warning": "This is the token that this server itself uses: you lock yourself out."} if token_id in ids else {}
