"""Credentials that a way back needs: no model sees them, and the very call that was given brings them back."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from hoody_mcp.jsons import each_leaf
from hoody_mcp.sealed import PLACEHOLDER

from .calls import CATALOG, carried_out, text_of
from .conftest import CANARY, Connect
from .test_money import HOOK, NEXT_HOOK, given
from .upstream import CONTAINER, PROJECT, Reply, Sent, Upstream

OLD_SECRET, NEW_SECRET = "0ld-s3cret-value", "n3w-s3cret-value"
DOCUMENT: dict[str, Any] = {
    "project": PROJECT,
    "container": CONTAINER,
    "groups": {
        "ops": {"type": "password", "username": "alice", "password": OLD_SECRET, "salt": "s4lt-of-old", "algorithm": "sha256"},
        "guests": {"type": "ip", "range": "10.0.0.0/8"},
    },
    "permissions": {"ops": {"terminal": True, "http": [8080, 9090]}, "guests": {"files": True}},
    "default": "deny",
    "enable_proxy": True,
    "hooks": {
        "http": [
            {"id": HOOK, "match": {"path": "/old"}, "script": {"path": "/hooks/old.ts"}},
            {"id": NEXT_HOOK, "match": {}, "script": {"path": "/hooks/next.ts"}},
        ]
    },
}
PATHS = ("/proxy/permissions", "/proxy/hooks", "/proxy/settings")


class Documents(Upstream):
    """Holds the proxy document of a container or project, and refuses changes of any but its present version."""

    def __init__(self) -> None:
        super().__init__()
        self.document: dict[str, Any] | None = copy.deepcopy(DOCUMENT)
        self.version: Any = 7
        self.done = 0  # changes that were carried out
        self.meanwhile: list[Callable[[], object]] = []  # what others do right before the next changes arrive
        self.after_read: list[Callable[[], object]] = []  # what others do right after the next reads
        self.broken: Reply | None = None  # what all reads of the document answer
        self.broken_once: set[str] | None = None  # paths that have failed once; None: none fails

    @property
    def asked(self) -> list[Sent]:
        """Requests that would change the document."""
        return [sent for sent in self.changes if any(path in sent.path for path in PATHS)]

    @property
    def tags(self) -> list[str | None]:
        return [sent.headers.get("if-match") for sent in self.asked]

    def respond(self, sent: Sent) -> Reply:
        if any(when(sent) for when, _ in self.scripted) or not any(path in sent.path for path in PATHS):
            return super().respond(sent)
        self.sent.append(sent)
        return self._read(sent) if sent.method == "GET" else self._change(sent)

    def _read(self, sent: Sent) -> Reply:
        if self.broken_once is not None and sent.path not in self.broken_once:
            self.broken_once.add(sent.path)
            return Reply.error(500, "OOPS", "broken")
        reply = self.broken or self._present(sent.path)
        if self.after_read:
            self.after_read.pop(0)()
        return reply

    def _present(self, path: str) -> Reply:
        if self.document is None:
            return Reply.error(404, "PROXY_PERMISSIONS_NOT_FOUND", "none")
        shown, version = copy.deepcopy(self.document), {"file_version": self.version, "etag": f"file:v{self.version}"}
        kind, _, service = path.partition("/proxy/")[2].partition("/")
        hooks: dict[str, Any] = shown.get("hooks", {})
        placed = {name: [{**hook, "position": at} for at, hook in enumerate(rules)] for name, rules in hooks.items()}
        if kind == "permissions":
            return Reply.data({**shown, **version, "schema_version": 1})
        if kind == "settings":
            return Reply.data({"enable_proxy": shown["enable_proxy"], "default": shown["default"], **version})
        return Reply.data({"hooks": placed.get(service, []) if service else placed, **version})

    def _change(self, sent: Sent) -> Reply:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        present = f"file:v{0 if self.document is None else self.version}"
        if sent.headers.get("if-match") != present:
            return Reply.error(412, "PRECONDITION_FAILED", f"the present version is {present}")
        self.done += 1
        return Reply.data({"ok": True})

    def edit(self, change: Callable[[dict[str, Any]], object]) -> Callable[[], None]:
        """Make a change by somebody else."""

        def carried_out_by_others() -> None:
            change(self.document or {})
            self.version += 1

        return carried_out_by_others


LOGIN = "robot:l0gin-s3cret"
GROUPS: dict[str, dict[str, Any]] = {
    "jwt": {"type": "jwt", "secret": OLD_SECRET, "algorithm": "HS256", "sources": ["header:Authorization"]},
    "password": {"type": "password", "username": "alice", "password": OLD_SECRET, "salt": "s4lt-of-old", "algorithm": "sha256"},
    "token": {"type": "token", "header": "X-Key", "value": OLD_SECRET},
}
OWN = {"variable": "secret-value", "login": LOGIN}  # what a kind of SEALING hides, if not OLD_SECRET
SECRETS = (OLD_SECRET, "s4lt-of-old", "secret-value", LOGIN)
ENV = {"container_id": CONTAINER, "key": "KEY"}
REPLACED = [
    "proxy_permissions_replace",
    "projects_proxy_permissions_replace",
    "proxy_permissions_delete",
    "projects_proxy_permissions_delete",
]
SEALING = [
    *[(f"{of}proxy_group_delete", kind) for of in ("", "projects_") for kind in GROUPS],
    *[(f"proxy_permissions_{tool}", kind) for tool in ("delete", "replace") for kind in GROUPS],
    *[(f"projects_proxy_permissions_{tool}", "token") for tool in ("delete", "replace")],
    *[(f"{of}proxy_group_set_{tool}", kind) for of in ("", "projects_") for tool, kind in (("ip", "token"), ("token", "password"))],
    ("proxy_hooks_delete", "login"),
    ("env_delete", "variable"),
]
REVEALING = [(tool, kind) for tool, kind in SEALING if "reveal" in CATALOG[tool].definition["inputSchema"]["properties"]]


@pytest.fixture
def upstream() -> Documents:
    return Documents()


def prepared(upstream: Documents, tool: str, kind: str) -> dict[str, Any]:
    """Put a credential where a tool takes it away; gives the arguments of the tool."""
    document = upstream.document or {}
    if kind in GROUPS:
        document["groups"]["ops"] = dict(GROUPS[kind])
    document["hooks"]["http"][0]["script"]["path"] = f"https://{LOGIN}@h.test/x.ts"
    if tool in {"proxy_permissions_delete", "proxy_permissions_replace"}:
        document["hooks"] = {}
    return ENV if kind == "variable" else given(tool)


async def taken(client: Client, tool: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Carry a call out and give its result."""
    result = await carried_out(client, tool, {**arguments, **more})
    assert not result.is_error
    return result.structured_content or {}


