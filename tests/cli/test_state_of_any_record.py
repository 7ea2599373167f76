"""The state of any record on the command line: whatever has happened, and whatever of it is not known."""

import json
from io import StringIO
from typing import Any

import pytest
from given_when_then import event, opened
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from api.cli.state_view import show_state, with_ids
from domain.basis import Basis
from domain.event import REGISTRY
from domain.state_paths import ERASED
from projections.state.state_json import state_to_json
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of
from tests.properties.histories import after_erasure, bases, erased, histories

DAY = "2020-09-15"
ENDS = ("deal.closed", "deal.terminated", "deal.unwound")


def printed(past: RecordedDeal, basis: Basis, *, ids: bool = False) -> str:
    """The state as a terminal of 80 columns has it, on one line."""
    state: dict[str, Any] = json.loads(json.dumps(state_to_json("deal", past.state(basis), basis)))
    out = StringIO()
    show_state(Console(file=out, width=80), with_ids(state) if ids else state)
    return " ".join(out.getvalue().split())


def happened(*kinds: str) -> RecordedDeal:
    """A deal to which the example of each of these types has happened."""
    rows = [{**event(kind, DAY, **REGISTRY[kind].EXAMPLE), "id": kind} for kind in kinds]
    return past_of([{**opened("2020-01-01", parties=["bytedance"]), "id": "opening"}, *rows])


@pytest.mark.parametrize("end", [(), *((kind,) for kind in ENDS)])
def test_a_deal_with_every_type_of_development_is_printed(end: tuple[str, ...]) -> None:
    others = [kind for kind in REGISTRY if not kind.startswith("record.") and kind not in ("deal.opened", *ENDS)]
    past = happened(*others, *end)
    out = printed(past, on(past, "2020-12-31"))
    assert "ended strike by uaw against gm, ford and stellantis" in out
    assert ": ," not in out


@given(st.data())
@settings(max_examples=60)
def test_any_record_is_printed_on_any_basis_and_after_an_erasure(data: st.DataObject) -> None:
    past = data.draw(histories())
    if data.draw(st.booleans()):
        past = data.draw(erased(past))
    printed(past, data.draw(bases(past)), ids=data.draw(st.booleans()))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("approval.applied", "pending approval cfius-2020; outstanding condition"),
        ("bid.withdrawn", "the bid bid-amazon: withdrawn"),
        ("bid.revised", "the bid bid-liberty: status unknown, USD 20 billion"),
    ],
)
def test_what_is_first_heard_of_by_a_later_development_is_called_by_its_id(kind: str, shown: str) -> None:
    past = happened(kind)
    assert shown in printed(past, on(past, DAY))


@pytest.mark.parametrize("kind", ["position.stated", "deal.terminated", "pressure.started"])
def test_what_an_erased_event_had_set_is_printed_as_erased(kind: str) -> None:
    past = happened(kind)
    past = after_erasure(past, past.lines[1])
    assert ERASED in printed(past, on(past, "2020-12-31"))
