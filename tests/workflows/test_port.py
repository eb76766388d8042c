"""The sandbox on a port of this machine, for any HTTP client, with bad days on demand."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import pytest

PROJECTS = "/api/v1/projects/"


@pytest.fixture
def http(hoody: dict[str, str]) -> Iterator[httpx2.Client]:
    """Give an HTTP client of the sandbox, and leave no fault behind."""
    headers = {"authorization": f"Bearer {hoody['HOODY_TOKEN']}"}
    with httpx2.Client(base_url=hoody["HOODY_BASE_URL"], headers=headers, trust_env=False, timeout=5) as client:
        yield client
        client.delete("/sandbox/faults")


def fault(http: httpx2.Client, **what: Any) -> None:
    assert http.post("/sandbox/faults", json={"path": PROJECTS, **what}).json() == {"done": True}


@pytest.mark.parametrize("kind", ["429", "500", "502", "503"])
def test_a_status_on_demand_comes_once_and_in_hoodys_form(http: httpx2.Client, kind: str) -> None:
    fault(http, kind=kind, retry_after=7)
    bad, good = http.get(PROJECTS), http.get(PROJECTS)
    assert (bad.status_code, bad.json()["statusCode"], bad.headers["retry-after"]) == (int(kind), int(kind), "7")
    assert good.status_code == 200


def test_retry_after_can_be_a_date(http: httpx2.Client) -> None:
    fault(http, kind="429", retry_after=60, as_date=True)
    assert parsedate_to_datetime(http.get(PROJECTS).headers["retry-after"]).tzinfo is not None


def test_a_gateways_page_is_a_page(http: httpx2.Client) -> None:
    fault(http, kind="page")
    assert "<title>Bad gateway</title>" in http.get(PROJECTS).text


def test_garbage_is_a_success_that_nobody_can_read(http: httpx2.Client) -> None:
    fault(http, kind="garbage")
    answer = http.get(PROJECTS)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r".+"):
        answer.json()


def test_a_cut_answer_ends_in_the_middle(http: httpx2.Client) -> None:
    fault(http, kind="cut")
    with pytest.raises(httpx2.RemoteProtocolError):
        http.get(PROJECTS)


def test_a_slow_answer_takes_its_time(http: httpx2.Client) -> None:
    fault(http, kind="slow", seconds=30)
    with pytest.raises(httpx2.ReadTimeout):
        http.get(PROJECTS, timeout=0.3)


@pytest.mark.parametrize(("after", "there"), [(False, 0), (True, 1)])
def test_a_fault_comes_before_or_after_the_effect(http: httpx2.Client, *, after: bool, there: int) -> None:
    fault(http, kind="503", method="POST", after=after)
    alias = f"spoilt-{after}"
    assert http.post(PROJECTS, json={"alias": alias}).status_code == 503
    listed = http.get(PROJECTS, params={"limit": 100}).json()["data"]["projects"]
    assert len([project for project in listed if project["alias"] == alias]) == there


def test_a_fault_hits_what_it_names_as_often_as_it_says(http: httpx2.Client) -> None:
    fault(http, kind="500", method="GET", times=2)
    assert http.get("/api/v1/rentals").status_code == 200
    assert [http.get(PROJECTS).status_code for _ in range(3)] == [500, 500, 200]


def test_more_than_the_limit_of_requests_is_refused(http: httpx2.Client) -> None:
    assert http.put("/sandbox/limit", content="3").status_code == 200
    assert 429 in [http.get(PROJECTS).status_code for _ in range(8)]
    http.delete("/sandbox/faults")
    assert {http.get(PROJECTS).status_code for _ in range(8)} == {200}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/sandbox/faults", '{"kind": "418"}', 400),
        ("POST", "/sandbox/faults", "{", 400),
        ("PUT", "/sandbox/limit", "many", 400),
        ("GET", "/sandbox/nothing", "", 404),
    ],
)
def test_what_the_sandbox_itself_is_asked_is_read_strictly(http: httpx2.Client, method: str, path: str, body: str, status: int) -> None:
    assert http.request(method, path, content=body).status_code == status


def test_what_arrived_is_remembered_until_it_is_forgotten(http: httpx2.Client) -> None:
    http.delete("/sandbox/requests")
    http.get(f"{PROJECTS}?page=1")
    seen = http.get("/sandbox/requests").json()
    assert [(each["method"], each["path"], each["host"], each["status"]) for each in seen] == [("GET", PROJECTS, "api", 200)]
    http.delete("/sandbox/requests")
    assert http.get("/sandbox/requests").json() == []


def test_an_operation_that_the_sandbox_does_not_know_says_so(http: httpx2.Client) -> None:
    answer = http.get("/api/v1/wallet")
    assert (answer.status_code, answer.json()["error"]) == (501, "NOT_IN_SANDBOX")
