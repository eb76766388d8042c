"""What a bound server shows: lists without what lies outside, and a scope that stays what it was when it was named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, PromptReference, ResourceTemplateReference
from pydantic import BaseModel

from hoody_mcp.errors import SettingsError
from hoody_mcp.ids import each_id, kinds
from hoody_mcp.operation import ContainerId, Place, ProjectId
from hoody_mcp.settings import Settings

from .calls import CATALOG, ENTRIES, carried_out, text_of
from .conftest import CANARY, Connect
from .fast_loop import at_once
from .test_scope import SCOPES, SINGLE, far_ids
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent
from .world import FAR, FAR_BOX, FAR_NAMES, FAR_REALM, REALM, SECOND, SIBLING, World, valid

LISTS = {
    "containers_list": {"container": [CONTAINER], "project": [CONTAINER, SIBLING], "realm": [CONTAINER, SIBLING]},
    "containers_list_by_project": {"project": [CONTAINER, SIBLING], "realm": [CONTAINER, SIBLING]},
    "projects_list": {"project": [PROJECT], "realm": [PROJECT]},
    "proxy_aliases_list": {"container": [OTHER], "project": [OTHER, FAR["alias"][0]], "realm": [OTHER]},
    "storage_shares_list_all": {"container": [OTHER], "realm": [OTHER, FAR["share"][0]]},
}
NARROWED = {("containers_list_by_project", "realm"): {"project_id": PROJECT}, ("proxy_aliases_list", "realm"): {"container_id": CONTAINER}}
CASES = [(tool, scope) for tool, scopes in LISTS.items() for scope in scopes]


@pytest.fixture
def upstream() -> World:
    return World()


def shown(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    return result.structured_content or {}


async def followed(client: Client, tool: str, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all pages of a list."""
    pages = [shown(await client.call_tool(tool, arguments))]
    while following := pages[-1].get("page", {}).get("next"):
        pages.append(shown(await client.call_tool(tool, following)))
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("heeds", [True, False], ids=["Hoody filters", "Hoody ignores its filters"])
@pytest.mark.parametrize(("tool", "scope"), CASES, ids=str)
async def test_a_list_holds_what_lies_inside_and_nothing_else(
    connect: Connect,
    upstream: World,
    tool: str,
    scope: str,
    heeds: bool,  # noqa: FBT001
) -> None:
    upstream.heeds_filters = heeds
    async with connect(**SCOPES[scope]) as client:
        result = await client.call_tool(tool, NARROWED.get((tool, scope), {}))
    assert [item["id"] for item in shown(result)["items"]] == LISTS[tool][scope]
    assert not [id_ for id_ in far_ids(scope) if id_ in text_of(result)]
    assert not [name for names in FAR_NAMES.values() for name in names if "sib" not in name and name in text_of(result)]


@pytest.mark.parametrize("heeds", [True, False], ids=["Hoody filters", "Hoody ignores its filters"])
@pytest.mark.parametrize(("tool", "scope"), CASES, ids=str)
async def test_nothing_that_lies_outside_is_counted(
    connect: Connect,
    upstream: World,
    tool: str,
    scope: str,
    heeds: bool,  # noqa: FBT001
) -> None:
    upstream.heeds_filters = heeds
    upstream.boxes = {id_: upstream.boxes[id_] for id_ in (CONTAINER, SIBLING)}  # on the first page; everything else is on the second
    upstream.add_boxes(110, SECOND)
    for each in upstream.boxes.values():
        each["realm_ids"] = [REALM] if each["project_id"] == PROJECT else [FAR_REALM]
    paged = {"limit": 2} if "limit" in CATALOG[tool].definition["inputSchema"]["properties"] else {}
    async with connect(**SCOPES[scope]) as client:
        result = shown(await client.call_tool(tool, {**paged, **NARROWED.get((tool, scope), {})}))
    assert [item["id"] for item in result["items"]] == LISTS[tool][scope]
    assert result.get("page", {}).get("total") in {None, len(LISTS[tool][scope])}
    assert not re.search(r"\b(112|56)\b", json.dumps(result))


async def test_what_stands_beside_a_filtered_list_is_not_shown(connect: Connect, upstream: World) -> None:
    beside = Reply.data({"containers": [*upstream.boxes.values()], "statistics": {"running": 1234}, "pagination": {"total": 4, "page": 1}})
    upstream.script(beside, when=lambda sent: sent.path == "/api/v1/containers/")
    async with connect(scope_project=PROJECT) as client:
        result = await client.call_tool("containers_list", {})
    assert "1234" not in text_of(result)


