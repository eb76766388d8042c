"""Mistakes that are easily made with Hoody are caught, or cannot be made, whoever calls."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from hoody_mcp.arguments import parse
from hoody_mcp.hosts import SERVICES, SLUGS
from hoody_mcp.jsons import Json
from hoody_mcp.request import Request, build

from .calls import CATALOG, ENTRIES, carried_out, example, names, text_of
from .conftest import Connect
from .upstream import CONTAINER, OTHER, PROJECT, Reply, Sent, Upstream

API = [entry for entry in ENTRIES if not entry.meta.get("kit")]
BOX: Json = {"container_id": CONTAINER}
FILE: Json = {**BOX, "path": "/a.zip"}


def request(tool: str, **arguments: Any) -> Request:
    needed = {} if arguments.keys() >= {*CATALOG[tool].required} else example(CATALOG[tool])
    return build(parse(CATALOG[tool], {**needed, **arguments}))


def body(made: Request) -> Json:
    return json.loads(made.content or b"{}")


# --- URLs


LABELS = {"notifications": "n", "proxyLogs": "logs", "agent": "agent", "run": "run", "terminal": "terminal", "files": "files"}


def test_each_service_has_the_label_that_hoody_knows() -> None:
    assert {service: SLUGS.get(service, service) for service in LABELS} == LABELS
    assert not {"workspaces", "app", "proxy", "ssh", "http", "https"} & {*SERVICES, *SLUGS.values()}
    assert {entry.meta["namespace"] for entry in ENTRIES} - {"api"} <= {*SERVICES}


SINGULAR = {
    *("container", "event", "image", "notification", "offer", "pool", "project", "realm", "rental", "reservation", "server"),
    *("share", "snapshot", "token", "user"),
}


@pytest.mark.parametrize("tool", names(API))
def test_no_path_of_the_api_begins_in_the_singular(tool: str) -> None:
    _, api, version, thing, *_ = CATALOG[tool].operation.about.route.path.split("/")
    assert (api, version) == ("api", "v1")
    assert thing not in SINGULAR


ENDING = {"projects", "containers", "realms", "notifications", "wallet/invoices", "wallet/payment-methods"}


def test_a_slash_at_the_end_of_a_path_is_sent() -> None:
    paths = {entry.name: entry.operation.about.route.path for entry in API}
    ending = {tool: path for tool, path in paths.items() if path.endswith("/")}
    assert {*ending.values()} == {f"/api/v1/{path}/" for path in ENDING}
    assert {*paths.values()} & {f"/api/v1/{path}" for path in ENDING} == set()
    assert {tool: request(tool).path for tool in ending} == ending


# --- answers and spellings


LISTS: list[tuple[str, Json, Any]] = [
    ("rentals_list", {}, Reply.data([{"id": OTHER}])),
    ("containers_list", {}, Reply.data({"containers": [{"id": OTHER}], "pagination": {"total": 1, "page": 1, "limit": 50}})),
    ("snapshots_list", BOX, Reply.data({"snapshots": [{"id": OTHER}], "snapshot_count": 1})),
    ("terminal_sessions_list", BOX, Reply.of([{"id": OTHER}])),
    ("terminal_processes_list", BOX, Reply.of({"processes": [{"id": OTHER}]})),
]


@pytest.mark.parametrize(("tool", "arguments", "reply"), LISTS, ids=[tool for tool, _, _ in LISTS])
async def test_a_list_is_found_wherever_it_stands(connect: Connect, upstream: Upstream, tool: str, arguments: Json, reply: Reply) -> None:
    path = request(tool, **arguments).path
    upstream.script(reply, when=lambda sent: sent.path == path)
    async with connect() as client:
        result = await client.call_tool(tool, {**arguments, "select": ["id"]})
    assert (result.structured_content or {})["items"] == [{"id": OTHER}]


INCLUDED = [(entry.name, name) for entry in API for name in entry.definition["inputSchema"]["properties"] if name.startswith("include_")]


@pytest.mark.parametrize(("tool", "name"), INCLUDED)
@pytest.mark.parametrize("given", [True, "true", "True"])
def test_what_is_included_is_asked_for_by_the_word_true(tool: str, name: str, given: Any) -> None:
    assert (name, "true") in request(tool, **{name: given}).query


@pytest.mark.parametrize("tool", sorted({tool for tool, _ in INCLUDED}))
def test_a_listing_asks_for_nothing_more_by_itself(tool: str) -> None:
    assert request(tool).query == ()


def test_a_number_travels_as_the_text_that_hoody_wants() -> None:
    rule = body(request("firewall_ingress_create", action="allow", protocol="tcp", destination_port=80, icmp_type=8))
    assert (rule["destination_port"], rule["icmp_type"]) == ("80", "8")
    assert body(request("wallet_transfer_to_ai", amount=10))["amount"] == "10"
    assert body(request("terminal_sessions_create", terminal_id=3))["terminal_id"] == "3"
    assert body(request("storage_shares_create", expires_at="1900000000"))["expires_at"] == 1_900_000_000


# --- terminal and files


def test_a_command_stands_in_the_body_and_its_session_in_the_query() -> None:
    made = request("terminal_execute", command="date", terminal_id="3", wait=False)
    assert (made.path, made.query) == ("/api/v1/terminal/execute", (("terminal_id", "3"),))
    assert body(made) == {"command": "date", "wait": False}


@pytest.mark.parametrize("tool", ["terminal_execute", "hoody_execute"])
@pytest.mark.parametrize("name", ["cmd", "script", "code", "cmdline"])
async def test_a_command_under_another_name_is_not_sent(connect: Connect, upstream: Upstream, tool: str, name: str) -> None:
    arguments = {**BOX, name: "date", "ephemeral": True}
    through = {"name": "terminal_execute", "arguments": arguments}
    async with connect() as client:
        result = await client.call_tool(tool, through if tool == "hoody_execute" else arguments)
    assert result.is_error
    assert f"Nothing was sent. {name} is no argument of this tool" in text_of(result)
    assert upstream.sent == []


def test_an_archive_is_looked_into_by_a_bare_word() -> None:
    assert request("files_get", **FILE, show="preview").query == (("preview", ""),)


@pytest.mark.parametrize(("part", "sent"), [("/", ""), ("src/", "src/")])
def test_part_of_an_archive_is_unpacked_by_the_route_that_works(part: str, sent: str) -> None:
    made = request("files_operate", **FILE, extract=part)
    assert (made.method, made.path, made.query) == ("POST", "/api/v1/files/a.zip", (("extract", sent),))
    assert [entry.name for entry in ENTRIES if "extract_file" in entry.operation.about.route.path] == []


LOGINS = {"type", "server", "url", "user", "pass", "password", "key", "passphrase", "token", "s3_bucket", "s3_endpoint", "webdav_path"}


@pytest.mark.parametrize("tool", [entry.name for entry in ENTRIES if entry.meta["namespace"] == "files"])
def test_no_tool_for_files_takes_a_login(tool: str) -> None:
    assert LOGINS & CATALOG[tool].definition["inputSchema"]["properties"].keys() == set()


# --- firewall and access


@pytest.mark.parametrize(("way", "end", "other"), [("ingress", "source", "destination"), ("egress", "destination", "source")])
@pytest.mark.parametrize("verb", ["create", "delete", "toggle"])
def test_a_rule_names_the_other_end_only(way: str, end: str, other: str, verb: str) -> None:
    properties = CATALOG[f"firewall_{way}_{verb}"].definition["inputSchema"]["properties"]
    assert (end in properties, other in properties) == (True, False)


@pytest.mark.parametrize("tool", ["firewall_ingress_create", "firewall_egress_create"])
async def test_a_rule_needs_a_description(connect: Connect, upstream: Upstream, tool: str) -> None:
    async with connect() as client:
        result = await client.call_tool(tool, {**BOX, "action": "allow", "protocol": "tcp", "destination_port": "80"})
    assert result.is_error
    assert "description is missing" in text_of(result)
    assert upstream.sent == []


CHANGE: Json = {**BOX, "group": "ops", "program": "terminal", "access": "true"}
STALE = Reply.error(412, "PRECONDITION_FAILED", "stale")


def document(version: int, **grants: Any) -> Reply:
    access = {"default": "deny", "enable_proxy": True, "groups": {"ops": {"type": "ip", "range": "203.0.113.0/24"}}}
    return Reply.data({**access, "file_version": version, "permissions": {"ops": grants}})


async def versions(connect: Connect, upstream: Upstream, *documents: Reply, stale: int = 0) -> tuple[list[str], str]:
    """Change an access document, which reads as given, the last as often as needed; give the versions that were sent, and what was told."""
    upstream.script(*documents[:-1], *[documents[-1]] * 9, when=lambda sent: sent.method == "GET" and sent.path.endswith("/permissions"))
    upstream.script(*[STALE] * stale, when=lambda sent: sent.method == "PUT")
    async with connect() as client:
        result = await carried_out(client, "proxy_grant_set", CHANGE)
    return [sent.headers["if-match"] for sent in upstream.changes], text_of(result)


async def test_an_access_document_is_changed_in_the_version_that_was_read(connect: Connect, upstream: Upstream) -> None:
    assert (await versions(connect, upstream, document(7)))[0] == ["file:v7"]


async def test_an_access_document_that_has_changed_meanwhile_is_not_written_over(connect: Connect, upstream: Upstream) -> None:
    sent, said = await versions(connect, upstream, *[document(7)] * 2, document(8, terminal=False), stale=1)
    assert sent == ["file:v7"]
    assert "It has changed since it was read" in said


# --- money


SPENDING = ["servers_rent", "offers_reserve", "rentals_extend"]


@pytest.mark.parametrize("tool", SPENDING)
def test_no_ceiling_is_sent_that_was_not_given(tool: str) -> None:
    assert "max_charge_cents" not in body(request(tool))
    assert body(request(tool, max_charge_cents=1999))["max_charge_cents"] == 1999


REFUSALS = ["CHARGE_CONFIRMATION_REQUIRED", "SETUP_FEE_CONFIRMATION_REQUIRED", "CHARGE_EXCEEDS_MAX"]


@pytest.mark.parametrize("tool", SPENDING)
@pytest.mark.parametrize("code", REFUSALS)
async def test_a_purchase_that_needs_a_ceiling_is_told_to_ask_the_user(connect: Connect, upstream: Upstream, tool: str, code: str) -> None:
    upstream.script(Reply.error(409, code, "no"), when=lambda sent: sent.method == "POST")
    async with connect(spend="confirm") as client:
        said = text_of(await carried_out(client, tool, example(CATALOG[tool])))
    assert f"409 {code}" in said
    assert "Nothing was charged" in said
    assert re.search("user|unasked", said)
    assert len(upstream.changes) == 1


# --- secrets


S3CRET = "S3CRET-0123456789"
GROUPS = {"a": {"type": "password", "password": S3CRET, "salt": S3CRET}, "b": {"type": "jwt", "secret": S3CRET}, "c": {"value": S3CRET}}
HIDDEN: dict[str, Json] = {
    "vault_keys_get": {"key": "KEY", "value": S3CRET},
    "vault_keys_set": {"key": "KEY", "value": S3CRET},
    "proxy_permissions_get": {"groups": GROUPS},
    "projects_proxy_permissions_get": {"groups": GROUPS},
    "containers_get": {"proxy_permissions": {"groups": GROUPS}, "environment_vars": {"KEY": S3CRET}},
    "env_list": {"environment_vars": {"KEY": S3CRET}},
    "terminal_processes_get": {"pid": 1, "environment": {"KEY": S3CRET}},
    "wallet_payment_methods_get": {"details": {"id": S3CRET}},
}


@pytest.mark.parametrize("tool", HIDDEN)
async def test_a_users_secret_is_shown_on_demand_only(connect: Connect, upstream: Upstream, tool: str) -> None:
    path, from_kit = request(tool).path, CATALOG[tool].meta.get("kit")
    record = {"project_id": PROJECT, **HIDDEN[tool]}

    def own(sent: Sent) -> bool:
        return sent.path == path

    upstream.script(*[Reply.of(record) if from_kit else Reply.data(record)] * 6, when=own)
    arguments = {**example(CATALOG[tool]), **({"overwrite": True} if tool == "vault_keys_set" else {})}
    async with connect() as client:
        hidden, shown = [await client.call_tool(tool, {**arguments, **more}) for more in ({}, {"reveal": True})]
    assert not hidden.is_error
    assert S3CRET not in hidden.model_dump_json()
    assert S3CRET in text_of(shown)


GIVING = {
    "auth_tokens_create": "token",
    "auth_tokens_copy": "token",
    "auth_identity_claim_create": "identity_claim",
    "containers_authorize": "container_claim",
    "two_factor_setup": "backup_codes",
    "two_factor_regenerate_backup_codes": "backup_codes",
}
ABOUT_ITSELF = {"auth_profile_get", "auth_tokens_get_current"}  # their "token" is a record without the value


def test_only_what_is_there_to_give_a_credential_gives_it() -> None:
    giving = {entry.name: entry.operation.about.hands_out for entry in ENTRIES if entry.operation.about.hands_out}
    assert giving.keys() == GIVING.keys() | ABOUT_ITSELF
    assert [name for name, credential in GIVING.items() if credential not in giving[name]] == []
