"""What a model reads names only what exists."""

from __future__ import annotations

import json
import re

import pytest

from hoody_mcp import errors
from hoody_mcp.operation import Risk
from hoody_mcp.server import INSTRUCTIONS
from hoody_mcp.waking import WHAT_TO_DO

from .calls import CATALOG, ENTRIES

pytestmark = pytest.mark.wide

KNOWN = CATALOG.entries | CATALOG.own
ARGUMENTS = {name for entry in ENTRIES for name in entry.definition["inputSchema"]["properties"]}
VERBS = "list|get|create|update|delete|set|copy|sync|restore|power|execute|result|abort|write|put|append|start|stop|rent|extend|browse|all"
OWN_VERBS = "search|describe|read|destroy|wait|docs"
TEXTS = {
    **{name: json.dumps(entry.definition["inputSchema"]) + entry.definition["description"] for name, entry in KNOWN.items()},
    "instructions": INSTRUCTIONS.read_text(encoding="utf-8"),
    "hints": " ".join([*errors.BY_CODE.values(), *errors.BY_STATUS.values(), *WHAT_TO_DO.values()]),
}


@pytest.mark.parametrize("where", TEXTS)
def test_a_tool_that_a_text_names_exists(where: str) -> None:
    named = set(re.findall(rf"\b[a-z]+(?:_[a-z]+)*_(?:{VERBS})\b|\bhoody_(?:{OWN_VERBS})\b", TEXTS[where]))
    assert named - KNOWN.keys() - ARGUMENTS == set()


UNSEEN = {"waitlist_join", "waitlist_update"}  # nothing reads the waiting list


@pytest.mark.parametrize("tool", [entry.name for entry in ENTRIES if entry.risk is not Risk.READ and entry.name not in UNSEEN])
def test_what_changes_something_knows_the_tool_that_shows_it(tool: str) -> None:
    entry = CATALOG[tool]
    shows = CATALOG[entry.meta["shown_by"]]
    assert shows.risk is Risk.READ
    assert shows.meta["namespace"] == entry.meta["namespace"]
