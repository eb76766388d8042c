"""What an examination finds: findings and how they are shown, and what to make of a token's own record."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network

import click

from .clean import MASK, Redactor, one_line
from .errors import HoodyError
from .hosts import realm_url
from .jsons import Json, as_array, as_object, at
from .settings import HOW_TO_GET_A_TOKEN, Confirm, Execute, Settings, Spend

MAX_TEXT = 1_500  # characters that a finding says
MAX_LISTED = 20  # realms or addresses that are named
PARTS = re.compile(r"hdy_\w+|eyJ[\w-]{6,}(?:\.[\w-]*)*")  # tokens, and what is left of them when somebody has cut them
SOON = timedelta(days=7)
OFF, FAR_OFF = 60, 300  # seconds between two clocks

# What people expect a token to be able to do: one of the permissions is enough.
EXPECTED = {
    "see containers": ("containers.read",),
    "create containers": ("containers.create",),
    "delete containers": ("containers.delete",),
    "start and stop them": ("containers.actions.start", "containers.actions.stop"),
    "run programs through the API": ("containers.actions.exec",),
    "spend money": ("financial.server_rental.rent_servers", "financial.server_rental.extend_rentals", "financial.wallet.transfer"),
    "make or change tokens": ("resources.create_tokens",),
}


class Level(StrEnum):
    """How bad it is, the worst last."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


BETTER = "Better use an auth token (hdy_…), which lasts and can be limited: auth_tokens_create, or Hoody's web console."
COLORS = {Level.OK: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.ERROR: "red"}


@dataclass(frozen=True)
class Finding:
    """What is the case with one thing, and what to do about it; `do` is empty where all is well."""

    check: str
    level: Level
    what: str
    do: str = ""

    def shown(self) -> dict[str, str]:
        """Give it as JSON."""
        return {"check": self.check, "level": self.level.value, "what": self.what, "do": self.do}

    def cleaned(self, redact: Redactor) -> Finding:
        """Give it fit to be shown: no credential, nor a part of one, and no character that a terminal would obey."""
        what, do = (one_line(PARTS.sub(MASK, redact(" ".join(text.split()))), MAX_TEXT) for text in (self.what, self.do))
        return replace(self, what=what, do=do)


def not_examined(check: str, reason: str) -> Finding:
    """Say that a check had to be left out."""
    return Finding(check, Level.NOTE, f"not examined: {reason}.")


def as_text(findings: Iterable[Finding]) -> str:
    """Write findings for a terminal, a summary last; colours only where they are seen."""
    found = list(findings)
    is_colored = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    lines: list[str] = []
    for finding in found:
        level = f"{finding.level:<8}"
        shown = click.style(level, fg=COLORS[finding.level]) if is_colored else level
        lines += [f"{shown} {finding.check:<9} {finding.what}", *([f"{'':18} → {finding.do}"] if finding.do else [])]
    counts = {level: sum(finding.level is level for finding in found) for level in Level}
    lines.append(", ".join(f"{count} {level}{'s' if level is not Level.OK and count != 1 else ''}" for level, count in counts.items()))
    return "\n".join(lines)


def exit_code(findings: Iterable[Finding]) -> int:
    """Give 2 if there is an error, 1 if there is a warning, else 0."""
    levels = {finding.level for finding in findings}
    return 2 if Level.ERROR in levels else int(Level.WARNING in levels)


