"""The comparison of the events of a bulk import with the record: duplicates, and events that are refused."""

from contextlib import suppress

from domain.errors import Busy, ParleyError, Problem, UnknownReference
from domain.unknown_references import REFERENCES, Names, as_warning, with_nearest
from ledger.append.batch import BatchView
from ledger.append.decision import faults, find_duplicate, refused
from ledger.append.import_errors import not_erased
from ledger.append.import_view import ImportedRecordEvents, ImportLookup, decoded
from ledger.append.preparation import OPENING, Staged, is_about_record
from ledger.append.record_index import NO_EVENTS
from ledger.append.spool import NoRoom
from ledger.append.writer import Writer
from ledger.models import Recorded


class ImportComparison:
    """Compares one event at a time; what is not to be recorded is dropped from the spool."""

    def __init__(self, imported: ImportedRecordEvents, names: Names, *, lenient: bool) -> None:
        self.imported = imported
        self.spool = imported.spool
        self.names = names
        self.lenient = lenient
        self._sought = 0
        """Unknown references for which the nearest names were sought."""

    def compare(self, view: BatchView, writer: Writer, number: int, one: Staged) -> Recorded | None:
        """The recorded event that an event of the import repeats; None for one that is new or refused."""
        try:
            known = find_duplicate(view, one)
            if known is None:
                self._decide(view, writer, number, one)
                return None
        except NoRoom:
            raise
        except ParleyError as refusal:
            self.spool.unstage_refused(number, refusal)
            if one.type == OPENING and one.deal_id not in view.heads:
                self.spool.refuse_opening(one.deal_id, number)
            return None
        self.spool.unstage(number)
        return known

    def held(self, view: BatchView, writer: Writer, number: int, one: Staged) -> ImportLookup:
        """What the decision on an event may look at."""
        return ImportLookup(one.deal_id, self.spool, {}, NO_EVENTS, view, writer, self.imported, number)

    def _decide(self, view: BatchView, writer: Writer, number: int, one: Staged) -> None:
        exists = one.deal_id in view.heads or self.spool.has_opening(one.deal_id)
        if exists and one.erased and not self.spool.has_erasure(one.id):
            raise not_erased(one.id)
        about = is_about_record(one.type)
        if exists and not about and not one.needs:
            return
        held = self.held(view, writer, number, one)
        if exists and not about and all(held.holds(kind, thing_id) for kind, thing_id in one.needs):
            return
        problems = faults(decoded(one), held, exists=exists)
        if problems:
            problems = self._with_nearest(problems)
        if any(not (self.lenient and problem.code == UnknownReference.code) for problem in problems):
            raise refused(problems)
        for problem in problems:
            self.spool.warn(number, as_warning(problem))

    def _with_nearest(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """The nearest names of the first few unknown references; not of all, as there may be millions."""
        if self._sought >= REFERENCES:
            return problems
        self._sought += sum(problem.sought is not None for problem in problems)

        def names(deal_id: str, kind: str, wanted: str) -> list[str]:
            return [*self.names(deal_id, kind, wanted), *self.spool.names(deal_id, kind)]

        with suppress(Busy):
            return with_nearest(problems, names)
        return problems
