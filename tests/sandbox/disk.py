"""A file service and what it answers with: what the tests of files share."""

from __future__ import annotations

from .conftest import Caller

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


async def put(files: Caller, path: str, content: bytes = b"x") -> None:
    assert (await files("PUT", FILES + path, content))[0] == 200
