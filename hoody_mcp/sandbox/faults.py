"""Bad days on demand: what the sandbox does to the next requests that match."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Literal

from pydantic import Field
from starlette.responses import HTMLResponse, Response

from .wire import Body, Refusal

Kind = Literal["429", "500", "502", "503", "slow", "cut", "garbage", "page"]


class CutOff(Exception):
    """The connection ends in the middle of an answer."""


class Fault(Body):
    """One fault, for requests whose method and path match; `after` lets the request take effect first."""

    kind: Kind
    method: str = Field(default=".*", description="Regular expression.")
    path: str = Field(default=".*", description="Regular expression over the path, without host and query.")
    times: int = Field(default=1, ge=1, description="How many requests it hits.")
    retry_after: int | None = Field(default=None, ge=0, description="Seconds, for the header Retry-After.")
    as_date: bool = Field(default=False, description="Write Retry-After as a date instead of seconds.")
    seconds: float = Field(default=30.0, ge=0, le=600, description="How long a slow answer takes.")
    after: bool = Field(default=False, description="Carry the request out before the answer is spoilt.")


@dataclass
class Faults:
    """Faults that wait for their requests, and a limit of requests per second for everyone."""

    waiting: list[Fault] = field(default_factory=list[Fault])
    limit: int | None = None  # requests in any one second
    _seen: list[float] = field(default_factory=list[float])

    def take(self, method: str, path: str) -> Fault | None:
        """Give the fault that is due for a request, if any, and count it."""
        for fault in self.waiting:
            if re.fullmatch(fault.method, method) and re.fullmatch(fault.path, path):
                fault.times -= 1
                if not fault.times:
                    self.waiting.remove(fault)
                return fault
        return None

    def check_rate(self, now: float) -> None:
        """Refuse what exceeds the limit of requests; 429."""
        if self.limit is None:
            return
        self._seen = [seen for seen in self._seen if seen > now - 1]
        if len(self._seen) >= self.limit:
            raise Refusal(429, "RATE_LIMITED", "Too many requests", headers={"retry-after": "1"})
        self._seen.append(now)


def spoilt(fault: Fault, now: float) -> Response:
    """Make the answer of a fault that has one of its own."""
    if fault.kind == "garbage":
        return Response(b'{"statusCode": 200, "message": "OK", "data": {"id": "\xff\xfe', 200, media_type="application/json")
    if fault.kind == "page":
        return HTMLResponse("<html><head><title>Bad gateway</title></head><body>nginx</body></html>", 502)
    headers: dict[str, str] = {}
    if fault.retry_after is not None:
        headers["retry-after"] = formatdate(now + fault.retry_after, usegmt=True) if fault.as_date else str(fault.retry_after)
    texts = {"429": ("RATE_LIMITED", "Too many requests"), "500": ("INTERNAL_ERROR", "Something went wrong")}
    code, message = texts.get(fault.kind, ("UNAVAILABLE", "The service is not available"))
    return Refusal(int(fault.kind), code, message, headers=headers).answer()
