"""One server, two accounts one after the other by a changed token file: what is kept for one never serves the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from hoody_mcp.operation import Risk

from .calls import CATALOG, ENTRIES, example, text_of
from .conftest import Connect
from .upstream import CONTAINER, PROJECT, Reply, Sent
from .world import ME, NAMED, World

FIRST, OTHER_ONE = "hdy_" + "first0" * 8, "hdy_" + "other1" * 8
OTHER_USER = "0e" * 12
REALM = "7e" * 12
EXECUTE = {"container_id": CONTAINER, "command": "ls"}
BY_NAME = [
    (entry.name, argument, kind)
    for entry in ENTRIES
    for argument, kind in entry.meta.get("ids", {}).items()
    if entry.risk is Risk.READ and kind in CATALOG.directories and argument in entry.required
]
Seen = Callable[[Sent], Reply | None]  # what the second account gets instead of the first one's answer


def nothing(sent: Sent) -> Reply | None:
    """Show an account without anything in it."""
    if sent.path.endswith("/users/auth/me"):
        return Reply.data({"id": OTHER_USER})
    if any(len(part) == 24 for part in sent.segments):
        return Reply.error(404, "NOT_FOUND", "not found")
    empty: dict[str, list[Any]] = {name: [] for name in ("containers", "projects", "aliases", "images")}
    return Reply.data([] if sent.path.endswith(("/rentals", "/tokens", "/pools", "/storage/shares")) else empty)


def same(_: Sent) -> Reply | None:
    """Show the same as to the first account."""
    return None


def another_user(sent: Sent) -> Reply | None:
    """Show the same, but to somebody else."""
    return Reply.data({"id": OTHER_USER}) if sent.path.endswith("/users/auth/me") else None


def without_names(sent: Sent) -> Reply | None:
    """Show the container without any name; the project not at all."""
    if sent.path == f"/api/v1/containers/{CONTAINER}":
        return Reply.data({"id": CONTAINER, "project_id": PROJECT, "server_name": "node-us", "status": "running"})
    return nothing(sent) if sent.host.startswith("api.") else None


class Accounts(World):
    """Two accounts: everything belongs to the first, and the second sees what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.second: Seen = nothing

    def respond(self, sent: Sent) -> Reply:
        other = self.second(sent) if by(sent) == OTHER_ONE else None
        if other is None:
            return super().respond(sent)
        self.sent.append(sent)
        return other


def by(sent: Sent) -> str:
    return sent.headers.get("authorization", "").removeprefix("Bearer ")


def shown(result: types.CallToolResult) -> dict[str, Any]:
    return result.structured_content or {}


class Both:
    """A client whose server's token file can be changed."""

    def __init__(self, client: Client, file: Path, upstream: Accounts) -> None:
        self.client, self._file, self._upstream = client, file, upstream

    async def call(self, tool: str, arguments: dict[str, Any]) -> types.CallToolResult:
        return await self.client.call_tool(tool, arguments)

    def change(self, token: str = OTHER_ONE) -> None:
        """Let the next call come from the other account, and count requests from here on."""
        self._file.write_text(token)
        self._upstream.sent.clear()


Begin = Callable[..., Any]


@pytest.fixture
def upstream() -> Accounts:
    return Accounts()


@pytest.fixture
def begin(connect: Connect, upstream: Accounts, tmp_path: Path) -> Begin:
    @asynccontextmanager
    async def begun(**flags: Any) -> AsyncGenerator[Both]:
        file = tmp_path / "token"
        file.write_text(FIRST)
        async with connect(token=None, token_file=str(file), **flags) as client:
            yield Both(client, file, upstream)

    return begun


def at_services(upstream: Accounts) -> list[Sent]:
    return [sent for sent in upstream.sent if ".containers." in sent.host]


KIT_CALLS = [entry.name for entry in ENTRIES if entry.meta.get("kit") and "container_id" in entry.required]


async def test_where_a_container_is_must_be_told_to_each_account_anew(begin: Begin, upstream: Accounts) -> None:
    upstream.files["text"] = b"old"
    async with begin() as both:
        for tool in KIT_CALLS:
            await both.call(tool, example(CATALOG[tool]))
        assert at_services(upstream)
        both.change()
        for tool in KIT_CALLS:
            upstream.sent.clear()
            result = await both.call(tool, example(CATALOG[tool]))
            assert result.is_error or shown(result)["done"] is False, tool
            assert at_services(upstream) == [], tool
            assert {by(sent) for sent in upstream.sent} == {OTHER_ONE}, tool


async def test_the_first_account_goes_on_with_what_it_knew(begin: Begin, upstream: Accounts) -> None:
    async with begin() as both:
        await both.call("terminal_execute", EXECUTE)
        both.change()
        assert (await both.call("terminal_execute", EXECUTE)).is_error
        both.change(FIRST)
        assert not (await both.call("terminal_execute", EXECUTE)).is_error
    assert len(at_services(upstream)) == 1


@pytest.mark.parametrize(("tool", "argument", "kind"), BY_NAME)
async def test_a_name_of_one_account_means_nothing_to_the_other(
    begin: Begin, upstream: Accounts, tool: str, argument: str, kind: str
) -> None:
    arguments = {**example(CATALOG[tool]), argument: NAMED[kind]}
    async with begin() as both:
        assert not (await both.call(tool, arguments)).is_error
        both.change()
        result = await both.call(tool, arguments)
    assert result.is_error
    assert "no " in text_of(result)
    assert [sent for sent in upstream.sent if by(sent) != OTHER_ONE] == []
    assert [sent for sent in upstream.sent if any(len(part) == 24 for part in sent.segments)] == []


