"""What an event costs in the tables of deals: rows on which it may bear are derived again, and no others."""

from typing import Any

import pytest

from domain.event import REGISTRY
from projections.tables.derived_tables import DEADLINE_TABLE, PARTS
from projections.tables.known_deal import KnownDeal
from projections.tables.timelines import Timelines
from projections.tables.writer import PartRows
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import past_of


def derivations_of_the_last(rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many states the last event derives for the rows of deadlines."""
    past = past_of(rows)
    known = KnownDeal(past)
    part = next(each for each in PARTS if each.table is DEADLINE_TABLE)
    writer = PartRows(past.deal_id, part, known, Timelines())
    for line in past.lines[:-1]:
        writer.take(known.advance(line.version), line.position)
    count = 0
    derive = RecordedDeal.derive_sections

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return derive(*given)

    with monkeypatch.context() as patch:
        patch.setattr(RecordedDeal, "derive_sections", counted)
        writer.take(known.advance(past.lines[-1].version), past.lines[-1].position)
    return count


def event(event_id: str, type_name: str, day: str, **data: Any) -> dict[str, Any]:
    return {"id": event_id, "type": type_name, "occurred": day, "data": data}


def deadline(number: int, **more: Any) -> dict[str, Any]:
    given = {"obligation": f"duty {number}", "force": "agreed", "due": "2021-01-01", **more}
    return event(f"d{number}", "deadline.set", "2020-02-01", deadline_id=f"dl-{number}", **given)


OPENED = event("o", "deal.opened", "2020-01-01", title="T", kind="merger", subject="s")
ORDER = {**REGISTRY["order.signed"].EXAMPLE, "order_id": "order-1"}
RELIEF = {"case_id": "case-1", "relief": "stay", "targets": ["order-1"]}


def test_an_order_that_no_deadline_mentions_derives_none_of_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [OPENED, *map(deadline, range(20)), event("s", "order.signed", "2020-02-02", **ORDER)]
    assert derivations_of_the_last(rows, monkeypatch) == 0


def test_relief_from_an_order_derives_the_deadline_that_the_order_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = deadline(20, order_id="order-1")
    rows = [OPENED, event("s", "order.signed", "2020-02-01", **ORDER), *map(deadline, range(20)), bound]
    rows.append(event("r", "litigation.relief_granted", "2020-02-03", **RELIEF))
    assert 1 <= derivations_of_the_last(rows, monkeypatch) <= 6
