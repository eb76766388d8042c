"""Firewalls of containers: rules in order, of which the first that matches decides; what none matches is let through."""

from __future__ import annotations

import ipaddress
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from . import find
from .routes import Area
from .state import Container, Json
from .states import demand
from .wire import Ask, Body, Refusal, compact, data, invalid

area = Area()

NEEDS = "resources.firewalls"
MAX_RULES, MAX_BYTES = 100, 65_536
MAX_PORT = 65_535
PORTS = r"^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$"
ICMP = r"^[0-9]{1,3}$"

Action = Literal["allow", "reject", "drop"]
Protocol = Literal["tcp", "udp", "icmp4"]
State = Literal["enabled", "disabled"]


class Ports(Body):
    """What rules and filters of rules have in common, for both directions."""

    destination_port: str = Field(default="", max_length=64, pattern=PORTS)
    source_port: str = Field(default="", max_length=64, pattern=PORTS)
    icmp_type: str = Field(default="", max_length=8, pattern=ICMP)
    icmp_code: str = Field(default="", max_length=8, pattern=ICMP)


class Rule(Ports):
    """A new rule."""

    action: Action
    protocol: Protocol
    description: str = Field(max_length=255)
    state: State = "enabled"


class IngressRule(Rule):
    """A rule on what comes in."""

    source: str = Field(default="", max_length=512)


class EgressRule(Rule):
    """A rule on what goes out."""

    destination: str = Field(default="", max_length=512)


class Filter(Ports):
    """Which rules are meant: those with all the values given."""

    action: Action = "allow"
    protocol: Protocol = "tcp"
    description: str = Field(default="", max_length=255)
    source: str = Field(default="", max_length=512)
    destination: str = Field(default="", max_length=512)


class Removal(Filter):
    """Which rules go: the first of those meant, or all of them."""

    all: bool = False
    state: State = "enabled"


class Toggle(Filter):
    """Which rule gets which state."""

    state: State


@area.route("GET /containers/{id}/firewall/rules", needs="containers.read")
def list_rules(ask: Ask) -> Response:
    """List the rules of both directions, in their order."""
    rules = find.container(ask).rules
    listed: Json = {direction: [rule | {"direction": direction} for rule in each] for direction, each in rules.items()}
    return data(listed | {"rule_count": _count(rules), "byte_count": _bytes(rules), "max_rules": MAX_RULES, "max_bytes": MAX_BYTES})


@area.route("POST /containers/{id}/firewall/reset", needs=NEEDS)
def reset(ask: Ask) -> Response:
    """Forget all rules."""
    found = _found(ask)
    found.rules = {"ingress": [], "egress": []}
    return data({"rules": found.rules}, message="Firewall reset")


@area.route("POST /containers/{id}/firewall/ingress", needs=NEEDS)
def add_ingress(ask: Ask) -> Response:
    """Add a rule on what comes in, after the others."""
    return _add(ask, "ingress", ask.body(IngressRule))


@area.route("POST /containers/{id}/firewall/egress", needs=NEEDS)
def add_egress(ask: Ask) -> Response:
    """Add a rule on what goes out, after the others."""
    return _add(ask, "egress", ask.body(EgressRule))


@area.route("DELETE /containers/{id}/firewall/{direction}", needs=NEEDS)
def remove(ask: Ask) -> Response:
    """Remove the first rule that is meant, or all."""
    found, direction, asked = _found(ask), _direction(ask), ask.body(Removal)
    meant = _meant(found.rules[direction], asked, direction, {"all"})
    if not asked.model_fields_set or (asked.model_fields_set == {"all"} and not asked.all):
        raise invalid(("all", "must be true, or something must tell which rule is meant"))
    gone = meant if asked.all else meant[:1]
    if not gone:
        raise Refusal(404, "RULE_NOT_FOUND", "No rule is like that")
    found.rules[direction] = [rule for rule in found.rules[direction] if not any(rule is each for each in gone)]
    return data({"direction": direction, "removed_count": len(gone), "removed": gone})


@area.route("PATCH /containers/{id}/firewall/{direction}", needs=NEEDS)
def toggle(ask: Ask) -> Response:
    """Switch the first rule that is meant on or off."""
    found, direction, asked = _found(ask), _direction(ask), ask.body(Toggle)
    meant = _meant(found.rules[direction], asked, direction, {"state"})
    if asked.model_fields_set == {"state"}:
        raise invalid(("", "something must tell which rule is meant"))
    if not meant:
        raise Refusal(404, "RULE_NOT_FOUND", "No rule is like that")
    meant[0]["state"] = asked.state
    return data({"direction": direction, "new_state": asked.state, "updated": meant[0]})


