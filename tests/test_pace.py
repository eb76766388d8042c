"""One host is asked by so many callers at once, and by none while it wants to be left alone; other hosts do not notice."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp_types import CallToolResult

from hoody_mcp.pace import APART, AT_ONCE, CALM
from hoody_mcp.server import create_server
from hoody_mcp.settings import Settings

from .calls import text_of
from .conftest import CANARY, Connect
from .fast_loop import at_once
from .upstream import CONTAINER, Reply, Sent, Upstream, on_loopback

READ = ("containers_get", {"container_id": CONTAINER})
KIT_READ = ("terminal_result", {"container_id": CONTAINER, "command_id": "7"})
CHANGE = ("projects_create", {"alias": "new"})


class Crowded(Upstream):
    """Counts how many requests each host has at once; if it has a limit, refuses what exceeds that in any one second."""

    def __init__(self) -> None:
        super().__init__()
        self.present, self.most = Counter[str](), Counter[str]()
        self.limit = 0
        self.times: list[float] = []  # when requests arrived
        self._let_in: list[float] = []

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._counted)

    async def _counted(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        self.present[host] += 1
        self.most[host] = max(self.most[host], self.present[host])
        try:
            return await self._handle(request)
        finally:
            self.present[host] -= 1

    def respond(self, sent: Sent) -> Reply:
        reply = super().respond(sent)
        now = anyio.current_time()
        self.times.append(now)
        self._let_in = [then for then in self._let_in if then > now - 1]
        if self.limit and len(self._let_in) >= self.limit:
            return busy("1")
        self._let_in.append(now)
        return reply


class Callers:
    """Calls at the same time, each with its result and the seconds it took."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.ended: list[tuple[CallToolResult, float]] = []

    async def call(self, tool: str, arguments: dict[str, Any]) -> None:
        begin = anyio.current_time()
        result = await self._client.call_tool(tool, arguments)
        self.ended.append((result, anyio.current_time() - begin))

    async def all_call(self, number: int, call: tuple[str, dict[str, Any]] = READ) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(number):
                group.start_soon(self.call, *call)

    @property
    def errors(self) -> list[str]:
        return [text_of(result) for result, _ in self.ended if result.is_error]

    @property
    def seconds(self) -> float:
        return max(seconds for _, seconds in self.ended)


@pytest.fixture
def upstream() -> Crowded:
    return Crowded()


def busy(retry_after: str) -> Reply:
    reply = Reply.error(429, "RATE_LIMITED", "not now")
    return Reply(429, reply.body, {**reply.headers, "retry-after": retry_after})


def slow(seconds: float) -> Reply:
    return Reply(200, Reply.data({"id": CONTAINER}).body, delay=seconds)


def in_kit(sent: Sent) -> bool:
    return ".containers." in sent.host


@at_once
async def test_a_host_gets_so_many_requests_at_once_and_the_others_in_turn(connect: Connect, upstream: Crowded) -> None:
    async with connect() as client:
        await client.call_tool(*KIT_READ)
        upstream.script(*[slow(1)] * 80)
        for call in (READ, KIT_READ):
            callers = Callers(client)
            await callers.all_call(40, call)
            assert callers.errors == []
            assert callers.seconds == 3
    assert set(upstream.most.values()) == {AT_ONCE}


@at_once
async def test_a_crowd_at_one_host_is_not_felt_at_another(connect: Connect, upstream: Crowded) -> None:
    async with connect() as client:
        await client.call_tool(*KIT_READ)
        upstream.script(*[slow(5)] * 40, when=lambda sent: not in_kit(sent))
        api, kit = Callers(client), Callers(client)
        async with anyio.create_task_group() as group:
            group.start_soon(api.all_call, 40)
            await anyio.wait_all_tasks_blocked()
            await kit.all_call(AT_ONCE, KIT_READ)
    assert api.seconds == 15
    assert kit.seconds < 1


@at_once
async def test_one_callers_refusal_makes_the_others_wait_instead_of_fail(connect: Connect, upstream: Crowded) -> None:
    upstream.script(busy("3"))
    async with connect() as client:
        first, others = Callers(client), Callers(client)
        async with anyio.create_task_group() as group:
            group.start_soon(first.all_call, 1)
            await anyio.wait_all_tasks_blocked()
            await others.all_call(20)
    assert first.errors + others.errors == []
    assert len(upstream.sent) == 1 + 21
    assert all(later - earlier >= APART - 0.001 for earlier, later in itertools.pairwise(upstream.times))
    assert min(seconds for _, seconds in first.ended + others.ended) > 2.5
    assert others.seconds < 3 + 21 * APART + 0.1


