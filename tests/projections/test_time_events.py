"""Time events of a deal: every reader finds them at any time, under one id."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.envelope import Submission
from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from ledger.models import Request
from projections.state.state_reader import StateReader, clock
from projections.temporal.time_events import NOTICE, Transition, time_events

DAY = 86_400 * SECOND
Make = Callable[..., Submission]


@pytest.fixture
def deal(ledger: Ledger, submission: Make) -> Callable[[Moment], Ledger]:
    """A deal with a deadline on a given day, and an order in force from that day on."""

    def record(day: Moment) -> Ledger:
        due = iso(day)[:10]
        opened = submission("d", "opened", "deal.opened", occurred="2020-08-06")
        deadline = submission(
            "d", "set", "deadline.set", deadline_id="dl", obligation="divest", force="contractual", due=due
        )
        order = submission(
            "d", "signed", "order.signed", order_id="o", kind="executive_order", issuer="president", effective=due
        )
        ledger.append(Request((opened, deadline, order), by="desk")).result(timeout=30)
        return ledger

    return record


def told(found: tuple[Transition, ...]) -> list[tuple[str, Any, str]]:
    return [(each.type, each.data["thing_id"], iso(each.at)[:19]) for each in found]


def test_a_deadline_passes_and_an_order_comes_into_force_by_themselves(deal: Any) -> None:
    now = clock()
    ledger = deal(now + 3 * DAY)
    reader = StateReader(ledger, now=lambda: now + 10 * DAY)
    day, next_day = (iso(now + days * DAY)[:10] for days in (3, 4))
    looked = time_events(reader, "d", now, now + 10 * DAY)
    assert told(looked.transitions) == [
        ("time.order.in_force", "o", f"{day}T00:00:00"),
        ("time.deadline.past_due", "dl", f"{next_day}T00:00:00"),
    ]
    assert [each.data["from"] for each in looked.transitions] == ["scheduled", "pending"]
    passed = looked.transitions[1].data
    assert (passed["due"], passed["days_left"], passed["obligation"]) == (day, -1, "divest")
    assert looked.next_at is None


def test_many_short_looks_find_what_one_long_look_finds(deal: Any) -> None:
    now = clock()
    ledger = deal(now + 3 * DAY)
    reader = StateReader(ledger, now=lambda: now + 10 * DAY)
    whole = time_events(reader, "d", now - DAY, now + 9 * DAY, (2, 1)).transitions
    parts = [
        time_events(reader, "d", now + day * DAY, now + (day + 1) * DAY, (2, 1)).transitions for day in range(-1, 9)
    ]
    assert [each for part in parts for each in part] == list(whole)
    assert len({each.id for each in whole}) == len(whole) == 4


def test_a_notice_comes_so_many_days_ahead_and_moves_with_its_deadline(deal: Any, submission: Make) -> None:
    now = clock()
    ledger = deal(now + 30 * DAY)
    reader = StateReader(ledger, now=lambda: now + 40 * DAY)
    looked = time_events(reader, "d", now, now + 40 * DAY, (7, 1))
    notices = [(each.days_ahead, iso(each.at)[:10]) for each in looked.transitions if each.type == NOTICE]
    assert notices == [(days, iso(now + (30 - days) * DAY)[:10]) for days in (7, 1)]
    moved = submission(
        "d", "moved", "deadline.extended", deadline_id="dl", new_due=iso(now + 35 * DAY)[:10], occurred=iso(now)[:10]
    )
    ledger.append(Request((moved,), by="desk")).result(timeout=30)
    again = time_events(reader, "d", now + 2 * SECOND, now + 40 * DAY, (7, 1))
    later = [(each.days_ahead, iso(each.at)[:10]) for each in again.transitions if each.type == NOTICE]
    assert later == [(days, iso(now + (35 - days) * DAY)[:10]) for days in (7, 1)]
    assert {each.id for each in again.transitions}.isdisjoint(
        {each.id for each in looked.transitions if each.type == NOTICE}
    )


def test_where_nothing_lies_ahead_nothing_is_found(deal: Any) -> None:
    now = clock()
    ledger = deal(now - 30 * DAY)
    assert time_events(StateReader(ledger), "d", now, clock()).transitions == ()
    assert time_events(StateReader(ledger), "d", now, clock()).next_at is None
