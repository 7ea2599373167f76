"""The events of a deal as a list: filtered, ordered, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from api.errors import require_event
from api.http import pagination
from domain.bitemporal import is_report, start_key
from domain.corrections import apply_corrections
from domain.envelope import RecordedEvent
from domain.errors import BadQuestion, Problem, UnreadableDeal
from domain.events.record import RecordReinstated, RecordVoided
from domain.time.edtf import parse_day_or_moment
from domain.time.instants import Moment, start_of_day
from ledger.encoding.event_json import EventStatus, event_to_json
from ledger.encoding.event_json import RecordedEvent as RecordedEventAnswer
from projections.isolation import isolated
from projections.state.decoded_record import History
from projections.state.state_reader import StateReader

ORDERS = ("version", "-version", "occurred", "-occurred")
SortKey = tuple[int, int, int]
"""The sort key of an event: moment and rank (both 0 in order of version), then version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """The filter of events. Bounds: `from` is inclusive, `to` exclusive."""

    types: tuple[str, ...] = ()
    """Names, or groups such as `bid.*`; none given: all."""
    actors: tuple[str, ...] = ()
    occurred: tuple[Moment | None, Moment | None] = (None, None)
    recorded: tuple[Moment | None, Moment | None] = (None, None)
    after_version: int = 0
    voided: bool = False
    order: str = "version"

    def matches(self, line: RecordedEvent, here: tzinfo) -> bool:
        """Whether an event matches."""
        if self.types and line.type not in self.types and f"{line.type.split('.')[0]}.*" not in self.types:
            return False
        if self.actors and line.payload.actor not in self.actors:
            return False
        if line.version <= self.after_version or not _within(line.recorded_at, self.recorded):
            return False
        return self.occurred == (None, None) or _within(line.occurred.opens(here), self.occurred)

    def sort_key(self, line: RecordedEvent, here: tzinfo) -> SortKey:
        """The sort key of an event in the requested order."""
        return start_key(line, here) if self.order.endswith("occurred") else (0, 0, line.version)


def _within(moment: Moment, bounds: tuple[Moment | None, Moment | None]) -> bool:
    return (bounds[0] is None or bounds[0] <= moment) and (bounds[1] is None or moment < bounds[1])


def list_events(
    reader: StateReader, history: History, wanted: EventFilter, cursor: str | None, limit: int
) -> tuple[list[RecordedEventAnswer], str | None]:
    """One page of a deal's events, and the cursor of the next. Raises BadQuestion for a cursor of another list, and
    UnreadableDeal."""
    with isolated(reader.ledger, history.deal_id, history.version):
        return _page(reader, history, wanted, cursor, limit)


def list_undecoded(
    reader: StateReader, deal_id: str, wanted: EventFilter, cursor: str | None, limit: int
) -> tuple[list[RecordedEventAnswer], str | None]:
    """The same for an unreadable deal: in the order of recording, without the status of each event."""
    start = read_cursor(cursor, wanted.order)
    after = max(wanted.after_version, start[-1] if start else 0)
    rows = reader.ledger.read_deal(deal_id, after_version=after, limit=limit + 1)
    more = write_cursor(wanted.order, (0, 0, rows[limit - 1].version)) if len(rows) > limit else None
    return [event_to_json(row) for row in rows[:limit]], more


def _page(
    reader: StateReader, history: History, wanted: EventFilter, cursor: str | None, limit: int
) -> tuple[list[RecordedEventAnswer], str | None]:
    here, backwards = history.zone, wanted.order.startswith("-")
    marks = EventStatusIndex.of(reader, history)
    start = read_cursor(cursor, wanted.order)
    found = sorted(
        (
            (wanted.sort_key(line, here), line)
            for line in marks.corrected_events(history.lines)
            if (wanted.voided or line.id not in marks.voided) and wanted.matches(line, here)
        ),
        key=lambda each: each[0],
        reverse=backwards,
    )
    if start is not None:
        found = [each for each in found if (each[0] < start if backwards else each[0] > start)]
    shown = found[:limit]
    rows = {row.id: row for row in reader.ledger.events([line.id for _, line in shown])}
    told = reader.narrator(history)
    items = [_marked(event_to_json(rows[line.id]), line, told.text_of(line.id), marks) for _, line in shown]
    return items, write_cursor(wanted.order, shown[-1][0]) if len(found) > limit else None


def _marked(
    event: RecordedEventAnswer, line: RecordedEvent, text: str | None, marks: "EventStatusIndex"
) -> RecordedEventAnswer:
    """An event with its sentence and its status, corrections applied."""
    told: RecordedEventAnswer = {**event, **layer(line), **marks.status_of(line.id)}
    if text is not None:
        told["text"] = text
    return told


