"""Twenty tasks can be done by a model that knows nothing but the list of tools, in this many calls and no more."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hoody_mcp.catalog import Catalog
from hoody_mcp.jsons import Json
from hoody_mcp.listing import listed
from hoody_mcp.settings import Settings

from .document import FILE, written
from .rules import Knowledge
from .rules import faults as faults_of
from .script import Step, Task, composed, play
from .tasks import TASKS

MOST_OFF = 0.1  # of the tokens in the table
NUMBER_OF_CALLS = {
    "who am I": 2,
    "client project": 7,
    "new machine, first command": 4,
    "long command": 3,
    "interactive session": 6,
    "write a page and serve it": 3,
    "find text in files": 2,
    "snapshot, change, back again": 5,
    "fork a machine": 4,
    "share a directory": 3,
    "environment variables": 5,
    "rotate a token": 6,
    "token for an agent in one realm": 3,
    "lock down a database": 4,
    "route traffic through a proxy": 7,
    "buy capacity": 5,
    "unpublish a site": 3,
    "a site that does not answer": 7,
    "clean up a project": 4,
    "rename a project, see who has access": 6,
}

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


def test_there_are_twenty_tasks_of_two_to_eight_calls() -> None:
    assert [task.name for task in TASKS] == list(NUMBER_OF_CALLS)
    assert len(TASKS) == 20
    assert {2, 7} <= set(NUMBER_OF_CALLS.values()) <= set(range(2, 9))


@each_task
def test_a_task_is_done_by_its_calls_and_was_not_done_before(task: Task) -> None:
    one = play(task)
    assert one.state_before != task.wanted
    assert one.state == task.wanted
    assert len(one.steps) == NUMBER_OF_CALLS[task.name]


@each_task
def test_nothing_in_a_call_is_unknown_at_that_point(task: Task) -> None:
    assert faults_of(play(task)) == []


@each_task
def test_a_task_begins_with_the_default_list(task: Task) -> None:
    assert play(task).listed.keys() == {tool["name"] for tool in listed(Catalog.load(), Settings.load())}


@each_task
def test_what_destroys_is_called_twice_the_second_time_with_the_code_of_the_first(task: Task) -> None:
    steps = play(task).steps
    previewed = [number for number, step in enumerate(steps) if step.answer.get("done") is False]
    for number in previewed:
        given: Json = steps[number].sent.get("arguments", steps[number].sent)
        again: Json = steps[number + 1].sent.get("arguments", steps[number + 1].sent)
        assert again == given | {"confirm": steps[number].answer["confirm"]}
    assert bool(previewed) == any(step.tool in {"hoody_destroy", "snapshots_restore"} for step in steps)


@pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")  # in the package that counts
def test_the_table_is_current() -> None:
    document = FILE.read_text(encoding="utf-8")
    now = written(document)
    assert without_tokens(now) == without_tokens(document), "run: python -m tests.tasks"
    assert tokens(document) == pytest.approx(tokens(now), rel=MOST_OFF), "run: python -m tests.tasks"


TOKENS = re.compile(r"(?<=\| )\d+(?= \|$)", re.MULTILINE)


def without_tokens(document: str) -> str:
    return TOKENS.sub("", document)


def tokens(document: str) -> list[int]:
    return [int(number) for number in TOKENS.findall(document)]


def definition(name: str, description: str, /, **properties: Json) -> Json:
    return {"name": name, "description": description, "inputSchema": {"type": "object", "properties": properties}}


TEXT: Json = {"type": "string"}
CALLER: Json = {"name": TEXT, "arguments": {"type": "object"}}
BOX = definition(
    "box",
    "Does something, or with mode=slow a little later.",
    name=TEXT,
    port={"type": "integer", "default": 443},
    on={"type": "boolean", "description": "Whether it is on."},
    kind={"type": "string", "enum": ["one", "two"]},
    ids={"type": "array", "items": {"type": "string"}},
    tree={"type": "object", "properties": {"leaf": {"type": "boolean"}}},
    variables={"type": "object"},
    command=TEXT,
)
HIDDEN = definition("hidden", "Deletes a box.", name=TEXT)
LISTED = [
    BOX,
    definition("hoody_search", "", query=TEXT),
    definition("hoody_describe", "", name=TEXT),
    definition("hoody_write", "", **CALLER),
]
WORDS = "Open port 8080 of web-1, and say it in /srv/app.txt there."

SEARCHED = Step("hoody_search", {"query": "Open port"}, {"tools": [{"name": "hidden", "summary": "Deletes the box called secret"}]}, "")
DESCRIBED = Step("hoody_describe", {"name": "hidden"}, HIDDEN, "")
FOUND = Step("box", {}, {"items": [{"id": "ab12", "count": 7, "text": "It is at 10.0.0.7 now", "ready": True}]}, "")


def faults_after(*steps: Step, words: str = WORDS) -> list[str]:
    """Give the faults of the last step."""
    knowledge = Knowledge(words, {each["name"]: each for each in LISTED})
    for step in steps[:-1]:
        knowledge.learn(step)
    return list(knowledge.faults(steps[-1]))


def made(tool: str, /, **arguments: Any) -> Step:
    return Step(tool, arguments, {}, "")


KNOWN: list[tuple[Step, ...]] = [
    (made("box", name="web-1", port=8080),),
    (made("box", name="/srv/app.txt"),),
    (made("box", port=443, on=False, kind="two"),),
    (made("box", name="slow"),),
    (made("box", tree={"leaf": True}, variables={"web-1": "8080"}),),
    (FOUND, made("box", name="ab12", port=7, ids=["ab12", "10.0.0.7"])),
    (made("box", command=composed("open 8080", "8080", "web-1")),),
    (SEARCHED, made("hoody_describe", name="hidden")),
    (SEARCHED, made("hoody_write", name="hidden")),
    (SEARCHED, DESCRIBED, made("hoody_write", name="hidden", arguments={"name": "web-1"})),
    (made("hoody_write", name="box", arguments={"port": 8080}),),
]
UNKNOWN: list[tuple[tuple[Step, ...], str]] = [
    ((made("box", name="web-2"),), "'web-2'"),
    ((made("box", name="web"),), "'web'"),  # a part of a word
    ((made("box", name="app"),), "'app'"),
    ((made("box", name="/srv"),), "'/srv'"),
    ((made("box", port=80),), "80"),
    ((made("box", name="two"),), "'two'"),  # stands in the schema of another argument
    ((made("box", kind=True),), "True"),
    ((made("box", ids=["web-1", "ab12"]),), "'ab12'"),  # no result has said it yet
    ((made("box", tree={"root": True}),), "'root'"),
    ((made("box", variables={"KEY": "web-1"}),), "'KEY'"),
    ((made("box", colour="web-1"),), "the argument colour of box was never shown"),
    ((made("box", name=composed("x", "web-1")),), "name may not be composed"),
    ((made("box", command=composed("open 80", "80")),), "stands in the task's words"),
    ((made("box", command=composed("open")),), "stands in the task's words"),
    ((FOUND, made("box", name="10.0.0")), "'10.0.0'"),
    ((FOUND, made("box", name="count")), "'count'"),  # a name in a result is no value
    ((SEARCHED, made("box", name="secret")), "'secret'"),  # what tells of tools gives no values
    ((SEARCHED, DESCRIBED, made("hidden", name="web-1")), "this tool is not listed"),
    ((made("hoody_write", name="hidden"),), "no list and no search gave the tool hidden"),
    ((made("hoody_describe", name="hidden"),), "no list and no search gave the tool hidden"),
    ((SEARCHED, made("hoody_write", name="hidden", arguments={"name": "web-1"})), "the arguments of hidden were never shown"),
    ((made("hoody_write", name="box", arguments={"port": 80}),), "80"),
    ((made("hoody_search", query="delete a box"),), "'delete a box'"),
]


@pytest.mark.parametrize("steps", KNOWN)
def test_what_can_be_known_is_no_fault(steps: tuple[Step, ...]) -> None:
    assert faults_after(*steps) == []


@pytest.mark.parametrize(("steps", "fault"), UNKNOWN)
def test_what_cannot_be_known_is_a_fault(steps: tuple[Step, ...], fault: str) -> None:
    (only,) = faults_after(*steps)
    assert fault in only
