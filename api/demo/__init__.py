"""The two timelines of the demo, and the dates at which it shows them."""

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from api.events import imports
from api.http.authentication import Caller
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery


@dataclass(frozen=True, slots=True)
class Timeline:
    """A file of events in `api/demo`."""

    file: str
    deal_id: str
    told_by: str

    def read(self) -> bytes:
        """Its JSON Lines."""
        return files("api.demo").joinpath(self.file).read_bytes()


SEEDS = Timeline("seeds.ndjson", "tiktok-2020", "what two articles of September 2020 tell")
SAGA = Timeline("tiktok.ndjson", "tiktok", "the saga from 2019 to 2026")
TIMELINES = (SEEDS, SAGA)

DATES = (("2020-08-20", SEEDS), ("2020-09-12", SEEDS), ("2026-01-23", SAGA))
"""The dates shown, and the deal of each."""


def load(ledger: Ledger) -> Iterator[tuple[Timeline, dict[str, Any]]]:
    """Import both timelines, each with its report; events that are recorded already are skipped."""
    who = Caller.local(ledger)
    for timeline in TIMELINES:
        with closing(imports.run(io.BytesIO(timeline.read()), who, None, imports.ImportOptions())) as report:
            yield timeline, report.as_dict()


def states(ledger: Ledger) -> Iterator[tuple[str, Timeline, dict[str, Any]]]:
    """The deal on each of the dates."""
    reader = StateReader(ledger)
    for day, timeline in DATES:
        yield day, timeline, reader.state(timeline.deal_id, TimeQuery(valid_at=day))
