"""Ids that were merged into another."""

from domain.entities.identity import Identity
from domain.sections.context import Context, Entry, newest_shown
from domain.sections.section import section


@section(entity=Identity, title="Merged entities", depends_on=())
def merged(context: Context) -> dict[str, Entry]:
    """Merged ids, and the ids that replace them."""
    return {
        entity.id: newest_shown({"into": entity.into, "because": list(entity.origin.because)})
        for entity in context.every(Identity)
    }
