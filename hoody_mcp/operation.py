"""What an operation of the Hoody platform is: one class, its fields are the arguments.

    class SnapshotsRestore(Operation, route="PUT /api/v1/containers/{container_id=id}/snapshots/{name}", risk=Risk.DESTROY):
        '''Put a container back to a snapshot. …'''

        container_id: Path[ContainerId]
        name: Path[SnapshotName]

The class name in snake case is the tool's name, the docstring its description, each annotation says where an argument
travels. An operation without route, risk or docstring, or with a field that has no place or no description, cannot be
defined: the class statement raises `TypeError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from .values import joined_segments, one_segment

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

T = TypeVar("T")

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,37}")  # 38 characters: clients put up to 26 of their own before it, and stop at 64
MAX_DESCRIPTION = 1024  # OpenAI's models refuse longer ones
RESERVED_NAMES = frozenset({"confirm", "overwrite", "clear_fields", "reveal", "select", "save_to"})  # the engine's own arguments


class Risk(StrEnum):
    """What a call can do to its user, decided by effect and not by HTTP verb."""

    READ = "read"  # changes nothing
    WRITE = "write"  # adds, or can be put back
    EXECUTE = "execute"  # runs code, SQL, keys or prompts that the caller supplies
    DESTROY = "destroy"  # loses something durable, or interrupts a container
    SPEND = "spend"  # takes money from the wallet or moves it


class Place(Enum):
    """Where an argument travels."""

    PATH = "path"  # one segment of the path
    SEGMENTS = "segments"  # the rest of the path, slashes kept
    QUERY = "query"
    HEADER = "header"
    BODY = "body"  # a property of the JSON body
    WHOLE = "whole"  # the JSON body itself
    RAW = "raw"  # the bytes of the body; exactly one of an operation's RAW fields is given
    LOCAL = "local"  # does not travel: the engine uses it


class Wire(Enum):
    """How a query argument is spelled where that differs from its value."""

    FLAG = "flag"  # true: the name with an empty value; false: nothing
    CHOICE = "choice"  # the value is itself the name, sent with an empty value


Path = Annotated[T, Place.PATH, AfterValidator(one_segment)]
Segments = Annotated[T, Place.SEGMENTS, AfterValidator(joined_segments)]
Query = Annotated[T, Place.QUERY]
Header = Annotated[T, Place.HEADER]
Body = Annotated[T, Place.BODY]
Whole = Annotated[T, Place.WHOLE]
Raw = Annotated[T, Place.RAW]
Local = Annotated[T, Place.LOCAL]
Flag = Annotated[T, Wire.FLAG]
Choice = Annotated[T, Wire.CHOICE]


@dataclass(frozen=True)
class Default:
    """The value that Hoody uses when an optional argument is absent. It is told, never sent."""

    value: bool | float | str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Show the value in the argument's schema."""
        return {**handler(core), "default": self.value}


@dataclass(frozen=True)
class Id:
    """Says what kind of thing an id or name belongs to."""

    kind: str


HEX_ID = r"^[0-9a-f]{24}$"  # every id of the control plane


def _told(words: str) -> FieldInfo:
    return Field(pattern=HEX_ID, description=f"{words} 24 lower-case hex characters.")


# One line per kind of id. Names instead of ids, scope, previews and completion hang on these types.
ProjectId = Annotated[str, Id("project"), _told("Project id, from projects_list.")]
ContainerId = Annotated[str, Id("container"), _told("Container id, from containers_list.")]
RealmId = Annotated[str, Id("realm"), _told("Realm id.")]
ServerId = Annotated[str, Id("server"), _told("Server id: a rental's server_id, not the rental's own id.")]
RentalId = Annotated[str, Id("rental"), _told("Rental id, not the id of its server.")]
ImageId = Annotated[str, Id("image"), _told("Image id.")]
AliasId = Annotated[str, Id("alias"), _told("Id of a proxy alias, not its name.")]
UserId = Annotated[str, Id("user"), _told("User id.")]
PoolId = Annotated[str, Id("pool"), _told("Id of a server pool.")]
TokenId = Annotated[str, Id("token"), _told("Id of an auth token, not its value.")]
PermissionId = Annotated[str, Id("permission"), _told("Permission id, not the user's id.")]
SnapshotName = Annotated[
    str,
    Id("snapshot"),
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$", description="The snapshot's name as snapshots_list gives it, not its alias."),
]
CommandId = Annotated[str, Id("command"), Field(description="Command id, as terminal_execute gives it.")]
TerminalId = Annotated[str, Id("terminal"), Field(description="Terminal session, a number from 1 to 65535 as text.")]
BackendId = Annotated[str, Id("backend"), Field(description="Id of a connected storage backend; absent for the container's own disk.")]


@dataclass(frozen=True)
class Placeholder:
    """A hole in a path: our argument's name, and the name that Hoody's documentation gives it."""

    name: str
    wire: str


