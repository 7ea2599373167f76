"""Records written in a test: from rows as they stand in a timeline to a deal's past, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import orjson

import domain.events  # noqa: F401 - registers the vocabulary
from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.envelope import LEAF_MEMBERS, RecordedEvent, Submission
from domain.time.edtf import DAY, FUTURE, Moment, When, end_of_day, parse_day_or_moment, parse_moment
from ledger.encoding.corrections import changed
from ledger.encoding.event_codec import payload
from projections.state.calendars import calendar
from projections.temporal.recorded_deal import RecordedDeal

FIRST_RECORDED: Moment = parse_moment("2020-09-01T06:00:00Z")

Row = Mapping[str, Any]


def past_of(rows: Sequence[Row], recorded: Sequence[Moment] | None = None) -> RecordedDeal:
    """The past of one deal, recorded in this order, six hours apart where nothing else is said."""
    sent = [_submission(row) for row in rows]
    by_id = {each.id: each for each in sent}
    moments = recorded or [FIRST_RECORDED + index * DAY // 4 for index in range(len(rows))]
    lines = [_line(*each) for each in zip(sent, count(1), moments)]

    def revise(line: RecordedEvent, changes: tuple[Mapping[str, Any], ...]) -> RecordedEvent:
        anew = by_id[line.id]
        for each in changes:
            anew = changed(anew, each)
        return replace(line, occurred=anew.occurred, published=anew.published, payload=anew.payload)

    return RecordedDeal("deal", lines, zone_of(lines), calendar, revise)


def _submission(row: Row) -> Submission:
    sent = {name: value for name, value in row.items() if name not in LEAF_MEMBERS}
    published = row.get("published")
    return Submission(
        deal_id="deal",
        id=row["id"],
        type=row["type"],
        schema_version=1,
        occurred=When.parse(row["occurred"]),
        published=None if published is None else When.parse(published),
        payload=payload(row["type"], orjson.dumps(sent)),
        sent=sent,
    )


def _line(sent: Submission, version: int, recorded_at: Moment) -> RecordedEvent:
    return RecordedEvent(
        deal_id="deal",
        id=sent.id,
        type=sent.type,
        schema_version=1,
        occurred=sent.occurred,
        published=sent.published,
        payload=sent.payload,
        version=version,
        position=version * 3,  # other deals write into the same log
        recorded_at=recorded_at,
        recorded_by="desk",
    )


def on(
    past: RecordedDeal,
    valid: str | Moment,
    known: str | Moment | None = None,
    *,
    version: int | None = None,
    **more: Any,
) -> Basis:
    """A basis: days mean their end, as in a question."""
    version = len(past.lines) if version is None else version
    return Basis(
        valid_at=at(past, valid),
        known_at=FUTURE if known is None else at(past, known),
        known_version=version,
        known_position=version * 3,
        **more,
    )


def at(past: RecordedDeal, text: str | Moment) -> Moment:
    if isinstance(text, int):
        return text
    read = parse_day_or_moment(text)
    return read if isinstance(read, int) else end_of_day(read, past.zone)
