"""An index of the record.* events of one deal, and its deal.opened, by the event that they name.

Deciding on one of them asks for those that bear on the same event. Under the lock of the log that must not take longer
with every further one, so they are read and decoded once for a batch.
"""

from collections.abc import Iterable, Sequence

from domain.envelope import Submission
from domain.erased_event import Erased
from domain.events.record import RecordErased


class RecordIndex:
    """Grows at its end."""

    def __init__(self, events: Iterable[Submission] = ()) -> None:
        self.events: list[Submission] = []
        self.places: dict[str, int] = {}
        """Event -> its place in `events`."""
        self._naming: dict[str, list[Submission]] = {}
        for event in events:
            self.add(event)

    def add(self, event: Submission) -> None:
        """Append one event."""
        target = named(event)
        if target is not None:
            self._naming.setdefault(target, []).append(event)
        self.places[event.id] = len(self.events)
        self.events.append(event)

    def naming(self, event_id: str) -> Sequence[Submission]:
        """Those that name an event."""
        return self._naming.get(event_id, ())


NO_EVENTS = RecordIndex()
"""That of a deal without any; nothing is added to it."""


class Sequel:
    """An index, and one of what comes after it; an entry in both counts in the first."""

    def __init__(self, first: RecordIndex, second: RecordIndex) -> None:
        self._first, self._second = first, second

    @property
    def events(self) -> list[Submission]:
        """All of them, in their order."""
        return [*self._first.events, *self._new(self._second.events)]

    def naming(self, event_id: str) -> list[Submission]:
        """Those that name an event."""
        return [*self._first.naming(event_id), *self._new(self._second.naming(event_id))]

    def bearing_on(self, event_id: str) -> list[Submission]:
        """The record.* events that name an event, and those that name one of these in turn."""
        found: dict[str, Submission] = {}
        unread = [event_id]
        while unread:
            new = [each for each in self.naming(unread.pop()) if each.id not in found]
            found |= {each.id: each for each in new}
            unread += [each.id for each in new]
        return sorted(found.values(), key=self._place)

    def erasure_of(self, event_id: str) -> str | None:
        """The first erasure of an event."""
        return next((each.id for each in self.naming(event_id) if isinstance(each.payload.data, RecordErased)), None)

    def _place(self, event: Submission) -> tuple[bool, int]:
        place = self._first.places.get(event.id)
        return (False, place) if place is not None else (True, self._second.places[event.id])

    def _new(self, events: Iterable[Submission]) -> Iterable[Submission]:
        return (each for each in events if each.id not in self._first.places)


def named(event: Submission) -> str | None:
    """The event that a record.* event is about; None for the others."""
    data = event.payload.data
    if isinstance(data, Erased):
        data = data.original  # type: ignore[assignment]  # None has no event_id either
    target = getattr(data, "event_id", None)
    return target if isinstance(target, str) else None
