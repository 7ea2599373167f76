"""The cells of a table: the rows of a CSV file or of a workbook, bounded in number and size."""

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO
from zipfile import BadZipFile

from api.errors import ExtraMissing
from api.events.sheets.faults import NoTable
from api.events.sheets.packed import SHEET_ROWS, check_parts
from api.http.text_encoding import encoding_of
from projections.csv_cells import from_cell

Cell = str | int | float | bool | date | datetime | None

ZIP_START = b"PK\x03\x04"
DELIMITERS = ",;\t"
_DECLARED = re.compile(r'"?sep=([^\w\s"]|\t)"?\1*\s*', re.IGNORECASE)
MOST_COLUMNS = 500
"""A file with more is refused: no event has as many fields."""

ROW_CHARACTERS = 1024 * 1024
"""Of a row of a CSV file."""

UNREADABLE = (
    ArithmeticError, AttributeError, BadZipFile, EOFError, LookupError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, zlib.error,
)  # fmt: skip
"""What the reader of workbooks raises at a file that is not as the format demands."""

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A cell with a formula, which has no value of its own."""

    formula: str


Row = tuple[int, Sequence[Cell | FormulaCell]]
"""The number of a row, from 1, and its cells."""


def is_workbook(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a workbook (XLSX)."""
    return start.startswith(ZIP_START)


def csv_rows(body: IO[bytes]) -> Iterator[Row]:
    """The rows of a CSV file: UTF-8 or UTF-16, commas, semicolons or tabs. Raises NoTable."""
    start = body.read(HEAD_BYTES)
    body.seek(0)
    encoding = encoding_of(start)
    text = io.TextIOWrapper(body, "utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    number, lines = 0, _RowLines(text)
    try:
        head = (start.decode(encoding, "ignore").lstrip("\ufeff").splitlines() or [""])[0]
        declared = declared_delimiter(head)
        for number, cells in enumerate(csv.reader(lines, delimiter=declared or _delimiter(head), strict=True), 1):
            lines.read = 0
            if number > 1 or declared is None:
                yield number, [text_of(cell) for cell in cells]
    except UnicodeDecodeError as fault:
        told = f"The file is {encoding.upper()} by its first bytes, and what follows is not: save it as UTF-8."
        raise NoTable(told) from fault
    except csv.Error as fault:
        raise NoTable(f"The file is no CSV after row {number}: {fault}.") from fault
    finally:
        if not body.closed:
            text.detach()


@dataclass(slots=True)
class _RowLines:
    """The lines of a file, bounded for each row, which may have several. Raises csv.Error."""

    text: io.TextIOWrapper
    read: int = 0
    """Characters since the last row."""

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(ROW_CHARACTERS + 1 - self.read):
            self.read += len(line)
            if self.read > ROW_CHARACTERS:
                raise csv.Error(f"the next row has more than {ROW_CHARACTERS} characters")
            yield line


def text_of(cell: str) -> str | None:
    """The text of a cell of a CSV file, without white space around it and what guards it from being computed."""
    return from_cell(cell.strip()) or None


def declared_delimiter(first: str) -> str | None:
    """The separator that a first line declares, as spreadsheets write and read it: `sep=;`; None for another line."""
    found = _DECLARED.fullmatch(first)
    return found[1] if found else None


def _delimiter(first: str) -> str:
    """The separator that the first line has most of, outside of quotes."""
    return max(DELIMITERS, key="".join(first.split('"')[::2]).count)


def workbook_rows(body: IO[bytes]) -> Iterator[Row]:
    """The rows of the first visible sheet of a workbook. Raises NoTable, and ExtraMissing without the extra `xlsx`."""
    try:
        from openpyxl import load_workbook
    except ModuleNotFoundError as missing:
        raise ExtraMissing("Workbooks need the extra xlsx: pip install 'parley-tracker[xlsx]'.") from missing
    check_parts(body)
    try:
        book = load_workbook(body, read_only=True, keep_links=False)
        sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        last: object = None
        for number, cells in enumerate(sheet.iter_rows(max_row=SHEET_ROWS + 1), 1):
            if number > SHEET_ROWS:
                raise NoTable(f"The sheet names a row beyond {SHEET_ROWS}: save it again as XLSX or CSV.")
            if cells is last:
                continue  # rows that a file leaves out are one and the same
            last, values = cells, [_value(cell) for cell in cells]
            while values and values[-1] is None:
                values.pop()
            if len(values) > MOST_COLUMNS:
                raise NoTable(f"Row {number} has more than {MOST_COLUMNS} columns: clear those beside the table.")
            yield number, values
    except (StopIteration, *UNREADABLE) as fault:
        raise NoTable(f"The workbook cannot be read ({type(fault).__name__}): save it again as XLSX or CSV.") from fault


def _value(cell: object) -> Cell | FormulaCell:
    value, kind = getattr(cell, "value", None), getattr(cell, "data_type", "n")
    if kind == "f":
        return FormulaCell(str(value))
    if isinstance(value, str):
        return value.strip() or None
    return value if isinstance(value, int | float | date) else None if value is None else str(value)
