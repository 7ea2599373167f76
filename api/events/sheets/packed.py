"""The parts of a workbook file, bounded before any of them is read into memory."""

import zlib
from collections.abc import Iterable, Iterator
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from api.events.sheets.faults import NoTable
from projections.cancellation import check

UNPACKED_BYTES = 1024 * 1024 * 1024
SHARED_TEXTS_BYTES = 64 * 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
"""What a workbook may unpack to; its table of texts; and any other part than a sheet, which is held as a tree."""

SHEETS = "xl/worksheets/"
SHEET_ROWS = 1_048_576
"""A sheet has no more rows."""

ROW_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024


def check_parts(body: IO[bytes]) -> None:
    """Raises NoTable for a workbook of which a reader would hold too much in memory."""
    try:
        with ZipFile(body) as packed:
            members = packed.infolist()
            _check_sizes(members)
            for each in members:
                if each.file_size > PART_BYTES and each.filename.startswith(SHEETS):
                    with packed.open(each) as part:
                        _check_sheet(_read_in_parts(part))
    except (BadZipFile, expat.ExpatError, RuntimeError, EOFError, zlib.error) as fault:
        raise NoTable("The file begins as a workbook and is damaged: save it again as XLSX or CSV.") from fault
    body.seek(0)


def _read_in_parts(part: IO[bytes]) -> Iterator[bytes]:
    while read := part.read(READ_BYTES):
        yield read


def _check_sizes(members: Iterable[ZipInfo]) -> None:
    total = 0
    for each in members:
        total += each.file_size
        texts = each.filename.endswith("sharedStrings.xml")
        most = SHARED_TEXTS_BYTES if texts else UNPACKED_BYTES if each.filename.startswith(SHEETS) else PART_BYTES
        if total > UNPACKED_BYTES or each.file_size > most:
            raise NoTable(
                "The workbook unpacks to more than a gibibyte, to 64 MiB of texts, or to 8 MiB of a part that is no "
                "sheet: save it as CSV."
            )


def _check_sheet(parts: Iterable[bytes]) -> None:
    """Raises NoTable for a sheet with more rows than a sheet has, a row that is too long, or too much beside rows."""
    parser = expat.ParserCreate(namespace_separator=" ")
    rows = beside = row_start = row_end = depth = 0

    def start(name: str, _: object) -> None:
        nonlocal rows, beside, row_start, depth
        if name.endswith(" row"):
            if not depth:
                rows += 1
                row_start = parser.CurrentByteIndex
                beside += row_start - row_end
            depth += 1

    def end(name: str) -> None:
        nonlocal row_end, depth
        if name.endswith(" row"):
            depth -= 1
            if not depth:
                row_end = parser.CurrentByteIndex
                hold(row_end - row_start)

    def hold(size: int) -> None:
        if size > ROW_BYTES or rows > SHEET_ROWS or beside > PART_BYTES:
            raise NoTable(
                f"The sheet has more than {SHEET_ROWS} rows, a row of more than a mebibyte, or 8 MiB beside its rows: "
                "save it as CSV."
            )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    read = 0
    for part in parts:
        check()
        parser.Parse(part)
        read += len(part)
        if depth:
            hold(read - row_start)
        elif beside + read - row_end > PART_BYTES:
            beside += read - row_end
            hold(0)
    parser.Parse(b"", True)
