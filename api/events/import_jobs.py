"""Imports in the background (`Prefer: respond-async`, RFC 7240): how far each has come, and its report at the end.

A job belongs to the process that runs it. One that is ended by a stop of the server is not resumed: what it has
recorded stands, and the same file may be sent again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from logging import getLogger
from os import SEEK_END
from threading import Lock
from time import monotonic
from typing import IO, Any, Literal
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api import limits
from api.answers import Fault
from api.errors import UnknownImport
from api.events import imports
from api.events.import_report import Report, as_error, as_warning
from api.events.imports import ImportJob, ImportOptions
from api.http.authentication import Caller, caller
from api.http.problem_details import described
from api.runtime.background_jobs import BackgroundJobs
from api.runtime.runtime import Runtime
from domain.errors import InvalidInput, ParleyError
from domain.time.instants import Moment, iso
from ledger.encoding.answer_fields import Instant, instant_or_none
from projections.cancellation import Token
from projections.state.state_reader import clock

log = getLogger("parley.imports")

State = Literal["waiting", "running", "done", "refused", "failed", "cancelled"]

CANCELLED = "The import was cancelled; what it had recorded stands."


@dataclass(frozen=True, slots=True)
class BackgroundImport:
    """An import in the background: its state, its counts so far, and its report once it has ended."""

    id: str
    state: State
    created_at: Instant
    created_by: str
    ended_at: Instant | None
    lines: int
    recorded: int
    errors_total: int
    warnings_total: int
    report: Mapping[str, Any] | None


class ImportInBackground:
    """A job that imports a file; see api.runtime.background_jobs."""

    def __init__(
        self, runtime: Runtime, who: Caller, body: IO[bytes], size: int, deal_id: str | None, options: ImportOptions
    ) -> None:
        """`size` is that of the body. The log stays open until the job has run, so it must be started."""
        self.id = str(uuid4())
        self.state: State = "waiting"
        self.ended: float | None = None
        self.size = size
        self._importing = runtime.importing
        self._tenants = runtime.tenants
        self._tenants.enter(who.log)
        self._who = who
        self._body = body
        self._deal_id = deal_id
        self._options = options
        self._created_at: Moment = clock()
        self._ended_at: Moment | None = None
        self._token = Token(float("inf"), "")
        self._lines: ImportJob | None = None
        self._report: Report | None = None
        self._problem: dict[str, Any] | None = None
        self._reading = Lock()
        """Held while the lists of the report are read or removed."""

    @property
    def tenant(self) -> str:
        """Its log."""
        return self._who.ledger.tenant

    @property
    def principal(self) -> str:
        """Who sent the file."""
        return self._who.principal

    @property
    def waiting(self) -> bool:
        """Whether it has not begun."""
        return self.state == "waiting"

    @property
    def path(self) -> str:
        """Where it is read."""
        return f"/v1/imports/{self.id}"

    async def run(self) -> None:
        """Import, once it is its turn."""
        try:
            async with self._importing:
                self.state = "running"
                await run_in_threadpool(self._run)
        finally:
            if self.ended is None:
                self._end("cancelled")
            self._body.close()
            self._tenants.leave(self._who.log)

    def _run(self) -> None:
        try:
            report = self._token.run(
                lambda: imports.run(self._body, self._who, self._deal_id, self._options, self._begun)
            )
        except ParleyError as error:
            self._problem = described(error, self.path)
            refused = isinstance(error, InvalidInput)
            self._end("cancelled" if self._token.cancelled else "refused" if refused else "failed")
        except Exception:  # whatever goes wrong here, who asks for the job must learn that it has ended
            log.exception("an import in the background failed", extra={"import_id": self.id})
            self._end("failed")
        else:
            self._report = report
            self._end("done" if report.error is None else "refused")

    def _begun(self, lines: ImportJob) -> None:
        self._lines = lines

    def _end(self, state: State) -> None:
        self.state, self._ended_at, self.ended = state, clock(), monotonic()

    def cancel(self) -> None:
        """End it at the next line or transaction."""
        self._token.cancel(CANCELLED)

    def close(self) -> None:
        """Cancel it, and remove its report."""
        self.cancel()
        with self._reading:
            if self._report is not None:
                self._report.close()
                self._report = None

    def answer(self) -> BackgroundImport:
        """Its state now."""
        lines = self._lines
        return BackgroundImport(
            self.id,
            self.state,
            iso(self._created_at),
            self.principal,
            instant_or_none(self._ended_at),
            lines.lines if lines else 0,
            lines.job.recorded if lines else 0,
            lines.job.refused if lines else 0,
            lines.job.spool.warned if lines else 0,
            self._answered() if self.ended is not None else None,
        )

    def _answered(self) -> Mapping[str, Any] | None:
        """What a synchronous import would have answered, without its lists."""
        report = self._report
        if report is None:
            return self._problem
        return report.figures() if report.error is None else {**described(report.error, self.path), **report.figures()}

    def errors(self, after: int, limit: int) -> list[Fault]:
        """Lines that cannot be recorded, after a line; none until it has ended."""
        return self._listed(lambda report: (as_error(*each) for each in report.refusals(after)), limit)

    def warnings(self, after: int, limit: int) -> list[Fault]:
        """Warnings, after as many; none until it has ended."""
        return self._listed(lambda report: (as_warning(*each) for each in report.warnings(after)), limit)

    def _listed(self, items: Callable[[Report], Iterator[Fault]], limit: int) -> list[Fault]:
        with self._reading:
            return [] if self._report is None else list(islice(items(self._report), limit))


async def begin(request: Request, deal_id: str | None, options: ImportOptions) -> ImportInBackground:
    """Start an import of the request's body. Raises TooManyRequests, and as `spooled` does."""
    runtime: Runtime = request.app.state.runtime
    who = caller(request)
    runtime.imports.admit(who.ledger.tenant, who.principal)  # before the body is sent for nothing
    body = await imports.spooled(request)
    try:
        size = body.seek(0, SEEK_END)
        body.seek(0)
        runtime.imports.admit(who.ledger.tenant, who.principal, size)
    except BaseException:
        body.close()
        raise
    job = ImportInBackground(runtime, who, body, size, deal_id, options)
    runtime.imports.start(job)
    return job


def visible_to(request: Request) -> list[ImportInBackground]:
    """The imports that the caller may see, newest first: its own, and for an admin all of the log."""
    who = caller(request)
    jobs: BackgroundJobs[ImportInBackground] = request.app.state.runtime.imports
    return jobs.of(who.ledger.tenant, None if who.may("admin") else who.principal)


def find(request: Request, import_id: str) -> ImportInBackground:
    """The import of this id. Raises UnknownImport."""
    for job in visible_to(request):
        if job.id == import_id:
            return job
    raise UnknownImport(
        f"There is no import {import_id[:64]!r}: one is known to the server that runs it, until "
        f"{limits.JOB_REPORT_SECONDS // 60} minutes after its end. Send the same file again: what is recorded is "
        "recognised."
    )
