"""A replay over HTTP: as JSON Lines, as one page, as a table."""

from collections.abc import Iterator

import orjson

from api.http.responses import NDJSON
from projections.replay import replay
from projections.replay.as_csv import csv_lines
from projections.replay.as_html import html_parts
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

FORMS = (NDJSON, "text/html", "text/csv")
"""The media types of a replay, the default first."""


def parts(reader: StateReader, deal_id: str, to_version: int | None, question: TimeQuery, form: str) -> Iterator[bytes]:
    """The parts of a replay. Errors of the query are raised before the first part is sent."""
    basis, steps = replay(reader, deal_id, to_version, question)
    match form:
        case "text/html":
            return (part.encode() for part in html_parts(deal_id, basis, steps))
        case "text/csv":
            return (line.encode() for line in csv_lines(steps))
    return (orjson.dumps(step) + b"\n" for step in steps)
