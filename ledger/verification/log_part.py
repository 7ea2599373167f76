"""The audit of one part of a log, a range of positions: every leaf, column, payload, link and stored hash in it, and
the tree heads over sizes within it.

It depends on nothing but what is stored, so parts are audited in any order and in any process. What only the parts
before can decide, the root of a tree and the chain of a deal across a border, is left to `log_merge`.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.errors import InvalidInput, NotProven
from domain.time.instants import SECOND, Moment, iso
from ledger.encoding import event_codec
from ledger.encoding.leaf import Leaf
from ledger.merkle.note import Checkpoint, Key, open_checkpoint
from ledger.merkle.tree import Frontier, leaf_hash
from ledger.models import Recorded
from ledger.tlog import signer
from ledger.tlog.transparency_log import Head
from ledger.verification import event_audit
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.audited_part import (
    BLOCK_LEAVES,
    AuditedPart,
    AuditScope,
    BlockEnd,
    EarlierCheckpoint,
    OfTiles,
    PartSource,
    RootToCompare,
)
from ledger.verification.event_audit import Link, StoredEvent, Tip
from ledger.verification.stored_tiles import StoredTiles

IN_FLIGHT: Moment = 60 * SECOND
"""How long an append may have been under way when a head was signed without it."""


def part(source: PartSource, scope: AuditScope, after: int, to: int) -> AuditedPart:
    """The audit of the events after a position, up to another. Raises what the source raises."""
    return _Pass(source, scope, after, to).run()


class _Pass:
    """The pass over the events of a part."""

    def __init__(self, source: PartSource, scope: AuditScope, after: int, to: int) -> None:
        self.source, self.scope = source, scope
        self.tiles = StoredTiles(source.read_tile, scope.stored)
        self.part = AuditedPart(after, to)
        self.hashes: Frontier | None = Frontier(after, start=after)
        self.leaves: Frontier | None = self.hashes
        self.position, self.recorded_at = 0, 0
        self.event: str | None = None
        if last := source.last_event(after) if after else None:
            self.position, self.event, self.recorded_at = last
        self.good, self.not_before = _signed_before(source, scope, after)
        self.unsigned = source.first_event(self.good, after) if self.good < after else None
        kept = [each for each in scope.kept if after < each.size <= to]
        roots: list[EarlierCheckpoint | Head] = [*kept, *source.heads(after, to)]
        self.roots = deque(sorted(roots, key=_order))

    def run(self) -> AuditedPart:
        found = self.part
        for event in self.source.events(found.after, found.to):
            self._roots(event.row.position - 1)
            if (event.row.position - 1) // BLOCK_LEAVES > max(self.position - 1, 0) // BLOCK_LEAVES:
                found.items.append(BlockEnd())
            self._event(event)
        self._roots(found.to)
        if found.to % BLOCK_LEAVES == 0:
            found.items.append(BlockEnd())
        found.position = self.position
        if self.hashes is not None and self.hashes.size == found.to:
            found.hashes, found.leaves = self.hashes, self.leaves
        return found

    def _event(self, event: StoredEvent) -> None:
        row, items = event.row, self.part.items
        items.extend(self._place(row))
        self.position, self.event, self.recorded_at = row.position, row.id, row.recorded_at
        self.unsigned = self.unsigned or row.id
        digest = leaf_hash(row.leaf)
        self._append(row, digest)
        if digest != row.leaf_hash:
            items.append(self._finding("leaf-changed", "its leaf has another hash than the one recorded with it."))
        try:
            leaf, when = event_audit.decode(row)
        except InvalidInput as error:
            items.append(self._finding("leaf-unreadable", f"its leaf cannot be read: {error}."))
        else:
            items.extend(event_audit.columns(self.scope.origin, event, leaf, when))
            self._link(row, leaf)
            items.extend(event_audit.payload(row, leaf))
            self._erasure(row)
        self.part.tips[row.deal_id] = Tip(row.version, digest.hex())
        items.extend(map(OfTiles, self.tiles.check(row.position, row.id, row.leaf_hash)))

    def _place(self, row: Recorded) -> Iterator[AuditFinding]:
        """Its position follows the one before, and so does the time at which it was recorded."""
        if row.position != self.position + 1:
            why = f"position {self.position + 1} is missing: an event was dropped before this one."
            yield AuditFinding(row.position, row.id, "position-gap", why)
        if row.recorded_at <= self.recorded_at:
            why = f"it is recorded at {iso(row.recorded_at)}, not after the event before it."
            yield AuditFinding(row.position, row.id, "clock-back", why)
        elif row.recorded_at < self.not_before:
            why = f"it is recorded at {iso(row.recorded_at)}, and a later head does not cover it."
            yield self._in_time(AuditFinding(row.position, row.id, "back-dated", why), row.recorded_at)

    def _append(self, row: Recorded, digest: bytes) -> None:
        if self.hashes is None or self.leaves is None or row.position != self.hashes.size + 1:
            self.hashes = self.leaves = None
            return
        if digest != row.leaf_hash and self.leaves is self.hashes:
            self.leaves = _copy(self.hashes)
        self.hashes.append(row.leaf_hash)
        if self.leaves is not self.hashes:
            self.leaves.append(digest)

    def _link(self, row: Recorded, leaf: Leaf) -> None:
        link = Link(row.deal_id, row.position, row.id, row.version, leaf.previous)
        tip = self.part.tips.get(row.deal_id)
        self.part.items.extend([link] if tip is None else link.check(tip))

    def _erasure(self, row: Recorded) -> None:
        if row.payload is None or row.salt is None:
            self.part.erased[row.id] = (row.position, row.deal_id)
        elif (target := event_codec.erased_by(row)) is not None:
            self.part.erasures.add((row.deal_id, target))

    def _roots(self, size: int) -> None:
        """The checkpoints and tree heads up to a size: all leaves under them were passed."""
        while self.roots and self.roots[0].size <= size:
            each = self.roots.popleft()
            if isinstance(each, EarlierCheckpoint):
                self._compare(each.size, each.root, rewritten(each, self.good, self.unsigned), kept=True)
            else:
                self._head(each)

    def _head(self, head: Head) -> None:
        """The leaves up to here are those that were signed; and what came after was not recorded long before."""
        signed = _opened(head, self.scope.keys)
        if isinstance(signed, NotProven):
            why = f"the head of {head.size} leaves: {signed}"
            self.part.items.append(AuditFinding(head.size, self.event, "head-unsigned", why))
            return
        if (signed.origin, signed.size, signed.root) != (self.scope.origin, head.size, head.root):
            why = f"the head of {head.size} leaves is filed with another size or root than was signed."
            self.part.items.append(AuditFinding(head.size, self.event, "head-changed", why))
        else:
            window = f"the events between positions {self.good + 1} and {head.size}"
            why = (
                f"the events {window} are not those that were signed: something there was changed, and its hashes too."
            )
            named = self.unsigned or self.event
            self._compare(head.size, head.root, AuditFinding(self.good + 1, named, "head-differs", why), kept=False)
        if self.recorded_at > head.signed_at + IN_FLIGHT:
            when = f"after the head that covers it was signed ({iso(head.signed_at)})"
            why = f"it is recorded at {iso(self.recorded_at)}, {when}."
            late = AuditFinding(head.size, self.event, "recorded-after-signed", why)
            self.part.items.append(self._in_time(late, head.signed_at))
        if head.size - self.good < signer.STRETCH_LEAVES:
            self.not_before = head.signed_at - IN_FLIGHT  # else the signer was catching up, and more was there already
        self.good, self.unsigned = head.size, None

    def _compare(self, size: int, root: bytes, finding: AuditFinding, *, kept: bool) -> None:
        passed = self.leaves if kept else self.hashes
        here = _copy(passed) if passed is not None and passed.size == size else None
        self.part.items.append(RootToCompare(root, here, finding, kept))

    def _finding(self, code: str, why: str) -> AuditFinding:
        return AuditFinding(self.position, self.event, code, why)

    def _in_time(self, finding: AuditFinding, moment: Moment) -> AuditFinding:
        """A finding about an instant; where the clock went back over that instant, it is about the clock alone."""
        for before, after in self.scope.jumps:
            if after - IN_FLIGHT <= moment <= before + IN_FLIGHT:
                why = f"the clock went back from {iso(before)} to {iso(after)}: {finding.why}"
                return replace(finding, code="clock-went-back", why=why, notice=True)
        return finding


def rewritten(kept: EarlierCheckpoint, good: int, named: str | None) -> AuditFinding:
    """The finding where a log does not continue a checkpoint; `good` leaves are under the head before that."""
    why = f"the first {kept.size} events are not those of the checkpoint that was kept: the record was rewritten."
    return AuditFinding(good + 1, named, "rewritten", why)


def _order(root: EarlierCheckpoint | Head) -> tuple[int, bool]:
    return root.size, isinstance(root, Head)


def _copy(leaves: Frontier) -> Frontier:
    return Frontier(leaves.size, leaves.hashes, leaves.start)


def _opened(head: Head, keys: Sequence[Key]) -> Checkpoint | NotProven:
    """What was signed as this head, or why it is not known."""
    try:
        return open_checkpoint(head.note, keys).checkpoint
    except NotProven as error:
        return error


def _signed_before(source: PartSource, scope: AuditScope, position: int) -> tuple[int, Moment]:
    """Leaves under the last head that holds, up to a position; and before when no event after it can be recorded.

    A head that covers a whole stretch more than the one before it was signed while the signer caught up: it says
    nothing of the events after it.
    """
    good = 0
    later: Head | None = None
    for head in source.heads_before(position):
        if isinstance(_opened(head, scope.keys), NotProven):
            continue
        good = good or head.size
        if later is not None and later.size - head.size < signer.STRETCH_LEAVES:
            return good, later.signed_at - IN_FLIGHT
        later = head
    if later is not None and later.size < signer.STRETCH_LEAVES:
        return good, later.signed_at - IN_FLIGHT
    return good, 0
