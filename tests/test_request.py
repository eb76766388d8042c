"""Arguments as HTTP requests: no call leaves its route, and every value arrives as it was given."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote

import anyio
import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client
from pydantic import MISSING, BaseModel, Field

from hoody_mcp.arguments import Call, parse
from hoody_mcp.catalog import Entry
from hoody_mcp.errors import InvalidArguments
from hoody_mcp.jsons import Json
from hoody_mcp.operation import Body, Choice, ContainerId, Flag, Header, Operation, Path, Place, Query, Risk, argument_name
from hoody_mcp.request import Kit, Request, build, segment

from .calls import CATALOG, ENTRIES, arguments_for, example, names
from .conftest import Connect
from .test_operation import Text
from .upstream import CONTAINER, PROJECT, Upstream

EXAMPLES = max(3, 800 // len(ENTRIES))  # a budget for the whole catalogue
RANDOM = {entry.name: arguments_for(entry) for entry in ENTRIES}
FILE: Json = {"container_id": CONTAINER, "path": "/a"}
LARGE = b'{"alias":"x","max_containers":9007199254740993}'
ABORT: Json = {"container_id": CONTAINER, "command_id": "7"}
EXOTIC = ["a b", "c&d=e", "e+f", "g#h?i", "100%", "%20", "ü漢😀", "'\"<>", "a\nb", "[x]", "\\", ";"]


def made(tool: str, **arguments: Any) -> Request:
    return build(parse(CATALOG[tool], arguments))


def accepted(entry: Entry, drawn: Json) -> Json:
    """Keep of random arguments those that the tool takes; the rest is the example."""
    kept = example(entry)
    for name, value in drawn.items():
        try:
            build(parse(entry, {**kept, name: value}))
        except InvalidArguments:
            continue
        kept[name] = value
    return kept


def stays_on_route(entry: Entry, request: Request, arguments: Json) -> bool:
    """Tell whether each literal of the route stands in its place, and each hole holds its argument's value."""
    route = entry.operation.about.route
    values = {f"{{{name}}}": str(arguments[argument_name(name)]) for name in route.placeholders}
    several = {f"{{{name}}}": values[f"{{{name}}}"].strip("/").split("/") for name in entry.operation.placed(Place.SEGMENTS)}
    template = route.path.partition("?")[0].split("/")
    expected = [piece for part in template for piece in several.get(part, [values.get(part, part)])]
    sent = [unquote(part, errors="strict") for part in request.path.split("/")]
    return request.method == route.method and sent == expected and not {".", ".."} & set(sent)


@pytest.mark.parametrize("tool", names(ENTRIES))
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_argument_leads_a_call_off_its_route(tool: str, data: st.DataObject) -> None:
    arguments = accepted(CATALOG[tool], data.draw(RANDOM[tool]))
    request = made(tool, **arguments)
    assert stays_on_route(CATALOG[tool], request, arguments)
    for base in ("https://api.hoody.icu", "https://x.containers.hoody.icu/prefix"):
        url = httpx2.URL(f"{base}{request.target}")
        assert f"{url.scheme}://{url.host}{url.raw_path.decode()}" == f"{base}{request.target}"
    assert parse_qsl(request.target.partition("?")[2], keep_blank_values=True) == list(request.query)
    assert all(pair.isascii() and pair.isprintable() for header in request.headers.items() for pair in header)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_is_never_empty_or_dots(value: str) -> None:
    with pytest.raises(InvalidArguments, match="empty or made of dots"):
        segment(value)


@pytest.mark.parametrize("value", [*EXOTIC, "...", "..a", "%2e%2e", "a/b", "..%2f", "ü"])
def test_a_segment_is_one_segment(value: str) -> None:
    assert unquote(segment(value)) == value
    assert not set("/?#\\ ") & set(segment(value))


class Owner(BaseModel):
    from_: Annotated[str, Field(alias="from", description="Sender.")]


