"""A fold with merged ids that is followed step by step is the fold of all steps under the ids that stay."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import entity_merge
from domain.entity_merge import MergedFold, ids_merged_by, merged
from domain.event import FoldStep
from domain.fold import fold
from domain.folded_deal import EntityKey, FoldedDeal
from projections.tables.known_deal import KnownDeal
from projections.tables.timelines import Timelines
from projections.tables.writer import PARTS, PartRows
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import Row, on, past_of
from tests.properties.histories import histories


def steps_of(past: RecordedDeal) -> list[FoldStep]:
    """All steps of a deal, in fold order."""
    return list(past.knowledge(on(past, "9999-12-31")).at(on(past, "9999-12-31").valid_at).steps)


def entities(deal: FoldedDeal, keys: set[EntityKey] | None = None) -> dict[EntityKey, object]:
    return {key: entity for key, entity in deal.entities.items() if keys is None or key in keys}


@given(st.data())
@settings(max_examples=60)
def test_a_fold_followed_step_by_step_is_the_merged_fold_of_the_steps_so_far(data: st.DataObject) -> None:
    steps = steps_of(data.draw(histories(most=12)))
    folding = MergedFold()
    for count, step in enumerate(steps, 1):
        folding.take(step)
        expected = merged(fold(steps[:count]))
        assert entities(folding.deal) == entities(expected)
        assert {**folding.deal.merged_by} == {**expected.merged_by}


@given(st.data())
@settings(max_examples=60)
def test_a_limited_fold_has_the_entities_of_the_whole(data: st.DataObject) -> None:
    past = data.draw(histories(most=12))
    steps, groups = steps_of(past), ids_merged_by(past.lines)
    cut = data.draw(st.integers(0, len(steps)))
    folding = MergedFold()
    for step in steps[:cut]:
        folding.take(step)
    whole = merged(fold(steps))
    key = data.draw(st.sampled_from(sorted(whole.entities) or [("deadline", "d1")]))
    names = groups.get(key[1], frozenset((key[1],)))

    def takes(slot: EntityKey) -> bool:
        return slot[0] == "identity" or (slot[0] == key[0] and slot[1] in names)

    limited = folding.limited(takes)
    for step in steps[cut:]:
        limited.take(step)
    wanted = {slot for slot in whole.entities if takes(slot)}
    assert entities(limited.deal) == entities(whole, wanted)


def extended(count: int, *others: Row) -> list[Row]:
    """A deal with a deadline that is extended again and again, and other events at the end of its first day."""
    opening = {"title": "T", "kind": "merger", "subject": "s"}
    rows: list[Row] = [
        {"id": "e0", "type": "deal.opened", "occurred": "2020-01-01", "data": opening},
        *others,
        {
            "id": "e1",
            "type": "deadline.set",
            "occurred": "2020-01-02",
            "data": {"deadline_id": "d1", "obligation": "close", "due": "2020-06-01", "force": "agreed"},
        },
    ]
    moves = (
        {
            "id": f"x{day}",
            "type": "deadline.extended",
            "occurred": f"2020-03-{day:02d}",
            "data": {"deadline_id": "d1", "new_due": f"2020-07-{day:02d}"},
        }
        for day in range(1, count + 1)
    )
    return [*rows, *moves]


def folded_steps(rows: Sequence[Row], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often an event was folded to write the rows of a deal, version by version."""
    count = 0
    touched = entity_merge.touched

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return touched(*arguments)

    past = past_of(rows)
    with monkeypatch.context() as patch:
        patch.setattr(entity_merge, "touched", counted)
        known = KnownDeal(past)
        writers = [PartRows(past.deal_id, part, known, Timelines()) for part in PARTS]
        for line in past.lines:
            changes = known.advance(line.version)
            for writer in writers:
                writer.take(changes, line.position)
    return count


def test_merged_ids_do_not_fold_a_deal_again_at_each_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    # given two records that differ in a merge of parties
    merge: Row = {
        "id": "m1",
        "type": "entity.merged",
        "occurred": "2020-01-01",
        "data": {"merged": "newco", "into": "acme"},
    }
    # when the rows of each are written version by version
    plain, with_merge = (folded_steps(rows, monkeypatch) for rows in (extended(25), extended(25, merge)))
    # then the merge costs a constant factor: each event is folded under both ids
    assert 0 < with_merge <= 2 * plain + 20
