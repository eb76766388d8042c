"""An operation as an MCP tool: description, lean input schema, annotations.

Several clients and model APIs refuse or strip parts of JSON Schema. So a schema here is one flat object without unions,
titles, references or boolean `additionalProperties`, and ranges, defaults and choices stand in words as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from .effects import Reads, reads, shown_by
from .ids import kinds
from .jsons import Json
from .operation import KitOperation, Operation, Risk, argument_name

if TYPE_CHECKING:
    from pydantic_core.core_schema import ModelSchema

META = "hoody/operation"  # what the engine needs of an operation before its class is imported

CONFIRM: Json = {
    "type": "string",
    "description": "Code from this call's preview. Leave it out first: nothing changes, and the preview and its code come back.",
}
NUMBER_RULES = {"exclusiveMinimum": "above", "exclusiveMaximum": "below", "multipleOf": "a multiple of"}  # in words only

OVERWRITE: Json = {
    "type": "boolean",
    "description": "true: write over what already exists there. Otherwise the call refuses and names it.",
}
REVEAL: Json = {"type": "boolean", "description": "true: show secret values instead of masking them."}

SELECT: Json = {"type": "array", "items": {"type": "string"}, "description": "Fields of each entry to show."}


class LeanJsonSchema(GenerateJsonSchema):
    """pydantic's schema without what only costs tokens: titles that repeat names, and the class's docstring."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
        """Set no titles."""
        return False

    def model_schema(self, schema: ModelSchema) -> Json:
        """Leave out the model's own title and docstring."""
        made = super().model_schema(schema)
        return {key: value for key, value in made.items() if key not in {"title", "description"}}


def tool(operation: type[Operation], known: Reads) -> Json:
    """Make the whole tool definition, with what the engine needs under `_meta`; `known` are the reads of the whole catalogue."""
    about = operation.about
    return {
        "name": about.name,
        "title": title(about.name),
        "description": about.description,
        "inputSchema": input_schema(operation),
        "annotations": hints(operation),
        "_meta": {META: _meta(operation) | _effect(operation, known)},
    }


def title(name: str) -> str:
    """Give the title of a tool: `snapshots_restore` → "Snapshots restore"."""
    return name.replace("_", " ").capitalize()


def input_schema(operation: type[Operation]) -> Json:
    """Make the schema of a tool's arguments, the engine's own last."""
    return arguments_schema(operation, engine_arguments(operation))


def arguments_schema(model: type[BaseModel], further: Mapping[str, Any] = MappingProxyType({})) -> Json:
    """Make the schema of a model's fields, required ones first, and of further arguments."""
    made = model.model_json_schema(by_alias=False, schema_generator=LeanJsonSchema)
    definitions = made.get("$defs", {})
    required = [argument_name(name) for name in made.get("required", [])]
    properties = {argument_name(name): _lean(value, definitions) for name, value in made["properties"].items()}
    ordered = {name: properties[name] for name in sorted(properties, key=lambda name: name not in required)}
    schema: Json = {"type": "object", "properties": {**ordered, **further}}
    return schema | ({"required": required} if required else {})


def engine_arguments(operation: type[Operation]) -> Json:
    """Give the arguments that belong to the engine and not to Hoody."""
    about = operation.about
    added: Json = {}
    if operation.guards_overwriting() and "overwrite" not in operation.model_fields:
        added["overwrite"] = OVERWRITE
    if about.clearable:
        names = [argument_name(name) for name in about.clearable]
        described = f"Arguments to empty upstream instead of setting them: {', '.join(names)}."
        added["clear_fields"] = {"type": "array", "items": {"type": "string", "enum": names}, "description": described}
    if about.items:
        added["select"] = SELECT
    if about.secret or _gives_back_secrets(operation):
        added["reveal"] = REVEAL
    if is_gated(operation):
        added["confirm"] = CONFIRM
    return added


def _gives_back_secrets(operation: type[Operation]) -> bool:
    changes = operation.about.changes
    return changes is not None and operation.has_way_back() and bool(changes.read.about.secret)


def is_gated(operation: type[Operation]) -> bool:
    """Tell whether a call can need a confirmation, whatever the settings."""
    return operation.about.risk in {Risk.DESTROY, Risk.SPEND} or operation.about.risk_varies


