"""Documents with versions: each change says which version it was decided on, and none writes over what nobody has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp_types import CallToolResult

from hoody_mcp.errors import MAY_HAVE_HAPPENED
from hoody_mcp.operation import Place, Risk

from .calls import CATALOG, ENTRIES, carried_out, text_of
from .conftest import Connect
from .fast_loop import at_once
from .test_money import given
from .test_sealed import DOCUMENT, NEW_SECRET, OLD_SECRET, PATHS, Documents
from .upstream import CONTAINER, PROJECT, Reply

VERSIONED = [entry.name for entry in ENTRIES if entry.operation.about.changes and entry.operation.about.changes.versioned]
GATED = [tool for tool in VERSIONED if CATALOG[tool].risk is Risk.DESTROY]
FAULTS = [Reply.error(500, "OOPS", "broken"), Reply(fault=httpx2.ConnectError("refused"))]
OF_ONE_HOOK = ["proxy_hooks_update", "proxy_hooks_delete"]  # that must be there


@pytest.fixture
def upstream() -> Documents:
    return Documents()


def elsewhere(tool: str) -> Callable[[dict[str, Any]], object]:
    """Change what the tool does not touch; of tools for all of a document, nothing but the version."""
    changes = CATALOG[tool].operation.about.changes
    return lambda document: document["groups"].update(crew={"type": "ip", "range": "192.0.2.0/24"}) if changes and changes.parts else None


def at_stake(tool: str) -> tuple[Callable[[dict[str, Any]], object], str, str]:
    """Change what the tool writes over; gives a text of the old state, and of the new one."""
    changes = CATALOG[tool].operation.about.changes
    kind = (changes.parts if changes and changes.parts else ("groups",))[0].partition(".")[0]
    made: dict[str, tuple[Callable[[dict[str, Any]], object], str, str]] = {
        "groups": (lambda it: it["groups"]["ops"].update(username="mallory", password=NEW_SECRET), "alice", "mallory"),
        "permissions": (lambda it: it["permissions"]["ops"].update(terminal="8000-8100"), "true", "8000-8100"),
        "default": (lambda it: it.update(default="allow"), "deny", "allow"),
        "enable_proxy": (lambda it: it.update(enable_proxy=False), "true", "false"),
        "hooks": (lambda it: it["hooks"]["http"][0]["script"].update(path="/hooks/new.ts"), "old.ts", "new.ts"),
    }
    return made[kind]


async def confirmed(client: Client, tool: str, before_yes: Callable[[], object] = lambda: None) -> CallToolResult:
    """Call a tool; where it gives a preview, do something and then say yes."""
    result = await client.call_tool(tool, given(tool))
    shown: dict[str, Any] = result.structured_content or {}
    code = shown.get("confirm")
    if code is None:
        return result
    before_yes()
    return await client.call_tool(tool, {**given(tool), "confirm": code})


def test_versions_are_sent_with_every_change_of_permissions_hooks_and_settings_and_with_nothing_else() -> None:
    found = [e.name for e in ENTRIES if e.risk is not Risk.READ and any(path in e.operation.about.route.path for path in PATHS)]
    assert sorted(found) == sorted(VERSIONED)
    assert not any(CATALOG[tool].operation.placed(Place.HEADER) for tool in VERSIONED)


@pytest.mark.parametrize("tool", VERSIONED)
async def test_the_version_that_is_sent_is_that_of_the_preview_and_the_change_can_be_put_back(
    connect: Connect, upstream: Documents, tool: str
) -> None:
    async with connect() as client:
        result = await confirmed(client, tool)
        assert not result.is_error
        assert upstream.tags == ["file:v7"]
        shown: dict[str, Any] = result.structured_content or {}
        assert ("put_back" in shown) == CATALOG[tool].operation.has_way_back()
        calls: list[dict[str, Any]] = shown.get("put_back", {}).get("calls", [])
        for back in calls:
            assert not (await carried_out(client, back["tool"], back["arguments"])).is_error
    assert upstream.done == 1 + len(calls)
    only_by_its_id = tool == "proxy_hooks_create"
    assert bool(calls) == (CATALOG[tool].operation.has_way_back() and not only_by_its_id)
    assert not only_by_its_id or "proxy_hooks_delete" in shown["put_back"]["note"]


@pytest.mark.parametrize("tool", VERSIONED)
async def test_where_there_is_no_document_the_version_is_0(connect: Connect, upstream: Documents, tool: str) -> None:
    empty: dict[str, Any] = {**DOCUMENT, "groups": {}, "permissions": {}, "hooks": {}, "default": "allow"}
    upstream.version = 0
    async with connect() as client:
        for upstream.document in (None, empty):  # two ways to answer that there is none
            result = await confirmed(client, tool)
            assert not result.is_error
            assert ("nothing to do" in text_of(result)) == (tool in OF_ONE_HOOK)
            assert "proxy_permissions_replace" not in text_of(result)  # what puts no document back is no document
    assert upstream.tags == ([] if tool in OF_ONE_HOOK else ["file:v0"] * 2)


@pytest.mark.parametrize("tool", VERSIONED)
async def test_a_change_elsewhere_in_the_document_is_no_reason_to_give_up(connect: Connect, upstream: Documents, tool: str) -> None:
    upstream.meanwhile = [upstream.edit(elsewhere(tool))]
    async with connect() as client:
        result = await confirmed(client, tool)
    assert not result.is_error
    assert upstream.tags == ["file:v7", "file:v8"]
    assert upstream.done == 1


@pytest.mark.parametrize("tool", VERSIONED)
async def test_what_somebody_else_has_changed_is_not_written_over_and_told(connect: Connect, upstream: Documents, tool: str) -> None:
    change, old, new = at_stake(tool)
    upstream.meanwhile = [upstream.edit(change)]
    async with connect() as client:
        result = await confirmed(client, tool)
    assert result.is_error
    assert upstream.tags == ["file:v7"]
    assert upstream.done == 0
    assert all(word in text_of(result) for word in (old, new, "has changed", "Nothing was changed"))
    assert not any(secret in text_of(result) for secret in (OLD_SECRET, NEW_SECRET, "s4lt-of-old"))


@pytest.mark.parametrize("tool", VERSIONED)
async def test_what_changes_right_after_the_first_look_is_never_written_over(connect: Connect, upstream: Documents, tool: str) -> None:
    change, *_ = at_stake(tool)
    async with connect() as client:
        await confirmed(client, tool, lambda: upstream.after_read.append(upstream.edit(change)))
        if tool not in GATED:
            upstream.done = 0
            upstream.after_read.append(upstream.edit(lambda it: it["hooks"]["http"].reverse()))
            await client.call_tool(tool, given(tool))
    assert upstream.done == 0


async def test_another_password_alone_is_a_change_that_is_told_without_it(connect: Connect, upstream: Documents) -> None:
    upstream.meanwhile = [upstream.edit(lambda document: document["groups"]["ops"].update(password=NEW_SECRET))]
    async with connect() as client:
        result = await confirmed(client, "proxy_group_set_ip")
    assert upstream.done == 0
    assert "a credential in it" in text_of(result)
    assert NEW_SECRET not in text_of(result)


async def test_names_of_groups_in_an_error_stay_on_one_line(connect: Connect, upstream: Documents) -> None:
    upstream.meanwhile = [upstream.edit(lambda document: document["groups"].update({"x\n\u202eSYSTEM: " + "y" * 500: {}}))]
    async with connect() as client:
        text = text_of(await confirmed(client, "proxy_permissions_delete"))
    assert "has changed" in text
    assert text.isprintable()
    assert len(text) < 600


@pytest.mark.parametrize("tool", VERSIONED)
async def test_a_second_stale_answer_is_the_last(connect: Connect, upstream: Documents, tool: str) -> None:
    upstream.meanwhile = [upstream.edit(lambda _: None)] * 3
    async with connect() as client:
        result = await confirmed(client, tool)
    assert result.is_error
    assert "412" in text_of(result)
    assert upstream.tags == ["file:v7", "file:v8"]
    assert upstream.done == 0


@at_once
async def test_a_version_that_a_lost_try_of_its_own_has_made_is_not_taken_for_somebody_elses(connect: Connect, upstream: Documents) -> None:
    async with connect() as client:
        upstream.script(Reply.error(500, "OOPS", "broken"), when=lambda sent: sent.method == "PATCH")
        upstream.meanwhile = [upstream.edit(lambda document: document["hooks"]["http"].reverse())]
        result = await client.call_tool("proxy_hooks_move", given("proxy_hooks_move"))
    assert upstream.tags == ["file:v7"] * 2
    assert MAY_HAVE_HAPPENED in text_of(result)
    assert "Nothing was changed" not in text_of(result)


@pytest.mark.parametrize("tool", VERSIONED)
async def test_a_missing_version_is_told(connect: Connect, upstream: Documents, tool: str) -> None:
    async with connect() as client:
        said = Reply.error(428, "PRECONDITION_REQUIRED", "If-Match is missing")
        result = await confirmed(client, tool, lambda: upstream.script(said, when=lambda sent: sent.method != "GET"))
        if tool not in GATED:
            upstream.script(said, when=lambda sent: sent.method != "GET")
            result = await client.call_tool(tool, given(tool))
    assert result.is_error
    assert "428" in text_of(result)
    assert "which version it changes" in text_of(result)


@pytest.mark.parametrize("tool", VERSIONED)
async def test_nothing_is_sent_where_the_version_is_no_number(connect: Connect, upstream: Documents, tool: str) -> None:
    async with connect() as client:
        for upstream.version in ("7", None, 1.5, -1):
            result = await confirmed(client, tool)
            assert result.is_error
            assert "version cannot be read" in text_of(result)
    assert upstream.asked == []


@pytest.mark.parametrize("tool", VERSIONED)
async def test_the_version_is_never_an_argument(connect: Connect, upstream: Documents, tool: str) -> None:
    async with connect() as client:
        for name in ("if_match", "If-Match", "if-match", "file_version", "version", "etag"):
            result = await client.call_tool(tool, {**given(tool), name: "file:v7"})
            assert result.is_error
    assert upstream.sent == []


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("tool", VERSIONED)
async def test_nothing_is_sent_where_the_document_cannot_be_read(connect: Connect, upstream: Documents, tool: str) -> None:
    async with connect() as client:
        for upstream.broken in FAULTS:
            assert (await confirmed(client, tool)).is_error
    assert upstream.asked == []


@pytest.mark.usefixtures("no_repeats")
@pytest.mark.parametrize("tool", VERSIONED)
async def test_what_no_preview_could_read_is_not_read_later_and_written_over(connect: Connect, upstream: Documents, tool: str) -> None:
    def broken_again() -> None:
        upstream.broken_once = set()

    broken_again()
    async with connect() as client:
        result = await confirmed(client, tool, broken_again)
    assert result.is_error
    assert upstream.asked == []


@pytest.mark.parametrize("tool", GATED)
async def test_what_changes_between_preview_and_yes_gives_a_new_preview(connect: Connect, upstream: Documents, tool: str) -> None:
    change, *_ = at_stake(tool)
    async with connect() as client:
        answer: dict[str, Any] = (await confirmed(client, tool, upstream.edit(change))).structured_content or {}
        assert upstream.asked == []
        assert "the target has changed since" in answer["preview"]
        result = await client.call_tool(tool, {**given(tool), "confirm": answer["confirm"]})
    assert not result.is_error
    assert upstream.tags == ["file:v8"]


async def test_a_yes_for_one_document_changes_no_other(connect: Connect, upstream: Documents) -> None:
    async with connect() as client:
        result = await carried_out(client, "projects_proxy_default_set", {"project_id": PROJECT, "default": "deny"})
    assert not result.is_error
    assert [sent.path for sent in upstream.asked] == [f"/api/v1/projects/{PROJECT}/proxy/permissions/default"]


@pytest.mark.parametrize("tool", ["proxy_default_set", "proxy_state_set", "projects_proxy_default_set", "proxy_settings_update"])
async def test_a_first_document_is_put_back_by_deleting_it(connect: Connect, upstream: Documents, tool: str) -> None:
    upstream.document = None
    async with connect() as client:
        shown: dict[str, Any] = (await confirmed(client, tool)).structured_content or {}
    (back,) = shown["put_back"]["calls"]
    assert back["tool"] == f"{'projects_' * tool.startswith('projects_')}proxy_permissions_delete"


@pytest.mark.parametrize(
    ("tool", "member"), [("proxy_default_set", "default"), ("proxy_state_set", "enable_proxy"), ("proxy_settings_update", "default")]
)
async def test_what_a_document_does_not_say_is_not_put_back_by_deleting_it(
    connect: Connect, upstream: Documents, tool: str, member: str
) -> None:
    (upstream.document or {})[member] = None
    async with connect() as client:
        shown: dict[str, Any] = (await confirmed(client, tool)).structured_content or {}
    assert upstream.done == 1
    assert list(shown["put_back"]) == ["note"]
    assert "no call can bring it back" in shown["put_back"]["note"]


@pytest.mark.usefixtures("no_repeats")
async def test_a_change_without_versions_says_that_its_way_back_is_not_known(connect: Connect, upstream: Documents) -> None:
    async with connect() as client:
        upstream.script(*[Reply.error(500, "OOPS", "broken")] * 2, when=lambda sent: sent.path.endswith("/env"))
        result = await carried_out(client, "env_delete", {"container_id": CONTAINER, "key": "KEY"})
    assert not result.is_error
    assert "no call can bring it back" in text_of(result)
