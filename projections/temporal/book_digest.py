"""The digest across deals: what changed in each since a moment. Deals that did not change are not read."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from zoneinfo import ZoneInfo

from domain.errors import BadQuestion, BeyondTheEnd, InTheFuture, Problem, UnreadableDeal
from domain.time.edtf import parse_day_or_moment
from domain.time.instants import PAST, Moment, end_of_day, iso, start_of_day
from projections.authentic_rows import read_authentic
from projections.cancellation import check
from projections.projection import Tables
from projections.state.time_query import TimeQuery
from projections.tables.activity import ACTIVITY, Activity, deals_moved
from projections.temporal.answers import BookDigestItem
from projections.temporal.service import TemporalQueries

CACHED_ITEMS = 100_000
"""Items of digests that are held in memory."""

READ_AT_ONCE = 200
"""Deals whose last change is read at once."""

EASTERNMOST = ZoneInfo("Pacific/Kiritimati")
"""Where a day ends first."""


@dataclass(frozen=True, slots=True)
class Since:
    """The moment since which changes are asked for."""

    question: TimeQuery
    """What each deal is compared with."""

    moment: Moment
    """No deal is asked about an earlier one: a day ends at another moment in each zone."""


@dataclass(frozen=True, slots=True)
class BookDigestPage:
    """Changes, the place of the next page (a deal, and how many of its items come before), and the unreadable deals."""

    items: Sequence[BookDigestItem]
    next: tuple[str, int] | None
    position: int
    """The position of the log that the items cover."""
    unreadable: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DealDigests:
    """Digests of one deal since its last change, by what it is compared with. They hold until the next change."""

    version: int
    changed_at: Moment
    by_question: dict[TimeQuery, Sequence[BookDigestItem]]

    @property
    def size(self) -> int:
        """Items held, and one for each digest."""
        return sum(len(items) + 1 for items in self.by_question.values())


class BookDigest:
    """Digests across the deals of one log, each cached until its deal changes. Safe to share between threads."""

    def __init__(self, queries: TemporalQueries) -> None:
        self._queries = queries
        self._reader = queries.reader
        self._cached: OrderedDict[str, DealDigests] = OrderedDict()
        self._items = 0
        self._lock = Lock()
        self.derived = 0
        """Digests of a deal that were derived so far."""

    def since(self, since: str | None, position: int | None) -> Since:
        """The moment that a question means. Raises BadQuestion, InTheFuture, BeyondTheEnd."""
        if (since is None) == (position is None):
            told = "Say since when: give since or since_position, and not both."
            raise BadQuestion(told, problems=(Problem("/since", "bad-parameter", told),))
        if position is not None:
            return self._since_position(position)
        try:
            read = parse_day_or_moment(since or "")
        except ValueError as fault:
            raise BadQuestion(f"since: {fault}", problems=(Problem("/since", "bad-parameter", str(fault)),)) from None
        begins = start_of_day(read, EASTERNMOST) if isinstance(read, date) else read
        head = self._reader.ledger.head()
        if begins > max(self._reader.now(), head.recorded_at):
            raise InTheFuture(f"since {since} lies ahead: nothing has changed since then.")
        return Since(TimeQuery(known_at=since), end_of_day(read, EASTERNMOST) if isinstance(read, date) else read)

    def _since_position(self, position: int) -> Since:
        """The moment of an event of the log; 0: before the first."""
        if position == 0:
            return Since(TimeQuery(known_position=0), PAST)
        rows = self._reader.ledger.read_log(position - 1, 1)
        if not rows:
            end = self._reader.ledger.head().position
            told = f"since_position {position} lies beyond the end: the log has {end} positions."
            raise BeyondTheEnd(told, extra={"position": end})
        at = rows[0].recorded_at
        return Since(TimeQuery(known_position=position, valid_at=iso(at)), at)

    def page(
        self, since: Since, deals: Collection[str] | None, place: tuple[str, int] | None, limit: int
    ) -> BookDigestPage:
        """A page of what changed, by deal, in each the most important first. Raises Busy, TooCostly."""
        position = self._reader.ledger.head().position
        now = self._reader.now()
        items: list[BookDigestItem] = []
        ends: list[tuple[str, int]] = []
        unreadable: list[tuple[str, str]] = []
        first, passed = place or (None, 0)
        for moved in self._moved(since.moment, now, first, deals, min(limit + 1, READ_AT_ONCE)):
            check()
            try:
                found = self._of_deal(since.question, moved, now)
            except UnreadableDeal as fault:
                unreadable.append((moved.deal_id, str(fault.extra["reason"])))
                continue
            skipped = passed if moved.deal_id == first else 0
            items += found[skipped:]
            ends += [(moved.deal_id, number) for number in range(skipped + 1, len(found) + 1)]
            if len(items) > limit:
                break
        more = ends[limit - 1] if len(items) > limit else None
        return BookDigestPage(items[:limit], more, position, unreadable)

    def _moved(
        self, since: Moment, now: Moment, first: str | None, deals: Collection[str] | None, most: int
    ) -> Iterator[Activity]:
        """The deals that changed after a moment, by id, from one on: those of the table, and those of the events that
        it does not cover yet."""
        covered, rows = self._read(since, now, first, deals, most)
        later = self._not_covered(covered, first, deals)
        before = None
        while True:
            last = rows[-1].deal_id if len(rows) == most else None
            found = {row.deal_id: row for row in rows if row.deal_id != before}
            found |= {deal_id: each for deal_id, each in later.items() if last is None or deal_id <= last}
            yield from (found[deal_id] for deal_id in sorted(found))
            if last is None:
                return
            before = last
            later = {deal_id: each for deal_id, each in later.items() if deal_id > last}
            _, rows = self._read(since, now, last, deals, most + 1)
            most += 1

    def _read(
        self, since: Moment, now: Moment, first: str | None, deals: Collection[str] | None, most: int
    ) -> tuple[int, list[Activity]]:
        """The position that the table covers, and rows of it from a deal on."""

        def read(tables: Tables | None) -> tuple[int, list[Activity]]:
            if tables is None:
                return 0, []
            return tables.position, deals_moved(tables, since, now, first, deals, most)

        return read_authentic(self._reader.ledger, ACTIVITY, self._reader, read)

    def _not_covered(self, covered: int, first: str | None, deals: Collection[str] | None) -> dict[str, Activity]:
        ledger = self._reader.ledger
        if covered >= ledger.hub.position:
            return {}
        wanted = [
            deal_id
            for deal_id in ledger.deals_after(covered)
            if (first is None or deal_id >= first) and (deals is None or deal_id in deals)
        ]
        return {
            head.deal_id: Activity(head.deal_id, head.version, head.recorded_at, None)
            for head in ledger.deal_heads(wanted)
        }

    def _of_deal(self, question: TimeQuery, moved: Activity, now: Moment) -> Sequence[BookDigestItem]:
        """What changed in one deal."""
        changed_at = moved.step(now)
        with self._lock:
            held = self._held(moved, changed_at)
            if question in held.by_question:
                return held.by_question[question]
        try:
            title, found = self._queries.changes_since(moved.deal_id, question)
        except InTheFuture:  # a day that is not over in the zone of the deal
            title, found = None, []
        items: list[BookDigestItem] = [{"deal_id": moved.deal_id, "title": title, **item} for item in found]
        with self._lock:
            self.derived += 1
            self._held(moved, changed_at).by_question[question] = items
            self._items += len(items) + 1
            while self._items > CACHED_ITEMS:
                self._items -= self._cached.popitem(last=False)[1].size
        return items

    def _held(self, moved: Activity, changed_at: Moment) -> DealDigests:
        """The digests of a deal since its last change; earlier ones are dropped, with what was erased since."""
        held = self._cached.pop(moved.deal_id, None)
        if held is None or (held.version, held.changed_at) != (moved.version, changed_at):
            self._items -= held.size if held is not None else 0
            held = DealDigests(moved.version, changed_at, {})
        self._cached[moved.deal_id] = held
        return held
