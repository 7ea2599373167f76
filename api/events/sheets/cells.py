"""The cells of a table: the rows of a CSV file or of a workbook, bounded in number and size."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO
from zipfile import BadZipFile, ZipFile

from api.errors import ExtraMissing
from api.http.text_encoding import encoding_of
from domain.errors import InvalidInput
from projections.csv_cells import from_cell

Cell = str | int | float | bool | date | datetime | None

ZIP_START = b"PK\x03\x04"
DELIMITERS = ",;\t"
MOST_COLUMNS = 500
"""A file with more is refused: no event has as many fields."""

UNPACKED_BYTES = 1024 * 1024 * 1024
SHARED_TEXTS_BYTES = 64 * 1024 * 1024
"""What a workbook may unpack to, and its table of texts, which is held in memory."""

HEAD_BYTES = 64 * 1024


class NoTable(InvalidInput):
    """A file cannot be read as a table of events."""


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
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=_delimiter(start, encoding), strict=True), 1):
            yield number, [text_of(cell) for cell in cells]
    except UnicodeDecodeError as fault:
        told = f"The file is {encoding.upper()} by its first bytes, and what follows is not: save it as UTF-8."
        raise NoTable(told) from fault
    except csv.Error as fault:
        raise NoTable(f"The file is no CSV after row {number}: {fault}.") from fault
    finally:
        text.detach()


def text_of(cell: str) -> str | None:
    """The text of a cell of a CSV file, without white space around it and what guards it from being computed."""
    return from_cell(cell.strip()) or None


def _delimiter(start: bytes, encoding: str) -> str:
    """The separator that the first line has most of, outside of quotes."""
    first = start.decode(encoding, "ignore").splitlines()[:1]
    outside = "".join(first[0].split('"')[::2]) if first else ""
    return max(DELIMITERS, key=outside.count)


def workbook_rows(body: IO[bytes]) -> Iterator[Row]:
    """The rows of the first sheet of a workbook. Raises NoTable, and ExtraMissing without the extra `xlsx`."""
    try:
        from openpyxl import load_workbook
    except ModuleNotFoundError as missing:
        raise ExtraMissing("Workbooks need the extra xlsx: pip install 'parley-tracker[xlsx]'.") from missing
    _check_size(body)
    try:
        book = load_workbook(body, read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
            values = [_value(cell) for cell in cells]
            while values and values[-1] is None:
                values.pop()
            yield number, values
    except (BadZipFile, KeyError, ValueError, IndexError, OSError) as fault:
        raise NoTable(f"The workbook cannot be read ({type(fault).__name__}): save it again as XLSX or CSV.") from fault


def _check_size(body: IO[bytes]) -> None:
    """Raises NoTable for a workbook that unpacks to more than is read."""
    try:
        with ZipFile(body) as packed:
            members = packed.infolist()
    except BadZipFile as fault:
        raise NoTable("The file begins as a workbook and is damaged: save it again as XLSX or CSV.") from fault
    body.seek(0)
    shared = sum(each.file_size for each in members if each.filename.endswith("sharedStrings.xml"))
    if sum(each.file_size for each in members) > UNPACKED_BYTES or shared > SHARED_TEXTS_BYTES:
        raise NoTable("The workbook unpacks to more than a gibibyte, or to 64 MiB of texts: save it as CSV.")


def _value(cell: object) -> Cell | FormulaCell:
    value, kind = getattr(cell, "value", None), getattr(cell, "data_type", "n")
    if kind == "f":
        return FormulaCell(str(value))
    if isinstance(value, str):
        return value.strip() or None
    return value if isinstance(value, int | float | date) else None if value is None else str(value)
