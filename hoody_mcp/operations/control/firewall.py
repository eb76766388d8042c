"""Firewall: which traffic may reach a container (ingress) and which may leave it (egress)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, Field

from ...access import through_firewall
from ...jsons import Json, as_array, as_object
from ...operation import Body, Changes, ContainerId, Default, Operation, Path, Place, Risk, Show
from .containers import SHOW_CONTAINER

Action = Annotated[
    Literal["allow", "reject", "drop"], Field(description="allow: let through. reject: refuse with an answer. drop: discard silently.")
]
Protocol = Annotated[Literal["tcp", "udp", "icmp4"], Field(description="tcp, udp or icmp4.")]
Description = Annotated[str, Field(max_length=255, description="What the rule is for.")]
Port = Annotated[str, Field(max_length=64, description="Text: 80, 80-90 or 80,443. Needed for tcp and udp.")]
SourcePort = Annotated[str, Field(max_length=64, description="Sender's port, likewise; rarely needed.")]
Source = Annotated[str, Field(max_length=512, description="Sender: IPv4 address or CIDR range; 0.0.0.0/0 is anyone.")]
Destination = Annotated[str, Field(max_length=512, description="Receiver: IPv4 address or CIDR range; 0.0.0.0/0 is anywhere.")]
State = Annotated[Literal["enabled", "disabled"], Field(description="enabled or disabled.")]
IcmpType = Annotated[str, Field(description="ICMP type as text; 8 is ping.")]
IcmpCode = Annotated[str, Field(description="ICMP code as text.")]

FilterAction = Annotated[Literal["allow", "reject", "drop"], Field(description="allow, reject or drop.")]
FilterProtocol = Annotated[Literal["tcp", "udp", "icmp4"], Field(description="tcp, udp or icmp4.")]
FilterText = Annotated[str, Field(description="Its description.")]
FilterPort = Annotated[str, Field(description="Its destination port, as text.")]
FilterSourcePort = Annotated[str, Field(description="Its source port, as text.")]
FilterSource = Annotated[str, Field(description="Its sender: address or CIDR range.")]
FilterDestination = Annotated[str, Field(description="Its receiver: address or CIDR range.")]
FilterIcmpType = Annotated[str, Field(description="Its ICMP type.")]
FilterIcmpCode = Annotated[str, Field(description="Its ICMP code.")]
FilterState = Annotated[Literal["enabled", "disabled"], Field(description="Whether it is enabled or disabled."), Default("enabled")]
All = Annotated[bool, Field(description="true: all matches, without filters every rule. Otherwise the first match.")]
NewState = Annotated[Literal["enabled", "disabled"], Field(description="enabled or disabled.")]

FILTERS = ("action", "protocol", "description", "destination_port", "source_port", "state", "icmp_type", "icmp_code")
INGRESS = (*FILTERS, "source")
EGRESS = (*FILTERS, "destination")
MATCHING = "rules that match"
WAYS = ("ingress", "egress")
AT_THE_END = "each rule comes back as the last one, and the first that matches decides: where others follow it, the order is not the same"


class FirewallList(
    Operation,
    route="GET /api/v1/containers/{container_id=id}/firewall/rules",
    risk=Risk.READ,
    keywords="open ports ACL blocked inbound outbound security iptables why no connection",
):
    """List a container's firewall rules, ingress and egress, in the order that decides. Rules have no ids."""

    container_id: Path[ContainerId]


SHOW_INGRESS = Show(
    read=FirewallList,
    items="ingress",
    where={name: name for name in INGRESS},
    tells=INGRESS,
    binds=INGRESS,
    label=MATCHING,
    optional=True,
)
SHOW_EGRESS = Show(
    read=FirewallList,
    items="egress",
    where={name: name for name in EGRESS},
    tells=EGRESS,
    binds=EGRESS,
    label=MATCHING,
    optional=True,
)


def rules_of(found: Any, direction: str) -> list[Json]:
    """Give the rules of one direction."""
    return [rule for item in as_array((as_object(found) or {}).get(direction)) or () if (rule := as_object(item))]


def old_rule(direction: str, container_id: str, rule: Json) -> Operation:
    """Make the call that adds a rule again."""
    model, names = (FirewallIngressCreate, INGRESS) if direction == "ingress" else (FirewallEgressCreate, EGRESS)
    kept = {name: rule[name] for name in names if rule.get(name) not in (None, "")}
    return model.model_validate({"container_id": container_id, "description": "", **kept})


class FirewallReset(
    Operation,
    route="POST /api/v1/containers/{container_id=id}/firewall/reset",
    risk=Risk.DESTROY,
    shown_by="firewall_list",
    idempotent=True,
    shows=(
        SHOW_CONTAINER,
        Show(read=FirewallList, items="ingress", tells=INGRESS, binds=INGRESS, label="ingress rules", optional=True),
        Show(read=FirewallList, items="egress", tells=EGRESS, binds=EGRESS, label="egress rules", optional=True),
    ),
    changes=Changes(FirewallList),
    keywords="clear remove all rules turn off disable open everything start over ACL",
):
    """Delete all firewall rules of a container for good and detach the firewall: it stands open in both directions.

    Single rules: firewall_ingress_delete, firewall_egress_delete.
    """

    container_id: Path[ContainerId]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell what passes before and after."""
        found = next((seen[label] for label in ("ingress rules", "egress rules") if label in seen), None)
        if found is None:
            return {}
        return through_firewall({way: rules_of(found, way) for way in WAYS}, {way: [] for way in WAYS})

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Add all rules again, in their order."""
        for way in WAYS:
            for rule in rules_of(found, way):
                yield old_rule(way, self.container_id, rule)