class ThingsFind(Operation, route="GET /things/{container_id=id}?fixed=1&q", risk=Risk.READ, constants={"json": ""}):
    """Find things."""

    container_id: Path[ContainerId]
    q: Query[Text | MISSING] = MISSING
    from_: Query[Text | MISSING] = MISSING
    full: Query[Flag[bool] | MISSING] = Field(default=MISSING, description="All of it.")
    shown: Query[Choice[Literal["stat", "hash"]] | MISSING] = Field(default=MISSING, description="stat or hash.")
    labels: Query[list[str] | MISSING] = Field(default=MISSING, alias="labels[]", description="Labels.")
    limit: Query[int | MISSING] = Field(default=MISSING, description="Most entries.")
    fast: Query[bool | MISSING] = Field(default=MISSING, description="Soon.")
    having: Query[dict[str, Any] | MISSING] = Field(default=MISSING, description="Filter.")
    version: Header[Text | MISSING] = Field(default=MISSING, alias="If-Match", description="Version.")


class ThingsSave(Operation, route="POST /things", risk=Risk.WRITE):
    """Save a thing."""

    width: Body[int | MISSING] = Field(default=MISSING, alias="size.width", description="Width.")
    height: Body[int | MISSING] = Field(default=MISSING, alias="size.height", description="Height.")
    from_: Body[Text | MISSING] = MISSING
    owner: Body[Owner | MISSING] = Field(default=MISSING, description="Whose it is.")


QUERIES: list[tuple[Json, list[tuple[str, str]]]] = [
    ({}, []),
    ({"q": ""}, [("q", "")]),
    ({"from": "x"}, [("from", "x")]),
    ({"full": True, "fast": True}, [("full", ""), ("fast", "true")]),
    ({"full": False, "fast": False}, [("fast", "false")]),
    ({"shown": "hash"}, [("hash", "")]),
    ({"labels": EXOTIC}, [("labels[]", text) for text in EXOTIC]),
    ({"labels": []}, []),
    ({"limit": 9007199254740993}, [("limit", "9007199254740993")]),
    ({"having": {"é": [1, None]}}, [("having", '{"é": [1, null]}')]),
    ({"q": "a", "fast": False, "from": "b"}, [("q", "a"), ("from", "b"), ("fast", "false")]),
    *(({"q": text}, [("q", text)]) for text in EXOTIC),
]


@pytest.mark.parametrize(("arguments", "pairs"), QUERIES, ids=[str(arguments) for arguments, _ in QUERIES])
def test_the_query_says_exactly_what_was_given(arguments: Json, pairs: list[tuple[str, str]]) -> None:
    request = build(Call(ThingsFind.model_validate({"container_id": CONTAINER, **arguments})))
    path, _, query = request.target.partition("?")
    assert (path, "+" in query) == (f"/things/{CONTAINER}", False)
    assert parse_qsl(query, keep_blank_values=True, strict_parsing=True) == [("fixed", "1"), ("json", ""), *pairs]


def test_a_header_carries_plain_text_only() -> None:
    def headers(text: str) -> dict[str, str]:
        return build(Call(ThingsFind.model_validate({"container_id": CONTAINER, "version": text}))).headers

    assert headers('"v 1"') == {"If-Match": '"v 1"'}
    for wrong in ("a\r\nX-Other: b", "ü", "\x7f"):
        with pytest.raises(InvalidArguments, match="If-Match travels in a header"):
            headers(wrong)


BODIES: list[tuple[Json, Json]] = [
    ({}, {}),
    ({"width": 1, "height": 2, "from": "x"}, {"size": {"width": 1, "height": 2}, "from": "x"}),
    ({"owner": {"from": "me"}}, {"owner": {"from": "me"}}),
]


@pytest.mark.parametrize(("arguments", "expected"), BODIES, ids=[str(arguments) for arguments, _ in BODIES])
def test_the_body_has_the_names_that_hoody_knows(arguments: Json, expected: Json) -> None:
    assert json.loads(build(Call(ThingsSave.model_validate(arguments))).content or b"") == expected


