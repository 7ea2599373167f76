"""The comparison of every row of a projection with the record: the tables are filled again in a schema of their own, in
a transaction that is rolled back, and compared column by column with the live ones.

Everything that a projection declares is compared: its rows, its progress, its dead letters, and its tables themselves.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.models import DealHead
from ledger.postgres.connection import transaction
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.catalog_audit import differences, facts
from projections.batch_update import lock
from projections.projection import Projection, ProjectionBatch
from projections.sql import sql
from projections.state.state_reader import StateReader, clock

BATCH_DEALS = 200
ATTEMPTS = 3
"""How often rows that differ are derived again before they count: the live tables move on meanwhile."""

BOOKKEEPING = ("progress", "dead_letters")


def compare(
    ledger: Ledger, projection: Projection, reader: StateReader, unreadable: set[str]
) -> Iterator[AuditFinding]:
    """What differs. Deals that cannot be read are passed over: nothing can be derived of them."""
    try:
        with (
            transaction(ledger.pool, ledger.tenant, altering=True) as connection,
            connection.transaction(force_rollback=True),
        ):
            found = list(_Comparison(ledger, projection, reader, connection, unreadable).findings())
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        told = f"the projection {projection.name} cannot be compared: {error.diag.message_primary}."
        found = [AuditFinding(0, None, "projection-not-compared", told, notice=True)]
    yield from found


class _Comparison:
    """One comparison, in a transaction that is rolled back."""

    def __init__(
        self,
        ledger: Ledger,
        projection: Projection,
        reader: StateReader,
        connection: Connection[Any],
        unreadable: set[str],
    ) -> None:
        self.ledger, self.projection, self.reader = ledger, projection, reader
        self.connection, self.unreadable = connection, unreadable
        self.live = projection.schema(ledger.tenant)
        self.fresh = projection.schema(ledger.tenant, beside="audit")

    def findings(self) -> Iterator[AuditFinding]:
        if not self.connection.execute(sql("schema_exists").encode(), {"schema": self.live}).fetchone():
            return
        self.projection.set_search_path(self.connection, self.ledger.tenant)
        if not self.projection.is_current(self.connection):
            return  # they are made again before they are read
        self.projection.create_tables(self.connection, self.ledger.tenant, beside="audit")
        tables = sorted({fact.table for fact in facts(self.connection, self.fresh)})
        yield from differences(facts(self.connection, self.live), facts(self.connection, self.fresh))
        yield from self._progress()
        yield from self._dead_letters()
        heads = self.ledger.deals()
        for start in range(0, len(heads), BATCH_DEALS):
            self._derive(heads[start : start + BATCH_DEALS])
        rows = [table for table in tables if table not in BOOKKEEPING]
        wrong = self._differing(rows)
        for _ in range(ATTEMPTS):
            if not wrong:
                return
            # Either the live rows or the derived ones may be of an earlier moment.
            lock(self.connection, self.ledger, self.projection)
            self._refresh()
            again = self.ledger.deal_heads(sorted({deal_id for _, deal_id in wrong}))
            self._derive(again)
            wrong = self._differing(rows)
        told_of = self._position()
        ends = {head.deal_id: head.position for head in self.ledger.deals()}
        for table, deal_id in sorted(wrong):
            if deal_id not in self.unreadable and ends.get(deal_id, 0) <= told_of:
                yield self._finding(ends.get(deal_id, 0), f"its table {table} does not say of {deal_id} what follows")

    def _derive(self, heads: Sequence[DealHead]) -> None:
        """Write the rows of these deals into the fresh tables: all at once, or one by one if some cannot be read."""
        self.projection.set_search_path(self.connection, self.ledger.tenant, beside="audit")
        end = self.ledger.head().position
        batch = ProjectionBatch(self.connection, self.reader, end, end)
        newest = {
            head.deal_id: self.ledger.read_deal(head.deal_id, after_version=head.version - 1, limit=1) for head in heads
        }
        try:
            with self.connection.transaction():
                self.projection.handle([row for rows in newest.values() for row in rows], batch)
        except UnreadableDeal:
            for deal_id, rows in newest.items():
                try:
                    with self.connection.transaction():
                        self.projection.handle(rows, batch)
                except UnreadableDeal:
                    self.unreadable.add(deal_id)

    def _refresh(self) -> None:
        """What time has changed is no difference: let the live rows be brought up to date, for us alone."""
        if self.projection.refresh is not None:
            self.projection.set_search_path(self.connection, self.ledger.tenant)
            position = self._position()
            while self.projection.refresh(ProjectionBatch(self.connection, self.reader, position, position), clock()):
                pass

    def _position(self) -> int:
        found = self._rows("progress")
        return int(found[0][1]) if found else 0

    def _progress(self) -> Iterator[AuditFinding]:
        position, end = self._position(), self.ledger.head().position
        if position > end:
            yield self._finding(end, f"its progress says position {position}, and the log has {end}")

    def _dead_letters(self) -> Iterator[AuditFinding]:
        """An event that was laid aside is one of the log, and of a deal that cannot be read."""
        for position, event_id in self._rows("dead_letters"):
            event = next(iter(self.ledger.read_log(position - 1, 1)), None)
            if event is None or (event.position, event.id) != (position, event_id):
                yield self._finding(position, f"it has laid aside {event_id}, which is not the event there")
            elif event.deal_id not in self.unreadable:
                yield self._finding(position, f"it has laid aside {event_id}, which can be taken in")

    def _differing(self, tables: Sequence[str]) -> set[tuple[str, str]]:
        """Table and deal of every row that only one of the two schemas has."""
        found: set[tuple[str, str]] = set()
        for table in tables:
            places = {"live": Identifier(self.live, table), "fresh": Identifier(self.fresh, table)}
            rows = self.connection.execute(SQL(sql("differing_deals")).format(**places)).fetchall()
            found |= {(table, str(deal_id)) for (deal_id,) in rows}
        return found

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        """What a statement returns of the live tables."""
        self.projection.set_search_path(self.connection, self.ledger.tenant)
        return self.connection.execute(sql(name).encode()).fetchall()

    def _finding(self, position: int, what: str) -> AuditFinding:
        name = self.projection.name
        told = f"the projection {name} differs from the record: {what} from its events: parley rebuild {name}."
        return AuditFinding(position, None, "projection-differs", told)
