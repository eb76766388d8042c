"""What a model reads names only what exists."""

from __future__ import annotations

import json
import re

import pytest

from hoody_mcp import errors
from hoody_mcp.server import INSTRUCTIONS

from .calls import CATALOG, ENTRIES

ARGUMENTS = {name for entry in ENTRIES for name in entry.definition["inputSchema"]["properties"]}
VERBS = "|".join(sorted({name.rpartition("_")[2] for name in CATALOG.entries}))
TEXTS = {
    **{entry.name: json.dumps(entry.definition["inputSchema"]) + entry.definition["description"] for entry in ENTRIES},
    "instructions": INSTRUCTIONS.read_text(encoding="utf-8"),
    "hints": " ".join([*errors.BY_CODE.values(), *errors.BY_STATUS.values()]),
}


@pytest.mark.parametrize("where", TEXTS)
def test_a_tool_that_a_text_names_exists(where: str) -> None:
    named = set(re.findall(rf"\b[a-z]+(?:_[a-z]+)*_(?:{VERBS})\b", TEXTS[where]))
    assert named - CATALOG.entries.keys() - ARGUMENTS == set()
