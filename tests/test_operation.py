"""What a class statement must decide before there is an operation."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, cast

import pytest
from pydantic import MISSING, Field, ValidationError

from hoody_mcp.definition import snake_case as name_of
from hoody_mcp.operation import (
    Body,
    Choice,
    ContainerId,
    Default,
    Header,
    KitOperation,
    Local,
    Operation,
    Path,
    Place,
    ProjectId,
    Query,
    Raw,
    Risk,
    Route,
    Segments,
    SnapshotName,
    Whole,
    Wire,
    argument_name,
    id_kind,
    markers,
    place_of,
)
from hoody_mcp.route import wire_name

Text = Annotated[str, Field(description="Some text.")]
RESERVED = ["confirm", "overwrite", "clear_fields", "reveal", "select", "save_to"]


def define(
    name: str = "ThingsGet", doc: str | None = "Show a thing.", fields: dict[str, Any] | None = None, **more: Any
) -> type[Operation]:
    """Carry out a class statement that is right but for what is given."""
    module, base = more.pop("module", __name__), more.pop("base", Operation)
    keywords = {"route": "GET /things", "risk": Risk.READ, **more}
    namespace = {"__doc__": doc, "__module__": module, "__annotations__": fields or {}}
    return cast("type[Operation]", types.new_class(name, (base,), keywords, lambda body: body.update(namespace)))


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no route": ({"route": ""}, "has no route"),
    "no risk": ({"risk": None}, "has no risk"),
    "a risk that is only its name": ({"risk": "read"}, "has no risk"),
    "no docstring": ({"doc": None}, "has no docstring"),
    "a blank docstring": ({"doc": " \n "}, "has no docstring"),
    "a route without a path": ({"route": "GET"}, "METHOD /path"),
    "a route with a relative path": ({"route": "GET things"}, "METHOD /path"),
    "a method in small letters": ({"route": "get /things"}, "METHOD /path"),
    "a field without a place": ({"fields": {"size": Text}}, "size needs exactly one place, has 0"),
    "a field with two places": ({"fields": {"size": Body[Query[Text]]}}, "size needs exactly one place, has 2"),
    "a field without a description": ({"fields": {"size": Query[int]}}, "size has no description"),
    "an optional field without a description": ({"fields": {"size": Query[int | MISSING]}}, "size has no description"),
    "an id that is bare text": ({"fields": {"thing_id": Query[Text]}}, "thing_id must have the type of an id"),
    "an optional id that is bare text": ({"fields": {"thing_id": Query[Text | MISSING]}}, "thing_id must have the type of an id"),
    "an engine's name with an underscore": ({"fields": {"confirm_": Query[Text]}}, "keeps for itself"),
    "an engine's own overwrite in the body": ({"fields": {"overwrite": Body[Text]}}, "keeps for itself"),
    "a placeholder without an argument": ({"route": "GET /things/{name}"}, "placeholders ['name'] are not the path arguments []"),
    "a path argument without a placeholder": ({"fields": {"name": Path[Text]}}, "placeholders [] are not the path arguments ['name']"),
    "a placeholder that is a query argument": ({"route": "GET /{name}", "fields": {"name": Query[Text]}}, "placeholders ['name']"),
    "a placeholder named as upstream": ({"route": "GET /{id=name}", "fields": {"name": Path[Text]}}, "placeholders ['id']"),
    "an unknown class keyword": ({"idempotant": True}, "idempotant"),
    "a clearable argument that does not exist": ({"clearable": ("size",)}, "unknown arguments: ['size']"),
    "a branch of arguments that do not exist": ({"branches": (("size",), ("name",))}, "unknown arguments: ['size', 'name']"),
    "a name of 39 characters": ({"name": "Things" + "g" * 33}, "is no tool name"),
    "a private name": ({"name": "_Things"}, "is no tool name"),
    "a description of 1025 characters": ({"doc": "x" * 1025}, "1025 characters"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_class_statement_fails_with(what: str) -> None:
    given, complaint = FAULTS[what]
    with pytest.raises(TypeError) as raised:
        define(**given)
    assert complaint in str(raised.value)


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("place", [Body, Header, Local], ids=["body", "header", "local"])
def test_no_operation_takes_a_name_of_the_engine(name: str, place: Any) -> None:
    with pytest.raises(TypeError, match="keeps for itself"):
        define(fields={name: place[Text]})


def test_every_fault_of_the_fields_is_told_at_once() -> None:
    with pytest.raises(TypeError, match=r"ThingsGet: size has no description; thing_id must have .* id"):
        define(fields={"size": Query[int], "thing_id": Query[Text]})


def test_an_operation_may_say_itself_that_it_overwrites() -> None:
    assert "overwrite" in define(fields={"overwrite": Query[Text]}).model_fields


def test_names_and_descriptions_may_be_as_long_as_clients_take() -> None:
    assert len(define(name="Things" + "g" * 32).about.name) == 38
    assert len(define(doc="x" * 1024).about.description) == 1024


def test_a_docstring_is_not_inherited() -> None:
    with pytest.raises(TypeError, match="has no docstring"):
        define(doc=None, base=define())


def test_an_abstract_base_decides_nothing_and_lends_its_fields() -> None:
    class Base(Operation, abstract=True):
        project_id: Path[ProjectId]

    class ThingsDelete(Base, route="DELETE /things/{project_id=id}", risk=Risk.DESTROY):
        """Delete a thing for good."""

    assert not hasattr(Base, "about")
    assert ThingsDelete(project_id="a" * 24).project_id == "a" * 24


def test_a_description_is_one_paragraph() -> None:
    assert define(doc="Show a thing.\n\n    It is\n    small.  ").about.description == "Show a thing. It is small."


@pytest.mark.parametrize(("name", "tool"), [("SnapshotsRestore", "snapshots_restore"), ("FilesGet", "files_get"), ("A", "a")])
def test_a_tool_is_called_as_its_class_in_snake_case(name: str, tool: str) -> None:
    assert name_of(name) == define(name=name).about.name == tool


@pytest.mark.parametrize(
    ("module", "namespace", "toolset"),
    [
        ("hoody_mcp.operations.control.snapshots", "api", "snapshots"),
        ("hoody_mcp.operations.kit.files.reading", "files", "files"),
        ("hoody_mcp.operations.kit.proxy_logs.reading", "proxyLogs", "proxy_logs"),
        ("hoody_mcp.operations.kit.sqlite", "sqlite", "sqlite"),
    ],
)
def test_the_module_decides_namespace_and_toolset(module: str, namespace: str, toolset: str) -> None:
    about = define(module=module).about
    assert (about.namespace, about.toolset) == (namespace, toolset)


def test_a_class_keyword_wins_over_the_module() -> None:
    about = define(module="hoody_mcp.operations.kit.files.reading", toolset="archives").about
    assert (about.namespace, about.toolset) == ("files", "archives")


@pytest.mark.parametrize("risk", Risk)
def test_only_reads_are_idempotent_unless_they_say_otherwise(risk: Risk) -> None:
    assert define(risk=risk).about.idempotent is (risk is Risk.READ)
    assert define(risk=risk, idempotent=True).about.idempotent


class ThingsMake(Operation, route="PUT /things/{name}/{project_id=id}", risk=Risk.WRITE, risk_varies=True):
    """Make a thing."""

    project_id: Path[ProjectId]
    name: Path[Text]
    from_: Query[Text | MISSING] = MISSING
    size: Body[Annotated[int, Default(5)] | MISSING] = Field(default=MISSING, description="Its size.")
    kind: Body[Literal["big", "small"] | MISSING] = Field(default=MISSING, alias="thingKind", description="big or small.")
    shown: Query[Choice[Literal["a", "b"]] | MISSING] = Field(default=MISSING, description="a or b.")

    def risk_of(self) -> Risk:
        """Large things cost money."""
        return Risk.SPEND if self.size == 9 else Risk.WRITE


REQUIRED: dict[str, Any] = {"project_id": "a" * 24, "name": "one"}


def made(**more: Any) -> ThingsMake:
    return ThingsMake.model_validate({**REQUIRED, **more})


def test_given_holds_what_was_given_and_nothing_else() -> None:
    assert made().given(Place.QUERY, Place.BODY) == {}
    assert made(size=0).given(Place.BODY) == {"size": 0}


def test_given_keeps_the_order_of_the_class() -> None:
    assert list(made(kind="big", size=3).given(Place.BODY)) == ["size", "kind"]
    assert list(made().given(Place.PATH)) == ["project_id", "name"]


def test_given_knows_places_apart() -> None:
    call = made(from_="x", size=3)
    assert call.given(Place.PATH) == REQUIRED
    assert call.given(Place.QUERY) == {"from_": "x"}
    assert call.given(Place.QUERY, Place.BODY) == {"from_": "x", "size": 3}


def test_a_trailing_underscore_is_python_only() -> None:
    assert made(**{"from": "x"}).from_ == made(from_="x").from_ == "x"
    assert argument_name("from_") == "from"
    assert wire_name("from_", ThingsMake.model_fields["from_"], ThingsMake.about.route) == "from"


@pytest.mark.parametrize(("name", "wire"), [("project_id", "id"), ("name", "name"), ("kind", "thingKind"), ("size", "size")])
def test_upstream_knows_an_argument_by_its_own_name(name: str, wire: str) -> None:
    assert wire_name(name, ThingsMake.model_fields[name], ThingsMake.about.route) == wire


@pytest.mark.parametrize(("size", "risk"), [(1, Risk.WRITE), (9, Risk.SPEND)])
def test_an_argument_can_decide_the_risk(size: int, risk: Risk) -> None:
    assert made(size=size).risk_of() is risk
    assert ThingsMake.about.risk is Risk.WRITE


@pytest.mark.parametrize("risk", Risk)
def test_without_an_override_the_declared_risk_counts(risk: Risk) -> None:
    assert define(risk=risk)().risk_of() is risk


def test_a_call_does_not_change_after_it_was_checked() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        made().name = "other"


def test_a_call_takes_no_unknown_argument() -> None:
    with pytest.raises(ValidationError, match="sise"):
        made(sise=3)


@pytest.mark.parametrize(
    ("annotation", "place"),
    [(Path, "path"), (Segments, "segments"), (Query, "query"), (Header, "header"), (Body, "body"), (Whole, "whole"), (Raw, "raw")],
    ids=["path", "segments", "query", "header", "body", "whole", "raw"],
)
def test_a_field_travels_where_its_annotation_says(annotation: Any, place: str) -> None:
    route = "PUT /{value}" if place in {"path", "segments"} else "PUT /"
    operation = define(route=route, fields={"value": annotation[Text]})
    assert place_of(operation.model_fields["value"]) is Place(place)
    assert list(operation.placed(Place(place))) == ["value"]
    assert list(operation.placed(*set(Place) - {Place(place)})) == []


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [(ContainerId, "container"), (ContainerId | MISSING, "container"), (SnapshotName, "snapshot"), (Text, ""), (Text | MISSING, "")],
    ids=["id", "optional id", "name", "text", "optional text"],
)
def test_the_type_of_an_id_says_what_it_names(annotation: Any, kind: str) -> None:
    assert id_kind(define(fields={"value": Query[annotation]}).model_fields["value"]) == kind


def test_the_spelling_of_an_optional_argument_is_known() -> None:
    assert Wire.CHOICE in markers(ThingsMake.model_fields["shown"])


def test_the_ids_of_an_operation_are_checked() -> None:
    for wrong in ("", "a" * 23, "A" * 24, "a" * 24 + "\n"):
        with pytest.raises(ValidationError):
            made(project_id=wrong)


class ThingsSave(KitOperation, route="PUT /things/{name}", risk=Risk.WRITE):
    """Save a thing."""

    name: Path[Text]

    def replaces(self) -> Any:
        """Look at itself."""
        yield self


def test_operations_that_look_first_are_known() -> None:
    call = ThingsSave(container_id="a" * 24, name="one")
    assert ThingsSave.guards_overwriting()
    assert list(call.replaces()) == [call]
    assert not ThingsMake.guards_overwriting()
    assert list(made().replaces()) == []


def test_a_container_service_takes_the_container_that_it_runs_in() -> None:
    assert {"container_id", "instance"} <= ThingsSave.placed(Place.LOCAL).keys()
    assert ThingsSave(container_id="a" * 24, name="one").given(Place.LOCAL) == {"container_id": "a" * 24}


def test_a_route_shows_the_names_that_tools_use() -> None:
    route = Route.parse("GET /projects/{project_id=id}/things/{name}?full")
    assert (route.method, route.path) == ("GET", "/projects/{project_id}/things/{name}?full")
    assert [(hole.name, hole.wire) for hole in route.placeholders.values()] == [("project_id", "id"), ("name", "name")]
