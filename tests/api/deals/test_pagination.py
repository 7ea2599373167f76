"""A page of the largest size names the next one while there is more, in every list that is paged."""

from collections.abc import Iterator

import httpx
import pytest

from api import limits
from ledger.ledger import Ledger
from ledger.models import Request
from tests.submissions import make_submission


@pytest.fixture
def many(ledger: Ledger, http: httpx.Client) -> httpx.Client:
    """A log whose one deal has one event, and so deadlines, more than the largest page shows."""
    due = {"obligation": "close", "set_by": "us", "force": "contractual", "due": "2098-03-04"}
    events = [make_submission("big", "opened", "deal.opened", title="Big", kind="merger", subject="it")]
    events += [
        make_submission("big", f"e{number}", "deadline.set", deadline_id=f"d{number}", **due)
        for number in range(limits.PAGE_MOST + 1)
    ]
    ledger.import_batch(events, by="desk")
    return http


def sizes(client: httpx.Client, path: str) -> Iterator[int]:
    """The sizes of the pages, to the end."""
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        yield len(answer.json()["items"])
        following = answer.links.get("next", {}).get("url")


@pytest.mark.parametrize(
    ("path", "rest"),
    [("/v1/deals/big/events", 2), ("/v1/events", 2), ("/v1/deadlines", 1), ("/v1/deadlines?valid_at=2050-01-01", 1)],
)
def test_a_list_is_paged_to_its_end(many: httpx.Client, path: str, rest: int) -> None:
    asked = f"{path}{'&' if '?' in path else '?'}limit={limits.PAGE_MOST}"
    assert list(sizes(many, asked)) == [limits.PAGE_MOST, rest]


def test_a_page_that_ends_with_the_list_names_no_next_one(http: httpx.Client, ledger: Ledger) -> None:
    events = [
        make_submission(f"d{n}", f"e{n}", "deal.opened", title="D", kind="merger", subject="it") for n in range(3)
    ]
    ledger.append(Request(tuple(events), by="desk")).result(timeout=30)
    assert list(sizes(http, "/v1/deals?limit=3")) == [3]
    assert list(sizes(http, "/v1/deals?limit=2")) == [2, 1]
