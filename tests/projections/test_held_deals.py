"""A deal that was written last is gone on from: an event costs what it changes, not what its deal holds."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import orjson
import pytest

from ledger.ledger import Ledger
from ledger.models import Recorded
from projections.batch_update import advance
from projections.projection import ProjectionBatch
from projections.rebuild import catch_up, rebuild
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from projections.tables.known_deal import KnownDeal
from tests.calls import noted_calls
from tests.submissions import as_sent, make_submission

FIRST, LAST = 30, 45
"""The lines of the timeline that are recorded one by one."""

STORED = ("deals", "deadlines", "conditions", "event_summaries", "deal_words")


def timeline() -> list[Any]:
    return [orjson.loads(line) for line in files("api.demo").joinpath("tiktok.ndjson").read_bytes().splitlines()]


def rows(ledger: Ledger) -> dict[str, list[str]]:
    with DEALS.read_transaction(ledger) as connection:
        return {name: sorted(map(str, connection.execute(f'SELECT * FROM "{name}"').fetchall())) for name in STORED}


def test_rows_that_followed_each_event_are_those_of_a_rebuild(ledger: Ledger) -> None:
    # given a deal whose rows follow its events one by one
    lines, reader = timeline(), StateReader(ledger)
    ledger.import_batch([as_sent(line) for line in lines[:FIRST]], by="desk")
    catch_up(ledger, DEALS, reader)
    for line in lines[FIRST:LAST]:
        ledger.import_batch([as_sent(line)], by="desk")
        advance(ledger, DEALS, reader)
    followed = rows(ledger)
    assert all(followed.values())
    # when they are rebuilt, then they are the same
    rebuild(ledger, DEALS, StateReader(ledger))
    assert rows(ledger) == followed


def test_an_event_of_a_deal_that_is_held_places_no_other_event_again(ledger: Ledger) -> None:
    reader = StateReader(ledger)
    ledger.import_batch([as_sent(line) for line in timeline()[:FIRST]], by="desk")
    catch_up(ledger, DEALS, reader)
    [deal_id] = {line["deal_id"] for line in timeline()[:FIRST]}
    moved = make_submission(deal_id, "n", "context.noted", occurred="2020-09-20", topic="market", text="Shares fell.")
    ledger.import_batch([moved], by="desk")
    with noted_calls(KnownDeal, "_all") as placed:
        _, count = advance(ledger, DEALS, reader)
    assert (count, placed) == (1, [])


def test_a_batch_that_is_rolled_back_leaves_nothing_to_go_on_from(ledger: Ledger) -> None:
    # given a deal whose last batch was derived and rolled back
    lines, reader = timeline(), StateReader(ledger)
    ledger.import_batch([as_sent(line) for line in lines[:FIRST]], by="desk")
    catch_up(ledger, DEALS, reader)
    ledger.import_batch([as_sent(line) for line in lines[FIRST : FIRST + 2]], by="desk")
    before = rows(ledger)
    with pytest.raises(RuntimeError, match="the disk is full"):
        advance(ledger, replace(DEALS, handle=_failing), reader)
    assert rows(ledger) == before
    # when it is tried again, then the rows are those of a rebuild
    advance(ledger, DEALS, reader)
    followed = rows(ledger)
    assert followed != before
    rebuild(ledger, DEALS, StateReader(ledger))
    assert rows(ledger) == followed


def _failing(events: Sequence[Recorded], batch: ProjectionBatch) -> None:
    """Write the rows, then fail."""
    DEALS.handle(events, batch)
    raise RuntimeError("the disk is full")
