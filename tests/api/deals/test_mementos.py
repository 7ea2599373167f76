"""States as they were recorded are mementos that say so, and the time gate leads to the nearest (RFC 7089)."""

import re
from email.utils import parsedate_to_datetime

import httpx
import pytest

GATE = {"Accept-Datetime": "Tue, 15 Sep 2020 12:00:00 GMT"}
LATER = {"Accept-Datetime": "Fri, 31 Dec 9999 23:59:59 GMT"}


def second(http: httpx.Client, deal: str, version: int) -> str:
    recorded: str = http.get(f"{deal}/events").json()["items"][version - 1]["recorded_at"]
    return recorded[:19]


def read_date(header: str) -> str:
    return parsedate_to_datetime(header).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize("query", ["known_version=1", "known_position=1", "known_version=1&valid_at=2020-09-01"])
def test_a_memento_says_its_date_and_where_the_others_are(http: httpx.Client, deal: str, query: str) -> None:
    for _ in range(2):  # once made, once kept
        answer = http.get(f"{deal}/state?{query}")
        assert read_date(answer.headers["memento-datetime"]) == second(http, deal, 1)
        links = dict(re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["link"]))
        assert links == {f"{deal}/state": "original", f"{deal}/timegate": "timegate", f"{deal}/timemap": "timemap"}
    assert http.head(f"{deal}/state?{query}").headers["memento-datetime"] == answer.headers["memento-datetime"]


def test_a_state_known_at_a_moment_has_the_date_of_the_version_that_stood(http: httpx.Client, deal: str) -> None:
    at = http.get(f"{deal}/events").json()["items"][1]["recorded_at"]
    answer = http.get(f"{deal}/state", params={"known_at": at})
    assert read_date(answer.headers["memento-datetime"]) == second(http, deal, 2)


@pytest.mark.parametrize("query", ["", "?valid_at=2020-09-01", "?known_by=published&known_at=2020-09-01"])
def test_other_states_are_no_mementos(http: httpx.Client, deal: str, query: str) -> None:
    assert "memento-datetime" not in http.get(f"{deal}/state{query}").headers


@pytest.mark.parametrize(("headers", "version"), [(GATE, 1), (LATER, 2)])
def test_beyond_either_end_the_gate_leads_to_the_nearest_with_its_date(
    http: httpx.Client, deal: str, headers: dict[str, str], version: int
) -> None:
    answer = http.get(f"{deal}/timegate", headers=headers)
    assert answer.status_code == 302
    assert answer.headers["location"].endswith(f"?known_version={version}")
    assert read_date(answer.headers["memento-datetime"]) == second(http, deal, version)
    memento = http.get(answer.headers["location"])
    assert memento.headers["memento-datetime"] == answer.headers["memento-datetime"]
