"""The writing of the rows of deals: each version replaces, from where it acts, what was held to be so before it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from psycopg.sql import SQL

from domain.basis import Layer
from domain.bitemporal import zone_of
from domain.errors import UnreadableDeal
from domain.events.record import RecordErased
from domain.state import State
from domain.time.instants import FUTURE, PAST, SECOND, Moment
from ledger.ledger import Ledger
from ledger.models import DealHead, Recorded
from projections.isolation import isolated
from projections.projection import ProjectionBatch
from projections.row_authentication import NotAuthentic, RowAuthenticator, SignedTable
from projections.sql import sql
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import clock
from projections.tables.derived_tables import COVERAGE, DEAL_TABLE, PARTS, Part, Values, values_of
from projections.tables.event_summaries import SUMMARY_TABLE, SummaryRows
from projections.tables.known_deal import Change, KnownDeal
from projections.tables.known_deals import known_deals
from projections.tables.last_changes import last_change
from projections.tables.search import storable_text
from projections.tables.stored_rows import RowChanges
from projections.tables.subjects import ONE
from projections.tables.summaries import deal_columns
from projections.tables.timelines import ALL, FACTS, LAYERS, Key, Span, Tail, Timelines, spans
from projections.temporal.recorded_deal import RecordedDeal

PROJECTION = "deals"

DEALS_RETRIED = 100
"""Unreadable deals that are tried again in one transaction."""

RETRY_INTERVAL: Moment = 600 * SECOND
"""A deal that cannot be read is tried again after so long, and whenever it moves or the rules change."""


TABLES = (*(part.table for part in PARTS), SUMMARY_TABLE)

SIGNED = (*(table.signed for table in TABLES), COVERAGE, SignedTable("deal_words", ("deal_id", "word")))
"""The tables as they are read."""


def handle_events(rows: Sequence[Recorded], batch: ProjectionBatch) -> None:
    """Write the rows of every deal of these events that no later batch will write again."""
    deal_ids = list(dict.fromkeys(row.deal_id for row in rows))
    heads = batch.reader.ledger.deal_heads(deal_ids)
    _write([head for head in heads if not batch.position < head.position <= batch.head], batch, clock())


def refresh(batch: ProjectionBatch, now: Moment) -> int:
    """Try unreadable deals again whose time has come; returns their number. Time alone changes no row."""
    due = batch.connection.execute(sql("deals_to_retry").encode(), {"now": now, "limit": DEALS_RETRIED})
    deal_ids = [deal_id for (deal_id,) in due.fetchall()]
    if deal_ids:
        _write(batch.reader.ledger.deal_heads(deal_ids), batch, now)
    return len(deal_ids)


def _write(heads: Iterable[DealHead], batch: ProjectionBatch, now: Moment) -> None:
    changes = {table.name: RowChanges(table) for table in TABLES}
    for head in heads:
        writer = DealWriter(head, batch, changes)
        try:
            writer.write()
        except UnreadableDeal as fault:
            writer.mark_unreadable(str(fault.extra["reason"]), now)
    for each in changes.values():
        each.write(batch.connection)
    said = dict.fromkeys(text for each in changes.values() for text in each.texts())
    given = {"deals": [deal_id for deal_id, _ in said], "texts": [text for _, text in said]}
    batch.connection.execute(sql("insert_words").encode(), given)


class DealWriter:
    """Writes the rows of one deal, up to the version of its head."""

    def __init__(self, head: DealHead, batch: ProjectionBatch, changes: Mapping[str, RowChanges]) -> None:
        """`changes` collects the rows."""
        self.head, self.batch, self.deal_id, self.changes = head, batch, head.deal_id, changes
        ledger = batch.reader.ledger
        self._authenticator = RowAuthenticator(batch.reader.authenticator, ledger.tenant, ledger.origin, PROJECTION)

    def write(self) -> None:
        """Write what the versions change that the rows do not cover. Raises UnreadableDeal."""
        history = self.batch.reader.history_to(self.deal_id, self.head.version)
        lines = history.lines[: self.head.version]
        past = RecordedDeal(self.deal_id, lines, zone_of(lines), calendar, self.batch.reader.revise)
        with isolated(self.batch.reader.ledger, self.deal_id, self.head.version):
            covered = self._covered(past)
            if covered == self.head.version:
                return
            try:
                self._write_versions(past, covered)
            except NotAuthentic:
                self._write_versions(past, 0)
        change = last_change(self.batch.reader, history, lines[-1]) if lines else None
        self._cover(str(past.zone), None, None, orjson.dumps(change))

    def _covered(self, past: RecordedDeal) -> int:
        """Up to which version the rows hold; 0 where they must be written from the first on: an erasure and another
        zone change what was known before them."""
        row = self._stored_coverage()
        if row is None:
            return 0
        try:
            self._authenticator.check_columns(COVERAGE, [row])
        except NotAuthentic:
            return 0
        covered = dict(zip(COVERAGE.columns, row, strict=False))
        version = int(covered["version"])
        if covered["unreadable"] is not None or covered["tz"] != str(past.zone) or version > self.head.version:
            return 0
        return 0 if any(line.type == RecordErased.NAME for line in past.lines[version:]) else version

    def _stored_coverage(self) -> tuple[Any, ...] | None:
        statement = SQL(sql("deal_coverage")).format(coverage=COVERAGE.read("c"))
        return self.batch.connection.execute(statement, {"deal_id": self.deal_id}, binary=True).fetchone()

    def _write_versions(self, past: RecordedDeal, covered: int) -> None:
        if covered == 0:
            self._delete(whole=True)
        known = self._known(past, covered)
        connection = self.batch.connection
        stored = [
            (table, table.timelines(connection, self.deal_id, self._authenticator) if covered else Timelines())
            for table in TABLES
        ]
        *lines, (_, summaries) = stored
        writers: list[PartRows | SummaryRows] = [
            PartRows(self.deal_id, part, known, timelines) for part, (_, timelines) in zip(PARTS, lines, strict=True)
        ]
        writers.append(SummaryRows(summaries))
        for line in past.lines[covered:]:
            changes = known.advance(line.version)
            for writer in writers:
                writer.take(changes, line.position)
        for table, timelines in stored:
            self.changes[table.name].add(self.deal_id, timelines)
        if self.batch.position == self.batch.head:
            known_deals(self.batch.reader).put(known)

    def _known(self, past: RecordedDeal, covered: int) -> KnownDeal:
        """The deal as known at the version that the rows cover: as the last batch left it, if that is held."""
        held = known_deals(self.batch.reader).take(self.deal_id)
        if held is not None and covered and held.version == covered and held.extend(past):
            return held
        known = KnownDeal(past)
        if covered:
            known.advance(covered)
        return known

    def mark_unreadable(self, reason: str, now: Moment) -> None:
        """Name the deal as unreadable; what an earlier version said of it stays beside that."""
        covered = self._stored_coverage()
        self._delete(whole=False)
        if covered is None:
            title = opening_title(self.batch.reader.ledger, self.deal_id)
            deal: dict[str, Any] = {
                "title": title,
                "subject": None,
                "kind": None,
                "jurisdictions": [],
                "tz": "UTC",
                "opened": None,
            }
            columns = deal_columns(self.deal_id, {"deal": deal, "status": None, "phase": None, "parties": {}})
            timelines = Timelines()
            tail = (PAST, [Span(PAST, FUTURE, values_of(DEAL_TABLE, columns))])
            timelines.replace(1, {ONE: dict.fromkeys(LAYERS.values(), tail)})
            self.changes[DEAL_TABLE.name].add(self.deal_id, timelines)
        tz = covered[COVERAGE.columns.index("tz")] if covered else "UTC"
        self._cover(tz, storable_text(reason), now + RETRY_INTERVAL)

    def _cover(self, tz: str, unreadable: str | None, retried_at: Moment | None, change: bytes | None = None) -> None:
        head = {name: getattr(self.head, name) for name in ("deal_id", "version", "position", "recorded_at")}
        told = {**head, "tz": tz, "unreadable": unreadable, "retried_at": retried_at, "change": change}
        self.batch.connection.execute(sql("upsert_deal_coverage").encode(), told)

    def _delete(self, *, whole: bool) -> None:
        """Remove the rows of the deadlines; of the deal itself too, if wanted."""
        self.batch.connection.execute(sql("delete_deal").encode(), {"deal_id": self.deal_id, "whole": whole})


class PartRows:
    """Follows the versions of a deal and changes the timelines of one table."""

    def __init__(self, deal_id: str, part: Part, known: KnownDeal, timelines: Timelines) -> None:
        self.deal_id, self.part, self.known, self.timelines = deal_id, part, known, timelines
        self.walks = known.walks(part.subject_in(known.past.lines))

    def take(self, changes: Mapping[Layer, Change], position: int) -> None:
        """Change the timelines as the event at a position does."""
        since = {layer: walk.exchange(changes[layer]) for layer, walk in self.walks.items()}
        found: dict[Key, dict[int, Tail]] = {}
        for key, tail in self._tails("all", since["all"]):
            found[key] = {ALL: tail}
        same = {key for key in found if since["facts"].get(key) == since["all"][key] and self._is_same_by_facts(key)}
        for key in same:
            found[key][FACTS] = found[key][ALL]
        for key, tail in self._tails("facts", {key: at for key, at in since["facts"].items() if key not in same}):
            found.setdefault(key, {})[FACTS] = tail
        if found:
            self.timelines.replace(position, found)

    def _is_same_by_facts(self, key: Key) -> bool:
        """Whether a subject is the same in both layers at every date: they begin alike, and no report bears on it."""
        all_known, facts = (self.known.layers[layer] for layer in self.walks)
        return all_known.first_seen == facts.first_seen and not self.walks["all"].has_reports_on(key)

    def _tails(self, layer: Layer, since: Mapping[Key, Moment]) -> Iterator[tuple[Key, Tail]]:
        walk = self.walks[layer]
        for key, moment in sorted(since.items(), key=lambda each: each[1]):
            states = [(at, self._derived(state)) for at, state in walk.states(moment, key)]
            yield key, (moment, spans((at, values.get(key)) for at, values in states))

    def _derived(self, state: State | None) -> Values:
        return self.part.values(self.deal_id, state) if state is not None else {}


def opening_title(ledger: Ledger, deal_id: str) -> str | None:
    """The title that a deal's first event gives it, if that much can be read."""
    for opening in ledger.read_deal(deal_id, limit=1):
        try:
            title = orjson.loads(opening.payload or b"null")["data"]["title"]
        except (ValueError, KeyError, TypeError):
            return None
        return title if isinstance(title, str) else None
    return None
