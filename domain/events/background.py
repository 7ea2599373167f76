"""Background, the analyst's own judgement, and identity."""

from collections.abc import Iterator, Mapping

from domain.entities.assessment import Assessment
from domain.entities.base import Entity
from domain.entities.identity import Identity
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import Json, Number, Ref, Text
from domain.sentences.wording import Wording
from domain.sentences.words import plain


@event(
    "context.noted",
    also_called=("background.noted", "comment.added", "note.added", "news.noted"),
    example={"topic": "US users", "text": "more than 100 million American users", "value": 100000000, "unit": "users"},
    effect="background; no change of state",
    sentence="{reported} {topic}: {text}",
)
class ContextNoted(Event):
    """Background information, without effect on the state."""

    REPORT = True

    topic: Text
    """On what."""

    text: Text
    """What is worth knowing."""

    value: Number | None = None
    """A figure."""

    unit: Text | None = None
    """What the figure counts."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"reported": "background on" if say.reporter is None else f"{say.reporter} on"}


@event(
    "assessment.recorded",
    also_called=("analysis.recorded", "judgement.recorded", "opinion.recorded", "view.recorded"),
    about=Assessment,
    creates=True,
    example={"subject": "dl-closing", "measure": "probability_met", "value": 0.8, "method": "desk judgement"},
    effect="an analyst's judgement, kept apart from facts",
    sentence="an analyst assessed {subject}: {measure_text} {value}[ ({method})]",
)
class AssessmentRecorded(Event):
    """An analyst's assessment was recorded."""

    subject: Ref
    """On what."""

    measure: Text
    """What is judged."""

    value: Json
    """The judgement."""

    method: Text | None = None
    """How it was reached."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"measure_text": plain(self.measure)}

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((Assessment, f"{self.subject}/{self.measure}"),)

    def apply(self, entity: Assessment, step: FoldStep) -> Assessment:
        return entity.replace(value=self.value, method=self.method, since=step.since)


@event(
    "entity.merged",
    also_called=("alias.added", "duplicate.merged", "id.merged", "party.merged", "party.renamed"),
    about=Identity,
    creates=True,
    example={"merged": "musically", "into": "tiktok"},
    effect="from its date on the one id replaces the other everywhere: the events of both are folded under into",
    sentence="{merged:id} turned out to be {into}",
)
class EntityMerged(Event):
    """Two ids denote the same entity."""

    merged: Ref
    """The id that is given up."""

    into: Ref
    """The id that stays."""

    def check(self) -> Iterator[Problem]:
        if self.merged == self.into:
            yield Problem("/data/into", "merge-circle", f"{self.into!r} is {self.merged!r} already: name another id.")

    def apply(self, entity: Identity, step: FoldStep) -> Identity:
        return entity.replace(into=self.into)
