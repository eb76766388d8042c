"""The commands of the sandbox's shell that read and change files."""

from __future__ import annotations

import errno
import posixpath
import re
from collections.abc import Callable
from datetime import UTC, datetime

from .disk import fault
from .shell import Run, Usage

MIDDLES = {"0": "---", "1": "--x", "2": "-w-", "3": "-wx", "4": "r--", "5": "r-x", "6": "rw-", "7": "rwx"}


def cat(run: Run) -> int:
    """Write files one after the other."""
    _, names = run.flags("")
    for _, content in run.inputs(names):
        run.streams.out(content)
    return 0


def ls(run: Run) -> int:
    """List directories: -a with hidden names, -l at length, -1 one a line, -d themselves."""
    flags, names = run.flags("alAd1", "hFtr")
    names = names or ["."]
    code = 0
    for name in names:
        path = run.path(name)
        if not run.shell.disk.exists(path):
            code = run.fail(f"cannot access '{name}': No such file or directory", 2)
            continue
        inside = run.shell.disk.is_dir(path) and "d" not in flags
        if inside and len(names) > 1:
            run.say(f"{name}:")
        listed = [(each, posixpath.join(path, each)) for each in run.shell.disk.names(path)] if inside else [(name, path)]
        for shown, full in listed:
            if not inside or not shown.startswith(".") or flags & {"a", "A"}:
                run.say(_long(run, shown, full) if "l" in flags else shown)
    return code


def _long(run: Run, name: str, path: str) -> str:
    disk = run.shell.disk
    user, _, group = disk.owner(path).partition(":")
    bits = "".join(MIDDLES[digit] for digit in disk.mode(path)[-3:])
    changed = datetime.fromtimestamp(disk.time(path), UTC).strftime("%b %d %H:%M")
    return f"{'d' if disk.is_dir(path) else '-'}{bits} 1 {user} {group} {disk.size(path):>6} {changed} {name}"


def mkdir(run: Run) -> int:
    """Make directories; -p with those above, and without complaint about those that are there."""
    flags, names = run.flags("p", "v")
    for name in _some(names):
        path = run.path(name)
        if not ("p" in flags and run.shell.disk.is_dir(path)):
            run.shell.disk.make_dir(path, parents="p" in flags)
    return 0


def touch(run: Run) -> int:
    """Make empty files, or note that files changed."""
    _, names = run.flags("")
    for name in _some(names):
        run.shell.disk.touch(run.path(name))
    return 0


def rm(run: Run) -> int:
    """Remove files; -r directories too, -f without complaint about what is not there."""
    flags, names = run.flags("rRf", "v")
    for name in _some(names) if "f" not in flags else names:
        path = run.path(name)
        if "f" in flags and not run.shell.disk.exists(path):
            continue
        if run.shell.disk.is_dir(path) and not flags & {"r", "R"}:
            return run.fail(f"cannot remove '{name}': Is a directory")
        run.shell.disk.remove(path)
    return 0


def cp(run: Run) -> int:
    """Copy files; -r directories too."""
    flags, names = run.flags("rRa", "pvf")
    for source, target in _pairs(run, names):
        if run.shell.disk.is_dir(source) and not flags:
            return run.fail(f"-r not specified; omitting directory '{source}'")
        run.shell.disk.copy(source, target)
    return 0


def mv(run: Run) -> int:
    """Move files and directories."""
    _, names = run.flags("", "fv")
    for source, target in _pairs(run, names):
        run.shell.disk.move(source, target)
    return 0


def head(run: Run) -> int:
    """Write the first lines (-n), or bytes (-c), of files."""
    unit, number, names = _amount(run)
    for _, content in run.inputs(names):
        run.streams.out(content[:number] if unit == "c" else b"".join(content.splitlines(keepends=True)[:number]))
    return 0


def tail(run: Run) -> int:
    """Write the last lines (-n), or bytes (-c), of files."""
    unit, number, names = _amount(run)
    for _, content in run.inputs(names):
        start = -number if number else len(content)
        run.streams.out(content[start:] if unit == "c" else b"".join(content.splitlines(keepends=True)[start:]))
    return 0


