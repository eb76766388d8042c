"""What proxy permissions of containers and of projects have in common: types, documents before and after a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ...access import who_gets_in
from ...jsons import Json, as_array, as_object
from ...operation import Body, Default, Operation, Path

SECRET = ("secret", "password", "salt", "value")  # of a group
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
    dict[str, dict[str, Access]],
    Field(description='What each group may reach, such as {"ops": {"terminal": "true", "http": "8080,9090"}}.'),
]
Hooks = Annotated[
    dict[str, list[dict[str, Any]]],
    Field(description="Hooks by service, each {match, script, timeout}: see proxy_hooks_create. 8 per service, 32 in all."),
]


class Changing(Operation, abstract=True):
    """A change of a document: its preview tells who gets in before and after."""

    def made(self, tool: str, **arguments: Any) -> Operation:
        """Make another operation on the same document."""
        raise NotImplementedError

    def after(self, document: Json) -> Json:
        """Give the document as it is after the change; {} if there is none any more."""
        raise NotImplementedError

    def foresee(self, seen: Mapping[str, Any]) -> Json:
        """Tell who gets in before and after."""
        document = as_object(seen.get(DOCUMENT))
        if document is None:
            return {}
        before: Json = {} if document.get("file_version") == 0 else document  # that stands for none
        return who_gets_in(before, self.after(before))

    def whole(self, document: Json) -> Json:  # noqa: ARG002 - what overrides it looks at it
        """Give what a whole document needs beside what all documents have."""
        return {}

    def granted(self, group: str, grants: Any) -> Iterator[Operation]:
        """Yield the calls that grant a group what it had."""
        for program, rule in (as_object(grants) or {}).items():
            yield self.made("grant", group=group, program=program, access=as_words(rule))


def inner(document: Json, name: str) -> Json:
    """Give a member of a document that is an object; {} for anything else."""
    return as_object(document.get(name)) or {}


def without(members: Json, name: str) -> Json:
    """Leave out one member."""
    return {key: value for key, value in members.items() if key != name}


def old_document(operation: Changing, before: Any) -> Iterator[Operation]:
    """Yield the call that brings a document back as it was: all of it, or none."""
    document = as_object(before)
    if document is None:
        yield operation.made("delete")
        return
    kept = {name: document[name] for name in ("groups", "permissions", "default", "enable_proxy") if document.get(name) is not None}
    yield operation.made("replace", **{"groups": {}, "permissions": {}, **kept, **operation.whole(document)})


def old_group(operation: Changing, name: str, before: Any) -> Operation:
    """Make the call that sets a group as it was; `ValueError` for kinds that no call sets."""
    facts = as_object(before) or {}
    kind = facts.get("type")
    if not isinstance(kind, str) or kind not in {"ip", "jwt", "password", "token"} or not facts.keys() <= Group.model_fields.keys():
        msg = "no call sets a group of this type"
        raise ValueError(msg)
    return operation.made(kind, group=name, **without(facts, "type"))


class Replacing(Changing, abstract=True):
    """A new document in place of the old one."""

    groups: Body[Groups]
    permissions: Body[Grants]
    default: Body[Annotated[Policy, Default("deny")] | MISSING] = MISSING
    enable_proxy: Body[Annotated[Enabled, Default(value=True)] | MISSING] = MISSING

    def after(self, document: Json) -> Json:  # noqa: ARG002 - nothing of it stays
        """Give the new document."""
        return {"default": "deny"} | self.model_dump(mode="json", include={"groups", "permissions", "default", "enable_proxy"})

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Put the old document back, or none."""
        yield from old_document(self, before)


class Deleting(Changing, abstract=True):
    """No document any more."""

    def after(self, document: Json) -> Json:  # noqa: ARG002 - nothing of it stays
        """Give no document."""
        return {}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Put the old document back."""
        if as_object(before):
            yield from old_document(self, before)


class SettingDefault(Changing, abstract=True):
    """Another policy for everybody else."""

    default: Body[Policy]

    def after(self, document: Json) -> Json:
        """Give the document with the policy."""
        return document | {"default": self.default}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Set the old policy."""
        yield self.made("delete") if before is None else self.made("default", default=before)


