"""The audit of one event: its leaf, the columns that repeat what the leaf says, its payload, and its place in the chain
of its deal."""

from collections.abc import Iterator
from datetime import UTC, date
from typing import NamedTuple

import msgspec

from domain.errors import InvalidInput
from domain.time.edtf import When
from domain.time.instants import Moment, civil_day, iso
from ledger.encoding.canonical_json import canonical
from ledger.encoding.leaf import Leaf, commitment, read_leaf
from ledger.models import Recorded
from ledger.verification.audit_finding import AuditFinding

COLUMNS = ("log", "deal", "version", "id", "type", "recorded_at", "recorded_by")
"""The members of a leaf that columns repeat."""


class StoredEvent(NamedTuple):
    """An event as it is stored, with the days by which it is searched."""

    row: Recorded
    earliest: date | None
    latest: date | None


class Tip(NamedTuple):
    """The end of a deal's chain: its last version, and the hash of that leaf in hexadecimal, empty before the first."""

    version: int
    digest: str


NO_EVENT = Tip(0, "")


class Link(NamedTuple):
    """An event's claim on the event before it in its deal."""

    deal_id: str
    position: int
    event: str
    version: int
    previous: str | None

    def check(self, tip: Tip) -> Iterator[AuditFinding]:
        """The event continues the chain that ends here."""
        if self.version != tip.version + 1:
            due = tip.version + 1
            why = f"it is version {self.version} of its deal where {due} is due: one was dropped or moved."
            yield AuditFinding(self.position, self.event, "version-gap", why)
        elif self.previous != (tip.digest or None):
            why = "it names another leaf before it than its deal has: one of the two was changed."
            yield AuditFinding(self.position, self.event, "chain-broken", why)


def decode(row: Recorded) -> tuple[Leaf, When]:
    """The leaf of an event and when it occurred. Raises InvalidInput unless the leaf can be read and is canonical."""
    try:
        leaf = read_leaf(row.leaf)
        if canonical(msgspec.to_builtins(leaf)) != row.leaf:
            raise InvalidInput("it is not in canonical form")
        return leaf, When.parse(leaf.occurred)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput(str(error)) from error


def columns(origin: str, event: StoredEvent, leaf: Leaf, when: When) -> Iterator[AuditFinding]:
    """The columns say what the leaf says."""
    row = event.row
    of_leaf = (leaf.log, leaf.deal, leaf.version, leaf.id, leaf.type, leaf.recorded_at, leaf.recorded_by)
    of_table = (origin, row.deal_id, row.version, row.id, row.type, iso(row.recorded_at), row.recorded_by)
    for name, one, other in zip(COLUMNS, of_leaf, of_table, strict=True):
        if one != other:
            why = f"its leaf says {name} {one}, and the table {other}."
            yield AuditFinding(row.position, row.id, "column-changed", why)
    if (_day(when.earliest), _day(when.latest)) != (event.earliest, event.latest):
        why = "the days by which it is searched are not those on which it occurred."
        yield AuditFinding(row.position, row.id, "column-changed", why)


def payload(row: Recorded, leaf: Leaf) -> Iterator[AuditFinding]:
    """The payload, where there is one, is what the leaf commits to."""
    if row.payload is None or row.salt is None:
        return
    if commitment(row.salt, row.payload).hex() != leaf.payload_commitment:
        why = "what it says is not what was committed to when it was recorded."
        yield AuditFinding(row.position, row.id, "payload-changed", why)


def _day(bound: date | Moment | None) -> date | None:
    return civil_day(bound, UTC) if isinstance(bound, int) else bound
