"""When each deal last changed, by an event or by time alone, and when time alone will next change it."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from psycopg.sql import SQL, Identifier

from domain.errors import UnreadableDeal
from domain.time.instants import Moment, iso
from ledger.models import Recorded
from projections.projection import Projection, ProjectionBatch, Tables
from projections.row_authentication import NotAuthentic
from projections.sql import sql
from projections.state.state_reader import StateReader, clock
from projections.state.time_query import TimeQuery

DEALS_REFRESHED = 20
"""Deals that time has changed and that are written again in one transaction."""


class Activity(NamedTuple):
    """The last change of one deal, and the next by time alone."""

    deal_id: str
    version: int
    moved_at: Moment
    next_at: Moment | None

    def step(self, now: Moment) -> Moment:
        """When the state of a moment began."""
        return self.moved_at if self.next_at is None or self.next_at > now else self.next_at


def handle_events(rows: Sequence[Recorded], batch: ProjectionBatch) -> None:
    """Write the row of every deal of these events that no later batch will write again."""
    now = clock()
    for head in batch.reader.ledger.deal_heads(list(dict.fromkeys(row.deal_id for row in rows))):
        if not batch.position < head.position <= batch.head:
            _write(batch, head.deal_id, head.version, head.recorded_at, now)


def refresh(batch: ProjectionBatch, now: Moment) -> int:
    """Rewrite the rows of deals that time has changed; returns their number."""
    rows = batch.connection.execute(sql("activity_due").encode(), {"now": now, "limit": DEALS_REFRESHED}).fetchall()
    forged = _forged(rows, batch)
    if forged:
        removed = SQL(sql("delete_rows_of_deals")).format(table=Identifier("activity"))
        batch.connection.execute(removed, {"deals": forged})
        for head in batch.reader.ledger.deal_heads(forged):
            _write(batch, head.deal_id, head.version, head.recorded_at, now)
    for deal_id, version, moved_at, *_ in rows:
        if deal_id not in forged:
            _write(batch, deal_id, version, moved_at, now)
    return len(rows)


def _forged(rows: Sequence[Sequence[Any]], batch: ProjectionBatch) -> list[str]:
    """The deals of these rows that do not bear their digests: what they say is not gone on from."""
    authenticator = ACTIVITY.row_authenticator(batch.reader.ledger, batch.reader.authenticator)
    try:
        authenticator.check("activity", ((row[0], row[-2], row[-1]) for row in rows))
    except NotAuthentic as fault:
        return fault.deal_ids
    return []


def _write(batch: ProjectionBatch, deal_id: str, version: int, moved_at: Moment, now: Moment) -> None:
    """Write the row of a deal, with the transitions by time since it changed."""
    try:
        next_at = _next_transition(batch.reader, deal_id, version, moved_at)
        while next_at is not None and next_at <= now:
            moved_at, next_at = next_at, _next_transition(batch.reader, deal_id, version, next_at)
    except UnreadableDeal:
        next_at = None  # it is read again when it has another version
    row = Activity(deal_id, version, moved_at, next_at)
    batch.connection.execute(sql("upsert_activity").encode(), row._asdict())


def _next_transition(reader: StateReader, deal_id: str, version: int, after: Moment) -> Moment | None:
    found, _ = reader.state_on_query(deal_id, TimeQuery(valid_at=iso(after), known_version=version))
    # Never at or before the moment itself, so that a wrong time in one deal does not occupy the runner.
    return found.next_transition_at if (found.next_transition_at or after) > after else None


def deals_moved(
    tables: Tables, since: Moment, now: Moment, first: str | None, deals: Collection[str] | None, limit: int
) -> list[Activity]:
    """At most so many deals that changed after a moment, by id, from one on."""
    asked = {
        "since": since, "now": now, "first": first, "limit": limit, "deals": None if deals is None else list(deals),
    }  # fmt: skip
    rows = tables.connection.execute(sql("deals_moved").encode(), asked, binary=True).fetchall()
    tables.rows.check("activity", ((row[0], row[-2], row[-1]) for row in rows))
    return [Activity(*row[:-2]) for row in rows]


ACTIVITY = Projection(name="activity", version=1, tables="activity_tables", handle=handle_events, refresh=refresh)
