"""The columns of the Parquet files, and the values of a row.

A date as written (EDTF) is a text; beside it are its first and its last day. Amounts are in JSON, as decimal text.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from domain.time.edtf import When

Form = Literal["text", "texts", "whole number", "truth", "instant", "day", "json"]
Value = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, and its value in a row."""

    name: str
    form: Form
    value: Value


def _member(name: str, form: Form = "text") -> list[Column]:
    read = _READ.get(form)

    def value(row: Mapping[str, Any]) -> Any:
        found = row.get(name)
        return found if found is None or read is None else read(found)

    return [Column(name, form, value)]


def _date(name: str) -> list[Column]:
    """A date as written, and the first and the last day that it may mean; an instant has the day of UTC."""

    def first(row: Mapping[str, Any]) -> Any:
        when = _parsed(row.get(name))
        return when and when.day(UTC)

    def last(row: Mapping[str, Any]) -> Any:
        when = _parsed(row.get(name))
        return when and when.last_day(UTC)

    return [*_member(name), Column(f"{name}_first_day", "day", first), Column(f"{name}_last_day", "day", last)]


def _parsed(text: object) -> When | None:
    """A date as written; None where there is none, as where it was erased."""
    try:
        return When.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _whole_number(value: object) -> int | None:
    """A number; None for a text in its place, such as that of an erased value."""
    return value if isinstance(value, int) else None


_READ: dict[Form, Callable[[Any], Any]] = {
    "json": lambda value: orjson.dumps(value).decode(),
    "instant": datetime.fromisoformat,
    "whole number": _whole_number,
}


def _all(*given: list[Column]) -> tuple[Column, ...]:
    return tuple(each for columns in given for each in columns)


def _texts(*names: str) -> Iterator[list[Column]]:
    return (_member(name) for name in names)


EVENTS = _all(
    _member("position", "whole number"),
    *_texts("deal_id"),
    _member("version", "whole number"),
    *_texts("id", "type"),
    _member("schema_version", "whole number"),
    *(_date(name) for name in ("occurred", "effective", "published")),
    _member("recorded_at", "instant"),
    *_texts("recorded_by", "actor", "attribution", "grade", "summary"),
    _member("rank", "whole number"),
    *_texts("quote", "note", "causation_id", "correlation_id", "leaf_hash"),
    *(_member(name, "json") for name in ("erased", "sources", "data")),
)
"""Every member that an event may have."""

DEALS = _all(
    *_texts("deal_id", "title", "kind", "subject", "status", "phase"),
    _member("jurisdictions", "texts"),
    _member("parties", "texts"),
    _date("opened"),
    _date("next_due"),
    *_texts("next_obligation", "next_force"),
    _member("days_left", "whole number"),
    _member("overdue", "whole number"),
    _member("most_overdue", "json"),
    _member("next_deadline", "json"),
    _member("version", "whole number"),
    _member("position", "whole number"),
    _member("recorded_at", "instant"),
    _member("unreadable", "truth"),
    *_texts("reason"),
)
"""A deal in the list of deals."""

DEADLINES = _all(
    *_texts("deal_id", "deadline_id", "obligation", "status", "force"),
    _member("binding", "truth"),
    _date("due"),
    _member("days_left", "whole number"),
    _member("working_days_left", "whole number"),
    _member("because", "texts"),
    [Column("deadline", "json", lambda row: orjson.dumps(row).decode())],
)
"""A deadline in the list of deadlines; `deadline` has every member."""
