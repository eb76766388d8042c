"""Where arguments travel and what kind of thing an id names: the annotations that operations are written with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, TypeVar, get_args

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo

from .values import joined_segments, one_segment, plain_id

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

T = TypeVar("T")


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
    """Says what kind of thing an id or name belongs to, and whether a unique name is understood instead of an id."""

    kind: str
    named: bool = False

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Show no pattern where names are understood, too."""
        schema = handler(core)
        return {key: value for key, value in schema.items() if key != "pattern"} if self.named else schema


HEX_ID = r"^[0-9a-f]{24}$"  # every id of the control plane


def _told(words: str) -> FieldInfo:
    return Field(pattern=HEX_ID, description=f"{words}: 24 hex characters.")


def _named(words: str) -> FieldInfo:
    return Field(pattern=HEX_ID, description=f"{words}: id or unique name.")


# One line per kind of id. Names instead of ids, scope, previews and completion hang on these types.
ProjectId = Annotated[str, _named("Project"), Id("project", named=True)]
ContainerId = Annotated[str, _named("Container"), Id("container", named=True)]
RealmId = Annotated[str, Id("realm"), _told("Realm id")]
ServerId = Annotated[
    str,
    Field(pattern=HEX_ID, description="A rental's server_id (not the rental's own id), or its server's name."),
    Id("server", named=True),
]
OfferedServerId = Annotated[str, Id("offered server"), _told("Id of a server in stock (servers_browse)")]
RentalId = Annotated[str, _named("Rental, not its server"), Id("rental", named=True)]
ImageId = Annotated[str, Id("image"), _told("Image id")]
AliasId = Annotated[str, _named("Proxy alias"), Id("alias", named=True)]
UserId = Annotated[str, Id("user"), _told("User id")]
PoolId = Annotated[str, _named("Server pool"), Id("pool", named=True)]
InvitedPoolId = Annotated[str, Id("invited pool"), _told("pool_id of an invitation (pools_invitations_list), not its id")]
ServerCommandId = Annotated[str, Id("server command"), _told("Instead of command_slug: the command's id")]
TokenId = Annotated[str, _named("Auth token, not its value"), Id("token", named=True)]
PermissionId = Annotated[str, Id("permission"), _told("Permission id, not the user's id")]
ShareId = Annotated[str, _named("Storage share"), Id("share", named=True)]
SnapshotName = Annotated[
    str,
    Id("snapshot"),
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
        description="Snapshot's name (snapshots_list), not its alias: letters, digits, . _ and -.",
    ),
]
IncomingShareId = Annotated[str, Id("incoming share"), _told("Share id (storage_shares_list_incoming)")]
PlainId = Annotated[str, AfterValidator(plain_id)]
CommandId = Annotated[PlainId, Id("command"), Field(description="Command id, as terminal_execute gives it.")]
TerminalId = Annotated[PlainId, Id("terminal"), Field(description="Terminal session, a number from 1 to 65535 as text.")]
BackendId = Annotated[PlainId, Id("backend"), Field(description="Id of a connected storage backend; absent for the container's own disk.")]
OfferId = Annotated[PlainId, Id("offer"), Field(description="Offer id (offers_list).")]
HookId = Annotated[
    str,
    Id("hook"),
    Field(pattern=r"^[0-9a-hjkmnp-tv-z]{26}$", description="Hook id (proxy_hooks_list): 26 lower-case letters and digits."),
]
ReservationId = Annotated[PlainId, Id("reservation"), Field(description="Reservation id (reservations_list).")]
EventId = Annotated[str, Id("event"), _told("Event id")]
ResourceId = Annotated[str, Id("resource"), _told("Id of anything")]
NotificationId = Annotated[str, Id("notification"), _told("Notification id")]
TransactionId = Annotated[str, Id("transaction"), _told("Transaction id (wallet_transactions_list)")]
InvoiceId = Annotated[str, Id("invoice"), _told("Invoice id, not its number")]
PaymentMethodId = Annotated[str, Id("payment method"), _told("Payment method id (wallet_payment_methods_list)")]
PaymentIntentId = Annotated[str, Id("payment intent"), _told("Id of the payment, as the list or the page's creation gives it")]


def argument_name(name: str) -> str:
    """Drop the underscore that keeps a Python name from clashing: `from_` → `from`."""
    return name.rstrip("_")


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


def literals(annotation: object) -> Iterator[str]:
    """Yield the texts that an annotation names as choices."""
    for member in get_args(annotation):
        if isinstance(member, str):
            yield member
        else:
            yield from literals(member)


def id_kind(info: FieldInfo) -> str:
    """Tell what kind of thing a field names, or give an empty string."""
    return next((marker.kind for marker in markers(info) if isinstance(marker, Id)), "")