class SettingState(Changing, abstract=True):
    """The proxy on or off."""

    enable_proxy: Body[Enabled]

    def after(self, document: Json) -> Json:
        """Give the document with the state."""
        return document | {"enable_proxy": self.enable_proxy}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Set the old state."""
        yield self.made("delete") if before is None else self.made("state", enable_proxy=before)


class OfGroup(Changing, abstract=True):
    """A change of one group."""

    group: Path[GroupName]


class DeletingGroup(OfGroup, abstract=True):
    """One group less."""

    def after(self, document: Json) -> Json:
        """Give the document without the group and what it was granted."""
        return document | {name: without(inner(document, name), self.group) for name in ("groups", "permissions")}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Set the old group and what it was granted."""
        was = as_object(before) or {}
        if as_object(was.get("groups")):
            yield old_group(self, self.group, was["groups"])
        yield from self.granted(self.group, was.get("permissions"))


class SettingGroup(OfGroup, abstract=True):
    """A group, over one of that name."""

    def after(self, document: Json) -> Json:
        """Give the document with the group."""
        return document | {"groups": inner(document, "groups") | {self.group: self.as_group()}}

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        raise NotImplementedError

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Set the old group, or take the new one away."""
        yield self.made("group", group=self.group) if before is None else old_group(self, self.group, before)


class SettingIpGroup(SettingGroup, abstract=True):
    """A group of addresses."""

    range: Body[Range]

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        return {"type": "ip", "range": self.range}


class SettingJwtGroup(SettingGroup, abstract=True):
    """A group of those who hold a JWT."""

    secret: Body[Annotated[str, Field(min_length=1, max_length=8192)]] = Field(
        description="Key that signatures are checked with: any text for HS256, a public key in PEM for RS256 and ES256."
    )
    algorithm: Body[Literal["HS256", "RS256", "ES256"]] = Field(description="How tokens are signed.")
    sources: Body[Annotated[list[str], Field(min_length=1)]] = Field(description='Where the token stands: "header:Name" or "cookie:Name".')
    claims: Body[dict[str, Any] | MISSING] = Field(default=MISSING, description="Claims that must match exactly: text, numbers, booleans.")

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        return {"type": "jwt", "algorithm": self.algorithm, "sources": self.sources}


class SettingPasswordGroup(SettingGroup, abstract=True):
    """A group of those who know a password."""

    username: Body[Annotated[str, Field(min_length=1)]] = Field(description="User name, exactly as clients send it.")
    password: Body[Annotated[str, Field(min_length=1)]] = Field(description="Plain password, or the hex SHA-256 of salt and password.")
    salt: Body[Annotated[str, Field(min_length=1)]] = Field(description="Random text of your own for the hash.")
    algorithm: Body[Literal["sha256"] | MISSING] = Field(default=MISSING, description="sha256 only.")

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        return {"type": "password", "username": self.username}


class SettingTokenGroup(SettingGroup, abstract=True):
    """A group of those who send a fixed value."""

    value: Body[str] = Field(description="The value that lets in.")
    header_name: Body[str | MISSING] = Field(default=MISSING, alias="header", description="Header that holds it.")
    cookie_name: Body[str | MISSING] = Field(default=MISSING, alias="cookie", description="Or a cookie.")
    param_name: Body[str | MISSING] = Field(default=MISSING, alias="param", description="Or a query parameter.")

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        return {"type": "token"} | self.model_dump(mode="json", include={"header_name", "cookie_name", "param_name"})


class DeletingGrants(OfGroup, abstract=True):
    """A group that may reach nothing any more."""

    def after(self, document: Json) -> Json:
        """Give the document without the group's grants."""
        return document | {"permissions": without(inner(document, "permissions"), self.group)}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Grant what was granted."""
        yield from self.granted(self.group, before)


class SettingGrant(OfGroup, abstract=True):
    """What a group may reach of one program."""

    program: Body[Program]
    access: Body[Access]

    def after(self, document: Json) -> Json:
        """Give the document with the grant."""
        granted = inner(inner(document, "permissions"), self.group) | {self.program: as_rule(self.access)}
        return document | {"permissions": inner(document, "permissions") | {self.group: granted}}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Grant what was granted before, or nothing."""
        if before is None:
            yield self.made("ungrant", group=self.group, program=self.program)
        else:
            yield from self.granted(self.group, {self.program: before})


class DeletingGrant(OfGroup, abstract=True):
    """A program that a group may not reach any more."""

    program: Path[Program]

    def after(self, document: Json) -> Json:
        """Give the document without the grant."""
        granted = without(inner(inner(document, "permissions"), self.group), self.program)
        return document | {"permissions": inner(document, "permissions") | {self.group: granted}}

    def put_back(self, before: Any) -> Iterator[Operation]:
        """Grant what was granted before."""
        if before is not None:
            yield from self.granted(self.group, {self.program: before})
