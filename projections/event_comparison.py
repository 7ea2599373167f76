"""The state of a deal with some events less the state without them: what they bring that is out of the ordinary.

Every declared rule of anomaly or conflict so also warns the client that records. What was folded, derived and found of
a deal is kept, and the next comparison starts from it: events in entities that no conflict depends on are compared by
these entities alone.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from domain.bitemporal import KnownEvents, PlacedEvent
from domain.corrections import ABOUT_THE_RECORD
from domain.entities.base import Entity
from domain.entities.deal import DealEntity
from domain.entities.identity import Identity
from domain.envelope import RecordedEvent
from domain.errors import Problem
from domain.folded_deal import EntityKey, FoldedDeal
from domain.rulebook import RULES_BY_ID
from domain.rules.anomalies import STUB, anomalies_of_entities
from domain.rules.conflicts import conflicts
from domain.rules.unknown_parties import unknown_parties
from domain.sections.context import Context
from domain.time.instants import Moment, civil_day, end_of_day
from domain.unknown_references import as_warning, unknown_reference, with_nearest
from projections.cached_deal import EVERYTHING, OF_OTHER_EVENTS, CachedDeal, Entry, Findings, FoundAt
from projections.temporal.recorded_deal import RecordedDeal

COMPARED_EVENTS = 2_000
"""Events of a deal beyond which its states are not compared."""

COMPARED_WORK = 20_000
"""Events of a deal times the dates at which its states are compared. Earlier dates beyond it are left out."""

SKIPPED = "warnings-skipped"
"""The code of the note that states were not compared, or not at every date."""

SECTIONS = ("anomalies", "conflicts")

DEAL: EntityKey = (DealEntity.KIND, "")

SHARED_KINDS = frozenset({*(conflicts.depends_on or ()), DealEntity.KIND, Identity.KIND})
"""The kinds of entities on which findings about other entities depend."""

Warnings = list[tuple[str, Problem]]
"""The event that brings it, and the warning; its pointer starts at the event."""


def compare(deal: RecordedDeal, ids: Collection[str], cached: CachedDeal | None = None) -> Warnings:
    """What these events bring into the state of a deal; what is cached of the deal saves folding and deriving it."""
    if len(deal.lines) > COMPARED_EVENTS:
        return [(next(line.id for line in reversed(deal.lines) if line.id in ids), skipped(len(deal.lines)))]
    return list(_Comparison(deal, cached or CachedDeal(), ids).warnings())


def skipped(version: int) -> Problem:
    """The note that a deal of so many events was not compared."""
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
        self._lines = {line.id: line for line in deal.lines if line.id in ids}
        self._others = [line for line in deal.lines if line.id not in ids]
        self._before = cached.knowledge.of(deal, self._others)
        self._after = cached.knowledge.of(deal, deal.lines)
        moments = self._moments()
        most = max(COMPARED_WORK // len(deal.lines), 1)
        self._moments_of_all, self._compared = moments, moments[-most:]

    def warnings(self) -> Iterator[tuple[str, Problem]]:
        """Each new finding, once."""
        found = self._new_in_own_entities()
        if found is None:
            found = self._new_in_sections()
        if any(entry["rule"] == STUB for entry in found.values()):
            yield from self._unknown_references()
        yield from self._unknown_parties()
        for entry in found.values():
            event_id = self._event_of(entry)
            yield event_id, Problem(self._pointer(event_id, entry["rule"]), entry["rule"], entry["why"])
        if len(self._moments_of_all) > len(self._compared):
            count, total = len(self._compared), len(self._moments_of_all)
            told = f"Only the last {count} of the {total} dates of these events were compared."
            yield next(reversed(self._lines)), Problem("", SKIPPED, told)

    def _new_in_sections(self) -> Findings:
        """What the sections have with the events, and have not without them."""
        before = [self._findings(self._others, self._before, moment) for moment in self._compared]
        return _new(before, [self._findings(self._deal.lines, self._after, moment) for moment in self._compared])

    def _new_in_own_entities(self) -> Findings | None:
        """The same, from the entities that the events touch; None where others may have changed, too."""
        own = [each for each in self._after.placed if each.line.id in self._lines]
        if len(own) < len(self._lines) or not self._is_plain(own):
            return None
        slots = sorted(
            {(kind.KIND, each_id) for each in own for kind, each_id in each.step.event.touches(each.step.id)}
        )
        if not SHARED_KINDS.isdisjoint(kind for kind, _ in slots):
            return None
        self._cached.fold_latest(self._before)
        entities = self._cached.deal.entities
        if any(entity.origin.erased or isinstance(entity, Identity) for entity in entities.values()):
            return None
        before = [self._found_in(slots, moment) for moment in self._compared]
        self._cached.add_latest(own, self._after)
        after = [self._found_in(slots, moment) for moment in self._compared]
        if any(_differ_beyond(self._lines, *pair) for pair in zip(before, after, strict=True)):
            return None
        return _new(before, after)

    def _is_plain(self, own: Sequence[PlacedEvent]) -> bool:
        """Whether the events leave unchanged how all others read, and whether there is a deal."""
        known = (self._before, self._after)
        if any(each.unmade or each.futile for each in known) or not self._before.placed:
            return False
        return not any(isinstance(each.step.event, OF_OTHER_EVENTS) for each in own)

    def _found_in(self, slots: Iterable[EntityKey], moment: Moment) -> Findings:
        """The anomalies of these entities at a moment, by the latest knowledge as far as it is folded."""
        entities: dict[EntityKey, Entity] = {}
        for slot in (DEAL, *slots):
            entity = self._cached.entity_at(slot, moment)
            if entity is not None:
                entities[slot] = entity
        context = Context(FoldedDeal(entities), moment, self._deal.zone, self._deal.calendars, self._deal.deal_id)
        own = [entities[slot] for slot in slots if slot in entities]
        return {_name(entry): entry for entry in anomalies_of_entities(context, own)}

    def _unknown_parties(self) -> Iterator[tuple[str, Problem]]:
        self._cached.fold_latest(self._after)
        deal, lines = self._cached.deal, list(self._lines.values())
        for index, line in enumerate(lines):
            recorded = (each.step.event for each in self._before.placed)
            before = chain(recorded, (each.event for each in lines[:index]))
            yield from ((line.id, problem) for problem in unknown_parties(line.event, deal, before))

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
            (line, as_warning(unknown_reference(pointer, line.type, (line.deal_id, kind, entity_id))))
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
        own = {each.step.start for known in (self._before, self._after) for each in known.placed if each.line.id in ids}
        zone = self._deal.zone
        return sorted({end_of_day(civil_day(moment, zone), zone) for moment in (*own, self._last)})

    @property
    def _last(self) -> Moment:
        """From when the last event counts, with those that are compared or without them."""
        return max((known.placed[-1].step.start for known in (self._before, self._after) if known.placed), default=0)

    def _findings(self, lines: Sequence[RecordedEvent], known: KnownEvents, moment: Moment) -> Findings:
        whole = bool(lines) and lines[-1].version == len(lines)
        if whole and (found := self._cached.found_before(lines[-1], known, moment)) is not None:
            return found
        folded = self._cached.folded(known, moment)
        state = self._deal.derive_sections(folded, known.at(moment), replace(EVERYTHING, valid_at=moment), *SECTIONS)
        found = {_name(entry): entry for section in SECTIONS for entry in state.sections[section]}
        if whole:
            self._cached.note(moment, FoundAt(lines[-1], found, state.next_transition_at))
        return found

    def _event_of(self, entry: Entry) -> str:
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


def _new(before: Sequence[Findings], after: Sequence[Findings]) -> Findings:
    """What was found at successive moments after, and not at the same or a later one before: a finding that only
    begins earlier is no new one."""
    last = {(name, entry["why"]): place for place, each in enumerate(before) for name, entry in each.items()}
    found: dict[tuple[str, ...], Entry] = {}
    for place, findings in enumerate(after):
        for name, entry in findings.items():
            if last.get((name, entry["why"]), -1) < place:
                found.setdefault(name, entry)
    return found


def _differ_beyond(ids: Collection[str], before: Findings, after: Findings) -> bool:
    """Whether two findings differ in an event that is none of these."""
    pairs = ({(name, entry["why"]) for name, entry in each.items()} for each in (before, after))
    one, other = pairs
    return any(name[1] not in ids for name, _ in one ^ other)


def _name(entry: Entry) -> tuple[str, ...]:
    return entry["rule"], *(entry["members"] if "members" in entry else (entry["event_id"],))
