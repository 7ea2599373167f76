"""Records written in a test: from the rows of a timeline to a deal's past, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.envelope import RecordedEvent
from domain.time.edtf import parse_day_or_moment, parse_moment
from domain.time.instants import DAY, FUTURE, Moment, end_of_day
from ledger.encoding.corrections import changed
from projections.state.holiday_calendars import calendar
from projections.temporal.recorded_deal import RecordedDeal
from tests.submissions import as_sent

FIRST_RECORDED: Moment = parse_moment("2020-09-01T06:00:00Z")

Row = Mapping[str, Any]


def past_of(rows: Sequence[Row], recorded: Sequence[Moment] | None = None) -> RecordedDeal:
    """The past of one deal, recorded in this order, six hours apart where nothing else is said."""
    sent = [as_sent({**row, "deal_id": "deal"}) for row in rows]
    by_id = {each.id: each for each in sent}
    moments = recorded or [FIRST_RECORDED + index * DAY // 4 for index in range(len(rows))]
    lines = [
        # other deals write into the same log
        each.recorded(version=version, position=version * 3, recorded_at=moment, by="desk")
        for version, (each, moment) in enumerate(zip(sent, moments, strict=True), 1)
    ]

    def revise(line: RecordedEvent, changes: tuple[Mapping[str, Any], ...]) -> RecordedEvent:
        revised = by_id[line.id]
        for each in changes:
            revised = changed(revised, each)
        return replace(line, occurred=revised.occurred, published=revised.published, payload=revised.payload)

    return RecordedDeal("deal", lines, zone_of(lines), calendar, revise)


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
