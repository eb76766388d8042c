"""Repair what clients garble in arguments, then check them: an `Operation` instance or a short error.

Clients send numbers and lists as text, null or "" for what is absent, and arguments of their own making. What can only
mean one thing is repaired by the tool's schema; everything else is refused with the field, the rule and what to do.
Free text is never touched: text that looks like JSON stays the text that it is.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import MISSING, BaseModel, ValidationError

from .catalog import Entry
from .clean import ADDRESSES, LOGIN, URL_LOGIN
from .errors import InvalidArguments
from .jsons import Json, as_array, as_object, depth, each_leaf, each_member
from .operation import Operation, Place, Risk, argument_name
from .places import literals
from .repairs import repair
from .schema import CONFIRM, SELECT, words

# Names that clients put into calls on their own account (task progress, call ids, session ids).
INJECTED = frozenset({"task_progress", "toolCallId", "tool_call_id", "sessionId", "session_id", "chatInput", "action", "_meta"})
ENGINE_NAMES = frozenset({"confirm", "overwrite", "clear_fields", "reveal", "select"})
Model = TypeVar("Model", bound=BaseModel)
MAX_DEPTH = 50  # levels of an argument
MAX_TOLD = 140  # characters of a description that an error repeats
DROPPED_HINT = "if you did pass it, your client has dropped it: send less at once"

KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": 'a list such as ["a", "b"]',
    "object": "an object",
}

PYTHON_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True)
class Call:
    """One call with checked arguments: the operation, and what the engine was told beside it."""

    operation: Operation
    confirm: str = ""
    overwrite: bool = False
    reveal: bool = False
    clear: tuple[str, ...] = ()  # fields to set to null upstream
    select: tuple[str, ...] = ()  # fields of the result to show; all if empty

    @property
    def risk(self) -> Risk:
        """The risk of this very call."""
        return self.operation.risk_of()

    @property
    def secrets(self) -> list[str]:
        """Credentials among the arguments, logins in URLs included, which no error may repeat."""
        given = self.operation.given(*Place)
        declared = [text for name in self.operation.about.secret_arguments for text in each_leaf(given.get(name))]
        logins = [found[2] for name in ADDRESSES & given.keys() if (found := LOGIN.match(str(given[name])))]
        passwords = [login.partition(":")[2] for login in logins]
        in_addresses = [login for text in each_leaf(given) for _, login in URL_LOGIN.findall(text)]
        return [*declared, *logins, *passwords, *in_addresses, *_under(set(self.operation.about.secret), given)]

    def again(self, changed: Mapping[str, Any]) -> Json:
        """Give all arguments of this call with some of them changed."""
        names = {name: argument_name(name) for name in self.operation.model_fields_set}
        values = self.operation.model_dump(mode="json", exclude_unset=True, by_alias=False)
        select = {"select": list(self.select)} if self.select else {}
        return {names[name]: value for name, value in values.items() if name in names} | dict(changed) | select

    def canonical(self) -> str:
        """Write the call in one form that equal calls share; of the engine's arguments those that change what is sent."""
        about = self.operation.about
        arguments = self.operation.model_dump(mode="json", exclude_unset=True, by_alias=False, exclude=set(about.fleeting))
        return json.dumps([about.name, arguments, sorted(self.clear), self.overwrite, self.reveal], sort_keys=True)


def _under(names: set[str], value: Any) -> Iterator[str]:
    """Find the texts that stand under some names, however deep."""
    for member in each_member(value) if names else ():
        for name, inner in (as_object(member) or {}).items():
            if name in names:
                yield from each_leaf(inner)


def parse(entry: Entry, given: Mapping[str, Any] | None) -> Call:
    """Turn what a client sent for a tool into a call; `InvalidArguments` says what is wrong, and nothing was sent."""
    try:
        return _parsed(entry, given or {})
    except RecursionError:
        raise InvalidArguments(["the arguments are nested too deeply"]) from None


def _parsed(entry: Entry, given: Mapping[str, Any]) -> Call:
    properties: Json = entry.definition["inputSchema"]["properties"]
    if entry.risk is Risk.EXECUTE:
        properties = {**properties, "confirm": CONFIRM}
    if entry.risk is Risk.READ and "select" not in _field_names(entry.operation):
        properties = {**properties, "select": SELECT}  # also where the schema does not offer it
    kept, faults = _known(entry, properties, given)
    present = {name: value for name, value in kept.items() if value is not None and (value != "" or _empty_counts(entry, name, kept))}
    repaired = {name: repair(value, properties[name]) for name, value in present.items()}
    faults += [f"{name} {fault}" for name, value in repaired.items() for fault in _faults(value, properties[name])]
    if faults:
        raise InvalidArguments(faults)
    own = {name: value for name, value in repaired.items() if name in ENGINE_NAMES and name not in _field_names(entry.operation)}
    clear = tuple(own.get("clear_fields", ()))
    _check_cleared(clear, repaired)
    travels = {name: value for name, value in repaired.items() if name not in own and name not in clear}
    operation = _validated(entry.operation, travels, clear, properties)
    clear = tuple(_field_names(entry.operation)[name] for name in clear)
    return Call(
        operation,
        own.get("confirm", "").strip(),
        own.get("overwrite", False),
        own.get("reveal", False),
        clear,
        tuple(own.get("select", ())),
    )


def _empty_counts(entry: Entry, name: str, given: Json) -> bool:
    """Tell where "" is a value: in what is required, as a choice of Hoody's, and in the text of a body with nothing else given for it."""
    if name in entry.definition["inputSchema"].get("required", ()):
        return True
    field = _field_names(entry.operation).get(name)
    if field and "" in literals(entry.operation.model_fields[field].annotation):
        return True
    raw = entry.operation.placed(Place.RAW)
    return name == "text" and name in raw and all(given.get(other) is None for other in raw if other != name)


