"""What an event costs in the tables of deals: rows on which it may bear are derived again, and no others."""

from datetime import date, timedelta
from typing import Any

from domain import entity_merge
from domain.event import REGISTRY
from domain.sections import parties as party_section
from projections.tables.derived_tables import DEADLINE_TABLE, PARTS, Part
from projections.tables.known_deal import CHECKPOINT_STEPS, KnownDeal
from projections.tables.timelines import Timelines
from projections.tables.writer import PartRows
from projections.temporal.recorded_deal import RecordedDeal
from tests.calls import noted_calls
from tests.properties.event_strategies import Row, past_of


def event(event_id: str, type_name: str, day: str, **data: Any) -> Row:
    return {"id": event_id, "type": type_name, "occurred": day, "data": data}


def deadline(number: int, **more: Any) -> Row:
    given = {"obligation": f"duty {number}", "force": "agreed", "due": "2021-01-01", **more}
    return event(f"d{number}", "deadline.set", "2020-02-01", deadline_id=f"dl-{number}", **given)


OPENED = event("o", "deal.opened", "2020-01-01", title="T", kind="merger", subject="s")
ORDER = {**REGISTRY["order.signed"].EXAMPLE, "order_id": "order-1"}
RELIEF = {"case_id": "case-1", "relief": "stay", "targets": ["order-1"]}
MERGED = event("m", "entity.merged", "2020-01-01", merged="newco", into="acme")
MOVES = [
    event(f"x{day}", "deadline.extended", f"2020-03-{day:02d}", deadline_id="dl-0", new_due=f"2021-07-{day:02d}")
    for day in range(1, 26)
]

OF_DEADLINES = next(each for each in PARTS if each.table is DEADLINE_TABLE)


class Writing:
    """The rows of a deal, written version by version."""

    def __init__(self, rows: list[Row], *parts: Part) -> None:
        self.past = past_of(rows)
        self._known = KnownDeal(self.past)
        self._writers = [PartRows(self.past.deal_id, part, self._known, Timelines()) for part in parts]

    def to(self, version: int) -> None:
        """Write what the versions up to one change."""
        for line in self.past.lines[self._known.version : version]:
            changes = self._known.advance(line.version)
            for writer in self._writers:
                writer.take(changes, line.position)


def derivations_of_the_last(rows: list[Row], *parts: Part) -> int:
    """How many states the last event derives for the rows of deadlines, or of these tables."""
    writing = Writing(rows, *(parts or (OF_DEADLINES,)))
    writing.to(len(rows) - 1)
    with noted_calls(RecordedDeal, "derive_sections") as calls:
        writing.to(len(rows))
    return len(calls)


def folded_events(rows: list[Row]) -> int:
    """How often an event is folded to write all rows of a deal."""
    with noted_calls(entity_merge, "touched") as calls:
        Writing(rows, *PARTS).to(len(rows))
    return len(calls)


def test_an_order_that_no_deadline_mentions_derives_none_of_them_again() -> None:
    rows = [OPENED, *map(deadline, range(20)), event("s", "order.signed", "2020-02-02", **ORDER)]
    assert derivations_of_the_last(rows) == 0


def test_relief_from_an_order_derives_the_deadline_that_the_order_sets() -> None:
    bound = deadline(20, order_id="order-1")
    rows = [OPENED, event("s", "order.signed", "2020-02-01", **ORDER), *map(deadline, range(20)), bound]
    rows.append(event("r", "litigation.relief_granted", "2020-02-03", **RELIEF))
    assert 1 <= derivations_of_the_last(rows) <= 6


def report(event_id: str, type_name: str, day: str, **data: Any) -> Row:
    return {**event(event_id, type_name, day, **data), "attribution": "anonymous_single"}


def test_a_report_of_a_claim_derives_no_row_again() -> None:
    claim = report("r", "report.published", "2020-02-03", claim_id="c", statement="the talks are close to an end")
    assert derivations_of_the_last([OPENED, *map(deadline, range(20)), claim], *PARTS) == 0


def test_a_bid_that_will_fall_silent_derives_the_row_of_its_deal_once() -> None:
    bid = event("b", "bid.submitted", "2020-02-01", **REGISTRY["bid.submitted"].EXAMPLE)
    assert derivations_of_the_last([OPENED, bid], PARTS[0]) == 1


