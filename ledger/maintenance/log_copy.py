"""Copies a log from one database to another in parts of the log's order, and compares both."""

from collections.abc import Callable
from typing import Any

from psycopg.sql import SQL, Identifier, Literal

from domain.errors import NotProven, ParleyError
from ledger.maintenance.log_in_database import LogInDatabase, MoveNote
from ledger.maintenance.table_copies import TenantTable, copied, insert, listed, rows_of
from ledger.merkle.note import Key, open_checkpoint
from ledger.merkle.tree import Frontier
from ledger.sql import sql

PART_EVENTS = 5_000
"""Events that are copied in one transaction."""

BY_POSITION = {"events": "copy_part_of_events", "event_payload": "copy_part_of_events", "things": "copy_part_of_things"}
"""The tables that grow with each event: they are copied in parts. All others are copied at the end, as a whole."""

OF_THE_DATABASE = ("logs", "log_moves")
"""Tables whose row of the log is written when the copy begins."""


class MoveRefused(ParleyError):
    """The log cannot be moved, or the move not be undone; the message says why and what to do."""

    code = "move-refused"


class LogCopy:
    """A copy of a log that grows. Methods raise MoveRefused for a log that is not whole, and psycopg.Error."""

    def __init__(self, source: LogInDatabase, target: LogInDatabase) -> None:
        self._source, self._target = source, target
        self._trees = [Frontier()]
        """The tree over the events of the copy, after each part of it."""

    @property
    def position(self) -> int:
        """How many events the copy is known to have."""
        return self._trees[-1].size

    def begin(self, note: MoveNote) -> None:
        """Begin the log in the target, where it is read-only by the note of the move."""
        with self._source.transaction(snapshot=True), self._target.transaction():
            tables = self._target.tables()
            if tables != self._source.tables():
                raise MoveRefused(
                    "The tables of the two databases differ: run the same version of Parley on both first."
                )
            self._target.write_note(note)
            self._copy(tables["logs"])

    def resume(self) -> None:
        """Go on after the events that were copied before."""
        end = self._target.end()
        while end is not None and self.position < end.position:
            self._grow(min(end.position, self.position + PART_EVENTS))

    def left(self) -> int:
        """How many events are not copied yet."""
        end = self._source.end()
        return end.position - self.position if end is not None else 0

    def catch_up(self, progress: Callable[[int], None]) -> None:
        """Copy the events up to the present end of the log; `progress` gets the position after each part."""
        head = self.position + self.left()
        while self.position < head:
            self._copy_part(self.position, min(head, self.position + PART_EVENTS))
            progress(self.position)

    def copy_whole_tables(self) -> None:
        """Copy the tables that are not copied in parts, of a log that is read-only by now."""
        with self._source.transaction(snapshot=True), self._target.transaction():
            for name, table in self._target.tables().items():
                if name not in (*BY_POSITION, *OF_THE_DATABASE):
                    self._target.delete_rows(name)
                    self._copy(table)
            self._target.rows("delete_erased_payloads")

    def verify(self) -> None:
        """Compare the two, and the newest signed head with the tree over the events of the copy."""
        with self._source.transaction(snapshot=True), self._target.transaction():
            for name in self._target.tables():
                if name not in OF_THE_DATABASE and self._source.count(name) != self._target.count(name):
                    raise MoveRefused(f"The copy of the table {name} is not whole: undo it with --abort.")
        end = self._target.end()
        if end is None or end != self._source.end() or end.position != self.position:
            raise MoveRefused("The copy does not end as the log does: undo it with --abort.")
        with self._target.transaction():
            newest = self._target.rows("newest_checkpoint")
            keys = [Key.parse(vkey) for (vkey,) in self._target.rows("log_keys")]
        if newest:
            self._verify_head(bytes(newest[0][3]), keys, end.origin)

    def _verify_head(self, note: bytes, keys: list[Key], origin: str) -> None:
        try:
            head = open_checkpoint(note, keys).checkpoint
        except NotProven as error:
            raise MoveRefused(f"The newest checkpoint is not signed by the log: {error} Run parley verify.") from error
        tree = _continued(next(each for each in reversed(self._trees) if each.size <= head.size))
        self._extend(tree, head.size)
        if head.origin != origin or tree.size != head.size or tree.root() != head.root:
            raise MoveRefused(f"The first {head.size} events are not those that were signed: run parley verify.")

    def _copy_part(self, after: int, to: int) -> None:
        """Copy some events, and compare them."""
        source, target = self._source, self._target
        part: dict[str, Any] = {"after": Literal(after), "to": Literal(to), "tenant": Literal(source.tenant)}
        with source.transaction(snapshot=True), target.transaction():
            tables = target.tables()
            for name, statement in BY_POSITION.items():
                columns = tables[name].all_columns
                asked = SQL(sql(statement)).format(columns=listed(columns, name), table=Identifier(name), **part)
                insert(target.connection, name, columns, copied(source.connection, asked), target.tenant)
            found, wanted = (each.rows("part_of_log", after=after, to=to) for each in (target, source))
            if found != wanted or found[0][:3] != (to - after, after + 1, to) or not found[0][4]:
                raise MoveRefused(f"The events {after + 1} to {to} are not whole: run parley verify where the log is.")
        self._grow(to)

    def _grow(self, to: int) -> None:
        """Extend the tree by events of the copy."""
        grown = _continued(self._trees[-1])
        self._extend(grown, to)
        self._trees.append(grown)

    def _extend(self, tree: Frontier, to: int) -> None:
        with self._target.transaction():
            for (digest,) in self._target.rows("leaf_hashes_of_part", after=tree.size, to=to):
                tree.append(digest)

    def _copy(self, table: TenantTable) -> None:
        columns, tenant = table.all_columns, self._source.tenant
        rows = rows_of(self._source.connection, table.name, columns, tenant)
        insert(self._target.connection, table.name, columns, rows, tenant)


def _continued(tree: Frontier) -> Frontier:
    return Frontier(tree.size, tree.hashes)
