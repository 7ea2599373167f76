"""The words of a replay: the sentence of each event, those on what it changed, and the names that the deal gives."""

from collections.abc import Iterator
from dataclasses import replace

from domain.basis import Basis
from domain.sentences.names import Names
from projections.narrator import narrator
from projections.replay.answers import ReplayStep
from projections.replay.step_sentences import OWN_DAY_EVENTS, StepSentences
from projections.replay.steps import WITHHELD, Step
from projections.temporal.recorded_deal import RecordedDeal


class ReplayNarration:
    """Writes the words of one replay, by what its record says."""

    def __init__(self, past: RecordedDeal, basis: Basis) -> None:
        lines = [line for line in past.lines if line.version <= basis.known_version]
        said = narrator(lines, past.zone, past.calendars, past.revise)
        self._narrator = replace(said, as_recorded=True)
        self._changed = StepSentences(past, basis) if len(lines) <= OWN_DAY_EVENTS else None

    @property
    def names(self) -> Names:
        """What the deal's ids are called."""
        return self._narrator.names

    @property
    def title(self) -> str | None:
        """The title of the deal; None where the record says none."""
        title = (self._narrator.index.sections.get("deal") or {}).get("title")
        return title if isinstance(title, str) else None

    def event_text(self, event_id: str) -> str | None:
        """An event of the deal in a sentence; None where the deal has none of this id."""
        return self._narrator.text_of(event_id)

    def narrated(self, made: Iterator[Step]) -> Iterator[Step]:
        """The steps with the sentence of each event and those on what it changed."""
        for step in made:
            if "event" not in step:
                yield step
                continue
            event = step["event"]
            line = self._narrator.lines[event["id"]]
            told: ReplayStep = {**step}
            if event["data"] != WITHHELD:
                told["event"] = {**event, "text": self._narrator.text(line)}
            if self._changed is not None:
                told["sentences"] = self._changed.of(line)
            yield told
