"""A chart over thousands of years costs what one over a month does: the work must not grow with the span of dates."""

from datetime import UTC, date

import pytest

from api.web import time_axis as module
from api.web.time_axis import TICKS_AT_MOST, Axis, days_of, dots_of, lanes_of
from domain.sentences.names import Names


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
    Counted.made = 0
    monkeypatch.setattr(module, "date", Counted)
    deadlines = [("d", entry(due))]
    axis = Axis.over([date.fromisoformat(at), *days_of(deadlines, UTC)])
    assert 2 <= len(axis.ticks) <= TICKS_AT_MOST + 1
    assert len(lanes_of(deadlines, axis, UTC, Names({}))) == 1
    assert Counted.made < 200


def test_of_a_zoomed_axis_only_marks_within_it_are_drawn() -> None:
    axis = Axis(date(2020, 1, 1), date(2020, 12, 31))
    history = [{"kind": "set", "since": "2019-05-01", "due": "2019-06-01"}, {"kind": "moved", "since": "2020-02-01"}]
    (lane,) = lanes_of([("d", {**entry("2020-07-01"), "history": history})], axis, UTC, Names({}))
    assert [(mark.kind, mark.text) for mark in lane.marks] == [("asked", "moved by itself"), ("due", "1 Jul 2020")]
    assert lane.start == "0.00%"


def test_developments_of_about_one_place_are_one_dot() -> None:
    axis = Axis(date(2020, 1, 1), date(2030, 1, 1))
    said = [(date(2020, 5, 1), "a", False), (date(2020, 5, 2), "b", False), (date(2020, 5, 2), "c", True),
            (date(2031, 1, 1), "outside", False)]  # fmt: skip
    dots = dots_of(said, axis)
    assert [(dot.count, dot.text, dot.later) for dot in dots] == [(2, "a; b", False), (1, "c", True)]
