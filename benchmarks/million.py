"""What a state of a deal of 1,000,000 events costs against one of 1,000: fold and derive, no HTTP.

The entity versions from which it is read take some minutes to write, so it runs only when it is named.
"""

import gc
import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.loading import load
from benchmarks.measure import Result, at_most, result
from benchmarks.states import GC_THRESHOLDS, built, median, questions, record
from ledger.ledger import open_ledger
from projections.keyed_digest import load_authenticator
from projections.state.state_reader import StateReader

GOALS = at_most(state_1m_vs_1k=1.3)

SMALL, EVENTS = 1_000, 1_000_000

BUILD_SECONDS = 600
"""Of writing the entity versions of the long deal."""

ROUNDS = 3
QUESTIONS = 10
"""Asked of each deal a round."""


def measure(url: str) -> Iterator[Result]:
    """The ratio, on an empty server."""
    gc.set_threshold(*GC_THRESHOLDS)
    deals = {length: f"deal-{length}" for length in (SMALL, EVENTS)}
    with tempfile.TemporaryDirectory() as folder, open_ledger(url) as ledger:
        load(url, ledger, (part for length, deal_id in deals.items() for part in record(deal_id, length)))
        reader = StateReader(ledger, authenticator=load_authenticator(Path(folder), make=True))
        built(reader, deals[EVENTS], BUILD_SECONDS)
        draw = random.Random(7)
        ratios = []
        for _ in range(ROUNDS):
            small, large = (
                median(partial(reader.state_on_query, deal_id), questions(length, draw)[:QUESTIONS])
                for length, deal_id in deals.items()
            )
            ratios.append(large / small)
        yield result(GOALS["state_1m_vs_1k"], f"a state of {SMALL:,} events", ratios)