def in_words(span: timedelta) -> str:
    """Say how long something takes, in the unit that suits it; less than nothing is taken as positive."""
    seconds = abs(span.total_seconds())
    size, unit = next((size, unit) for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (0, "second")) if seconds >= size)
    count = int(seconds // max(size, 1))
    return f"{count} {unit}{'' if count == 1 else 's'}"


def kind_of_token(token: str, whence: str) -> Finding:
    """Say what a token is by its look, and until when a login's works by what it holds."""
    if token.startswith("hdy_"):
        return Finding("token", Level.OK, f"An auth token (hdy_…), from {whence}.")
    if not token.startswith("eyJ"):
        what = f"From {whence}; it is neither an auth token (hdy_…) nor a login's (eyJ…), so part of it may be missing."
        return Finding("token", Level.WARNING, what, HOW_TO_GET_A_TOKEN)
    ends, now = _login_ends(token), datetime.now(UTC)
    if ends is None:
        return Finding("token", Level.WARNING, f"A login's token (JWT), from {whence}; when it expires cannot be read.", BETTER)
    if ends <= now:
        return Finding("token", Level.ERROR, f"A login's token (JWT), from {whence}; it expired {in_words(now - ends)} ago.", BETTER)
    return Finding(
        "token", Level.NOTE, f"A login's token (JWT), which lives a day, from {whence}; it expires in {in_words(ends - now)}.", BETTER
    )


def _login_ends(token: str) -> datetime | None:
    try:
        part = token.split(".")[1]
        payload = as_object(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))) or {}
        return datetime.fromtimestamp(float(payload["exp"]), UTC)
    except (LookupError, ValueError, TypeError, OverflowError, OSError, RecursionError):
        return None


def clock(date: str, now: datetime) -> tuple[Finding, timedelta]:
    """Compare the time at which Hoody answered with ours; also give what has to be added to ours."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return not_examined("clock", "the answer does not say what time it is"), timedelta()
    difference = (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) - now
    off = abs(difference.total_seconds())
    if off <= OFF:
        return Finding("clock", Level.OK, f"This machine's clock agrees with Hoody's within {OFF} seconds."), difference
    text = f"This machine's clock is {in_words(difference)} {'behind' if difference > timedelta() else 'ahead of'} Hoody's."
    what = f"{text} Tokens and confirmations seem to expire at the wrong time."
    return Finding("clock", Level.ERROR if off > FAR_OFF else Level.WARNING, what, "Set the clock, best by NTP."), difference


def expiry(told: object, now: datetime) -> Finding:
    """Judge when an auth token ends."""
    if not told:
        return Finding("expiry", Level.OK, "The token does not expire.")
    try:
        ends = datetime.fromisoformat(str(told))
        ends = ends.astimezone(UTC) if ends.tzinfo else ends.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return Finding("expiry", Level.NOTE, "When the token expires cannot be read.", "Look it up with auth_tokens_get_current.")
    when = f"{ends:%Y-%m-%d %H:%M} UTC"
    renew = "Make a new one with auth_tokens_copy or in Hoody's web console, and put it where this one is."
    if ends <= now:
        return Finding("expiry", Level.ERROR, f"The token has expired: {when}.", renew)
    soon = ends - now < SOON
    return Finding(
        "expiry", Level.WARNING if soon else Level.OK, f"The token expires in {in_words(ends - now)}: {when}.", renew if soon else ""
    )


def whitelist(allowed: object, address: str) -> Finding:
    """Judge whether an auth token may be used from this machine's address."""
    ranges = [str(each) for each in as_array(allowed) or ()]
    if not ranges or "*" in ranges:
        return Finding("whitelist", Level.OK, "The token may be used from any address.")
    if not address:
        return Finding("whitelist", Level.NOTE, "The token is limited to addresses, and ours is not known.", "Compare with ip_get.")
    if any(_is_in(address, each) for each in ranges):
        return Finding("whitelist", Level.OK, f"Our address, {address}, is in the token's whitelist.")
    do = f"Use it from one of them, or add {address} to its whitelist: in Hoody's web console, or with auth_tokens_update."
    return Finding(
        "whitelist", Level.ERROR, f"Our address, {address}, is not in the token's whitelist: {', '.join(ranges[:MAX_LISTED])}.", do
    )


def _is_in(address: str, range_: str) -> bool:
    try:
        return ip_address(address) in ip_network(range_, strict=False)
    except ValueError:
        return False