@pytest.mark.parametrize("kind", ["project", "container", "alias", "share"])
async def test_whose_a_thing_is_depends_on_who_asks_now(begin: Begin, upstream: Accounts, kind: str) -> None:
    upstream.second = another_user
    tool, argument = next((tool, argument) for tool, argument, each in BY_NAME if each == kind)
    arguments = {**example(CATALOG[tool]), argument: NAMED[kind]}
    async with begin() as both:
        assert not (await both.call(tool, arguments)).is_error
        both.change()
        result = await both.call(tool, arguments)
        assert result.is_error
        assert "another account" in text_of(result)
        assert any(sent.path.endswith("/users/auth/me") for sent in upstream.sent)
        both.change(FIRST)
        assert not (await both.call(tool, arguments)).is_error
    assert upstream.me == {"id": ME}


READ_BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "records": [("projects_get", {"project_id": PROJECT}), ("containers_get", {"container_id": CONTAINER})],
    "lists": [("projects_list", {}), ("containers_list", {})],
    "targets": [("terminal_execute", EXECUTE)],
    "names": [("containers_get", {"container_id": "box"}), ("projects_get", {"project_id": "client"})],
}


@pytest.mark.parametrize("before", READ_BEFORE)
async def test_a_result_tells_no_name_that_only_another_account_read(begin: Begin, upstream: Accounts, before: str) -> None:
    upstream.second = without_names
    async with begin() as both:
        for tool, arguments in READ_BEFORE[before]:
            assert not (await both.call(tool, arguments)).is_error
        both.change()
        result = await both.call("terminal_execute", EXECUTE)
    assert not result.is_error, text_of(result)
    assert shown(result)["target"] == {"project": {"id": PROJECT}, "container": {"id": CONTAINER}}


async def test_a_kept_result_is_nothing_to_the_other(begin: Begin, upstream: Accounts) -> None:
    upstream.second = same
    upstream.files["log"] = b"a line of the first\n" * 5_000
    async with begin() as both:
        id_: str = shown(await both.call("files_get", {"container_id": CONTAINER, "path": "/log"}))["kept"]["id"]
        both.change()
        result = await both.call("hoody_result", {"id": id_})
        with pytest.raises(MCPError):
            await both.client.read_resource(f"hoody://results/{id_}")
        own = shown(await both.call("files_get", {"container_id": CONTAINER, "path": "/log"}))
        both.change(FIRST)
        assert not (await both.call("hoody_result", {"id": id_})).is_error
    assert result.is_error
    assert "a line" not in text_of(result)
    assert own["kept"]["id"] != id_


async def test_the_realm_of_one_account_is_not_used_for_the_other(begin: Begin, upstream: Accounts) -> None:
    limits = {"restrictions": {"requires_realm_scope": True, "allowed_realm_ids": [REALM]}}

    def limited(sent: Sent) -> bool:
        return by(sent) == FIRST and sent.host.startswith("api.")

    upstream.script(Reply.error(403, "FORBIDDEN", "no"), when=lambda sent: limited(sent) and sent.path.endswith("/projects/"))
    upstream.script(Reply.data(limits), when=lambda sent: limited(sent) and sent.path.endswith("/tokens/me"))
    upstream.second = same
    async with begin() as both:
        first = await both.call("projects_list", {})
        assert not first.is_error
        assert upstream.sent[-1].host.startswith(REALM)
        both.change()
        second = await both.call("projects_list", {})
        assert {sent.host for sent in upstream.sent} == {"api.hoody.icu"}
        both.change(FIRST)
        await both.call("projects_list", {})
        assert {sent.host for sent in upstream.sent} == {f"{REALM}.api.hoody.icu"}
    assert shown(first)["target"] == {"realm": {"id": REALM}}
    assert "target" not in shown(second)


@pytest.mark.parametrize(("ref", "blank"), [("hoody://containers/{container_id}", "container_id"), ("why_no_answer", "site")])
async def test_completion_offers_nothing_of_the_other(begin: Begin, ref: str, blank: str) -> None:
    where = types.ResourceTemplateReference(uri=ref) if "://" in ref else types.PromptReference(name=ref)
    async with begin() as both:
        assert (await both.client.complete(where, {"name": blank, "value": ""})).completion.values
        both.change()
        assert (await both.client.complete(where, {"name": blank, "value": ""})).completion.values == []


class Turning(Accounts):
    """Changes the token while its answer to the first account is on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: Callable[[], None] = lambda: None
        self.at = ""  # end of the path at which it happens

    def respond(self, sent: Sent) -> Reply:
        reply = super().respond(sent)
        if self.at and by(sent) != OTHER_ONE and sent.path.endswith(self.at):
            self.turn()
        return reply


class TestATokenThatChangesDuringACall:
    @pytest.fixture
    def upstream(self) -> Turning:
        return Turning()

    async def test_what_is_kept_belongs_to_who_called(self, begin: Begin, upstream: Turning) -> None:
        upstream.files["log"] = b"a line of the first\n" * 5_000
        async with begin() as both:
            upstream.turn, upstream.at = both.change, "/files/log"
            large = shown(await both.call("files_get", {"container_id": CONTAINER, "path": "/log"}))
            assert (await both.call("hoody_result", {"id": large["kept"]["id"]})).is_error
            both.change(FIRST)
            assert not (await both.call("hoody_result", {"id": large["kept"]["id"]})).is_error

    async def test_what_a_record_says_is_told_to_who_called(self, begin: Begin, upstream: Turning) -> None:
        async with begin() as both:
            upstream.turn, upstream.at = both.change, f"/containers/{CONTAINER}"
            await both.call("containers_get", {"container_id": CONTAINER})
            upstream.second = without_names
            second = shown(await both.call("terminal_execute", EXECUTE))
        assert second["target"] == {"project": {"id": PROJECT}, "container": {"id": CONTAINER}}
