"""The way of a call, from end to end.

scope → arguments → names → scope → gate → request → client → result
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import mcp_types as types

from .answers import Answer
from .arguments import Call, parse
from .audit import Audit
from .catalog import Catalog, Entry, OwnEntry
from .clean import Redactor
from .client import Client
from .connection import time_limit
from .errors import MAY_HAVE_HAPPENED, SAME_PURCHASE, HoodyError, UnexpectedAnswer, Unsettled
from .fit import as_text
from .gate import Gate
from .ids import each_id
from .jsons import Json, at
from .kept import Kept
from .lists import Lists
from .names import SOME_ID, NameBook, Thing, with_ids
from .operation import Operation, Place
from .own import Report, nobody_listens, parsed
from .pages import listing
from .preview import findings
from .records import Records
from .request import build
from .result import BYTES, View, beside, error_result, render, tool_result, unwrapped
from .scope import Scope, bound_arguments, possible
from .sealed import Sealed
from .seen import Seen
from .settings import Settings
from .traits import Risk
from .versions import sent
from .way_back import way_back

if TYPE_CHECKING:
    from .search import Search

LARGE = 256 * 1024  # bytes of an answer that are worked on beside the event loop
LOOKING = 20.0  # seconds for looking through all things of a kind
MAX_BACK = 1_500  # characters of calls that an error tells
ROOM = 3.0  # seconds of a call beside the wait for its own answer: looks before it, waits for other calls; clients give up after 60

Admit = Callable[[Call], None]


def everything(_: Call) -> None:
    """Admit every call."""


class Engine:
    """Carries out tool calls."""

    def __init__(self, settings: Settings, catalog: Catalog, client: Client, audit: Audit) -> None:
        """Connect the steps."""
        self.settings, self.catalog, self.client = settings, catalog, client
        self.kept = Kept()
        self._lists = Lists(settings, self._page)
        self.names = NameBook(catalog, self._lists, client.identity)
        self._records = Records(settings, catalog, self.read)
        self._scope = Scope(settings, catalog, self.names, self._lists)
        self._gate = Gate(settings, audit)
        self._sealed = Sealed()
        client.learn = self._records.learn

    @cached_property
    def search(self) -> Search:
        """The search over all tools that the scope allows."""
        from .search import Search  # noqa: PLC0415 - few sessions search: the server starts faster

        return Search(entry for entry in self.catalog.entries.values() if self.allows(entry.name))

    def allows(self, tool: str) -> bool:
        """Tell whether an operation can ever go ahead in the scope of this server."""
        return possible(self.catalog[tool], self.settings)

    async def call(self, name: str, arguments: Mapping[str, Any] | None, report: Report = nobody_listens) -> types.CallToolResult:
        """Carry out one call; what the caller can mend comes back as an error result. `UnknownTool` if there is no such tool."""
        own = self.catalog.own.get(name)
        return await (self._own(own, arguments, report) if own else self.operation(self.catalog[name], arguments))

    async def operation(
        self, entry: Entry, given: Mapping[str, Any] | None, admit: Admit = everything, again: str = ""
    ) -> types.CallToolResult:
        """Carry out an operation that `admit` lets pass; `again` says how to repeat the call with a code, if not by the tool's name."""
        secrets = list(self.settings.credentials())
        try:
            with self.settings.same_token(), time_limit(entry.operation.about.seconds + ROOM):
                given = self._sealed.opened(entry, given or {}, self.settings.caller(), bound_arguments(self.settings))
                call = await self._understood(entry, await self._scope.filled(entry, given), admit)
                secrets += call.secrets
                return await self._carried_out(call, again)
        except HoodyError as error:
            return error_result(told(error, entry), Redactor(secrets))

    async def understood(self, entry: Entry, given: Mapping[str, Any], admit: Admit = everything) -> Mapping[str, Any]:
        """Check arguments and put ids where names stand, for a call that is made again and again."""
        filled = await self._scope.filled(entry, given)
        self._checked(entry, filled, admit)
        return await self.names.understood(entry, filled, self._scope.only, fresh=False)

    async def read(self, operation: Operation) -> Any:
        """Carry out a read of the engine's own and give its payload."""
        return (await self._page(operation))[0]

    async def _page(self, operation: Operation) -> tuple[Any, Json]:
        answer = await self.client.send(build(Call(operation)))
        try:
            payload = unwrapped(answer)
        except ValueError:
            raise UnexpectedAnswer("The answer is not JSON.") from None
        self._learn(operation, payload)
        return payload, beside(answer)

    async def things(self, kind: str) -> list[Thing]:
        """Give the caller's own things of a kind, by name, as far as they lie in the scope."""
        with self.settings.same_token(), time_limit(LOOKING):
            return await self._scope.only(kind, await self.names.things(kind))

    def shown(self, shown: Json) -> types.CallToolResult:
        """Show an object, without any known credential."""
        return tool_result(shown, Redactor(self.settings.credentials()))

    async def _own(self, entry: OwnEntry, arguments: Mapping[str, Any] | None, report: Report) -> types.CallToolResult:
        try:
            with self.settings.same_token():
                return await parsed(entry.tool, entry.definition, arguments).carry_out(self, report)
        except HoodyError as error:
            return error_result(str(error), Redactor(self.settings.credentials()))

    def _checked(self, entry: Entry, given: Mapping[str, Any], admit: Admit) -> Call:
        """Check arguments before anything is sent: some id stands for each name."""
        draft = parse(entry, with_ids(entry, given, dict.fromkeys(self.names.names_in(entry, given), SOME_ID)))
        admit(draft)
        return draft

    async def _understood(self, entry: Entry, given: Mapping[str, Any], admit: Admit) -> Call:
        """Check arguments, then put ids where names stand."""
        draft = self._checked(entry, given, admit)
        if not self.names.names_in(entry, given):
            return draft
        fresh = draft.risk in {Risk.DESTROY, Risk.SPEND}
        return parse(entry, await self.names.understood(entry, given, self._scope.only, fresh=fresh))

    async def _carried_out(self, call: Call, again: str) -> types.CallToolResult:
        await self._scope.admit(call)
        redact = Redactor(self.settings.credentials())
        seen = Seen(self.read)
        preview = await self._gate.permit(call, seen)
        if preview is not None:
            target = await self._target(call)
            return tool_result(preview.shown(again) | ({"target": target} if target else {}), redact)
        back = await self._back(call, seen)
        try:
            answer = await sent(call, seen, partial(self._send, call, await self._supplied(call, seen)))
        except HoodyError as error:
            raise self._unsettled(call, error, back) from error
        finally:
            if call.risk is not Risk.READ:
                self._forget(call)
        if (call.operation.about.record or call.operation.about.names) and len(answer.content) < LARGE:
            with suppress(ValueError):
                self._learn(call.operation, unwrapped(answer))
        view = View(redact, await self._target(call), self._keep(call), self._scope.filtered, back)
        if len(answer.content) < LARGE:
            return render(call, answer, view)
        return await anyio.to_thread.run_sync(render, call, answer, view)

    async def _send(self, call: Call, supplied: Json, headers: Mapping[str, str]) -> Answer:
        return await self.client.send(build(call, headers, supplied), wants_json=call.operation.about.answer not in BYTES)

    async def _supplied(self, call: Call, seen: Seen) -> Json:
        """Give the body properties that nobody has to give: ids of what the call is about, and what a yes has agreed to."""
        about, body = call.operation.about, call.operation.given(Place.BODY)
        target = await self._target(call) if about.fills else {}
        ids = {name: id_ for name, kind in about.fills.items() if (id_ := at(target, f"{kind}.id"))}  # Hoody refuses where one is missing
        if not call.operation.holds_to_what_was_shown():
            return ids
        agreed = call.operation.agreed(await findings(call.operation, seen))
        return ids | {name: value for name, value in agreed.items() if name not in body}

    async def _back(self, call: Call, seen: Seen) -> Json:
        if call.risk is Risk.READ:
            return {}
        back = await way_back(call.operation, seen)
        return back.told(call, partial(self._sealed.seal, owner=self.settings.caller())) if back else {}

    def _unsettled(self, call: Call, error: HoodyError, back: Json) -> HoodyError:
        """Add to an error after which nobody knows what has happened how to find out, or how to undo it."""
        if MAY_HAVE_HAPPENED not in str(error):
            return error
        if call.operation.about.repeat_key and call.confirm:
            self._gate.renew(call)
            return Unsettled(error, SAME_PURCHASE)
        calls = at(back, "put_back.calls")
        if not calls:
            return error
        told = as_text(calls)
        if len(told) > MAX_BACK:
            told = f"hoody_result reads the calls, with id {self._keep(call)(told, len(told))}"
        return Unsettled(error, f"If it did, this puts it back: {told}")

    def _keep(self, call: Call) -> Callable[[str, int], str]:
        owner, foreign = self.settings.caller(), call.operation.about.namespace != "api"
        return lambda text, characters: self.kept.keep(text, owner, foreign=foreign, characters=characters)

    async def _target(self, call: Call) -> Json:
        named = {kind: getattr(call.operation, f"{kind}_id", None) for kind in self.catalog.records}
        return await self._records.told({kind: id_ for kind, id_ in named.items() if isinstance(id_, str)}, self.client.realm)

    def _forget(self, call: Call) -> None:
        self._lists.forget()
        if call.operation.about.toolset in {"projects", "containers"}:
            for kind, id_ in each_id(call.operation):
                self._records.forget(kind, id_)

    def _learn(self, operation: Operation, payload: object) -> None:
        """Keep what a record or a list says of things, so that it need not be asked for again."""
        about = operation.about
        if about.record:
            self._records.learn(about.record, payload)
        elif about.names and (listed := listing(payload, about.items, operation)):
            self._records.learn_list(self.catalog[about.name], listed.items)


def told(error: HoodyError, entry: Entry) -> str:
    """Word an error for the model; where a call may have taken effect, name the tool that shows it."""
    shown_by = entry.meta.get("shown_by")
    where = f" {shown_by} shows it." if shown_by and MAY_HAVE_HAPPENED in str(error) else ""
    return f"{error}{where}"
