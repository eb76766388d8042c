"""Operations of Hoody that are deliberately no tools, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Excluded:
    """An operation without a tool of its own; `same_as` names the tool that does the same."""

    namespace: str
    method: str
    path: str
    reason: str
    same_as: str = ""


EXCLUDED: tuple[Excluded, ...] = ()
