"""Which handler answers which method and path: each area of the sandbox fills one table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from .wire import Handler


@dataclass(frozen=True)
class Route:
    """A method, a path with `{names}` (`{name:path}` takes the rest), and who answers it."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs: str = ""  # permission, such as "containers.create"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Give the parts of an encoded path by name, decoded; None if it is another route."""
        found = self.pattern.fullmatch(path) if method == self.method else None
        return {name: unquote(part) for name, part in found.groupdict().items()} if found else None


class Area:
    """A table of routes; a method of its own for each verb would only repeat the verb."""

    def __init__(self, prefix: str = "/api/v1") -> None:
        """Begin every path with the prefix."""
        self._prefix = prefix
        self.routes: list[Route] = []

    def route(self, line: str, needs: str = "") -> Callable[[Handler], Handler]:
        """Register a handler: `@area.route("GET /projects/{id}", needs="projects.read")`."""
        method, _, template = line.partition(" ")
        pattern = re.sub(r"\\{(\w+)(:path)?\\}", _group, re.escape(self._prefix + template))

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, re.compile(pattern), handler, needs))
            return handler

        return register


def _group(hole: re.Match[str]) -> str:
    return f"(?P<{hole[1]}>.*)" if hole[2] else f"(?P<{hole[1]}>[^/]+)"
