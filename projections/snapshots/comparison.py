"""The comparison of stored snapshots and stored index entries with the record."""

import zlib
from collections.abc import Iterator

import msgspec

from ledger.ledger import Ledger
from ledger.models import DealHead
from ledger.verification.audit_finding import AuditFinding
from projections.snapshots.codec import decode
from projections.snapshots.event_index import Chunk, build_chunk
from projections.snapshots.snapshot_reader import SnapshotReader
from projections.snapshots.store import SnapshotStore, StoredSnapshot
from projections.state.state_reader import StateReader


def compare(
    ledger: Ledger, reader: StateReader, heads: dict[str, DealHead], unreadable: set[str]
) -> Iterator[AuditFinding]:
    """What differs, deal by deal; a deal without stored rows costs nothing. Rows that another version of the code has
    made are passed over: they are never read. So are deals that cannot be read."""
    store = SnapshotStore(ledger)
    for deal_id in store.deals():
        if deal_id in unreadable:
            continue
        head = heads.get(deal_id)
        if head is None:
            yield _finding(0, deal_id, "are of a deal that the log does not have")
            continue
        try:
            yield from _deal(SnapshotReader(store, deal_id, reader.revise), head)
        except (msgspec.MsgspecError, zlib.error, ValueError, KeyError, TypeError) as error:
            yield _finding(head.position, deal_id, f"cannot be read ({error})")


def _deal(deal: SnapshotReader, head: DealHead) -> Iterator[AuditFinding]:
    deal.catch_up(head.version)
    stored = deal.store.rows(deal.deal_id)
    for first, chunk in stored.places:
        lines = deal.read(first - 1, first + len(chunk.positions) - 1)
        if not lines or _comparable(build_chunk(lines, deal.index.zone)) != _comparable(chunk):
            yield _finding(head.position, deal.deal_id, f"place its events from version {first} on elsewhere")
    for row in sorted(stored.snapshots, key=lambda each: (each.snapshot.version, each.snapshot.key)):
        if row.snapshot.version > deal.index.version:
            if row.snapshot.version > (deal.store.ledger.deal_head(deal.deal_id) or head).version:
                yield _finding(head.position, deal.deal_id, f"are of version {row.snapshot.version}")
        elif not _holds(deal, row):
            yield _finding(head.position, deal.deal_id, f"differ from the state at version {row.snapshot.version}")


def _holds(deal: SnapshotReader, row: StoredSnapshot) -> bool:
    stored = decode(zlib.decompress(row.things))
    opened, things = deal.derive_snapshot(row.snapshot)
    return set(row.snapshot.open_versions) == set(opened) and stored == things


def _comparable(chunk: Chunk) -> object:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(chunk))


def _finding(position: int, deal_id: str, what: str) -> AuditFinding:
    told = f"the stored checkpoints of the deal {deal_id} {what}: parley rebuild checkpoints."
    return AuditFinding(position, None, "checkpoint-differs", told)
