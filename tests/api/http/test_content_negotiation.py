"""A response whose form follows from `Accept` says so, for caches that hold it."""

import httpx
import pytest


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/events", "application/json"),
        ("/v1/events", "text/csv"),
        ("/v1/events", "application/x-ndjson"),
        ("/v1/events", "image/png"),
        ("{deal}/replay", "text/csv"),
    ],
)
def test_a_negotiated_response_varies_by_accept(http: httpx.Client, deal: str, path: str, accept: str) -> None:
    answer = http.get(path.format(deal=deal), headers={"Accept": accept})
    assert [each.strip().lower() for each in answer.headers["vary"].split(",")].count("accept") == 1


def test_a_response_of_one_form_does_not_vary_by_accept(http: httpx.Client) -> None:
    answer = http.get("/v1/lists")
    assert (answer.status_code, "vary" in answer.headers) == (200, False)
