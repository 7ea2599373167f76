"""The warnings in the answer to recorded events: references, calendars, and what the events bring into the state."""

from collections.abc import Collection, Iterator, Sequence

from api.events import decoding
from api.events.calendar_warnings import CalendarWarnings, named_calendar
from api.http.authentication import Caller
from domain.envelope import Submission
from domain.errors import ParleyError, Problem, UnknownReference
from domain.rules.anomalies import STUB
from ledger.models import Receipt
from projections.event_comparison import COMPARED_EVENTS, SKIPPED, Warnings


def warnings_of(
    who: Caller, submissions: Sequence[Submission], given: Receipt, several: bool, dry_run: bool
) -> tuple[Problem, ...]:
    """Every warning about these events, in their order; of repeated events the same as at first."""
    places = {one.id: index for index, one in reversed(list(enumerate(submissions)))}
    loose = [(_place(fault.pointer) if several else 0, fault) for fault in given.warnings]
    own = [(places[event_id], fault) for event_id, fault in _of_state(who, submissions, given, dry_run)]
    recorded_with = {(place, fault.pointer) for place, fault in loose}
    own = [each for each in own if not _is_said(each, recorded_with, several)]
    stubs = {place for place, fault in (*loose, *own) if fault.code == UnknownReference.code}
    found = [
        *loose,
        *((place, _placed(fault, place, several)) for place, fault in _of_calendars(who, submissions)),
        *((place, _placed(fault, place, several)) for place, fault in own if place not in stubs or fault.code != STUB),
    ]
    return tuple(fault for _, fault in sorted(found, key=_order))


def warnings_at_hand(
    who: Caller, submissions: Sequence[Submission], given: Receipt, several: bool, dry_run: bool
) -> tuple[Problem, ...] | None:
    """The same where nothing is read or derived for them; None where it is: ask for `warnings_of` in a thread."""
    compared = max(event.version for event in given.events) <= COMPARED_EVENTS
    if compared or any(named_calendar(one) for one in submissions):
        return None
    return warnings_of(who, submissions, given, several, dry_run)


def _of_state(who: Caller, submissions: Sequence[Submission], given: Receipt, dry_run: bool) -> Warnings:
    """What they bring into the state. They are recorded: an error here is a note in the answer."""
    try:
        if dry_run:
            return who.log.warnings.of_hypothetical(submissions, given.events)
        return who.log.warnings.of_recorded(given.events)
    except ParleyError as error:
        return [(submissions[-1].id, Problem("", SKIPPED, f"The state could not be compared: {error.detail}"))]


def _of_calendars(who: Caller, submissions: Sequence[Submission]) -> Iterator[tuple[int, Problem]]:
    warnings = CalendarWarnings(who.ledger)
    return ((index, each) for index, one in enumerate(submissions) for each in warnings.of(one))


def _place(pointer: str) -> int:
    return int(pointer.split("/")[1])


def _order(found: tuple[int, Problem]) -> tuple[int, bool]:
    place, fault = found
    return place, fault.code != UnknownReference.code


def _is_said(own: tuple[int, Problem], said: Collection[tuple[int, str]], several: bool) -> bool:
    """Whether the ledger warned of a reference already, with the names nearest in the whole record."""
    place, fault = own
    return fault.code == UnknownReference.code and (place, _placed(fault, place, several).pointer) in said


def _placed(fault: Problem, place: int, several: bool) -> Problem:
    return decoding.moved(fault, f"/{place}") if several else fault