@dataclass(frozen=True)
class Route:
    """Method and path. A placeholder is `{ours}`, or `{ours=upstream}` where the names differ; a fixed query may follow."""

    method: str
    template: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """Read `METHOD /path`; anything else raises `TypeError`."""
        method, _, template = text.partition(" ")
        if not method.isupper() or not template.startswith("/"):
            msg = f"a route is 'METHOD /path', not {text!r}"
            raise TypeError(msg)
        return cls(method, template)

    @property
    def placeholders(self) -> dict[str, Placeholder]:
        """Our argument names, in order."""
        found = re.findall(r"\{([^}]*)\}", self.template)
        pairs = (hole.partition("=") for hole in found)
        return {name: Placeholder(name, wire or name) for name, _, wire in pairs}

    @property
    def path(self) -> str:
        """The template with our names only, as documentation shows it."""
        return re.sub(r"=[^}]*\}", "}", self.template)


@dataclass(frozen=True)
class Show:
    """A read that a preview is made of, for whoever has to confirm.

    Arguments of the read are taken from the operation's own arguments of the same name.
    """

    read: type[Operation]
    tells: tuple[str, ...] = ()  # fields of the answer, or of each item, that the preview shows
    binds: tuple[str, ...] = ()  # fields that must be the same when the code comes back
    label: str = ""  # what the preview calls it; the read's toolset if empty
    items: str = ""  # where the answer holds a list or map of things
    where: Mapping[str, str] = field(default_factory=dict[str, str])  # item field -> argument: the items that count, if it is given
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])  # further arguments of the read
    optional: bool = False  # nothing there is normal and does not mean that the target is gone

    @property
    def name(self) -> str:
        """What the preview calls this part."""
        return self.label or self.read.about.toolset


@dataclass(frozen=True)
class About:
    """Everything that is known about an operation beside its arguments. Class keywords of `Operation`."""

    route: Route
    risk: Risk
    name: str
    namespace: str  # "api", or the container service
    toolset: str
    description: str
    idempotent: bool = False  # a repeat is harmless: drives retries and the annotation
    destructive: bool = False  # a WRITE that may take something away, though it can be put back
    open_world: bool = False  # reaches beyond the account, e.g. fetches a URL
    default: bool = False  # on the everyday list
    keywords: str = ""  # words people use for it that its text lacks
    risk_reason: str = ""  # why its risk departs from what its effect suggests at first sight
    risk_varies: bool = False  # an argument decides, see `risk_of`
    secret: tuple[str, ...] = ()  # result fields that are credentials, masked unless `reveal`
    hands_out: tuple[str, ...] = ()  # credentials that it is this operation's purpose to return
    shows: tuple[Show, ...] = ()
    items: str = ""  # where the answer's list is; "." = the answer itself
    columns: tuple[str, ...] = ()  # fields of each item that a list shows
    answer: Literal["json", "content", "terminal"] = "json"  # "content": bytes of any type; "terminal": text with escapes
    clearable: tuple[str, ...] = ()  # arguments for which null means something upstream
    branches: tuple[tuple[str, ...], ...] = ()  # body fields that go together; fields of two branches exclude each other
    constants: Mapping[str, str] = field(default_factory=dict[str, str])  # query pairs sent with every call
    omits: Mapping[str, str] = field(default_factory=dict[str, str])  # upstream argument -> why the tool leaves it out
    also: str = ""  # another verb under which older servers know the route
    seconds: float = 45.0  # longest wait for an answer


class Operation(BaseModel):
    """Base of every operation; an instance is one call with checked arguments."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,
        alias_generator=lambda name: name.rstrip("_"),
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )
    about: ClassVar[About]

    def __init_subclass__(cls, *, route: str = "", risk: Risk | None = None, abstract: bool = False, **traits: Any) -> None:
        """Decide everything about the operation from its class keywords."""
        super().__init_subclass__()
        if abstract:
            return
        _require(cls, bool(route), "a route")
        _require(cls, isinstance(risk, Risk), "a risk")
        _require(cls, bool(cls.__doc__ and cls.__doc__.strip()), "a docstring")
        cls.about = About(
            route=Route.parse(route),
            risk=Risk(risk or ""),
            name=snake_case(cls.__name__),
            namespace=traits.pop("namespace", "") or namespace_of(cls.__module__),
            toolset=traits.pop("toolset", "") or toolset_of(cls.__module__),
            description=" ".join((cls.__doc__ or "").split()),
            **{"idempotent": risk is Risk.READ, **traits},
        )

    @classmethod
    def __pydantic_init_subclass__(cls, *, abstract: bool = False, **traits: Any) -> None:
        """Refuse a class whose arguments are not fully described."""
        super().__pydantic_init_subclass__(**traits)
        if not abstract:
            _check_definition(cls)

    def risk_of(self) -> Risk:
        """Give the risk of this very call; operations whose arguments decide override it."""
        return self.about.risk

    def replaces(self) -> Iterator[Operation]:
        """Yield reads that find something only where this call would write over it."""
        yield from ()

    @classmethod
    def guards_overwriting(cls) -> bool:
        """Tell whether the operation looks before it writes over something, unless told `overwrite`."""
        return cls.replaces is not Operation.replaces

    @classmethod
    def placed(cls, *places: Place) -> dict[str, FieldInfo]:
        """Fields that travel in the given places, by argument name."""
        return {name: info for name, info in cls.model_fields.items() if place_of(info) in places}

    def given(self, *places: Place) -> dict[str, Any]:
        """Values that were given for the given places, as JSON values by argument name."""
        chosen = self.placed(*places).keys() & self.model_fields_set
        values = self.model_dump(mode="json", include=set(chosen), by_alias=False)
        return {name: values[name] for name in type(self).model_fields if name in values}


class KitOperation(Operation, abstract=True):
    """Base of the operations of container services ("kits"): they say which container instead of which host."""

    container_id: Local[ContainerId]
    instance: Local[Annotated[int, Field(ge=0, le=65535), Default(1)] | MISSING] = Field(
        default=MISSING, description="Which instance of the service."
    )


def snake_case(name: str) -> str:
    """`SnapshotsRestore` → `snapshots_restore`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def argument_name(name: str) -> str:
    """Drop the underscore that keeps a Python name from clashing: `from_` → `from`."""
    return name.rstrip("_")


