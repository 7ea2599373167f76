"""A deal folded by way of other selections of its events is the deal folded from nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fold import fold
from projections.temporal import incremental_fold
from projections.temporal.incremental_fold import Refolding
from tests.properties.event_strategies import on
from tests.properties.histories import histories


@given(st.data())
@settings(max_examples=60)
def test_a_fold_by_way_of_other_selections_is_that_from_nothing(data: st.DataObject) -> None:
    past = data.draw(histories(least=4, most=12))
    steps = [each.step for each in past.knowledge(on(past, "2020-09-30")).placed]
    selections = st.lists(st.booleans(), min_size=len(steps), max_size=len(steps))
    with pytest.MonkeyPatch.context() as patch:
        # entities have few events here: each of the last three is a place from which they are folded again
        patch.setattr(incremental_fold, "WAYPOINT_EVENTS", 1)
        patch.setattr(incremental_fold, "WAYPOINTS", 3)
        refolding = Refolding()
        for selection in data.draw(st.lists(selections, min_size=3, max_size=6)):
            chosen = [step for step, taken in zip(steps, selection, strict=True) if taken]
            assert refolding.to(chosen).entities == fold(chosen).entities
