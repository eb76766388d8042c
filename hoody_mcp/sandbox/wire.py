"""What handlers of the sandbox take and give: requests that are read strictly, answers in Hoody's forms."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response

from .state import Container, Json, Token, World

BAD_REQUEST = 400
IN_MILLISECONDS = 1e11  # a number of this size cannot be meant in seconds
LAST_MOMENT = 253_402_300_799  # the end of the year 9999, which dates can spell
Model = TypeVar("Model", bound=BaseModel)


class Refusal(Exception):
    """An error answer in Hoody's form."""

    def __init__(self, status: int, code: str, message: str, data: object = None, headers: Mapping[str, str] | None = None) -> None:
        """Take what the answer says."""
        super().__init__(message)
        self.status, self.code, self.message, self.data, self.headers = status, code, message, data, dict(headers or {})

    def answer(self, service: str = "") -> Response:
        """Write it as the API does, or as the container's service of that name does."""
        body: Json = {"statusCode": self.status, "error": self.code, "message": self.message}
        if service == "terminal":
            body = {"status": "error", "code": self.code, "message": self.message}
        elif service:
            body = {"error": self.message}
        elif self.data is not None:
            body["data"] = self.data
        return JSONResponse(body, self.status, self.headers)


def _given(value: object) -> object:
    if value is None:
        raise ValueError("must not be null")
    return value


NOT_NULL = BeforeValidator(_given)  # for fields whose None means absent


class Body(BaseModel):
    """Base of the bodies that handlers read: no other property, no other type."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Ask:
    """One request on its way to a handler."""

    world: World
    method: str
    path: str
    query: QueryParams
    content: bytes
    headers: Headers = field(default_factory=Headers)
    address: str = "127.0.0.1"  # of the caller
    realm: str = ""  # of the host it came to
    token: Token | None = None
    container: Container | None = None  # whose service it is for
    service: str = ""
    instance: int = 1
    parts: dict[str, str] = field(default_factory=dict[str, str])  # of the path, by name

    @property
    def caller(self) -> Token:
        """The token it came with; handlers of the API run only with one."""
        if self.token is None:
            raise Refusal(401, "MISSING_TOKEN", "Authentication is required")
        return self.token

    @property
    def box(self) -> Container:
        """The container whose service it is for; handlers of services run only in one."""
        if self.container is None:
            raise Refusal(404, "NOT_FOUND", "There is no such container here")
        return self.container

    def body(self, model: type[Model]) -> Model:
        """Read the JSON body; 400 names what does not fit."""
        try:
            return model.model_validate_json(self.content or b"{}")
        except ValidationError as error:
            raise invalid(*((".".join(map(str, each["loc"])), each["msg"]) for each in error.errors())) from None

    def id(self, name: str) -> str:
        """Give an id of the path; 400 if it cannot be one."""
        return checked_id(name, self.parts[name])

    def flag(self, name: str) -> bool:
        """Read "true" or "false" of the query; false if absent."""
        return self.choice(name, ("true", "false"), "false") == "true"

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Read one of several words of the query."""
        given = self.query.get(name, default)
        if given not in allowed:
            raise invalid((name, f"must be one of {', '.join(allowed)}"))
        return given

    def number(self, name: str, default: int, least: int = 0, most: int = 2**31) -> int:
        """Read a whole number of the query, within bounds."""
        given = self.query.get(name, str(default))
        if not given.isdecimal() or not least <= int(given) <= most:
            raise invalid((name, f"must be a whole number from {least} to {most}"))
        return int(given)

    def filter_id(self, name: str) -> str | None:
        """Read an id of the query; none if absent."""
        return checked_id(name, self.query[name]) if name in self.query else None

    def filter_number(self, name: str, least: float = 0, most: float = math.inf) -> float | None:
        """Read a number of the query, within bounds; none if absent."""
        if name not in self.query:
            return None
        try:
            given = float(self.query[name])
        except ValueError:
            given = math.nan
        if not math.isfinite(given) or not least <= given <= most:
            raise invalid((name, "must be a number within its bounds"))
        return given

    def ahead(self, name: str, given: str | float) -> float:
        """Read a point of time that must not have passed: ISO 8601, or seconds (if huge, milliseconds) since 1970."""
        if isinstance(given, str):
            try:
                moment = datetime.fromisoformat(given)
            except ValueError:
                raise invalid((name, "must be a date and time in ISO 8601")) from None
            given = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        elif given >= IN_MILLISECONDS:
            given /= 1000
        if not self.world.clock() < given <= LAST_MOMENT:
            raise invalid((name, "must lie in the future"))
        return given


def invalid(*faults: tuple[str, str]) -> Refusal:
    """Make the answer to arguments that do not fit: pairs of place and fault."""
    details = [{"instancePath": f"/{place.replace('.', '/')}", "message": fault} for place, fault in faults]
    return Refusal(BAD_REQUEST, "VALIDATION_ERROR", "The request does not fit", details)


def checked_id(name: str, value: str) -> str:
    """Give an id back; 400 unless it is 24 hex characters in lower case."""
    if len(value) != 24 or not set(value) <= set("0123456789abcdef"):  # noqa: PLR2004 - the length of every id of Hoody's
        raise invalid((name, "must be 24 hex characters"))
    return value


def data(value: object, status: int = 200, message: str = "OK", **beside: object) -> Response:
    """Answer as the API does; some lists tell their size beside the data."""
    return JSONResponse({"statusCode": status, "message": message, "data": value, **beside}, status)


def plain(value: object, status: int = 200) -> Response:
    """Answer as a container's service does: without an envelope."""
    return JSONResponse(value, status)


def paged(  # noqa: PLR0913 - each is one rule of a list
    ask: Ask, name: str, items: list[Json], *, limit: int = 10, most: int = 100, sort_by: str = "created_at", keys: tuple[str, ...] = ()
) -> Response:
    """Answer one page of a list, sorted; newest first unless asked otherwise. `keys` are the fields it may be sorted by.

    A key may stand for a field of another name: "rating=average_rating".
    """
    page, size = ask.number("page", 1, 1), ask.number("limit", limit, 1, most)
    fields = {key: field or key for key, _, field in (each.partition("=") for each in keys or (sort_by,))}
    key = fields[ask.choice("sort_by", tuple(fields), sort_by)]
    falling = ask.choice("sort_order", ("asc", "desc"), "desc") == "desc"
    ordered = sorted(items, key=lambda item: _rank(item.get(key, "")), reverse=falling)
    shown = ordered[(page - 1) * size : page * size]
    pages = -(-len(items) // size)
    return data({name: shown, "pagination": {"total": len(items), "page": page, "limit": size, "totalPages": pages}})


def _rank(value: object) -> tuple[float, str]:
    return (value, "") if isinstance(value, int | float) else (0, str(value))


Handler = Callable[[Ask], Any]  # a Response, or an awaitable of one


def compact(value: object) -> str:
    """Write JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
