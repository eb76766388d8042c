"""What is destroyed can be put back by the calls that its result tells: equal to what it was, or different as was said beforehand."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp import Client

from hoody_mcp.compiling import walk
from hoody_mcp.jsons import as_array, as_object
from hoody_mcp.operation import Risk
from hoody_mcp.sandbox import seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.sandbox.run import in_process
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import CATALOG, text_of

Json = dict[str, Any]
SECRETS = ("s3cret-of-env", "s3cret-of-jwt", "s3cret-of-token", "s3cret-of-proxy")
FIELDS_OF_TIME = {
    "updated_at",
    "created_at",
    "configured_at",
    "last_status_check",
    "remote_status",
    "file_version",
    "etag",
    "schema_version",
}


class User:
    """Someone who works with one container in the sandbox."""

    def __init__(self, client: Client) -> None:
        self.client, self.ids = client, dict[str, str]()

    async def __call__(self, tool: str, **arguments: Any) -> Json:
        properties = CATALOG[tool].definition["inputSchema"]["properties"]
        ids = {name: value for name, value in self.ids.items() if name in properties and name in CATALOG[tool].required}
        result = await self.client.call_tool(tool, {**ids, **arguments})
        assert not result.is_error, f"{tool}: {text_of(result)}"
        shown: Json = result.structured_content or {}
        assert not any(secret in text_of(result) for secret in SECRETS) or arguments.get("reveal"), tool
        return shown

    async def done(self, tool: str, **arguments: Any) -> Json:
        """Call a tool, with the code of its preview if it gives one."""
        shown = await self(tool, **arguments)
        return await self(tool, **arguments, confirm=shown["confirm"]) if "confirm" in shown else shown


@dataclass(frozen=True)
class Case:
    """Something that is done, and the read that tells whether it was undone; `differs`: fields that may, words that say so beforehand."""

    tool: str
    reads: str
    before: tuple[tuple[str, Json], ...] = ()
    arguments: Json = field(default_factory=dict[str, Any])
    differs: tuple[str, ...] = ()
    said: str = ""


RULES = tuple(
    ("firewall_ingress_create", {"action": action, "protocol": "tcp", "destination_port": port, "source": source, "description": port})
    for action, port, source in (("allow", "22", "198.51.100.0/24"), ("allow", "443", "0.0.0.0/0"), ("drop", "1-65535", "0.0.0.0/0"))
)
OUT = ("firewall_egress_create", {"action": "drop", "protocol": "tcp", "destination_port": "25", "description": "no mail"})
PROXY = ("network_update", {"type": "socks5", "proxy": "socks5://me:s3cret-of-proxy@proxy.example.com:1080", "comment": "exit"})
OPEN_PROXY = ("network_update", {"type": "socks5", "proxy": "socks5://proxy.example.com:1080", "comment": "exit"})
START: tuple[str, Json] = ("network_start", {})


def groups(prefix: str) -> tuple[tuple[str, Json], ...]:
    """Make a document with one group of each kind, and grants."""
    return (
        (f"{prefix}_group_set_password", {"group": "ops", "username": "alice", "password": "correct horse", "salt": "pepper"}),
        (f"{prefix}_group_set_ip", {"group": "office", "range": "198.51.100.0/24"}),
        (f"{prefix}_group_set_token", {"group": "bots", "value": "s3cret-of-token", "header_name": "X-Bot"}),
        (
            f"{prefix}_group_set_jwt",
            {"group": "staff", "secret": "s3cret-of-jwt", "algorithm": "HS256", "sources": ["header:X-Jwt"], "claims": {"team": "a"}},
        ),
        (f"{prefix}_grant_set", {"group": "ops", "program": "terminal", "access": "true"}),
        (f"{prefix}_grant_set", {"group": "ops", "program": "http", "access": "8080,9090"}),
        (f"{prefix}_grant_set", {"group": "bots", "program": "http", "access": "8000-8100"}),
        (f"{prefix}_default_set", {"default": "deny"}),
    )


NEW_GROUPS = {
    "ip": {"range": "203.0.113.5/32"},
    "jwt": {"secret": "another", "algorithm": "HS256", "sources": ["cookie:jwt"]},
    "password": {"username": "bob", "password": "another", "salt": "salt"},
    "token": {"value": "another", "cookie_name": "bot"},
}
OLD_GROUPS = {"ip": "office", "jwt": "staff", "password": "ops", "token": "bots"}
HOOK = {"service": "http", "match": {"path": "/admin"}, "script": {"path": "guard.ts"}, "timeout": 500}
HOOKS = tuple(("proxy_hooks_create", {**HOOK, "match": {"path": path}, "position": 0}) for path in ("/c", "/b", "/a"))
NEW_IDS = "id"


IDENTITY = {
    "groups": {"staff": {"type": "hoody-identity", "audience": "app.example", "users": ["alice"]}},
    "permissions": {"staff": {"files": "true"}},
    "default": "deny",
}


def of_documents(prefix: str) -> list[Case]:
    """Give every change of a document, on one that holds something of everything."""
    reads, made = f"{prefix}_permissions_get", groups(prefix)
    whole = {"groups": {"x": {"type": "ip", "range": "10.0.0.0/8"}}, "permissions": {"x": {"files": "true"}}}
    return [
        Case(f"{prefix}_permissions_replace", reads, made, whole),
        Case(f"{prefix}_permissions_replace", reads, (), whole),
        Case(f"{prefix}_permissions_delete", reads, made),
        Case(f"{prefix}_default_set", reads, made, {"default": "allow"}),
        Case(f"{prefix}_default_set", reads, (), {"default": "deny"}),
        Case(f"{prefix}_state_set", reads, made, {"enable_proxy": False}),
        Case(f"{prefix}_state_set", reads, (), {"enable_proxy": False}),
        Case(f"{prefix}_group_delete", reads, made, {"group": "ops"}),
        Case(f"{prefix}_group_delete", reads, made, {"group": "staff"}),
        *(Case(f"{prefix}_group_set_{kind}", reads, made, {"group": OLD_GROUPS[kind], **new}) for kind, new in NEW_GROUPS.items()),
        *(Case(f"{prefix}_group_set_{kind}", reads, made, {"group": "new", **new}) for kind, new in NEW_GROUPS.items()),
        *(Case(f"{prefix}_group_set_{kind}", reads, (), {"group": "first", **new}) for kind, new in NEW_GROUPS.items()),
        Case(f"{prefix}_group_set_ip", reads, made, {"group": "ops", "range": "10.0.0.0/8"}),
        Case(f"{prefix}_group_delete", reads, ((f"{prefix}_permissions_replace", IDENTITY),), {"group": "staff"}),
        Case(f"{prefix}_grants_delete", reads, made, {"group": "ops"}),
        Case(f"{prefix}_grant_set", reads, made, {"group": "ops", "program": "http", "access": "*"}),
        Case(f"{prefix}_grant_set", reads, made, {"group": "office", "program": "files", "access": "true"}),
        Case(f"{prefix}_grant_delete", reads, made, {"group": "bots", "program": "http"}),
    ]


CASES = [
    Case("env_delete", "env_list", (("env_set", {"key": "KEY", "value": "s3cret-of-env"}),), {"key": "KEY"}),
    Case("firewall_reset", "firewall_list", (*RULES, OUT)),
    Case("firewall_ingress_delete", "firewall_list", RULES, {"action": "drop"}),
    Case("firewall_ingress_delete", "firewall_list", RULES, {"destination_port": "22"}, ("order",), "comes back as the last one"),
    Case("firewall_ingress_delete", "firewall_list", RULES, {"all": True}),
    Case("firewall_egress_delete", "firewall_list", (*RULES, OUT), {"destination_port": "25"}),
    Case("network_update", "network_get", (OPEN_PROXY, START), {"type": "block"}),
    Case("network_update", "network_get", (), {"type": "block"}),
    Case("network_update", "network_get", (PROXY,), {"type": "block"}, ("credentials_configured",), "the proxy's login"),
    Case("network_delete", "network_get", (OPEN_PROXY, START)),
    Case("network_delete", "network_get", (PROXY,), {}, ("credentials_configured",), "the proxy's login"),
    Case("network_start", "network_get", (OPEN_PROXY,), {}, ("status",), "is stopped afterwards"),
    Case("network_stop", "network_get", (OPEN_PROXY, START)),
    Case("proxy_settings_update", "proxy_permissions_get", groups("proxy"), {"enable_proxy": False, "default": "allow"}),
    Case("proxy_permissions_delete", "proxy_permissions_get", (*groups("proxy"), *HOOKS), {}, (NEW_IDS,), "hook ids are new ones"),
    Case("proxy_hooks_delete", "proxy_hooks_list", HOOKS, {"service": "http", "hook_id": "second"}, (NEW_IDS,), "id is a new one"),
    Case("proxy_hooks_clear", "proxy_hooks_list", HOOKS, {"service": "http"}, (NEW_IDS,), "ids are new ones"),
    Case("proxy_hooks_update", "proxy_hooks_list", HOOKS, {**HOOK, "hook_id": "second"}),
    Case("proxy_hooks_move", "proxy_hooks_list", HOOKS, {"service": "http", "hook_id": "second", "position": 0}),
    Case("proxy_hooks_create", "proxy_permissions_get", (), HOOK),
    Case("proxy_settings_update", "proxy_permissions_get", (), {"default": "deny"}),
    *of_documents("proxy"),
    *of_documents("projects_proxy"),
]


@asynccontextmanager
async def sandbox() -> AsyncGenerator[User]:
    """Begin with a running container."""
    world = seed.make_world(seconds_to_start=0.0)
    world.seconds_to_wake = 0.0
    settings, _ = in_process(Settings.load(sandbox=True))
    async with Client(create_server(settings, Transport(Sandbox(world).app))) as client:
        user = User(client)
        user.ids["project_id"] = (await user("projects_create", alias="client", max_containers=3))["result"]["id"]
        server = (await user("rentals_list"))["items"][0]["server_id"]
        made = await user("containers_create", server_id=server, name="box")
        user.ids["container_id"] = made["result"]["id"]
        yield user


async def state(user: User, reads: str, differs: tuple[str, ...]) -> Any:
    """Read what is there, secrets and all, without what always changes; "none" if nothing is."""
    ids = {name: value for name, value in user.ids.items() if name in CATALOG[reads].required}
    reveal = {"reveal": True} if "reveal" in CATALOG[reads].definition["inputSchema"]["properties"] else {}
    result = await user.client.call_tool(reads, {**ids, **reveal})
    if result.is_error:
        assert "404" in text_of(result)
        return "none"
    found = without((result.structured_content or {})["result"], FIELDS_OF_TIME | set(differs))
    return in_any_order(found) if "order" in differs else found


def in_any_order(found: Any) -> Json:
    return {way: sorted(rules, key=str) for way, member in (as_object(found) or {}).items() if (rules := as_array(member)) is not None}


def without(value: Any, names: set[str]) -> Any:
    members, items = as_object(value), as_array(value)
    if members is not None:
        return {key: without(member, names) for key, member in members.items() if key not in names}
    return value if items is None else [without(member, names) for member in items]


async def arguments_of(user: User, case: Case) -> Json:
    """Put the id of the second hook where a case means it."""
    if case.arguments.get("hook_id") != "second":
        return case.arguments
    hooks = (await user("proxy_hooks_list"))["result"]["hooks"]["http"]
    return {**case.arguments, "hook_id": hooks[1]["id"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.tool}-{len(case.before)}-{json.dumps(case.arguments)[:60]}")
async def test_what_is_destroyed_can_be_put_back(case: Case) -> None:
    async with sandbox() as user:
        for tool, arguments in case.before:
            await user.done(tool, **arguments)
        was, at_first = await state(user, case.reads, case.differs), await state(user, case.reads, ())
        arguments = await arguments_of(user, case)
        preview = await user(case.tool, **arguments)
        result = await user(case.tool, **arguments, confirm=preview["confirm"]) if "confirm" in preview else preview
        changed = await state(user, case.reads, ())
        for step in result["put_back"]["calls"]:
            await user.done(step["tool"], **step["arguments"])
        assert await state(user, case.reads, case.differs) == was
    assert changed != at_first
    assert case.said in preview.get("way back", "")
    assert "before" in result


def test_every_way_back_is_walked() -> None:
    declared = {operation.about.name for operation in walk() if operation.has_way_back()}
    assert {case.tool for case in CASES} | {"proxy_aliases_delete"} == declared


def test_what_destroys_access_rules_variables_and_addresses_has_a_way_back() -> None:
    kinds: Callable[[str], bool] = lambda toolset: toolset in {"firewall", "network", "proxy", "env", "proxy_aliases"}  # noqa: E731 - a table of one
    destroying = {each.about.name for each in walk() if each.about.risk is Risk.DESTROY and kinds(each.about.toolset)}
    assert {each.about.name for each in walk() if each.has_way_back()} >= destroying


async def test_an_alias_comes_back_under_another_id() -> None:
    async with sandbox() as user:
        made = await user("proxy_aliases_create", program="http", port=8080, alias="my-shop", target_path="/app", enabled=False)
        alias_id = made["result"]["id"]
        was = without((await user("proxy_aliases_get", alias_id=alias_id))["result"], FIELDS_OF_TIME | {"id"})
        preview = await user("proxy_aliases_delete", alias_id=alias_id)
        result = await user("proxy_aliases_delete", alias_id=alias_id, confirm=preview["confirm"])
        (step,) = result["put_back"]["calls"]
        again = (await user(step["tool"], **step["arguments"]))["result"]["id"]
        assert without((await user("proxy_aliases_get", alias_id=again))["result"], FIELDS_OF_TIME | {"id"}) == was
    assert "another id" in preview["way back"]
    assert again != alias_id
