"""Workbooks (XLSX): events as rows, and sheets to fill in with choices as lists. Needs the extra `xlsx`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import IO, TYPE_CHECKING, Any

from api.errors import ExtraMissing
from api.events.sheets.layout import TO_FILL_IN, field_names, required_columns, row_of
from api.events.sheets.rows import DATA, letter_of, types_at
from domain.event import Event

if TYPE_CHECKING:
    from openpyxl import Workbook

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FIRST_YEAR = 1900
"""Spreadsheets have no dates before it."""

LARGEST_NUMBER = 2**53
"""Spreadsheets hold no whole number beyond it exactly."""

REQUIRED = ("deal_id", "type", "occurred")
"""Columns that every event fills in."""

ROWS_TO_FILL_IN = 1000
WIDTH = 22


def require() -> Any:
    """The library of workbooks. Raises ExtraMissing where it is not installed."""
    try:
        import openpyxl
    except ModuleNotFoundError as missing:
        raise ExtraMissing("Workbooks need the extra xlsx: pip install 'parley-tracker[xlsx]'.") from missing
    return openpyxl


def write_events(file: IO[bytes], events: Iterable[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Write events as the rows of a workbook; exact dates are cells of dates. Raises ExtraMissing."""
    book = require().Workbook(write_only=True)
    sheet = book.create_sheet("events")
    sheet.append(list(names))
    for event in events:
        kind = str(event["type"])
        cells = zip(names, row_of(event, names), strict=True)
        sheet.append([_cell(sheet, name, value, kind) for name, value in cells])
    book.save(file)


def _cell(sheet: Any, name: str, value: Any, kind: str) -> Any:
    """A cell of a value; a text is one even where it begins as a formula."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < LARGEST_NUMBER else _text_cell(sheet, str(value))
    if isinstance(value, str) and (day := _day(value)) and any(each.is_date for each in types_at(kind, name)):
        cell: Any = WriteOnlyCell(sheet)
        cell.value = day
        cell.number_format = "yyyy-mm-dd"
        return cell
    return value if value is None or isinstance(value, float) else _text_cell(sheet, str(value))


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    cell.data_type = "s"
    return cell


def _day(text: str) -> date | None:
    """The exact day that a text is, if spreadsheets have it."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and day.year >= FIRST_YEAR else None


def columns_to_fill_in(types: Sequence[type[Event]]) -> list[str]:
    """The columns of a sheet for events of some types."""
    fields = dict.fromkeys(name for cls in types for name in field_names(cls))
    return [*TO_FILL_IN, *fields, DATA]


def write_template(file: IO[bytes], types: Sequence[type[Event]]) -> None:
    """Write a workbook to fill in: the columns of some types, with lists of choices, and what each type records."""
    book: Workbook = require().Workbook()
    sheet, help_sheet, choices = book.active, book.create_sheet("help"), book.create_sheet("choices")
    assert sheet is not None
    sheet.title = "events"
    names = columns_to_fill_in(types)
    sheet.append(names)
    sheet.freeze_panes = "A2"
    for index, name in enumerate(names):
        sheet.column_dimensions[letter_of(index)].width = WIDTH
        values = sorted({choice for cls in types for choice in _choices(cls, name)})
        if values:
            _offer(sheet, choices, index, values)
    help_sheet.append(["type", "records", "required", "optional"])
    for cls in types:
        required = list(required_columns(cls))
        optional = [name for name in field_names(cls) if name not in required]
        about = " ".join((cls.__doc__ or "").split())
        help_sheet.append([cls.NAME, about, ", ".join([*REQUIRED, *required]), ", ".join(optional)])
    choices.sheet_state = "hidden"
    book.save(file)


def _choices(cls: type[Event], name: str) -> Iterator[str]:
    if name == "type":
        yield cls.NAME
    for each in types_at(cls.NAME, name):
        yield from (str(choice) for choice in each.choices)


def _offer(sheet: Any, choices: Any, index: int, values: Sequence[str]) -> None:
    """Offer values as a list in a column: a range of the sheet of choices, as a list in the cell itself is short."""
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = letter_of(index)
    for row, value in enumerate(values, 1):
        choices.cell(row=row, column=index + 1, value=value)
    offered = DataValidation(type="list", formula1=f"choices!${letter}$1:${letter}${len(values)}", allow_blank=True)
    sheet.add_data_validation(offered)
    offered.add(f"{letter}2:{letter}{ROWS_TO_FILL_IN}")
