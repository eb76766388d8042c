"""The server's own tools: they find, describe and call the tools of Hoody, and wait for what they began.

Like an operation, each is one class: its name in snake case is the tool's name, its docstring the description, its
fields are the arguments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import mcp_types as types
from pydantic import BaseModel, ConfigDict, Field

from .arguments import INJECTED, no_argument, repair, validated
from .catalog import OWN, OWN_TOOLSET
from .definition import MAX_DESCRIPTION, NAME_PATTERN, snake_case
from .errors import InvalidArguments
from .jsons import Json, as_object
from .schema import arguments_schema, hints, title
from .traits import Risk

if TYPE_CHECKING:
    from .engine import Engine
    from .operation import Operation


# Arguments of another tool: told as text, which every value may be; some clients take an object of undeclared members for an empty one.
OtherArguments = Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": {"type": "string"}})]

SHARED = frozenset({"action"})  # names that clients put into calls, and that are arguments of some operations, too

Report = Callable[[float, float, str], Awaitable[None]]  # progress: how far, of how much, in words


async def nobody_listens(_: float, __: float, ___: str) -> None:
    """Stand for a client that wants no progress."""


class OwnTool(BaseModel):
    """Base of the server's own tools; an instance is one call with checked arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True)
    reaches: ClassVar[frozenset[Risk]]  # the risks of the calls that it can pass on
    open_world: ClassVar[bool]
    keywords: ClassVar[str]
    flat: ClassVar[bool]  # unknown arguments belong into `arguments`

    def __init_subclass__(
        cls, *, reaches: Iterable[Risk] = (), open_world: bool = False, keywords: str = "", flat: bool = False, **traits: Any
    ) -> None:
        """Decide everything about the tool from its class keywords."""
        super().__init_subclass__(**traits)
        cls.reaches, cls.open_world, cls.keywords, cls.flat = frozenset(reaches), open_world, keywords, flat
        if not NAME_PATTERN.fullmatch(cls.tool_name()) or len(cls.description()) > MAX_DESCRIPTION:
            msg = f"{cls.__name__} has no tool's name, or too long a description"
            raise TypeError(msg)

    @classmethod
    def tool_name(cls) -> str:
        """Give the tool's name: `HoodySearch` → `hoody_search`."""
        return snake_case(cls.__name__)

    @classmethod
    def description(cls) -> str:
        """Give the tool's description."""
        return " ".join((cls.__doc__ or "").split())

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:
        """Do what the tool is for; every `HoodyError` is told to the caller."""
        raise NotImplementedError


def definition(tool: type[OwnTool], operations: Iterable[type[Operation]]) -> Json:
    """Make the whole tool definition; its hints are the strictest of the operations that it reaches."""
    name = tool.tool_name()
    reached = [hints(operation) for operation in operations if operation.about.risk in tool.reaches]
    return {
        "name": name,
        "title": title(name),
        "description": tool.description(),
        "inputSchema": arguments_schema(tool),
        "annotations": {
            "title": title(name),
            "readOnlyHint": tool.reaches <= {Risk.READ},
            "destructiveHint": any(hint["destructiveHint"] for hint in reached if not tool.reaches <= {Risk.READ}),
            "idempotentHint": all(hint["idempotentHint"] for hint in reached),
            "openWorldHint": tool.open_world or any(hint["openWorldHint"] for hint in reached),
        },
        "_meta": {
            OWN: {"class": f"{tool.__module__.rpartition('.')[2]}:{tool.__name__}", "toolset": OWN_TOOLSET, "keywords": tool.keywords}
        },
    }


def parsed(tool: type[OwnTool], definition: Json, given: Mapping[str, Any] | None) -> OwnTool:
    """Turn what a client sent for a tool into a call; `InvalidArguments` says what is wrong."""
    properties: Json = definition["inputSchema"]["properties"]
    present = {name: value for name, value in _gathered(tool, properties, given or {}).items() if value not in (None, "")}
    unknown = [name for name in present if name not in properties and name not in INJECTED]
    if unknown:
        raise InvalidArguments([no_argument(unknown[0], properties)])
    repaired = {name: repair(value, _shallow(properties[name])) for name, value in present.items() if name in properties}
    return validated(tool, repaired, properties)


def _gathered(tool: type[OwnTool], properties: Json, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put arguments that came flat into `arguments`, where they belong, without what clients add; what stands there already wins."""
    flat = {name: value for name, value in given.items() if name not in properties and name not in INJECTED - SHARED}
    if not tool.flat or not flat:
        return given
    kept = {name: value for name, value in given.items() if name in properties}
    inner = as_object(repair(given.get("arguments") or {}, _shallow(properties["arguments"])))
    if inner and flat.keys() <= INJECTED:  # whoever gives an object means it whole
        flat = {}
    return kept if inner is None else {**kept, "arguments": {**flat, **inner}}


def _shallow(schema: Json) -> Json:
    """Leave what stands inside an object to the tool that it is for."""
    return {key: value for key, value in schema.items() if key != "additionalProperties"}