@pytest.mark.parametrize(("scope", "limit"), [("project", 10), ("project", 100), ("realm", 7), ("container", 100), ("container", 9)])
async def test_paging_through_a_filtered_list_reaches_everything_inside(connect: Connect, upstream: World, scope: str, limit: int) -> None:
    inside: list[str] = []
    upstream.boxes = {}
    for turn in range(12):
        project_id = (PROJECT, SECOND)[turn % 2]
        names = {f"{turn:02x}{index:02x}{project_id[:20]}": {**World().boxes[CONTAINER], "project_id": project_id} for index in range(25)}
        realms = [REALM] if project_id == PROJECT else [FAR_REALM]
        upstream.boxes |= {id_: {**record, "id": id_, "name": id_, "realm_ids": realms} for id_, record in names.items()}
        inside += names if project_id == PROJECT else []
    bound = {"scope_container": inside[-1]} if scope == "container" else SCOPES[scope]
    async with connect(**bound) as client:
        pages = await followed(client, "containers_list", {"limit": limit})
    found = [item["id"] for page in pages for item in page["items"]]
    assert found == ([inside[-1]] if scope == "container" else inside)
    assert all(page["page"].get("total", len(found)) == len(found) for page in pages)
    assert pages[-1]["page"]["end"] is True


def test_every_list_that_a_thing_narrows_down_says_where_its_items_lie() -> None:
    for entry in ENTRIES:
        operation = entry.operation
        for argument, kind in entry.meta.get("ids", {}).items():
            if argument in operation.placed(Place.QUERY) and kind in {"container", "project", "alias", "share"}:
                assert kind in operation.about.inside or kind in operation.about.beyond, f"{entry.name} {argument}"


RENAMED = [("scope_project", "client"), ("scope_container", "box")]


@pytest.mark.parametrize(("setting", "name"), RENAMED, ids=str)
async def test_a_scope_by_name_is_looked_up_once_and_does_not_move(connect: Connect, upstream: World, setting: str, name: str) -> None:
    async with connect(**{setting: name}) as client:
        assert shown(await client.call_tool("containers_list", {}))["items"][0]["id"] == CONTAINER
        upstream.projects[PROJECT]["alias"], upstream.projects[SECOND]["alias"] = "old", "client"
        upstream.boxes[CONTAINER]["name"], upstream.boxes[FAR_BOX]["name"] = "old", "box"
        for _ in range(2):
            await carried_out(client, "containers_update", valid("env_set") | {"container_id": CONTAINER})
            assert shown(await client.call_tool("containers_list", {}))["items"][0]["id"] == CONTAINER
            result = await client.call_tool("containers_get", {"container_id": FAR_BOX})
            assert result.is_error
    assert upstream.naming(FAR_BOX, SECOND) == []


DOUBTS: dict[str, Callable[[World], object]] = {
    "two": lambda world: (world.projects[SECOND].update(alias="client"), world.boxes[FAR_BOX].update(name="box")),
    "none": lambda world: (world.projects[PROJECT].update(alias="x"), world.boxes[CONTAINER].update(name="x")),
    "deleted": lambda world: (world.projects[PROJECT].update(status="deleting"), world.boxes[CONTAINER].update(status="deleted")),
    "foreign": lambda world: (world.projects[PROJECT].update(user_id=FAR["user"][0]),),
}


@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.parametrize(("setting", "name"), RENAMED, ids=str)
async def test_a_scope_whose_name_is_in_doubt_lets_nothing_through(
    connect: Connect, upstream: World, setting: str, name: str, doubt: str
) -> None:
    DOUBTS[doubt](upstream)
    async with connect(**{setting: name}) as client:
        for tool in ("containers_list", "containers_get", "containers_delete", "ip_get", "terminal_execute"):
            result = await client.call_tool(tool, {**valid(tool)})
            assert result.is_error, tool
    assert all(sent.path in {"/api/v1/containers/", "/api/v1/projects/", "/api/v1/users/auth/me"} for sent in upstream.sent)


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize(
    "lost", [Reply.error(500, "OOPS", "x"), Reply.error(404, "NOT_FOUND", "x"), Reply.data({}), Reply(delay=600)], ids=str
)
@at_once
async def test_what_cannot_be_looked_up_is_refused(connect: Connect, upstream: World, lost: Reply) -> None:
    async with connect(scope_project=PROJECT) as client:
        for tool in ("containers_get", "env_set", "containers_delete", "files_get"):
            upstream.reset()
            upstream.script(*[lost] * 5, when=lambda sent: sent.path.endswith("/containers"))
            assert (await client.call_tool(tool, valid(tool))).is_error, tool
            assert [sent.path for sent in upstream.sent] == [f"/api/v1/projects/{PROJECT}/containers"], tool


