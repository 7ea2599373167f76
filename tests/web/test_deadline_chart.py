"""A chart over thousands of years costs what one over a month does: the work must not grow with the span of dates."""

from datetime import UTC, date

import pytest

from api.web import deadline_chart as module
from api.web.deadline_chart import TICKS_AT_MOST, chart


class Counted(date):
    """A day that counts how often one is made."""

    made = 0

    def __new__(cls, *given: int) -> "Counted":
        cls.made += 1
        return super().__new__(cls, *given)


def entry(due: str) -> dict[str, object]:
    return {"due": due, "status": "pending", "force": "contractual", "history": []}


@pytest.mark.parametrize(
    ("due", "at"), [("9999-12-30", "2020-01-01"), ("0202-03-04", "2020-01-01"), ("9999-12-31", "0001-01-01")]
)
def test_the_axis_of_a_chart_makes_few_days_whatever_its_span(
    monkeypatch: pytest.MonkeyPatch, due: str, at: str
) -> None:
    near = chart([("d", entry("2020-02-01"))], date(2020, 1, 1), UTC)
    assert near is not None
    Counted.made = 0
    monkeypatch.setattr(module, "date", Counted)
    far = chart([("d", entry(due))], date.fromisoformat(at), UTC)
    assert far is not None
    assert 2 <= len(far.ticks) <= TICKS_AT_MOST + 1
    assert Counted.made < 200