@pytest.mark.parametrize("limit", [4, 5, 10, 20])
@at_once
async def test_callers_share_what_a_host_allows_in_a_second(connect: Connect, upstream: Crowded, limit: int) -> None:
    upstream.limit = limit
    async with connect() as client:
        callers = Callers(client)
        await callers.all_call(30)
    assert callers.errors == []
    assert callers.seconds < 30 / limit + 5
    assert len(upstream.sent) < 30 * 3


@pytest.mark.parametrize("retry_after", ["11", "3600"])
@at_once
async def test_a_long_refusal_concerns_its_own_operation_only(connect: Connect, upstream: Crowded, retry_after: str) -> None:
    upstream.script(busy(retry_after))
    async with connect() as client:
        assert (await client.call_tool(*READ)).is_error
        callers = Callers(client)
        await callers.all_call(AT_ONCE)
    assert callers.errors == []
    assert callers.seconds == 0


@at_once
async def test_a_host_that_has_calmed_down_is_asked_as_fast_as_before(connect: Connect, upstream: Crowded) -> None:
    upstream.script(busy("1"), slow(0), slow(CALM + 1))
    async with connect() as client:
        for _ in range(2):
            await client.call_tool(*READ)
        callers = Callers(client)
        await callers.all_call(AT_ONCE)
    assert callers.errors == []
    assert callers.seconds == 0


@at_once
async def test_no_caller_waits_over_ten_seconds_because_others_are_refused(connect: Connect, upstream: Crowded) -> None:
    upstream.script(*[busy("6")] * 500)
    async with connect() as client:
        callers = Callers(client)
        await callers.all_call(30)
    assert len(callers.errors) == 30
    assert callers.seconds <= 10 + 30 * APART


@pytest.mark.parametrize("waiting", [50, 300])
@at_once
async def test_cancelled_callers_give_their_turn_back(connect: Connect, upstream: Crowded, waiting: int) -> None:
    upstream.script(*[slow(5)] * AT_ONCE)
    async with connect() as client:
        present, last = Callers(client), Callers(client)
        async with anyio.create_task_group() as group:
            group.start_soon(present.all_call, AT_ONCE)
            await anyio.wait_all_tasks_blocked()
            async with anyio.create_task_group() as cancelled:
                cancelled.start_soon(Callers(client).all_call, waiting)
                await anyio.wait_all_tasks_blocked()
                cancelled.cancel_scope.cancel()
            await last.all_call(AT_ONCE)
    assert present.errors + last.errors == []
    assert last.seconds <= 5
    assert len(upstream.sent) == 2 * AT_ONCE


@pytest.mark.parametrize("waiting", [50, 300])
@at_once
async def test_cancelled_callers_do_not_lengthen_the_wait_after_a_refusal(connect: Connect, upstream: Crowded, waiting: int) -> None:
    upstream.script(busy("2"))
    async with connect() as client:
        async with anyio.create_task_group() as cancelled:
            cancelled.start_soon(client.call_tool, *READ)
            await anyio.wait_all_tasks_blocked()
            cancelled.start_soon(Callers(client).all_call, waiting)
            await anyio.wait_all_tasks_blocked()
            cancelled.cancel_scope.cancel()
        last = Callers(client)
        await last.all_call(1)
    assert last.errors == []
    assert last.seconds <= 2.5
    assert len(upstream.sent) == 2


@pytest.mark.parametrize("number", [AT_ONCE, 20, 40])
@at_once
async def test_at_a_host_that_hangs_every_caller_is_told_whether_its_request_left(connect: Connect, upstream: Crowded, number: int) -> None:
    upstream.script(*[Reply(delay=600)] * 99)
    async with connect() as client:
        callers = Callers(client)
        await callers.all_call(number, CHANGE)
    may_have_happened = [text for text in callers.errors if "MAY have taken effect" in text]
    never_sent = [text for text in callers.errors if "Nothing was sent" in text]
    assert len(may_have_happened) == len(upstream.sent)
    assert len(never_sent) == number - len(may_have_happened)
    assert callers.seconds <= 49


async def test_thousands_of_cancelled_calls_leave_a_pool_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = Upstream()

    async def cancelled(client: Client, milliseconds: int) -> None:
        with anyio.move_on_after(milliseconds / 1000):
            await client.call_tool(*READ)

    with on_loopback(upstream) as variables, anyio.fail_after(90):
        monkeypatch.setenv("NO_PROXY", "*")
        upstream.script(*[slow(0.2)] * 3000)
        async with Client(create_server(Settings.load(token=CANARY, base_url=variables["HOODY_BASE_URL"]))) as client:
            for _ in range(10):
                async with anyio.create_task_group() as group:
                    for number in range(300):
                        group.start_soon(cancelled, client, number % 50)
            upstream.scripted.clear()
            callers = Callers(client)
            await callers.all_call(100)
    assert callers.errors == []
    assert callers.seconds < 10
