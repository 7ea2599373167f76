"""What the full reading of a deal costs beside its fold: 200 events, of both real timelines and of every type.

The deal stays open: of one that has ended less is read.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from importlib.resources import files
from typing import Any

import orjson

import domain.events  # noqa: F401 - registers the vocabulary
from benchmarks.measure import ROUNDS, Result, at_most, result
from domain.basis import Basis
from domain.bitemporal import choose
from domain.envelope import RecordedEvent
from domain.event import REGISTRY
from domain.fold import fold
from domain.state import derive
from domain.time.edtf import When, parse_moment
from ledger.encoding.event_codec import payload
from projections.state.holiday_calendars import calendar

GOALS = at_most(derive_vs_fold=3)

TIMES = 30
"""Each is done so often a round."""

BASIS = Basis(valid_at=parse_moment("2025-10-01T00:00:00Z"), known_at=2**61, known_version=2**31, known_position=2**31)


def rows() -> list[dict[str, Any]]:
    """Both real timelines and the example of every type but the two that end a deal: 200 developments."""
    told = [
        json.loads(row)
        for name in ("tiktok", "seeds")
        for row in (files("api") / "demo" / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    ]
    kinds = [kind for kind in REGISTRY if kind not in ("deal.closed", "deal.terminated")]
    examples = [
        {"id": f"example-{number}", "type": kind, "occurred": "2025-09-01", "data": dict(REGISTRY[kind].EXAMPLE)}
        for number, kind in enumerate((*kinds, "bid.revised", "deadline.reaffirmed"))
    ]
    return told + examples


def line(row: dict[str, Any], version: int) -> RecordedEvent:
    members = {
        name: row[name] for name in ("data", "actor", "summary", "sources", "attribution", "grade") if name in row
    }
    return RecordedEvent(
        deal_id="deal",
        id=row["id"],
        type=row["type"],
        schema_version=1,
        occurred=When.parse(row["occurred"]),
        published=None,
        payload=payload(row["type"], orjson.dumps(members)),
        version=version,
        position=version,
        recorded_at=version,
        recorded_by="bench",
    )


def spent(work: Callable[[], object]) -> float:
    """Seconds for doing it TIMES times."""
    started = time.perf_counter()
    for _ in range(TIMES):
        work()
    return time.perf_counter() - started


def measure(_url: str) -> Iterator[Result]:
    lines = [line(row, version) for version, row in enumerate(rows(), 1)]
    chosen = choose(lines, BASIS, UTC, lambda one, _changes: one)
    deal = fold(chosen.steps)
    values = []
    for _ in range(ROUNDS):
        folding = spent(lambda: fold(chosen.steps))
        deriving = spent(lambda: derive(deal, chosen, BASIS, deal_id="deal", zone=UTC, calendars=calendar))
        values.append(deriving / folding)
    yield result(GOALS["derive_vs_fold"], f"folding the same {len(lines)} events", values)
