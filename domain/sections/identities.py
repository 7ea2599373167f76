"""Ids that were merged into another."""

from domain.entities.identity import Identity
from domain.sections.context import Context, Entry, newest_shown


def merged(context: Context) -> dict[str, Entry]:
    """Ids that were given up, and what stands for them."""
    return {
        thing.id: newest_shown({"into": thing.into, "because": list(thing.origin.because)})
        for thing in context.every(Identity)
    }
