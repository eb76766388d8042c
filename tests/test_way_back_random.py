"""Whatever Hoody answers, what is offered as the way back are valid calls about the same target, or nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from hoody_mcp.arguments import Call, parse
from hoody_mcp.operation import Operation
from hoody_mcp.sealed import Sealed
from hoody_mcp.way_back import way_back

from .calls import CATALOG
from .test_foresee import JSON, PUTTING_BACK, TOOLS
from .test_money import given


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@drawn(before=JSON)
def test_putting_back_makes_valid_calls_of_the_same_target_or_none(before: Any) -> None:
    for tool in PUTTING_BACK:
        sealed = Sealed()
        targets = {name: value for name, value in given(tool).items() if name in {"container_id", "project_id"}}
        for back in asyncio.run(steps(tool, before, sealed)):
            arguments = sealed.opened(CATALOG[back["tool"]], json.loads(json.dumps(back["arguments"])), "me")
            parse(CATALOG[back["tool"]], arguments)
            assert all(arguments.get(name, value) == value for name, value in targets.items())


async def steps(tool: str, before: Any, sealed: Sealed) -> list[dict[str, Any]]:
    """Give the calls that put back what a read found."""

    async def read(_: Operation) -> Any:
        return before

    back = await way_back(TOOLS[tool], read)
    assert back
    told = back.told(Call(TOOLS[tool]), lambda name, arguments, names: sealed.seal(name, arguments, names, "me"))
    return told["put_back"].get("calls", [])
