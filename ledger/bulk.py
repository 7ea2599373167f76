"""Imports: any number of submissions, judged as a whole before the first is written, written in chunks under the lock.

Everything is checked first, so that one bad line stops an import that is not partial before it has begun. An import of
up to CHUNK_EVENTS is one transaction; a longer one is several, so that others may append between them, and if it is cut
off it is sent again: what was recorded then counts as repeated. The rows go in as pipelined arrays: COPY refuses tables
with row-level security, and the way round, COPY into a temporary table and INSERT from there, writes everything twice.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile

import psycopg

from domain.envelope import Submission
from domain.errors import InvalidInput, ParleyError, Problem, UnknownReference
from domain.events.record import RecordErased
from domain.moments import Moment
from ledger.codec import ERASING, submission_of
from ledger.database import away
from ledger.plan import already_opened, enter, faults, place, refuse_under_hold, refused, repeat, unopened
from ledger.prepare import OPENED, OPENING, Prepared, prepare
from ledger.receipt import Imported, Recorded
from ledger.view import HeldByDeal, Thing, View
from ledger.writer import SLICE_EVENTS, Writer

CHUNK_EVENTS = 5_000
"""Events of an import in one transaction."""

Progress = Callable[[int, int], None]
"""Told after each chunk: events written, and events to write."""


@dataclass(slots=True)
class _Import:
    by: str
    lenient: bool
    staged: list[tuple[int, Prepared]] = field(default_factory=list)
    """Index and bytes of what may be recorded, in order, without the decoded payload: memory is for the bytes."""
    first: dict[str, Prepared] = field(default_factory=dict)
    record_events: dict[str, Submission] = field(default_factory=dict)
    """Those that act on other events, whole."""
    erasures: set[str] = field(default_factory=set)
    """The events that the erasures of this import name."""
    made: set[Thing] = field(default_factory=set)
    opened: dict[str, int] = field(default_factory=dict)
    refused: dict[int, ParleyError] = field(default_factory=dict)
    warnings: dict[int, Problem] = field(default_factory=dict)
    repeated: int = 0
    position: int = 0
    head: int | None = None
    """The end of the log when the comparison began, or after our own last chunk."""
    alone: bool = True
    """Nobody else has recorded since: what was compared holds."""


def import_batch(
    writer: Writer,
    origin: str,
    committed: Callable[[list[Recorded]], None],
    submissions: Iterable[Submission],
    by: str,
    *,
    lenient: bool = True,
    partial: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Record what is new; with any refusal nothing, unless `partial`. Raises Busy when the database is away.

    A conflict that another writer makes between two chunks stops a whole import half way: it is reported as refused,
    and what was recorded is counted.
    """
    job = _Import(by, lenient)
    try:
        with _without_collecting():
            _stage(job, origin, submissions)
            _compare(job, writer)
            if dry_run or (job.refused and not partial):
                return _result(job, len(job.staged) if dry_run and (partial or not job.refused) else 0, ())
            return _write(job, writer, committed, partial, progress)
    except psycopg.Error as error:
        raise away(error) from error


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Hundreds of thousands of objects are made and kept, none in a cycle: looking through them again and again for
    garbage would take longer than making them."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _stage(job: _Import, origin: str, submissions: Iterable[Submission]) -> None:
    """Bytes of every submission; doubles within the import found."""
    for index, submission in enumerate(submissions):
        try:
            one = prepare(origin, submission, job.by, thin=True)
        except ParleyError as refusal:
            job.refused[index] = refusal
            continue
        if submission.type.startswith("record."):
            job.record_events[submission.id] = submission
            if isinstance(erasure := submission.payload.data, RecordErased):
                job.erasures.add(erasure.event_id)
        first = job.first.setdefault(submission.id, one)
        if first is not one:
            _double(job, index, first, one)
            continue
        if submission.type == OPENING and job.opened.setdefault(submission.deal_id, index) != index:
            job.refused[index] = already_opened(submission.deal_id)
            continue
        job.made |= {(submission.deal_id, *thing) for thing in one.brings}
        job.staged.append((index, one))


def _double(job: _Import, index: int, first: Prepared, one: Prepared) -> None:
    known = {first.submission.id: _as_recorded(first)}
    try:
        repeat(View(head=0, first_recorded=0, heads={}, known=known, held={}), one)
        job.repeated += 1
    except ParleyError as refusal:
        job.refused[index] = refusal


def _as_recorded(one: Prepared) -> Recorded:
    """A submission of this import as if it stood in the record already: for comparing a second one with it."""
    sent = one.submission
    leaf = one.mould.fill(1, Moment(0), None)
    payload, salt = (None, None) if one.erased else (one.payload, one.salt)
    return Recorded(0, sent.deal_id, 0, sent.id, sent.type, Moment(0), one.by, leaf, b"", payload, salt)


def _compare(job: _Import, writer: Writer) -> None:
    """Hold the staged submissions against the record, without the lock: what is there already, what is refused."""
    fresh: list[tuple[int, Prepared]] = []
    born: set[str] = set()
    for start in range(0, len(job.staged), CHUNK_EVENTS):
        chunk = job.staged[start : start + CHUNK_EVENTS]
        view = writer.look([one for _, one in chunk], locking=False)
        job.head = view.head if job.head is None else job.head
        for index, one in chunk:
            try:
                if known := repeat(view, one):
                    job.repeated += 1
                    job.position = max(job.position, known.position)
                    continue
                _judge(job, view, writer, index, one)
            except ParleyError as refusal:
                job.refused[index] = refusal
                continue
            fresh.append((index, one))
        writer.leave()
        born |= {one.submission.deal_id for _, one in chunk} & job.opened.keys() - view.heads.keys()
    orphaned = {deal_id for deal_id in born if job.opened[deal_id] in job.refused}
    job.refused |= {
        index: unopened(one.submission.deal_id) for index, one in fresh if one.submission.deal_id in orphaned
    }
    job.staged = [(index, one) for index, one in fresh if index not in job.refused]