async def test_what_destroys_is_proved_anew(connect: Connect, upstream: World) -> None:
    async with connect(scope_project=PROJECT) as client:
        await client.call_tool("containers_get", {"container_id": SIBLING})
        code = shown(await client.call_tool("containers_delete", {"container_id": SIBLING}))["confirm"]
        upstream.boxes[SIBLING]["project_id"] = SECOND
        result = await client.call_tool("containers_delete", {"container_id": SIBLING, "confirm": code})
    assert result.is_error
    assert upstream.changes == []


async def test_a_realm_is_the_host_of_everything_that_is_sent(connect: Connect, upstream: World) -> None:
    async with connect(scope_realm=REALM) as client:
        for tool in ("containers_list", "containers_get", "auth_tokens_get_current", "env_set"):
            assert not (await client.call_tool(tool, valid(tool))).is_error
    assert {sent.host for sent in upstream.sent} == {f"{REALM}.api.hoody.icu"}


def test_a_realm_that_is_not_the_one_of_the_scope_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOODY_REALM", FAR_REALM)
    with pytest.raises(SettingsError, match="different realms"):
        Settings.load(token=CANARY, scope_realm=REALM)
    assert Settings.load(token=CANARY, scope_realm=FAR_REALM).realm == FAR_REALM
    monkeypatch.setenv("HOODY_SCOPE_REALM", REALM)
    with pytest.raises(SettingsError, match="different realms"):
        Settings.load(token=CANARY)
    for wrong in ("x", REALM.upper(), f"{REALM} "):
        with pytest.raises(SettingsError):
            Settings.load(token=CANARY, realm=None, scope_realm=wrong)


async def test_two_scopes_that_do_not_meet_leave_nothing(connect: Connect, upstream: World) -> None:
    async with connect(scope_project=PROJECT, scope_container=FAR_BOX) as client:
        assert shown(await client.call_tool("containers_list", {}))["items"] == []
        for tool in ("containers_get", "containers_delete", "terminal_execute"):
            arguments = {name: value for name, value in valid(tool).items() if name != "container_id"}
            assert (await client.call_tool(tool, arguments)).is_error
    assert not [sent for sent in upstream.sent if is_about(sent, FAR_BOX)]


class Inner(BaseModel):
    container_id: ContainerId


class Nested(BaseModel):
    container_id: ContainerId
    further: list[Inner] | None = None


class Deep(BaseModel):
    ids: list[ContainerId] | None = None
    by_name: dict[str, ProjectId] | None = None
    one: Nested | None = None
    many: list[Nested] | None = None
    text: str = "a" * 24


def test_ids_are_found_however_deep_they_stand() -> None:
    deep = Deep.model_validate(
        {
            "ids": ["1" * 24, "2" * 24],
            "by_name": {"x": "3" * 24, "y": "4" * 24},
            "one": {"container_id": "5" * 24, "further": [{"container_id": "6" * 24}]},
            "many": [{"container_id": "7" * 24}],
            "text": "8" * 24,
        }
    )
    assert sorted(each_id(deep)) == [*(("container", digit * 24) for digit in "12567"), *(("project", digit * 24) for digit in "34")]
    assert kinds(Deep) == {"ids": "container", "by_name": "project", "one": "container", "many": "container"}


def is_about(sent: Sent, id_: str) -> bool:
    return id_ in f"{sent.host}{sent.path}"


@pytest.mark.parametrize("scope", SINGLE)
async def test_resources_and_completion_show_what_lies_inside(connect: Connect, upstream: World, scope: str) -> None:
    upstream.boxes[FAR_BOX]["name"] = "box2"
    async with connect(**SCOPES[scope]) as client:
        for uri in (f"hoody://containers/{FAR_BOX}", f"hoody://projects/{SECOND}", "hoody://containers/box2", "hoody://projects/second"):
            with pytest.raises(MCPError):
                await client.read_resource(uri)
        found = (await client.read_resource("hoody://containers")).contents[0]
        assert CONTAINER in found.model_dump_json()
        assert not [id_ for id_ in far_ids(scope) if id_ in found.model_dump_json()]
        tools = (await client.read_resource("hoody://operations")).contents[0].model_dump_json()
        assert "containers_get" in tools
        assert "auth_tokens_create" not in tools
        for kind in ("container", "project"):
            template = ResourceTemplateReference(uri=f"hoody://{kind}s/{{{kind}_id}}")
            told = await client.complete(template, {"name": f"{kind}_id", "value": ""})
            assert not {*far_ids(scope)} & {*told.completion.values}
        told = await client.complete(PromptReference(name="lock_down_database"), {"name": "container", "value": "box"})
        assert told.completion.values == ["box"]
        told = await client.complete(PromptReference(name="rotate_token"), {"name": "token", "value": ""})
        assert told.completion.values == []
        prompt = await client.get_prompt("lock_down_database", {"container": "far-box"})
        assert prompt.messages
    assert upstream.naming(FAR_BOX, SECOND) == []
