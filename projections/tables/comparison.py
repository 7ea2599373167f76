"""The comparison of every row of a projection with the record: the rows of some deals are derived again in a schema of
their own, in a transaction that is rolled back, and compared column by column with the live ones.

Everything that a projection declares is compared: its rows, its progress, its dead letters, and its tables themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.models import DealHead
from ledger.postgres.leadership import locking_transaction
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.catalog_audit import Fact, differences, facts
from projections.batch_update import lock
from projections.projection import Projection, ProjectionBatch
from projections.sql import sql
from projections.state.state_reader import StateReader, clock

ATTEMPTS = 3
"""How often rows that differ are derived again before they count: the live tables move on meanwhile."""

BOOKKEEPING = ("progress", "dead_letters")

Found = TypeVar("Found")


class DifferentRows(NamedTuple):
    """A table whose rows of a deal are not those that follow from its events."""

    projection: str
    table: str
    deal_id: str
    position: int
    """Of the deal's last event."""


def compare_rows(
    ledger: Ledger, projection: Projection, reader: StateReader, heads: Sequence[DealHead], unreadable: set[str]
) -> list[DifferentRows]:
    """What differs in the rows of these deals. Those that cannot be read are passed over and added to `unreadable`:
    nothing can be derived of them."""

    def compared(connection: Connection[Any]) -> list[DifferentRows]:
        rows = _Rows(ledger, projection, reader, connection, unreadable)
        return list(rows.different(heads)) if _is_compared(ledger, projection, connection) else []

    try:
        return _rolled_back(ledger, compared)
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction):
        return []  # the comparison of the tables says so, once


def compare_tables(ledger: Ledger, projection: Projection, unreadable: set[str]) -> list[AuditFinding]:
    """What differs in the tables beside the rows of the log's deals; of `unreadable` deals dead letters are right."""
    try:
        return _rolled_back(ledger, lambda connection: list(_tables(ledger, projection, connection, unreadable)))
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        why = f"the projection {projection.name} cannot be compared: {error.diag.message_primary}."
        return [AuditFinding(0, None, "projection-not-compared", why, notice=True)]


def finding_of(rows: DifferentRows) -> AuditFinding:
    what = f"its table {rows.table} does not say of {rows.deal_id} what follows"
    return _finding(rows.projection, rows.position, what)


def _finding(projection: str, position: int, what: str) -> AuditFinding:
    why = f"the projection {projection} differs from the record: {what} from its events: parley rebuild {projection}."
    return AuditFinding(position, None, "projection-differs", why)


def _rolled_back(ledger: Ledger, compared: Callable[[Connection[Any]], Found]) -> Found:
    with (
        locking_transaction(ledger.pool, ledger.tenant, altering=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        return compared(connection)


def _is_compared(ledger: Ledger, projection: Projection, connection: Connection[Any]) -> bool:
    """Whether there are live tables of this version: others are made again before they are read."""
    live = projection.schema(ledger.tenant)
    if not connection.execute(sql("schema_exists").encode(), {"schema": live}).fetchone():
        return False
    projection.set_search_path(connection, ledger.tenant)
    return projection.is_current(connection)


def _tables(
    ledger: Ledger, projection: Projection, connection: Connection[Any], unreadable: set[str]
) -> Iterator[AuditFinding]:
    if not _is_compared(ledger, projection, connection):
        return
    name, live = projection.name, projection.schema(ledger.tenant)
    fresh = projection.schema(ledger.tenant, beside="audit")
    projection.create_tables(connection, ledger.tenant, beside="audit")
    expected = facts(connection, fresh)
    yield from differences(facts(connection, live), expected)
    projection.set_search_path(connection, ledger.tenant)
    position, end = _position(connection), ledger.head().position
    if position > end:
        yield _finding(name, end, f"its progress says position {position}, and the log has {end}")
    for letter, event_id in connection.execute(sql("dead_letters").encode()).fetchall():
        event = next(iter(ledger.read_log(letter - 1, 1)), None)
        if event is None or (event.position, event.id) != (letter, event_id):
            yield _finding(name, letter, f"it has laid aside {event_id}, which is not the event there")
        elif event.deal_id not in unreadable:
            yield _finding(name, letter, f"it has laid aside {event_id}, which can be taken in")
    for table in _row_tables(expected):
        strays = connection.execute(SQL(sql("stray_rows_of_deals")).format(table=Identifier(live, table))).fetchall()
        for (deal_id,) in strays:
            yield finding_of(DifferentRows(name, table, str(deal_id), 0))


def _row_tables(expected: set[Fact]) -> list[str]:
    return sorted({fact.table for fact in expected}.difference(BOOKKEEPING))


def _position(connection: Connection[Any]) -> int:
    """The progress of the entered tables."""
    found = connection.execute(sql("progress").encode()).fetchone()
    return int(found[1]) if found else 0


class _Rows:
    """One comparison of rows, in a transaction that is rolled back."""

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
        # Two schemas of one name would wait for each other, and comparisons take place at the same time.
        self.beside = f"audit_{connection.info.backend_pid}"

    def different(self, heads: Sequence[DealHead]) -> Iterator[DifferentRows]:
        self.projection.create_tables(self.connection, self.ledger.tenant, beside=self.beside)
        self._derive(heads)
        tables = _row_tables(facts(self.connection, self.projection.schema(self.ledger.tenant, beside=self.beside)))
        wrong = self._differing(tables, [head.deal_id for head in heads])
        for _ in range(ATTEMPTS):
            if not wrong:
                return
            # Either the live rows or the derived ones may be of an earlier moment.
            lock(self.connection, self.ledger, self.projection)
            self._refresh()
            deals = sorted({deal_id for _, deal_id in wrong})
            self._derive(self.ledger.deal_heads(deals))
            wrong = self._differing(tables, deals)
        self._enter_live()
        reached = _position(self.connection)
        ends = {head.deal_id: head.position for head in self.ledger.deal_heads(sorted({each for _, each in wrong}))}
        for table, deal_id in wrong:
            if deal_id not in self.unreadable and ends.get(deal_id, 0) <= reached:
                yield DifferentRows(self.projection.name, table, deal_id, ends.get(deal_id, 0))

    def _derive(self, heads: Sequence[DealHead]) -> None:
        """Write the rows of these deals into the fresh tables: all at once, or one by one if some cannot be read."""
        self.projection.set_search_path(self.connection, self.ledger.tenant, beside=self.beside)
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
            self._enter_live()
            position = _position(self.connection)
            while self.projection.refresh(ProjectionBatch(self.connection, self.reader, position, position), clock()):
                pass

    def _enter_live(self) -> None:
        self.projection.set_search_path(self.connection, self.ledger.tenant)

    def _differing(self, tables: Sequence[str], deals: Sequence[str]) -> set[tuple[str, str]]:
        """Table and deal of every row of these deals that only one of the two schemas has."""
        tenant, given = self.ledger.tenant, {"deals": list(deals)}
        live, fresh = self.projection.schema(tenant), self.projection.schema(tenant, beside=self.beside)
        found: set[tuple[str, str]] = set()
        for table in tables:
            query = SQL(sql("differing_deals")).format(live=Identifier(live, table), fresh=Identifier(fresh, table))
            found |= {(table, str(deal_id)) for (deal_id,) in self.connection.execute(query, given).fetchall()}
        return found