def test_conditions_name_none_but_the_parties_that_what_is_outstanding_names() -> None:
    # given a deal with an approval that is outstanding, and twenty parties
    parties = [
        event(f"p{each}", "party.added", "2020-02-01", party_id=f"party-{each}", name=f"P {each}", role="buyer")
        for each in range(20)
    ]
    given = {"approval_id": "a", "authority": "party-3", "jurisdiction": "US", "subject": "merger control"}
    rows = [OPENED, *parties, event("a", "approval.required", "2020-02-02", **given)]
    # when their rows are written, then one party is derived
    with noted_calls(party_section, "_party") as calls:
        assert derivations_of_the_last(rows, PARTS[2]) == 2
    assert [party.id for party, *_ in calls] == ["party-3"]


def test_a_report_on_another_deadline_does_not_make_a_deadline_differ_by_facts() -> None:
    # given a deadline that is moved where no report is known, and one that is moved beside a report on another
    moved = report("r", "deadline.extended", "2020-02-02", deadline_id="dl-1", new_due="2021-05-01")
    without, beside = ([OPENED, deadline(0), deadline(1), *reports, MOVES[0]] for reports in ([], [moved]))
    # then as many states are derived; beside a report on the same one the facts are derived too
    assert derivations_of_the_last(beside) == derivations_of_the_last(without)
    same = {**moved, "data": {**moved["data"], "deadline_id": "dl-0"}}
    assert derivations_of_the_last([OPENED, deadline(0), deadline(1), same, MOVES[0]]) > derivations_of_the_last(beside)


def test_merged_ids_do_not_fold_a_deal_again_at_each_moment() -> None:
    # given two records that differ in a merge of parties
    plain, with_merge = [OPENED, deadline(0), *MOVES], [OPENED, MERGED, deadline(0), *MOVES]
    # when the rows of each are written, then the merge costs a constant factor: each event is folded under both ids
    assert 0 < folded_events(with_merge) <= 2 * folded_events(plain) + 20


def test_an_event_of_a_day_with_many_others_does_not_fold_that_day_again() -> None:
    # given forty bids of one day
    given = REGISTRY["bid.submitted"].EXAMPLE
    bids = (
        event(f"b{number}", "bid.submitted", "2020-02-01", **{**given, "bid_id": f"bid-{number}"})
        for number in range(40)
    )
    rows = [OPENED, *bids]
    # when the rows are written, then the events folded grow with their number, not with its square
    assert 0 < folded_events(rows) <= 2.2 * folded_events(rows[:21])


def party(name: str, **more: Any) -> Row:
    return event(f"p-{name}", "party.added", "2020-01-02", party_id=name, name=name.title(), role="buyer", **more)


def test_a_party_after_which_no_deadline_is_called_derives_none_of_them_again() -> None:
    # given twenty deadlines that one party set, and one that is set in an order of another
    set_by = [deadline(number, set_by="acme") for number in range(20)]
    signed = event("s", "order.signed", "2020-02-01", **{**ORDER, "issuer": "ministry"})
    rows = [OPENED, *map(party, ("acme", "ministry", "other")), signed, *set_by, deadline(20, order_id="order-1")]

    def derived_by(name: str) -> int:
        changed = event("c", "party.role_changed", "2020-03-01", party_id=name, role="adviser")
        return derivations_of_the_last([*rows, changed])

    # when a party changes, then the deadlines are derived again that are called after it, and no others
    assert derived_by("other") == 0
    assert 1 <= derived_by("ministry") <= 6
    assert derived_by("acme") >= 20


def test_a_late_event_folds_few_of_the_events_before_it() -> None:
    # given a deadline that is moved each day, and events that come ten days late
    def moved(number: int, day: date) -> Row:
        to = (date(2022, 1, 1) + timedelta(days=number)).isoformat()
        return event(f"m{number}", "deadline.extended", day.isoformat(), deadline_id="dl-0", new_due=to)

    days = [date(2020, 3, 1) + timedelta(days=number) for number in range(400)]
    rows = [OPENED, deadline(0), *(moved(number, day) for number, day in enumerate(days))]
    late = [moved(400 + number, days[-10 - number]) for number in range(10)]
    writing = Writing([*rows, *late], OF_DEADLINES)
    writing.to(len(rows))
    # when they are written, then each folds what came after the last fold that is held
    with noted_calls(entity_merge, "touched") as calls:
        writing.to(len(rows) + len(late))
    assert 0 < len(calls) <= 4 * 10 * (CHECKPOINT_STEPS + 20)
