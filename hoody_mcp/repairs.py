"""Undo clients' spellings of values: numbers, lists and booleans as text, where the schema leaves no doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .jsons import as_array, as_object


def repair(value: Any, schema: Mapping[str, Any]) -> Any:
    """Undo one client's spelling of a value where the schema leaves no doubt; otherwise give it back as it is."""
    mend = REPAIRS.get(schema.get("type", ""))
    return mend(value, schema) if mend else value


def _repair_text(value: Any, _: Mapping[str, Any]) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _repair_number(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,30}(\.\d{1,30})?\s*", value):
        whole, _, fraction = value.strip().partition(".")
        value = float(value) if fraction.strip("0") else int(whole)
    if schema["type"] == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _repair_boolean(value: Any, _: Mapping[str, Any]) -> Any:
    return {"true": True, "false": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


def _repair_list(value: Any, schema: Mapping[str, Any]) -> Any:
    items = as_array(_from_json_text(value, list))
    return value if items is None else [repair(item, schema["items"]) for item in items]


def _repair_object(value: Any, schema: Mapping[str, Any]) -> Any:
    found = as_object(_from_json_text(value, dict))
    if found is None:
        return value
    members: Mapping[str, Any] = schema.get("properties", {})
    rest: Mapping[str, Any] = schema.get("additionalProperties", {})
    return {name: repair(member, members.get(name, rest)) for name, member in found.items()}


REPAIRS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "string": _repair_text,
    "integer": _repair_number,
    "number": _repair_number,
    "boolean": _repair_boolean,
    "array": _repair_list,
    "object": _repair_object,
}


def _from_json_text(value: Any, kind: type) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, kind) else value
