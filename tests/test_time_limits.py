"""A call that has waited for long leaves itself enough time, or does not begin."""

from __future__ import annotations

import anyio
import pytest

from .conftest import Connect
from .fast_loop import at_once
from .test_waking import ABSENT, EXECUTE, Box, fails, in_kit, is_health
from .upstream import Reply


@pytest.fixture
def upstream() -> Box:
    return Box()


@pytest.mark.parametrize("looks", range(1, 12))
@pytest.mark.parametrize("questions", range(1, 12))
@at_once
async def test_a_command_is_never_begun_without_the_time_for_its_answer(
    connect: Connect, upstream: Box, looks: int, questions: int
) -> None:
    upstream.is_("running")
    upstream.will_be(*["creating"] * looks)
    upstream.script(*[ABSENT[0]] * questions, when=is_health)
    upstream.script(Reply.of({"stdout": "done", "exit_code": 0}), when=lambda sent: in_kit(sent) and not is_health(sent))
    upstream.scripted[-1][1].delay = 9.0
    async with connect() as client:
        begin = anyio.current_time()
        said = await fails(client, EXECUTE)
        assert anyio.current_time() - begin <= 50
    assert said == "done" or not upstream.calls
    assert "MAY" not in said


@at_once
async def test_a_command_that_has_stood_in_line_for_long_is_never_begun_either(connect: Connect, upstream: Box) -> None:
    upstream.script(*[Reply.of({"stdout": "done", "exit_code": 0}) for _ in range(60)], when=in_kit)
    for _, reply in upstream.scripted:
        reply.delay = 13.0
    told: list[str] = []

    async with connect() as client:

        async def one() -> None:
            told.append(await fails(client, EXECUTE))

        async with anyio.create_task_group() as group:
            for _ in range(60):
                group.start_soon(one)
    assert len(told) == 60
    assert not [said for said in told if "MAY" in said]
    assert len(upstream.calls) == told.count("done")
