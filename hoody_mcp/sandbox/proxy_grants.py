"""What groups of proxy permissions may reach: rules by program."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from ..jsons import as_array
from . import proxy_documents as documents
from .proxy_documents import GROUP_NAME, on_both
from .routes import Area
from .state import Json
from .wire import Ask, Body, Refusal, data, invalid

area = Area()

WITHOUT_PORTS = frozenset({"files", "exec", "services", "notifications"})  # programs that are reached or not
LAST_PORT = 65_535
SPAN = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


def reaches(rule: object, port: int) -> bool:
    """Tell whether a rule lets somebody reach a port, or an instance of a service."""
    ports = as_array(rule)
    span = SPAN.fullmatch(rule) if isinstance(rule, str) else None
    if span:
        return int(span[1]) <= port <= int(span[2])
    return port in ports if ports is not None else rule is True or rule == "*" or (not isinstance(rule, bool) and rule == port)


def _checked(rule: Any) -> Any:
    members = as_array(rule)
    ports = [rule] if members is None else members
    if isinstance(rule, bool) or rule == "*":
        return rule
    if isinstance(rule, str) and (span := SPAN.fullmatch(rule)):
        ports = [int(span[1]), int(span[2])]
        if ports != sorted(ports):
            raise ValueError("must be a range from the lower port to the higher one")
    if not ports or not all(isinstance(port, int) and not isinstance(port, bool) and 0 <= port <= LAST_PORT for port in ports):
        raise ValueError('must be true, false, a port, a list of ports, a range such as "8000-8100", or "*"')
    return rule


Rule = Annotated[Any, BeforeValidator(_checked)]


class Grant(Body):
    """What a group may reach of one program."""

    program: str = Field(min_length=1)
    access: Rule


def check_grants(draft: Json) -> None:
    """Refuse what is granted to a group that there is not, and ports of a program that has none."""
    for group, rules in draft["permissions"].items():
        if group not in draft["groups"]:
            raise invalid((f"permissions.{group}", "is granted to a group that does not exist"))
        for program, rule in rules.items():
            if not program:
                raise invalid((f"permissions.{group}", "holds a rule without a program"))
            if program in WITHOUT_PORTS and not isinstance(rule, bool):
                raise invalid((f"permissions.{group}.{program}", "must be true or false"))


@on_both(area, "PUT /permissions/permissions/{groupName}")
def set_grant(ask: Ask) -> Response:
    """Set what a group may reach of one program."""
    name, asked = documents.path_name(ask, "groupName", GROUP_NAME), ask.body(Grant)
    draft = documents.changing(ask)
    draft["permissions"].setdefault(name, {})[asked.program] = asked.access
    check_grants(draft)
    return data(documents.answered(documents.save(ask, draft)))


@on_both(area, "DELETE /permissions/permissions/{groupName}")
def remove_grants(ask: Ask) -> Response:
    """Take away all that a group may reach."""
    draft = _granted(ask)
    del draft["permissions"][ask.parts["groupName"]]
    return data(documents.answered(documents.save(ask, draft)))


@on_both(area, "DELETE /permissions/permissions/{groupName}/{program}")
def remove_grant(ask: Ask) -> Response:
    """Take away what a group may reach of one program."""
    draft, name = _granted(ask), ask.parts["groupName"]
    if draft["permissions"][name].pop(ask.parts["program"], None) is None:
        raise Refusal(404, "PROXY_GRANT_NOT_FOUND", f"The group {name} has no rule for this program")
    if not draft["permissions"][name]:
        del draft["permissions"][name]
    return data(documents.answered(documents.save(ask, draft)))


def _granted(ask: Ask) -> Json:
    """Give a copy of a document in which the group of the path has rules."""
    name, draft = documents.path_name(ask, "groupName", GROUP_NAME), documents.changing(ask)
    if name not in draft["permissions"]:
        raise Refusal(404, "PROXY_GRANT_NOT_FOUND", f"The group {name} has no rules")
    return draft
