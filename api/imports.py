"""Imports over HTTP: a file of JSON Lines of any size, judged as a whole before the first line is recorded."""

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request

from api import door, exported, limits
from api.headers import parts_of
from api.identity import Caller
from api.problems import as_json
from domain.envelope import Submission
from domain.errors import InvalidInput, ParleyError, Problem

IN_MEMORY_BYTES = 4 * 1024 * 1024
"""A longer body is kept in a temporary file until it is judged."""


class ImportRefused(InvalidInput):
    """Lines that cannot be recorded; nothing was."""

    code = "import-refused"


@dataclass(slots=True)
class Sheet:
    """The lines of an import: which are sound, and what is wrong with the others."""

    body: IO[bytes]
    deal_id: str | None
    """Replaces the deal of every line."""
    log: str
    numbers: "array[int]" = field(default_factory=lambda: array("Q"))
    """Line numbers, from 1, of the sound ones."""
    errors: dict[int, dict[str, Any]] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    lines: int = 0
    trailers: int = 0
    """Lines that end an export and hold no event."""

    def check(self) -> None:
        """Decode every line once, keeping only what is wrong."""
        for number, made in self._decoded():
            if isinstance(made, Submission):
                self.numbers.append(number)
            else:
                self.refuse(number, door.refusal(made))

    def submissions(self) -> Iterator[Submission]:
        """The sound lines, decoded anew."""
        return (made for _, made in self._decoded() if isinstance(made, Submission))

    def refuse(self, number: int, error: ParleyError) -> None:
        """Note what is wrong with a line."""
        told: dict[str, Any] = {"line": number, "code": _code(error), "detail": error.detail}
        if error.problems:
            told["problems"] = [as_json(each) for each in error.problems[: limits.ERRORS_LISTED]]
        self.errors[number] = told

    def told(self) -> list[dict[str, Any]]:
        """The errors, in the order of lines, as many as are listed."""
        return [self.errors[number] for number in sorted(self.errors)[: limits.ERRORS_LISTED]]

    def _decoded(self) -> Iterator[tuple[int, Submission | list[Problem]]]:
        self.body.seek(0)
        seen: Counter[bytes] = Counter()
        trailers = exported.Trailers()
        self.lines = 0
        self.warnings.clear()
        while line := self.body.readline(limits.LINE_BYTES + 2):
            self.lines += 1
            if len(line) > limits.LINE_BYTES + 1 and not line.endswith(b"\n"):
                self._skip()
                trailers.note(line)
                yield self.lines, [Problem("", "line-too-long", f"A line has at most {limits.LINE_BYTES} bytes.")]
            elif content := line.strip().removeprefix(b"\xef\xbb\xbf"):
                made = self._read(line, content, seen, trailers)
                if made != []:
                    yield self.lines, made
            else:
                trailers.note(line, blank=True)
        self.trailers = trailers.seen

    def _skip(self) -> None:
        """Read on to the end of a line that is too long."""
        while (rest := self.body.readline(limits.LINE_BYTES)) and not rest.endswith(b"\n"):
            pass

    def _read(
        self, line: bytes, content: bytes, seen: Counter[bytes], trailers: exported.Trailers
    ) -> Submission | list[Problem]:
        """The event of a line, or all its faults; nothing for the trailer of an export."""
        try:
            raw = door.read_json(content)
        except ParleyError as fault:
            trailers.note(line)
            return [Problem("", fault.code, fault.detail.replace("The body", "The line"))]
        if exported.is_trailer(raw):
            refusal, warning = trailers.check(raw)
            self.warnings += [{"line": self.lines, **as_json(warning)}] if warning else []
            return [refusal] if refusal else []
        trailers.note(line)
        if self.deal_id is not None and isinstance(raw, dict):
            raw["deal_id"] = self.deal_id
        return exported.read_line(raw, self.deal_id, lambda _: self._own_id(content, seen))

    def _own_id(self, content: bytes, seen: Counter[bytes]) -> str:
        """The id of a line that has none: the same whenever the same file is sent, so that sending it again is safe."""
        digest = sha256(content).digest()
        seen[digest] += 1
        return str(uuid5(uuid5(NAMESPACE_URL, self.log), f"{self.deal_id}/{digest.hex()}/{seen[digest]}"))


def _code(error: ParleyError) -> str:
    """The most telling code of a line: that of its first fault."""
    return error.problems[0].code if error.problems else error.code


async def spooled(request: Request) -> IO[bytes]:
    """The body of a request, in memory or on disk."""
    body = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by whoever reads it
    async for part in parts_of(request):
        body.write(part)
    return body


def run(body: IO[bytes], who: Caller, deal_id: str | None, *, partial: bool, dry_run: bool) -> dict[str, Any]:
    """What became of an import. Raises ImportRefused with an error for each bad line, and Busy."""
    with body:
        sheet = Sheet(body, deal_id, who.ledger.origin)
        sheet.check()
        hindered = bool(sheet.errors) and not partial
        result = who.ledger.import_batch(
            sheet.submissions(), who.principal, lenient=True, partial=partial, dry_run=dry_run or hindered
        )
        for index, refusal in result.refused:
            sheet.refuse(sheet.numbers[index], refusal)
    found = [{"line": sheet.numbers[index], **as_json(each)} for index, each in result.warnings]
    told: dict[str, Any] = {
        "lines": sheet.lines - sheet.trailers,
        "recorded": 0 if hindered else result.recorded,
        "repeated": result.repeated,
        "position": result.position,
        "deals": list(result.deals),
        "dry_run": dry_run,
        "errors": sheet.told(),
        "errors_total": len(sheet.errors),
        "warnings": (sheet.warnings + found)[: limits.ERRORS_LISTED],
    }
    if sheet.errors and not partial:
        first = told["errors"][0]
        sentence = (
            f"{len(sheet.errors)} of {told['lines']} lines cannot be recorded, so nothing was. "
            f"The first, line {first['line']}: {first['detail']}"
        )
        raise ImportRefused(sentence, extra=told)
    return told
