"""Imports: a file of events of any size, validated as a whole before the first line is recorded."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request

from api import limits
from api.errors import EmptyImport, Forbidden, invalid_input
from api.events import exported_lines
from api.events.calendar_warnings import CalendarWarnings
from api.events.import_report import Report
from api.events.import_sources import EventSource, Line, source_of
from api.http.authentication import ADMIN_TYPES, Caller
from api.http.requests import body_too_large, stream_body
from domain.envelope import Submission
from domain.errors import Problem
from domain.events.record import RecordErased
from ledger.append.bulk_import import Import
from ledger.append.spool import no_room
from projections.cancellation import check, checked
from projections.replay.erased_paths import complete_erasure

IN_MEMORY_BYTES = 4 * 1024 * 1024
"""A longer body is stored in a temporary file until it is validated."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a request asks of an import."""

    partial: bool = False
    """Record the valid lines even if others are invalid."""
    dry_run: bool = False
    """Validate, and record nothing."""


@dataclass(slots=True)
class ImportJob:
    """The lines of an import, each decoded once."""

    source: EventSource
    deal_id: str | None
    """Replaces the deal of every line."""
    log: str
    job: Import
    who: Caller
    lines: int = 0
    """Lines read so far that are to hold an event."""
    _trailers: int = 0
    """Lines of another kind: an export of a log without events has its trailer alone."""

    def read(self) -> None:
        """Pass every line to the import: as an event, or with its faults. Raises EmptyImport."""
        warnings = CalendarWarnings(self.who.ledger)
        for number, made in checked(self._decoded()):
            if isinstance(made, Submission):
                self.job.add(number, self._completed(number, made))
                for warning in warnings.of(made):
                    self.job.spool.warn(number, warning)
            else:
                self.job.refuse(number, invalid_input(made))
        if not self.lines and not self._trailers:
            raise EmptyImport(self.source.lack)

    def _decoded(self) -> Iterator[tuple[int, Submission | list[Problem]]]:
        for line in self.source.lines(self.job.spool.warn):
            self.lines += line.counts
            self._trailers += not line.counts
            if line.faults:
                yield line.number, line.faults
            elif line.counts:
                yield line.number, self._read(line)

    def _read(self, line: Line) -> Submission | list[Problem]:
        """The event of a line, or all its faults."""
        raw = line.raw
        if self.deal_id is not None and isinstance(raw, dict):
            raw["deal_id"] = self.deal_id
        made = exported_lines.read_line(raw, self.deal_id, lambda _: self._own_id(line.content))
        if not isinstance(made, Submission):
            return line.located(made)
        if not self._may_record(made):
            return line.located([Problem("/type", Forbidden.code, f"{made.type} takes the role admin.")])
        return made

    def _may_record(self, one: Submission) -> bool:
        """Guarded types require the role admin, unless the event is recorded already."""
        if one.type not in ADMIN_TYPES or self.who.may("admin"):
            return True
        return self.who.ledger.event(one.id) is not None

    def _completed(self, number: int, one: Submission) -> Submission:
        """An erasure with the values that its event had set."""
        erasure = one.payload.data
        if not isinstance(erasure, RecordErased):
            return one
        return complete_erasure(self.who.reader, one, self.job.brought(one.deal_id, erasure.event_id, number))

    def _own_id(self, content: bytes) -> str:
        """The id of a line that has none: derived from the file, so that an import can be retried."""
        digest = sha256(content).digest()
        times = self.job.spool.count_line(digest)
        return str(uuid5(uuid5(NAMESPACE_URL, self.log), f"{self.deal_id}/{digest.hex()}/{times}"))


async def spooled(request: Request) -> IO[bytes]:
    """The body of a request, in memory or on disk. Raises NoRoom, BodyTooLarge and BodyTooSlow."""
    body = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by its reader
    try:
        size = 0
        async for part in stream_body(request):
            size += len(part)
            if size > limits.IMPORT_BYTES:
                raise body_too_large(limits.IMPORT_BYTES, "split the file")
            _keep(body, part)
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return body


def _keep(body: IO[bytes], part: bytes) -> None:
    try:
        body.write(part)
    except OSError as error:
        raise no_room(error) from error


def run(
    body: IO[bytes],
    who: Caller,
    deal_id: str | None,
    options: ImportOptions,
    begun: Callable[[ImportJob], None] = lambda _: None,
) -> Report:
    """The report of an import; the caller closes it. `begun` is given the import, whose counts rise while it runs.

    Raises EmptyImport, Busy and NoRoom.
    """
    job = who.ledger.importing(who.principal)
    try:
        with body:
            read = ImportJob(source_of(body), deal_id, who.ledger.origin, job, who)
            begun(read)
            read.read()
        job.compare()
        check()
        if not options.dry_run and (options.partial or not job.refused):
            job.write(partial=options.partial, progress=lambda *_: check())
        return Report(job, read.lines, partial=options.partial, dry_run=options.dry_run)
    except BaseException:
        job.close()
        raise
