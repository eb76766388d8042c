"""The sandbox's shell, through the terminal service."""

from __future__ import annotations

from typing import Any

import pytest

from hoody_mcp.sandbox.places import DOMAIN
from hoody_mcp.sandbox.shell_words import LONGEST

from .conftest import Caller, Clock

RUN = "/api/v1/terminal/execute?ephemeral=true"


@pytest.fixture
def terminal(caller: Caller, running: dict[str, Any]) -> Caller:
    return caller.service(running, "terminal")


async def run(terminal: Caller, line: str) -> tuple[int, str, str]:
    status, found = await terminal("POST", RUN, {"command": line})
    assert status == 200, found
    assert found["status"] == "completed"
    return found["exit_code"], found["stdout"], found["stderr"]


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo one   two", "one two\n"),
        ("echo 'a  $HOME' \"b  $HOME\" c\\ d", "a  $HOME b  /root c d\n"),
        ("echo -n x; echo -e 'a\\tb'", "xa\tb\n"),
        ("printf '%s-%d%%\\n' a 1 b 2", "a-1%\nb-2%\n"),
        ("printf plain", "plain"),
        ("A=1; echo $A ${A}2 ${B:-none} $B", "1 12 none\n"),
        ("A=1 printenv A; echo [$A]", "1\n[]\n"),
        ("export A=2 B; printenv A", "2\n"),
        ("pwd; cd /etc; pwd; cd -; pwd; cd; pwd", "/root\n/etc\n/root\n/root\n"),
        ("true && echo yes || echo no", "yes\n"),
        ("false && echo yes || echo no", "no\n"),
        ("false; echo $?", "1\n"),
        ("echo a\necho b # comment", "a\nb\n"),
        ("echo 'x|y;z&&' | cat", "x|y;z&&\n"),
        ("printf 'b\\na\\nab\\n' | grep a | wc -l", "2\n"),
        ("printf '1\\n2\\n3\\n' | head -n 2 | tail -1", "2\n"),
        ("printf 12345 | head -c 2; printf 12345 | tail -c 2", "1245"),
        ("echo one two > f; echo three >> f; cat f; wc f", "one two\nthree\n2 3 14 f\n"),
        ("echo x > f; cat < f; cat f - < f | wc -c", "x\n4\n"),
        ("nothing 2> err; wc -l err", "1 err\n"),
        ("ls nowhere 2>&1 | grep -c cannot", "1\n"),
        ("echo gone > /dev/null; echo loud >&2; echo both &> f; cat f", "both\n"),
        ("mkdir -p a/b && touch a/b/c a/.d && ls a && ls -a a && ls -1 -d a", "b\n.d\nb\na\n"),
        ("mkdir a; mkdir b; touch a/x; ls a b", "a:\nx\nb:\n"),
        ("touch b.txt a.txt c.md .h.txt; echo *.txt '*.txt' *.none", "a.txt b.txt *.txt *.none\n"),
        ("cd /; echo /etc/host*", "/etc/hostname\n"),
        ("mkdir d; echo 1 > d/f; cp -r d e; mv e/f e/g; cat e/g; rm -r d; ls", "1\ne\n"),
        ("mkdir d; touch f; mv f d; cp d/f g; ls d g; rm -f d/f nowhere; ls d", "d:\nf\ng\n"),
        ("echo hello > f; grep -i -n HELLO f; grep -o 'l\\+' f; grep -v x f; grep -w hell f || echo none", "1:hello\nll\nhello\nnone\n"),
        ("mkdir d; echo 'a+b' > d/f; grep -r -F a+b d; grep -E -l 'a.b' d/f; grep -q zzz d/f || echo none", "/root/d/f:a+b\nd/f\nnone\n"),
        ("whoami; id -u; id", "root\n0\nuid=0(root) gid=0(root) groups=0(root)\n"),
        ("uname; uname -sm; hostname", "Linux\nLinux x86_64\nbox\n"),
        ("date +%F", "2027-01-15\n"),
        ("date -u", "Fri Jan 15 08:01:00 UTC 2027\n"),
        ("which ls nothing", "/usr/bin/ls\n"),
        ("printf 'a b\\nc\\n' | read line; echo $line; read <f REPLY; true", "a b\n"),
        ("env | grep -c PATH", "1\n"),
        ("echo ~ ~/x a~", "/root /root/x a~\n"),
        ("echo 1 > 'a b'; head -n1 'a b'; tail -n 1 'a b' -; printf 'x\\ny' | tail -n1 -", "1\n1\ny"),
        ("clear", "\x1b[H\x1b[2J"),
    ],
)
async def test_a_line_does_what_a_shell_would(terminal: Caller, line: str, out: str) -> None:
    assert (await run(terminal, line))[1] == out


