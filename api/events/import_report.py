"""The response to an import: its counts, and every line that is refused or has a warning, however many there are.

The lists are read from the spool of the import while they are sent, so that memory does not grow with them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api import hints
from api.answers import Fault
from api.errors import Forbidden, ImportStopped
from api.events.answers import ImportCounts
from api.http.problem_details import MEDIA_TYPE, described, listed, placed, problem_to_json
from api.http.responses import JSON
from domain.errors import InvalidInput, ParleyError, Problem, total
from ledger.append.bulk_import import Import

PIECE_BYTES = 64 * 1024
"""Of an answer that are sent at once."""


class ImportRefused(InvalidInput):
    """Some lines cannot be recorded, so none was."""

    code = "import-refused"


class Report:
    """The result of an import. It owns the spool and must be closed."""

    def __init__(self, job: Import, lines: int, *, partial: bool, dry_run: bool) -> None:
        self._job = job
        self._lines = lines
        self._dry_run = dry_run
        self.error = None if partial or not job.refused else self._refusal()
        """Why the import as a whole failed; None if it succeeded."""

    def close(self) -> None:
        """Remove the spool."""
        self._job.close()

    def figures(self) -> ImportCounts:
        """The counts of lines by result."""
        job = self._job
        would_be = 0 if self.error else job.left
        return {
            "lines": self._lines,
            "recorded": would_be if self._dry_run else job.recorded,
            "repeated": job.repeated,
            "position": job.position,
            "dry_run": self._dry_run,
            "errors_total": job.refused,
            "warnings_total": job.spool.warned,
        }

    def lists(self) -> dict[str, Iterable[Any]]:
        """The deals that gained events, every line that cannot be recorded, and every warning."""
        return {
            "deals": self._job.spool.deals(),
            "errors": (as_error(number, error) for number, error in self.refusals()),
            "warnings": (as_warning(number, each) for number, each in self.warnings()),
        }

    def refusals(self, after: int = 0) -> Iterator[tuple[int, ParleyError]]:
        """Line and reason of each that cannot be recorded, after a line."""
        return self._job.spool.refusals(after)

    def warnings(self, after: int = 0) -> Iterator[tuple[int, Problem]]:
        """Line and text of each warning, after as many."""
        return self._job.spool.warnings(after)

    def as_dict(self) -> dict[str, Any]:
        """All of it, in memory."""
        why = {} if self.error is None else {"code": self.error.code, **hints.as_members(self.error)}
        return {**why, **self.figures(), **{name: list(items) for name, items in self.lists().items()}}

    def answer(self, instance: str) -> StreamingResponse:
        """The report as JSON, streamed; closes the report."""
        if self.error is None:
            return _Answer(self, self.figures(), 200, JSON)
        status, _ = placed(type(self.error))
        return _Answer(self, {**described(self.error, instance), **self.figures()}, status, MEDIA_TYPE)

    def pieces(self, head: Mapping[str, Any]) -> Iterator[bytes]:
        """A JSON object of these members and the lists, in chunks."""
        piece = bytearray(orjson.dumps(head)[:-1])
        for name, items in self.lists().items():
            piece += b",%b:[" % orjson.dumps(name)
            for index, item in enumerate(items):
                piece += b"," if index else b""
                piece += orjson.dumps(item)
                if len(piece) >= PIECE_BYTES:
                    yield bytes(piece)
                    piece.clear()
            piece += b"]"
        yield bytes(piece + b"}")

    def _refusal(self) -> ParleyError:
        job = self._job
        number, first = next(job.spool.refusals())
        forbidden = next((each for _, each in job.spool.refusals() if _code(each) == Forbidden.code), None)
        if forbidden is not None and not job.recorded:
            return Forbidden(f"Nothing was recorded: {forbidden.detail}", hint=forbidden.hint)
        if not job.recorded:
            return ImportRefused(
                f"{job.refused} of {self._lines} lines cannot be recorded, so nothing was. "
                f"The first, line {number}: {first.detail}",
                hint=first.hint,
            )
        return ImportStopped(
            f"While the import was being recorded, others recorded events that conflict with {job.refused} of its "
            f"{self._lines} lines; {job.recorded} are recorded now, and {job.left} sound ones are not. "
            f"The first that is refused, line {number}: {first.detail} Mend those lines and send the file again: "
            "what is recorded is recognised.",
            hint=first.hint,
        )


class _Answer(StreamingResponse):
    """Removes the spool when the response was sent or the client disconnected."""

    def __init__(self, report: Report, head: Mapping[str, Any], status: int, media: str) -> None:
        super().__init__(report.pieces(head), status, media_type=media)
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._report.close()


def as_warning(number: int, fault: Problem) -> Fault:
    """A warning about a line."""
    told = problem_to_json(fault)
    told["line"] = number
    return told


def as_error(number: int, error: ParleyError) -> Fault:
    """A refused line, with the code of its first fault."""
    told = hints.fault_of(_code(error), error)
    told["line"] = number
    if error.problems:
        told["problems"] = [problem_to_json(each) for each in listed(error.problems)]
    if (there_are := total(error.problems)) > len(told.get("problems", ())):
        told["problems_total"] = there_are
    return told


def _code(error: ParleyError) -> str:
    return error.problems[0].code if error.problems else error.code
