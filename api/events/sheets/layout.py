"""Events as rows of a table: a column for each member of the envelope and for each field that some event has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from api.events.field_paths import part_names
from api.events.sheets.cells import MOST_COLUMNS, text_of
from api.events.sheets.rows import DATA, MEMBERS, SOURCE_COLUMNS, SOURCES, columns_of, event_of
from domain.errors import ParleyError
from domain.event import Event
from domain.fields.description import describe
from domain.json_equality import equal
from projections.csv_cells import to_cell

ENVELOPE = (
    "deal_id", "id", "type", "schema_version", "occurred", "effective", "published", "rank", "actor", "summary",
    "attribution", "grade", "quote", "note", "sources", "causation_id", "correlation_id", "version", "position",
    "recorded_at", "recorded_by", "leaf_hash", "erased",
)  # fmt: skip
"""Members of an event beside its data, as columns."""

TO_FILL_IN = (
    "deal_id", "type", "occurred", "effective", "published", "actor", "summary", "source_url", "source_title",
    "attribution", "grade", "note", "id",
)  # fmt: skip
"""Columns of a sheet to fill in, before those of the fields."""

Cells = dict[str, Any]


def field_names(cls: type[Event]) -> Iterator[str]:
    """The columns of the fields of a type: `due`, `price.amount`, `stakes[0].pct`."""
    for field in describe(cls).values():
        yield from map(column_name, part_names(field))


def required_columns(cls: type[Event]) -> Iterator[str]:
    """The columns that every row of a type fills in."""
    for field in describe(cls).values():
        if field.required:
            yield from (name for name in map(column_name, part_names(field)) if "[1]" not in name)


def column_name(path: str) -> str:
    """The column of a field; one that is called as a member of the envelope says that it is of the data."""
    return f"{DATA}.{path}" if path in MEMBERS or path in SOURCE_COLUMNS else path


def cells_of(event: Mapping[str, Any]) -> Cells:
    """The cells of an event by column. What its columns cannot give back exactly is JSON in the column `data`."""
    cells = {name: _member(name, event[name]) for name in ENVELOPE if event.get(name) is not None}
    data = event.get(DATA)
    if not isinstance(data, Mapping):
        return cells
    fields = {column_name(path): cell for path, cell in flat(data, "")}
    return {**cells, **fields} if equal(_read_back(cells["type"], fields), data) else {**cells, DATA: _text(data)}


def names_of(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """The columns of a table of these events."""
    found: set[str] = set()
    for event in events:
        found |= cells_of(event).keys()
    fields = sorted(found - {*ENVELOPE, DATA})
    most = MOST_COLUMNS - len(ENVELOPE) - 1
    return [
        *(name for name in ENVELOPE if name in found),
        *fields[:most],
        *([DATA] if DATA in found or fields[most:] else []),
    ]


def row_of(event: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """The cells of an event in the order of the columns."""
    cells = cells_of(event)
    if not cells.keys() <= set(names):  # of a type with a field beyond the columns
        cells = {name: cells[name] for name in ENVELOPE if name in cells} | {DATA: _text(event[DATA])}
    return [cells.get(name) for name in names]


def _member(name: str, value: Any) -> Any:
    return _text(value) if name == SOURCES else value


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The cells of a value with parts."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from flat(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for index, part in enumerate(value):
            yield from flat(part, f"{path}[{index}]")
    elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        yield path, "; ".join(value)
    elif isinstance(value, list | dict) or value is None:
        yield path, _text(value)
    else:
        yield path, value


def _read_back(kind: str, fields: Cells) -> Any:
    """The data that the columns give when they are read from a CSV file; None where they give none."""
    texts = (str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in fields.values())
    try:
        columns = columns_of(["type", *fields])
        raw, faults = event_of(columns, [kind, *(text_of(str(to_cell(text))) for text in texts)])
    except ParleyError:
        return None
    return None if faults else raw.get(DATA)
