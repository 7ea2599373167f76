"""The faults of a row in the form of a table: the column that each is about, the nearest column, examples as cells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.events.event_fields import example_at
from api.events.sheets.layout import TO_FILL_IN, column_name, field_names, flat
from api.events.sheets.rows import DATA, SOURCE_COLUMNS, SOURCES, Column
from domain.errors import Problem
from domain.event import REGISTRY, Event
from domain.fields.description import describe
from domain.fields.field_names import nearest_fields
from domain.nearest_names import field_hint

Path = tuple[str | int, ...]

MADE_UP = "..."
"""An example that says nothing."""


def at_columns(problems: Sequence[Problem], columns: Sequence[Column | None], kind: object) -> list[Problem]:
    """The faults of a row of this type of event, each with its column; those within a cell of JSON keep that form."""
    named = sorted((each for each in columns if each), key=lambda each: -len(each.pointer))
    cls = REGISTRY.get(kind) if isinstance(kind, str) else None
    return [_at_column(each, named, cls) for each in problems]


def _at_column(problem: Problem, named: Sequence[Column], cls: type[Event] | None) -> Problem:
    about = f"{problem.pointer}/"
    holder = next((each for each in named if about.startswith(f"{each.pointer}/")), None)
    column = holder or next(
        (each for each in reversed(named) if problem.pointer and each.pointer.startswith(about)), None
    )
    within = holder is not None and holder.pointer != problem.pointer
    told = problem if within or cls is None else _as_cells(problem, column, cls)
    return told if column is None else replace(told, detail=column.fault(told.detail).detail)


def _as_cells(problem: Problem, column: Column | None, cls: type[Event]) -> Problem:
    if problem.code == "unknown-field" and column is not None:
        columns = (*TO_FILL_IN, *field_names(cls))
        same = [each for each in columns if each.rpartition(".")[2] == column.name]
        near = tuple(dict.fromkeys((*same, *nearest_fields(column.name, columns))))[:3]
        fields = [field.name for field in describe(cls).values()]
        told = f"{cls.NAME} has no field {column.name[:128]!r}{field_hint(near, fields)}."
        return replace(problem, detail=told, nearest=near)
    path: Path = tuple(int(each) if each.isdecimal() else each for each in problem.pointer.split("/")[1:])
    example = example_at(cls, path)
    if example is None or problem.code not in ("missing-field", "invalid-type"):
        return problem
    if _has_parts(example):
        cells = " and ".join(
            name if text == MADE_UP else f"{name}, such as {text}" for name, text in _cells(path, example)
        )
        verb = "is required and missing" if problem.code == "missing-field" else "has a column for each of its parts"
        return replace(problem, detail=f"{path[-1]} {verb}: fill in {cells}.")
    if problem.code == "invalid-type":
        return problem
    [(name, text)] = _cells(path, example)
    shown = "" if text == MADE_UP else f": write it such as {text}"
    return replace(problem, detail=f"{name} is required and missing{shown}.")


def _has_parts(example: object) -> bool:
    return isinstance(example, Mapping) or (isinstance(example, list) and any(map(_has_parts, example)))


def _cells(path: Path, example: Any) -> Iterator[tuple[str, str]]:
    """The columns of a value, with the texts of their cells."""
    if path == (SOURCES,):
        parts = {f"{SOURCES}[0].{part}": name for name, part in SOURCE_COLUMNS.items()}
        yield from ((parts.get(name, name), str(cell)) for name, cell in flat(example, SOURCES))
        return
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    for place, cell in flat(example, name.removeprefix(f"{DATA}.")):
        yield column_name(place), str(cell).lower() if isinstance(cell, bool) else str(cell)
