"""How a container's service says that it is there."""

from __future__ import annotations

from starlette.responses import Response

from .routes import Area
from .terminals import moment
from .wire import Ask, plain

terminal = Area()
files = Area()


@terminal.route("GET /terminal/health")
@files.route("GET /files/health")
def health(ask: Ask) -> Response:
    """Say what this is, and since when it runs."""
    since = moment(ask.box.awake)
    facts = {"status": "ok", "service": f"sandbox-{ask.service}", "built": since, "started": since}
    return plain(facts | {"memory": {"rss": 0}, "fds": 0, "pid": 1, "ip": ask.address, "userAgent": None})
