"""What a class becomes as a tool definition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from pydantic import MISSING, BaseModel, ConfigDict, Field

from hoody_mcp.jsons import as_object
from hoody_mcp.operation import Body, Choice, Default, Flag, Operation, Path, ProjectId, Query, Risk
from hoody_mcp.schema import as_text, compiled, input_schema, tool, words

from .test_operation import Text, define


def property_of(annotation: Any) -> dict[str, Any]:
    """Give the schema of a query argument with this type."""
    return input_schema(define(fields={"value": Query[annotation]}))["properties"]["value"]


def said(annotation: Any) -> str:
    return property_of(annotation)["description"]


RULES: list[tuple[Any, str]] = [
    (Annotated[int, Field(ge=1, le=100, description="Entries.")], "Entries (1 to 100)."),
    (Annotated[int, Field(ge=1, le=100, description="Entries."), Default(10)], "Entries (1 to 100; default 10)."),
    (Annotated[int, Field(ge=0, description="Entries.")], "Entries (at least 0)."),
    (Annotated[int, Field(ge=2, description="Entries.")], "Entries (at least 2)."),
    (Annotated[int, Field(le=9, description="Entries.")], "Entries (at most 9)."),
    (Annotated[int, Field(ge=-5, le=0, description="Level.")], "Level (-5 to 0)."),
    (Annotated[float, Field(ge=0.5, le=1.5, description="Speed.")], "Speed (0.5 to 1.5)."),
    (Annotated[str, Field(min_length=3, max_length=9, description="A name.")], "A name (3 to 9 characters)."),
    (Annotated[str, Field(max_length=9, description="A name.")], "A name (at most 9 characters)."),
    (Annotated[list[str], Field(max_length=4, description="Names.")], "Names (at most 4 items)."),
    (Annotated[list[str], Field(min_length=2, max_length=4, description="Names.")], "Names (2 to 4 items)."),
    (Annotated[bool, Field(description="Follow links."), Default(value=True)], "Follow links (default true)."),
    (Annotated[bool, Field(description="Follow links."), Default(value=False)], "Follow links (default false)."),
    (Annotated[str, Field(description="A port."), Default("22")], "A port (default 22)."),
    (Annotated[float, Field(description="Speed."), Default(1.5)], "Speed (default 1.5)."),
    (Annotated[Literal["a", "b"], Field(description="Kind.")], "Kind (one of: a, b)."),
    (Annotated[Literal["a", "b"], Field(description="Kind."), Default("a")], "Kind (one of: a, b; default a)."),
    (Annotated[Literal["big", "small"], Field(description="big or small.")], "big or small."),
    (Annotated[Literal["big", "small"], Field(description="bigger or small.")], "bigger or small (one of: big, small)."),
    (Annotated[str, Field(description="Free text.")], "Free text."),
]


@pytest.mark.parametrize(("annotation", "sentence"), RULES, ids=[sentence for _, sentence in RULES])
def test_rules_stand_in_the_words_of_the_description(annotation: Any, sentence: str) -> None:
    assert said(annotation) == sentence


@pytest.mark.parametrize("annotation", [annotation for annotation, _ in RULES], ids=[sentence for _, sentence in RULES])
def test_an_optional_argument_is_described_as_the_required_one(annotation: Any) -> None:
    optional = input_schema(define(fields={"value": Query[annotation | MISSING]}))
    assert optional["properties"]["value"] == property_of(annotation)


def test_ranges_and_choices_stay_for_machines() -> None:
    assert property_of(RULES[1][0]) == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 10,
        "description": "Entries (1 to 100; default 10).",
    }
    assert property_of(RULES[15][0])["enum"] == ["a", "b"]


@pytest.mark.parametrize("rule", [{"gt": 3}, {"lt": 3}, {"multiple_of": 3}], ids=str)
def test_a_rule_that_some_clients_do_not_know_is_told_in_words_only(rule: dict[str, Any]) -> None:
    found = property_of(Annotated[int, Field(description="Entries.", **rule)])
    assert "3" in found["description"]
    assert found.keys() == {"type", "description"}


def test_nothing_to_say_is_nothing_said() -> None:
    assert words({"type": "string"}) == ""
    assert words({"type": "string", "minLength": 0}) == ""


class Owner(BaseModel):
    """Who owns a port."""

    model_config = ConfigDict(extra="forbid")
    from_: Annotated[str, Field(alias="from", description="Sender.")]
    age: Annotated[int, Field(ge=1, le=150, description="Years.")]


class Port(BaseModel):
    """One port."""

    model_config = ConfigDict(extra="forbid")
    number: Annotated[int, Field(description="Its number.")]
    owner: Annotated[Owner, Field(description="Whose it is.")]


class ThingsMake(
    Operation,
    route="POST /projects/{project_id=id}/things",
    risk=Risk.WRITE,
    secret=("password",),
    clearable=("from_", "note"),
):
    """Make a thing."""

    note: Body[Text | MISSING] = MISSING
    from_: Body[Text | MISSING] = MISSING
    port: Body[Port] = Field(description="Its port.")
    ports: Body[list[Port] | MISSING] = Field(default=MISSING, description="More ports.")
    by_name: Body[dict[str, Port] | MISSING] = Field(default=MISSING, description="Ports by name.")
    labels: Body[dict[str, str] | MISSING] = Field(default=MISSING, description="Labels.")
    anything: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Anything.")
    full: Query[Flag[bool] | MISSING] = Field(default=MISSING, description="All of it.")
    shown: Query[Choice[Literal["stat", "hash"]] | MISSING] = Field(default=MISSING, description="stat or hash.")
    project_id: Path[ProjectId]

    def replaces(self) -> Iterator[Operation]:
        """Look at nothing."""
        yield from ()


SCHEMA = input_schema(ThingsMake)
PROPERTIES: dict[str, dict[str, Any]] = SCHEMA["properties"]


def nested(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every object inside a schema that is a schema itself."""
    found = as_object(schema)
    if found is not None:
        yield found
        for value in found.values():
            yield from nested(value)


