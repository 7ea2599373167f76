"""What the event of each step of a replay changed, in sentences: as of the day on which the event takes effect."""

from collections.abc import Sequence
from dataclasses import replace

from domain.basis import Basis
from domain.bitemporal import KnownEvents
from domain.envelope import RecordedEvent
from domain.state import State
from domain.time.instants import FUTURE
from projections.sentences.answers import ChangeSentence
from projections.temporal.event_difference import end_of_effective_day
from projections.temporal.incremental_fold import Refolding
from projections.temporal.recorded_deal import RecordedDeal
from projections.temporal.state_sentences import state_sentences

OWN_DAY_EVENTS = 300
"""Events of a replay with sentences: two states are derived for each, so that a longer replay is without them."""


class StepSentences:
    """The sentences on the steps of one replay, which are asked for in their order.

    A step changes what was known of the day on which its event takes effect, at most of the date of the basis.
    """

    def __init__(self, past: RecordedDeal, basis: Basis) -> None:
        self._past = past
        self._basis = replace(basis, known_by="recorded", known_at=FUTURE)
        self._held: list[RecordedEvent] = []
        self._known = self._knowledge(self._held)
        self._foldings = (Refolding(), Refolding())

    def of(self, line: RecordedEvent) -> list[ChangeSentence]:
        """`{text, parts, group, path}` of each change that the next event makes, the most important first."""
        held = sorted((*self._held, line), key=lambda each: each.version)
        known = self._knowledge(held)
        day = end_of_effective_day(line, self._past.zone, self._basis.reading)
        basis = replace(self._basis, valid_at=min(day, self._basis.valid_at))
        before, after = self._state(self._known, basis, 0), self._state(known, basis, 1)
        self._held, self._known = held, known
        return state_sentences(before.sections, after.sections)

    def _knowledge(self, lines: Sequence[RecordedEvent]) -> KnownEvents:
        return self._past.with_lines(lines).knowledge(self._basis)

    def _state(self, known: KnownEvents, basis: Basis, which: int) -> State:
        return self._past.state(basis, known, self._foldings[which])
