"""The refusal of a parameter or id says what to write instead, in words and not as a regular expression."""

import httpx
import pytest

from tests.api.conftest import refused


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("/v1/deadlines?within=30", "within: '30' is no number of days: write one such as 30d."),
        ("/v1/deals?list=my%20list", "list: 'my list' is not a valid id: only letters from A to Z, digits and _ . -"),
        ("/v1/deals?sort=due", "There is no parameter 'sort'; nearest: order."),
        ("/v1/deals?search=steel", "There is no parameter 'search'; nearest: q."),
        ("/v1/deals?at=2020-01-01", "There is no parameter 'at'; nearest: valid_at."),
        ("/v1/stream?type=deadline", "There is no event type 'deadline'; nearest: deadline.*."),
        ("/v1/stream?type=deadlin.*", "There is no event type 'deadlin.*'; nearest: deadline.*"),
    ],
)
def test_a_refused_parameter_says_what_to_write(http: httpx.Client, asked: str, told: str) -> None:
    assert told in refused(http.get(asked), 400, "bad-question")["detail"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "/v1/deals/my%20deal/state",
            "deal_id: 'my deal' is not a valid id: only letters from A to Z, digits and _ . -",
        ),
        (
            "/v1/deals/tiktok/events/seed%20000",
            "event_id: 'seed 000' is not a valid event id: only letters from A to Z",
        ),
    ],
)
def test_an_id_that_cannot_be_one_says_what_ids_are(http: httpx.Client, path: str, told: str) -> None:
    assert told in refused(http.get(path), 404, "not-found")["detail"]


def test_the_name_of_a_list_that_cannot_be_one_says_what_names_are(http: httpx.Client) -> None:
    told = refused(http.post("/v1/lists", json={"name": "my list", "deals": []}), 422, "invalid-input")
    assert told["detail"].startswith("name: 'my list' is not a valid id: only letters from A to Z, digits and _ . -")


def test_a_replay_beyond_the_end_names_the_version_that_was_asked_for(http: httpx.Client, deal: str) -> None:
    told = refused(http.get(f"{deal}/replay?to_version=99"), 404, "beyond-the-end")
    assert told["detail"].startswith("Version 99 lies beyond the end")
