"""The record of one deal, walked over valid time at a fixed known time, or over known time at a fixed valid time.

Neither walk folds anything twice. A state is derived where an event comes in, and where time alone changes it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from itertools import groupby
from typing import Any

from domain.basis import Basis
from domain.bitemporal import (
    EffectiveEvents,
    KnownEvents,
    Pending,
    PlacedEvent,
    is_in_layer,
    knowledge,
    placed_line,
    public_moments,
)
from domain.corrections import (
    ABOUT_THE_RECORD,
    ApplyCorrections,
    apply_corrections,
    futile_changes,
    is_about_record,
)
from domain.entities.base import Entity
from domain.envelope import RecordedEvent
from domain.events.background import EntityMerged
from domain.events.deal import DealOpened
from domain.fold import fold, touched
from domain.folded_deal import EntityKey, FoldedDeal
from domain.state import State, derive
from domain.successive_states import SuccessiveStates
from domain.time.calendars import Calendars
from domain.time.instants import FUTURE, PAST, Moment, civil_day, end_of_day, iso, start_of_day
from projections.cancellation import check, checked
from projections.narrator import Narrator
from projections.temporal.dependencies import Dependencies
from projections.temporal.incremental_fold import Refolding
from projections.temporal.known_state import KnownState, pending_by_id, set_pending


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state, from when it holds on the axis walked along, and the events that changed the one before into it.

    Without events it was time alone.
    """

    moment: Moment
    state: State
    fresh: tuple[str, ...]


def _not_stored(_: Basis) -> FoldedDeal | None:
    return None


