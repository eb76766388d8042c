"""Keys, screens and waiting in the terminals of the sandbox."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from hoody_mcp.sandbox.terminal_automation import MAX_WAITERS
from hoody_mcp.sandbox.terminal_screen import MAX_PATTERN

from .conftest import Caller, Clock

TERMINAL = "/api/v1/terminal"
PROMPT = "root@box:~# "

# The reference leaves the answers open; these are the things that its descriptions name.
FIELDS = {
    "snapshot": {"lines", "cursor", "title", "fullscreen", "highlights", "sequence"},
    "state": {"vterm_active", "cols", "rows", "sequence", "ms_since_change", "fullscreen", "title", "scrollback_length", "active_waiters"},
    "metrics": {"active_sessions", "memory_used_mb", "memory_cap_mb", "active_waiters", "limits"},
    "find": {"hits"},
    "keys": {"keys"},
    "wait": {"status", "snapshot"},
}


@pytest.fixture
async def terminal(caller: Caller, running: dict[str, Any]) -> Caller:
    service = caller.service(running, "terminal")
    await service("POST", f"{TERMINAL}/create", {"terminal_id": "7", "cols": 40, "rows": 6})
    return service


async def send(terminal: Caller, action: str, body: Any) -> Any:
    status, found = await terminal("POST", f"{TERMINAL}/{action}?terminal_id=7", body)
    assert status == 200, found
    return found


async def look(terminal: Caller, **query: Any) -> Any:
    return (await terminal("GET", f"{TERMINAL}/snapshot", terminal_id=7, **query))[1]


async def lines(terminal: Caller) -> list[str]:
    return [line for line in (await look(terminal))["lines"] if line]


async def test_answers_have_the_fields_that_are_described(terminal: Caller) -> None:
    found = {
        "snapshot": await look(terminal),
        "state": (await terminal("GET", f"{TERMINAL}/7/automation"))[1],
        "metrics": (await terminal("GET", f"{TERMINAL}/automation/metrics"))[1],
        "find": (await terminal("GET", f"{TERMINAL}/find", terminal_id=7, pattern="root"))[1],
        "keys": (await terminal("GET", f"{TERMINAL}/keys"))[1],
        "wait": await send(terminal, "wait", {"timeout_ms": 10}),
    }
    assert {name: FIELDS[name] - set(answer) for name, answer in found.items()} == {name: set[str]() for name in FIELDS}


async def test_pasted_text_runs_when_enter_is_pressed(terminal: Caller) -> None:
    assert (await send(terminal, "paste", {"text": "echo hi"}))["bytes_written"] == 7
    assert await lines(terminal) == [PROMPT + "echo hi"]
    assert (await send(terminal, "press", {"key": "Enter"}))["keys_sent"] == 1
    assert await lines(terminal) == [PROMPT + "echo hi", "hi", PROMPT]


async def test_lines_run_one_after_the_other(terminal: Caller) -> None:
    await send(terminal, "write", {"input": "cd /etc\necho a"})
    assert await lines(terminal) == [PROMPT + "cd /etc", "root@box:/etc# echo a", "a", "root@box:/etc# "]


async def test_what_is_typed_while_a_command_runs_is_run_afterwards(terminal: Caller, clock: Clock) -> None:
    await send(terminal, "write", {"input": "sleep 5"})
    await send(terminal, "write", {"input": "echo a\necho b"})
    clock.wait(6)
    found = (await terminal("GET", f"{TERMINAL}/history/7"))[1]["history"]
    assert [(each["command"], each["status"]) for each in found] == [(text, "completed") for text in ("sleep 5", "echo a", "echo b")]


async def test_keys_edit_the_line(terminal: Caller) -> None:
    await send(terminal, "press", {"keys": ["e", "c", "x", "backspace", "h", "o", "space", "A", "left", "enter"]})
    assert (await lines(terminal))[1] == "A"
    await send(terminal, "press", {"keys": ["x", "y", "ctrl+u", "up"]})
    assert (await lines(terminal))[-1] == PROMPT + "echo A"
    await send(terminal, "press", {"keys": ["ctrl+c", "ctrl+l"]})
    assert await lines(terminal) == [PROMPT]
    await send(terminal, "press", {"keys": ["enter"]})
    assert await lines(terminal) == [PROMPT, PROMPT]


async def test_an_interrupt_and_an_end_of_input_reach_what_runs(terminal: Caller) -> None:
    await send(terminal, "write", {"input": "sleep 100"})
    await send(terminal, "press", {"key": "ctrl+c"})
    await send(terminal, "write", {"input": "read x || echo ended"})
    await send(terminal, "press", {"key": "ctrl+d"})
    assert (await lines(terminal))[-2] == "ended"
    found = (await terminal("GET", f"{TERMINAL}/history/7"))[1]["history"]
    assert [(each["status"], each["exit_code"]) for each in found] == [("aborted", 130), ("completed", 0)]


@pytest.mark.parametrize(
    "body", [{}, {"key": "a", "keys": ["a"]}, {"keys": []}, {"keys": ["a", "hyper+x"]}, {"key": "\n"}, {"keys": ["a"] * 257}]
)
async def test_keys_that_do_not_fit_change_nothing(terminal: Caller, body: Any) -> None:
    assert (await terminal("POST", f"{TERMINAL}/press?terminal_id=7", body))[0] == 400
    assert await lines(terminal) == [PROMPT]


async def test_every_key_that_is_listed_can_be_pressed(terminal: Caller) -> None:
    names = (await terminal("GET", f"{TERMINAL}/keys"))[1]["keys"]
    assert {"enter", "tab", "escape", "arrow_up", "f12", "ctrl+c"} <= set(names)
    assert (await send(terminal, "press", {"keys": names}))["keys_sent"] == len(names)


async def test_a_screen_wraps_scrolls_and_shows_the_cursor(terminal: Caller) -> None:
    await send(terminal, "write", {"input": "printf 'a\\nb\\nc\\nd\\n" + "x" * 45 + "\\033[31m\\n'"})
    found = await look(terminal)
    assert found["lines"] == ["b", "c", "d", "x" * 40, "x" * 5, PROMPT]
    assert (found["cursor"], found["scrollback_length"]) == ({"row": 5, "col": 12, "visible": True}, 4)
    back = await look(terminal, scroll_offset=2, include_colors="true", include_highlights="false")
    assert (back["lines"][2], back["colored_lines"], "highlights" in back) == ("b", back["lines"], False)


async def test_a_pattern_is_found_where_it_stands(terminal: Caller) -> None:
    await send(terminal, "write", {"input": "echo Alpha\necho\necho\necho alpha"})
    query = {"terminal_id": 7, "pattern": "alpha"}
    found = (await terminal("GET", f"{TERMINAL}/find", **query))[1]["hits"]
    assert found == [{"row": row, "col": col, "length": 5, "text": "alpha"} for row, col in ((3, 17), (4, 0))]
    everywhere = (await terminal("GET", f"{TERMINAL}/find", **query, scope="all", case_insensitive="true"))[1]["hits"]
    assert [hit["text"] for hit in everywhere] == ["Alpha", "Alpha", "alpha", "alpha"]
    gone = {**query, "scope": "scrollback"}
    assert (await terminal("GET", f"{TERMINAL}/find", **gone))[1]["hits"] == []
    assert len((await terminal("GET", f"{TERMINAL}/find", **gone, case_insensitive="true", limit=1))[1]["hits"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "find?terminal_id=7", None, 400),
        ("GET", "find?terminal_id=7&pattern=(", None, 400),
        ("GET", "find?terminal_id=7&pattern=" + "x" * (MAX_PATTERN + 1), None, 400),
        ("GET", "find?terminal_id=7&pattern=x&scope=none", None, 400),
        ("GET", "find?terminal_id=7&pattern=x&limit=1001", None, 400),
        ("GET", "find?terminal_id=8&pattern=x", None, 404),
        ("GET", "snapshot", None, 400),
        ("GET", "8/automation", None, 404),
        ("POST", "wait?terminal_id=8", {}, 404),
        ("POST", "wait?terminal_id=7", {"mode": "regex"}, 400),
        ("POST", "wait?terminal_id=7", {"mode": "never"}, 400),
        ("POST", "wait?terminal_id=7", {"timeout_ms": 9}, 400),
        ("POST", "wait?terminal_id=7", {"timeout_ms": 300_001}, 400),
        ("POST", "paste?terminal_id=7", {}, 400),
        ("POST", "paste?terminal_id=7", {"text": "x", "enter": True}, 400),
    ],
)
async def test_what_does_not_fit_is_refused(terminal: Caller, method: str, path: str, body: Any, status: int) -> None:
    found = await terminal(method, f"{TERMINAL}/{path}", body)
    assert (found[0], set(found[1])) == (status, {"status", "code", "message"})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"mode": "regex", "pattern": "^do.e$"}, "matched"),
        ({"mode": "either", "pattern": "nothing", "timeout_ms": 20_000}, "stable"),
        ({"mode": "stable", "timeout_ms": 20_000}, "stable"),
        ({"mode": "regex", "pattern": "nothing", "timeout_ms": 10_000}, "timeout"),
    ],
)
async def test_waiting_ends_when_the_screen_is_so(terminal: Caller, clock: Clock, body: Any, status: str) -> None:
    await send(terminal, "write", {"input": "sleep 5; echo done"})
    found: list[Any] = []

    async def wait() -> None:
        found.append(await send(terminal, "wait", body))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert (await terminal("GET", f"{TERMINAL}/7/automation"))[1]["active_waiters"] == 1
        clock.wait(5)
        await anyio.sleep(0.05)
        clock.wait(5)
    assert found[0]["status"] == status
    assert "done" in found[0]["snapshot"]["lines"]
    assert found[0]["match"] is None or found[0]["match"]["text"] == "done"
    assert (found[0]["match"] is None) == (status != "matched")


async def test_waiting_gives_up_although_the_world_stands_still(terminal: Caller) -> None:
    assert (await send(terminal, "wait", {"mode": "regex", "pattern": "never", "timeout_ms": 30}))["status"] == "timeout"


async def test_waiting_ends_with_its_terminal_and_has_only_so_many_seats(terminal: Caller) -> None:
    found: list[Any] = []

    async def wait() -> None:
        found.append((await send(terminal, "wait", {"mode": "regex", "pattern": "never"}))["status"])

    async with anyio.create_task_group() as tasks:
        for _ in range(MAX_WAITERS):
            tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert (await terminal("POST", f"{TERMINAL}/wait?terminal_id=7", {}))[0] == 429
        await terminal("DELETE", f"{TERMINAL}/7")
    assert found == ["exited"] * MAX_WAITERS