@pytest.mark.parametrize("keyword", ["$ref", "$defs", "title", "anyOf", "oneOf", "allOf"])
def test_nested_models_are_inlined_without(keyword: str) -> None:
    assert keyword not in json.dumps(SCHEMA)


def test_nested_models_are_told_by_their_argument_and_not_by_their_docstring() -> None:
    assert PROPERTIES["port"]["description"] == "Its port."
    assert "One port" not in json.dumps(SCHEMA)
    assert "Who owns" not in json.dumps(SCHEMA)


@pytest.mark.parametrize("path", [("port",), ("ports", "items"), ("by_name", "additionalProperties")], ids=".".join)
def test_a_nested_model_shows_its_members_wherever_it_stands(path: tuple[str, ...]) -> None:
    found: Any = PROPERTIES
    for part in path:
        found = found[part]
    assert found["type"] == "object"
    assert found["required"] == ["number", "owner"]
    assert found["properties"]["number"] == {"type": "integer", "description": "Its number."}
    assert found["properties"]["owner"]["properties"]["age"]["description"] == "Years (1 to 150)."


def test_required_members_of_a_nested_model_are_called_as_its_properties() -> None:
    owner = PROPERTIES["port"]["properties"]["owner"]
    assert owner["required"] == list(owner["properties"]) == ["from", "age"]


def test_no_object_forbids_more_members_by_a_boolean() -> None:
    assert [found for found in nested(SCHEMA) if isinstance(found.get("additionalProperties"), bool)] == []


def test_free_maps_say_what_their_values_are() -> None:
    assert PROPERTIES["labels"] == {"type": "object", "additionalProperties": {"type": "string"}, "description": "Labels."}
    assert PROPERTIES["anything"] == {"type": "object", "description": "Anything."}


def test_spellings_of_the_wire_are_booleans_and_choices_here() -> None:
    assert PROPERTIES["full"] == {"type": "boolean", "description": "All of it."}
    assert PROPERTIES["shown"] == {"type": "string", "enum": ["stat", "hash"], "description": "stat or hash."}


