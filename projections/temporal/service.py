"""The service of bitemporal queries: parameters as texts in, JSON out."""

from collections.abc import Sequence
from functools import partial

from domain.basis import Basis
from domain.envelope import Submission
from domain.errors import BadQuestion, Problem
from domain.state_paths import unless_erased
from domain.time.instants import iso
from ledger.encoding import event_codec
from ledger.encoding.event_json import event_to_json
from projections.isolation import isolates
from projections.state.answers import HypotheticalBasis
from projections.state.holiday_calendars import calendar
from projections.state.state_json import basis_members, basis_to_json, state_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import ClockNames, TimeQuery
from projections.temporal import diff as diffs
from projections.temporal import digest as digests
from projections.temporal import first as firsts
from projections.temporal import history as histories
from projections.temporal import lineage as lineages
from projections.temporal import what_if as what_ifs
from projections.temporal.answers import (
    Diff,
    Digest,
    DigestItem,
    EventWarning,
    First,
    Lineage,
    Stretch,
    Stretches,
    WhatIf,
)
from projections.temporal.event_difference import end_of_effective_day
from projections.temporal.memento import Links, accept_datetime, http_date, nearest
from projections.temporal.recorded_deal import RecordedDeal

FROM, TO = ClockNames("from_valid", "from_known"), ClockNames("to_valid", "to_known")
"""What errors call the clocks of the two sides of a difference."""


