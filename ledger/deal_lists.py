"""Named lists of deals of one log: filters of what is read across deals. They are no events, and may change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import ParleyError
from domain.time.instants import Moment
from ledger.event_reader import EventReader
from ledger.postgres import binary_arrays

LISTS_MOST = 1_000
"""Of one log."""


class UnknownList(ParleyError):
    """No such list of deals in this log, or none that the principal may see."""

    code = "unknown-list"


class ListExists(ParleyError):
    """The name of a new list is taken."""

    code = "list-exists"


class ListInUse(ParleyError):
    """A webhook refers to the list."""

    code = "list-in-use"


class TooManyLists(ParleyError):
    """The log has as many lists as it may have."""

    code = "too-many-lists"


@dataclass(frozen=True, slots=True)
class DealList:
    """A list of deals, as stored."""

    name: str
    description: str | None
    deals: Sequence[str]
    """In order of their ids, each once."""
    owner: str
    """The principal who may change it, beside admins."""
    shared: bool
    """Whether principals other than the owner see it."""
    version: int
    """Counts the changes."""
    created_at: Moment
    changed_at: Moment
    changed_by: str


@dataclass(frozen=True, slots=True)
class ListContent:
    """The members of a list that a client sets."""

    deals: Iterable[str]
    description: str | None = None
    shared: bool = True

    def columns(self) -> dict[str, object]:
        """As parameters of a statement."""
        deals = binary_arrays.texts(sorted(set(self.deals)))
        return {"deals": deals, "description": self.description, "shared": self.shared}


class DealLists:
    """The lists of one log. Safe to share between threads. Methods raise Busy without a database.

    `seen_by` is a principal, who sees shared lists and their own; None sees all.
    """

    def __init__(self, record: EventReader) -> None:
        self.record = record

    def page(self, seen_by: str | None, after: str | None, limit: int) -> list[DealList]:
        """The lists after a name, in order of names."""
        return self._rows(seen_by, None, after, limit)

    def one(self, name: str, seen_by: str | None) -> DealList:
        """A list by its name. Raises UnknownList."""
        found = self._rows(seen_by, name, None, 1)
        if not found:
            raise UnknownList(f"There is no list of deals {name!r}.", hint="list-lists")
        return found[0]

    def create(self, name: str, content: ListContent, *, by: str) -> DealList:
        """A new list. Raises ListExists, TooManyLists."""
        if self.record.rows("count_deal_lists")[0][0] >= LISTS_MOST:
            raise TooManyLists(f"This log has {LISTS_MOST} lists of deals, which is the most: delete one first.")
        if not self.record.rows("insert_deal_list", list=name, by=by, **content.columns()):
            raise ListExists(f"The name {name!r} is taken by another list of deals: choose another one.")
        return self.one(name, None)

    def update(self, held: DealList, content: ListContent, *, by: str) -> DealList | None:
        """Replace what a list says, unless it has changed since it was read: then None."""
        changed = self.record.rows("update_deal_list", list=held.name, version=held.version, by=by, **content.columns())
        return self.one(held.name, None) if changed else None

    def delete(self, held: DealList, *, by: str) -> bool:
        """Delete a list, unless it has changed since it was read. Raises ListInUse."""
        if self.record.rows("remove_deal_list", list=held.name, version=held.version, by=by):
            return True
        if used_by := [webhook_id for (webhook_id,) in self.record.rows("webhooks_of_list", list=held.name)]:
            raise ListInUse(
                f"The webhook {used_by[0]} sends messages about the deals of {held.name!r}: delete it, or replace its "
                "list, first.",
                extra={"webhooks": used_by},
            )
        return False

    def _rows(self, seen_by: str | None, name: str | None, after: str | None, limit: int) -> list[DealList]:
        rows = self.record.rows("deal_lists", principal=seen_by, list=name, after=after, limit=limit)
        return [DealList(*row) for row in rows]
