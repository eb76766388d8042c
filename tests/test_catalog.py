"""Rules that every tool obeys: its class, its definition, and of operations the route among the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator  # pyright: ignore[reportMissingTypeStubs]

from hoody_mcp.arguments import parse
from hoody_mcp.compiling import own_tools, stale_files, walk
from hoody_mcp.discovery import CALLERS
from hoody_mcp.errors import InvalidArguments
from hoody_mcp.jsons import Json, as_object
from hoody_mcp.operation import Operation, Place, Risk, Show, argument_name, id_kind
from hoody_mcp.operations.excluded import EXCLUDED, Excluded
from hoody_mcp.route import Route

from .calls import CATALOG, ENTRIES, GATED, OWN, example, names, plain

pytestmark = pytest.mark.wide

NAME = re.compile(r"[a-z][a-z0-9_]{0,37}")
DAMAGE = re.compile(r"for good|\bl(ost|ose)\b|interrupt|cuts? |shuts? (you )?out|unprotected|money|wallet|charge", re.IGNORECASE)
TYPES = {"string", "integer", "number", "boolean", "array", "object"}
KEYWORDS = {"type", "description", "default", "enum", "items", "properties", "required", "additionalProperties", "pattern"} | {
    f"{end}{what}" for end in ("min", "max") for what in ("imum", "Length", "Items")
}
NOT_RE2 = re.compile(r"\(\?[=!<]|\\[1-9]|\\[pP]|\(\?P=")
MAX_CHARACTERS = 4096
LONGER: dict[str, str] = {}  # tool -> why its definition may be longer than all others

OPERATIONS = sorted(walk(), key=lambda operation: operation.about.name)
TOOLS = [*names(ENTRIES), *OWN]
every_tool = pytest.mark.parametrize("tool", TOOLS)  # the server's own ones too
every_entry = pytest.mark.parametrize("tool", names(ENTRIES))
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.about.name)


def definition(tool: str) -> Json:
    """Give a tool's definition as clients see it."""
    entry = CATALOG.own.get(tool) or CATALOG[tool]
    return {key: value for key, value in entry.definition.items() if key != "_meta"}


def schemas(schema: Json, where: str) -> Iterator[tuple[str, Json]]:
    """Yield every schema below a tool's root, with where it stands."""
    for name, member in schema.get("properties", {}).items():
        yield f"{where}.{name}", member
        yield from schemas(member, f"{where}.{name}")
    for inner in ("items", "additionalProperties"):
        if inner in schema:
            yield f"{where}.{inner}", schema[inner]
            yield from schemas(as_object(schema[inner]) or {}, f"{where}.{inner}")


INSIDE = {tool: list(schemas(definition(tool)["inputSchema"], "")) for tool in TOOLS}
NAMED = {tool: [pair for pair in pairs if not pair[0].endswith(("items", "additionalProperties"))] for tool, pairs in INSIDE.items()}


def test_the_compiled_catalogue_is_current() -> None:
    assert stale_files() == [], "run: hoody-mcp schemas --write"


def test_every_class_is_one_tool() -> None:
    assert [operation.about.name for operation in OPERATIONS] == names(ENTRIES)
    assert [entry.operation for entry in ENTRIES] == OPERATIONS
    assert [tool.tool_name() for tool in own_tools()] == OWN
    assert [entry.tool for entry in CATALOG.own.values()] == own_tools()


def test_names_differ_even_where_case_and_length_are_lost() -> None:
    assert len({name.lower()[:38] for name in TOOLS}) == len(ENTRIES) + len(OWN)


@every_tool
def test_a_name_fits_with_the_prefixes_of_clients(tool: str) -> None:
    assert NAME.fullmatch(tool)  # with 26 characters of a client before it, 64


@every_tool
def test_a_description_is_one_short_paragraph(tool: str) -> None:
    text: str = definition(tool)["description"]
    assert 20 <= len(text) <= 1024
    assert text == " ".join(text.split())
    assert text.endswith(".")


@pytest.mark.parametrize("tool", names(GATED))
def test_the_damage_stands_where_no_client_cuts_it_off(tool: str) -> None:
    assert DAMAGE.search(definition(tool)["description"][:300])


@every_tool
def test_the_root_of_a_schema_is_a_plain_object(tool: str) -> None:
    schema = definition(tool)["inputSchema"]
    assert set(schema) - {"required"} == {"type", "properties"}
    assert schema["type"] == "object"
    assert set(schema.get("required", [])) <= set(schema["properties"])
    assert schema.get("required") != []


