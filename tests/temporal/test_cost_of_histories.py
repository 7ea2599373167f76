"""What a history costs: what bears on the place is folded and derived, and a misspelt place is found out early."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.basis import Basis
from domain.errors import UnknownPath
from domain.state import derive
from projections.temporal import recorded_deal as pasts
from projections.temporal.first import first
from projections.temporal.history import history, revisions
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of
from tests.temporal.test_cost_of_differences import ENTITIES, made, rows

Sections = list[str | None]


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> Sections:
    """The section of every state that is derived; None: all of them."""
    sections: Sections = []

    def noting(*given: Any, only: tuple[str, ...] = (), **named: Any) -> Any:
        sections.append(only[0] if only else None)
        return derive(*given, only=only, **named)

    monkeypatch.setattr(pasts, "derive", noting)
    return sections


def first_existing(past: RecordedDeal, path: str, basis: Basis) -> Any:
    return first(past, path, "exists", None, basis)


EVENTS = 200
PER_THING = EVENTS // ENTITIES


def test_a_history_derives_its_section_alone_and_where_something_bears_on_it(derived: Sections) -> None:
    past = made(EVENTS)
    found = history(past, "/deadlines/d1/due", on(past, "2022-12-31"))
    assert len(found) > 5
    assert set(derived) <= {"deadlines", None}
    assert derived.count(None) == 1
    assert len(derived) < 4 * PER_THING + 20


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/deadlinez/d1/due", "/deadlines/d1/due"),
        ("/deadlines/e1/due", "/deadlines/d1/due"),
        ("/deadlines/d1/duue", "/deadlines/d1/due"),
    ],
)
@pytest.mark.parametrize(
    "ask", [history, revisions, lambda past, path, basis: first(past, path, "exists", None, basis)]
)
def test_a_misspelt_place_is_found_out_without_a_walk_over_everything(
    derived: Sections, ask: Callable[..., Any], path: str, nearest: str
) -> None:
    past = made(EVENTS)
    with pytest.raises(UnknownPath) as caught:
        ask(past, path, on(past, "2022-12-31"))
    assert nearest in caught.value.extra["nearest"]
    assert len(derived) < 8 * PER_THING + 20
    assert derived.count(None) <= 2


def test_a_place_that_stood_only_until_it_was_voided_is_known() -> None:
    data = {"deadline_id": "odd", "obligation": "x", "set_by": "x", "force": "contractual", "due": "2021-01-01"}
    gone = {"id": "gone", "type": "deadline.set", "occurred": "2020-03-01", "data": data}
    word = {"id": "word", "type": "record.voided", "occurred": "2020-03-02",
            "data": {"event_id": "gone", "cause": "recording_error", "reason": "wrong deal"}}  # fmt: skip
    past = past_of([*rows(20), gone, word])
    assert history(past, "/deadlines/odd/due", on(past, "2022-12-31")) == []
    with pytest.raises(UnknownPath):
        history(past, "/deadlines/odd/duue", on(past, "2022-12-31"))
