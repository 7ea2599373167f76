"""The whole log as JSON Lines or CSV, with a trailer by which a reader detects truncation."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from api.events.sheets import layout, workbook
from api.http import responses
from api.parquet import files
from api.parquet.columns import EVENTS
from ledger.encoding.event_json import event_to_json
from ledger.ledger import Ledger
from ledger.models import Recorded
from projections import csv_cells
from projections.state.state_json import RULES

ENDINGS = {responses.NDJSON: "ndjson", csv_cells.TYPE: "csv", workbook.MEDIA: "xlsx", files.MEDIA: "parquet"}
"""Media type of each form of an export -> how the name of its file ends."""

PART_BYTES = 64 * 1024

STRETCH_EVENTS = 500
"""Read from the database at once."""

LISTED_EVENTS = 5_000
"""Read at once of some deals, whose positions are looked up again for each batch."""

COLUMNS = (
    "position", "deal_id", "version", "id", "type", "schema_version", "occurred", "effective", "published",
    "recorded_at", "recorded_by", "actor", "attribution", "grade", "summary", "rank", "quote", "note", "sources",
    "causation_id", "correlation_id", "leaf_hash", "erased", "data",
)  # fmt: skip
"""Every member that an event may have; `sources` and `data` as JSON."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of an export: those after a position, at most so many, of all deals or of some."""

    ledger: Ledger
    after: int
    limit: int | None
    deals: Sequence[str] | None = None
    """None for all."""

    def read(self, after: int, limit: int, to: int | None = None) -> list[Recorded]:
        """A batch of them, in the order of positions."""
        if self.deals is None:
            return self.ledger.read_log(after, limit, to)
        return self.ledger.read_deals(self.deals, after, limit, to)

    def rows(self) -> Iterator[list[Recorded]]:
        """All of them up to the current head of the log, in batches."""
        end, after, left = self.ledger.head().position, self.after, self.limit
        most = STRETCH_EVENTS if self.deals is None else LISTED_EVENTS
        while after < end and (left is None or left > 0):
            found = self.read(after, most if left is None else min(most, left), end)
            if not found:
                return
            yield found
            after, left = found[-1].position, None if left is None else left - len(found)


class Trailer:
    """The trailer: number of events, last position, and SHA-256 of all bytes before it."""

    def __init__(self, after: int) -> None:
        self.count = 0
        self.position = after
        self._digest = sha256()

    def note(self, content: bytes, found: list[Recorded]) -> bytes:
        """Add the sent bytes to the digest."""
        self.count += len(found)
        self.position = found[-1].position if found else self.position
        self._digest.update(content)
        return content

    def told(self) -> dict[str, Any]:
        return {"count": self.count, "position": self.position, "digest": self._digest.hexdigest()}


def lines(asked: Selection) -> Iterator[bytes]:
    """JSON Lines: an event each, then the trailer."""
    trailer = Trailer(asked.after)
    for found in asked.rows():
        yield trailer.note(b"".join(orjson.dumps(event_to_json(row)) + b"\n" for row in found), found)
    yield orjson.dumps(trailer.told()) + b"\n"


def table(asked: Selection, names: Sequence[str] | None = None) -> Iterator[bytes]:
    """CSV (RFC 4180): a header, a row for each event, and the trailer in a last row that starts with `#`.

    `names` are columns of fields (`columns_of_fields`); else `data` is one column of JSON.
    """
    trailer = Trailer(asked.after)
    yield trailer.note((csv_cells.MARK + csv_cells.csv_lines([names or COLUMNS])).encode(), [])
    for found in asked.rows():
        written = (_cells(event_to_json(row), names) for row in found)
        yield trailer.note(csv_cells.csv_lines(written).encode(), found)
    told = trailer.told()
    yield csv_cells.csv_lines([[f"#{name}={value}" for name, value in told.items()]]).encode()


def parts(asked: Selection, form: str, *, of_fields: bool) -> Iterator[bytes]:
    """The export in one of the forms, in parts; `of_fields`: CSV with a column for each field.

    Raises ExtraMissing before the first part.
    """
    match form:
        case responses.NDJSON:
            return lines(asked)
        case csv_cells.TYPE:
            return table(asked, columns_of_fields(asked) if of_fields else None)
        case workbook.MEDIA:
            workbook.require()
            return workbook_parts(asked)
        case _:
            files.require()
            return parquet_parts(asked)


def columns_of_fields(asked: Selection) -> list[str]:
    """A column for each member and each field that some event of the export has: the log is read once for it."""
    return layout.names_of(event_to_json(row) for found in asked.rows() for row in found)


def workbook_parts(asked: Selection) -> Iterator[bytes]:
    """A workbook (XLSX) with a row for each event, in parts. Raises ExtraMissing."""
    names = columns_of_fields(asked)
    with tempfile.TemporaryFile() as file:
        workbook.write_events(file, (event_to_json(row) for found in asked.rows() for row in found), names)
        file.seek(0)
        while part := file.read(PART_BYTES):
            yield part


def parquet_parts(asked: Selection) -> Iterator[bytes]:
    """A Parquet file with a row for each event, in parts; its metadata has what the trailer has elsewhere, and the
    origin. Raises ExtraMissing."""
    count, position = 0, asked.after

    def events() -> Iterator[dict[str, Any]]:
        nonlocal count, position
        for found in asked.rows():
            yield from map(event_to_json, found)
            count, position = count + len(found), found[-1].position

    def said() -> dict[str, object]:
        return {
            "origin": asked.ledger.origin,
            "after": asked.after,
            "count": count,
            "position": position,
            "rules": RULES,
        }

    yield from files.parts(EVENTS, events(), said)


def _cells(event: Mapping[str, Any], names: Sequence[str] | None) -> list[object]:
    return [_as_text(cell) for cell in (layout.row_of(event, names) if names else map(event.get, COLUMNS))]


def _as_text(value: object) -> object:
    """Objects, lists and booleans are JSON in their cells."""
    return orjson.dumps(value).decode() if isinstance(value, (dict, list, bool)) else value


def file_name(origin: str, after: int, ending: str) -> str:
    """The file name of a download."""
    log = re.sub(r"[^A-Za-z0-9]+", "-", origin).strip("-")[:64]
    return f"{log}-events{f'-after-{after}' if after else ''}.{ending}"
