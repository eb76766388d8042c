"""The sandbox's own routes under /sandbox/: set faults, see what arrived. Only on the machine itself, and only here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .faults import Fault
from .wire import Refusal, invalid

if TYPE_CHECKING:
    from .app import Sandbox

MAX_SEEN = 10_000  # requests that are remembered


@dataclass
class Seen:
    """A request that arrived."""

    method: str
    path: str
    host: str  # "api", "realm", or the service
    time: float
    status: int = 0  # of the answer; 0 while there is none


async def answer(sandbox: Sandbox, request: Request, path: str) -> Response:
    """Answer one of the sandbox's own routes."""
    match request.method, path:
        case "GET", "/sandbox/requests":
            return JSONResponse([asdict(seen) for seen in sandbox.requests])
        case "DELETE", "/sandbox/requests":
            sandbox.requests = []
        case "POST", "/sandbox/faults":
            try:
                sandbox.faults.waiting.append(Fault.model_validate_json(await request.body()))
            except ValidationError as error:
                return invalid(*((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())).answer()
        case "DELETE", "/sandbox/faults":
            sandbox.faults.waiting.clear()
            sandbox.faults.limit = None
        case "PUT", "/sandbox/limit":
            told = await request.body()
            if not told.isdigit():
                return invalid(("limit", "must be a whole number of requests per second")).answer()
            sandbox.faults.limit = int(told)
        case _:
            return Refusal(404, "NOT_FOUND", "POST or DELETE /sandbox/faults, PUT /sandbox/limit, GET or DELETE /sandbox/requests").answer()
    return JSONResponse({"done": True})
