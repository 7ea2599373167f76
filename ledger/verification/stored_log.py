"""What is stored of a log, as the audit of a part reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.time.instants import Moment
from ledger.ledger import Ledger
from ledger.models import Recorded
from ledger.tlog.transparency_log import Head, TransparencyLog
from ledger.verification.event_audit import StoredEvent

PAGE_HEADS = 100


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log in the database. Methods raise Busy."""

    ledger: Ledger
    transparency_log: TransparencyLog

    def events(self, after: int, to: int) -> list[StoredEvent]:
        rows = self.ledger.rows("audit_events", after=after, to=to)
        return [StoredEvent(Recorded(*row[:11]), row[11], row[12]) for row in rows]

    def last_event(self, to: int) -> tuple[int, str, Moment] | None:
        found = self.ledger.rows("audit_last_event", to=to)
        return (found[0][0], found[0][1], found[0][2]) if found else None

    def first_event(self, after: int, to: int) -> str | None:
        found = self.ledger.read_log(after, 1, to)
        return found[0].id if found else None

    def heads(self, after: int, to: int) -> list[Head]:
        return [Head(*row) for row in self.ledger.rows("audit_heads", after=after, to=to)]

    def heads_before(self, size: int) -> Iterator[Head]:
        while found := [Head(*row) for row in self.ledger.rows("audit_heads_before", to=size, limit=PAGE_HEADS)]:
            yield from found
            size = found[-1].size - 1

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.transparency_log.read_tile(level, index, width)
