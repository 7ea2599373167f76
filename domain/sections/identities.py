"""Ids that were merged into another."""

from domain.entities.identity import Identity
from domain.sections.context import Context, Entry, newest_shown, owed
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member


@section(
    entity=Identity,
    title="Merged entities",
    depends_on=(),
    wording=Wording(
        group=Group.PARTIES,
        rank=3,
        it=("{id}",),
        new="{it} is the same as {into}",
        gone="{it} is no longer taken for another",
        members={
            "into": sentence_member(
                "{it} is the same as {now}",
                "{it} is the same as {now} (before: {was})",
                "{it} is no longer the same as {was}",
            ),
        },
    ),
)
def merged(context: Context) -> dict[str, Entry]:
    """Merged ids, and the ids that replace them."""
    return {
        entity.id: newest_shown({"into": entity.into, "because": list(entity.origin.because)}, owed(entity, "into"))
        for entity in context.every(Identity)
    }
