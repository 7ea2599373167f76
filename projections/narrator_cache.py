"""A cache of the narrators of the deals that were read last."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from domain.bitemporal import zone_of
from domain.corrections import ApplyCorrections
from domain.envelope import RecordedEvent
from domain.events.deal import DealOpened
from domain.time.calendars import Calendars
from ledger.encoding import event_codec
from ledger.models import Recorded
from projections.narrator import Narrator, narrator

CACHED_EVENTS = 100_000
"""Events of all the narrators that are kept."""


class NarratorCache:
    """The narrators of the deals read last. An event that is recorded extends the one of its deal."""

    def __init__(self, calendars: Calendars, revise: ApplyCorrections) -> None:
        self._calendars, self._revise = calendars, revise
        self._held: OrderedDict[str, tuple[int, Narrator]] = OrderedDict()
        self._lock = Lock()
        self._events = 0
        """How many events those hold."""

    def of(self, deal_id: str, lines: Sequence[RecordedEvent]) -> Narrator:
        """The narrator of a deal whose record has these lines."""
        version = lines[-1].version if lines else 0
        with self._lock:
            held = self._held.get(deal_id)
            if held is None or held[0] > version or not self._extended(held, lines):
                held = version, narrator(lines, zone_of(lines), self._calendars, self._revise)
            return self._keep(deal_id, version, held[1])

    def at_hand(self, deal_id: str, row: Recorded) -> Narrator | None:
        """The narrator of a deal with an event just recorded; None where the record must be read for it."""
        with self._lock:
            version, made = self._held.get(deal_id, (0, None))
            if version >= row.version:
                return made
            if version != row.version - 1 or (made is not None and _reads_anew(row.type)):
                return None
            line = event_codec.line(row)
            if made is None:
                made = narrator([line], zone_of([line]), self._calendars, self._revise)
            else:
                made.add(line)
            return self._keep(deal_id, row.version, made)

    def _keep(self, deal_id: str, version: int, made: Narrator) -> Narrator:
        self._events += version - self._held.get(deal_id, (0, made))[0]
        self._held[deal_id] = version, made
        self._held.move_to_end(deal_id)
        while len(self._held) > 1 and self._events > CACHED_EVENTS:
            _deal_id, (dropped, _narrator) = self._held.popitem(last=False)
            self._events -= dropped
        return made

    def _extended(self, held: tuple[int, Narrator], lines: Sequence[RecordedEvent]) -> bool:
        """Whether the narrator of an earlier version could take in the lines after it."""
        fresh = lines[bisect_right(lines, held[0], key=lambda line: line.version) :]
        if any(_reads_anew(line.type) for line in fresh):
            return False
        for line in fresh:
            held[1].add(line)
        return True


def _reads_anew(event_type: str) -> bool:
    """Whether an event of a type changes how those before it read, or the zone of their days."""
    return event_type.startswith("record.") or event_type == DealOpened.NAME