GOLDEN: list[tuple[str, Json, str, str, bytes | None]] = [
    ("projects_list", {}, "GET", "/api/v1/projects/", None),
    ("projects_create", {"alias": "é"}, "POST", "/api/v1/projects/", '{"alias":"é"}'.encode()),
    ("projects_create", {"alias": "x", "max_containers": f"{2**53 + 1}.0"}, "POST", "/api/v1/projects/", LARGE),
    ("containers_list", {"include_expired": False}, "GET", "/api/v1/containers/?include_expired=false", None),
    ("containers_update", {"container_id": CONTAINER}, "PUT", f"/api/v1/containers/{CONTAINER}", b"{}"),
    ("env_set_many", {"container_id": CONTAINER, "variables": {"A": "1"}}, "PUT", f"/api/v1/containers/{CONTAINER}/env", b'{"A":"1"}'),
    ("env_set_many", {"container_id": CONTAINER, "variables": {}}, "PUT", f"/api/v1/containers/{CONTAINER}/env", b"{}"),
    ("terminal_abort", ABORT, "POST", "/api/v1/terminal/execute/7/abort", None),
    ("terminal_abort", {**ABORT, "force": True}, "POST", "/api/v1/terminal/execute/7/abort", b'{"force":true}'),
    ("files_modify", {**FILE, "chmod": "644"}, "PATCH", "/api/v1/files/a?chmod=644", None),
    ("files_modify", {**FILE, "name": "b"}, "PATCH", "/api/v1/files/a", b'{"name":"b"}'),
    ("files_modify", {**FILE, "move_to": "/b", "name": ""}, "PATCH", "/api/v1/files/a", b'{"move_to":"/b"}'),
    ("files_touch", FILE, "PUT", "/a?touch=", None),
    ("files_mkdir", FILE, "MKCOL", "/a", None),
    ("files_get", {**FILE, "path": "/"}, "GET", "/api/v1/files/", None),
    ("files_get", {**FILE, "path": "//a/b/", "show": "stat"}, "GET", "/api/v1/files/a/b?stat=", None),
    ("files_get", {**FILE, "show": "history", "after": 3}, "GET", "/api/v1/files/a?history=&after_id=3", None),
    ("files_search", {"container_id": CONTAINER, "directory": "/", "q": "x"}, "GET", "/?json=&q=x", None),
]


@pytest.mark.parametrize(("tool", "arguments", "method", "target", "content"), GOLDEN, ids=[f"{row[0]} {row[1]}" for row in GOLDEN])
def test_a_call_is_this_request(tool: str, arguments: Json, method: str, target: str, content: bytes | None) -> None:
    request = made(tool, **arguments)
    assert (request.method, request.target, request.content) == (method, target, content)
    assert request.headers == ({} if content is None else {"content-type": "application/json"})


def test_a_container_service_is_asked_in_its_container() -> None:
    assert made("files_get", **FILE).kit == Kit(CONTAINER, "files", 1)
    assert made("files_get", **FILE, instance=0).kit == Kit(CONTAINER, "files", 0)
    assert made("projects_list").kit is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"base64": base64.b64encode(bytes(range(256))).decode()}, bytes(range(256))),
        ({"base64": "YQ\n=="}, b"a"),
        ({"base64": "YQ==", "text": ""}, b"a"),
        ({"text": "a", "base64": ""}, b"a"),
        ({"text": "é\r\n \x00"}, "é\r\n \x00".encode()),
        ({"text": ""}, b""),
        ({"text": "", "base64": None}, b""),
    ],
    ids=str,
)
@pytest.mark.parametrize("tool", ["files_put", "files_append"])
async def test_content_arrives_byte_for_byte(connect: Connect, upstream: Upstream, tool: str, content: Json, expected: bytes) -> None:
    async with connect() as client:
        await client.call_tool(tool, {**FILE, **content})
    (sent,) = upstream.changes
    assert (sent.body, sent.headers["content-type"]) == (expected, "application/octet-stream")


ONCE = "exactly one of text, base64 must be given"
REFUSED: list[tuple[str, Json, str]] = [
    ("files_put", {"text": "a", "base64": "YQ=="}, rf"{ONCE}\."),
    ("files_put", {}, rf"{ONCE} \(if you did pass it, your client has dropped it"),
    ("files_put", {"text": "", "base64": ""}, rf"{ONCE} \(if you did pass it, your client has dropped it"),
    ("files_put", {"text": None, "base64": ""}, rf"{ONCE} \(if you did pass it, your client has dropped it"),
    *(("files_put", {"base64": wrong}, "base64 is not valid base64") for wrong in ("%%%", "YQ=", "Y", "ä")),
    ("files_modify", {"name": "b", "move_to": "/b"}, "exclude each other: give one of move_to or name"),
    ("files_get", {"path": "/home/" + "é" * 128}, "path is too long: at most 255 bytes"),
]


