"""What access documents of containers and of projects are made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ...jsons import Json, as_array, as_object

SECRET = ("secret", "password", "salt", "value", "headers")  # of a group, and what a hook may look for
DOCUMENT = "document"  # what a preview calls it
HOOK = ("match", "script", "timeout", "applies_to")  # what a hook is made of
BINDS = ("groups", "permissions", "default", "enable_proxy", "hooks")

GroupName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,50}$", description="Name of the group: up to 50 letters, digits, _ and -.")]
Program = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$",
        description="Service, such as terminal, files, http, ssh or exec (a-z, 0-9, inner _ and -); logs only by its own name.",
    ),
]
Policy = Annotated[Literal["allow", "deny"], Field(description="What happens to whom no rule lets in: allow or deny.")]
Enabled = Annotated[bool, Field(description="false: the proxy refuses everybody, you included.")]
Range = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$",
        description="IPv4 range as address/bits; 203.0.113.5/32 is one address.",
    ),
]


def as_rule(text: str) -> bool | int | list[int] | str:
    """Write an access rule as the API wants it: `true`, a port, a list of ports, or text."""
    if text in {"true", "false"}:
        return text == "true"
    ports = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if len(ports) != len(text.split(",")):
        return text
    return ports if len(ports) > 1 else ports[0]


def as_words(rule: object) -> object:
    """Write an access rule of a document as the argument that stands for it."""
    ports = as_array(rule)
    if ports is not None:
        return ",".join(map(str, ports))
    return str(rule).lower() if isinstance(rule, bool | int) else rule


Access = Annotated[
    str,
    BeforeValidator(as_words),
    PlainSerializer(as_rule),
    Field(
        min_length=1,
        max_length=200,
        description='What of it, as text: true (all), false (none), "8080", "8080,9090", "8000-8100" or *. '
        "files, exec, services and notifications take true and false only.",
    ),
]


class Nested(BaseModel):
    """Base of what documents are made of."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True, serialize_by_alias=True)


class Group(Nested):
    """How members of a group show who they are."""

    type: Literal["jwt", "password", "ip", "token", "hoody-identity"] = Field(description="Kind.")
    secret: str | MISSING = Field(default=MISSING, description="jwt: key.")
    algorithm: Literal["HS256", "RS256", "ES256", "sha256"] | MISSING = Field(default=MISSING, description="jwt, password.")
    sources: list[str] | MISSING = Field(default=MISSING, description='jwt: "header:Name", "cookie:Name".')
    claims: dict[str, Any] | MISSING = Field(default=MISSING, description="jwt: must match.")
    username: str | MISSING = Field(default=MISSING, description="password.")
    password: str | MISSING = Field(default=MISSING, description="password: plain or hash.")
    salt: str | MISSING = Field(default=MISSING, description="password.")
    range: str | MISSING = Field(default=MISSING, description="ip: IPv4 range.")
    header: str | MISSING = Field(default=MISSING, description="token: its place.")
    cookie: str | MISSING = Field(default=MISSING, description="token: its place.")
    param: str | MISSING = Field(default=MISSING, description="token: its place.")
    value: str | MISSING = Field(default=MISSING, description="token.")
    audience: str | MISSING = Field(default=MISSING, description="hoody-identity: audience of the claim.")
    allow_types: list[Literal["user", "admin"]] | MISSING = Field(default=MISSING, description="hoody-identity.")
    users: list[str] | MISSING = Field(default=MISSING, description="hoody-identity: who.")
    max_age_seconds: int | MISSING = Field(default=MISSING, description="hoody-identity.")
    expose_type: bool | MISSING = Field(default=MISSING, description="hoody-identity.")


Groups = Annotated[dict[str, Group], Field(description="Groups by name: how their members show who they are.")]
Grants = Annotated[
    dict[str, Annotated[dict[str, Access], Field(description="Services by name.")]],
    Field(description='What groups, by name, may reach, such as {"ops": {"terminal": "true", "http": "8080,9090"}}.'),
]
Hooks = Annotated[
    dict[str, list[dict[str, Any]]],
    Field(description="Hooks by name of the service, each {match, script, timeout}: see proxy_hooks_create. 8 per service, 32 in all."),
]


def inner(document: Json, name: str) -> Json:
    """Give a member of a document that is an object; {} for anything else."""
    return as_object(document.get(name)) or {}


def without(members: Json, name: str) -> Json:
    """Leave out one member."""
    return {key: value for key, value in members.items() if key != name}
