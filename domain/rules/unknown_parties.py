"""Parties that events name first and no event adds: what is spelt like a known one is likely meant to be it."""

from collections.abc import Collection, Iterable, Iterator

from domain.entities.deal import DealEntity
from domain.entities.party import Party
from domain.errors import Problem, UnknownReference
from domain.event import Event
from domain.folded_deal import FoldedDeal
from domain.nearest_names import nearest, nearest_hint

ALIKE = 0.8
"""How similar a name must be to be taken for another (0 to 1)."""


def unknown_parties(event: Event, deal: FoldedDeal, before: Iterable[Event]) -> Iterator[Problem]:
    """A problem for each party that an event names first, which the deal does not know.

    One that is spelt like no other is a problem only in a deal that names its parties: others add none.
    """
    known, named = _known(deal)
    unknown = [(pointer, party) for pointer, party in event.named_parties() if party not in known]
    mentioned = _named_until_all_of({party for _, party in unknown}, before)
    for pointer, party in unknown:
        if party in mentioned:
            continue
        near = nearest(party, {*known, *mentioned}, cutoff=ALIKE)
        if near or named:
            detail = f"No event adds or names the party {party!r}{nearest_hint(near)}."
            yield Problem(pointer, UnknownReference.code, detail, near)


def _named_until_all_of(parties: Collection[str], events: Iterable[Event]) -> set[str]:
    """The parties that events name, up to the event with which all of these are named; of all events otherwise."""
    found: set[str] = set()
    missing = set(parties)
    for each in events if missing else ():
        found.update(party for _, party in each.named_parties())
        missing -= found
        if not missing:
            break
    return found


def _known(deal: FoldedDeal) -> tuple[set[str], bool]:
    """The ids of the parties that events add or name, and whether any of them has a name."""
    parties = [each for each in deal.entities.values() if isinstance(each, Party)]
    opened = deal.entities.get((DealEntity.KIND, ""))
    names = opened.names if isinstance(opened, DealEntity) else {}
    known = {each.id for each in parties if each.created or each.name is not None}
    return {*known, *names}, bool(names) or any(each.name is not None for each in parties)