def wc(run: Run) -> int:
    """Count lines (-l), words (-w) and bytes (-c) of files."""
    flags, names = run.flags("lwc")
    for name, content in run.inputs(names):
        counts = {"l": content.count(b"\n"), "w": len(content.split()), "c": len(content)}
        shown = " ".join(str(count) for flag, count in counts.items() if not flags or flag in flags)
        run.say(shown if name == "-" else f"{shown} {name}")
    return 0


def grep(run: Run) -> int:
    """Find lines: -i -v -n -c -l -q -o -w, -r in directories, -F plain text, -E extended patterns."""
    flags, names = run.flags("ivnclqowrRFEh", "sHaP")
    if not names:
        raise Usage("a pattern is needed")
    pattern, files = _pattern(names[0], flags), names[1:]
    if flags & {"r", "R"}:
        paths = [path for name in files or ["."] for path in run.shell.disk.below(run.path(name)) if not run.shell.disk.is_dir(path)]
        inputs = [(path, run.shell.disk.read(path)) for path in paths]
    else:
        inputs = run.inputs(files)
    named = (len(files) > 1 or bool(flags & {"r", "R"})) and "h" not in flags
    found = [_grep_one(run, pattern, flags, name if named else "", content) for name, content in inputs]
    if "l" in flags:
        run.say("".join(f"{name}\n" for (name, _), hit in zip(inputs, found, strict=True) if hit), "")
    return int(not any(found))


def _grep_one(run: Run, pattern: re.Pattern[str], flags: set[str], name: str, content: bytes) -> int:
    """Look through one file, and give how many lines fit."""
    lines = content.decode("utf-8", "replace").splitlines()
    fitting = [(number, line) for number, line in enumerate(lines, 1) if bool(pattern.search(line)) != ("v" in flags)]
    prefix = f"{name}:" if name else ""
    if "c" in flags:
        run.say(f"{prefix}{len(fitting)}")
    elif not flags & {"q", "l"}:
        for number, line in fitting:
            shown = [hit[0] for hit in pattern.finditer(line)] if "o" in flags else [line]
            for text in shown:
                run.say(f"{prefix}{f'{number}:' if 'n' in flags else ''}{text}")
    return len(fitting)


def _pattern(text: str, flags: set[str]) -> re.Pattern[str]:
    """Make a pattern; without -E the backslash turns +?|(){} into operators instead of the other way round."""
    if "F" in flags:
        text = re.escape(text)
    elif "E" not in flags:
        text = re.sub(r"\\([+?|(){}])|([+?|(){}])", lambda found: found[1] or f"\\{found[2]}", text)
    text = rf"\b(?:{text})\b" if "w" in flags else text
    try:
        return re.compile(text, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise Usage(f"bad pattern: {error}") from None


def _amount(run: Run) -> tuple[str, int, list[str]]:
    """Read -n 5, -n5, -5 or -c 5; ten lines otherwise."""
    args = list(run.args)
    if not args or args[0] == "-" or not args[0].startswith("-"):
        return "n", 10, args
    found = re.fullmatch(r"-([nc]?)(\d*)", args.pop(0))
    number = (found[2] or (args.pop(0) if args else "")) if found else ""
    if not found or not number.isdecimal():
        raise Usage(f"the sandbox knows -n, -c and a number, not {' '.join(run.args[:2])}")
    return found[1] or "n", int(number), args


def _some(names: list[str]) -> list[str]:
    if not names:
        raise Usage("a name is needed")
    return names


def _pairs(run: Run, names: list[str]) -> list[tuple[str, str]]:
    """Give sources and targets: into a directory, or from one name to another."""
    if len(names) < 2:  # noqa: PLR2004 - a source and a target
        raise Usage("a source and a target are needed")
    *sources, last = [run.path(name) for name in names]
    if run.shell.disk.is_dir(last):
        return [(source, posixpath.join(last, posixpath.basename(source))) for source in sources]
    if len(sources) > 1:
        raise fault(errno.ENOTDIR, names[-1])
    return [(sources[0], last)]


FILE_COMMANDS: dict[str, Callable[[Run], int]] = {
    "cat": cat,
    "cp": cp,
    "grep": grep,
    "head": head,
    "ls": ls,
    "mkdir": mkdir,
    "mv": mv,
    "rm": rm,
    "tail": tail,
    "touch": touch,
    "wc": wc,
}
