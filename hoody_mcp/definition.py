"""What the class statement of an operation must decide; `TypeError` says what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic.fields import FieldInfo

from .places import Place, argument_name, id_kind, markers, place_of

if TYPE_CHECKING:
    from .operation import About, Operation

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,37}")  # 38 characters: clients put up to 26 of their own before it, and stop at 64
MAX_DESCRIPTION = 1024  # OpenAI's models refuse longer ones
RESERVED_NAMES = frozenset({"confirm", "overwrite", "clear_fields", "reveal", "select", "save_to"})  # the engine's own arguments


def require(cls: type[Operation], present: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence at its three calls
    """Refuse a class that lacks what every operation needs."""
    if not present:
        msg = f"{cls.__name__} has no {what.removeprefix('a ')}: an operation needs {what}"
        raise TypeError(msg)


def _described(info: FieldInfo) -> bool:
    inner = (marker.description for marker in markers(info) if isinstance(marker, FieldInfo))
    return bool(info.description) or any(inner)


def _field_faults(name: str, info: FieldInfo) -> Iterator[str]:
    try:
        place = place_of(info)
    except TypeError as error:
        yield f"{name} {error}"
        return
    if not _described(info):
        yield f"{name} has no description"
    if name.endswith("_id") and not id_kind(info):
        yield f"{name} must have the type of an id"
    if argument_name(name) in RESERVED_NAMES and (name, place) != ("overwrite", Place.QUERY):
        yield f"{name} is a name that the engine keeps for itself"


def _route_faults(cls: type[Operation]) -> Iterator[str]:
    holes, fields = set(cls.about.route.placeholders), set(cls.placed(Place.PATH, Place.SEGMENTS))
    if holes != fields:
        yield f"placeholders {sorted(holes)} are not the path arguments {sorted(fields)}"
    unknown = [name for name in (*cls.about.clearable, *cls.about.rare, *sum(cls.about.branches, ())) if name not in cls.model_fields]
    if unknown:
        yield f"class keywords name unknown arguments: {unknown}"


def _text_faults(about: About) -> Iterator[str]:
    if not NAME_PATTERN.fullmatch(about.name):
        yield f"{about.name} is no tool name"
    if len(about.description) > MAX_DESCRIPTION:
        yield f"description has {len(about.description)} characters, at most {MAX_DESCRIPTION} are allowed"


def check_arguments(cls: type[Operation]) -> None:
    """Refuse a class whose arguments are not fully described."""
    of_fields = [fault for name, info in cls.model_fields.items() for fault in _field_faults(name, info)]
    faults = of_fields or [*_route_faults(cls), *_text_faults(cls.about)]
    if faults:
        msg = f"{cls.__name__}: {'; '.join(faults)}"
        raise TypeError(msg)


def snake_case(name: str) -> str:
    """`SnapshotsRestore` → `snapshots_restore`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def namespace_of(module: str) -> str:
    """Name Hoody's system: `….kit.proxy_logs.…` → `proxyLogs`, everything else → `api`."""
    parts = module.split(".")
    if "kit" not in parts:
        return "api"
    first, *rest = parts[parts.index("kit") + 1].split("_")
    return first + "".join(word.capitalize() for word in rest)


def toolset_of(module: str) -> str:
    """Name the group: the service for container services, the module for the control plane."""
    parts = module.split(".")
    return parts[parts.index("kit") + 1] if "kit" in parts else parts[-1]
