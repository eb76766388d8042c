"""Processes, ports, resources and power, as the terminal service of the sandbox tells and changes them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Caller, Clock

TERMINAL, SYSTEM = "/api/v1/terminal", "/api/v1/system"

# The reference leaves the answers open; these are the fields that the SDK's guides read.
FIELDS = {
    "process": {"pid", "name", "cpu_percent"},
    "details": {"pid", "name", "cmdline", "environment", "open_files"},
    "port": {"port", "program", "user"},
    "signal": {"success", "message", "affected_pids"},
    "reboot": {"effective_minutes"},
}


@pytest.fixture
def terminal(caller: Caller, running: dict[str, Any]) -> Caller:
    return caller.service(running, "terminal")


async def start(terminal: Caller, command: str, number: int = 7) -> dict[str, Any]:
    body = {"command": command, "wait": False}
    return (await terminal("POST", f"{TERMINAL}/execute?terminal_id={number}", body))[1]


async def status(terminal: Caller, started: dict[str, Any]) -> tuple[str, int | None]:
    found = (await terminal("GET", f"{TERMINAL}/result/{started['command_id']}"))[1]
    return found["status"], found["exit_code"]


async def test_answers_have_the_fields_that_clients_read(terminal: Caller) -> None:
    pid = (await start(terminal, "sleep 100"))["pid"]
    found = {
        "process": (await terminal("GET", f"{SYSTEM}/processes"))[1][0],
        "details": (await terminal("GET", f"{SYSTEM}/processes/{pid}"))[1],
        "port": (await terminal("GET", f"{SYSTEM}/ports"))[1][0],
        "signal": (await terminal("POST", f"{SYSTEM}/process/signal", {"pid": pid}))[1],
        "reboot": (await terminal("POST", f"{SYSTEM}/reboot"))[1],
    }
    assert {name: FIELDS[name] - set(answer) for name, answer in found.items()} == {name: set[str]() for name in FIELDS}


async def test_what_runs_is_a_process(terminal: Caller, clock: Clock) -> None:
    started = await start(terminal, "sleep 100")
    found = (await terminal("GET", f"{SYSTEM}/processes", filter="SLE"))[1]
    assert [(each["pid"], each["name"], each["cmdline"]) for each in found] == [(started["pid"], "sleep", "sleep 100")]
    names = [each["name"] for each in (await terminal("GET", f"{SYSTEM}/processes", sort="name"))[1]]
    assert names == ["bash", "init", "sleep", "terminal"]
    assert len((await terminal("GET", f"{SYSTEM}/processes", sort="cpu", limit=2))[1]) == 2
    assert (await terminal("GET", f"{SYSTEM}/processes/{started['pid']}"))[1]["environment"]["HOME"] == "/root"
    clock.wait(101)
    assert (await terminal("GET", f"{SYSTEM}/processes/{started['pid']}"))[0] == 404


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ({}, ("aborted", 143)),
        ({"signal": "SIGINT"}, ("aborted", 130)),
        ({"signal": "hup"}, ("aborted", 129)),
        ({"signal": "9"}, ("aborted", 137)),
        ({"signal": 34}, ("aborted", 162)),
        ({"signal": "INT", "force": True}, ("aborted", 137)),
        ({"signal": 0}, ("running", None)),
        ({"signal": "WINCH"}, ("running", None)),
    ],
)
async def test_a_signal_does_what_it_does(terminal: Caller, body: Any, end: Any) -> None:
    started = await start(terminal, "sleep 100")
    answer = (await terminal("POST", f"{SYSTEM}/process/signal", body | {"pid": started["pid"]}))[1]
    assert answer["affected_pids"] == [started["pid"]]
    assert await status(terminal, started) == end


async def test_a_name_means_all_who_have_it(terminal: Caller) -> None:
    started = [await start(terminal, "sleep 100", number) for number in (7, 8)]
    answer = (await terminal("POST", f"{SYSTEM}/process/signal", {"name": "sleep"}))[1]
    assert answer["affected_pids"] == [each["pid"] for each in started]
    assert [await status(terminal, each) for each in started] == [("aborted", 143)] * 2


async def test_a_shell_goes_when_it_is_killed_only(terminal: Caller) -> None:
    await start(terminal, "pwd")
    for signal, left in (("TERM", 1), ("KILL", 0)):
        await terminal("POST", f"{SYSTEM}/process/signal", {"name": "bash", "signal": signal})
        assert len((await terminal("GET", f"{TERMINAL}/sessions"))[1]) == left


@pytest.mark.parametrize("target", ["pid", "name", "descendants"])
async def test_a_frozen_command_takes_longer(terminal: Caller, clock: Clock, target: str) -> None:
    started = await start(terminal, "sleep 10")
    body = {"pid": {"pid": started["pid"]}, "name": {"name": "SLEEP"}, "descendants": {"name": "bash", "include_descendants": True}}[target]
    clock.wait(5)
    assert started["pid"] in (await terminal("POST", f"{SYSTEM}/processes/freeze", body))[1]["affected_pids"]
    assert (await terminal("GET", f"{SYSTEM}/processes/{started['pid']}"))[1]["state"] == "T"
    clock.wait(100)
    assert await status(terminal, started) == ("running", None)
    await terminal("POST", f"{SYSTEM}/processes/unfreeze", body)
    clock.wait(4)
    assert await status(terminal, started) == ("running", None)
    clock.wait(1)
    assert await status(terminal, started) == ("completed", 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "process/signal", {}, 400),
        ("POST", "process/signal", {"pid": 1, "name": "x"}, 400),
        ("POST", "process/signal", {"pid": "1"}, 400),
        ("POST", "process/signal", {"pid": 999, "signal": "SIGNONE"}, 400),
        ("POST", "process/signal", {"pid": 999, "signal": 65}, 400),
        ("POST", "process/signal", {"pid": 999}, 404),
        ("POST", "process/signal", {"name": "longer than fifteen"}, 404),
        ("POST", "process/signal", {"pid": 1}, 403),
        ("POST", "processes/freeze", {"name": "terminal"}, 403),
        ("POST", "processes/freeze", {"pid": 1, "signal": 9}, 400),
        ("POST", "processes/unfreeze", {}, 400),
        ("GET", "processes/x", None, 400),
        ("GET", "processes?sort=age", None, 400),
        ("GET", "processes?limit=0", None, 400),
        ("POST", "reboot?delay=86401", None, 400),
        ("POST", "shutdown?delay=-1", None, 400),
    ],
)
async def test_what_does_not_fit_is_refused(terminal: Caller, method: str, path: str, body: Any, code: int) -> None:
    assert (await terminal(method, f"{SYSTEM}/{path}", body))[0] == code


@pytest.mark.parametrize(
    ("query", "ports"),
    [
        ({}, [22, 5000]),
        ({"port": 22}, [22]),
        ({"protocol": "udp"}, []),
        ({"protocol": "tcp,udp", "ip": "127.0.0.1"}, [5000]),
        ({"http_only": "true"}, [5000]),
        ({"hoody_only": "true", "user": "root"}, [5000]),
        ({"skip_program": "sshd,other"}, [5000]),
    ],
)
async def test_ports_are_filtered(terminal: Caller, query: Any, ports: list[int]) -> None:
    assert [each["port"] for each in (await terminal("GET", f"{SYSTEM}/ports", **query))[1]] == ports


async def test_resources_are_measured(terminal: Caller, clock: Clock) -> None:
    before = (await terminal("GET", f"{SYSTEM}/resources"))[1]
    clock.wait(10)
    await terminal("POST", f"{TERMINAL}/execute?ephemeral=true", {"command": "printf 12345 > f"})
    after = (await terminal("GET", f"{SYSTEM}/resources"))[1]
    assert after["disk"][0]["used_bytes"] - before["disk"][0]["used_bytes"] == 5
    assert after["uptime_seconds"] - before["uptime_seconds"] == 10
    assert 0 < after["memory"]["used_percent"] < 100


async def test_there_are_no_displays_and_no_supervised_programs(terminal: Caller) -> None:
    assert [(await terminal("GET", f"{SYSTEM}/{name}"))[1] for name in ("displays", "daemon")] == [[], []]


async def test_a_reboot_ends_what_runs_and_the_services_sleep_meanwhile(terminal: Caller, clock: Clock) -> None:
    await start(terminal, "sleep 100")
    assert (await terminal("POST", f"{SYSTEM}/reboot"))[0] == 200
    assert (await terminal("GET", f"{SYSTEM}/processes"))[0] == 502
    clock.wait(2)
    assert (await terminal("GET", f"{SYSTEM}/processes"))[0] == 503
    clock.wait(1)
    assert (await terminal("GET", f"{TERMINAL}/sessions"))[1] == []


@pytest.mark.parametrize(("what", "end"), [("reboot", "running"), ("shutdown", "stopped")])
async def test_a_delay_is_rounded_up_to_minutes(caller: Caller, clock: Clock, running: dict[str, Any], what: str, end: str) -> None:
    terminal = caller.service(running, "terminal")
    await start(terminal, "sleep 1000")
    assert (await terminal("POST", f"{SYSTEM}/{what}", delay=61))[1]["effective_minutes"] == 2
    clock.wait(119)
    assert len((await terminal("GET", f"{TERMINAL}/sessions"))[1]) == 1
    clock.wait(1)
    assert (await caller.ok("GET", f"/containers/{running['id']}"))["status"] == "stopped"
    clock.wait(60)
    assert (await caller.ok("GET", f"/containers/{running['id']}"))["status"] == end


async def test_a_shutdown_stops_the_container(terminal: Caller, caller: Caller, running: dict[str, Any]) -> None:
    await terminal("POST", f"{SYSTEM}/shutdown")
    assert (await caller.ok("GET", f"/containers/{running['id']}"))["status"] == "stopped"
