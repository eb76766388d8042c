"""May this call go ahead? Nothing reaches Hoody without passing here.

A model that fills in `confirm: true` by itself is no confirmation. What destroys or costs is therefore previewed first;
the preview carries a code that is sealed over the call and over what it would hit, and only that code lets the same
call through, once. Every doubt ends in a refusal.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from .arguments import Call
from .audit import Audit
from .codes import Codes
from .errors import ApiError, HoodyError, Refused
from .operation import Operation, Place, Risk
from .preview import Preview, look
from .reads import Read, is_absence
from .settings import Confirm, Execute, Settings, Spend

Approver = Callable[[Preview], Awaitable[bool | None]]  # a human's yes or no; None where no human can be asked

BAD_CODE = "The code given is not valid: used, expired, or for another call; or the target has changed since. This is the present state."


async def nobody(_: Preview) -> bool | None:
    """Stand for a client that cannot ask its human."""
    return None


class Gate:
    """Decides over every call by its risk and the settings."""

    def __init__(self, settings: Settings, audit: Audit, codes: Codes | None = None) -> None:
        """Take what decides and where it is recorded."""
        self._settings = settings
        self._audit = audit
        self._codes = codes or Codes()

    async def permit(self, call: Call, read: Read, approver: Approver = nobody) -> Preview | None:
        """Let the call go ahead (None), or give the preview to answer instead; `Refused` says which setting forbids it.

        `read` carries out a READ operation and gives its payload.
        """
        self._check_settings(call)
        if self._needs_yes(call):
            return await self._confirmed(call, read, approver)
        await self._check_overwriting(call, read)
        if call.risk is Risk.EXECUTE or call.reveal:
            self._audit.record(call, "allowed", "setting")
        return None

    def renew(self, call: Call) -> None:
        """Let the code of a purchase be given again: it is sent with the same key, so that Hoody takes both for one purchase."""
        self._audit.record(call, "outcome unknown", "code")
        self._codes.renew(call.confirm)

    def _check_settings(self, call: Call) -> None:
        reason = self._forbidden(call.risk, runs=call.operation.about.runs)
        if reason:
            self._audit.record(call, "refused", "setting")
            raise Refused(f"{call.operation.about.name} {reason}. Nothing was changed.")

    def _forbidden(self, risk: Risk, *, runs: bool) -> str:
        if self._settings.read_only and risk is not Risk.READ:
            return "changes something, and this server is read-only (--read-only or HOODY_READ_ONLY)"
        if (risk is Risk.EXECUTE or runs) and self._settings.execute is Execute.DENY:
            return "runs code, and HOODY_EXECUTE=deny forbids that"
        if risk is Risk.SPEND and self._settings.spend is Spend.DENY:
            return "spends money, and HOODY_SPEND=deny (the default) forbids that; HOODY_SPEND=confirm allows it after a confirmation"
        return ""

    def _needs_yes(self, call: Call) -> bool:
        if call.risk is Risk.EXECUTE:
            return self._settings.execute is Execute.CODE
        return call.risk in {Risk.DESTROY, Risk.SPEND}

    async def _confirmed(self, call: Call, read: Read, approver: Approver) -> Preview | None:
        preview = await look(call, read)
        if preview.gone and self._codes.is_renewed(call.confirm):
            raise Refused(
                f"What was to be bought is not offered any more; it may have been bought. {call.operation.about.shown_by} shows it."
            )
        if preview.gone:
            self._audit.record(call, "nothing to do", "gate")
            return preview
        if self._settings.confirm is not Confirm.CODE:
            answer = await approver(preview)
            if answer is not None:
                return self._by_human(call, answer)
            if self._settings.confirm is Confirm.HUMAN:
                self._audit.record(call, "refused", "no human")
                raise Refused("This needs a person's yes (HOODY_CONFIRM is human), and this client cannot ask one. Nothing was changed.")
        return self._by_code(call, preview)

    def _by_human(self, call: Call, answer: bool) -> None:  # noqa: FBT001 - the human's answer
        self._audit.record(call, "allowed" if answer else "refused", "human")
        if not answer:
            raise Refused("The user said no. Nothing was changed; do not try again unasked.")

    def _by_code(self, call: Call, preview: Preview) -> Preview | None:
        matter = self._matter(call, preview)
        if call.confirm and self._codes.redeem(call.confirm, matter):
            self._audit.record(call, "allowed", "code")
            return None
        self._audit.record(call, "refused" if call.confirm else "previewed", "code")
        return dataclasses.replace(preview, code=self._codes.issue(matter), note=BAD_CODE if call.confirm else "")

    def _matter(self, call: Call, preview: Preview) -> str:
        return json.dumps([call.canonical(), self._settings.base_url, self._settings.realm, self._settings.caller(), preview.binding])

    async def _check_overwriting(self, call: Call, read: Read) -> None:
        if call.overwrite:
            return
        try:
            looks = list(call.operation.replaces())
        except ValidationError:
            raise Refused("It cannot be told whether something exists there already. Nothing was changed.") from None
        for each in looks:
            await self._check_free(each, read)

    async def _check_free(self, look_up: Operation, read: Read) -> None:
        where = _place(look_up)
        try:
            await read(look_up)
        except ApiError as error:
            if is_absence(error, look_up):
                return
            reason = str(error)
        except HoodyError as error:
            reason = str(error)
        else:
            raise Refused(f"{where} exists already. Nothing was changed. Call again with overwrite=true to write over it.")
        raise Refused(f"It could not be told whether {where} exists already ({reason}). Nothing was changed.")


def _place(look_up: Operation) -> str:
    """Name what would be written over: by its path, or what else stands in the look-up's route."""
    path = getattr(look_up, "path", None)
    return "/" + path.lstrip("/") if isinstance(path, str) else ", ".join(map(str, look_up.given(Place.PATH).values()))
