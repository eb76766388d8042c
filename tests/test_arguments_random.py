"""Whatever is sent for an argument that takes something else is refused, and the argument named."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hoody_mcp.jsons import Json
from hoody_mcp.places import HEX_ID

from .calls import CATALOG, ENTRIES, values_for
from .test_arguments import PLACES, PROPERTIES, every_tool, refusal, usual

EXAMPLES = max(3, 800 // len(ENTRIES))  # a budget for the whole catalogue
JUNK: dict[str, st.SearchStrategy[Any]] = {
    "number": st.text(min_size=1).filter(lambda text: not re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", text)) | st.booleans(),
    "integer": st.floats(0.1, 0.9) | st.lists(st.text()),
    "boolean": st.integers() | st.text(min_size=1).filter(lambda text: text.strip().lower() not in {"true", "false"}),
    "array": st.text(min_size=1).filter(lambda text: not text.strip().startswith("[")) | st.integers(),
    "object": st.text(min_size=1).filter(lambda text: not text.strip().startswith("{")) | st.integers() | st.lists(st.text()),
    "string": st.lists(st.text()) | st.dictionaries(st.text(), st.text()),
}


def wrong_values(schema: Json) -> st.SearchStrategy[Any]:
    """Values of another type, or outside range, choices, pattern or size."""
    kinds = [JUNK[schema["type"]], *([JUNK["number"]] if schema["type"] == "integer" else [])]
    kinds += [st.lists(JUNK["string"], min_size=1)] if schema.get("items", {}).get("type") == "string" else []
    kinds += [st.integers(max_value=schema["minimum"] - 1)] if "minimum" in schema else []
    kinds += [st.integers(min_value=schema["maximum"] + 1)] if "maximum" in schema else []
    kinds += [st.text(min_size=1).filter(lambda text: text not in schema["enum"])] if "enum" in schema else []
    pattern: str = schema.get("pattern", "").replace("$", r"\Z")
    kinds += [st.text(min_size=1).filter(lambda text: not re.search(pattern, text))] if pattern else []
    kinds += [st.integers(1, 9).map(lambda more: "a" * (schema["maxLength"] + more))] if "maxLength" in schema else []
    most = schema.get("maxItems", 100)  # more would be slow
    kinds += [st.lists(values_for(schema["items"]), min_size=most + 1, max_size=most + 3)] if most < 100 else []
    return st.one_of(kinds)


def as_id(tool: str, name: str) -> Json:
    """Give an argument's schema with the form of an id also where names are understood: here, no name was looked up."""
    schema, (_, kind) = PROPERTIES[tool][name], PLACES[tool].get(name, (None, ""))
    return {**schema, "pattern": HEX_ID} if kind in CATALOG.directories and schema["type"] == "string" else schema


@every_tool
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_wrong_value_is_refused_and_its_argument_named(tool: str, data: st.DataObject) -> None:
    if PROPERTIES[tool]:
        name = data.draw(st.sampled_from(sorted(PROPERTIES[tool])))
        told = refusal(tool, {**usual(tool), name: data.draw(wrong_values(as_id(tool, name)))})
        assert re.match(rf"Nothing was sent\. {name}\b", told)
        assert len(told) <= 300
