"""A fold with merged ids that is followed step by step is the fold of all steps under the ids that stay."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.entity_merge import MergedFold, ids_merged_by, merged
from domain.event import FoldStep
from domain.fold import fold
from domain.folded_deal import EntityKey, FoldedDeal
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on
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
