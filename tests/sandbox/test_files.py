"""Files of containers in the sandbox."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from hoody_mcp.sandbox.disk import CAPACITY
from hoody_mcp.sandbox.state import World

from .conftest import Caller, Clock

FILES = "/api/v1/files"
BYTES = bytes(range(256)) * 3 + b"\r\n\xff"
NOTE = f"{FILES}/root/a/note.txt"
LINES = b"one\ntwo\nthree\nfour\n"

# What the reference marks as required in answers of this service, and the names that it gives to the rest.
REQUIRED = {
    "delete": {"message"},
    "glob": {"count", "duration_ms", "entries", "path", "pattern", "total_scanned", "truncated"},
    "glob entry": {"is_dir", "name", "size"},
    "grep": {"duration_ms", "matches", "path", "pattern", "total_files_matched", "total_files_searched", "total_matches", "truncated"},
    "grep match": {"column_byte", "line", "line_number", "path"},
    "realpath": {"path", "real_path"},
}
STAT = {"group", "is_symlink", "mtime", "name", "owner", "path", "path_type", "permissions", "revisions", "size", "symlink_target"}
INDEX = {
    "allow_archive",
    "allow_delete",
    "allow_search",
    "allow_upload",
    "auth",
    "dir_exists",
    "href",
    "kind",
    "paths",
    "uri_prefix",
    "user",
}


@pytest.fixture
def files(caller: Caller, running: dict[str, Any]) -> Caller:
    return caller.service(running, "files")


async def put(files: Caller, path: str, content: bytes = b"x") -> None:
    assert (await files("PUT", FILES + path, content))[0] == 200


async def test_every_answer_has_the_fields_that_the_reference_requires(files: Caller) -> None:
    await put(files, "/home/d/a.txt", b"word")
    globbed = (await files("GET", f"{FILES}/glob/home", pattern="**/*.txt"))[1]
    grepped = (await files("GET", f"{FILES}/grep/home", pattern="word"))[1]
    found = {
        "glob": globbed,
        "glob entry": globbed["entries"][0],
        "grep": grepped,
        "grep match": grepped["matches"][0],
        "realpath": (await files("GET", f"{FILES}/realpath/home/d/./a.txt"))[1],
        "delete": (await files("DELETE", f"{FILES}/home/d/a.txt"))[1],
    }
    assert {name: REQUIRED[name] - set(answer) for name, answer in found.items()} == {name: set[str]() for name in found}
    assert set((await files("GET", f"{FILES}/stat/home"))[1]) == STAT
    listed = (await files("GET", f"{FILES}/"))[1]
    assert set(listed) == INDEX
    assert set(listed["paths"][0]) == {"mtime", "name", "path_type", "revisions", "size"}


async def test_the_service_says_that_it_is_there(files: Caller) -> None:
    status, found = await files("GET", f"{FILES}/health")
    assert status == 200
    assert set(found) == {"status", "service", "built", "started", "memory", "fds", "pid", "ip", "userAgent"}


@pytest.mark.parametrize("content", [BYTES, b"", b'{"k": 1}', b"null", "na\u00efve \U0001f600\n".encode()])
async def test_bytes_come_back_as_they_went_in(files: Caller, content: bytes) -> None:
    status, made = await files("PUT", NOTE, content)
    assert (status, made) == (200, {"success": True, "path": "/root/a/note.txt", "new_size": len(content)})
    assert (await files("GET", NOTE))[1] == content
    assert (await files("GET", NOTE, hash=""))[1] == hashlib.sha256(content).hexdigest().encode()


async def test_paths_may_hold_any_character(files: Caller) -> None:
    await put(files, "/home/a%20b/%C3%A9%23%3F%25.txt", b"odd")
    assert (await files("GET", f"{FILES}/stat/home/a b/é%23%3F%25.txt"))[1]["name"] == "é#?%.txt"
    assert (await files("GET", f"{FILES}/home%2Fa%20b%2F%C3%A9%23%3F%25.txt"))[1] == b"odd"


@pytest.mark.parametrize(
    ("name", "media"), [("a.json", "application/json"), ("a.md", "text/markdown; charset=utf-8"), ("a", "text/plain; charset=utf-8")]
)
async def test_a_file_says_what_it_is(files: Caller, name: str, media: str) -> None:
    await put(files, f"/home/{name}", b"{}")
    await files("GET", f"{FILES}/home/{name}")
    assert files.last["content-type"] == media


async def test_appending_adds_each_time_and_makes_what_is_missing(files: Caller) -> None:
    for path in (f"{FILES}/append/var/new/log", f"{FILES}/append/var/new/log", f"{FILES}/var/new/log?append="):
        assert (await files("PUT", path, b"ab"))[0] == 200
    assert (await files("GET", f"{FILES}/var/new/log"))[1] == b"ababab"


@pytest.mark.parametrize(
    ("lines", "content", "shown"),
    [
        ("2-3", b"two\nthree\n", "2-3"),
        ("2", b"two\n", "2-2"),
        ("3-", b"three\nfour\n", "3-4"),
        ("-1", b"four\n", "4-4"),
        ("1-99", LINES, "1-4"),
    ],
)
async def test_lines_can_be_read_alone(files: Caller, lines: str, content: bytes, shown: str) -> None:
    await put(files, "/home/l", LINES)
    assert (await files("GET", f"{FILES}/home/l", lines=lines))[1] == content
    assert (files.last["x-line-range"], files.last["x-total-lines"]) == (shown, "4")


async def test_a_directory_lists_what_is_in_it(files: Caller, clock: Clock) -> None:
    await put(files, "/home/d/file", b"123")
    await put(files, "/home/d/sub/deep")
    listed = (await files("GET", f"{FILES}/home/d"))[1]
    assert [(each["name"], each["path_type"], each["size"]) for each in listed["paths"]] == [("file", "File", 3), ("sub", "Dir", 1)]
    assert listed["paths"][0]["mtime"] == clock.now * 1000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{FILES}/nowhere", 404),
        ("GET", f"{FILES}/stat/nowhere", 404),
        ("GET", f"{FILES}/realpath/nowhere", 404),
        ("GET", f"{FILES}/glob/nowhere?pattern=*", 404),
        ("GET", f"{FILES}/grep/nowhere?pattern=x", 404),
        ("GET", f"{FILES}/glob/home", 400),
        ("GET", f"{FILES}/glob/home?pattern=[b-a]", 400),
        ("GET", f"{FILES}/grep/home", 400),
        ("GET", f"{FILES}/grep/home?pattern=(", 400),
        ("GET", f"{FILES}/grep/home?pattern=x&max_matches=0", 400),
        ("GET", f"{FILES}/root/f?lines=x", 400),
        ("GET", f"{FILES}/root/f?lines=5-2", 400),
        ("GET", f"{FILES}/root/%2e%2e/etc", 400),
        ("GET", f"{FILES}/realpath/root/%2e%2e/%2e%2e/etc", 403),
        ("GET", f"{FILES}/root/f?backend=1", 501),
        ("GET", f"{FILES}/root/f?revision=1", 501),
        ("PUT", f"{FILES}/root", 409),
        ("PUT", f"{FILES}/root/f/below", 409),
        ("PUT", f"{FILES}/root/%00", 400),
        ("PUT", f"{FILES}/root/new?owner=root", 400),
        ("DELETE", f"{FILES}/nowhere", 404),
        ("DELETE", f"{FILES}/", 403),
        ("POST", f"{FILES}/root/f", 400),
        ("POST", f"{FILES}/root/f?mkdir=&move_to=/x", 400),
        ("POST", f"{FILES}/root/f?extract=", 501),
        ("POST", f"{FILES}/root/f?download_from=http://x", 501),
        ("POST", f"{FILES}/root/f?mkdir=", 409),
        ("POST", f"{FILES}/copy/root/f", 400),
        ("POST", f"{FILES}/copy/root/f?copy_to=relative", 400),
        ("POST", f"{FILES}/copy/root/f?copy_to=/etc/hostname", 409),
        ("POST", f"{FILES}/copy/nowhere?copy_to=/etc/hostname", 404),
        ("POST", f"{FILES}/copy/root?copy_to=/root/inside", 400),
        ("POST", f"{FILES}/move/root/f?move_to=/root", 409),
        ("PATCH", f"{FILES}/chmod/root/f?chmod=999", 400),
        ("PATCH", f"{FILES}/chmod/root/nothing?chmod=644", 404),
        ("PATCH", f"{FILES}/chown/root/f?chown=root", 400),
        ("PATCH", f"{FILES}/chown/root/f?chown=stranger", 400),
        ("PATCH", f"{FILES}/chown/root/f", 400),
        ("PATCH", f"{FILES}/root/f", 400),
        ("GET", "/api/v1/backends", 501),
        ("GET", "/root/f?history=", 501),
        ("GET", "/root?download=http://x", 501),
        ("GET", "/root?q=", 400),
        ("PUT", "/root?touch=", 400),
        ("PATCH", "/root/f", 501),
    ],
)
async def test_what_does_not_fit_is_refused_in_the_words_of_the_service(files: Caller, method: str, path: str, status: int) -> None:
    await put(files, "/root/f")
    found = await files(method, path)
    assert (found[0], list(found[1])) == (status, ["error"])


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
