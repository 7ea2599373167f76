"""Bulk import: any number of submissions, validated as a whole before the first is written in chunks under the lock.

Everything is validated first, so that one bad line stops an import that is not partial before it starts. Valid events
wait in a spool, so memory does not grow with the import. An import of up to CHUNK_EVENTS is one transaction; a longer
one is several, so that others may append between them, and if it is cut off it is sent again: what was recorded then
counts as repeated. The rows go in as pipelined arrays: COPY refuses tables with row-level security, and the way round,
COPY into a temporary table and INSERT from there, writes everything twice.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property

import psycopg

from domain.envelope import Submission
from domain.errors import ParleyError
from domain.events.record import RecordErased
from domain.unknown_references import Names
from ledger.append import clock
from ledger.append.batch import BatchView
from ledger.append.decision import (
    add_to_view,
    already_opened,
    assign_positions,
    faults,
    find_duplicate,
    refused,
    unopened,
)
from ledger.append.import_comparison import ImportComparison
from ledger.append.import_errors import interrupted
from ledger.append.import_view import ImportedRecordEvents, as_recorded, decoded
from ledger.append.preparation import OPENED, OPENING, Staged, stage
from ledger.append.spool import NoRoom, Spool
from ledger.append.writer import SLICE_EVENTS, Writer
from ledger.encoding.event_codec import ERASING
from ledger.models import Recorded
from ledger.postgres.connection import away

CHUNK_EVENTS = 5_000
"""Events of an import in one transaction."""

CHUNK_BYTES = 32 * 1024 * 1024
"""Of the events in one transaction."""

Progress = Callable[[int, int], None]
"""Called after each chunk with the events written and the events to write."""


class Import:
    """One import under way: `add` and `refuse` each line in order, `compare` with the record, `write` what is new.

    Used by one thread at a time, and closed in the end. Methods raise Busy without a database, and NoRoom when
    the disk is full.
    """

    def __init__(
        self,
        open_writer: Callable[[], Writer],
        origin: str,
        committed: Callable[[list[Recorded]], None],
        names: Names,
        by: str,
        *,
        lenient: bool,
    ) -> None:
        self.by = by
        self.recorded = 0
        """Events recorded by this import."""
        self.repeated = 0
        """Events that had been recorded before, or appear twice in the import: nothing is done for them."""
        self.position = 0
        """Position in the log of the last event of the import that is recorded; 0 where none is."""
        self._open_writer = open_writer
        self._origin = origin
        self._committed = committed
        self._head: int | None = None
        """The end of the log when the comparison began, or after our own last chunk."""
        self._alone = True
        """Nothing was recorded since: the comparison is still valid."""
        self._stack = ExitStack()
        self.spool = Spool()
        self._stack.callback(self.spool.close)
        self._imported = ImportedRecordEvents(self.spool)
        self._comparison = ImportComparison(self._imported, names, lenient=lenient)

    def close(self) -> None:
        """Leave the database and remove the spool."""
        self._stack.close()

    @property
    def refused(self) -> int:
        """How many events cannot be recorded."""
        return self.spool.refused

    @property
    def left(self) -> int:
        """Events that may be recorded and are not yet."""
        return self.spool.staged - self.recorded

    @cached_property
    def _writer(self) -> Writer:
        try:
            writer = self._open_writer()
        except psycopg.Error as error:
            raise away(error) from error
        self._stack.callback(writer.close)
        return writer

    def add(self, number: int, submission: Submission) -> None:
        """Take the next event; the number is its own and greater than those before."""
        try:
            self._stage(number, stage(self._origin, submission, self.by), submission)
        except NoRoom:
            raise
        except ParleyError as refusal:
            self.spool.refuse(number, refusal)

    def refuse(self, number: int, error: ParleyError) -> None:
        """Note that the next event cannot be recorded."""
        self.spool.refuse(number, error)

    def brought(self, deal_id: str, event_id: str, before: int) -> list[Submission]:
        """What the import brings so far that bears on how an event of a deal reads, and that event itself."""
        found = self.spool.find(event_id)
        own = [decoded(found[1])] if found is not None and found[1].deal_id == deal_id else []
        about = self._imported.before(deal_id, before).events
        return [*own, *(each for each in about if each.id != event_id)]

    def _stage(self, number: int, one: Staged, submission: Submission) -> None:
        if isinstance(erasure := submission.payload.data, RecordErased):
            self.spool.stage_erasure(erasure.event_id)
        if not self.spool.stage(number, one):
            self._double(number, one)
            return
        if one.type == OPENING and not self.spool.stage_opening(one.deal_id, number):
            self.spool.unstage(number)
            raise already_opened(one.deal_id)
        self.spool.add_entities([(one.deal_id, kind, name) for kind, name in one.created_entities])

    def _double(self, number: int, one: Staged) -> None:
        """Raises DuplicateId where the earlier event of this id says something else."""
        found = self.spool.find(one.id)
        assert found is not None
        first, earlier = found
        known = {earlier.id: as_recorded(earlier)}
        find_duplicate(BatchView(head=0, first_recorded=0, heads={}, known=known, held={}), one)
        self.spool.add_duplicate(number, first)
        self.repeated += 1

    def compare(self) -> None:
        """Compare the events with the record, without the lock: duplicates and refused events."""
        self._compare_staged()
        refused = 0
        while self.refused > refused:
            # Events about others come before or after these, which may have been refused.
            refused = self.refused
            self._compare_staged(about_others=True)
        for number, deal_id in self.spool.events_without_opening():
            self.spool.unstage_refused(number, unopened(deal_id))
        for number, refusal in self.spool.refused_duplicates():
            self.repeated -= 1
            self.spool.refuse(number, refusal)

    def _compare_staged(self, *, about_others: bool = False) -> None:
        """Compare the events that are staged, or those of them alone that are about others."""
        self._imported.clear()
        for chunk in self._chunks():
            compared = [(number, one) for number, one in chunk if one.target is not None or not about_others]
            if not compared:
                continue
            try:
                view = self._writer.begin([one for _, one in compared], lock=False)
                if self._head is None:
                    self._head = view.head
                for number, one in compared:
                    if known := self._comparison.compare(view, self._writer, number, one):
                        self.repeated += 1
                        self.position = max(self.position, known.position)
                self._writer.abandon()
            except psycopg.Error as error:
                raise away(error) from error

    def _chunks(self) -> Iterator[list[tuple[int, Staged]]]:
        """The staged events, in order, in chunks of one transaction."""
        last = -1
        while chunk := self.spool.staged_after(last, CHUNK_EVENTS, CHUNK_BYTES):
            last = chunk[-1][0]
            yield chunk

    def write(self, *, partial: bool = False, progress: Progress | None = None) -> None:
        """Record the staged events.

        A conflict that another writer has made since the comparison is refused. Where that is between two chunks of an
        import that is not `partial`, it stops there: `recorded` counts what was recorded, and `left` what was not.
        """
        total = self.spool.staged
        done = 0
        self._imported.clear()
        chunks = self._chunks()
        for chunk in chunks:
            try:
                view = self._write(chunk, partial)
                if view is None:
                    self._find_conflicts(chunks)
                    return
                done += len(chunk)
                if view.rows:
                    self._written(view.rows)
                    if progress is not None:
                        progress(done, total)
            except psycopg.Error as error:
                if not self._writer.lost and not self.recorded:
                    raise away(error) from error
                raise interrupted(error, self._standing(), len(chunk)) from error
            except ParleyError as error:
                error.extra.update(self._standing())
                raise

    def _written(self, rows: list[Recorded]) -> None:
        self._committed(rows)
        self.recorded += len(rows)
        self._head = self.position = rows[-1].position
        self.spool.add_changed_deals(dict.fromkeys(row.deal_id for row in rows))

    def _find_conflicts(self, chunks: Iterator[list[tuple[int, Staged]]]) -> None:
        """Name those of the rest, too, that others have made impossible."""
        for chunk in chunks:
            staged = [one for _, one in chunk]
            view = self._writer.begin(staged, lock=False)
            self._newly_taken(view, chunk)
            self._writer.abandon()

    def _write(self, chunk: list[tuple[int, Staged]], partial: bool) -> BatchView | None:
        """One transaction; None if a conflict stops the whole import."""
        staged = [one for _, one in chunk]
        writer = self._writer
        view = writer.begin(staged, find_ids=False)
        self._alone = self._alone and view.head == self._head
        if not self._alone:
            writer.find_ids(view, staged)
        conflicts = self._newly_taken(view, chunk)
        if conflicts and not partial:
            writer.abandon()
            return None
        fresh = [one for number, one in chunk if one.id not in view.known and number not in conflicts]
        if not fresh:
            writer.abandon()
            return view
        clock.check(view.clock, view.recorded)
        for begin in range(0, len(fresh), SLICE_EVENTS):
            part = fresh[begin : begin + SLICE_EVENTS]
            rows, things = assign_positions(view, part)
            add_to_view(view, rows, part, things)
            writer.insert(view, rows, part, last=begin + SLICE_EVENTS >= len(fresh))
        writer.finish(view)
        return view

    def _newly_taken(self, view: BatchView, chunk: list[tuple[int, Staged]]) -> set[int]:
        """Compare with events recorded meanwhile: the same content is a duplicate, other content is refused."""
        conflicts: set[int] = set()
        for number, one in chunk:
            try:
                if find_duplicate(view, one):
                    self.repeated += 1
                    self.spool.unstage(number)
                elif one.type == ERASING:
                    held = self._comparison.held(view, self._writer, number, one)
                    if found := faults(decoded(one), held, exists=True):
                        raise refused(found)
                elif one.type == OPENING and view.held.get((one.deal_id, *OPENED)):
                    raise already_opened(one.deal_id)
            except ParleyError as refusal:
                self.spool.unstage_refused(number, refusal)
                conflicts.add(number)
        return conflicts

    def _standing(self) -> dict[str, int]:
        """The part that is recorded, for a client that has to send the rest again."""
        return {"recorded": self.recorded, "repeated": self.repeated, "position": self.position, "left": self.left}