def rights(record: Json) -> Finding:
    """Name what people expect of a token and this one cannot do."""
    template, tree = str(record.get("permission_template") or ""), as_object(record.get("permissions"))
    made_of = f" (template {template})" if template else ""
    if template == "full_access":
        return Finding("rights", Level.OK, "The token may do everything.")
    if tree is None:
        return Finding("rights", Level.NOTE, f"What the token may do{made_of} is not told.", "Look it up with auth_tokens_get_current.")
    missing = [what for what, names in EXPECTED.items() if not any(may(tree, name) for name in names)]
    if not missing:
        return Finding("rights", Level.OK, f"The token may do whatever is usual{made_of}.")
    what = f"The token{made_of} cannot: {', '.join(missing)}."
    return Finding("rights", Level.NOTE, what, "Nothing, if that is meant; else use a token with more permissions.")


def may(tree: object, name: str) -> bool:
    """Look a permission up; true for a branch covers all that is below it."""
    branches = name.split(".")
    return any(at(tree, ".".join(branches[:depth])) is True for depth in range(1, len(branches) + 1))


def realm(restrictions: Json, settings: Settings) -> Finding:
    """Judge whether a token works in the realm that is set, or without one."""
    realms = [str(each) for each in as_array(restrictions.get("allowed_realm_ids")) or ()]
    listed, given = ", ".join(realms[:MAX_LISTED]), settings.realm
    needed = restrictions.get("requires_realm_scope") is True
    if given and realms and given not in realms:
        return _wrong_realm(f"HOODY_REALM is {given}, and the token does not work there.", f"Set HOODY_REALM to one of: {listed}.")
    if given:
        return Finding("realm", Level.OK, f"The token works in realm {given} (HOODY_REALM).")
    if not needed:
        return Finding("realm", Level.OK, "The token works without a realm, and none is set.")
    return _only_realm(realms, settings)


def _only_realm(realms: list[str], settings: Settings) -> Finding:
    listed = ", ".join(realms[:MAX_LISTED])
    if not realms:
        return _wrong_realm("The token works inside a realm only, and none is named for it.", "Use another token.")
    if len(realms) > 1:
        return _wrong_realm(
            f"The token works inside {len(realms)} realms only, and none is chosen.", f"Set HOODY_REALM to one of: {listed}."
        )
    try:
        realm_url(settings, realms[0])
    except HoodyError as error:
        return _wrong_realm(
            f"The token works in realm {listed} only, whose address is not known. {str(error).rstrip('.')}.", "Set HOODY_REALM_URL."
        )
    return Finding("realm", Level.OK, f"The token works in realm {listed} only, which is used by itself.")


def _wrong_realm(what: str, do: str) -> Finding:
    return Finding("realm", Level.ERROR, what, do)


def in_plain_words(settings: Settings) -> Iterator[str]:
    """Say what the limits of this server mean for whoever uses it."""
    scopes = {kind: getattr(settings, f"scope_{kind}") for kind in ("project", "container", "realm")}
    for kind, value in scopes.items():
        if value:
            yield f"Bound to the {kind} {one_line(value)}: everything outside is refused."
    if settings.read_only:
        yield "Only reading: every call that changes something, runs code or costs money is refused (HOODY_READ_ONLY)."
        return
    yield {
        Execute.ALLOW: "Programs run without asking.",
        Execute.CODE: "Programs run after a confirmation (HOODY_EXECUTE=code).",
        Execute.DENY: "No programs are run (HOODY_EXECUTE=deny).",
    }[settings.execute]
    yield {
        Spend.DENY: "No money is spent (HOODY_SPEND=deny).",
        Spend.CONFIRM: "Money is spent after a confirmation (HOODY_SPEND=confirm).",
    }[settings.spend]
    yield {
        Confirm.AUTO: "What destroys is shown first and needs a code that the model repeats.",
        Confirm.HUMAN: "What destroys is refused: it needs a person's yes, and no client is asked for one yet (HOODY_CONFIRM=human).",
        Confirm.CODE: "What destroys is shown first and needs a code that the model repeats (HOODY_CONFIRM=code).",
    }[settings.confirm]
