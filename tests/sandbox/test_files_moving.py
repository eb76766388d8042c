"""Files of a container in the sandbox: copies, moves, attributes, searches."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox.disk import CAPACITY
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock
from .disk import FILES, put


async def test_a_copy_leaves_the_source_and_replaces_only_when_told(files: Caller) -> None:
    await put(files, "/root/d/in/f", b"new")
    assert (await files("PATCH", f"{FILES}/chmod/root/d/in/f", chmod="600"))[0] == 200
    await put(files, "/srv/d/old")
    assert (await files("POST", f"{FILES}/copy/root/d", copy_to="/srv/d"))[0] == 409
    assert (await files("POST", f"{FILES}/copy/root/d", copy_to="/srv/d", overwrite="true"))[0] == 200
    assert [(await files("GET", FILES + path))[0] for path in ("/srv/d/in/f", "/root/d/in/f", "/srv/d/old")] == [200, 200, 404]
    assert (await files("GET", f"{FILES}/stat/srv/d/in/f"))[1]["permissions"] == "600"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/move/root/d?move_to=/new/place", None),
        ("POST", "/root/d?move_to=/new/place", None),
        ("PATCH", "/root/d", {"move_to": "/new/place"}),
    ],
)
async def test_a_move_takes_everything_along(files: Caller, method: str, path: str, body: Any) -> None:
    await put(files, "/root/d/f", b"kept")
    await files("PATCH", f"{FILES}/chown/root/d/f", chown="user")
    status, found = await files(method, FILES + path, body)
    assert (status, found) == (200, {"success": True, "source": "/root/d", "destination": "/new/place"})
    assert (await files("GET", f"{FILES}/root/d"))[0] == 404
    assert (await files("GET", f"{FILES}/stat/new/place/f"))[1]["owner"] == "user"


@pytest.mark.parametrize(
    "body", [{"name": "a/b"}, {"name": ""}, {"name": "x", "move_to": "/y"}, {"other": 1}, {"name": None}, {"move_to": "y"}]
)
async def test_a_rename_that_does_not_fit_is_refused(files: Caller, body: Any) -> None:
    await put(files, "/root/f")
    assert (await files("PATCH", f"{FILES}/root/f", body))[0] == 400


async def test_a_rename_stays_in_its_directory(files: Caller) -> None:
    await put(files, "/root/f", b"1")
    assert (await files("PATCH", f"{FILES}/root/f", {"name": "g"}))[1]["destination"] == "/root/g"
    assert (await files("GET", f"{FILES}/root/g"))[1] == b"1"


async def test_mode_and_owner_are_kept(files: Caller) -> None:
    await put(files, "/root/f")
    assert (await files("PATCH", f"{FILES}/chmod/root/f", chmod="0755"))[1] == {"success": True, "path": "/root/f", "mode": "755"}
    assert (await files("PATCH", f"{FILES}/root/f", chown=":nobody"))[1] == {
        "success": True,
        "path": "/root/f",
        "owner": "root",
        "group": "nobody",
    }
    found = (await files("GET", f"{FILES}/root/f", stat=""))[1]
    assert (found["permissions"], found["owner"], found["group"]) == ("755", "root", "nobody")


async def test_only_what_is_new_belongs_to_the_owner_that_was_named(files: Caller) -> None:
    await put(files, "/root/old")
    for path in ("/root/old", "/opt/new/f"):
        assert (await files("PUT", FILES + path, b"", owner="user:www-data"))[0] == 200
    owners = [(await files("GET", f"{FILES}/stat{path}"))[1]["owner"] for path in ("/root/old", "/opt/new", "/opt/new/f")]
    assert owners == ["root", "user", "user"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.py", ["/w/a.py"]),
        ("**/*.py", ["/w/a.py", "/w/s/b.py"]),
        ("s/*.{py,txt}", ["/w/s/b.py", "/w/s/c.txt"]),
        ("[!b].py", ["/w/a.py"]),
        ("s", ["/w/s"]),
        ("?", ["/w/s"]),
        ("s/**", ["/w/s/b.py", "/w/s/c.txt"]),
    ],
)
async def test_patterns_find_paths(files: Caller, pattern: str, names: list[str]) -> None:
    for path in ("/w/a.py", "/w/s/b.py", "/w/s/c.txt"):
        await put(files, path)
    found = (await files("GET", f"{FILES}/glob/w", pattern=pattern, sort="name"))[1]
    assert [each["name"] for each in found["entries"]] == names


async def test_newer_paths_come_first_and_a_limit_is_told(files: Caller, clock: Clock) -> None:
    for name in ("old", "new"):
        await put(files, f"/w/{name}")
        clock.wait(10)
    found = (await files("GET", f"{FILES}/w", glob="*", max_results=1))[1]
    assert ([each["name"] for each in found["entries"]], found["truncated"], found["count"]) == (["/w/new"], True, 1)


async def test_contents_are_searched_with_lines_around(files: Caller) -> None:
    await put(files, "/w/a.txt", b"one\nTODO: two\nthree\n")
    await put(files, "/w/b.bin", b"TODO\0")
    await put(files, "/w/c.md", b"todo")
    found = (await files("GET", f"{FILES}/grep/w", pattern="todo", ignore_case="true", context=1, glob="*.{txt,bin}"))[1]
    match = {
        "path": "/w/a.txt",
        "line_number": 2,
        "line": "TODO: two",
        "column_byte": 0,
        "context_before": ["one"],
        "context_after": ["three"],
    }
    assert (found["matches"], found["total_files_matched"], found["total_files_searched"]) == ([match], 1, 2)
    assert (await files("GET", f"{FILES}/w/c.md", grep="t.d", fixed_string="true"))[1]["matches"] == []


async def test_the_routes_at_the_root_do_the_same(files: Caller) -> None:
    assert (await files("PUT", "/root/web/f.txt", b"12"))[0] == 201
    assert (await files("PUT", "/root/web/empty?touch="))[0] == 201
    assert (await files("GET", "/root/web/f.txt"))[1] == b"12"
    assert (await files("HEAD", "/root/web/f.txt"))[0] == 200
    assert files.last["content-length"] == "2"
    assert (await files("GET", "/root/web", simple=""))[1] == b"empty\nf.txt\n"
    assert b"f.txt" in (await files("GET", "/root/web"))[1]
    assert (await files("DELETE", "/root/web/f.txt"))[1]["success"] is True


async def test_names_are_searched_below_a_directory(files: Caller) -> None:
    for path in ("/w/Report.txt", "/w/s/report2", "/w/other"):
        await put(files, path)
    found = (await files("GET", "/w", q="REPORT", json=""))[1]
    assert [each["name"] for each in found["paths"]] == ["Report.txt", "s/report2"]
    assert (await files("GET", "/w", q="x" * 513, json=""))[0] == 400


async def test_a_touch_moves_the_time_and_keeps_the_content(files: Caller, clock: Clock) -> None:
    await put(files, "/root/f", b"1")
    clock.wait(100)
    await files("PUT", "/root/f?touch=")
    found = (await files("GET", f"{FILES}/stat/root/f"))[1]
    assert (found["mtime"], found["size"]) == (clock.now * 1000, 1)


async def test_a_directory_is_made_once(files: Caller) -> None:
    assert [(await files("MKCOL", "/root/a/b"))[0] for _ in range(2)] == [201, 405]
    assert (await files("MKCOL", f"{FILES}/root"))[0] == 501
    assert (await files("GET", f"{FILES}/stat/root/a/b"))[1]["path_type"] == "Dir"


async def test_a_directory_is_made_by_an_operation_too(files: Caller) -> None:
    assert (await files("POST", f"{FILES}/root/a/b", mkdir=""))[0] == 200
    assert (await files("GET", f"{FILES}/stat/root/a"))[1]["path_type"] == "Dir"


async def test_a_disk_is_full_at_some_time(files: Caller, world: World, running: dict[str, Any]) -> None:
    await put(files, "/root/f")
    world.containers[running["id"]].files["/root/big"] = bytes(CAPACITY - 20)
    for method, path in (("PUT", "/root/more"), ("POST", "/copy/root/big?copy_to=/root/twice")):
        assert (await files(method, FILES + path, bytes(30)))[0] == 507
    assert (await files("GET", f"{FILES}/root/twice"))[0] == 404


async def test_each_container_has_a_disk_of_its_own(files: Caller, caller: Caller, clock: Clock, running: dict[str, Any]) -> None:
    await put(files, "/root/f")
    made = await caller.ok("POST", f"/projects/{running['project_id']}/containers", {"server_id": running["server_id"], "name": "other"})
    clock.wait(60)
    assert (await caller.service(made, "files")("GET", f"{FILES}/root/f"))[0] == 404