def is_plain(schema: Json) -> bool:
    members = set(schema.get("properties", {}))
    return schema.keys() <= KEYWORDS and schema["type"] in TYPES and set(schema.get("required", [])) <= members


def tells_its_items(schema: Json) -> bool:
    return schema["type"] != "array" or schema["items"]["type"] in TYPES


def has_distinct_words(schema: Json) -> bool:
    choices: list[Any] = schema.get("enum", [])
    words = all(isinstance(choice, str) and choice for choice in choices)
    return words and len(set(choices)) == len(choices) and (not choices or schema["type"] == "string")


def has_a_pattern_for_every_engine(schema: Json) -> bool:
    pattern = schema.get("pattern", "")
    return not NOT_RE2.search(pattern) and re.compile(pattern).groups >= 0


def takes_only_described_members(schema: Json) -> bool:
    return not isinstance(schema.get("additionalProperties"), bool)


@every_tool
@pytest.mark.parametrize(
    "rule", [is_plain, tells_its_items, has_distinct_words, has_a_pattern_for_every_engine, takes_only_described_members]
)
def test_every_schema_inside(tool: str, rule: Callable[[Json], bool]) -> None:
    assert [where for where, schema in INSIDE[tool] if not rule(schema)] == []


def is_described(schema: Json) -> bool:
    return len(schema["description"]) >= 5 and schema["description"].endswith((".", ")"))


def tells_its_rules(schema: Json) -> bool:
    said = re.findall(r"[\w.-]*\w", schema["description"])
    rules = [*schema.get("enum", []), *(schema[key] for key in schema if key.startswith("max"))]
    rules += [schema[key] for key in schema if key == "minimum" or (key.startswith("min") and schema[key])]
    rules += [json.dumps(schema["default"]).strip('"')] if "default" in schema else []
    return set(map(str, rules)) <= set(said)


@every_tool
@pytest.mark.parametrize("rule", [is_described, tells_its_rules])
def test_every_argument(tool: str, rule: Callable[[Json], bool]) -> None:
    assert [where for where, schema in NAMED[tool] if not rule(schema)] == []


def argument_list(tool: str) -> list[tuple[str, Json]]:
    return list(definition(tool)["inputSchema"]["properties"].items())


@every_tool
@pytest.mark.parametrize("validator", [Draft7Validator, Draft202012Validator], ids=["draft-07", "2020-12"])
def test_a_schema_compiles_and_takes_the_example(tool: str, validator: Any) -> None:
    schema = definition(tool)["inputSchema"]
    validator.check_schema(schema)
    arguments = example(CATALOG[tool], everything=True) if tool not in OWN else {name: plain(each) for name, each in argument_list(tool)}
    assert [error.message for error in validator(schema).iter_errors(arguments)] == []


def hints(tool: str) -> dict[str, bool]:
    return {name: value for name, value in definition(tool)["annotations"].items() if name != "title"}


@every_tool
def test_all_four_hints_and_a_title_are_told(tool: str) -> None:
    assert set(hints(tool)) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert all(isinstance(value, bool) for value in hints(tool).values())
    assert definition(tool)["title"] == definition(tool)["annotations"]["title"] == tool.replace("_", " ").capitalize()


@every_entry
def test_the_hints_agree_with_the_risk(tool: str) -> None:
    risk, method, given = CATALOG[tool].risk, CATALOG[tool].operation.about.route.method, hints(tool)
    assert given["readOnlyHint"] is (risk is Risk.READ)
    assert given["destructiveHint"] or risk in {Risk.READ, Risk.WRITE}
    assert not (given["destructiveHint"] and risk is Risk.READ)
    assert given["openWorldHint"] or risk is not Risk.EXECUTE
    assert given["destructiveHint"] or method != "DELETE"


@pytest.mark.parametrize("tool", OWN)
def test_the_hints_of_the_servers_own_tool_are_the_strictest_of_what_it_calls(tool: str) -> None:
    called = [hints(entry.name) for entry in ENTRIES if entry.risk in CATALOG.own[tool].tool.reaches]
    assert hints(tool) == {
        "readOnlyHint": all(each["readOnlyHint"] for each in called),
        "destructiveHint": any(each["destructiveHint"] for each in called),
        "idempotentHint": all(each["idempotentHint"] for each in called),
        "openWorldHint": tool == "hoody_docs" or any(each["openWorldHint"] for each in called),
    }


def test_what_each_risk_is_called_by_is_one_tool() -> None:
    assert sorted(risk for tool in CALLERS for risk in tool.reaches) == sorted(Risk)


