"""What an operation says about itself beside its route and arguments: its risk, and what other tools may read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .jsons import Json, at
from .places import Default, markers

if TYPE_CHECKING:
    from .operation import Operation


class Risk(StrEnum):
    """What a call can do to its user, decided by effect and not by HTTP verb."""

    READ = "read"  # changes nothing
    WRITE = "write"  # adds, or can be put back
    EXECUTE = "execute"  # runs code, SQL, keys or prompts that the caller supplies
    DESTROY = "destroy"  # loses something durable, or interrupts a container
    SPEND = "spend"  # takes money from the wallet or moves it


@dataclass(frozen=True)
class Show:
    """A read that a preview is made of, for whoever has to confirm.

    Arguments of the read are taken from the operation's own arguments of the same name.
    """

    read: type[Operation]
    tells: tuple[str, ...] = ()  # fields of the answer, or of each item, that the preview shows
    binds: tuple[str, ...] = ()  # fields that must be the same when the code comes back
    label: str = ""  # what the preview calls it; the read's toolset if empty
    items: str = ""  # where the answer holds a list or map of things
    where: Mapping[str, str] = field(default_factory=dict[str, str])  # item field -> argument: the items that count, if it is given
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])  # further arguments of the read
    passes: tuple[str, ...] = ()  # optional arguments of this call that the read takes over
    optional: bool = False  # nothing there is normal and does not mean that the target is gone

    @property
    def name(self) -> str:
        """What the preview calls this part."""
        return self.label or self.read.about.toolset

    def counts(self, operation: Operation, thing: Json) -> bool:
        """Tell whether a call is about an item: it has what the call's arguments ask for, or what Hoody takes where they do not."""
        wanted = {item: _wanted(operation, argument) for item, argument in self.where.items()}
        return all(str(at(thing, item)) == str(value) for item, value in wanted.items() if value is not None)


def _wanted(operation: Operation, argument: str) -> Any:
    if argument in operation.model_fields_set:
        return getattr(operation, argument)
    marks = markers(type(operation).model_fields[argument])
    return next((mark.value for mark in marks if isinstance(mark, Default)), None)


@dataclass(frozen=True)
class Changes:
    """What a call writes over or takes away, and the read that finds it: for the version that is sent, and for the way back."""

    read: type[Operation]
    parts: tuple[str, ...] = ()  # where it is in the answer, dotted; {name} stands for that argument's value. Nothing: all of it
    versioned: bool = False  # the answer's version is sent along, and the call is refused if it is no longer the newest
    lost: str = ""  # what the way back does not bring back


@dataclass(frozen=True)
class Names:
    """That a list holds all things of a kind, with their names."""

    kind: str  # as in `Id`
    by: str  # the field that holds the name
    id: str = "id"  # the field that holds the id
    owner: str = ""  # the field that holds the owner's user id: things of others are not called by name
    part_of: str = ""  # the kind of thing, by `inside`, whose owner owns this, too


@dataclass(frozen=True)
class Settles:
    """Which states of a thing are passing, and which mean that it failed."""

    field: str  # of the answer; dotted if it lies deeper
    passing: tuple[str, ...]
    failed: tuple[str, ...] = ()
    appears: float = 0.0  # seconds within which it may not be found yet
