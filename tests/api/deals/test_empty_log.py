"""The first question about a log whose tables were never made: an empty page, and no error."""

from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger
from projections.runner import Runner

EMPTY = {"items": [], "next": None, "as_of_position": 0, "lag": 0, "unreadable": []}


@pytest.fixture
def untouched(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[httpx.Client]:
    """A server of a log for which no table has been made yet."""
    monkeypatch.setattr(Runner, "start", lambda self: self)
    monkeypatch.setattr(Runner, "close", lambda self: None)
    app = create_app(Settings(tenant=ledger.tenant, data=tmp_path), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def test_lists_are_empty_pages_and_the_front_page_is_shown(untouched: httpx.Client) -> None:
    for path in ("/v1/deals", "/v1/deadlines"):
        page = untouched.get(path).json()
        assert page.pop("basis")["known_position"] == 0
        assert page == EMPTY
    assert untouched.get("/v1/calendar.ics").status_code == 200
    assert "There are no deals" in untouched.get("/").text
    assert untouched.get("/metrics").status_code == 200