@every_operation
def test_what_stands_in_a_path_is_an_id_or_checked(operation: type[Operation]) -> None:
    for name, info in operation.placed(Place.PATH).items():
        schema = CATALOG[operation.about.name].definition["inputSchema"]["properties"][argument_name(name)]
        assert id_kind(info) or "enum" in schema or "pattern" in schema or schema["type"] == "integer", name


@every_operation
def test_an_id_is_of_the_kind_that_its_name_says(operation: type[Operation]) -> None:
    kinds = {name: id_kind(info) for name, info in operation.model_fields.items() if name.endswith("_id")}
    assert {name: name.split("_")[-2] for name in kinds} == {name: kind.split()[-1] for name, kind in kinds.items()}


@every_operation
def test_every_placeholder_is_a_required_argument(operation: type[Operation]) -> None:
    holes = {argument_name(name) for name in operation.about.route.placeholders}
    assert holes == {argument_name(name) for name in operation.placed(Place.PATH, Place.SEGMENTS)}
    assert holes <= set(CATALOG[operation.about.name].required)


SHOWS = [(operation, show) for operation in OPERATIONS for show in operation.about.shows]


@pytest.mark.parametrize(("operation", "show"), SHOWS, ids=[f"{operation.about.name}-{show.name}" for operation, show in SHOWS])
def test_a_preview_can_be_made_of_what_the_call_knows(operation: type[Operation], show: Show) -> None:
    needed = {name for name, info in show.read.model_fields.items() if info.is_required()}
    assert show.read.about.risk is Risk.READ
    assert needed <= operation.model_fields.keys() | show.arguments.keys()
    assert show.arguments.keys() <= show.read.model_fields.keys()
    assert set(show.passes) <= operation.model_fields.keys() & show.read.model_fields.keys()
    assert set(show.where.values()) <= operation.model_fields.keys()


@pytest.mark.parametrize("tool", names(GATED))
def test_every_gated_tool_has_a_preview(tool: str) -> None:
    assert CATALOG[tool].operation.about.shows


@pytest.mark.parametrize("row", EXCLUDED, ids=lambda row: f"{row.method} {row.namespace}{row.path}")
def test_an_operation_without_a_tool_has_a_reason(row: Excluded) -> None:
    tools = [(operation.about.namespace, operation.about.route.method, operation.about.route.path) for operation in OPERATIONS]
    assert len(row.reason) > 10
    assert not row.same_as or row.same_as in CATALOG.entries
    assert (row.namespace, row.method, row.path) not in tools


def literals_after(prefix: str, route: Route) -> list[str]:
    """Give the literal segments with which a route goes on after a prefix, joined: `stat` of `/files/stat/{path}`."""
    path = route.path.partition("?")[0]
    literal = path.removeprefix(prefix).partition("{")[0].strip("/") if path.startswith(prefix) else ""
    return [literal.partition("/")[0], literal] if literal else []


def siblings() -> Iterator[tuple[type[Operation], str]]:
    """Yield operations that take any path, each with a path that would lead to another operation."""
    for operation in OPERATIONS:
        for hole in operation.placed(Place.SEGMENTS):
            method, prefix = operation.about.route.method, operation.about.route.path.partition(f"{{{hole}}}")[0]
            others = [other.about.route for other in OPERATIONS if other.about.namespace == operation.about.namespace]
            found = {literal for route in others if route.method == method for literal in literals_after(prefix, route)}
            yield from ((operation, literal) for literal in sorted(found))


SIBLINGS = list(siblings())


def test_there_are_operations_that_could_reach_others() -> None:
    assert ("files_get", "stat") in [(operation.about.name, literal) for operation, literal in SIBLINGS]


@pytest.mark.parametrize(("operation", "literal"), SIBLINGS, ids=[f"{operation.about.name}-{literal}" for operation, literal in SIBLINGS])
@pytest.mark.parametrize("form", ["{}", "{}/x", "/{}/x", "//{}/x/"])
def test_no_path_reaches_another_operation(operation: type[Operation], literal: str, form: str) -> None:
    entry = CATALOG[operation.about.name]
    (hole,) = operation.placed(Place.SEGMENTS)
    with pytest.raises(InvalidArguments, match=f"^Nothing was sent. {hole} "):
        parse(entry, {**example(entry), hole: form.format(literal)})
    assert parse(entry, {**example(entry), hole: f"home/{literal}/x"})


@every_tool
def test_a_definition_is_not_too_long(tool: str) -> None:
    length = len(json.dumps(definition(tool), ensure_ascii=False))
    assert (length > MAX_CHARACTERS) is (tool in LONGER), f"{length} characters"