def _judge(job: _Import, view: View, writer: Writer, index: int, one: Prepared) -> None:
    sent = one.submission
    opening = job.opened.get(sent.deal_id)
    exists = sent.deal_id in view.heads or (opening is not None and opening not in job.refused)
    if exists and one.erased and sent.id not in job.erasures:
        raise _not_erased(sent.id)
    held = _HeldByImport(sent.deal_id, job.made, {}, (), view, writer, job, sent.id)
    whole = job.record_events.get(sent.id)
    plain = whole is None and sent.type != OPENING
    if exists and plain and all(held.holds(kind, thing_id) for kind, thing_id in one.needs):
        return
    problems = faults(whole or submission_of(_as_recorded(one)), held, exists=exists)
    for problem in problems:
        if not (job.lenient and problem.code == UnknownReference.code):
            raise refused(problems)
        job.warnings[index] = problem


@dataclass(frozen=True, slots=True)
class _HeldByImport(HeldByDeal):
    """What the record will hold once the whole import stands in it."""

    job: _Import
    event_id: str
    """The event that is decided."""

    def original(self, event_id: str) -> Submission | None:
        sibling = self.job.first.get(event_id)
        if sibling is not None and sibling.submission.deal_id == self.deal_id:
            return self.job.record_events.get(event_id) or submission_of(_as_recorded(sibling))
        return HeldByDeal.original(self, event_id)

    def revised(self, event_id: str, changes: dict[str, object]) -> tuple[Problem, ...]:
        sibling = self.job.first.get(event_id)
        if sibling is not None and sibling.erased:
            return ()  # it was corrected before it was erased, so there is nothing left to hold the change against
        return HeldByDeal.revised(self, event_id, changes)

    def types_about_record(self) -> list[str]:
        """Those that the import brings before the event that is decided are the last ones."""
        before = takewhile(lambda one: one.id != self.event_id, self.job.record_events.values())
        ours = (one.type for one in before if one.deal_id == self.deal_id)
        return [*HeldByDeal.types_about_record(self), *ours]


def _write(
    job: _Import,
    writer: Writer,
    committed: Callable[[list[Recorded]], None],
    partial: bool,
    progress: Progress | None,
) -> Imported:
    recorded = 0
    deals: dict[str, None] = {}
    for start in range(0, len(job.staged), CHUNK_EVENTS):
        chunk = job.staged[start : start + CHUNK_EVENTS]
        prepared = [one for _, one in chunk]
        view = writer.look(prepared, seeking=False)
        job.alone = job.alone and view.head == job.head
        if not job.alone:
            writer.seek(view, prepared)
        conflicts = _newly_taken(job, view, writer, chunk)
        if conflicts and not partial:
            writer.leave()
            break
        fresh = [one for index, one in chunk if one.submission.id not in view.known and index not in conflicts]
        if not fresh:
            writer.leave()
            continue
        for begin in range(0, len(fresh), SLICE_EVENTS):
            part = fresh[begin : begin + SLICE_EVENTS]
            rows, things = place(view, part)
            enter(view, rows, part, things)
            # The server inserts them while the next are placed.
            writer.insert(view, rows, part, last=begin + SLICE_EVENTS >= len(fresh))
        writer.finish(view)
        committed(view.rows)
        recorded += len(view.rows)
        job.head = job.position = view.rows[-1].position
        deals |= dict.fromkeys(row.deal_id for row in view.rows)
        if progress is not None:
            progress(start + len(chunk), len(job.staged))
    return _result(job, recorded, tuple(deals))


def _newly_taken(job: _Import, view: View, writer: Writer, chunk: list[tuple[int, Prepared]]) -> set[int]:
    """What others recorded since the comparison: the same content counts as repeated, other content is refused."""
    conflicts: set[int] = set()
    for index, one in chunk:
        deal_id = one.submission.deal_id
        try:
            if repeat(view, one):
                job.repeated += 1
            elif one.submission.type == ERASING:
                refuse_under_hold(HeldByDeal(deal_id, set(), {}, (), view, writer))
            elif one.submission.type == OPENING and view.held.get((one.submission.deal_id, *OPENED)):
                raise already_opened(one.submission.deal_id)
        except ParleyError as refusal:
            job.refused[index] = refusal
            conflicts.add(index)
    return conflicts


def _not_erased(event_id: str) -> InvalidInput:
    told = (
        f"The payload of {event_id} was erased in the log it comes from, and no record.erased of this import names it: "
        "import it together with its erasure, or leave the line out."
    )
    return InvalidInput(told, problems=(Problem("/data", "erased-payload", told),))


def _result(job: _Import, recorded: int, deals: tuple[str, ...]) -> Imported:
    return Imported(
        recorded,
        job.repeated,
        tuple(sorted(job.refused.items())),
        tuple(sorted(job.warnings.items())),
        job.position,
        deals,
    )