def namespace_of(module: str) -> str:
    """Name Hoody's system: `….kit.proxy_logs.…` → `proxyLogs`, everything else → `api`."""
    parts = module.split(".")
    if "kit" not in parts:
        return "api"
    first, *rest = parts[parts.index("kit") + 1].split("_")
    return first + "".join(word.capitalize() for word in rest)


def toolset_of(module: str) -> str:
    """Name the group: the service for container services, the module for the control plane."""
    parts = module.split(".")
    return parts[parts.index("kit") + 1] if "kit" in parts else parts[-1]


def markers(info: FieldInfo) -> Iterator[object]:
    """Yield everything that annotates a field, also inside an optional."""
    yield from info.metadata
    for member in get_args(info.annotation):
        for inner in getattr(member, "__metadata__", ()):
            yield inner
            yield from getattr(inner, "metadata", ())


def place_of(info: FieldInfo) -> Place:
    """Where a field travels; `TypeError` unless exactly one place is annotated."""
    places = [marker for marker in info.metadata if isinstance(marker, Place)]
    if len(places) != 1:
        msg = f"needs exactly one place, has {len(places)}"
        raise TypeError(msg)
    return places[0]


def id_kind(info: FieldInfo) -> str:
    """What kind of thing a field names, or an empty string."""
    return next((marker.kind for marker in markers(info) if isinstance(marker, Id)), "")


def wire_name(name: str, info: FieldInfo, route: Route) -> str:
    """Give the name that Hoody knows the argument by."""
    if name in route.placeholders:
        return route.placeholders[name].wire
    return info.alias or argument_name(name)


def _require(cls: type[Operation], present: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence at its three calls
    if not present:
        msg = f"{cls.__name__} has no {what.removeprefix('a ')}: an operation needs {what}"
        raise TypeError(msg)


def _described(info: FieldInfo) -> bool:
    inner = (marker.description for marker in markers(info) if isinstance(marker, FieldInfo))
    return bool(info.description) or any(inner)


def _field_faults(name: str, info: FieldInfo) -> Iterator[str]:
    try:
        place = place_of(info)
    except TypeError as error:
        yield f"{name} {error}"
        return
    if not _described(info):
        yield f"{name} has no description"
    if name.endswith("_id") and not id_kind(info):
        yield f"{name} must have the type of an id"
    if argument_name(name) in RESERVED_NAMES and (name, place) != ("overwrite", Place.QUERY):
        yield f"{name} is a name that the engine keeps for itself"


def _route_faults(cls: type[Operation]) -> Iterator[str]:
    holes, fields = set(cls.about.route.placeholders), set(cls.placed(Place.PATH, Place.SEGMENTS))
    if holes != fields:
        yield f"placeholders {sorted(holes)} are not the path arguments {sorted(fields)}"
    unknown = [name for name in (*cls.about.clearable, *sum(cls.about.branches, ())) if name not in cls.model_fields]
    if unknown:
        yield f"class keywords name unknown arguments: {unknown}"


def _text_faults(about: About) -> Iterator[str]:
    if not NAME_PATTERN.fullmatch(about.name):
        yield f"{about.name} is no tool name"
    if len(about.description) > MAX_DESCRIPTION:
        yield f"description has {len(about.description)} characters, at most {MAX_DESCRIPTION} are allowed"


def _check_definition(cls: type[Operation]) -> None:
    of_fields = [fault for name, info in cls.model_fields.items() for fault in _field_faults(name, info)]
    faults = of_fields or [*_route_faults(cls), *_text_faults(cls.about)]
    if faults:
        msg = f"{cls.__name__}: {'; '.join(faults)}"
        raise TypeError(msg)