def _known(entry: Entry, properties: Json, given: Mapping[str, Any]) -> tuple[Json, list[str]]:
    """Split arguments from what clients add; an unknown name is a fault that names the nearest known one."""
    may_drop = not entry.gated
    unknown = [name for name in given if name not in properties and not (may_drop and name in INJECTED)]
    return {name: value for name, value in given.items() if name in properties}, [no_argument(name, properties) for name in unknown]


def no_argument(name: str, properties: Json) -> str:
    """Say that a tool has no such argument, and which it has."""
    near = difflib.get_close_matches(name, properties, n=1, cutoff=0.5)
    known = ", ".join(properties) or "none"
    hint = f"did you mean {near[0]}?" if near else f"known are {known if len(known) <= MAX_TOLD else known[:MAX_TOLD] + '…'}"
    return f"{_printable(name)} is no argument of this tool; {hint}"


def _printable(name: str) -> str:
    return "".join(character for character in name[:40] if character.isprintable())


def _faults(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Find values of another kind, unknown choices and half characters; ranges and forms are pydantic's."""
    kind = schema.get("type", "")
    known: list[str] | None = schema.get("items", {}).get("enum")
    is_bool = isinstance(value, bool)
    if not isinstance(value, PYTHON_KINDS.get(kind, object)) or (is_bool and kind != "boolean"):
        yield f"must be {expected(schema)}"
        return
    if depth(value) > MAX_DEPTH:
        yield "is nested too deeply"
        return
    if known and any(member not in known for member in as_array(value) or ()):
        yield f"can hold {', '.join(known)} only"
    if schema is SELECT and not all(isinstance(member, str) for member in as_array(value) or ()):
        yield f"must be {expected(schema)}"
    if any(re.search(r"[\ud800-\udfff]", text) for text in each_leaf(value, keys=True)):
        yield "holds half a Unicode character (a lone surrogate)"
    if any(isinstance(number, float) and not math.isfinite(number) for number in each_member(value)):
        yield "holds a number that JSON does not know"


def _field_names(operation: type[Operation]) -> dict[str, str]:
    """Python's names of the fields by argument name."""
    return {argument_name(name): name for name in operation.model_fields}


def _validated(operation: type[Operation], values: Json, clear: tuple[str, ...], properties: Json) -> Operation:
    fields = _field_names(operation)
    emptied = {fields[name]: MISSING for name in clear if operation.model_fields[fields[name]].is_required()}
    checked = validated(operation, emptied | {fields[name]: value for name, value in values.items()}, properties)
    faults = [*_content_faults(checked), *_branch_faults(checked)]
    if faults:
        raise InvalidArguments(faults)
    return checked


def validated(model: type[Model], values: Mapping[str, Any], properties: Json) -> Model:
    """Make an instance of a model by the names of its fields; `InvalidArguments` tells what the schema's properties say instead."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        ours = {info.alias: name for name, info in model.model_fields.items() if info.alias}  # pydantic names fields as Hoody does
        places = [(ours.get(str(first), first), *rest) for first, *rest in (each["loc"] or ("",) for each in found)]
        faults = [_fault(each["type"], place, each["msg"], properties) for each, place in zip(found, places, strict=True)]
        raise InvalidArguments(dict.fromkeys(faults)) from None


def _check_cleared(clear: tuple[str, ...], values: Json) -> None:
    both = [name for name in clear if values.get(name, "") != ""]
    if both:
        raise InvalidArguments([f"{both[0]} is given and named in clear_fields; leave one out"])


def _fault(kind: str, location: tuple[int | str, ...], message: str, properties: Json) -> str:
    first = argument_name(str(location[0])) if location else "the arguments"
    name = ".".join([first, *(str(part) for part in location[1:] if isinstance(part, int))])
    schema: Json = properties.get(first, {})
    for part in location[1:]:
        members: Json = schema.get("properties", {})
        schema = schema.get("items", {}) if isinstance(part, int) else members.get(part, schema.get("additionalProperties", {}))
    if kind == "missing":
        return f"{name} is missing ({DROPPED_HINT})" if schema.get("type") == "string" else f"{name} is missing"
    if kind == "string_pattern_mismatch":
        return f"{name} has the wrong form ({schema.get('description', '')[:MAX_TOLD].rstrip('.')})"
    if kind == "value_error":
        return f"{name} {message.removeprefix('Value error, ')}"
    return f"{name} must be {expected(schema)}"


def expected(schema: Mapping[str, Any]) -> str:
    """Say what a value must be: "a whole number, 1 to 100"."""
    rules = words({key: value for key, value in schema.items() if key != "default"})
    told = ", ".join(part for part in (KINDS.get(schema.get("type", ""), "valid"), rules) if part)
    return told if len(told) <= MAX_TOLD else f"{told[:MAX_TOLD]}…"


def _content_faults(operation: Operation) -> Iterator[str]:
    for place in (Place.RAW, Place.WHOLE):
        names = [argument_name(name) for name in type(operation).placed(place)]
        given = operation.given(place)
        if len(names) > 1 and len(given) != 1:
            yield f"exactly one of {', '.join(names)} must be given" + (f" ({DROPPED_HINT})" if not given else "")


def _branch_faults(operation: Operation) -> Iterator[str]:
    branches, given = operation.about.branches, operation.given(Place.BODY).keys()
    in_branches = given & set(sum(branches, ()))
    if in_branches and not any(in_branches <= set(branch) for branch in branches):
        yield f"these arguments exclude each other: give one of {' or '.join('+'.join(branch) for branch in branches)}"
