"""Finding files of a container, by their paths or by what stands in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from .disk import Disk
from .files_paths import asked_path, bad, disk_of, refuse, refusing
from .routes import Area
from .state import Json
from .wire import Ask, plain

area = Area()

MAX_LINE = 4096  # characters that are shown of a line
WILD = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|\{[^{}]*\}|.", re.DOTALL)


@area.route("GET /files/glob/{path:path}")
def glob(ask: Ask) -> Response:
    """Find paths that fit a pattern."""
    refuse(ask)
    return plain(globbed(ask, asked_path(ask), ask.query.get("pattern")))


@area.route("GET /files/grep/{path:path}")
def grep(ask: Ask) -> Response:
    """Find lines that fit a pattern."""
    refuse(ask)
    return plain(grepped(ask, asked_path(ask), ask.query.get("pattern")))


def globbed(ask: Ask, path: str, pattern: str | None) -> Json:
    """Give what the route for patterns of paths answers."""
    disk = disk_of(ask)
    fits = globber(pattern)
    _limits(ask)
    most, sort = ask.number("max_results", 1000, 1, 10_000), ask.choice("sort", ("mtime", "name", "size"), "mtime")
    falling = ask.choice("order", ("asc", "desc"), "desc" if sort == "mtime" else "asc") == "desc"
    with refusing():
        disk.names(path)
    scanned = _within(disk, path, ask.number("max_depth", 50, 0, 100))[: ask.number("max_files_scanned", 100_000, 1, 500_000)]
    found = [each for each in scanned if each != path and fits.fullmatch(posixpath.relpath(each, path))]
    keys: dict[str, Callable[[str], Any]] = {"mtime": disk.time, "size": disk.size, "name": str}
    ordered = sorted(found, key=keys[sort], reverse=falling)[:most]
    entries = [
        {"name": each, "is_dir": disk.is_dir(each), "size": disk.size(each), "modified": round(disk.time(each), 3)} for each in ordered
    ]
    facts = {"path": path, "pattern": pattern, "total_scanned": len(scanned), "truncated": len(found) > len(ordered), "duration_ms": 0}
    return facts | {"count": len(entries), "entries": entries}


def grepped(ask: Ask, path: str, pattern: str | None) -> Json:
    """Give what the route for contents answers."""
    disk = disk_of(ask)
    wanted = _compiled(ask, pattern)
    _limits(ask)
    per_file, most = ask.number("max_count", 50, 1, 1000), ask.number("max_matches", 500, 1, 10_000)
    biggest, context = ask.number("max_filesize", 10_485_760, 0, 104_857_600), ask.number("context", 0, 0, 10)
    fits = globber(ask.query["glob"]) if "glob" in ask.query and "pattern" in ask.query else None
    with refusing():
        disk.need(path)
    searched, matches, files, truncated = 0, list[Json](), set[str](), False
    for each in _within(disk, path, ask.number("max_depth", 50, 0, 100)):
        if disk.is_dir(each) or disk.size(each) > biggest or (fits and not _named(fits, each, path)):
            continue
        searched += 1
        found = _matches(disk, each, wanted, context)
        files |= {each} if found else set()
        truncated |= len(found) > per_file or len(matches) + len(found) > most
        matches = [*matches, *found[:per_file]][:most]
    facts: Json = {"path": path, "pattern": pattern, "matches": matches, "total_matches": len(matches), "truncated": truncated}
    return facts | {"total_files_matched": len(files), "total_files_searched": searched, "duration_ms": 0}


def globber(pattern: str | None) -> re.Pattern[str]:
    """Make a pattern of relative paths: * and ? within a name, ** across directories, [a-z] and {a,b}."""
    if not pattern:
        raise bad("A pattern is needed")
    try:
        return re.compile("".join(_part(found[0]) for found in WILD.finditer(pattern)), re.DOTALL)
    except re.error as error:
        raise bad(f"The pattern is wrong: {error}") from None


def _part(wild: str) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if wild in fixed:
        return fixed[wild]
    if len(wild) > 1 and wild[0] == "[":
        return "[" + wild[1:-1].replace("\\", r"\\").replace("!", "^", wild[1] == "!") + "]"
    if len(wild) > 1:
        return f"(?:{'|'.join(globber(each).pattern if each else '' for each in wild[1:-1].split(','))})"
    return re.escape(wild)


def _compiled(ask: Ask, pattern: str | None) -> re.Pattern[str]:
    if not pattern:
        raise bad("A pattern is needed")
    try:
        return re.compile(re.escape(pattern) if ask.flag("fixed_string") else pattern, re.IGNORECASE if ask.flag("ignore_case") else 0)
    except re.error as error:
        raise bad(f"The pattern is wrong: {error}") from None


def _limits(ask: Ask) -> None:
    """Check what may be asked and changes nothing here."""
    ask.number("timeout", 30, 0, 120)
    ask.flag("no_ignore")


def _within(disk: Disk, path: str, depth: int) -> list[str]:
    level = 0 if path == "/" else path.count("/")
    return [each for each in disk.below(path) if each.count("/") - level <= max(depth, 0) + 1]


def _named(fits: re.Pattern[str], path: str, base: str) -> bool:
    return bool(fits.fullmatch(posixpath.basename(path)) or fits.fullmatch(posixpath.relpath(path, base)))


def _matches(disk: Disk, path: str, wanted: re.Pattern[str], context: int) -> list[Json]:
    content = disk.read(path)
    if b"\0" in content:
        return []
    lines = content.decode("utf-8", "replace").splitlines()
    found: list[Json] = []
    for number, line in enumerate(lines):
        if hit := wanted.search(line):
            column = len(line[: hit.start()].encode())
            match: Json = {"path": path, "line_number": number + 1, "line": line[:MAX_LINE], "column_byte": column}
            if context:
                match["context_before"] = lines[max(number - context, 0) : number]
                match["context_after"] = lines[number + 1 : number + 1 + context]
            found.append(match)
    return found