def write_cursor(order: str, place: SortKey) -> str:
    """An opaque cursor of the last item shown."""
    return pagination.encode_cursor(order, *place)


def read_cursor(cursor: str | None, order: str) -> SortKey | None:
    """Raises BadQuestion for an invalid cursor of this order."""
    if cursor is None:
        return None
    own, moment, rank, version = pagination.decode_cursor(cursor, str, int, int, int)
    if own != order:
        raise pagination.foreign_cursor(order)
    return moment, rank, version


@dataclass(frozen=True, slots=True)
class EventStatusIndex:
    """The status of a deal's events by its latest known time: corrected, voided, reinstated."""

    voided: Mapping[str, str]
    """Event -> the record.voided that holds."""
    corrected: Mapping[str, tuple[str, ...]]
    revised: Mapping[str, RecordedEvent]
    """Corrected events as they read now."""

    @staticmethod
    def of(reader: StateReader, history: History) -> "EventStatusIndex":
        """Of all the record."""
        lines = history.lines
        if not any(line.type.startswith("record.") for line in lines):
            return EMPTY_INDEX
        stand, corrected = apply_corrections(lines, reader.revise)
        standing_ids = {line.id for line in stand}
        by: dict[str, str] = {}
        for line in lines:
            match line.event:
                case RecordVoided(event_id=target) if target not in standing_ids and line.id in standing_ids:
                    by[target] = line.id
                case RecordReinstated(event_id=target) if target in standing_ids:
                    by.pop(target, None)
        revised = {line.id: line for line in stand if line.id in corrected}
        return EventStatusIndex(by, {target: each for target, each in corrected.items() if target in revised}, revised)

    def corrected_events(self, lines: Sequence[RecordedEvent]) -> Iterable[RecordedEvent]:
        """The events, with corrections applied."""
        return (self.revised.get(line.id, line) for line in lines) if self.revised else lines

    def status_of(self, event_id: str) -> EventStatus:
        """Members of an event response beside what was recorded."""
        told: EventStatus = {}
        if event_id in self.voided:
            told["voided_by"] = self.voided[event_id]
        if event_id in self.corrected:
            told["corrected_by"] = list(self.corrected[event_id])
        return told


EMPTY_INDEX = EventStatusIndex({}, {}, {})


def read_event(reader: StateReader, deal_id: str, event_id: str) -> RecordedEventAnswer:
    """One event of a deal. Raises UnknownDeal and EventNotFound."""
    reader.head(deal_id)
    row = reader.ledger.event(event_id)
    row = require_event(row if row is not None and row.deal_id == deal_id else None, reader.ledger, deal_id, event_id)
    try:
        history = reader.history(deal_id)
        with isolated(reader.ledger, deal_id, history.version):
            marks = EventStatusIndex.of(reader, history)
            line = next((each for each in marks.corrected_events(history.lines) if each.id == event_id), None)
            text = reader.narrator(history).text_of(event_id) if line else None
    except UnreadableDeal:
        return event_to_json(row)
    event = event_to_json(row)
    return {**event, **marks.status_of(event_id)} if line is None else _marked(event, line, text, marks)


def layer(line: RecordedEvent) -> EventStatus:
    """The `layer` of an event that is a report, with corrections applied; empty for a fact."""
    return {"layer": "reported"} if is_report(line) else {}


def parse_choice(name: str, value: str | None, allowed: Sequence[str | None]) -> str | None:
    """The value of an enumerated parameter. Raises BadQuestion for any other."""
    if value in allowed:
        return value
    choice = ", ".join(each for each in allowed if each is not None)
    told = f"{name} is {str(value)[:64]!r}: write {choice}."
    raise BadQuestion(told, problems=(Problem(f"/{name}", "bad-parameter", told),))


def parse_range(name: str, low: str | None, high: str | None, here: tzinfo) -> tuple[Moment | None, Moment | None]:
    """The moments of a range `<name>_from` (inclusive), `<name>_to` (exclusive). A date is the start of that civil day.

    Raises BadQuestion for an invalid moment, and for a range that is reversed or empty.
    """
    first, last = _bound(f"{name}_from", low, here), _bound(f"{name}_to", high, here)
    if first is not None and last is not None and first >= last:
        told = f"{name}_from {low} does not lie before {name}_to {high}: nothing can be in between."
        raise BadQuestion(told, problems=(Problem(f"/{name}_to", "reversed-range", told),))
    return first, last


def _bound(name: str, text: str | None, here: tzinfo) -> Moment | None:
    if text is None:
        return None
    try:
        read = parse_day_or_moment(text)
    except ValueError as fault:
        raise BadQuestion(f"{name}: {fault}", problems=(Problem(f"/{name}", "invalid-date", str(fault)),)) from None
    return start_of_day(read, here) if isinstance(read, date) else read
