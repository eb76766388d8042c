"""The audit log: one line of JSON for each gated decision and each call that runs code. Never a credential."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime

from .arguments import Call
from .clean import Redactor, one_line
from .errors import SettingsError
from .logs import AUDIT
from .operation import Operation, Place, id_kind
from .settings import Settings

LOGGER = logging.getLogger(AUDIT)
LOGGER.setLevel(logging.WARNING)  # whatever HOODY_LOG_LEVEL says


class Audit:
    """Writes decisions to stderr, or to the file of HOODY_AUDIT_LOG."""

    def __init__(self, settings: Settings) -> None:
        """Make sure of the file, which only its owner may read; `SettingsError` if it cannot be written."""
        self._settings = settings
        self._file = settings.audit_log and settings.audit_log.expanduser()
        if self._file:
            self._append("")

    def record(self, call: Call, decision: str, approved_by: str) -> None:
        """Write what was decided over a call and by what: setting, code or human."""
        operation = call.operation
        redact = Redactor(self._settings.credentials())
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "tool": operation.about.name,
                "risk": call.risk.value,
                "target": target_of(operation),
                "decision": decision,
                "by": approved_by,
                **({"reveal": True} if call.reveal else {}),
            },
            default=str,
        )
        if self._file:
            self._append(f"{redact(line)}\n")
        else:
            LOGGER.warning(redact(line))

    def _append(self, text: str) -> None:
        try:
            descriptor = os.open(self._file or "", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            raise SettingsError("HOODY_AUDIT_LOG names a file that cannot be written") from None
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(text)


def target_of(operation: Operation) -> dict[str, str]:
    """Name what a call is about: its ids and what stands in its path, cut, without anything else that was given."""
    named = {name for name, info in type(operation).model_fields.items() if id_kind(info)}
    parts = operation.given(Place.PATH, Place.SEGMENTS, Place.LOCAL)
    ids = {name: getattr(operation, name) for name in named & operation.model_fields_set}
    return {name: one_line(value, 200) for name, value in {**parts, **ids}.items() if isinstance(value, str)}
