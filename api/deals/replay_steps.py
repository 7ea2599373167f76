"""A replay over HTTP: as JSON Lines, as one page, as a table."""

from collections.abc import Iterator

import orjson

from api.http.responses import NDJSON
from api.runtime.tenant_services import TenantServices
from projections.replay import replay
from projections.replay.as_csv import csv_lines
from projections.replay.as_html import html_parts
from projections.state.time_query import TimeQuery

FORMS = (NDJSON, "text/html", "text/csv")
"""The media types of a replay, the default first."""


def parts(
    deal_id: str, to_version: int | None, question: TimeQuery, form: str, services: TenantServices
) -> Iterator[bytes]:
    """The parts of a replay. Errors of the query are raised before the first part is sent."""
    basis, steps, narration = replay(services.reader, deal_id, to_version, question)
    match form:
        case "text/html":
            return (part.encode() for part in html_parts(deal_id, basis, steps, narration))
        case "text/csv":
            return (line.encode() for line in csv_lines(steps))
    return (orjson.dumps(step) + b"\n" for step in steps)