def way_back(shown: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the first call that puts something back."""
    first = shown["put_back"]["calls"][0]
    return first["tool"], first["arguments"]


@pytest.mark.parametrize(("tool", "kind"), SEALING)
async def test_the_way_back_shows_no_credential_and_brings_it_back(connect: Connect, upstream: Documents, tool: str, kind: str) -> None:
    arguments = prepared(upstream, tool, kind)
    async with connect() as client:
        shown = await taken(client, tool, arguments)
        back, given_back = way_back(shown)
        assert any(PLACEHOLDER.search(text) for text in each_leaf(given_back))
        preview = await client.call_tool(back, given_back)
        result = await carried_out(client, back, given_back)
    assert not result.is_error
    for seen in (json.dumps(shown), text_of(preview), text_of(result)):
        assert not any(secret in seen for secret in SECRETS)
    assert OWN.get(kind, OLD_SECRET) in upstream.changes[-1].body.decode()
    assert "[kept " not in upstream.changes[-1].body.decode()
    if kind in GROUPS and back.partition("proxy_")[2].startswith("group_set"):
        sent = upstream.changes[-1].json
        assert sent == {name: value for name, value in GROUPS[kind].items() if name != "type"}


@pytest.mark.parametrize(("tool", "kind"), REVEALING)
async def test_with_reveal_the_value_itself_is_shown_and_recorded(
    connect: Connect, upstream: Documents, tmp_path: Path, tool: str, kind: str
) -> None:
    arguments, log = prepared(upstream, tool, kind), tmp_path / "audit.jsonl"
    async with connect(audit_log=str(log)) as client:
        shown = await taken(client, tool, arguments, reveal=True)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["decision"], line.get("reveal")) for line in lines] == [("previewed", True), ("allowed", True)]
    assert "[kept " not in json.dumps(shown)
    assert OWN.get(kind, OLD_SECRET) in json.dumps(shown["put_back"])
    assert OWN.get(kind, OLD_SECRET) in json.dumps(shown["before"])
    assert not any(secret in log.read_text() for secret in SECRETS)


def misused(back: str, arguments: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Ways to use a placeholder that it is not for."""
    placeholder = arguments["value"]
    return {
        "another tool": ("containers_update", {"container_id": CONTAINER, "name": placeholder}),
        "the same value through another tool": ("env_set_many", {"container_id": CONTAINER, "variables": {"KEY": placeholder}}),
        "another container": (back, {**arguments, "container_id": "9" * 24}),
        "another key": (back, {**arguments, "key": "OTHER"}),
        "one argument more": (back, {**arguments, "reveal": True}),
        "one argument less": (back, {name: value for name, value in arguments.items() if name != "key"}),
        "a placeholder of another call": (back, {**arguments, "value": other["value"]}),
        "an unknown placeholder": (back, {**arguments, "value": "[kept aaaaaaaaaaaa]"}),
        "two placeholders": ("env_set_many", {"container_id": CONTAINER, "variables": {"A": placeholder, "B": other["value"]}}),
        "with a blank": (back, {**arguments, "value": f"{placeholder} "}),
        "within a text": (back, {**arguments, "value": f"x{placeholder}"}),
        "as the text of an object": ("env_set_many", {"container_id": CONTAINER, "variables": json.dumps({"KEY": placeholder})}),
        "as a file's content": ("files_put", {"container_id": CONTAINER, "path": "/a", "text": f"key={placeholder}"}),
        "as an address's login": ("network_update", {"container_id": CONTAINER, "type": "http", "proxy": f"http://{placeholder}@h.test"}),
    }


@pytest.mark.parametrize("misuse", list(misused("", {"value": ""}, {"value": ""})))
async def test_a_placeholder_is_good_for_its_own_call_only(connect: Connect, upstream: Documents, misuse: str) -> None:
    async with connect(toolsets="all") as client:
        back, arguments = way_back(await taken(client, "env_delete", ENV))
        upstream.script(Reply.data({"environment_vars": {"OTHER": "an0ther-secret"}}), when=lambda sent: sent.path.endswith("/env"))
        upstream.script(Reply.data({"environment_vars": {"OTHER": "an0ther-secret"}}), when=lambda sent: sent.path.endswith("/env"))
        _, other = way_back(await taken(client, "env_delete", {**ENV, "key": "OTHER"}))
        sent = len(upstream.changes)
        tool, wrong = misused(back, arguments, other)[misuse]
        result = await client.call_tool(tool, wrong)
        assert result.is_error
        assert "exactly the call under put_back" in text_of(result)
        assert len(upstream.changes) == sent
        right = await client.call_tool(back, arguments)  # a wrong use does not spoil the right one
    assert not right.is_error
    assert upstream.changes[-1].json == {"value": "secret-value"}


async def test_what_was_kept_for_one_token_is_not_given_to_another(connect: Connect, upstream: Documents, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("hdy_first")
    async with connect(token=None, token_file=str(file)) as client:
        back, arguments = way_back(await taken(client, "env_delete", ENV))
        file.write_text("hdy_second")
        result = await client.call_tool(back, arguments)
    assert result.is_error
    assert [sent.method for sent in upstream.changes] == ["DELETE"]


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize(("tool", "kind"), SEALING)
async def test_what_travels_back_is_in_no_log_error_or_preview(
    connect: Connect, upstream: Documents, caplog: pytest.LogCaptureFixture, tool: str, kind: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="hoody_mcp")
    arguments = prepared(upstream, tool, kind)
    async with connect(log_level="debug") as client:
        back, given_back = way_back(await taken(client, tool, arguments))
        for status in (400, 500):
            upstream.script(Reply.error(status, "INVALID", f"refused: {' '.join(SECRETS)}"), when=lambda sent: sent.method != "GET")
            result = await carried_out(client, back, given_back)
            assert result.is_error
            assert OWN.get(kind, OLD_SECRET) not in text_of(result)
            assert upstream.changes[-1].body
    assert not any(secret in caplog.text for secret in SECRETS)


@pytest.mark.parametrize("tool", ["env_delete", "proxy_group_delete"])
async def test_what_holds_this_servers_own_token_has_no_way_back_but_says_so(connect: Connect, upstream: Documents, tool: str) -> None:
    upstream.script(*[Reply.data({"environment_vars": {"KEY": CANARY}})] * 2, when=lambda sent: sent.path.endswith("/env"))
    (upstream.document or {})["groups"]["ops"] = {"type": "token", "header": "X-Key", "value": CANARY}
    async with connect() as client:
        shown = await taken(client, tool, ENV if tool == "env_delete" else given(tool))
    assert "calls" not in shown["put_back"]
    assert "no call can bring it back" in shown["put_back"]["note"]
    assert CANARY not in json.dumps(shown)
