"""Groups of proxy permissions: how those who may reach a service show who they are."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from starlette.responses import Response

from . import proxy_documents as documents
from .proxy_documents import GROUP_NAME, on_both
from .routes import Area
from .state import Json
from .wire import Ask, Body, Refusal, data, invalid

area = Area()

WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # what names of headers and cookies are made of
HASH = re.compile(r"[0-9a-fA-F]{64}")

Text = Annotated[str, Field(min_length=1)]
Place = Annotated[str, Field(pattern=f"^{WORD}$")]
Source = Annotated[str, Field(pattern=f"^(header|cookie):{WORD}$")]


def _range(given: str) -> str:
    ipaddress.IPv4Network(given, strict=False)  # its error says what is wrong
    return given


class Ip(Body):
    """Those who come from some addresses."""

    type: Literal["ip"] = "ip"
    range: Annotated[str, Field(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$"), AfterValidator(_range)]


class Jwt(Body):
    """Those who hold a token that somebody signed."""

    type: Literal["jwt"] = "jwt"
    secret: str = Field(min_length=1, max_length=8192)
    algorithm: Literal["HS256", "RS256", "ES256"]
    sources: list[Source] = Field(min_length=1)
    claims: dict[str, str | int | float | bool] = Field(default_factory=dict[str, str | int | float | bool])


class Password(Body):
    """Those who know a password."""

    type: Literal["password"] = "password"
    username: Text
    password: Text
    salt: Text
    algorithm: Literal["sha256"] = "sha256"

    def hash(self) -> str:
        """Give the hash of salt and password, which the password may be already."""
        return self.password.lower() if HASH.fullmatch(self.password) else hashed(self.salt, self.password)


class Token(Body):
    """Those who send a fixed value, in exactly one place."""

    type: Literal["token"] = "token"
    header: Place = ""
    cookie: Place = ""
    param: Text = ""
    value: Text

    @model_validator(mode="after")
    def _one_place(self) -> Token:
        if len({"header", "cookie", "param"} & self.model_fields_set) != 1:
            raise ValueError("exactly one of header, cookie and param is needed")
        return self


class Identity(Body):
    """Those who prove to be somebody at Hoody; the sandbox lets nobody in by this."""

    type: Literal["hoody-identity"]
    audience: str = ""
    allow_types: list[Literal["user", "admin"]] = Field(default_factory=list[Literal["user", "admin"]])
    users: list[str] = Field(default_factory=list[str])
    max_age_seconds: int = 0
    expose_type: bool = False


Group = Annotated[Ip | Jwt | Password | Token | Identity, Field(discriminator="type")]
KINDS: Mapping[str, type[Ip | Jwt | Password | Token]] = {"ip": Ip, "jwt": Jwt, "password": Password, "token": Token}


def hashed(salt: str, password: str) -> str:
    """Hash a password as groups keep it."""
    return hashlib.sha256(f"{salt}{password}".encode()).hexdigest()


def stored(group: Group) -> Json:
    """Give a group as documents keep it."""
    facts = {"type": group.type, **group.model_dump(exclude_unset=True)}
    return facts | {"password": group.hash(), "algorithm": group.algorithm} if isinstance(group, Password) else facts


def set_group(ask: Ask) -> Response:
    """Set a group of the kind that ends the path, over one of its name; what it may reach stays."""
    name = documents.path_name(ask, "groupName", GROUP_NAME)
    asked = ask.body(KINDS[ask.path.rpartition("/")[2]])
    if "type" in asked.model_fields_set:
        raise invalid(("type", "is told by the path"))
    draft = documents.changing(ask)
    draft["groups"][name] = stored(asked)
    return data(documents.answered(documents.save(ask, draft)))


for _kind in KINDS:
    on_both(area, f"PUT /permissions/groups/{{groupName}}/{_kind}")(set_group)


@on_both(area, "DELETE /permissions/groups/{groupName}")
def remove_group(ask: Ask) -> Response:
    """Remove a group, and what it may reach."""
    name, draft = documents.path_name(ask, "groupName", GROUP_NAME), documents.changing(ask)
    if name not in draft["groups"]:
        raise Refusal(404, "PROXY_GROUP_NOT_FOUND", f"There is no group {name}")
    del draft["groups"][name]
    draft["permissions"].pop(name, None)
    return data(documents.answered(documents.save(ask, draft)))
