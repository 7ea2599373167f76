"""What events bring into their deal that is out of the ordinary: anomalies, conflicts, and parties that none adds.

One comparison finds them all: the state with the events less the state without them, at the dates of the events and at
the last date of the record. So every declared rule of anomaly or conflict also warns the client that records.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from domain.basis import Basis
from domain.bitemporal import KnownEvents, zone_of
from domain.corrections import ABOUT_THE_RECORD, ApplyCorrections
from domain.envelope import RecordedEvent, Submission
from domain.errors import Problem
from domain.rulebook import RULES_BY_ID
from domain.rules.anomalies import STUB
from domain.rules.unknown_parties import unknown_parties
from domain.time.instants import FUTURE, Moment, civil_day, end_of_day
from domain.unknown_references import unknown_reference, with_nearest
from ledger.encoding.corrections import revising
from ledger.models import Appended
from projections.isolation import isolated
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal.incremental_fold import Refolding
from projections.temporal.recorded_deal import RecordedDeal

COMPARED_EVENTS = 2_000
"""Events of a deal beyond which its states are not compared."""

COMPARED_WORK = 20_000
"""Events of a deal times the dates at which its states are compared. Earlier dates beyond it are left out."""

CACHED_DEALS = 64
"""Deals whose folded state is held in memory."""

SKIPPED = "warnings-skipped"
"""The code of the note that states were not compared, or not at every date."""

SECTIONS = ("anomalies", "conflicts")

EVERYTHING = Basis(valid_at=FUTURE, known_at=FUTURE, known_version=2**62, known_position=2**62)

Warnings = list[tuple[str, Problem]]
"""The event that brings it, and the warning; its pointer starts at the event."""


Findings = Mapping[tuple[str, ...], Mapping[str, Any]]
"""Entries of these sections, by what tells one from the others."""

CACHED_MOMENTS = 16
"""Dates of a deal whose findings are held in memory."""


@dataclass(slots=True)
class CachedDeal:
    """A deal as it was last compared: the next comparison folds only what differs."""

    refolding: Refolding = field(default_factory=Refolding)
    placed: dict[Any, Any] = field(default_factory=dict)
    findings: dict[Moment, tuple[RecordedEvent, Findings]] = field(default_factory=dict)
    """What was found at a moment in the record up to an event: the next comparison starts from it."""
    lock: RLock = field(default_factory=RLock)


class EventWarnings:
    """Warnings about the events of one log. Safe to share between threads.

    Methods raise UnreadableDeal and Busy.
    """

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._lock = RLock()
        self._deals: OrderedDict[str, CachedDeal] = OrderedDict()

    def of_recorded(self, events: Sequence[Appended]) -> Warnings:
        """Warnings about events of one deal, by the record up to the last of them: the same whenever it is asked."""
        deal_id, version = events[0].deal_id, max(event.version for event in events)
        if version > COMPARED_EVENTS:
            return [(events[-1].id, _skipped(version))]
        lines = self._reader.history_to(deal_id, version).lines[:version]
        return self._compare(deal_id, lines, {event.id for event in events}, self._reader.revise)

    def of_hypothetical(self, submissions: Sequence[Submission], events: Sequence[Appended]) -> Warnings:
        """Warnings about events of one deal that would be recorded as these, where they are not yet."""
        deal_id, version = events[0].deal_id, max(event.version for event in events)
        if version > COMPARED_EVENTS:
            return [(events[-1].id, _skipped(version))]
        lines = self._reader.history_to(deal_id, version).lines[:version]
        known = {line.id for line in lines}
        pairs = zip(submissions, events, strict=True)
        fresh = {sent.id: (sent, event) for sent, event in pairs if sent.id not in known}
        lines = lines[: version - len(fresh)] + [_line(*each) for each in fresh.values()]
        revise = revising({name: sent for name, (sent, _) in fresh.items()}, self._reader.revise)
        return self._compare(deal_id, lines, {event.id for event in events}, revise)

    def _compare(
        self, deal_id: str, lines: Sequence[RecordedEvent], ids: Collection[str], revise: ApplyCorrections
    ) -> Warnings:
        held = self._cached(deal_id)
        deal = RecordedDeal(deal_id, lines, zone_of(lines), calendar, revise, held.placed)
        with held.lock, isolated(self._reader.ledger, deal_id, len(lines)):
            return compare(deal, ids, held)

    def _cached(self, deal_id: str) -> CachedDeal:
        with self._lock:
            held = self._deals.get(deal_id) or CachedDeal()
            self._deals[deal_id] = held
            self._deals.move_to_end(deal_id)
            while len(self._deals) > CACHED_DEALS:
                self._deals.popitem(last=False)
            return held


def compare(deal: RecordedDeal, ids: Collection[str], cached: CachedDeal | None = None) -> Warnings:
    """What these events bring into the state of a deal; what is cached of the deal saves folding it."""
    if len(deal.lines) > COMPARED_EVENTS:
        return [(next(line.id for line in reversed(deal.lines) if line.id in ids), _skipped(len(deal.lines)))]
    return list(_Comparison(deal, cached or CachedDeal(), ids).warnings())


def _line(sent: Submission, event: Appended) -> RecordedEvent:
    return sent.recorded(version=event.version, position=event.position, recorded_at=event.recorded_at, by="")


def _skipped(version: int) -> Problem:
    told = (
        f"The deal has {version} events: what an event brings about is compared up to {COMPARED_EVENTS}. "
        "Read anomalies and conflicts in the state."
    )
    return Problem("", SKIPPED, told)


class _Comparison:
    """The findings of a deal with some events less those without them."""

    def __init__(self, deal: RecordedDeal, cached: CachedDeal, ids: Collection[str]) -> None:
        self._deal = deal
        self._cached = cached
        self._refolding = cached.refolding
        self._lines = {line.id: line for line in deal.lines if line.id in ids}
        self._after = deal.knowledge(EVERYTHING)
        self._others = [line for line in deal.lines if line.id not in ids]
        self._before = deal.with_lines(self._others).knowledge(EVERYTHING)

    def warnings(self) -> Iterator[tuple[str, Problem]]:
        """Each new finding, once."""
        moments = self._moments()
        most = max(COMPARED_WORK // len(self._deal.lines), 1)
        found: dict[tuple[str, ...], Mapping[str, Any]] = {}
        found_before = _FindingsFrom(self._findings(self._others, self._before, each) for each in moments[-most:])
        for place, moment in enumerate(moments[-most:]):
            for name, entry in self._findings(self._deal.lines, self._after, moment).items():
                if not found_before.holds(place, name, entry):
                    found.setdefault(name, entry)
        if any(entry["rule"] == STUB for entry in found.values()):
            yield from self._unknown_references()
        yield from self._unknown_parties(moments[-1])
        for entry in found.values():
            event_id = self._event_of(entry)
            yield event_id, Problem(self._pointer(event_id, entry["rule"]), entry["rule"], entry["why"])
        if len(moments) > most:
            told = f"Only the last {most} of the {len(moments)} dates of these events were compared."
            yield next(reversed(self._lines)), Problem("", SKIPPED, told)

    def _unknown_parties(self, moment: Moment) -> Iterator[tuple[str, Problem]]:
        deal = self._refolding.to(self._after.at(moment).steps)
        before = [each.step.event for each in self._before.placed]
        for event_id, line in self._lines.items():
            yield from ((event_id, problem) for problem in unknown_parties(line.event, deal, before))
            before.append(line.event)

    def _unknown_references(self) -> Iterator[tuple[str, Problem]]:
        """What the events act on and no event makes, as it is said when they are recorded."""
        held: dict[str, dict[str, None]] = {}
        first = min(line.version for line in self._lines.values())
        for line in self._deal.lines:
            needed = {(kind, entity_id) for kind, entity_id, _ in line.event.needs()} if line.version >= first else ()
            for kind, entity_id in line.event.makes(line.id):
                if (kind, entity_id) not in needed:
                    held.setdefault(kind, {})[entity_id] = None
        loose = [
            (line, unknown_reference(pointer, line.type, (line.deal_id, kind, entity_id)))
            for line in self._lines.values()
            for kind, entity_id, pointer in line.event.needs()
            if entity_id not in held.get(kind, ())
        ]
        problems = with_nearest((problem for _, problem in loose), lambda _deal, kind, _wanted: held.get(kind, ()))
        yield from ((line.id, problem) for (line, _), problem in zip(loose, problems, strict=True))

    def _moments(self) -> list[Moment]:
        """The last moments of the days from which the events count, and of the last day of the record."""
        about = (line.event.event_id for line in self._lines.values() if isinstance(line.event, ABOUT_THE_RECORD))
        ids = {*self._lines, *about}
        placed = (*self._before.placed, *self._after.placed)
        own = {each.step.start for each in placed if each.step.id in ids}
        last = max((each.step.start for each in placed), default=0)
        zone = self._deal.zone
        return sorted({end_of_day(civil_day(moment, zone), zone) for moment in (*own, last)})

    def _findings(self, lines: Sequence[RecordedEvent], known: KnownEvents, moment: Moment) -> Findings:
        whole = bool(lines) and lines[-1].version == len(lines)
        held = self._cached.findings.get(moment)
        if whole and held is not None and held[0] is lines[-1]:
            return held[1]
        chosen = known.at(moment)
        folded = self._refolding.to(chosen.steps)
        sections = self._deal.derive_sections(folded, chosen, replace(EVERYTHING, valid_at=moment), *SECTIONS).sections
        found = {_name(entry): entry for section in SECTIONS for entry in sections[section]}
        if whole:
            if len(self._cached.findings) >= CACHED_MOMENTS:
                self._cached.findings.clear()
            self._cached.findings[moment] = lines[-1], found
        return found

    def _event_of(self, entry: Mapping[str, Any]) -> str:
        """The event that brings a finding: the last of those compared that it names, else the last of all."""
        named = {*entry["because"], *entry.get("members", ())}
        return next((each for each in reversed(self._lines) if each in named), next(reversed(self._lines)))

    def _pointer(self, event_id: str, rule: str) -> str:
        """The first member that the rule is about and the event has."""
        line = self._lines[event_id]
        for pointer in RULES_BY_ID[rule].about:
            name = pointer.removeprefix("/data/")
            holder = line if name == pointer else line.event
            if getattr(holder, name.removeprefix("/"), None) not in (None, ()):
                return pointer
        return ""


class _FindingsFrom:
    """What was found at successive moments. A finding that only begins earlier is no new one."""

    def __init__(self, found: Iterable[Findings]) -> None:
        self._last: dict[tuple[tuple[str, ...], str], int] = {}
        for place, findings in enumerate(found):
            self._last |= {(name, entry["why"]): place for name, entry in findings.items()}

    def holds(self, place: int, name: tuple[str, ...], entry: Mapping[str, Any]) -> bool:
        """Whether such a finding was there at a moment or at a later one."""
        return self._last.get((name, entry["why"]), -1) >= place


def _name(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return entry["rule"], *(entry["members"] if "members" in entry else (entry["event_id"],))
