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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import MISSING, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from .definition import check_arguments, namespace_of, require, snake_case, toolset_of
from .places import (
    AliasId,
    BackendId,
    Body,
    Choice,
    CommandId,
    ContainerId,
    Default,
    EventId,
    Flag,
    Header,
    HookId,
    Id,
    ImageId,
    IncomingShareId,
    InvitedPoolId,
    InvoiceId,
    Local,
    NotificationId,
    OfferedServerId,
    OfferId,
    Path,
    PaymentIntentId,
    PaymentMethodId,
    PermissionId,
    Place,
    PoolId,
    ProjectId,
    Query,
    Raw,
    RealmId,
    RentalId,
    ReservationId,
    ResourceId,
    Segments,
    ServerCommandId,
    ServerId,
    ShareId,
    SnapshotName,
    TerminalId,
    TokenId,
    TransactionId,
    UserId,
    Whole,
    Wire,
    argument_name,
    id_kind,
    markers,
    place_of,
)
from .route import Route
from .traits import Changes, Names, Risk, Settles, Show

__all__ = [
    "About",
    "AliasId",
    "BackendId",
    "Body",
    "Changes",
    "Choice",
    "CommandId",
    "ContainerId",
    "Default",
    "EventId",
    "Flag",
    "Header",
    "HookId",
    "Id",
    "ImageId",
    "IncomingShareId",
    "InvitedPoolId",
    "InvoiceId",
    "KitOperation",
    "Local",
    "Names",
    "NotificationId",
    "OfferId",
    "OfferedServerId",
    "Operation",
    "Path",
    "PaymentIntentId",
    "PaymentMethodId",
    "PermissionId",
    "Place",
    "PoolId",
    "ProjectId",
    "Query",
    "Raw",
    "RealmId",
    "RentalId",
    "ReservationId",
    "ResourceId",
    "Risk",
    "Route",
    "Segments",
    "ServerCommandId",
    "ServerId",
    "Settles",
    "ShareId",
    "Show",
    "SnapshotName",
    "TerminalId",
    "TokenId",
    "TransactionId",
    "UserId",
    "Whole",
    "Wire",
    "argument_name",
    "id_kind",
    "markers",
    "place_of",
]


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
    rare: tuple[str, ...] = ()  # arguments that tools/list leaves out and hoody_describe shows
    keywords: str = ""  # words people use for it that its text lacks
    risk_reason: str = ""  # why its risk departs from what its effect suggests at first sight
    runs: bool = False  # runs code that the caller supplies, beside what its risk says
    risk_varies: bool = False  # an argument decides, see `risk_of`
    secret: tuple[str, ...] = ()  # result fields that are credentials, masked unless `reveal`
    secret_arguments: tuple[str, ...] = ()  # arguments that hold credentials: never told in a preview or an error
    fleeting: tuple[str, ...] = ()  # arguments that expire before a yes can come, and are no part of what is agreed to: one-time codes
    hands_out: tuple[str, ...] = ()  # credentials that it is this operation's purpose to return
    shows: tuple[Show, ...] = ()
    advice: str = ""  # what a preview offers to do first
    changes: Changes | None = None
    shown_by: str = ""  # the tool that shows its effect, where neither `shows` nor the path tells
    items: str = ""  # where the answer's list is; "." = the answer itself
    columns: tuple[str, ...] = ()  # fields of each item that a list shows
    answer: Literal["json", "terminal", "content", "printed"] = (
        "json"  # terminal: JSON with escapes; content: bytes; printed: bytes with escapes
    )
    clearable: tuple[str, ...] = ()  # arguments for which null means something upstream
    branches: tuple[tuple[str, ...], ...] = ()  # body fields that go together; fields of two branches exclude each other
    optional_body: bool = False  # without any body argument no body is sent, instead of an empty object
    constants: Mapping[str, str] = field(default_factory=dict[str, str])  # query pairs sent with every call
    omits: Mapping[str, str] = field(default_factory=dict[str, str])  # upstream argument -> why the tool leaves it out
    fills: Mapping[str, str] = field(default_factory=dict[str, str])  # body property -> kind of what the call is about: its id is sent
    repeat_key: str = ""  # body property that the engine fills with a key of its own, so that Hoody recognises a repeat
    also: str = ""  # another verb under which older servers know the route
    seconds: float = 45.0  # longest wait for an answer
    names: tuple[Names, ...] = ()  # which things a list holds, so that they can be called by name
    record: str = ""  # the kind of thing whose record this reads, by its id
    inside: Mapping[str, str] = field(
        default_factory=dict[str, str]
    )  # kind of thing -> field of a record or an item that says in which it is
    proves: Mapping[str, str] = field(default_factory=dict[str, str])  # kind of thing -> field of an item that shows it to be in use there
    beyond: tuple[str, ...] = ()  # kinds of scope in which a call could reach what its arguments do not name: refused there
    oneself: bool = False  # reads nothing but the caller, or what is public: allowed in every scope
    settles: Settles | None = None  # how hoody_wait knows that what this reads is at rest


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
        require(cls, bool(route), "a route")
        require(cls, isinstance(risk, Risk), "a risk")
        require(cls, bool(cls.__doc__ and cls.__doc__.strip()), "a docstring")
        cls.about = About(
            route=Route.parse(route),
            risk=Risk(risk or ""),
            name=snake_case(cls.__name__),
            namespace=namespace_of(cls.__module__),
            toolset=traits.pop("toolset", "") or toolset_of(cls.__module__),
            description=" ".join((cls.__doc__ or "").split()),
            idempotent=traits.pop("idempotent", risk is Risk.READ),
            **traits,
        )

    @classmethod
    def __pydantic_init_subclass__(cls, *, abstract: bool = False, **traits: Any) -> None:
        """Refuse a class whose arguments are not fully described."""
        super().__pydantic_init_subclass__(**traits)
        if not abstract:
            check_arguments(cls)

    def risk_of(self) -> Risk:
        """Give the risk of this very call; operations whose arguments decide override it."""
        return self.about.risk

    def replaces(self) -> Iterator[Operation]:
        """Yield reads that find something only where this call would write over it."""
        yield from ()

    def foresee(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - what overrides it looks at it
        """Work out further parts of the preview, from what its reads found under their labels; what could not be read is not there."""
        return {}

    def agreed(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 - what overrides it looks at it
        """Give body properties that hold Hoody to what the preview showed, from the same findings as `foresee`; none that was given."""
        return {}

    def put_back(self, found: Any) -> Iterator[Operation]:  # noqa: ARG002 - what overrides it looks at it
        """Yield the calls that undo this one, from what the read of `changes` found; that may be anything, or None for nothing there."""
        yield from ()

    @classmethod
    def holds_to_what_was_shown(cls) -> bool:
        """Tell whether Hoody is sent what was agreed to, as a guard."""
        return cls.agreed is not Operation.agreed

    @classmethod
    def has_way_back(cls) -> bool:
        """Tell whether the result says how to undo it."""
        return cls.put_back is not Operation.put_back

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
        values = self.model_dump(mode="json", include=set(chosen), by_alias=True)
        aliases = {name: info.alias or name for name, info in type(self).model_fields.items() if name in chosen}
        return {name: values[alias] for name, alias in aliases.items() if alias in values}


class KitOperation(Operation, abstract=True):
    """Base of the operations of container services ("kits"): they say which container instead of which host."""

    container_id: Local[ContainerId]
    instance: Local[Annotated[int, Field(ge=0, le=65535), Default(1)] | MISSING] = Field(
        default=MISSING, description="Instance of the service."
    )
