"""The questions that people of a desk ask: across deals, about one deal, and heavy ones about the longest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import orjson

from benchmarks import book, long_deal

LONG = f"/v1/deals/{long_deal.DEAL}"


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and what it is called."""

    what: str
    path: str
    body: bytes | None = None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


def across_deals(now: datetime, deals: int) -> Iterator[Question]:
    """Lists, the calendar and the front page; now, and at a moment of the past."""
    past = f"valid_at={now - timedelta(days=200):%Y-%m-%d}"
    known = f"{past}&known_at={now - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    soon = f"{now + timedelta(days=30):%Y-%m-%d}"
    yield Question("deals, a page of 100", "/v1/deals?limit=100")
    yield Question("deals, open", "/v1/deals?status=open")
    yield Question("deals, by words", f"/v1/deals?q=Target%20{deals // 2}")
    yield Question("deals, by party", "/v1/deals?party=party-1")
    yield Question("deals, due within 30 days", f"/v1/deals?due_before={soon}")
    yield Question("deals, in the past", f"/v1/deals?{known}")
    yield Question("deadlines within 30 days", "/v1/deadlines?within=30d")
    yield Question("deadlines, in the past", f"/v1/deadlines?within=30d&{past}")
    yield Question("deadlines, in the past as known", f"/v1/deadlines?within=30d&{known}")
    yield Question("front page", "/")
    yield Question("calendar of all deals", "/v1/calendar.ics")
    yield Question("digest of a day, all deals", f"/v1/digest?since={now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")


def states(deals: int, count: int, draw: Random) -> list[str]:
    """Paths of states of drawn deals."""
    return [f"/v1/deals/{book.deal_id(draw.randrange(deals))}/state" for _ in range(count)]


def past_states(paths: list[str], now: datetime, draw: Random) -> list[str]:
    """The same at drawn days of the past."""
    return [f"{path}?valid_at={now - timedelta(days=draw.randrange(1, 900)):%Y-%m-%d}" for path in paths]


def heavy(events: int) -> Iterator[Question]:
    """Heavy questions about the long deal of so many events."""
    path = "/deadlines/deadline-1/due"
    yield Question("diff of a year", f"{LONG}/diff?from_valid=2023-01-01&to_valid=2024-01-01")
    yield Question("history of a due date", f"{LONG}/history?path={path}")
    yield Question("revisions of a due date", f"{LONG}/revisions?path={path}&valid_at=2024-01-01")
    yield Question("first day of a status", f"{LONG}/first?path=/deadlines/deadline-1/status&op=eq&value=extended")
    yield Question("digest of the last 5 %", f"{LONG}/digest?since_version={events * 19 // 20}")
    extended = {
        "type": "deadline.extended",
        "occurred": "2025-01-01",
        "data": {"deadline_id": "deadline-1", "by": "party-1", "new_due": "2027-01-01"},
    }
    yield Question("what-if of one event", f"{LONG}/what-if", orjson.dumps({"events": [extended]}))
    yield Question("replay", f"{LONG}/replay")
    yield Question("bundle", f"{LONG}/bundle")