def hints(operation: type[Operation]) -> Json:
    """Give all four hints: what is left out means the worst."""
    about = operation.about
    harmless = {Risk.READ, Risk.WRITE}
    return {
        "title": title(about.name),
        "readOnlyHint": about.risk is Risk.READ and not about.risk_varies,
        "destructiveHint": about.risk not in harmless or about.destructive or about.risk_varies,
        "idempotentHint": about.idempotent,
        "openWorldHint": about.open_world or about.risk is Risk.EXECUTE,
    }


def words(schema: Mapping[str, Any]) -> str:
    """Say range, choices and default of a value in words: "1 to 100; default 10"."""
    kind = "characters" if schema.get("type") == "string" else "items"
    shortest, longest = schema.get("minLength", schema.get("minItems")), schema.get("maxLength", schema.get("maxItems"))
    size = _span(shortest or None, longest)
    parts = [
        _span(schema.get("minimum"), schema.get("maximum")),
        *(f"{said} {schema[rule]}" for rule, said in NUMBER_RULES.items() if rule in schema),
        f"{size} {kind}" if size else "",
        f"one of: {', '.join(schema['enum'])}" if "enum" in schema else "",
        f"default {json.dumps(schema['default']).strip(chr(34))}" if "default" in schema else "",
    ]
    return "; ".join(part for part in parts if part)


def compiled(operations: Iterable[type[Operation]]) -> dict[str, list[Json]]:
    """Make every tool definition, by toolset and then by name."""
    ordered = sorted(operations, key=lambda operation: (operation.about.toolset, operation.about.name))
    groups, known = groupby(ordered, key=lambda operation: operation.about.toolset), reads(ordered)
    return {toolset: [tool(operation, known) for operation in members] for toolset, members in groups}


def _effect(operation: type[Operation], known: Reads) -> Json:
    tool_that_shows = shown_by(operation, known)
    return {"shown_by": tool_that_shows} if tool_that_shows else {}


def _meta(operation: type[Operation]) -> Json:
    about = operation.about
    declared = {"names": [asdict(names) for names in about.names], "inside": dict(about.inside), "proves": dict(about.proves)}
    meta = {
        "class": f"{operation.__module__.partition('.operations.')[2]}:{operation.__name__}",
        "namespace": about.namespace,
        "toolset": about.toolset,
        "method": about.route.method,
        "path": about.route.path,
        "risk": about.risk.value,
        "rare": [argument_name(name) for name in about.rare],
        "keywords": about.keywords,
        "kit": issubclass(operation, KitOperation),
        "gated": is_gated(operation),
        "ids": kinds(operation),
        "record": about.record,
        "beyond": list(about.beyond),
        "oneself": about.oneself,
    } | declared
    return {key: value for key, value in meta.items() if value not in (False, "", [], {})}


def _lean(schema: Json, definitions: Mapping[str, Json]) -> Json:
    """Resolve references, drop what clients refuse, and put the rules into the description."""
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **{key: value for key, value in schema.items() if key != "$ref"}}
    lean: Json = {key: value for key, value in schema.items() if not isinstance(value, bool) or key == "default"}
    if "const" in lean:
        lean["enum"] = [lean.pop("const")]
    if "" in lean.get("enum", ()):  # several clients refuse it as a choice; where it means something it is understood
        lean["enum"] = [choice for choice in lean["enum"] if choice != ""]
    for key in ("items", "additionalProperties"):
        if key in lean:
            lean[key] = _lean(lean[key], definitions)
    if "required" in lean:
        lean["required"] = [argument_name(name) for name in lean["required"]]
    if "properties" in lean:
        lean["properties"] = {argument_name(name): _lean(value, definitions) for name, value in lean["properties"].items()}
    return _with_words(lean)


def _with_words(schema: Json) -> Json:
    described, kept = schema.get("description", ""), {key: value for key, value in schema.items() if key not in NUMBER_RULES}
    said = words({key: value for key, value in schema.items() if key != "enum" or not _names_all(described, value)})
    if not described or not said:
        return kept
    return {**kept, "description": f"{described.removesuffix('.')} ({said})."}


def _names_all(text: str, choices: Iterable[str]) -> bool:
    return set(choices) <= set(re.findall(r"[\w-]+", text))


def _span(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    if high is not None:
        return f"at most {high}"
    return f"at least {low}" if low is not None else ""


def as_text(tools: list[Json]) -> str:
    """Write definitions as the text that is checked in."""
    return json.dumps(tools, indent=1, ensure_ascii=False) + "\n"
