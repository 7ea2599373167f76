"""What a deal has to do with other deals."""

from domain.entities.link import Link
from domain.event import Event, FoldStep, event
from domain.fields.types import DealRelation, Ref, Text


@event(
    "deal.linked",
    about=Link,
    creates=True,
    example={"other_deal": "tiktok-2020", "relation": "successor_of", "note": "the statute of 2024 starts the sale again"},
    effect="adds a link to another deal, which shows it too where both are in one log",
)  # fmt: skip
class DealLinked(Event):
    """The deal was linked to another deal."""

    other_deal: Ref
    """The id of the other deal."""

    relation: DealRelation
    """What this deal is to the other."""

    note: Text | None = None
    """Why they are linked."""

    def apply(self, entity: Link, step: FoldStep) -> Link:
        return entity.replace(relation=self.relation, note=self.note, active=True, since=step.since)


@event(
    "deal.unlinked",
    about=Link,
    example={"other_deal": "tiktok-2020", "reason": "recorded by mistake"},
    effect="takes the link away",
)
class DealUnlinked(Event):
    """A link to another deal was taken away."""

    other_deal: Ref
    """The id of the other deal."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Link, step: FoldStep) -> Link:
        return entity.replace(active=False)
