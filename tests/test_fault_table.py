"""Over every fault and every kind of call: nothing harmful arrives twice, nothing hangs, and every error is clear."""

from __future__ import annotations

import sys

import pytest

from .fast_loop import at_once
from .fault_table import FAULTS, SUBJECTS, Cell, Table, as_markdown, table

NEVER_TWICE = ["WRITE", "EXECUTE", "DESTROY", "SPEND"]
HARMLESS = ["READ", "WRITE idempotent"]
RISKS = [subject.risk for subject in SUBJECTS]
REFUSED_FIRST = [fault for fault in FAULTS if fault.startswith("429")]
ONCE = [fault for fault in FAULTS if fault.startswith(("503 once", "429 once"))]

every_fault = pytest.mark.parametrize("fault", FAULTS)
every_risk = pytest.mark.parametrize("risk", RISKS)


@pytest.fixture(scope="module")
def cells() -> Table:
    return at_once(table)()


def test_the_table_is_shown_and_has_no_hole(cells: Table, capsys: pytest.CaptureFixture[str]) -> None:
    shown = as_markdown(cells)
    with capsys.disabled():
        sys.stdout.write(f"\n{shown}\n")
    assert len(shown.splitlines()) == len(FAULTS) + 2
    assert set(RISKS) == {*NEVER_TWICE, *HARMLESS}


@every_fault
@pytest.mark.parametrize("risk", NEVER_TWICE)
def test_what_can_harm_arrives_twice_only_if_it_was_refused_at_first(cells: Table, fault: str, risk: str) -> None:
    assert cells[fault, risk].arrived <= 1 or fault in REFUSED_FIRST


@every_fault
@every_risk
def test_nothing_arrives_over_and_over(cells: Table, fault: str, risk: str) -> None:
    assert cells[fault, risk].arrived <= 11


@every_fault
@every_risk
def test_nothing_takes_longer_than_a_client_waits(cells: Table, fault: str, risk: str) -> None:
    assert cells[fault, risk].seconds < 50
    assert "no answer" in fault or cells[fault, risk].seconds <= 10.5


@every_fault
@every_risk
def test_every_error_says_whether_it_may_have_happened(cells: Table, fault: str, risk: str) -> None:
    cell = cells[fault, risk]
    assert "reference" not in cell.said  # to the log, after a crash
    assert cell.outcome in outcomes(cell, fault, risk)


def outcomes(cell: Cell, fault: str, risk: str) -> set[str]:
    """What may be told, by what has come to pass."""
    if not cell.said:
        return {"done"}
    if risk == "READ":
        return {cell.outcome}
    if fault == "connection refused":
        return {"not happened"}
    return {"not now", "not happened"} if fault in REFUSED_FIRST else {"may have happened"}


@pytest.mark.parametrize("fault", ONCE)
@pytest.mark.parametrize("risk", HARMLESS)
def test_what_passes_is_not_noticed_where_a_repeat_is_harmless(cells: Table, fault: str, risk: str) -> None:
    assert (cells[fault, risk].outcome, cells[fault, risk].arrived) == ("done", 2)


@pytest.mark.parametrize("fault", [fault for fault in ONCE if fault in REFUSED_FIRST])
@every_risk
def test_who_comes_too_often_once_is_served_the_second_time(cells: Table, fault: str, risk: str) -> None:
    cell = cells[fault, risk]
    assert (cell.outcome, cell.arrived) == ("done", 2)
    assert 1.5 <= cell.seconds <= 4


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in {*ONCE, "connection refused"}])
@every_risk
def test_what_does_not_pass_is_told_as_an_error(cells: Table, fault: str, risk: str) -> None:
    assert cells[fault, risk].said
    assert cells[fault, risk].arrived >= 1
