"""The record as it will be after a bulk import: what was looked up in it, and what the import adds to it."""

from dataclasses import dataclass

from domain.envelope import Submission
from domain.errors import Problem
from domain.time.instants import Moment
from ledger.append.batch import DealLookup
from ledger.append.preparation import Staged
from ledger.append.record_index import RecordIndex
from ledger.append.spool import Spool
from ledger.encoding.event_codec import submission_of
from ledger.models import Recorded

DECODED_KEPT = 20_000
"""Events about the record that are kept decoded."""


def as_recorded(one: Staged) -> Recorded:
    """A submission of the import as if it were already recorded: for comparing a second one with it."""
    leaf = one.template.fill(1, Moment(0), None)
    payload, salt = (None, None) if one.erased else (one.payload, one.salt)
    return Recorded(0, one.deal_id, 0, one.id, one.type, Moment(0), one.by, leaf, b"", payload, salt)


def decoded(one: Staged) -> Submission:
    """A staged event as a submission."""
    return submission_of(as_recorded(one))


class ImportedRecordEvents:
    """The record.* events that an import brings into each deal, and its deal.opened."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._by_deal: dict[str, tuple[int, RecordIndex]] = {}
        """The last line up to which they were read, and what was found."""
        self._decoded = 0
        """How many events these hold."""

    def clear(self) -> None:
        """Begin again with the first line."""
        self._by_deal.clear()

    def before(self, deal_id: str, number: int) -> RecordIndex:
        """Those before a line. Asked in the order of lines; read again only when very many are held."""
        if self._decoded > DECODED_KEPT:
            self._by_deal.clear()
            self._decoded = 0
        last, index = self._by_deal.get(deal_id, (-1, RecordIndex()))
        for one in self.spool.record_events(deal_id, last, number):
            index.add(decoded(one))
            self._decoded += 1
        self._by_deal[deal_id] = (number - 1, index)
        return index


@dataclass(slots=True)
class ImportLookup(DealLookup):
    """What `decide` may look at: the record as it will be after the whole import."""

    imported: ImportedRecordEvents
    number: int
    """The line of the event that is decided."""

    def original(self, event_id: str) -> Submission | None:
        sibling = self._sibling(event_id)
        return DealLookup.original(self, event_id) if sibling is None else decoded(sibling)

    def revised(self, event_id: str, changes: dict[str, object]) -> tuple[Problem, ...]:
        sibling = self._sibling(event_id)
        if sibling is not None and sibling.erased:
            return ()  # it was corrected before it was erased, so there is nothing left to hold the change against
        return DealLookup.revised(self, event_id, changes)

    def _sibling(self, event_id: str) -> Staged | None:
        found = self.imported.spool.find(event_id)
        return None if found is None or found[1].deal_id != self.deal_id else found[1]

    def earlier(self) -> RecordIndex:
        """Those that the import brings before the event that is decided."""
        return self.imported.before(self.deal_id, self.number)
