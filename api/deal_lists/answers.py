"""Lists of deals as answers show them: the class is what is encoded and what is published of it."""

from dataclasses import dataclass

from domain.time.instants import iso
from ledger import deal_lists
from ledger.encoding.answer_fields import Instant


@dataclass(frozen=True, slots=True)
class DealList:
    """A named list of deals."""

    name: str
    description: str | None
    deals: list[str]
    owner: str
    shared: bool
    created_at: Instant
    changed_at: Instant
    changed_by: str


def list_of(stored: deal_lists.DealList) -> DealList:
    """The answer about a list."""
    return DealList(
        name=stored.name,
        description=stored.description,
        deals=list(stored.deals),
        owner=stored.owner,
        shared=stored.shared,
        created_at=iso(stored.created_at),
        changed_at=iso(stored.changed_at),
        changed_by=stored.changed_by,
    )
