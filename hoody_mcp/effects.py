"""Which tool shows what a call did: for whoever does not know whether it has happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from .operation import Operation, Risk

Reads = Mapping[tuple[str, str], str]  # (namespace, path without names) → tool


def reads(operations: Iterable[type[Operation]]) -> Reads:
    """Gather the plain reads by the path that they read."""
    found = (operation.about for operation in operations if operation.about.risk is Risk.READ)
    return {(about.namespace, _nameless(about.route.path)): about.name for about in found if about.route.method == "GET"}


def shown_by(operation: type[Operation], known: Reads) -> str:
    """Name the read that shows an operation's effect: declared, or of the same thing, or of what it belongs to."""
    about = operation.about
    if about.risk is Risk.READ or about.shown_by:
        return about.shown_by
    if about.shows:
        return about.shows[0].read.about.name
    return next((known[about.namespace, path] for path in _upward(about.route.path) if (about.namespace, path) in known), "")


def _upward(path: str) -> Iterator[str]:
    parts = _nameless(path).split("/")
    while len(parts) > 1:
        yield "/".join(parts)
        parts.pop()


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0]).rstrip("/")
