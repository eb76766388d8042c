"""Environment and flags → one frozen `Settings`.

Flags win over the environment. A wrong value stops the start with a sentence that names the setting; an unknown
`HOODY_*` variable does not, because Hoody's own tools and containers set some.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import SettingsError
from .jsons import as_object

DEFAULT_BASE_URL = "https://api.hoody.icu"
DEFAULT_DOCS_URL = "https://chatbot.hoody.com/mcp"
HOODY_DOMAINS = ("hoody.icu", "hoody.com", "hoody.run", "hoody.lat")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS = r"(?P<scheme>https?)://(?P<host>\[::1\]|[A-Za-z0-9._{}-]+)(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9._~{}/-]*)?"
MAX_PORT = 65_535
KIT_PLACEHOLDERS = frozenset({"project_id", "container_id", "service", "index", "server"})
REALM_PLACEHOLDERS = frozenset({"realm"})
MAX_TOKEN = 4096  # characters; Hoody's own tokens have under a thousand
HOW_TO_GET_A_TOKEN = (
    "Create one in Hoody's web console (or with `hoody auth create`) and put it into HOODY_TOKEN, or its file's path into HOODY_TOKEN_FILE."  # noqa: S105 - a sentence, not a token
)

HELD: ContextVar[Mapping[int, str]] = ContextVar("HELD", default=MappingProxyType({}))  # token of the call under way, by settings

Names = Annotated[tuple[str, ...], NoDecode]  # comma-separated in the environment


class Execute(StrEnum):
    """What happens to calls that run code the caller supplies."""

    ALLOW = "allow"
    CODE = "code"
    DENY = "deny"


class Spend(StrEnum):
    """What happens to calls that spend money."""

    DENY = "deny"
    CONFIRM = "confirm"


class Confirm(StrEnum):
    """Who has to agree before something is destroyed or paid."""

    AUTO = "auto"
    HUMAN = "human"
    CODE = "code"


class Settings(BaseSettings):
    """All settings; each can be set as HOODY_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="HOODY_", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    token: SecretStr | None = Field(default=None, description="Hoody token (hdy_… or a login's JWT).")
    token_file: Path | None = Field(default=None, description="File that holds the token; read anew for each call.")
    base_url: str = Field(default=DEFAULT_BASE_URL, description="Address of the Hoody API.")
    realm: str | None = Field(default=None, pattern=r"^[0-9a-f]{24}$", description="Realm to work in: 24 lower-case hex characters.")
    kit_url: str | None = Field(default=None, description="URL template of container services.")
    realm_url: str | None = Field(default=None, description="URL template of realm hosts.")
    allow_host: Names = Field(default=(), description="Hosts outside Hoody's own domains that may be used.")
    sandbox: bool = Field(default=False, description="Work in a sandbox inside this process: no account, no network, nothing real.")
    toolsets: Names = Field(default=(), description="Toolsets to list, or everyday, observe, operate, all.")
    tools: Names = Field(default=(), description="Single tools to list as well.")
    exclude: Names = Field(default=(), description="Tools or toolsets not to list.")
    read_only: bool = Field(default=False, description="Refuse every call that changes something.")
    execute: Execute = Field(default=Execute.ALLOW, description="Calls that run code: allow, code (ask first), deny.")
    spend: Spend = Field(default=Spend.DENY, description="Calls that spend money: deny, confirm.")
    confirm: Confirm = Field(default=Confirm.AUTO, description="Who confirms: auto, human, code.")
    scope_project: str = Field(default="", description="Work in this project only (id or name); also --project.")
    scope_container: str = Field(default="", description="Work in this container only (id or name); also --container.")
    scope_realm: str = Field(default="", pattern=r"^([0-9a-f]{24})?$", description="Work in this realm only (id); also --realm.")
    docs_url: str = Field(default=DEFAULT_DOCS_URL, description="Hoody's documentation assistant, which hoody_docs asks.")
    audit_log: Path | None = Field(default=None, description="File for the audit log; stderr if absent.")
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$", description="Volume of the log on stderr.")

    @field_validator("allow_host", "toolsets", "tools", "exclude", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part for part in re.split(r"[,\s]+", value) if part) if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _in_scope(cls, values: Any) -> Any:
        """Use the host of the realm that the server is bound to."""
        given = as_object(values) or {}
        return {"realm": given.get("scope_realm") or None, **given} if given.get("scope_realm") else values

    @field_validator("token", mode="after")
    @classmethod
    def _clean(cls, value: SecretStr | None) -> SecretStr | None:
        return value and SecretStr(clean_token(value.get_secret_value(), "HOODY_TOKEN"))

    @model_validator(mode="after")
    def _check_addresses(self) -> Self:
        check_address("HOODY_BASE_URL", self.base_url, self.allow_host, frozenset())
        if self.kit_url:
            check_address("HOODY_KIT_URL", self.kit_url, self.allow_host, KIT_PLACEHOLDERS)
        if self.realm_url:
            check_address("HOODY_REALM_URL", self.realm_url, self.allow_host, REALM_PLACEHOLDERS)
        check_address("HOODY_DOCS_URL", self.docs_url, self.allow_host, frozenset())
        if self.scope_realm and self.realm not in {None, self.scope_realm}:
            raise ValueError("HOODY_REALM and --realm (HOODY_SCOPE_REALM) name different realms")
        return self

    @property
    def listed_toolsets(self) -> tuple[str, ...]:
        """Toolsets to list: the everyday ones unless something was chosen."""
        return self.toolsets or (() if self.tools else ("everyday",))

    @contextmanager
    def same_token(self) -> Generator[None]:
        """Use one token until the end of a call, though its file may change meanwhile: so nothing is kept for the wrong caller."""
        held = HELD.get()
        if id(self) in held:
            yield
            return
        try:
            token = HELD.set({**held, id(self): self._read_token()})
        except SettingsError:  # each request tells it
            yield
            return
        try:
            yield
        finally:
            HELD.reset(token)

    def current_token(self) -> str:
        """Give the token for one call; `SettingsError` says how to get one."""
        return HELD.get().get(id(self)) or self._read_token()

    def _read_token(self) -> str:
        if self.token_file:
            return _token_from(self.token_file)
        if self.token:
            return self.token.get_secret_value()
        msg = f"No Hoody token is set. {HOW_TO_GET_A_TOKEN}"
        raise SettingsError(msg)

    def caller(self) -> str:
        """Name whoever calls without saying their credential: what is kept for one caller must not serve another."""
        return hashlib.sha256("".join(self.credentials()).encode()).hexdigest()

    def credentials(self) -> list[str]:
        """Give what must not appear in any output."""
        try:
            return [self.current_token()]
        except SettingsError:
            return []

    @classmethod
    def load(cls, **flags: Any) -> Settings:
        """Take flags that were given, then the environment; `SettingsError` names the first wrong one."""
        try:
            return cls(**{name: value for name, value in flags.items() if value not in (None, (), False, "")})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            named = f"HOODY_{where.upper()}: " if where else ""
            msg = f"{named}{first['msg'].removeprefix('Value error, ')}"
            raise SettingsError(msg) from None


