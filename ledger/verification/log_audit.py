"""The continuous audit: every leaf hashed again, every chain, every payload, every tile and every signed head. What is
derived from the record is compared elsewhere.

A log is audited in parts, which are merged in the order of positions. The parts are audited here, one after the other,
or by whatever is handed in as `run`: what is found, and its order, is the same however the log is cut.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.ledger import Ledger
from ledger.merkle.note import Key
from ledger.merkle.tree import leaf_hash
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.audited_part import AuditedPart, AuditScope, EarlierCheckpoint
from ledger.verification.erasure_audit import restored
from ledger.verification.event_audit import NO_EVENT, Link, Tip
from ledger.verification.log_merge import LogMerge
from ledger.verification.log_part import IN_FLIGHT, part
from ledger.verification.signature_audit import cosignatures, heads_missing, timestamps
from ledger.verification.stored_log import StoredLog
from ledger.verification.tree_audit import PassedLeaves, hashes_at, heads, kept_checkpoint

PART_LEAVES = 1 << 12
"""Leaves of one part, and between two reports of progress."""

Span = tuple[int, int]
"""The positions after one, up to another."""

RunParts = Callable[[AuditScope, Sequence[Span]], Iterable[AuditedPart]]
"""Audits the parts; returns them in the order of the spans."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of the audit; it can be resumed at `position`."""

    position: int
    head: int


def spans(after: int, to: int) -> list[Span]:
    """The positions after one, up to another, in parts that end at multiples of their length."""
    ends = [*range((after // PART_LEAVES + 1) * PART_LEAVES, to, PART_LEAVES), to]
    return list(zip([after, *ends], ends, strict=False)) if after < to else []


def audit(
    ledger: Ledger, transparency_log: TransparencyLog, *, keys: Sequence[Key] = (), kept: bytes | None = None,
    own: bytes | None = None, own_keys: Sequence[Key] = (), after: int = 0, run: RunParts | None = None,
) -> Iterator[AuditFinding | Progress]:  # fmt: skip
    """Go through the log; `keys` from outside are trusted, else those that the database shows.

    `kept` is a checkpoint from outside that the log must continue: a database that was rolled back, or rewritten
    together with its signatures, is found out by it alone. `own` is the last head that the signer here has signed, in
    its own file, by `own_keys`. Raises Busy.
    """
    head = ledger.head().position
    trusted = tuple(keys) or transparency_log.all_keys()
    checkpoints: list[EarlierCheckpoint] = []
    for note, by in ((kept, trusted), (own, (*trusted, *own_keys))):
        if note is not None:
            found = kept_checkpoint(ledger.origin, note, by, head)
            if isinstance(found, AuditFinding):
                yield found
            elif found not in checkpoints:
                checkpoints.append(found)
    jumps = tuple(ledger.rows("clock_jumps", at_least=IN_FLIGHT))
    scope = AuditScope(ledger.origin, trusted, transparency_log.stored_size(), jumps, tuple(checkpoints))
    passed = PassedLeaves(ledger, transparency_log, after)
    if checkpoints:
        yield from passed.compare(checkpoints)
    leaves = passed.tree if checkpoints else None
    merge = LogMerge(hashes_at(ledger, transparency_log, after), leaves, after, lambda link: _earlier(ledger, link))
    for each in (run or serially(StoredLog(ledger, transparency_log)))(scope, spans(after, head)):
        yield from merge.add(each)
        yield Progress(merge.position, head)
    yield from merge.end()
    if merge.position < head:
        yield AuditFinding(head, None, "events-missing", f"the log ends at position {merge.position}, not {head}.")
    yield from _beside(ledger, transparency_log, merge, head)


def serially(source: StoredLog) -> RunParts:
    """Audits the parts one after the other, each when it is asked for."""
    return lambda scope, given: (part(source, scope, *span) for span in given)


def _beside(ledger: Ledger, transparency_log: TransparencyLog, merge: LogMerge, head: int) -> Iterator[AuditFinding]:
    """What is not in the parts: heads beyond the log, cosignatures, timestamps and payloads."""
    ends = max(head, ledger.head().position)  # what was recorded meanwhile may have been signed meanwhile
    for upcoming in heads(transparency_log, head):
        if upcoming.size > ends:
            why = f"a head of {upcoming.size} leaves was signed, and the log has {ends}: it was rolled back."
            yield AuditFinding(upcoming.size, None, "rolled-back", why)
    yield from heads_missing(transparency_log)
    yield from cosignatures(ledger)
    yield from timestamps(ledger)
    yield from merge.missing_payloads()
    for place in restored(ledger, [event_id for _, event_id in merge.erasures]):
        yield AuditFinding(place, None, "payload-restored", "the payload of an erased event was restored here.")
    for (place,) in ledger.rows("stray_payloads"):
        yield AuditFinding(place, None, "payload-stray", "a payload is here without an event.")


def _earlier(ledger: Ledger, link: Link) -> Tip:
    """The end of a deal's chain before an event: it was passed by an earlier audit."""
    if link.version == 1:
        return NO_EVENT
    before = ledger.read_deal(link.deal_id, link.version - 2, link.version - 1)
    known = [Tip(row.version, leaf_hash(row.leaf).hex()) for row in before if row.position < link.position]
    return known[0] if known else NO_EVENT
