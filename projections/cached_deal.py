"""The cached state of a deal for the next comparison of its events: its knowledge, its folds, and their findings."""

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from domain.basis import Basis
from domain.bitemporal import KnownEvents, PlacedEvent, fold_key
from domain.corrections import ABOUT_THE_RECORD
from domain.entities.base import Entity
from domain.envelope import RecordedEvent
from domain.erased_event import Erased
from domain.events.deal import DealOpened
from domain.events.record import RecordErased
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import FUTURE, Moment
from projections.temporal.incremental_fold import Refolding
from projections.temporal.recorded_deal import RecordedDeal

EVERYTHING = Basis(valid_at=FUTURE, known_at=FUTURE, known_version=2**62, known_position=2**62)

OF_OTHER_EVENTS = (*ABOUT_THE_RECORD, RecordErased, DealOpened, Erased)
"""Events that bear on how others read, and on whether and in which time zone there is a deal."""

Entry = Mapping[str, Any]

Findings = Mapping[tuple[str, ...], Entry]
"""Entries of these sections, by what tells one from the others."""

CACHED_MOMENTS = 16
"""Dates of a deal whose findings are held in memory."""


class LatestKnowledge:
    """Everything known of a deal by one part of its record after another: an ordinary event that differs is put in its
    place beside the others, or taken out."""

    def __init__(self) -> None:
        self._lines: list[RecordedEvent] = []
        self._about: frozenset[str] = frozenset()
        """The events that are corrected, voided or reinstated."""
        self._known: KnownEvents | None = None

    def of(self, deal: RecordedDeal, lines: Sequence[RecordedEvent]) -> KnownEvents:
        """What is known by these lines of a deal."""
        held = self._lines
        shared = _shared(held, lines)
        gone, fresh = held[shared:], lines[shared:]
        if self._known is None or not shared or any(map(self._bears_on_others, (*gone, *fresh))):
            known = deal.with_lines(lines).knowledge(EVERYTHING)
            self._about = frozenset(line.event.event_id for line in lines if isinstance(line.event, ABOUT_THE_RECORD))
        elif gone or fresh:
            ids = {line.id for line in gone}
            placed = [each for each in self._known.placed if each.line.id not in ids]
            for line in fresh:
                if (each := deal.place(line, deal.zone, EVERYTHING)) is not None:
                    insort(placed, each, key=fold_key)
            known = replace(self._known, placed=tuple(placed))
        else:
            known = self._known
        self._lines, self._known = list(lines), known
        return known

    def _bears_on_others(self, line: RecordedEvent) -> bool:
        return isinstance(line.event, OF_OTHER_EVENTS) or line.id in self._about


@dataclass(frozen=True, slots=True)
class FoundAt:
    """What was found at a moment in the record up to an event, and until when it holds; None: for good."""

    last: RecordedEvent
    findings: Findings
    until: Moment | None


class CachedDeal:
    """A deal as it was last compared."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.placed: dict[Any, Any] = {}
        self.knowledge = LatestKnowledge()
        self._latest = Refolding()
        """The deal by all its events."""
        self._known: KnownEvents | None = None
        """The knowledge of which that is the fold."""
        self._earlier: Refolding | None = None
        """The deal at an earlier date."""
        self._found: dict[Moment, FoundAt] = {}

    @property
    def deal(self) -> FoldedDeal:
        """The deal by all that was folded last."""
        return self._latest.deal

    def entity_at(self, slot: EntityKey, moment: Moment) -> Entity | None:
        """An entity of it at a moment."""
        return self._latest.entity_at(slot, moment)

    def fold_latest(self, known: KnownEvents) -> None:
        """Fold all that is known."""
        if self._known is not known:
            self._known = None
            self._latest.to([each.step for each in known.placed])
            self._known = known

    def add_latest(self, placed: Sequence[PlacedEvent], known: KnownEvents) -> None:
        """Fold these events too, with which all of this is known."""
        self._known = None
        self._latest.add(each.step for each in placed)
        self._known = known

    def folded(self, known: KnownEvents, moment: Moment) -> FoldedDeal:
        """The deal at a moment: from the latest fold, or from that at the earlier date that was asked for last."""
        if not known.unmade and _acted(known, moment):
            self.fold_latest(known)
            return self.deal
        if self._earlier is None:
            self._earlier = self._latest.copy()
        return self._earlier.to(known.at(moment).steps)

    def found_before(self, last: RecordedEvent, known: KnownEvents, moment: Moment) -> Findings | None:
        """What was found at a moment, or at an earlier one since which neither an event nor time changed anything."""
        for at, held in self._found.items():
            if held.last is last and (at == moment or (_acted(known, at) and _within(at, moment, held.until))):
                return held.findings
        return None

    def note(self, moment: Moment, found: FoundAt) -> None:
        """Keep what was found at a moment."""
        if len(self._found) >= CACHED_MOMENTS:
            self._found.clear()
        self._found[moment] = found


def _shared(one: Sequence[RecordedEvent], other: Sequence[RecordedEvent]) -> int:
    """With how many lines two records begin alike."""
    size = min(len(one), len(other))
    while size and one[size - 1] != other[size - 1]:
        size -= 1
    return size if one[:size] == other[:size] else 0


def _acted(known: KnownEvents, moment: Moment) -> bool:
    """Whether all that is known acts by a moment."""
    return not known.placed or known.placed[-1].step.start <= moment


def _within(start: Moment, moment: Moment, until: Moment | None) -> bool:
    return start <= moment and (until is None or moment < until)