def clean_token(text: str, source: str) -> str:
    """Trim what copying adds (quotes, spaces, a byte-order mark, `Bearer `); `ValueError` names the source, not the value."""
    token = text.strip().strip("\ufeff").strip().strip("'\"").strip()
    token = re.sub(r"^bearer\s+", "", token, flags=re.IGNORECASE).strip("'\"")
    if not re.fullmatch(r"[\x21-\x7e]+", token) or len(token) > MAX_TOKEN:
        msg = f"{source} does not hold a token: it must be one word of at most {MAX_TOKEN} plain characters"
        raise ValueError(msg)
    return token


def check_address(setting: str, address: str, allowed: tuple[str, ...], placeholders: frozenset[str]) -> None:
    """Refuse an address to which a token or a command must not go; `ValueError` names the setting."""
    unknown = set(re.findall(r"\{([^}]*)\}", address)) - placeholders
    if unknown:
        raise ValueError(f"{setting}: unknown placeholder {min(unknown)!r}; known are {', '.join(sorted(placeholders)) or 'none'}")
    found = re.fullmatch(ADDRESS, address)
    if not found or not 0 < int(found["port"] or 443) <= MAX_PORT:
        raise ValueError(f"{setting} must be a plain URL: https://host[:port][/path], without user name, query or fragment")
    host = found["host"].strip("[]").lower()
    if found["scheme"] != "https" and host not in LOOPBACK:
        raise ValueError(f"{setting} must begin with https:// (http:// is possible for this machine only)")
    fixed = re.sub(r"^.*\}[^.]*\.?", "", host)  # what stands behind the last placeholder decides whose host it is
    if not _is_trusted(fixed, allowed):
        raise ValueError(f"{setting}: {fixed or host} is not a host of Hoody's; name it in HOODY_ALLOW_HOST to use it")


def _is_trusted(host: str, allowed: tuple[str, ...]) -> bool:
    return host in LOOPBACK or host in {name.lower() for name in allowed} or is_hoody_host(host)


def is_hoody_host(host: str) -> bool:
    """Tell whether a host lies in one of Hoody's domains."""
    return any(host == domain or host.endswith(f".{domain}") for domain in HOODY_DOMAINS)


def near_misses(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Name variables that look like misspelt settings: "HOODY_READONLY (HOODY_READ_ONLY?)"."""
    known = {f"HOODY_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.startswith("HOODY_") and name not in known)
    nearest = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.9) for name in unknown}
    return [f"{name} ({near[0]}?)" for name, near in nearest.items() if near]


def _token_from(file: Path) -> str:
    try:
        return clean_token(file.expanduser().read_text(encoding="utf-8-sig"), "HOODY_TOKEN_FILE")
    except (OSError, UnicodeDecodeError):
        msg = "HOODY_TOKEN_FILE names a file that cannot be read"
        raise SettingsError(msg) from None
    except ValueError as error:
        raise SettingsError(str(error)) from None
