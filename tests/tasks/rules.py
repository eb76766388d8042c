"""The rules that keep a script honest: nothing may stand in a call that a model could not know at that point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hoody_mcp.jsons import Json, as_array, as_object, each_member

from .script import NAMES_A_TOOL, Composed, Played, Step

COMPOSED_FOR = frozenset({"command", "text", "pattern", "path", "input", "description"})


def faults(played: Played) -> list[str]:
    """Say what in a script could not be known; nothing if all is well."""
    knowledge = Knowledge(played.task.words, dict(played.listed))
    found: list[str] = []
    for number, step in enumerate(played.steps, 1):
        found += [f"call {number}, {step.shown}: {fault}" for fault in knowledge.faults(step)]
        knowledge.learn(step)
    return found


def occurs(value: object, text: str) -> bool:
    """Tell whether a text or number stands in a text as a word of its own, not as a part of another."""
    return re.search(rf"(?<![\w/@-])(?<!\w\.){re.escape(str(value))}(?![\w/@-])(?!\.\w)", text) is not None


@dataclass
class Knowledge:
    """What a model knows that has read these words, the list of tools, and the results so far."""

    words: str
    shown: dict[str, Json]  # definitions of tools, by name
    found: set[str] = field(default_factory=set[str])  # names of tools that searches gave
    said: list[Any] = field(default_factory=list[Any])  # values in results
    listed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.listed = frozenset(self.shown)

    def learn(self, step: Step) -> None:
        """Take in a result; what tells of tools gives no values."""
        if step.tool == "hoody_search":
            self.found |= {tool["name"] for tool in step.answer.get("tools", ())}
        elif step.tool == "hoody_describe":
            self.shown[step.answer["name"]] = step.answer
        else:
            self.said += each_member(step.answer)

    def faults(self, step: Step) -> Iterator[str]:
        """Say what in a call cannot be known yet."""
        if step.tool not in self.listed:
            yield "this tool is not listed"
            return
        arguments = dict(step.marked)
        if step.tool in NAMES_A_TOOL:
            name = arguments.pop("name", None)
            if name not in self.listed | self.found:
                yield f"no list and no search gave the tool {name}"
                return
            yield from self._of_tool(name, as_object(arguments.pop("arguments", None)) or {})
        yield from self._of_tool(step.tool, arguments)

    def _of_tool(self, tool: str, arguments: Mapping[str, Any]) -> Iterator[str]:
        if arguments and tool not in self.shown:
            yield f"the arguments of {tool} were never shown"
            return
        for name, value in arguments.items():
            schema = as_object(self.shown[tool]["inputSchema"]["properties"].get(name))
            if schema is None:
                yield f"the argument {name} of {tool} was never shown"
            else:
                yield from self._of_value(name, value, schema, self.shown[tool]["description"])

    def _of_value(self, name: str, value: Any, schema: Json, description: str) -> Iterator[str]:
        items, members = as_array(value), as_object(value)
        if items is not None:
            for item in items:
                yield from self._of_value(name, item, {**schema, **schema.get("items", {})}, description)
        elif members is not None:
            for key, member in members.items():
                inner = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
                if key not in schema.get("properties", {}) and not self._known(key, schema, description):
                    yield f"{name}: where does the key {key!r} come from?"
                else:
                    yield from self._of_value(name, member, as_object(inner) or {}, description)
        elif isinstance(value, Composed):
            yield from self._of_composed(name, value)
        elif not self._known(value, schema, description):
            yield f"{name}: where does {value!r} come from?"

    def _of_composed(self, name: str, value: Composed) -> Iterator[str]:
        if name not in COMPOSED_FOR:
            yield f"{name} may not be composed"
        if not value.out_of or not all(occurs(words, self.words) for words in value.out_of):
            yield f"{name}: not all of {value.out_of!r} stands in the task's words"

    def _known(self, value: Any, schema: Json, description: str) -> bool:
        """Tell whether a value stands in the task's words, in a result, or in what was shown of the tool."""
        if isinstance(value, bool):
            return schema.get("type") == "boolean"
        told = [description, schema.get("description", ""), schema.get("default"), *schema.get("enum", ())]
        return any(_stands_in(value, source) for source in (self.words, *self.said, *told))


def _stands_in(value: Any, source: Any) -> bool:
    if isinstance(source, str):
        return occurs(value, source)
    return not isinstance(source, bool) and value == source