@pytest.mark.parametrize(("tool", "arguments", "told"), REFUSED, ids=[f"{row[0]} {row[1]}" for row in REFUSED])
def test_what_cannot_travel_is_refused(tool: str, arguments: Json, told: str) -> None:
    with pytest.raises(InvalidArguments, match=told):
        made(tool, **{**FILE, **arguments})


CLEARED: list[tuple[str, Json, str, Json]] = [
    ("projects_update", {"project_id": PROJECT, "alias": "x"}, "max_containers", {"alias": "x", "max_containers": None}),
    ("snapshots_update_alias", {"container_id": CONTAINER, "name": "snap0"}, "alias", {"alias": None}),
]


@pytest.mark.parametrize(("tool", "arguments", "name", "expected"), CLEARED)
def test_a_cleared_argument_is_sent_as_null(tool: str, arguments: Json, name: str, expected: Json) -> None:
    for empty in ({}, {name: None}, {name: ""}):
        for spelled in ([name], json.dumps([name])):
            assert json.loads(made(tool, **arguments, **empty, clear_fields=spelled).content or b"") == expected
    with pytest.raises(InvalidArguments, match=f"{name} is given and named in clear_fields"):
        made(tool, **arguments, **{name: "3"}, clear_fields=[name])


async def test_a_confirmed_deletion_carries_its_filters_as_json(connect: Connect, upstream: Upstream) -> None:
    arguments = {"container_id": CONTAINER, "action": "allow", "protocol": "tcp", "all": False}
    async with connect() as client:
        preview = await client.call_tool("firewall_ingress_delete", arguments)
        await client.call_tool("firewall_ingress_delete", {**arguments, "confirm": (preview.structured_content or {})["confirm"]})
    (sent,) = upstream.changes
    assert (sent.method, sent.path) == ("DELETE", f"/api/v1/containers/{CONTAINER}/firewall/ingress")
    assert sent.json == {"action": "allow", "protocol": "tcp", "all": False}


FILE_NAMES = ["my file #1 (ü).txt", "100%.txt", "a+b", "a%20b", "a?b#c.txt", "😀", "é" * 127 + "a", "x" * 255, ".hidden", "a\\b", "a\nb"]


@pytest.mark.parametrize("name", [*FILE_NAMES, *(unicodedata.normalize(form, "Åé") for form in ("NFC", "NFD"))])
async def test_a_file_is_found_under_the_name_it_was_written(connect: Connect, upstream: Upstream, name: str) -> None:
    arguments = {"container_id": CONTAINER, "path": f"/home/{name}"}
    async with connect() as client:
        await client.call_tool("files_put", {**arguments, "text": "found"})
        read = await client.call_tool("files_get", arguments)
    assert list(upstream.files) == [f"home/{name}"]
    assert upstream.sent[-1].segments == ["", "api", "v1", "files", "home", name]
    assert "found" in str(read.content)


@pytest.mark.parametrize("end", ["", "/"])
async def test_a_base_address_keeps_its_path(connect: Connect, upstream: Upstream, end: str) -> None:
    async with connect(base_url=f"https://api.hoody.icu/prefix{end}") as client:
        await client.call_tool("projects_get", {"project_id": PROJECT, "include_permissions": True})
    (sent,) = upstream.own
    assert [sent.path, *upstream.look_ups] == [f"/prefix/api/v1/projects/{PROJECT}"] * 2
    assert sent.query == [("include_permissions", "true")]


@pytest.mark.parametrize("end", ["", "/"])
async def test_calls_at_once_keep_their_terminals_apart(connect: Connect, upstream: Upstream, end: str) -> None:
    async def write(client: Client, terminal: str) -> None:
        await client.call_tool("terminal_write", {"container_id": CONTAINER, "terminal_id": terminal, "input": f"for {terminal}"})

    async with connect(kit_url=f"https://kit.hoody.icu/at/{{container_id}}/{{service}}{end}") as client:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for terminal in ("2", "3"):
                    group.start_soon(write, client, terminal)
    found = {(sent.path, *sent.query, sent.json["input"]) for sent in upstream.changes}
    path = f"/at/{CONTAINER}/terminal/api/v1/terminal/write"
    assert found == {(path, ("terminal_id", terminal), f"for {terminal}") for terminal in ("2", "3")}
