"""What an import reads: the lines of a JSON Lines file, or the rows of a CSV file or workbook."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from api import limits
from api.errors import NotJsonLines
from api.events import exported_lines
from api.events.sheets import cells
from api.events.sheets.row_faults import at_columns
from api.events.sheets.rows import Column, columns_of, event_of
from api.http import strict_json
from api.http.text_encoding import Lines, Utf8Lines, encoding_of
from domain.errors import ParleyError, Problem
from projections.cancellation import check

Warn = Callable[[int, Problem], None]
"""Takes a warning about a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line or row of a file."""

    number: int
    content: bytes
    """What the id of an event without one is derived from."""
    raw: Any = None
    """The event as JSON has it."""
    faults: list[Problem] = field(default_factory=list)
    counts: bool = True
    """Whether it is to hold an event; a trailer and a blank line are not."""
    columns: Sequence[Column | None] = ()

    def located(self, faults: list[Problem]) -> list[Problem]:
        """Faults of its event, with the columns that they are about."""
        if not self.columns:
            return faults
        return at_columns(faults, self.columns, self.raw.get("type") if isinstance(self.raw, dict) else None)


class EventSource(Protocol):
    """A file of events."""

    def lines(self, warn: Warn, /) -> Iterator[Line]:
        """Every line, in order."""
        ...

    @property
    def lack(self) -> str:
        """What a file without an event lacks, as a sentence; once all lines are read."""
        ...


def source_of(body: IO[bytes]) -> EventSource:
    """The lines of a file, by its first bytes: a workbook, a table, or else JSON Lines. Raises NotJsonLines."""
    start = body.read(cells.HEAD_BYTES)
    body.seek(0)
    if cells.is_workbook(start):
        return Table(cells.workbook_rows(body))
    text = start.decode(encoding_of(start), "ignore").lstrip("\ufeff \t\r\n")
    if _is_one_document(text):
        raise NotJsonLines("The file is one JSON document over several lines: write each event on a line of its own.")
    return Table(cells.csv_rows(body)) if _is_table(text) else JsonLines(Utf8Lines(body))


def _is_one_document(text: str) -> bool:
    """Whether a file that starts with this text is a list or object of JSON that begins on a line of its own."""
    first, *others = text.splitlines() or [""]
    return first.strip() in ("[", "{") and bool(others)


def _is_table(text: str) -> bool:
    """Whether a file that starts with this text is a table: by a column `type`, or since no line of it is an object."""
    first, *others = text.splitlines() or [""]
    if cells.declared_delimiter(first):
        return True
    if first[:1] in ("{", "[") or not any(mark in first for mark in cells.DELIMITERS):
        return False
    return "type" in first or not any(line.lstrip()[:1] == "{" for line in others)


@dataclass(slots=True)
class JsonLines:
    """A JSON Lines file: an event on each line, and trailers of exports."""

    body: Lines
    _trailers: exported_lines.Trailers = field(default_factory=exported_lines.Trailers)
    _blank: int = 0
    """Blank lines so far."""

    @property
    def lack(self) -> str:
        what = "has only blank lines" if self._blank else "is empty"
        return f"The file {what}: write an event as a JSON object on each line, or a table with a row for each event."

    def lines(self, warn: Warn, /) -> Iterator[Line]:
        """Every line but blank ones, which only count."""
        number = 0
        while line := self.body.readline(limits.LINE_BYTES + 2):
            number += 1
            if len(line) > limits.LINE_BYTES + 1 and not line.endswith(b"\n"):
                self._skip()
                self._trailers.note(line)
                told = f"A line has at most {limits.LINE_BYTES} bytes."
                yield Line(number, line, faults=[Problem("", "line-too-long", told)])
            elif content := line.strip().removeprefix(b"\xef\xbb\xbf"):
                yield self._read(number, line, content, warn)
            else:
                self._blank += 1
                self._trailers.note(line, blank=True)

    def _skip(self) -> None:
        """Skip to the end of a line that is too long."""
        while (rest := self.body.readline(limits.LINE_BYTES)) and not rest.endswith(b"\n"):
            pass

    def _read(self, number: int, line: bytes, content: bytes, warn: Warn) -> Line:
        try:
            raw = strict_json.parse_json(content, "The line")
        except ParleyError as fault:
            self._trailers.note(line)
            return Line(number, content, faults=list(fault.problems) or [Problem("", fault.code, fault.detail)])
        if isinstance(raw, list):
            told = "The line is a list: write each event as an object on a line of its own."
            return Line(number, content, faults=[Problem("", "invalid-type", told)])
        if not exported_lines.is_trailer(raw):
            self._trailers.note(line)
            return Line(number, content, raw)
        refusal, warning = self._trailers.check(raw)
        if warning:
            warn(number, warning)
        return Line(number, content, faults=[refusal] if refusal else [], counts=False)


@dataclass(slots=True)
class Table:
    """The rows of a table, the first of which names the columns."""

    rows: Iterator[cells.Row]
    _named: bool = False
    """Whether a row has named the columns."""

    @property
    def lack(self) -> str:
        if self._named:
            return "The table has a first row with the names of its columns, and no event below: add a row for each."
        return "The table has no row: name the columns in the first one, and add a row for each event."

    def lines(self, _warn: Warn, /) -> Iterator[Line]:
        """Every row that is not empty. Raises NoTable for a file that is no table of events."""
        columns: list[Column | None] = []
        for number, found in self.rows:
            check()
            if all(cell is None for cell in found):
                continue
            if not columns:
                columns, self._named = columns_of(found), True
                continue
            if _is_trailer(found[0]):
                yield Line(number, b"", counts=False)
                continue
            raw, faults = event_of(columns, found)
            content = b""
            try:
                content = json.dumps(raw, sort_keys=True).encode()
            except RecursionError:
                faults = [Problem("", "malformed-json", "The row is nested too deep to be read: flatten it.")]
            yield Line(number, content, raw, faults, columns=columns)


def _is_trailer(cell: object) -> bool:
    """Whether a row that begins with this cell is the trailer of an export."""
    return isinstance(cell, str) and cell.startswith(tuple(f"#{name}=" for name in exported_lines.TRAILER))
