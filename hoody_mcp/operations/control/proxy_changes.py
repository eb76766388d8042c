"""Changes of access documents, of containers and of projects alike: what a document is afterwards, and how to undo it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import MISSING, Field

from ...access import who_gets_in
from ...jsons import Json, as_object
from ...operation import Body, Default, Operation, Path, Place
from .proxy_documents import (
    DOCUMENT,
    Access,
    Enabled,
    Grants,
    Group,
    GroupName,
    Groups,
    Policy,
    Program,
    Range,
    as_rule,
    as_words,
    inner,
    without,
)


class Changing(Operation, abstract=True):
    """A change of a document: its preview tells who gets in before and after."""

    first: ClassVar[str] = ""  # what it means that there was no document

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
        return who_gets_in(before, self.after(before), self.first)

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Give the document its old part back; one that this made goes again."""
        document = as_object(found)
        yield from [self.made("delete")] if document is None else self.restored(document)

    def restored(self, document: Json) -> Iterator[Operation]:
        """Yield the calls that give a document its old part back."""
        raise NotImplementedError

    def whole(self, document: Json) -> Json:  # noqa: ARG002 - what overrides it looks at it
        """Give what a whole document needs beside what all documents have."""
        return {}

    def granted(self, group: str, grants: Any) -> Iterator[Operation]:
        """Yield the calls that grant a group what it had."""
        for program, rule in (as_object(grants) or {}).items():
            yield self.made("grant", group=group, program=program, access=as_words(rule))


def old_document(operation: Changing, document: Json) -> Operation:
    """Make the call that brings a whole document back as it was."""
    kept = {name: document[name] for name in ("groups", "permissions", "default", "enable_proxy") if document.get(name) is not None}
    return operation.made("replace", **{"groups": {}, "permissions": {}, **kept, **operation.whole(document)})


def old_group(operation: Changing, name: str, document: Json) -> Operation:
    """Make the call that sets a group as it was; for kinds that no call sets by itself, the one that sets the whole document."""
    facts = inner(inner(document, "groups"), name)
    kind = facts.get("type")
    if isinstance(kind, str) and kind in {"ip", "jwt", "password", "token"} and facts.keys() <= Group.model_fields.keys():
        return operation.made(kind, group=name, **without(facts, "type"))
    return old_document(operation, document)


class Replacing(Changing, abstract=True):
    """A new document in place of the old one."""

    groups: Body[Groups]
    permissions: Body[Grants]
    default: Body[Annotated[Policy, Default("deny")] | MISSING] = MISSING
    enable_proxy: Body[Annotated[Enabled, Default(value=True)] | MISSING] = MISSING

    def after(self, document: Json) -> Json:  # noqa: ARG002 - nothing of it stays
        """Give the new document."""
        return {"default": "deny"} | self.given(Place.BODY)

    def restored(self, document: Json) -> Iterator[Operation]:
        """Put the old document back."""
        yield old_document(self, document)


class Deleting(Changing, abstract=True):
    """No document any more."""

    def after(self, document: Json) -> Json:  # noqa: ARG002 - nothing of it stays
        """Give no document."""
        return {}

    def put_back(self, found: Any) -> Iterator[Operation]:
        """Put the old document back, if there was one."""
        if (document := as_object(found)) is not None:
            yield old_document(self, document)


class SettingDefault(Changing, abstract=True):
    """Another policy for everybody else."""

    default: Body[Policy]

    def after(self, document: Json) -> Json:
        """Give the document with the policy."""
        return document | {"default": self.default}

    def restored(self, document: Json) -> Iterator[Operation]:
        """Set the old policy."""
        yield self.made("default", default=document.get("default"))


class SettingState(Changing, abstract=True):
    """The proxy on or off."""

    enable_proxy: Body[Enabled]

    def after(self, document: Json) -> Json:
        """Give the document with the state."""
        return document | {"enable_proxy": self.enable_proxy}

    def restored(self, document: Json) -> Iterator[Operation]:
        """Set the old state."""
        yield self.made("state", enable_proxy=document.get("enable_proxy"))


class OfGroup(Changing, abstract=True):
    """A change of one group."""

    group: Path[GroupName]


class DeletingGroup(OfGroup, abstract=True):
    """One group less."""

    def after(self, document: Json) -> Json:
        """Give the document without the group and what it was granted."""
        return document | {name: without(inner(document, name), self.group) for name in ("groups", "permissions")}

    def restored(self, document: Json) -> Iterator[Operation]:
        """Set the old group and what it was granted."""
        if self.group in inner(document, "groups"):
            yield old_group(self, self.group, document)
        yield from self.granted(self.group, inner(document, "permissions").get(self.group))


class SettingGroup(OfGroup, abstract=True):
    """A group, over one of that name."""

    def after(self, document: Json) -> Json:
        """Give the document with the group."""
        return document | {"groups": inner(document, "groups") | {self.group: self.as_group()}}

    def as_group(self) -> Json:
        """Give the group as documents hold it."""
        raise NotImplementedError

    def restored(self, document: Json) -> Iterator[Operation]:
        """Set the old group, or take the new one away."""
        is_new = self.group not in inner(document, "groups")
        yield self.made("group", group=self.group) if is_new else old_group(self, self.group, document)


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

    def restored(self, document: Json) -> Iterator[Operation]:
        """Grant what was granted."""
        yield from self.granted(self.group, inner(document, "permissions").get(self.group))


class SettingGrant(OfGroup, abstract=True):
    """What a group may reach of one program."""

    program: Body[Program]
    access: Body[Access]

    def after(self, document: Json) -> Json:
        """Give the document with the grant."""
        granted = inner(inner(document, "permissions"), self.group) | {self.program: as_rule(self.access)}
        return document | {"permissions": inner(document, "permissions") | {self.group: granted}}

    def restored(self, document: Json) -> Iterator[Operation]:
        """Grant what was granted before, or nothing."""
        before = inner(inner(document, "permissions"), self.group).get(self.program)
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

    def restored(self, document: Json) -> Iterator[Operation]:
        """Grant what was granted before."""
        before = inner(inner(document, "permissions"), self.group).get(self.program)
        if before is not None:
            yield from self.granted(self.group, {self.program: before})
