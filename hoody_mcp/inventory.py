"""Operations as a list of facts: what `hoody-mcp operations --json` prints for checks and documents."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic.fields import FieldInfo

from .operation import Operation, Place, Wire, argument_name, markers, place_of
from .operations.excluded import EXCLUDED
from .places import literals
from .request import fixed_query
from .route import wire_name
from .schema import Json, engine_arguments, input_schema
from .versions import HEADER

IN = {
    Place.PATH: "path",
    Place.SEGMENTS: "path",
    Place.QUERY: "query",
    Place.HEADER: "header",
    Place.BODY: "body",
    Place.WHOLE: "body",
    Place.RAW: "body",
    Place.LOCAL: "local",
}


def inventory(operations: Iterable[type[Operation]]) -> list[Json]:
    """Describe every operation, sorted by tool name."""
    return [describe(operation) for operation in sorted(operations, key=lambda operation: operation.about.name)]


def excluded() -> list[Json]:
    """Describe the operations of Hoody that are deliberately no tools."""
    return [
        {"namespace": row.namespace, "method": row.method, "path": row.path, "reason": row.reason}
        | ({"same_as": row.same_as} if row.same_as else {})
        for row in EXCLUDED
    ]


def describe(operation: type[Operation]) -> Json:
    """Describe one operation: where it goes, what it risks, where each argument travels."""
    about = operation.about
    facts = {
        "tool": about.name,
        "namespace": about.namespace,
        "method": about.route.method,
        "path": about.route.path,
        "toolset": about.toolset,
        "risk": about.risk.value,
        "risk_varies": about.risk_varies,
        "risk_reason": about.risk_reason,
        "idempotent": about.idempotent,
        "arguments": _arguments(operation),
        "omitted": {**about.omits, **_chosen_flags(operation)},
    }
    return {key: value for key, value in facts.items() if value != ""}


def _arguments(operation: type[Operation]) -> Json:
    schema = input_schema(operation)
    required = schema.get("required", [])
    arguments: Json = {}
    for name, info in operation.model_fields.items():
        told = argument_name(name)
        needed = told in required or place_of(info) is Place.RAW  # of RAW arguments exactly one is needed
        arguments[told] = _placed(operation, name, info) | {"required": needed, "schema": schema["properties"][told]}
    for name in engine_arguments(operation):
        arguments[name] = {"in": "local", "required": False, "schema": schema["properties"][name]}
    for name in [*operation.about.fills, *filter(None, [operation.about.repeat_key])]:
        arguments[name] = _supplied("body", name)
    if operation.about.changes and operation.about.changes.versioned:
        arguments[HEADER] = _supplied("header", HEADER)
    for name, value in fixed_query(operation).items():
        kept = _constant(value)
        arguments[name] = {"in": "query", "wire": name, "required": False, "supplied": True, "schema": kept}
    return arguments


def _supplied(place: str, name: str) -> Json:
    """Describe what the engine fills in."""
    return {"in": place, "wire": name, "required": False, "supplied": True, "schema": {"type": "string"}}


def _constant(value: str) -> Json:
    """Describe a query value that every call sends."""
    if value in {"true", "false"}:
        return {"type": "boolean"}
    return {"type": "string", "enum": [value]} if value else {"type": "string"}


def _placed(operation: type[Operation], name: str, info: FieldInfo) -> Json:
    place = place_of(info)
    if Wire.CHOICE in markers(info) or place is Place.LOCAL:
        return {"in": "local"}
    wire = "" if place in {Place.WHOLE, Place.RAW} else wire_name(name, info, operation.about.route)
    return {"in": IN[place], "wire": wire}


def _chosen_flags(operation: type[Operation]) -> dict[str, str]:
    """Name the flags that one argument chooses between: they are no arguments of their own."""
    fields = operation.model_fields.items()
    choices = {name: info for name, info in fields if Wire.CHOICE in markers(info)}
    return {flag: f"one of the choices of {name}" for name, info in choices.items() for flag in literals(info.annotation)}