@dataclass(frozen=True)
class RecordedDeal:
    """All that was recorded of a deal, and what it takes to read it."""

    deal_id: str
    lines: Sequence[RecordedEvent]
    zone: tzinfo
    calendars: Calendars
    revise: ApplyCorrections
    _placed: dict[tuple[str, str], tuple[RecordedEvent, PlacedEvent | None]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Lines in their places, by id and reading: the same line is placed once, so its step is one object."""

    narrator: Narrator | None = field(default=None, repr=False, compare=False)
    """Writes the sentences of its events, where one of all these lines is held."""

    stored: Callable[[Basis], FoldedDeal | None] = field(default=_not_stored, repr=False, compare=False)
    """The deal folded on a basis from stored rows; None where there are none for it."""

    def knowledge(self, basis: Basis) -> KnownEvents:
        """Everything known on a basis, of any date."""
        check()
        return knowledge(self.lines, basis, self.zone, self.revise, self.place)

    def place(self, line: RecordedEvent, here: tzinfo, basis: Basis) -> PlacedEvent | None:
        """A line in its place, as `placed_line` has it."""
        name = (line.id, basis.reading)
        held = self._placed.get(name)
        if held is None or held[0] is not line:
            every = basis if basis.layer == "all" else replace(basis, layer="all")
            held = self._placed[name] = line, placed_line(line, here, every)
        placed = held[1]
        return placed if placed is None or is_in_layer(line, placed.step.reported, basis.layer) else None

    def state(self, basis: Basis, known: KnownEvents | None = None, refolding: Refolding | None = None) -> State:
        """The state on a basis; by way of the states asked for before, where several are, the first from what is
        stored."""
        chosen = (known or self.knowledge(basis)).at(basis.valid_at)
        if refolding is not None and refolding.is_new and (stored := self.stored(basis)) is not None:
            refolding.begin(chosen.steps, stored)
        deal = fold(checked(chosen.steps)) if refolding is None else refolding.to(chosen.steps)
        return self.derive(deal, chosen, basis)

    def with_lines(self, lines: Sequence[RecordedEvent]) -> "RecordedDeal":
        """The past of the same deal with other lines."""
        return replace(self, lines=lines, narrator=None, stored=_not_stored)

    def derive(self, deal: FoldedDeal, chosen: EffectiveEvents, basis: Basis, section: str | None = None) -> State:
        """What follows from a folded deal at basis.valid_at; of one section alone, where one is named."""
        return self.derive_sections(deal, chosen, basis, *(() if section is None else (section,)))

    def derive_sections(self, deal: FoldedDeal, chosen: EffectiveEvents, basis: Basis, *sections: str) -> State:
        """What follows from a folded deal at basis.valid_at, of these sections alone; of all, where none is named."""
        check()
        given: dict[str, Any] = {"deal_id": self.deal_id, "zone": self.zone, "calendars": self.calendars}
        return derive(deal, chosen, basis, only=sections, **given)

    def walk_valid_time(
        self, basis: Basis, bears: Dependencies | None = None, section: str | None = None
    ) -> Iterator[StateChange]:
        """All states over valid time that the basis knows, in order of date, from before the first event.

        Ends with the last event and what time alone makes of it; the last state has no end. Where only
        some entities or one section matter, the rest of the state is not there.
        """
        bears = self._effective_dependencies(bears)
        known = self.knowledge(basis)
        coming: dict[Moment, list[PlacedEvent]] = {}
        placed = () if known.unmade else known.placed
        begins = min((each.seen for each in placed), default=FUTURE)
        for each in placed:
            if bears is None or each.seen == begins or bears.touched_by(each.step):
                for moment in set(each.moments):
                    coming.setdefault(moment, []).append(each)
        moments = sorted(moment for moment in coming if moment < FUTURE)
        if PAST not in coming:
            yield self._empty_change(replace(basis, valid_at=PAST), section)
        things: dict[EntityKey, Entity] = {}
        waiting, open_ones = dict[str, Pending](), dict[str, Pending]()
        exists = False
        for at, moment in enumerate(moments):
            following = moments[at + 1] if at + 1 < len(moments) else FUTURE
            for each in sorted(coming[moment], key=lambda one: one.step.key):
                if each.step.start == moment:
                    things.update(pair for pair in touched(things, each.step) if bears is None or bears.takes(pair[0]))
                exists = exists or each.seen <= moment
                set_pending(waiting, each, each.seen <= moment < each.step.start, each.step.start, each.step.start)
                set_pending(open_ones, each, each.earliest <= moment < each.latest, each.earliest, each.latest)
            futile = known.futile if exists else ()
            chosen = EffectiveEvents(
                (), pending_by_id(waiting), pending_by_id(open_ones), exists, known.corrections, futile
            )
            fresh = tuple(each.step.id for each in coming[moment])
            now = replace(basis, valid_at=moment)
            while True:
                state = self.derive(FoldedDeal(things), chosen, now, section)
                yield StateChange(now.valid_at, state, fresh)
                ahead = state.next_transition_at
                if ahead is None or ahead >= following:
                    break
                now, fresh = replace(basis, valid_at=ahead), ()

    def walk_known_time(
        self, basis: Basis, bears: Dependencies | None = None, section: str | None = None
    ) -> Iterator[StateChange]:
        """Every belief about basis.valid_at, in order of when it was held, from before anything was known up to
        basis.known_at.

        Moments are those of recording, or on the published axis those by which it was public for certain.
        """
        bears = self._effective_dependencies(bears)
        within = [
            line for line in self.lines if line.version <= basis.known_version and line.position <= basis.known_position
        ]
        moments = self.known_moments(within, basis)
        tangle = _CorrectedEvents(within)
        belief = KnownState(basis.valid_at, bears)
        states = SuccessiveStates(basis, deal_id=self.deal_id, zone=self.zone, calendars=self.calendars)
        yield self._empty_change(basis, section)
        ordered = sorted((moments[line.id], line.version) for line in within if moments[line.id] <= basis.known_at)
        by_version = {line.version: line for line in within}
        knots: dict[str, PlacedEvent] = {}
        unmade = False
        for moment, group in groupby(ordered, key=lambda pair: pair[0]):
            came = [by_version[version] for _, version in group]
            moved = False
            for line in came:
                if line.id not in tangle.ids:
                    placed = self.place(line, self.zone, basis)
                    moved = (placed is not None and belief.add(placed)) or moved
            if any(line.id in tangle.ids for line in came):
                held = [line for line in tangle.lines if moments[line.id] <= moment]
                stand, _ = apply_corrections(held, self.revise)
                was, knots = knots, self._placed_by_id(stand, basis)
                for event_id in was.keys() | knots.keys():
                    before, after = was.get(event_id), knots.get(event_id)
                    if before != after:
                        moved = (before is not None and belief.remove(before)) or moved
                        moved = (after is not None and belief.add(after)) or moved
                made = any(line.type == DealOpened.NAME for line in stand)
                was_unmade, unmade = unmade, not made and any(line.type == DealOpened.NAME for line in held)
                was_futile, belief.futile = (
                    belief.futile,
                    futile_changes([each for each in held if is_about_record(each)]),
                )
                moved = moved or unmade != was_unmade or belief.futile != was_futile
            check()
            if moved:
                chosen = EffectiveEvents(()) if unmade else belief.chosen
                deal = FoldedDeal({}) if unmade else belief.folding.deal
                state = self.derive(deal, chosen, basis, section) if section else states.derive(deal, chosen)
                yield StateChange(moment, state, tuple(line.id for line in came))

    def _effective_dependencies(self, bears: Dependencies | None) -> Dependencies | None:
        """What bears on a place: everything, where ids were merged and entities are folded under other names."""
        return None if any(line.type == EntityMerged.NAME for line in self.lines) else bears

    def empty_state(self, basis: Basis) -> State:
        """The state before anything happened."""
        return self._empty_change(replace(basis, valid_at=PAST)).state

    def _empty_change(self, basis: Basis, section: str | None = None) -> StateChange:
        return StateChange(PAST, self.derive(FoldedDeal({}), EffectiveEvents(()), basis, section), ())

    def known_moments(self, lines: Sequence[RecordedEvent], basis: Basis) -> dict[str, Moment]:
        """From when each line is known, on the basis's axis of knowledge."""
        if basis.known_by == "recorded":
            return {line.id: line.recorded_at for line in lines}
        return public_moments(lines, self.zone, self.revise)

    def _placed_by_id(self, lines: Sequence[RecordedEvent], basis: Basis) -> dict[str, PlacedEvent]:
        found = {line.id: self.place(line, self.zone, basis) for line in lines}
        return {event_id: placed for event_id, placed in found.items() if placed is not None}

    def valid_time_label(self, moment: Moment) -> str | None:
        """A valid time as a bound of an interval: the day that it starts, or the instant; null is unbounded."""
        if moment <= PAST or moment >= FUTURE:
            return None
        day = civil_day(moment, self.zone)
        return day.isoformat() if start_of_day(day, self.zone) == moment else iso(moment)

    def known_time_label(self, moment: Moment) -> str | None:
        """A moment of knowledge as an interval names it: the day with whose end it comes, or the instant."""
        if moment <= PAST or moment >= FUTURE:
            return None
        day = civil_day(moment, self.zone)
        return day.isoformat() if end_of_day(day, self.zone) == moment else iso(moment)

    @property
    def developments(self) -> list[RecordedEvent]:
        """Everything ever recorded in its first form, including what was voided later."""
        return [line for line in self.lines if not isinstance(line.event, ABOUT_THE_RECORD)]


class _CorrectedEvents:
    """The lines that correct, void or reinstate, and those that they are about: they are read together.

    Every deal.opened is among them: only all of them say whether there is a deal.
    """

    def __init__(self, lines: Sequence[RecordedEvent]) -> None:
        self.ids = {line.id for line in lines if line.type == DealOpened.NAME}
        for line in lines:
            if isinstance(line.event, ABOUT_THE_RECORD):
                self.ids |= {line.id, line.event.event_id}
        self.lines = [line for line in lines if line.id in self.ids]
