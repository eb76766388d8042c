"""Commands and sessions of the terminal service in the sandbox."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from hoody_mcp.sandbox import seed

from .conftest import Caller, Clock

TERMINAL = "/api/v1/terminal"
ONCE = f"{TERMINAL}/execute?ephemeral=true"

# The reference leaves the answers of this service open; these are the fields that the SDK and the guides read.
FIELDS = {
    "execute": {"command_id", "terminal_id", "status", "exit_code", "stdout", "stderr", "timed_out"},
    "create": {"status", "terminal_id", "shell_ready", "is_ssh", "pid"},
    "session": {"terminal_id", "command_history"},
    "history": {"terminal_id", "history"},
}


@pytest.fixture
def terminal(caller: Caller, running: dict[str, Any]) -> Caller:
    return caller.service(running, "terminal")


async def start(terminal: Caller, command: str, path: str = ONCE, **more: Any) -> dict[str, Any]:
    status, found = await terminal("POST", path, {"command": command, "wait": False, **more})
    assert status == 200, found
    return found


async def result(terminal: Caller, started: dict[str, Any]) -> dict[str, Any]:
    return (await terminal("GET", f"{TERMINAL}/result/{started['command_id']}"))[1]


async def in_session(terminal: Caller, command: str, number: int = 7) -> dict[str, Any]:
    return (await terminal("POST", f"{TERMINAL}/execute?terminal_id={number}", {"command": command}))[1]


async def test_answers_have_the_fields_that_clients_read(terminal: Caller) -> None:
    found = {
        "create": (await terminal("POST", f"{TERMINAL}/create", {"terminal_id": "7"}))[1],
        "execute": await in_session(terminal, "pwd"),
    }
    found["session"] = (await terminal("GET", f"{TERMINAL}/sessions"))[1][0]
    found["history"] = (await terminal("GET", f"{TERMINAL}/history/7"))[1]
    assert {name: FIELDS[name] - set(answer) for name, answer in found.items()} == {name: set[str]() for name in FIELDS}


async def test_the_service_says_that_it_is_there(terminal: Caller) -> None:
    status, found = await terminal("GET", f"{TERMINAL}/health")
    assert status == 200
    assert set(found) == {"status", "service", "built", "started", "memory", "fds", "pid", "ip", "userAgent"}


async def test_a_command_that_fails_is_a_call_that_succeeds(terminal: Caller) -> None:
    status, found = await terminal("POST", ONCE, {"command": "echo out; echo err >&2; exit 4"})
    assert (status, found["status"], found["exit_code"], found["stdout"], found["stderr"]) == (200, "completed", 4, "out\n", "err\n")
    assert int(found["terminal_id"]) >= 40_000


async def test_output_comes_as_time_goes_by(terminal: Caller, clock: Clock) -> None:
    started = await start(terminal, "echo a; sleep 5; echo b; sleep 5; touch /root/late; echo c")
    assert (started["status"], started["exit_code"], started["stdout"]) == ("running", None, "a\n")
    clock.wait(6)
    assert (await result(terminal, started))["stdout"] == "a\nb\n"
    clock.wait(60)
    found = await result(terminal, started)
    assert (found["status"], found["exit_code"], found["stdout"], found["duration_ms"]) == ("completed", 0, "a\nb\nc\n", 10_000)


async def test_a_command_changes_files_when_its_time_has_come(
    terminal: Caller, caller: Caller, clock: Clock, running: dict[str, Any]
) -> None:
    await start(terminal, "sleep 5; touch /root/late")
    stat = "/api/v1/files/stat/root/late"
    assert (await caller.service(running, "files")("GET", stat))[0] == 404
    clock.wait(5)
    began = clock.now
    clock.wait(20)
    assert (await caller.service(running, "files")("GET", stat))[1]["mtime"] == began * 1000


async def test_a_call_that_waits_answers_when_the_command_has_ended(terminal: Caller, clock: Clock) -> None:
    found: list[Any] = []

    async def wait() -> None:
        found.append(await terminal("POST", ONCE, {"command": "sleep 30; echo done"}))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert found == []
        clock.wait(30)
    assert (found[0][0], found[0][1]["stdout"]) == (200, "done\n")


async def test_a_limit_ends_a_command(terminal: Caller, clock: Clock) -> None:
    started = await start(terminal, "echo a; sleep 60; echo b", timeout=10)
    clock.wait(11)
    found = await result(terminal, started)
    assert (found["status"], found["timed_out"], found["exit_code"], found["stdout"]) == ("timed_out", True, 124, "a\n")


@pytest.mark.parametrize(("force", "code"), [(False, 130), (True, 137)])
async def test_a_command_is_ended_once(terminal: Caller, force: bool, code: int) -> None:  # noqa: FBT001 - a parameter of pytest's
    started = await start(terminal, "echo a; sleep 60")
    path = f"{TERMINAL}/execute/{started['command_id']}/abort"
    status, found = await terminal("POST", path, {"force": force})
    assert (status, found["status"], found["exit_code"], found["stdout"]) == (200, "aborted", code, "a\n")
    status, found = await terminal("POST", path)
    assert (status, found["code"], found["result"]["stdout"]) == (409, "COMMAND_ALREADY_COMPLETED", "a\n")


async def test_a_result_of_a_throwaway_terminal_is_kept_for_five_minutes(terminal: Caller, clock: Clock) -> None:
    started = await start(terminal, "sleep 100")
    clock.wait(399)
    assert (await result(terminal, started))["exit_code"] == 0
    clock.wait(2)
    status, found = await terminal("GET", f"{TERMINAL}/result/{started['command_id']}")
    assert (status, found["status"], found["code"]) == (404, "error", "COMMAND_NOT_FOUND")


async def test_a_session_keeps_directory_and_variables(terminal: Caller) -> None:
    await in_session(terminal, "cd /etc; export A=1")
    assert (await in_session(terminal, "pwd; echo $A"))["stdout"] == "/etc\n1\n"
    assert (await in_session(terminal, "pwd", 8))["stdout"] == "/root\n"
    reset = f"{TERMINAL}/execute?terminal_id=7&reset&env=B=2&env=C=x=y&cwd=/new/dir&cwd_auto_create=1&user=user&display=3"
    line = "pwd; echo $A $B $C $DISPLAY; whoami"
    assert (await terminal("POST", reset, {"command": line}))[1]["stdout"] == "/new/dir\n2 x=y :3\nuser\n"


async def test_a_command_may_have_its_own_directory_and_variables(terminal: Caller) -> None:
    body = {"command": "pwd; echo $A $B; cd /", "cwd": "/etc", "env": {"A": "x", "B": 2}}
    found = (await terminal("POST", f"{TERMINAL}/execute?terminal_id=7", body))[1]
    assert found["stdout"] == "/etc\nx 2\n"
    assert (await in_session(terminal, "pwd; echo [$A]"))["stdout"] == "/root\n[]\n"


async def test_variables_of_the_container_are_there(terminal: Caller, caller: Caller, running: dict[str, Any]) -> None:
    await caller.ok("PUT", f"/containers/{running['id']}/env", {"COLOR": "red"})
    assert (await in_session(terminal, "echo $COLOR $HOODY_CONTAINER"))["stdout"] == f"red {running['id']}\n"


async def test_commands_of_a_session_wait_for_one_another(terminal: Caller, clock: Clock) -> None:
    path = f"{TERMINAL}/execute?terminal_id=7"
    first, second = await start(terminal, "sleep 5; echo 1", path), await start(terminal, "sleep 5; echo 2", path, id="99")
    assert (first["status"], second["status"], second["command_id"]) == ("running", "queued", "99")
    assert (await terminal("POST", path, {"command": "pwd", "id": "99"}))[0] == 409
    clock.wait(7)
    assert [(await result(terminal, each))["status"] for each in (first, second)] == ["completed", "running"]
    third = await start(terminal, "echo 3", path)
    assert (await terminal("POST", f"{TERMINAL}/execute/{third['command_id']}/abort"))[1]["status"] == "aborted"
    clock.wait(7)
    assert (await result(terminal, second))["stdout"] == "2\n"


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("ephemeral=true", {}, 400),
        ("ephemeral=true", {"command": ""}, 400),
        ("ephemeral=true", {"cmd": "ls"}, 400),
        ("ephemeral=true", {"command": 1}, 400),
        ("ephemeral=true", {"command": "ls", "terminal_id": "1"}, 400),
        ("ephemeral=true", {"command": "ls", "wait": "false"}, 400),
        ("ephemeral=true", {"command": "ls", "timeout": -1}, 400),
        ("ephemeral=true", {"command": "ls", "id": "0"}, 400),
        ("ephemeral=true", {"command": "ls", "id": "65536"}, 400),
        ("ephemeral=true", {"command": "ls", "cwd": None}, 400),
        ("ephemeral=true", {"command": "ls", "cwd": "/nowhere"}, 400),
        ("ephemeral=maybe", {"command": "ls"}, 400),
        ("", {"command": "ls"}, 400),
        ("terminal_id=0", {"command": "ls"}, 400),
        ("terminal_id=x", {"command": "ls"}, 400),
        ("terminal_id=65536", {"command": "ls"}, 400),
        ("terminal_id=40000", {"command": "ls"}, 400),
        ("terminal_id=1&cwd=/nowhere", {"command": "ls"}, 400),
        ("terminal_id=1&user=stranger", {"command": "ls"}, 400),
        ("terminal_id=1&shell=perl", {"command": "ls"}, 400),
        ("terminal_id=1&env=A", {"command": "ls"}, 400),
        ("terminal_id=1&ssh_host=example.com", {"command": "ls"}, 501),
        ("terminal_id=1&socks5_pass=x", {"command": "ls"}, 501),
        ("terminal_id=1&defer_pid=9", {"command": "ls"}, 501),
        ("terminal_id=0&ephemeral", {"command": "ls"}, 200),
    ],
)
async def test_a_command_that_does_not_fit_is_refused(terminal: Caller, query: str, body: Any, status: int) -> None:
    found = await terminal("POST", f"{TERMINAL}/execute?{query}", body)
    assert found[0] == status
    assert set(found[1]) == {"status", "code", "message"} or status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/result/9", 404),
        ("GET", "/result/x", 400),
        ("POST", "/execute/9/abort", 404),
        ("POST", "/write?terminal_id=9", 404),
        ("POST", "/write", 400),
        ("DELETE", "/9", 404),
        ("DELETE", "/x", 400),
        ("GET", "/history/9", 404),
        ("GET", "/raw", 404),
        ("GET", "/raw?terminal_id=7&format=pdf", 400),
        ("GET", "/sessions?history_limit=1001", 400),
        ("GET", "/screenshot?terminal_id=7", 501),
        ("POST", "/mouse?terminal_id=7", 501),
        ("GET", "/ws", 501),
    ],
)
async def test_what_is_not_there_is_said_in_the_words_of_the_service(terminal: Caller, method: str, path: str, status: int) -> None:
    await in_session(terminal, "pwd")
    found = await terminal(method, TERMINAL + path, {"input": "x"} if "write" in path else None)
    assert (found[0], set(found[1])) == (status, {"status", "code", "message"})


async def test_a_terminal_is_opened_once_listed_and_closed(terminal: Caller, clock: Clock) -> None:
    made = (await terminal("POST", f"{TERMINAL}/create", {"terminal_id": "7", "cols": 120, "shell": "/bin/zsh", "cwd": "/etc"}))[1]
    assert (made["created"], made["cols"], made["shell"], made["cwd"]) == (True, 120, "/bin/zsh", "/etc")
    assert (await terminal("POST", f"{TERMINAL}/create", {"terminal_id": "7"}))[1]["created"] is False
    started = await start(terminal, "sleep 1000", f"{TERMINAL}/execute?terminal_id=7")
    clock.wait(400)
    listed = (await terminal("GET", f"{TERMINAL}/sessions"))[1]
    assert [(each["terminal_id"], each["running_command"]) for each in listed] == [("7", "sleep 1000")]
    assert (await terminal("DELETE", f"{TERMINAL}/7"))[0] == 200
    assert (await terminal("GET", f"{TERMINAL}/sessions"))[1] == []
    assert (await terminal("GET", f"{TERMINAL}/result/{started['command_id']}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"terminal_id": 7}, 400),
        ({"terminal_id": "40001"}, 400),
        ({"terminal_id": "7", "cols": 0}, 400),
        ({"terminal_id": "7", "more": 1}, 400),
        ({"terminal_id": "7", "ssh_host": "x", "ssh_user": "y"}, 501),
        ({"terminal_id": "7", "desktop": True}, 501),
        ({"ephemeral": True}, 200),
    ],
)
async def test_a_terminal_that_cannot_be_is_refused(terminal: Caller, body: Any, status: int) -> None:
    assert (await terminal("POST", f"{TERMINAL}/create", body))[0] == status


async def test_an_idle_terminal_goes_after_five_minutes(terminal: Caller, clock: Clock) -> None:
    await in_session(terminal, "pwd")
    clock.wait(290)
    assert len((await terminal("GET", f"{TERMINAL}/history/7"))[1]["history"]) == 1
    clock.wait(290)
    assert (await terminal("GET", f"{TERMINAL}/history/7"))[0] == 200
    clock.wait(301)
    assert (await terminal("GET", f"{TERMINAL}/history/7"))[0] == 404


async def test_history_is_cut_where_the_limit_says(terminal: Caller) -> None:
    for word in ("a", "b", "c"):
        await in_session(terminal, f"echo {word}")
    for name in ("history_limit", "history_lines"):
        listed = (await terminal("GET", f"{TERMINAL}/sessions", **{name: 2}))[1]
        assert [each["command"] for each in listed[0]["command_history"]] == ["echo b", "echo c"]
    assert (await terminal("GET", f"{TERMINAL}/history/7"))[1]["total"] == 3


async def test_raw_output_comes_in_three_forms(terminal: Caller) -> None:
    await in_session(terminal, "echo '<b>'")
    whole = "root@box:~# echo '<b>'\n<b>\nroot@box:~# "
    assert (await terminal("GET", f"{TERMINAL}/raw", terminal_id=7))[1].decode() == whole
    assert "attachment" in terminal.last["content-disposition"]
    assert (await terminal("GET", f"{TERMINAL}/raw", terminal_id=7, format="text", tail=2))[1].decode() == "<b>\nroot@box:~# "
    assert b"&lt;b&gt;" in (await terminal("GET", f"{TERMINAL}/raw", terminal_id=7, format="html"))[1]


async def test_a_question_is_answered_at_the_keyboard(terminal: Caller) -> None:
    started = await start(terminal, "read -p 'Go on? ' answer; echo got $answer", f"{TERMINAL}/execute?terminal_id=7")
    assert (started["status"], started["stderr"]) == ("running", "Go on? ")
    status, found = await terminal("POST", f"{TERMINAL}/write?terminal_id=7", {"input": "yes"})
    assert (status, found["bytes_written"]) == (200, 4)
    assert (await result(terminal, started))["stdout"] == "got yes\n"


async def test_a_restart_ends_everything(terminal: Caller, caller: Caller, clock: Clock, running: dict[str, Any]) -> None:
    started = await start(terminal, "sleep 1000")
    await caller.ok("POST", f"/containers/{running['id']}/restart")
    clock.wait(60)
    assert (await terminal("GET", f"{TERMINAL}/result/{started['command_id']}"))[0] == 404


async def test_terminals_of_containers_are_their_own(terminal: Caller, caller: Caller, clock: Clock, running: dict[str, Any]) -> None:
    await in_session(terminal, "pwd")
    made = await caller.ok("POST", f"/projects/{seed.PROJECT}/containers", {"server_id": running["server_id"], "name": "other"})
    clock.wait(60)
    assert (await caller.service(made, "terminal")("GET", f"{TERMINAL}/sessions"))[1] == []
