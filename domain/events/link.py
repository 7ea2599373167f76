"""What a deal has to do with other deals."""

from collections.abc import Mapping

from domain.entities.link import Link
from domain.event import Event, FoldStep, event
from domain.fields.types import DealRef, DealRelation, Text
from domain.sentences.wording import Wording

RELATIONS = {
    "successor_of": "as its successor", "predecessor_of": "as its predecessor", "part_of": "as a part of it",
    "competes_with": "as its competitor", "parallel_to": "as a parallel one", "remedy_for": "as a remedy for it",
}  # fmt: skip
"""What the deal is to the other, in words."""


@event(
    "deal.linked",
    also_called=("deal.related", "link.added"),
    about=Link,
    creates=True,
    example={"other_deal": "tiktok-2020", "relation": "successor_of", "note": "the statute of 2024 starts the sale again"},
    effect="adds a link to another deal, which shows it too where both are in one log",
    sentence="the deal was linked to {other_deal} {relation_text}[: {note}]",
)  # fmt: skip
class DealLinked(Event):
    """The deal was linked to another deal."""

    other_deal: DealRef
    """The id of the other deal."""

    relation: DealRelation
    """What this deal is to the other."""

    note: Text | None = None
    """Why they are linked."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"relation_text": RELATIONS[self.relation]}

    def apply(self, entity: Link, step: FoldStep) -> Link:
        return entity.replace(relation=self.relation, note=self.note, active=True, since=step.since)


@event(
    "deal.unlinked",
    also_called=("link.removed",),
    about=Link,
    example={"other_deal": "tiktok-2020", "reason": "recorded by mistake"},
    effect="takes the link away",
    sentence="the link to the deal {other_deal} was removed[: {reason}]",
)
class DealUnlinked(Event):
    """A link to another deal was taken away."""

    other_deal: DealRef
    """The id of the other deal."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Link, step: FoldStep) -> Link:
        return entity.replace(active=False)