def test_required_arguments_come_first_and_the_engines_own_last() -> None:
    own = ["overwrite", "clear_fields", "reveal"]
    between = ["note", "from", "ports", "by_name", "labels", "anything", "full", "shown"]
    assert list(PROPERTIES) == ["port", "project_id", *between, *own]
    assert SCHEMA["required"] == ["port", "project_id"]


def test_clear_fields_lists_what_can_be_emptied() -> None:
    assert PROPERTIES["clear_fields"]["items"] == {"type": "string", "enum": ["from", "note"]}
    assert PROPERTIES["clear_fields"]["description"].endswith("from, note.")


def test_without_arguments_there_are_still_properties() -> None:
    assert input_schema(define()) == {"type": "object", "properties": {}}


ENGINE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a read": ({}, []),
    "a write": ({"risk": Risk.WRITE}, []),
    "running code": ({"risk": Risk.EXECUTE}, []),
    "destroying": ({"risk": Risk.DESTROY}, ["confirm"]),
    "spending": ({"risk": Risk.SPEND}, ["confirm"]),
    "a risk that varies": ({"risk": Risk.WRITE, "risk_varies": True}, ["confirm"]),
    "secrets": ({"secret": ("password",)}, ["reveal"]),
    "handing out a secret": ({"hands_out": ("password",)}, []),
    "its own overwrite": ({"fields": {"overwrite": Query[Text]}, "base": ThingsMake, "route": "PUT /{project_id}"}, []),
}


@pytest.mark.parametrize("what", ENGINE)
def test_the_engine_adds_its_arguments_only_where_they_mean_something_for(what: str) -> None:
    given, added = ENGINE[what]
    properties = input_schema(define(**given))["properties"]
    assert [name for name in ("clear_fields", "reveal", "confirm") if name in properties] == added


def test_an_operations_own_overwrite_is_not_replaced() -> None:
    given, _ = ENGINE["its own overwrite"]
    assert input_schema(define(**given))["properties"]["overwrite"]["description"] == "Some text."
    assert "write over" in PROPERTIES["overwrite"]["description"]


HINTS: list[tuple[dict[str, Any], tuple[bool, bool, bool, bool]]] = [
    ({"risk": Risk.READ}, (True, False, True, False)),
    ({"risk": Risk.READ, "open_world": True}, (True, False, True, True)),
    ({"risk": Risk.READ, "risk_varies": True}, (False, True, True, False)),
    ({"risk": Risk.WRITE}, (False, False, False, False)),
    ({"risk": Risk.WRITE, "idempotent": True}, (False, False, True, False)),
    ({"risk": Risk.WRITE, "destructive": True}, (False, True, False, False)),
    ({"risk": Risk.EXECUTE}, (False, True, False, True)),
    ({"risk": Risk.DESTROY}, (False, True, False, False)),
    ({"risk": Risk.SPEND}, (False, True, False, False)),
]


@pytest.mark.parametrize(("keywords", "expected"), HINTS, ids=[str(keywords) for keywords, _ in HINTS])
def test_all_four_hints_follow_from_the_risk(keywords: dict[str, Any], expected: tuple[bool, ...]) -> None:
    given = tool(define(**keywords), {})["annotations"]
    assert tuple(given[f"{hint}Hint"] for hint in ("readOnly", "destructive", "idempotent", "openWorld")) == expected


def test_a_definition_has_what_a_client_shows() -> None:
    made = tool(define(name="ThingsGetAll", doc="Show things."), {})
    assert (made["name"], made["title"], made["description"]) == ("things_get_all", "Things get all", "Show things.")
    assert made["annotations"]["title"] == "Things get all"


def test_definitions_are_sorted_by_toolset_and_name_however_they_are_found() -> None:
    found = [define(name=name, toolset=toolset) for name, toolset in [("B", "two"), ("A", "two"), ("C", "one")]]
    names = {toolset: [made["name"] for made in members] for toolset, members in compiled(found).items()}
    assert list(names.items()) == [("one", ["c"]), ("two", ["a", "b"])]
    assert as_text(compiled(found)["two"]) == as_text(compiled(found[::-1])["two"])


def test_definitions_survive_being_written_and_read() -> None:
    made = [tool(ThingsMake, {})]
    assert json.loads(as_text(made)) == made
    assert as_text(made).endswith("]\n")
