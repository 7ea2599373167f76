"""A difference that begins with the stored entities of a long deal says what that of the whole record says."""

from dataclasses import replace
from random import Random

import pytest

from domain.basis import Basis
from domain.folded_deal import FoldedDeal
from domain.time.instants import DAY
from ledger.ledger import Ledger
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal import incremental_fold
from projections.temporal.diff import diff
from projections.temporal.recorded_deal import RecordedDeal
from tests.calls import noted_calls
from tests.entity_versions.drawn_record import Make, a_record, recorded
from tests.entity_versions.test_entity_versions import FIRST
from tests.entity_versions.written_rows import make_tables, process, write

LENGTH = 110


@pytest.fixture
def past(ledger: Ledger, submission: Make) -> RecordedDeal:
    """A drawn record without rows."""
    recorded(ledger, a_record(submission, Random(3), LENGTH))
    reader = StateReader(ledger)
    history = reader.history("deal")
    return RecordedDeal("deal", history.lines, history.zone, calendar, reader.revise)


@pytest.fixture
def from_rows(ledger: Ledger, past: RecordedDeal) -> RecordedDeal:
    """The same with its rows."""
    make_tables(ledger)
    write(ledger, "deal", LENGTH)
    deal = process(ledger)

    def stored(basis: Basis) -> FoldedDeal | None:
        found = deal.answer(basis)
        return found[0] if found is not None else None

    return replace(past, stored=stored)


def on(past: RecordedDeal, day: int, version: int = LENGTH) -> Basis:
    last = past.lines[version - 1]
    return Basis(
        valid_at=FIRST + day * DAY, known_at=last.recorded_at, known_version=version, known_position=last.position
    )


def test_a_difference_is_the_same_from_rows_and_from_the_record(past: RecordedDeal, from_rows: RecordedDeal) -> None:
    random = Random(5)
    for _ in range(6):
        days, versions = (
            [random.randrange(70) for _ in "ab"],
            [random.choice([LENGTH, random.randrange(20, 100)]) for _ in "ab"],
        )
        start, end = (on(past, day, version) for day, version in zip(days, versions, strict=True))
        assert diff(from_rows, start, end) == diff(past, start, end), (days, versions)


def test_a_difference_from_rows_folds_no_event_before_its_beginning(
    past: RecordedDeal, from_rows: RecordedDeal
) -> None:
    start, end = on(past, 40), on(past, 60)
    before = {each.step.id for each in past.knowledge(start).placed if each.step.start <= start.valid_at}
    folded = []
    for each in (past, from_rows):
        with noted_calls(incremental_fold, "touched") as calls:
            assert diff(each, start, end)["happened"]
        folded.append({step.id for _, step in calls})
    assert before.intersection(folded[0])
    assert folded[1]
    assert not before.intersection(folded[1])
