"""Method and path of an operation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from .places import argument_name


@dataclass(frozen=True)
class Placeholder:
    """A hole in a path: our argument's name, and the name that Hoody's documentation gives it."""

    name: str
    wire: str


@dataclass(frozen=True)
class Route:
    """Method and path. A placeholder is `{ours}`, or `{ours=upstream}` where the names differ; a fixed query may follow."""

    method: str
    template: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """Read `METHOD /path`; anything else raises `TypeError`."""
        method, _, template = text.partition(" ")
        if not method.isupper() or not template.startswith("/"):
            msg = f"a route is 'METHOD /path', not {text!r}"
            raise TypeError(msg)
        return cls(method, template)

    @property
    def placeholders(self) -> dict[str, Placeholder]:
        """Our argument names, in order."""
        found = re.findall(r"\{([^}]*)\}", self.template)
        pairs = (hole.partition("=") for hole in found)
        return {name: Placeholder(name, wire or name) for name, _, wire in pairs}

    @property
    def path(self) -> str:
        """The template with our names only, as documentation shows it."""
        return re.sub(r"=[^}]*\}", "}", self.template)


def wire_name(name: str, info: FieldInfo, route: Route) -> str:
    """Give the name that Hoody knows the argument by."""
    if name in route.placeholders:
        return route.placeholders[name].wire
    return info.alias or argument_name(name)
