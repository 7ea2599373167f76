"""The audit of some deals: each is folded again, and what is stored of it beside the record is compared.

It is the other half of the audit in parts: parts by deals, as `ledger.verification.log_part` has parts by positions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.models import DealHead
from ledger.verification import registry_audit
from ledger.verification.audit_finding import AuditFinding
from projections.isolation import isolated
from projections.registry import PROJECTIONS
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.tables.comparison import DifferentRows, compare_rows, compare_tables, finding_of

PART_DEALS = 50
"""Deals of one part, and between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A deal that cannot be read: its events are as recorded, or are findings of their own."""

    deal_id: str
    position: int
    reason: str


@dataclass(slots=True)
class AuditedDeals:
    """The result of the audit of some deals."""

    count: int
    items: list[AuditFinding | Unreadable] = field(default_factory=list)
    """In the order of the deals."""
    different: list[DifferentRows] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    """Deals of which nothing can be derived, those among the items and others."""


def deal_parts(deals: Sequence[DealHead]) -> list[list[str]]:
    """The ids of the deals, in parts."""
    ids = [head.deal_id for head in deals]
    return [ids[start : start + PART_DEALS] for start in range(0, len(ids), PART_DEALS)]


def audit_deals(ledger: Ledger, reader: StateReader, deals: Sequence[str]) -> AuditedDeals:
    """The audit of these deals. Raises Busy."""
    heads = ledger.deal_heads(deals)
    found = AuditedDeals(len(heads))
    for head in heads:
        try:
            lines = reader.history(head.deal_id).lines
            with isolated(ledger, head.deal_id, head.version):
                found.items += list(registry_audit.compare(ledger, head.deal_id, lines))
            reader.state_on_query(head.deal_id, TimeQuery(known_version=lines[-1].version))
        except UnreadableDeal as fault:
            found.unreadable.add(head.deal_id)
            found.items.append(Unreadable(head.deal_id, head.position, str(fault.extra["reason"])))
    for projection in PROJECTIONS:
        found.different += compare_rows(ledger, projection, reader, heads, found.unreadable)
    return found


class DealMerge:
    """The merge of the audited parts of the deals, and what is compared of all deals at once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.count = 0
        self.unreadable: set[str] = set()
        self._different: list[DifferentRows] = []

    def add(self, part: AuditedDeals) -> Iterable[AuditFinding | Unreadable]:
        """Add the part after those that were added."""
        self.count += part.count
        self.unreadable |= part.unreadable
        self._different += part.different
        return part.items

    def end(self) -> Iterator[AuditFinding]:
        """The findings after all parts."""
        yield from registry_audit.stray_rows(self.ledger)
        for (what,) in self.ledger.rows("audit_outbox", head=self.ledger.head().position):
            yield AuditFinding(0, None, "outbox-differs", f"{what}, and the log does not bear that out.")
        for projection in PROJECTIONS:
            yield from compare_tables(self.ledger, projection, self.unreadable)
            yield from map(finding_of, sorted(each for each in self._different if each.projection == projection.name))