class TemporalQueries:
    """Bitemporal queries of one reader. Methods raise the errors of `domain.errors`.

    UnknownDeal, UnreadableDeal, BadQuestion, InTheFuture, BeyondTheEnd and Busy wherever a basis is asked for.
    """

    def __init__(self, reader: StateReader) -> None:
        self.reader = reader

    @isolates
    def diff(self, deal_id: str, start: TimeQuery, end: TimeQuery) -> Diff:
        """The difference of two bases: happened, learned, lapsed, net. Errors call the clocks FROM and TO."""
        return self._diff(deal_id, start, end)

    def _diff(self, deal_id: str, start: TimeQuery, end: TimeQuery) -> Diff:
        history = self.reader.history(deal_id)
        first, last = self.reader.basis(history, start, FROM), self.reader.basis(history, end, TO)
        parts = diffs.diff(self._recorded_deal(deal_id), first, last)
        return {"from": basis_to_json(deal_id, first), "to": basis_to_json(deal_id, last), **parts}

    @isolates
    def event_diff(self, deal_id: str, event_id: str) -> Diff | None:
        """The difference that an event made, on the day of its effect; None if the deal has no such event."""
        history = self.reader.history(deal_id)
        line = next((each for each in history.lines if each.id == event_id), None)
        if line is None:
            return None
        valid_at = iso(min(end_of_effective_day(line, history.zone), self.reader.now()))
        return self._diff(
            deal_id, *(TimeQuery(valid_at=valid_at, known_version=line.version - back) for back in (1, 0))
        )

    @isolates
    def history(self, deal_id: str, path: str, question: TimeQuery) -> Stretches:
        """The values of a path over valid time, with intervals. Raises UnknownPath."""
        basis = self._basis(deal_id, question)
        upto = basis.valid_at if question.valid_at is not None else None
        items = histories.history(self._recorded_deal(deal_id), path, basis, upto)
        return self._page(deal_id, path, basis, items)

    @isolates
    def revisions(self, deal_id: str, path: str, question: TimeQuery) -> Stretches:
        """The values of a path for one valid time over known time. Raises UnknownPath."""
        basis = self._basis(deal_id, question)
        return self._page(deal_id, path, basis, histories.revisions(self._recorded_deal(deal_id), path, basis))

    @isolates
    def first(self, deal_id: str, path: str, op: str, value: str | None, question: TimeQuery) -> First:
        """The first instant of a condition, its causes, and when it was first known. Raises UnknownPath."""
        basis = self._basis(deal_id, question)
        upto = basis.valid_at if question.valid_at is not None else None
        found = firsts.first(self._recorded_deal(deal_id), path, op, value, basis, upto)
        return {"path": path, "op": op, "basis": basis_to_json(deal_id, basis), **found}

    @isolates
    def digest(
        self, deal_id: str, *, since_version: int | None = None, since: str | None = None, known_by: str = "recorded"
    ) -> Digest:
        """The digest of changes since a version or an instant."""
        if (since_version is None) == (since is None):
            sentence = "Say since when: give since_version or since, and not both."
            raise BadQuestion(sentence, problems=(Problem("/since_version", "bad-parameter", sentence),))
        history = self.reader.history(deal_id)
        question = TimeQuery(known_version=since_version, known_at=since, known_by=known_by)
        start = self.reader.basis(history, question)
        end = self.reader.basis(history, TimeQuery(known_by=known_by))
        items, summary = digests.digest(self._recorded_deal(deal_id), start, end)
        since_basis, now_basis = basis_to_json(deal_id, start), basis_to_json(deal_id, end)
        return {"items": items, "next": None, "summary": summary, "from": since_basis, "to": now_basis}

    @isolates
    def changes_since(self, deal_id: str, question: TimeQuery) -> tuple[str | None, list[DigestItem]]:
        """The items of the digest of a deal since a basis, without a summary, and the title of the deal."""
        history = self.reader.history(deal_id)
        start, end = self.reader.basis(history, question), self.reader.basis(history)
        difference = diffs.compare(self._recorded_deal(deal_id), start, end)
        return unless_erased(difference.after["deal"]["title"]), list(digests.items(difference))

    @isolates
    def what_if(
        self, deal_id: str, question: TimeQuery, events: Sequence[Submission], *, lenient: bool = False
    ) -> WhatIf:
        """The state with hypothetical events, and the difference they make."""
        basis = self._basis(deal_id, question)
        past = self._recorded_deal(deal_id)
        state, end, diff, found = what_ifs.what_if(past, basis, events, self._original, lenient=lenient)
        # There is no address under which a state that is not on record could be found again.
        hypothetical = [event.id for event in events]
        asked: HypotheticalBasis = {**basis_members(basis), "permalink": None, "hypothetical": hypothetical}
        warnings: list[EventWarning] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in found
        ]
        return {"state": {**state_to_json(deal_id, state, end), "basis": asked}, "diff": diff, "warnings": warnings}

    @isolates
    def lineage(self, deal_id: str, event_id: str) -> Lineage | None:
        """The lineage of an event; None if the deal has no such event."""
        history = self.reader.history(deal_id)
        row = self.reader.ledger.event(event_id)
        if row is None or row.deal_id != deal_id:
            return None
        return {**lineages.lineage(history.lines, event_id), "assertion": event_to_json(row)}

    @isolates
    def timegate(self, deal_id: str, base: str, header: str | None) -> dict[str, str]:
        """The headers of a time gate's answer: where the memento nearest to the wanted moment is."""
        lines = self.reader.history(deal_id).lines
        wanted = accept_datetime(header)
        chosen = nearest(lines, wanted)
        links = Links(base, deal_id)
        told = {"Location": links.memento(chosen.version), "Link": links.timegate_header(lines, chosen)}
        if wanted is not None and not lines[0].recorded_at <= wanted <= lines[-1].recorded_at:
            told["Memento-Datetime"] = http_date(chosen.recorded_at)  # which is not that of the wanted moment
        return told

    @isolates
    def timemap(self, deal_id: str, base: str, after: int) -> str:
        """A page of a deal's time map."""
        return "".join(Links(base, deal_id).timemap_lines(self.reader.history(deal_id).lines, after))

    def _recorded_deal(self, deal_id: str) -> RecordedDeal:
        # Read after the bases were resolved: a query about now may have waited for appends in flight.
        history = self.reader.history(deal_id)
        narrator = self.reader.narrator(history)
        return RecordedDeal(
            deal_id, history.lines, history.zone, calendar, self.reader.revise,
            narrator=narrator, stored=partial(self.reader.stored_fold, deal_id),
        )  # fmt: skip

    def _basis(self, deal_id: str, question: TimeQuery) -> Basis:
        return self.reader.basis(self.reader.history(deal_id), question)

    def _page(self, deal_id: str, path: str, basis: Basis, items: list[Stretch]) -> Stretches:
        return {"path": path, "basis": basis_to_json(deal_id, basis), "items": items, "next": None}

    def _original(self, event_id: str) -> Submission | None:
        row = self.reader.ledger.event(event_id)
        return None if row is None else event_codec.submission_of(row)
