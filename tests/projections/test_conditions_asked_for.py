"""A statement across deals has the conditions that are asked for, and no others."""

import pytest

from domain.time.instants import FUTURE
from projections.tables.book_moment import Slice, statement
from projections.tables.deals import ANY_DEAL, DealFilter

PAGE = {**Slice(FUTURE).parameters, "after": None, "limit": 10}


def test_without_filters_nothing_is_read_but_the_deals() -> None:
    text = statement("list_deals", {**PAGE, **ANY_DEAL.parameters}).decode()
    assert "IS NULL" not in text
    assert "deal_words" not in text
    assert "FROM deadlines" not in text


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        (DealFilter(status="open"), "AND (d.status = %(status)s)"),
        (DealFilter(overdue=True), "AND (%(overdue)s = (("),
        (DealFilter(q="word"), "AND (position(%(q)s IN d.words) > 0"),
    ],
)
def test_a_filter_that_is_asked_for_sets_its_condition_alone(wanted: DealFilter, condition: str) -> None:
    text = statement("list_deals", {**PAGE, **wanted.parameters}).decode()
    assert condition in text
    assert " IS NULL OR" not in text
    assert "d.kind = " not in text


def test_of_two_filters_on_one_table_the_one_that_is_asked_for_is_read() -> None:
    given = {**PAGE, "kind": "merger", "jurisdiction": None, "party": None}
    text = statement("list_deadlines", given, running="running").decode()
    assert "(kind = %(kind)s)" in text
    assert "jurisdictions)" not in text
