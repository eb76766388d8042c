"""Examinations of a sandbox and of a scripted Hoody: what the tests of `hoody-mcp doctor` share."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from hoody_mcp import doctor
from hoody_mcp.doctor import Finding, Level
from hoody_mcp.jsons import Json
from hoody_mcp.sandbox import places, seed
from hoody_mcp.sandbox.app import Sandbox, Transport
from hoody_mcp.settings import Settings

from .conftest import CANARY
from .upstream import Reply, Sent, Upstream

HOST = "api.sandbox.invalid"
REALM = "0123456789abcdef01234567"
ADDRESS = "203.0.113.7"
CHECKS = ["settings", "token", "proxy", "api", "clock", "access", "container", "limits"]
SELF = ["access", "expiry", "whitelist", "rights", "realm"]  # what an auth token says about itself
NOW = datetime(2030, 1, 1, tzinfo=UTC)


async def in_sandbox(token: str, sandbox: Sandbox | None = None, **flags: Any) -> list[Finding]:
    settings = Settings.load(**{"token": token, "base_url": places.API, "allow_host": HOST, **flags})
    return await doctor.examine(settings, Transport((sandbox or Sandbox(seed.make_world())).app))


async def at_upstream(upstream: Upstream, **flags: Any) -> list[Finding]:
    found = await doctor.examine(Settings.load(**{"token": CANARY, **flags}), upstream.transport)
    assert upstream.changes == []
    return found


def levels(found: list[Finding]) -> dict[str, str]:
    """Give the worst level of each check."""
    order = list(Level)
    worst: dict[str, Level] = {}
    for finding in found:
        worst[finding.check] = max(worst.get(finding.check, Level.OK), finding.level, key=order.index)
    return {check: level.value for check, level in worst.items()}


def one(found: list[Finding], check: str) -> Finding:
    """Give the last finding of a check."""
    return [finding for finding in found if finding.check == check][-1]


def told(found: list[Finding]) -> str:
    return doctor.as_text(found) + json.dumps([finding.shown() for finding in found])


def login(**payload: Any) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "HS256"}, payload))
    return ".".join([*parts, "c2lnbmF0dXJl"])


def to(path: str) -> Callable[[Sent], bool]:
    return lambda sent: sent.path == path


IP, ME, LIST, HEALTH = "/api/v1/ip", "/api/v1/auth/tokens/me", "/api/v1/containers/", "/api/v1/terminal/health"


def describe(upstream: Upstream, token: Json | None = None, restrictions: Json | None = None) -> None:
    """Let the upstream tell our address, and a token that may do everything."""
    date = {"content-type": "application/json", "date": format_datetime(datetime.now(UTC), usegmt=True)}
    address = Reply.data({"ip": ADDRESS})
    upstream.script(Reply(200, address.body, date), when=to(IP))
    record = {"id": "f" * 24, "alias": "mine", "permission_template": "full_access", **(token or {})}
    upstream.script(Reply.data({"token": record, "restrictions": restrictions or {}}), when=to(ME))
