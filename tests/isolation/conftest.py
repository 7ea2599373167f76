"""A deal that cannot be read: a fault injected where its events are decoded, folded or encoded."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from tests.api.conftest import app, http
from tests.cli.conftest import fresh

__all__ = ["app", "fresh", "http"]

BAD = "bad"
FAULT = OverflowError("date value out of range")


@pytest.fixture(params=["decoding", "folding", "telling"])
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every read of the deal `bad` fails, at one place or another."""
    place: str = request.param
    inject(place, monkeypatch)
    return place


def inject(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the deal `bad` fail at a place."""
    places = {
        "decoding": [("ledger.encoding.event_codec", "line")],
        "folding": [("projections.state.state_reader", "state"), ("projections.temporal.recorded_deal", "derive")],
        "telling": [("projections.tables.deadlines", "_row")],
    }[place]
    for module, name in places:
        whole = __import__(module, fromlist=[name])
        monkeypatch.setattr(whole, name, _failing(getattr(whole, name)))


def _failing(kept: Callable[..., Any]) -> Callable[..., Any]:
    def failing(*given: Any, **named: Any) -> Any:
        subject = named.get("deal_id", given[0])
        if BAD in (subject, getattr(subject, "deal_id", None)):
            raise FAULT
        return kept(*given, **named)

    return failing


Make = Callable[..., Submission]


def record_deals(ledger: Ledger, submission: Make, names: list[str]) -> None:
    """Open deals of these names, each with a deadline that is due far ahead."""
    events = []
    for name in names:
        events.append(submission(name, f"{name}-1", "deal.opened", title=f"Deal {name}", kind="merger", subject="it"))
        due = {"obligation": "close", "obligor": "buyer", "set_by": "us", "force": "contractual", "due": "2098-03-04"}
        events.append(submission(name, f"{name}-2", "deadline.set", deadline_id="dl", **due))
    ledger.import_batch(events, by="desk")
