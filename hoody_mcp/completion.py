"""Completion: the ids and names that a person is about to type, for resource templates and prompts."""

from __future__ import annotations

import mcp_types as types

from . import prompting, resources
from .clean import whole_characters
from .engine import Engine
from .errors import HoodyError
from .names import Thing

MOST = 100  # values that the protocol allows
IDS = {"project_id": "project", "container_id": "container"}


async def completed(engine: Engine, params: types.CompleteRequestParams) -> types.CompleteResult:
    """Give what the argument may become; nothing where that cannot be told."""
    blank, begun = params.argument.name, params.argument.value
    if isinstance(params.ref, types.PromptReference):
        prompt = prompting.PROMPTS.get(params.ref.name)
        argument = prompt.arguments.get(blank) if prompt else None
        found = [thing.name for thing in await _things(engine, argument.kind, begun)] if argument else []
    elif blank in IDS:
        found = [thing.id for thing in await _things(engine, IDS[blank], begun)]
    else:
        known = {"tool": [*engine.catalog.entries, *engine.catalog.own], "topic": list(resources.TOPICS)}
        found = [value for value in known.get(blank, []) if value.startswith(begun)]
    shown = [whole_characters(value) for value in found[:MOST]]
    return types.CompleteResult(completion=types.Completion(values=shown, total=len(found), has_more=len(found) > len(shown)))


async def _things(engine: Engine, kind: str, begun: str) -> list[Thing]:
    """Give the things of a kind whose name or id begins so, the former whatever the case."""
    try:
        things = await engine.things(kind)
    except HoodyError:
        return []
    return [thing for thing in things if thing.name and (thing.name.lower().startswith(begun.lower()) or thing.id.startswith(begun))]