@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("exit 3; echo never", 3, ""),
        ("false", 1, ""),
        ("python3 -c 1", 127, "command not found (the sandbox knows: "),
        ("cat nowhere", 1, "cat: /root/nowhere: No such file or directory"),
        ("cat /etc", 1, "Is a directory"),
        ("ls nowhere", 2, "No such file"),
        ("cd nowhere", 1, "No such file"),
        ("mkdir /etc", 1, "File exists"),
        ("mkdir a/b", 1, "No such file"),
        ("rm /etc", 1, "Is a directory"),
        ("rm -r /", 1, "busy"),
        ("cp /etc x", 1, "-r not specified"),
        ("cp -r / /etc/x", 1, "Invalid argument"),
        ("touch a b; mv a b c", 1, "Not a directory"),
        ("cp x", 2, "a source and a target"),
        ("touch", 2, "a name is needed"),
        ("ls --color", 2, "does not know the option"),
        ("head -q f", 2, "not -q f"),
        ("echo x > /nowhere/f", 1, "No such file"),
        ("echo 'open", 2, "a quote is not closed"),
        ("echo $(date)", 2, "no command substitution"),
        ("sleep 100 &", 2, "nothing in the background"),
        ("| cat", 2, "syntax error"),
        ("true &&", 2, "syntax error"),
        ("echo >", 2, "syntax error"),
        ("sleep x", 2, "one time is needed"),
        ("exit x", 2, "a number is needed"),
        ("export 1=2", 1, "not a valid identifier"),
        ("printf", 2, "a format is needed"),
        ("date 12", 2, "does not know 12"),
        ("env true", 2, "runs nothing through env"),
        ("grep", 2, "a pattern is needed"),
        ("grep -E '(' /etc/hostname", 2, "bad pattern"),
        ("printenv NOTHING", 1, ""),
        ("read -p", 2, "a text is needed"),
        ("read -t 3 x", 2, "-p, -r and -s"),
        ("nc host 80", 2, "nc -z"),
        ("A=" + "x" * 60_000 + ";A=$A$A$A;echo " + "$A", 2, "too long"),
    ],
)
async def test_what_goes_wrong_has_a_code_and_a_reason(terminal: Caller, line: str, code: int, err: str) -> None:
    found = await run(terminal, line)
    assert found[0] == code
    assert err in found[2]
    assert len(line) < LONGEST


async def test_a_file_stays_as_it_is_to_the_byte(terminal: Caller, caller: Caller, running: dict[str, Any]) -> None:
    files, content = caller.service(running, "files"), bytes(range(256)) + b"\r\n"
    await files("PUT", "/api/v1/files/root/in", content)
    assert (await run(terminal, "cat in | cat > out; cp out again; wc -c again"))[1] == "258 again\n"
    assert (await files("GET", "/api/v1/files/root/again"))[1] == content


async def test_a_long_list_tells_mode_owner_and_size(terminal: Caller, caller: Caller, running: dict[str, Any]) -> None:
    files = caller.service(running, "files")
    await files("PUT", "/api/v1/files/root/f", b"12")
    await files("PATCH", "/api/v1/files/chmod/root/f", chmod="640")
    await files("PATCH", "/api/v1/files/chown/root/f", chown="user:nobody")
    assert (await run(terminal, "ls -l"))[1] == "-rw-r----- 1 user nobody      2 Jan 15 08:01 f\n"


async def test_nothing_of_the_machine_is_there(terminal: Caller) -> None:
    assert (await run(terminal, "ls /; cat /etc/passwd"))[:2] == (1, "etc\nhome\nhoody\nroot\ntmp\n")


async def test_a_port_of_another_container_opens_and_closes_with_its_firewall(
    terminal: Caller, caller: Caller, clock: Clock, running: dict[str, Any]
) -> None:
    body = {"server_id": running["server_id"], "name": "base"}
    base = await caller.ok("POST", f"/projects/{running['project_id']}/containers", body)
    assert (await run(terminal, "nc -z base 5432"))[0] == 1
    clock.wait(60)
    address = (await caller.service(base, "terminal")("POST", RUN, {"command": "hostname -I"}))[1]["stdout"].strip()
    assert (await run(terminal, f"nc -zv -w 2 {address} 5432"))[0::2] == (0, f"{address} 5432 open\n")
    rule = {"action": "drop", "protocol": "tcp", "destination_port": "5432", "description": "closed"}
    await caller.ok("POST", f"/containers/{base['id']}/firewall/ingress", rule)
    assert [(await run(terminal, f"nc -z {host} {port}"))[0] for host, port in ((address, 5432), ("base", 80), (DOMAIN, 80))] == [1, 0, 1]
    assert (await run(terminal, "nc -z localhost 80"))[0] == 0