class NewRule(Operation, abstract=True):
    """What rules of both directions are made of."""

    container_id: Path[ContainerId]
    action: Body[Action]
    protocol: Body[Protocol]
    description: Body[Description]
    destination_port: Body[Port | MISSING] = MISSING
    source_port: Body[SourcePort | MISSING] = MISSING
    state: Body[Annotated[State, Default("enabled")] | MISSING] = MISSING
    icmp_type: Body[IcmpType | MISSING] = MISSING
    icmp_code: Body[IcmpCode | MISSING] = MISSING


class FirewallIngressCreate(
    NewRule,
    route="POST /api/v1/containers/{container_id=id}/firewall/ingress",
    risk=Risk.WRITE,
    shown_by="firewall_list",
    destructive=True,
    rare=(
        "source_port",
        "icmp_type",
        "icmp_code",
        "state",
    ),
    keywords="open port inbound incoming expose cannot connect from outside block IP allowlist",
):
    """Add a rule for traffic to a container.

    The first matching rule wins, so add what is allowed before the drop for the rest. A wrong drop shuts you out, an allow for anyone
    exposes the port.
    """

    source: Body[Source | MISSING] = MISSING


class FirewallEgressCreate(
    NewRule,
    route="POST /api/v1/containers/{container_id=id}/firewall/egress",
    risk=Risk.WRITE,
    shown_by="firewall_list",
    destructive=True,
    rare=(
        "source_port",
        "icmp_type",
        "icmp_code",
        "state",
    ),
    keywords="block outbound outgoing connections internet send mail restrict allowlist whitelist deny",
):
    """Add a rule for traffic from a container.

    The first matching rule wins, so add what is allowed before the drop for the rest. A wide drop cuts the container off, DNS included.
    All of it at once: network_update with type block.
    """

    destination: Body[Destination | MISSING] = MISSING


class Filters(Operation, abstract=True):
    """How rules of both directions are found, as they have no ids."""

    container_id: Path[ContainerId]
    action: Body[FilterAction | MISSING] = MISSING
    protocol: Body[FilterProtocol | MISSING] = MISSING
    description: Body[FilterText | MISSING] = MISSING
    destination_port: Body[FilterPort | MISSING] = MISSING
    source_port: Body[FilterSourcePort | MISSING] = MISSING
    icmp_type: Body[FilterIcmpType | MISSING] = MISSING
    icmp_code: Body[FilterIcmpCode | MISSING] = MISSING


class DeletingRules(Filters, abstract=True):
    """Rules that go: the first that matches, or all that match."""

    all: Body[All | MISSING] = MISSING

    def parted(self, found: Any) -> tuple[str, list[Json], list[Json]]:
        """Give the direction, and its rules: those that go and those that stay."""
        show = next(show for show in self.about.shows if show.items)
        rules = rules_of(found, show.items)
        hit = [index for index, rule in enumerate(rules) if show.counts(self, rule)]
        gone = hit if self.given(Place.BODY).get("all") else hit[:1]
        return show.items, [rules[index] for index in gone], [rule for index, rule in enumerate(rules) if index not in gone]

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell what passes before and after."""
        found = seen.get(MATCHING)
        if found is None:
            return {}
        way, gone, stay = self.parted(found)
        return through_firewall({way: rules_of(found, way)}, {way: stay}, gone)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Add the rules again."""
        way, gone, _ = self.parted(found)
        for rule in gone:
            yield old_rule(way, self.container_id, rule)


class FirewallIngressDelete(
    DeletingRules,
    route="DELETE /api/v1/containers/{container_id=id}/firewall/ingress",
    risk=Risk.DESTROY,
    shown_by="firewall_list",
    shows=(SHOW_CONTAINER, SHOW_INGRESS),
    changes=Changes(FirewallList, lost=AT_THE_END),
    keywords="remove rule inbound incoming close port keep out",
):
    """Delete the first ingress rule that matches all filters: what it stopped gets in, what it let in may be shut out.

    A repeat takes the next match. To only suspend a rule: firewall_ingress_toggle.
    """

    source: Body[FilterSource | MISSING] = MISSING
    state: Body[FilterState | MISSING] = MISSING


class FirewallEgressDelete(
    DeletingRules,
    route="DELETE /api/v1/containers/{container_id=id}/firewall/egress",
    risk=Risk.DESTROY,
    shown_by="firewall_list",
    shows=(SHOW_CONTAINER, SHOW_EGRESS),
    changes=Changes(FirewallList, lost=AT_THE_END),
    keywords="remove rule outbound outgoing unblock",
):
    """Delete the first egress rule that matches all filters: what it stopped gets out, what it let out may be cut off.

    A repeat takes the next match. To only suspend a rule: firewall_egress_toggle.
    """

    destination: Body[FilterDestination | MISSING] = MISSING
    state: Body[FilterState | MISSING] = MISSING


class FirewallIngressToggle(
    Filters,
    route="PATCH /api/v1/containers/{container_id=id}/firewall/ingress",
    risk=Risk.WRITE,
    shown_by="firewall_list",
    destructive=True,
    idempotent=True,
    keywords="enable disable suspend rule inbound incoming on off",
):
    """Enable or disable the first ingress rule that matches all filters, without deleting it."""

    source: Body[FilterSource | MISSING] = MISSING
    state: Body[NewState]


class FirewallEgressToggle(
    Filters,
    route="PATCH /api/v1/containers/{container_id=id}/firewall/egress",
    risk=Risk.WRITE,
    shown_by="firewall_list",
    destructive=True,
    idempotent=True,
    keywords="enable disable suspend rule outbound outgoing on off",
):
    """Enable or disable the first egress rule that matches all filters, without deleting it."""

    destination: Body[FilterDestination | MISSING] = MISSING
    state: Body[NewState]
