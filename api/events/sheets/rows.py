"""A row as an event: its columns name members of the envelope or fields of the data, its cells are their values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from api.events import field_paths
from api.events.field_paths import Unreadable
from api.events.sheets.cells import MOST_COLUMNS, Cell, FormulaCell
from api.events.sheets.faults import NoTable
from api.http.strict_json import parse_json
from domain.envelope import LEAF_MEMBERS, LEDGER_MEMBERS, PAYLOAD_MEMBERS, Payload
from domain.errors import ParleyError, Problem
from domain.event import REGISTRY
from domain.fields.description import ValueType, describe
from domain.fields.values import Source
from domain.nearest_names import nearest
from domain.time.edtf import When

Raw = dict[str, Any]

DATA, SOURCES = "data", "sources"
SOURCE_COLUMNS = {f"source_{name}": name for name in describe(Source)}
"""Columns of the first source: source_url, source_title and so on."""

NUMBERS = frozenset({"rank", "schema_version", "version", "position"})
DATES = frozenset({"occurred", "effective", "published"})
JSON_MEMBERS = frozenset({DATA, SOURCES})
MEMBERS = frozenset({*LEAF_MEMBERS, *PAYLOAD_MEMBERS, *LEDGER_MEMBERS, "erased"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in the first row."""

    name: str
    letter: str
    pointer: str
    """The member of the event that its cells give (RFC 6901)."""

    def fault(self, detail: str, code: str = "invalid-cell") -> Problem:
        return Problem(self.pointer, code, f"Column {self.letter} ({self.name}): {detail}")


def columns_of(header: Sequence[Cell | FormulaCell]) -> list[Column | None]:
    """The columns that a first row names, None for one without a name. Raises NoTable."""
    if len(header) > MOST_COLUMNS:
        raise NoTable(f"The table has more than {MOST_COLUMNS} columns: leave out those that are empty.")
    names = [str(cell).strip() if isinstance(cell, str) else "" for cell in header]
    found = [Column(name, letter_of(index), _pointer(name)) if name else None for index, name in enumerate(names)]
    given = [each.pointer for each in found if each]
    if "/type" not in given:
        near = next(iter(nearest("type", names)), None)
        meant = "" if near is None else f": is it {near!r}?"
        raise NoTable(
            "The first row names the columns, such as deal_id, type, occurred, summary and the fields of the type; "
            f"it has no column type{meant or '.'} parley template TYPE writes such a table."
        )
    twice = next((each.name for each in found if each and given.count(each.pointer) > 1), None)
    if twice is not None:
        raise NoTable(f"Two columns give {twice}: leave one out.")
    return found


def letter_of(index: int) -> str:
    """The letters by which a spreadsheet calls a column: A, B ... Z, AA."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _pointer(name: str) -> str:
    """The member that a column names: `occurred`, `source_url`, `due`, `data.due`, `stakes[0].pct`."""
    if name in MEMBERS:
        return f"/{name}"
    if name in SOURCE_COLUMNS:
        return f"/{SOURCES}/0/{SOURCE_COLUMNS[name]}"
    steps = field_paths.steps_of(name.removeprefix("data."))
    if steps is None:
        raise NoTable(f"{name[:64]!r} is no name of a column: write a field such as due, or stakes[0].pct.")
    return "/".join(("", DATA, *steps))


def event_of(columns: Sequence[Column | None], cells: Sequence[Cell | FormulaCell]) -> tuple[Raw, list[Problem]]:
    """The event of a row, as JSON has it, and the faults of its cells."""
    given = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell is not None}
    faults = [
        Problem("", "no-column", f"Column {letter_of(index)} has a value and no name in the first row.")
        for index, cell in enumerate(cells)
        if cell is not None and (index >= len(columns) or columns[index] is None)
    ]
    kind = next((str(cell) for column, cell in given.items() if column.pointer == "/type"), None)
    raw: Raw = {}
    for column, cell in sorted(given.items(), key=lambda each: each[0].pointer.count("/")):
        try:
            field_paths.place(raw, column.pointer.split("/")[1:], _value(cell, _types_at(kind, column.pointer)))
        except Unreadable as fault:
            faults.append(column.fault(str(fault)))
    if raw and DATA not in raw and "erased" not in raw:
        raw[DATA] = {}
    return raw, faults


def types_at(kind: str | None, name: str) -> tuple[ValueType, ...]:
    """The types of value that a column takes for a type of event; none where it has no such member."""
    return _types_at(kind, _pointer(name))


def _types_at(kind: str | None, pointer: str) -> tuple[ValueType, ...]:
    first, *rest = pointer.split("/")[1:]
    if first in NUMBERS:
        return (ValueType(int),)
    if first in JSON_MEMBERS and not rest:
        return (ValueType(dict),)
    if first == "erased":
        return (ValueType(bool),)
    if first == SOURCES:
        return field_paths.types_at(describe(Source), rest[1:])
    cls = REGISTRY.get(kind or "")
    if first in DATES:
        return (ValueType(When),)
    if first != DATA:
        return field_paths.types_at(describe(Payload), [first]) or (ValueType(str),)
    return field_paths.types_at(describe(cls), rest) if cls is not None else ()


def _value(cell: Cell | FormulaCell, types: tuple[ValueType, ...]) -> Any:
    """The JSON value of a cell for a field of these types. Raises Unreadable."""
    if isinstance(cell, FormulaCell):
        raise Unreadable(f"it holds the formula {cell.formula[:64]!r}: paste its value instead.")
    if isinstance(cell, datetime) and cell.time() != time():
        raise Unreadable(f"{cell.isoformat()} has no offset: write it as text, such as 2020-09-12T10:00-04:00.")
    if isinstance(cell, date):
        return cell.date().isoformat() if isinstance(cell, datetime) else cell.isoformat()
    kinds = {each.python_type for each in types}
    if any(each.is_list for each in types):
        items = tuple(item for each in types for item in each.items)
        return _list(cell, items) if not kinds & {str} else _scalar(cell, types)
    return _scalar(cell, types)


def _list(cell: Cell, items: tuple[ValueType, ...]) -> Any:
    if isinstance(cell, str) and cell.startswith("["):
        return _json(cell)
    parts = [part.strip() for part in cell.split(";")] if isinstance(cell, str) else [cell]
    return [_value(part, items) for part in parts if part != ""]


def _scalar(cell: Cell, types: tuple[ValueType, ...]) -> Any:
    kinds = {each.python_type for each in types}
    if any(each.is_date for each in types) or (str in kinds and not _is_number(cell, kinds, types)):
        return _text(cell)
    if not isinstance(cell, str):
        return int(cell) if isinstance(cell, float) and cell.is_integer() and float not in kinds else cell
    if bool in kinds and cell.lower() in ("true", "false", "yes", "no"):
        return cell.lower() in ("true", "yes")
    if kinds & {int, float} and re.fullmatch(r"-?[0-9]{1,15}", cell):
        return int(cell)
    if float in kinds and re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", cell):
        return float(cell)
    return _json(cell) if cell[:1] in ("{", "[") else cell


def _is_number(cell: Cell, kinds: set[type], types: tuple[ValueType, ...]) -> bool:
    """Whether a field that takes a number or one of some words, such as `unlimited`, has a number in this cell."""
    words = {choice for each in types for choice in each.choices}
    return bool(words and kinds & {int, float}) and not isinstance(cell, bool) and cell not in words


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _json(text: str) -> Any:
    try:
        return parse_json(text.encode("utf-8", "surrogatepass"), "The cell")
    except ParleyError as fault:
        raise Unreadable(f"it begins as JSON and is not: {fault.detail}") from fault
