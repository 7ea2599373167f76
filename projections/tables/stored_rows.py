"""Storage of timelines: the rows of one deal in one table, read from where a version acts and written together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from domain.time.instants import Moment
from projections.row_authentication import RowAuthenticator, SignedTable
from projections.sql import sql
from projections.tables.timelines import Key, Row, Span, Timelines

WORDS = "words"
"""The column of a table that holds a text by whose words deals are found."""

SPAN_COLUMNS = ("layers", "valid_from", "valid_to", "known_from", "known_to")


@dataclass(frozen=True, slots=True)
class TimelineTable:
    """A table of timelines: the columns that name a subject within its deal, and those of its values."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    last_by_hash: bool = False
    """See `SignedTable`."""

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *SPAN_COLUMNS, *self.values)

    @property
    def signed(self) -> SignedTable:
        """The table as it is read."""
        return SignedTable(self.name, ("deal_id", *self.columns), self.last_by_hash)

    def timelines(self, connection: Connection[Any], deal_id: str, authenticator: RowAuthenticator) -> Timelines:
        """The timelines of a deal. Loading them raises NotAuthentic where rows do not bear their digests."""

        def load(keys: Sequence[Key], since: Moment, until: Moment) -> Iterator[Row]:
            names = {name: [key[at] for key in keys] for at, name in enumerate(self.key)}
            asked = {"deal_id": deal_id, "since": since, "until": until, **names}
            rows = connection.execute(self._open_rows, asked, binary=True).fetchall()
            authenticator.check_columns(self.signed, rows)
            return map(self._row, rows)

        return Timelines(load)

    def _row(self, row: tuple[Any, ...]) -> Row:
        at = 1 + len(self.key)
        layers, since, until, known_from, known_to = row[at : at + len(SPAN_COLUMNS)]
        values = tuple(tuple(each) if isinstance(each, list) else each for each in row[at + len(SPAN_COLUMNS) : -1])
        return Row(tuple(row[1:at]), layers, Span(since, until, values), known_from, known_to, stored=True)

    def ended(self, deal_id: str, row: Row) -> dict[str, Any]:
        """The parameters that end a row in known time."""
        span = {"layers": row.layers, "valid_from": row.span.since, "known_from": row.known_from}
        return {"deal_id": deal_id, **span, "known_to": row.known_to, **dict(zip(self.key, row.key, strict=True))}

    def new(self, deal_id: str, row: Row) -> list[Any]:
        """The parameters that insert a row."""
        values = (list(each) if isinstance(each, tuple) else each for each in row.span.values)
        return [deal_id, *row.key, row.layers, *row.span[:2], row.known_from, row.known_to, *values]

    @property
    def _open_rows(self) -> Composed:
        names = zip(self.key, self.key, strict=True)
        key = SQL("").join(SQL("AND {} = ANY ({})").format(Identifier(each), Placeholder(name)) for each, name in names)
        return SQL(sql("open_rows")).format(columns=self.signed.read("t"), table=Identifier(self.name), key=key)

    @property
    def end_rows(self) -> Composed:
        """The statement that ends rows."""
        key = SQL("").join(SQL("AND {} = {}").format(Identifier(each), Placeholder(each)) for each in self.key)
        return SQL(sql("end_rows")).format(table=Identifier(self.name), key=key)

    @property
    def insert_rows(self) -> Composed:
        """The statement that adds rows."""
        columns = ("deal_id", *self.columns)
        values = SQL(", ").join(Placeholder() for _ in columns)
        return SQL(sql("insert_rows")).format(table=Identifier(self.name), columns=_listed(columns), values=values)


class RowChanges:
    """The rows that end and begin in one table in a batch: written together."""

    def __init__(self, table: TimelineTable) -> None:
        self.table = table
        self._ended: list[dict[str, Any]] = []
        self._new: list[list[Any]] = []

    def add(self, deal_id: str, timelines: Timelines) -> None:
        """Add what the versions of a deal have changed."""
        self._ended += [self.table.ended(deal_id, row) for row in timelines.ended]
        self._new += [self.table.new(deal_id, row) for row in timelines.new]

    def texts(self) -> Iterator[tuple[str, str]]:
        """The texts by whose words deals are found, of the rows that begin: each with its deal."""
        if WORDS in self.table.values:
            at = len(self.table.signed.columns) - len(self.table.values) + self.table.values.index(WORDS)
            yield from ((row[0], row[at]) for row in self._new)

    def write(self, connection: Connection[Any]) -> None:
        """Write the rows."""
        with connection.cursor() as cursor:
            if self._ended:
                cursor.executemany(self.table.end_rows, self._ended)
            if self._new:
                cursor.executemany(self.table.insert_rows, self._new)


def _listed(names: tuple[str, ...]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
