"""Legal holds: while one is in force, no event of the deal may be erased."""

from collections.abc import Sequence
from datetime import tzinfo

from domain.corrections import voided
from domain.envelope import Submission
from domain.erased_event import known_event
from domain.events.deal import DealOpened
from domain.events.record import RecordHeld, RecordReleased
from domain.time.edtf import When
from domain.time.instants import Moment, zone
from ledger.encoding.corrections import as_corrected


def under_hold(about: Sequence[Submission], now: Moment) -> bool:
    """Whether a hold is in force, by the deal's record.* events (and its deal.opened, which names the zone), in order.

    A hold ends with the last day of its `until` in the deal's zone, by a later record.released, or when it was voided.
    """
    here = _zone(about)
    void = voided([(each.id, each.payload.data) for each in about])
    holds: list[When | None] = []
    for each in about:
        if each.id in void or not isinstance(known_event(each.payload.data), RecordHeld | RecordReleased):
            continue  # a correction never changes what kind of event it is about
        match known_event(as_corrected(each, about).payload.data):
            case RecordHeld(until=until):
                holds.append(until)
            case RecordReleased():
                holds.clear()
    return any(until is None or until.closes(here) >= now for until in holds)


def _zone(about: Sequence[Submission]) -> tzinfo:
    opened = next((known for each in about if isinstance(known := known_event(each.payload.data), DealOpened)), None)
    return zone(opened.tz if opened is not None and opened.tz else "UTC")
