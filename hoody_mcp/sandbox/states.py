"""Which operation a container allows in which state."""

from __future__ import annotations

from .state import Container
from .wire import Refusal

STEADY = ("running", "stopped", "paused")


def demand(container: Container, doing: str, *allowed: str) -> None:
    """Refuse with 409 unless the container rests in one of these states; in a steady one if none is named."""
    if container.turn:
        raise Refusal(409, "OPERATION_STATE_CONFLICT", f"Cannot {doing}: the container is on its way to {container.turn[1]}")
    if container.status not in (allowed or STEADY):
        raise Refusal(409, "OPERATION_STATE_CONFLICT", f"Cannot {doing}: the container is {container.status}")
