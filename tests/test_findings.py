"""What is made of clocks, expiries, whitelists, rights and realms, and how findings are shown."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from unittest.mock import Mock

import pytest

from hoody_mcp import doctor, findings
from hoody_mcp.doctor import Finding, Level
from hoody_mcp.jsons import Json

from .examination import (
    ADDRESS,
    IP,
    NOW,
    REALM,
    at_upstream,
    describe,
    one,
    to,
)
from .upstream import Reply, Upstream

pytestmark = pytest.mark.usefixtures("no_proxies")


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (0, Level.OK, "agrees"),
        (50, Level.OK, "agrees"),
        (-50, Level.OK, "agrees"),
        (100, Level.WARNING, "1 minute behind"),
        (-100, Level.WARNING, "1 minute ahead of"),
        (7_300, Level.ERROR, "2 hours behind"),
        (-200_000, Level.ERROR, "2 days ahead of"),
    ],
)
async def test_a_clock_that_is_wrong_is_told(upstream: Upstream, seconds: int, level: Level, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    upstream.script(Reply(200, Reply.data({"ip": ADDRESS}).body, {"content-type": "application/json", "date": date}), when=to(IP))
    finding = one(await at_upstream(upstream), "clock")
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize("date", ["", "soon", "Tue, 99 Jan 2030 00:00:00 GMT"])
def test_a_date_that_cannot_be_read_is_left_out(date: str) -> None:
    finding, difference = findings.clock(date, NOW)
    assert (finding.level, difference) == (Level.NOTE, timedelta())


def test_a_date_without_a_zone_is_utc() -> None:
    assert findings.clock("Tue, 01 Jan 2030 00:00:10 -0000", NOW)[1] == timedelta(seconds=10)


async def test_expiry_goes_by_hoodys_clock(upstream: Upstream) -> None:
    now = datetime.now(UTC)
    date = format_datetime(now + timedelta(days=30), usegmt=True)
    upstream.script(Reply(200, Reply.data({}).body, {"content-type": "application/json", "date": date}), when=to(IP))
    describe(upstream, {"expires_at": (now + timedelta(days=20)).isoformat()})
    assert one(await at_upstream(upstream), "expiry").level is Level.ERROR


# --- what a token says about itself


@pytest.mark.parametrize(
    ("told_", "level", "words"),
    [
        (None, Level.OK, "does not expire"),
        ("2030-03-01T00:00:00Z", Level.OK, "in 59 days: 2030-03-01 00:00 UTC"),
        ("2030-01-07T23:00:00.000Z", Level.WARNING, "in 6 days"),
        ("2030-01-01T01:30:00", Level.WARNING, "in 1 hour"),
        ("2030-01-01T02:00:00+03:00", Level.ERROR, "has expired: 2029-12-31 23:00 UTC"),
        ("9999-12-31T23:59:59-10:00", Level.NOTE, "cannot be read"),
        ("never", Level.NOTE, "cannot be read"),
        ({}, Level.OK, "does not expire"),
        ({"a": 1}, Level.NOTE, "cannot be read"),
    ],
)
def test_expiry(told_: object, level: Level, words: str) -> None:
    finding = findings.expiry(told_, NOW)
    assert finding.level is level
    assert words in finding.what


@pytest.mark.parametrize(
    ("allowed", "address", "level"),
    [
        (None, ADDRESS, Level.OK),
        ([], ADDRESS, Level.OK),
        (["*"], "", Level.OK),
        ([ADDRESS], ADDRESS, Level.OK),
        (["nonsense", "203.0.113.99/24"], ADDRESS, Level.OK),
        (["192.0.2.0/24"], ADDRESS, Level.ERROR),
        (["192.0.2.0/24"], "2001:db8::1", Level.ERROR),
        (["nonsense"], "nonsense", Level.ERROR),
        (["192.0.2.0/24"], "", Level.NOTE),
    ],
)
def test_whitelists(allowed: object, address: str, level: Level) -> None:
    assert findings.whitelist(allowed, address).level is level


ALL = {"containers": True, "financial": {"server_rental": {"rent_servers": True}}, "resources": {"create_tokens": True}}


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        ({"permission_template": "full_access", "permissions": {}}, Level.OK, "everything"),
        ({"permissions": ALL}, Level.OK, "whatever is usual"),
        ({"permissions": {**ALL, "containers": {"read": True, "create": True, "actions": True}}}, Level.NOTE, "cannot: delete containers."),
        ({"permissions": {**ALL, "financial": {"wallet": {"read": True}}}}, Level.NOTE, "cannot: spend money."),
        ({"permissions": {**ALL, "resources": "yes"}}, Level.NOTE, "cannot: make or change tokens."),
        ({"permission_template": "dev_team", "permissions": None}, Level.NOTE, "(template dev_team) is not told"),
        ({"permission_template": "read_only", "permissions": {}}, Level.NOTE, "(template read_only) cannot: see containers, create"),
        ({}, Level.NOTE, "is not told"),
    ],
    ids=str,
)
def test_rights(record: Json, level: Level, words: str) -> None:
    finding = findings.rights(record)
    assert finding.level is level
    assert words in finding.what


REALMS = {"requires_realm_scope": True, "allowed_realm_ids": [REALM]}
LOCAL = {"base_url": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("restrictions", "flags", "level", "words"),
    [
        ({}, {}, Level.OK, "without a realm"),
        ({"requires_realm_scope": False, "allowed_realm_ids": []}, {"realm": REALM}, Level.OK, f"works in realm {REALM}"),
        (REALMS, {}, Level.OK, "used by itself"),
        (REALMS, {"realm": REALM}, Level.OK, "(HOODY_REALM)"),
        (REALMS, {"realm": "f" * 24}, Level.ERROR, "does not work there"),
        (REALMS, LOCAL, Level.ERROR, "HOODY_REALM_URL"),
        (REALMS, {**LOCAL, "realm_url": "http://127.0.0.1:9/{realm}"}, Level.OK, "used by itself"),
        ({**REALMS, "allowed_realm_ids": [REALM, "f" * 24]}, {}, Level.ERROR, "2 realms"),
        ({**REALMS, "allowed_realm_ids": [REALM, "f" * 24]}, {"realm": REALM}, Level.OK, "(HOODY_REALM)"),
        ({**REALMS, "allowed_realm_ids": []}, {}, Level.ERROR, "none is named"),
    ],
    ids=str,
)
async def test_realms(upstream: Upstream, restrictions: Json, flags: Json, level: Level, words: str) -> None:
    describe(upstream, restrictions=restrictions)
    found = await at_upstream(upstream, **flags)
    assert one(found, "realm").level is level
    assert words in one(found, "realm").what
    if level is Level.ERROR:
        assert one(found, "container").what == "not examined: the realm has to be set first."


FOUND = [Finding("token", Level.OK, "Well."), Finding("access", Level.NOTE, "So so.", "Look."), Finding("x", Level.ERROR, "Bad.", "Act.")]


def test_findings_are_readable_without_colours() -> None:
    assert doctor.as_text(FOUND).splitlines() == [
        "ok       token     Well.",
        "note     access    So so.",
        "                   → Look.",
        "error    x         Bad.",
        "                   → Act.",
        "1 ok, 1 note, 0 warnings, 1 error",
    ]


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch, no_color: str, colored: bool) -> None:  # noqa: FBT001
    monkeypatch.setattr(sys, "stdout", Mock(isatty=lambda: True))
    monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b[31merror" in doctor.as_text(FOUND)) is colored


def test_as_json_a_finding_has_four_texts() -> None:
    assert FOUND[1].shown() == {"check": "access", "level": "note", "what": "So so.", "do": "Look."}
    assert json.dumps([finding.shown() for finding in FOUND])


@pytest.mark.parametrize(
    ("found", "code"), [([], 0), (["ok"], 0), (["note", "ok"], 0), (["warning", "note"], 1), (["error", "warning"], 2)], ids=str
)
def test_the_exit_code_is_that_of_the_worst(found: list[str], code: int) -> None:
    assert doctor.exit_code(Finding("x", Level(level), "y") for level in found) == code
