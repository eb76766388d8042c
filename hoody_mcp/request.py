"""An operation as an HTTP request. Nothing else builds a URL's path.

A path value is encoded segment by segment; nothing, "." and ".." are refused even though the argument types refuse
them before: an HTTP library resolves dots and would send the call to another route.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from .arguments import Call
from .errors import InvalidArguments
from .jsons import as_array
from .operation import KitOperation, Operation, Place, Risk, Wire, argument_name, id_kind, markers
from .route import wire_name

OCTETS = "application/octet-stream"
JSON = "application/json"


@dataclass(frozen=True)
class Kit:
    """Which container's service a request goes to; requests without one go to the API host."""

    container_id: str
    service: str
    instance: int


@dataclass(frozen=True)
class Request:
    """One HTTP request before its host is known."""

    method: str
    path: str  # encoded
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    kit: Kit | None = None
    tool: str = ""
    risk: Risk = Risk.READ
    idempotent: bool = True
    seconds: float = 45.0
    also: str = ""
    containers: tuple[str, ...] = ()  # that it is about
    secrets: tuple[str, ...] = field(default=(), repr=False)  # credentials among the arguments, which no error may repeat

    @property
    def target(self) -> str:
        """Path and query as they go onto the wire."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


def build(call: Call, headers: Mapping[str, str] = MappingProxyType({}), supplied: Mapping[str, Any] = MappingProxyType({})) -> Request:
    """Make the request of a call, with further headers and body properties; `InvalidArguments` if a value cannot travel."""
    operation, about = call.operation, call.operation.about
    content, content_type = _content(call, supplied)
    return Request(
        method=about.route.method,
        path=_path(operation),
        query=tuple(_query(operation)),
        headers=_headers(operation) | dict(headers) | ({"content-type": content_type} if content is not None else {}),
        content=content,
        kit=_kit(operation),
        tool=about.name,
        risk=call.risk,
        idempotent=about.idempotent,
        seconds=about.seconds,
        also=about.also,
        containers=tuple(_containers(operation)),
        secrets=tuple(call.secrets),
    )


def container_record(container_id: str) -> Request:
    """Make the engine's own look-up of where a container runs."""
    return Request("GET", f"/api/v1/containers/{segment(container_id)}", tool="look-up")


def identity() -> Request:
    """Make the engine's own question whose token it uses."""
    return Request("GET", "/api/v1/users/auth/me", tool="identity")


def health(kit: Kit) -> Request:
    """Make the engine's own question whether a service answers; what it answers does not matter."""
    return Request("GET", f"/api/v1/{segment(kit.service)}/health", kit=kit, tool="health", seconds=5.0)


def segment(value: object) -> str:
    """Encode one segment of a path."""
    text = str(value)
    if text in {"", ".", ".."}:
        raise InvalidArguments(["a part of the path is empty or made of dots"])
    return quote(text, safe="")


def _path(operation: Operation) -> str:
    route = operation.about.route
    template, _, _ = route.path.partition("?")
    single, joined = operation.given(Place.PATH), operation.given(Place.SEGMENTS)
    for name in route.placeholders:
        encoded = _joined(joined[name]) if name in joined else segment(single[name])
        template = template.replace(f"{{{name}}}", encoded)
    return template


def fixed_query(operation: type[Operation]) -> dict[str, str]:
    """Give the query that every call of an operation sends: what its route ends with, and its constants."""
    parts = (part.partition("=") for part in operation.about.route.template.partition("?")[2].split("&") if part)
    fixed = {name: value for name, _, value in parts} | dict(operation.about.constants)
    arguments = {argument_name(name) for name in operation.placed(Place.QUERY)}
    return {name: value for name, value in fixed.items() if name not in arguments}


def _joined(path: str) -> str:
    return "/".join(map(segment, path.split("/"))) if path else ""


def _query(operation: Operation) -> list[tuple[str, str]]:
    fields, route = type(operation).model_fields, operation.about.route
    pairs: list[tuple[str, str]] = []
    for name, value in operation.given(Place.QUERY).items():
        pairs += _pairs(wire_name(name, fields[name], route), value, list(markers(fields[name])))
    return [*fixed_query(type(operation)).items(), *pairs]


def _pairs(name: str, value: Any, marks: list[object]) -> list[tuple[str, str]]:
    if Wire.FLAG in marks:
        return [(name, "")] if value else []
    if Wire.CHOICE in marks:
        return [(value, "")]
    items = as_array(value)
    return [(name, _text(item)) for item in ([value] if items is None else items)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _headers(operation: Operation) -> dict[str, str]:
    fields, route = type(operation).model_fields, operation.about.route
    sent = {wire_name(name, fields[name], route): _text(value) for name, value in operation.given(Place.HEADER).items()}
    for name, value in sent.items():
        if not re.fullmatch(r"[\x20-\x7e]*", value):
            raise InvalidArguments([f"{name} travels in a header and can hold plain ASCII characters only"])
    return sent


def _content(call: Call, supplied: Mapping[str, Any]) -> tuple[bytes | None, str]:
    operation = call.operation
    raw, whole = operation.given(Place.RAW), operation.given(Place.WHOLE)
    if raw:
        name, value = next(iter(raw.items()))
        return (_decoded(value) if name == "base64" else value.encode()), OCTETS
    if whole:
        return _json(next(iter(whole.values()))), JSON
    body = dict(supplied) | _body(call)
    if body or (type(operation).placed(Place.BODY) and not operation.about.optional_body):
        return _json(body), JSON
    return None, ""


def _body(call: Call) -> dict[str, Any]:
    fields, route = type(call.operation).model_fields, call.operation.about.route
    values = call.operation.given(Place.BODY) | dict.fromkeys(call.clear)
    key = call.operation.about.repeat_key
    body: dict[str, Any] = {key: _repeat_key(call)} if key else {}
    for name, value in values.items():
        *outer, last = wire_name(name, fields[name], route).split(".")
        inner = body
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return body


def _repeat_key(call: Call) -> str:
    """Give the key by which Hoody knows a repeat: one confirmation stands for one purchase, however often it arrives."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, call.confirm) if call.confirm else uuid.uuid4())


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArguments(["base64 is not valid base64"]) from None


def _containers(operation: Operation) -> Iterator[str]:
    for name in operation.model_fields_set:
        value: object = getattr(operation, name)
        if id_kind(type(operation).model_fields[name]) == "container" and isinstance(value, str):
            yield value


def _kit(operation: Operation) -> Kit | None:
    if not isinstance(operation, KitOperation):
        return None
    local = operation.given(Place.LOCAL)
    return Kit(operation.container_id, operation.about.namespace, local.get("instance", 1))