def allows(container: Container, source_address: str, protocol: str, port: int) -> bool:
    """Tell whether a container's firewall lets something in: the first rule that matches decides, and without one it may."""
    for rule in container.rules["ingress"]:
        fits = rule["state"] == "enabled" and rule["protocol"] == protocol
        if fits and _within(source_address, rule.get("source", "")) and (protocol == "icmp4" or _holds(rule["destination_port"], port)):
            return rule["action"] == "allow"
    return True


def _add(ask: Ask, direction: str, asked: IngressRule | EgressRule) -> Response:
    found = _found(ask)
    _check(asked)
    rule = asked.model_dump(exclude_unset=True) | {"state": asked.state}
    rules = found.rules[direction]
    twin = next((number for number, other in enumerate(rules) if _meaning(other) == _meaning(rule)), None)
    if twin is not None:  # behind its like it could never decide, so it is not stored
        return data(rule | {"duplicate": True, "duplicate_of": {"direction": direction, "index": twin}}, message="Such a rule exists")
    if _count(found.rules) >= MAX_RULES or _bytes(found.rules) + len(compact(rule)) > MAX_BYTES:
        raise Refusal(409, "FIREWALL_RULE_LIMIT", f"A container has {MAX_RULES} rules and {MAX_BYTES} bytes of them at most")
    rules.append(rule)
    return data(rule, 201, "Rule added")


def _check(asked: IngressRule | EgressRule) -> None:
    """Refuse with 400 what cannot be a rule."""
    place, addresses = ("source", asked.source) if isinstance(asked, IngressRule) else ("destination", asked.destination)
    if asked.protocol != "icmp4" and not asked.destination_port:
        raise invalid(("destination_port", f"is needed for {asked.protocol}"))
    for name, ports in (("destination_port", asked.destination_port), ("source_port", asked.source_port)):
        if not all(_range(part) for part in ports.split(",") if part):
            raise invalid((name, f"must be ports from 1 to {MAX_PORT}, ranges with the lower one first, or a list of them"))
    try:
        _networks(addresses)
    except ValueError:
        raise invalid((place, "must be IPv4 addresses or CIDR ranges, parted by commas")) from None


def _found(ask: Ask) -> Container:
    found = find.container(ask)
    demand(found, "change its firewall")
    return found


def _direction(ask: Ask) -> str:
    if ask.parts["direction"] not in {"ingress", "egress"}:
        raise invalid(("direction", "must be ingress or egress"))
    return ask.parts["direction"]


def _meant(rules: list[Json], asked: Filter, direction: str, aside: set[str]) -> list[Json]:
    """Give the rules that have all the values given; `aside` are fields that say what to do with them."""
    other = "destination" if direction == "ingress" else "source"
    if other in asked.model_fields_set:
        raise invalid((other, f"is no part of {direction} rules"))
    wanted = asked.model_dump(exclude_unset=True, exclude=aside)
    return [rule for rule in rules if all(rule.get(name) == value for name, value in wanted.items())]


def _meaning(rule: Json) -> Json:
    return {name: value for name, value in rule.items() if name != "description"}


def _count(rules: dict[str, list[Json]]) -> int:
    return sum(map(len, rules.values()))


def _bytes(rules: dict[str, list[Json]]) -> int:
    return sum(len(compact(rule)) for each in rules.values() for rule in each)


def _range(ports: str) -> range:
    """Give the ports of "80" or "80-90"; none if they cannot be."""
    low, _, high = ports.partition("-")
    least, most = int(low), int(high or low)
    return range(least, most + 1) if 1 <= least <= most <= MAX_PORT else range(0)


def _holds(ports: str, port: int) -> bool:
    return any(port in _range(part) for part in ports.split(","))


def _networks(addresses: str) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(part.strip(), strict=False) for part in addresses.split(",")] if addresses else []


def _within(address: str, addresses: str) -> bool:
    """Tell whether an address is one of these; no addresses at all mean any."""
    networks = _networks(addresses)
    return not networks or any(ipaddress.IPv4Address(address) in network for network in networks)
