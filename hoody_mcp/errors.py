"""Everything that can go wrong in a call, and what the caller is told.

    HoodyError
    ├── SettingsError           a setting is wrong: the server does not start, or the call says which one
    ├── UnknownTool             no such tool: a protocol error
    ├── InvalidArguments        the caller can mend the arguments; nothing was sent
    ├── Refused                 the gate or a setting forbids the call; nothing was changed
    ├── Unreachable             no connection: the request never left
    ├── Interrupted             the answer was lost: the call may have taken effect
    ├── UnexpectedAnswer        an answer that is not Hoody's: a gateway's page, a redirect, broken data
    └── ApiError                Hoody answered with an error

Each is told to the model as it stands: one or two sentences, no value of the caller's, no credential.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_UPSTREAM_TEXT = 300  # characters of an upstream message that are passed on


class HoodyError(Exception):
    """Base of all errors that are told to the caller."""


class SettingsError(HoodyError):
    """A setting is wrong; the text names it, never its value."""


class UnknownTool(HoodyError):
    """There is no tool of this name."""

    def __init__(self, name: str, nearest: str | None) -> None:
        """Name the tool and, if there is one, the nearest that exists."""
        hint = f" Did you mean {nearest}?" if nearest else ""
        super().__init__(f"Unknown tool: {name[:64]}.{hint} If your tool list is old, refresh it.")


class InvalidArguments(HoodyError):
    """Arguments are wrong; nothing was sent."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Take one sentence per fault; the first four are told."""
        self.faults = list(faults)
        more = len(self.faults) - 4
        told = [*self.faults[:4], *([f"and {more} more"] if more > 0 else [])]
        super().__init__(f"Nothing was sent. {'; '.join(told)}.")


class Refused(HoodyError):
    """The gate or a setting forbids the call."""


class Unreachable(HoodyError):
    """No connection could be made, so nothing has happened."""


class Interrupted(HoodyError):
    """The answer was lost on the way."""


class UnexpectedAnswer(HoodyError):
    """What came back is not an answer of Hoody's."""


class ApiError(HoodyError):
    """Hoody refused, with its own words and a hint what to do."""

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        """Keep status and code for whoever decides by them."""
        self.status, self.code = status, code
        said = " ".join(message.split())[:MAX_UPSTREAM_TEXT]
        head = " ".join(part for part in (f"Hoody answered {status}", code) if part)
        super().__init__(f"{head}: {said.rstrip('.')}. {hint}".strip() if said else f"{head}. {hint}".strip())
