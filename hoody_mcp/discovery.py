"""The tools that find, describe and call all others.

Callers are split by risk, because clients approve per tool: each decides by the very call's risk, refuses every other,
names the right one and gives the arguments back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import mcp_types as types
from pydantic import MISSING, Field

from .errors import Refused
from .fit import as_text
from .listing import described
from .operation import Default
from .own import OtherArguments, OwnTool
from .traits import Risk

if TYPE_CHECKING:
    from .arguments import Call
    from .catalog import Entry, OwnEntry
    from .engine import Admit, Engine
    from .own import Report
    from .waiting import HoodyWait

FEW, MOST = 10, 50  # tools that a search gives, and gives at most
MAX_GIVEN_BACK = 4_000  # characters of arguments that a refusal repeats

Name = Annotated[str, Field(description="Tool to call, as hoody_search gives it.")]
Arguments = Annotated[OtherArguments, Field(description="Its arguments by name (hoody_describe); text is understood for any type.")]


class HoodySearch(OwnTool, keywords="find discover which tool list capabilities"):
    """Find tools among all that exist; few of them are listed. Then hoody_describe, and hoody_read, _write, _execute or _destroy.

    With a toolset alone: all of its tools. With nothing: the toolsets.
    """

    query: str | MISSING = Field(default=MISSING, description="What to do, in a few words.")
    toolset: str | MISSING = Field(default=MISSING, description="Such as containers, firewall, files.")
    limit: Annotated[int, Field(ge=1, le=MOST), Default(FEW)] | MISSING = Field(default=MISSING, description="Most tools.")

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:  # noqa: ARG002 - no progress to tell
        """Give names and summaries, best first."""
        if self.query is MISSING and self.toolset is MISSING:
            return engine.shown({"toolsets": _toolsets(engine)})
        query, toolset = "" if self.query is MISSING else self.query, "" if self.toolset is MISSING else self.toolset
        if toolset and toolset not in engine.catalog.toolsets:
            known = ", ".join(engine.catalog.toolsets)
            raise Refused(f"There is no toolset {toolset[:40]!r}. Toolsets: {known}.")
        found = engine.search.find(query, toolset, FEW if self.limit is MISSING else self.limit)
        most = len(found) if self.limit is MISSING else self.limit  # a toolset alone is told whole unless a limit is given
        return engine.shown({"tools": [summary(entry) for entry in found[:most]]})


class HoodyDescribe(OwnTool, keywords="schema arguments parameters help how to call"):
    """Show a tool's description and all of its arguments."""

    name: str = Field(description="Tool, as hoody_search gives it.")

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:  # noqa: ARG002 - no progress to tell
        """Give the definition, and which tool calls it."""
        own = engine.catalog.own.get(self.name)
        entry: Entry | OwnEntry = own or engine.catalog[self.name]
        definition = described(entry, engine.settings)
        shown = {key: definition[key] for key in ("name", "description", "inputSchema")}
        return engine.shown(shown | ({} if own else {"call_with": caller(engine.catalog[self.name].risk)}))


class Caller(OwnTool):
    """Base of the tools that call others."""

    name: Name
    arguments: Arguments | MISSING = MISSING

    async def carry_out(self, engine: Engine, report: Report) -> types.CallToolResult:  # noqa: ARG002 - no progress to tell
        """Call a tool whose call has one of the risks that this one reaches."""
        entry, given = operation_of(engine, self.name), {} if self.arguments is MISSING else self.arguments
        again = f"call {self.tool_name()} again with the same name and arguments, and in the arguments confirm set to this code"
        return await engine.operation(entry, given, only(self, given), again)


class HoodyRead(Caller, reaches={Risk.READ}, flat=True, keywords="get list show look query"):
    """Call a tool that only reads."""


class HoodyWrite(Caller, reaches={Risk.WRITE}, flat=True, keywords="create update set change start"):
    """Call a tool that adds or changes something."""


class HoodyExecute(Caller, reaches={Risk.EXECUTE}, flat=True, keywords="run code command keys type"):
    """Call a tool that runs commands, code or key strokes."""


class HoodyDestroy(Caller, reaches={Risk.DESTROY, Risk.SPEND}, flat=True, keywords="delete remove stop restore buy pay rent"):
    """Call a tool that deletes, stops, overwrites or pays.

    Nothing happens at first: a preview and a code come back. Show the preview to the user.
    """


CALLERS = (HoodyRead, HoodyWrite, HoodyExecute, HoodyDestroy)


def operation_of(engine: Engine, name: str) -> Entry:
    """Look up what a tool shall call; `UnknownTool` names the nearest, `Refused` what is called by its own name alone."""
    if name in engine.catalog.own:
        raise Refused(f"{name} is not called through another tool: call it by its own name. Nothing was done.")
    return engine.catalog[name]


def only(tool: Caller | HoodyWait, given: dict[str, Any]) -> Admit:
    """Give the check that lets those calls pass whose risk a tool reaches; for every other one it names the tool to call."""

    def admit(call: Call) -> None:
        if call.risk not in tool.reaches:
            raise Refused(elsewhere(tool.name, given, call.risk))

    return admit


def caller(risk: Risk) -> str:
    """Name the tool that calls tools of a risk."""
    return next(tool.tool_name() for tool in CALLERS if risk in tool.reaches)


def summary(entry: Entry) -> dict[str, str]:
    """Give a tool's name, the first sentence of its description, and which tool calls it."""
    sentence = entry.definition["description"].partition(". ")[0].rstrip(".")
    return {"name": entry.name, "summary": sentence, "call_with": caller(entry.risk)}


def elsewhere(name: str, arguments: dict[str, Any], risk: Risk) -> str:
    """Say which tool makes a call, ready to be called."""
    ready = as_text({"name": name, "arguments": arguments})
    how = ready if len(ready) <= MAX_GIVEN_BACK else "the same name and arguments"
    return f"Nothing was done: the risk of this call is {risk.value}. Call {caller(risk)} with {how}"


def _toolsets(engine: Engine) -> dict[str, int]:
    """Count the tools of each toolset."""
    return {toolset: len(engine.search.find(toolset=toolset)) for toolset in engine.catalog.toolsets}
