"""The commands that the sandbox's shell knows, besides those on files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from .shell import Leave, Run, Steps, Usage
from .shell_files import FILE_COMMANDS
from .shell_net import nc, serve

Command = Callable[[Run], "int | Steps"]
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "e": "\x1b", "033": "\x1b", "0": "\0", "a": "\a", '"': '"'}
NOBODY = {"root": 0, "user": 1000}  # numbers of users
LONGEST_SLEEP = 10**9


def echo(run: Run) -> int:
    """Write the arguments; -n without the end of the line, -e with escapes."""
    words, flags = list(run.args), ""
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags += words.pop(0)
    text = " ".join(words)
    return run.say(_unescaped(text) if "e" in flags else text, "" if "n" in flags else "\n")


def printf(run: Run) -> int:
    """Write a format with %s, %d and %%, as often as there are arguments for it."""
    if not run.args:
        raise Usage("a format is needed")
    pattern, rest = _unescaped(run.args[0]), run.args[1:]
    holes = len(re.findall(r"%[sd]", pattern.replace("%%", "")))
    while True:
        some, rest = rest[:holes], rest[holes:]
        values = iter(some)
        run.say(re.sub(r"%[sd%]", lambda hole: "%" if hole[0] == "%%" else next(values, ""), pattern), "")  # noqa: B023 - used at once
        if not rest or not holes:
            return 0


def cd(run: Run) -> int:
    """Change the directory."""
    shell = run.shell
    wanted = run.args[0] if run.args else shell.env.get("HOME", "/")
    target = shell.resolve(shell.env.get("OLDPWD", shell.cwd) if wanted == "-" else wanted)
    shell.disk.names(target)
    shell.env["OLDPWD"], shell.cwd = shell.cwd, target
    return 0


def pwd(run: Run) -> int:
    """Write the directory."""
    return run.say(run.shell.cwd)


def sleep(run: Run) -> Steps:
    """Let time pass."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+)([smhd]?)", run.args[0] if len(run.args) == 1 else "")
    if not found:
        raise Usage("one time is needed, such as 2, 0.5 or 1m")
    yield min(float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]], LONGEST_SLEEP)
    return 0


def leave(run: Run) -> int:
    """End the line with a code."""
    code = (run.args or [run.shell.env.get("?", "0")])[0]
    if not code.isdecimal():
        raise Usage("a number is needed")
    raise Leave(int(code) % 256)


def hostname(run: Run) -> int:
    """Write the container's name, or with -I its address."""
    flags, _ = run.flags("I", "s")
    return run.say(f"{run.shell.box.address} " if "I" in flags else run.shell.box.record["name"])


def whoami(run: Run) -> int:
    """Write who runs this."""
    return run.say(run.shell.user)


def who(run: Run) -> int:
    """Write the numbers of who runs this."""
    flags, _ = run.flags("ung")
    name, number = run.shell.user, NOBODY.get(run.shell.user, 1001)
    if flags & {"u", "g"}:
        return run.say(name if "n" in flags else str(number))
    return run.say(f"uid={number}({name}) gid={number}({name}) groups={number}({name})")


def env(run: Run) -> int:
    """Write the environment, or the values of some variables."""
    known = {name: value for name, value in sorted(run.shell.env.items()) if name != "?"}
    if not run.args:
        return run.say("".join(f"{name}={value}\n" for name, value in known.items()), "")
    if run.name == "env":
        raise Usage("the sandbox runs nothing through env; write NAME=value before the command")
    for name in run.args:
        run.say(known[name]) if name in known else None
    return int(any(name not in known for name in run.args))


def export(run: Run) -> int:
    """Set variables for what follows."""
    for arg in run.args:
        name, _, value = arg.partition("=")
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            return run.fail(f"{arg}: not a valid identifier")
        run.shell.env[name] = value if "=" in arg else run.shell.env.get(name, "")
    return 0


def uname(run: Run) -> int:
    """Write what system this is."""
    flags, _ = run.flags("asnrmo")
    facts = {"s": "Linux", "n": run.shell.box.record["name"], "r": "6.1.0-sandbox", "m": "x86_64", "o": "GNU/Linux"}
    wanted = set(facts) if "a" in flags else flags or {"s"}
    return run.say(" ".join(value for flag, value in facts.items() if flag in wanted))


def date(run: Run) -> int:
    """Write the time of the world's clock, always UTC."""
    pattern = "%a %b %d %H:%M:%S UTC %Y"
    for arg in run.args:
        if arg not in {"-u", "--utc"} and not arg.startswith("+"):
            raise Usage(f"the sandbox does not know {arg}")
        pattern = arg[1:] if arg.startswith("+") else pattern
    return run.say(datetime.fromtimestamp(run.shell.time, UTC).strftime(pattern.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")))


def which(run: Run) -> int:
    """Write where commands are."""
    for name in run.args:
        run.say(f"/usr/bin/{name}") if name in COMMANDS else None
    return int(any(name not in COMMANDS for name in run.args))


def read(run: Run) -> Steps:
    """Take a line of the input, or of the keyboard, into a variable; -p says first what is asked."""
    args = [arg for arg in run.args if arg not in {"-r", "-s", "-rs", "-sr"}]
    if args and args[0] in {"-p", "-rp", "-sp"}:
        if len(args) == 1:
            raise Usage("a text is needed after -p")
        run.streams.err(args[1].encode()) if run.streams.stdin is None else None
        args = args[2:]
    if any(arg.startswith("-") for arg in args):
        raise Usage("the sandbox knows -p, -r and -s")
    line = (yield None) if run.streams.stdin is None else run.streams.stdin.decode("utf-8", "replace").partition("\n")[0]
    run.shell.env[(args or ["REPLY"])[0]] = line or ""
    return int(line is None)


def clear(run: Run) -> int:
    """Empty the screen."""
    return run.say("\x1b[H\x1b[2J", "")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(033|[ntre\\0a\"])", lambda found: ESCAPES[found[1]], text)


COMMANDS: dict[str, Command] = {
    **FILE_COMMANDS,
    "cd": cd,
    "clear": clear,
    "date": date,
    "echo": echo,
    "env": env,
    "exit": leave,
    "export": export,
    "false": lambda _: 1,
    "hostname": hostname,
    "id": who,
    "nc": nc,
    "printenv": env,
    "printf": printf,
    "pwd": pwd,
    "python3 -m http.server": serve,  # nothing else of Python
    "read": read,
    "sleep": sleep,
    "true": lambda _: 0,
    "uname": uname,
    "which": which,
    "whoami": whoami,
}
