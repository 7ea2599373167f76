"""The searches for what was recorded by a moment read a score of events, under row security as well."""

from typing import Any

import pytest

from domain.time.instants import Moment
from ledger import sql as ledger_sql
from ledger.ledger import Ledger
from ledger.postgres.connection import SINCE_2000, transaction
from projections import sql as projections_sql
from tests.projections.test_plans_of_lists import EXPLAIN, nodes
from tests.submissions import make_submission

EVENTS, BATCH = 200, 25
"""All of a batch are recorded at one moment."""

SEARCHES = {
    "position_at": (projections_sql.sql("position_at"), 0),
    "version_at": (ledger_sql.sql("version_at"), SINCE_2000),
}
"""Each with the moment from which it counts microseconds."""


@pytest.mark.parametrize("name", SEARCHES)
def test_halving_reads_few_events_and_finds_the_last_by_a_moment(ledger: Ledger, name: str) -> None:
    # given a log that was recorded in parts
    events = [make_submission("a", "a-1", "deal.opened", title="A", kind="merger", subject="it")]
    events += [make_submission("a", f"a-{n}", "terms.changed", term="price", to=n) for n in range(2, EVENTS + 1)]
    for first in range(0, EVENTS, BATCH):
        ledger.import_batch(events[first : first + BATCH], by="desk")
    lines = ledger.read_deal("a")
    moments = sorted({line.recorded_at for line in lines})
    asked = [0, *(moment + away for moment in moments for away in (-1, 0, 1))]
    text, epoch = SEARCHES[name]
    # when it is searched as a server does, and the whole may not be read
    with transaction(ledger.database.pool, ledger.tenant, pipelined=False) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")

        def search(moment: Moment, before: bytes = b"") -> Any:
            given = {"tenant": ledger.tenant, "deal": "a", "at": moment - epoch}
            [(answer,)] = connection.execute(before + text.encode(), given).fetchall()
            return answer

        found = [search(moment) for moment in asked]
        [plan] = search(moments[5], EXPLAIN)
    # then it finds the last of each moment, and no index gave it an event that it did not want
    assert found == [max((line.version for line in lines if line.recorded_at <= moment), default=0) for moment in asked]
    scans = [each for each in nodes(plan["Plan"]) if each.get("Relation Name") == "events"]
    assert scans
    assert [each for each in scans if each["Actual Rows"] > 1] == []
