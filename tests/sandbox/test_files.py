"""Files of a container in the sandbox: reading, writing, and what is refused."""

from __future__ import annotations

import hashlib

import pytest

from .conftest import Caller, Clock
from .disk import BYTES, FILES, INDEX, LINES, NOTE, REQUIRED, STAT, put


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
