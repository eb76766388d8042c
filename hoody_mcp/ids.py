"""Typed ids among the arguments of an operation: which argument names a thing of which kind, also inside lists and objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .places import Id, argument_name


def kinds(model: type[BaseModel]) -> dict[str, str]:
    """Give the kind of thing that each argument names, by argument name; arguments that name nothing are left out."""
    found = {argument_name(name): next(_kinds(info.annotation, info.metadata), "") for name, info in model.model_fields.items()}
    return {name: kind for name, kind in found.items() if kind}


def each_id(arguments: BaseModel) -> Iterator[tuple[str, str]]:
    """Yield kind and value of every typed id that was given."""
    for name in sorted(arguments.model_fields_set):
        info: FieldInfo = type(arguments).model_fields[name]
        yield from _ids(info.annotation, info.metadata, getattr(arguments, name))


def _marked(metadata: Iterable[object]) -> str:
    return next((marker.kind for marker in metadata if isinstance(marker, Id)), "")


def _kinds(annotation: Any, metadata: Iterable[object]) -> Iterator[str]:
    if kind := _marked(metadata):
        yield kind
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from kinds(annotation).values()
    else:
        yield from (kind for member, inner in _members(annotation) for kind in _kinds(member, inner))


def _ids(annotation: Any, metadata: Iterable[object], value: object) -> Iterator[tuple[str, str]]:
    if kind := _marked(metadata):
        yield from ((kind, each) for each in _texts(value))
    elif isinstance(value, BaseModel):
        yield from each_id(value)
    elif isinstance(value, dict):
        yield from (pair for each in cast("dict[str, object]", value).values() for pair in _ids(annotation, (), each))
    elif isinstance(value, list) and get_origin(annotation) is list:
        yield from (
            pair for each in cast("list[object]", value) for member, inner in _members(annotation) for pair in _ids(member, inner, each)
        )
    else:
        yield from (pair for member, inner in _members(annotation) for pair in _ids(member, inner, cast("object", value)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in cast("list[object]", value) if isinstance(each, str))


def _members(annotation: Any) -> Iterator[tuple[Any, Iterable[object]]]:
    """Give what an annotation is made of, each with its own metadata."""
    if hasattr(annotation, "__metadata__"):
        yield annotation.__origin__, annotation.__metadata__
    else:
        yield from ((member, getattr(member, "__metadata__", ())) for member in get_args(annotation))
