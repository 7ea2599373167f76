"""The evidence in a sealed bundle: leaves, payloads, tree heads, proofs. What is derived from them is added elsewhere.

leaves.jsonl               the deal's leaves in order of version, one per line; with `complete` every leaf of the log
payloads.jsonl             {event_id, salt, payload}, or {event_id, withheld: true}, or {event_id, erased: event id}
checkpoints/<size>         signed notes, with the cosignatures of witnesses
consistency/<m>-<n>        that the tree of n leaves continues that of m: hashes in base64, one per line
proofs/<leaf_index>.tlog-proof     that the leaf is in the first of these trees that covers it
timestamps/<size>.tsr      RFC 3161, over the signed note without cosignatures
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger.encoding import event_codec
from ledger.encoding.canonical_json import canonical
from ledger.event_reader import LARGEST_PAGE
from ledger.ledger import Ledger
from ledger.merkle.note import Note, encode_base64
from ledger.merkle.proof import InclusionProof
from ledger.models import Recorded
from ledger.tlog.transparency_log import Head, TransparencyLog

LEAVES = "leaves.jsonl"
PAYLOADS = "payloads.jsonl"
FORM = "parley bundle 1"
"""What a manifest calls its form."""

MOST_HEADS = 256
"""Tree heads in one bundle."""


@dataclass(frozen=True, slots=True)
class EvidenceExport:
    """What the log holds of a deal up to a version."""

    rows: tuple[Recorded, ...]
    erased_by: dict[str, str]
    """Erased event -> the record.erased that names it."""
    heads: tuple[Head, ...]
    """Of growing size."""
    size: int
    """Leaves under the first head that covers all of the deal's events."""


def gather(ledger: Ledger, transparency_log: TransparencyLog, deal_id: str, version: int) -> EvidenceExport:
    """Read the evidence. Raises NotYetSealed until a tree head covers it all, and Busy."""
    rows = _with_erasures(ledger, deal_id, tuple(ledger.read_deal(deal_id, to_version=version)))
    last = rows[-1].position
    usable = {(key.name, key.id) for key in transparency_log.public_keys()}
    heads = [
        head
        for head in _heads(transparency_log, rows, transparency_log.covering(last).size)
        if _signed_by(head, usable)
    ]
    newest = transparency_log.head()
    if newest is not None and (not heads or heads[-1].size < last):
        # What covered the deal was signed by keys that have since been retired.
        heads.append(newest)
    size = next(head.size for head in heads if head.size >= last)
    return EvidenceExport(rows, _erasures(rows), tuple(heads), size)


def _with_erasures(ledger: Ledger, deal_id: str, rows: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    """The rows, and those up to the last erasure of any of them: only it shows why a payload is missing."""
    gone = {row.id for row in rows if row.payload is None} - _erasures(rows).keys()
    if not gone:
        return rows
    later = tuple(ledger.read_deal(deal_id, after_version=rows[-1].version))
    needed = [row.version for row in later if event_codec.erased_by(row) in gone]
    return (*rows, *(row for row in later if row.version <= max(needed, default=0)))


def _heads(transparency_log: TransparencyLog, rows: Sequence[Recorded], size: int) -> Iterator[Head]:
    """The first head that covers each event, and the newest that a witness or an authority of time has seen."""
    found = transparency_log.ledger.rows("checkpoints_covering", positions=[row.position for row in rows])
    sizes = [found_size for (found_size,) in found]
    if len(sizes) > MOST_HEADS - 2:
        step = len(sizes) / (MOST_HEADS - 3)
        sizes = sorted({sizes[int(number * step)] for number in range(MOST_HEADS - 3)} | {size})
    levels = transparency_log.levels()
    later = {each for each in (levels.witnessed, levels.timestamped) if each > size}
    for each in (*sizes, *sorted(later)):
        yield transparency_log.covering(each)


def _signed_by(head: Head, keys: set[tuple[str, bytes]]) -> bool:
    return any((line.name, line.key_id) in keys for line in Note.parse(head.note).signatures)


def _erasures(rows: Iterable[Recorded]) -> dict[str, str]:
    return {target: row.id for row in rows if (target := event_codec.erased_by(row)) is not None}


def files(
    ledger: Ledger,
    transparency_log: TransparencyLog,
    evidence: EvidenceExport,
    *,
    complete: bool,
    withheld: frozenset[str],
) -> dict[str, bytes]:
    """The evidence as files, by name."""
    made = {
        LEAVES: _leaves(ledger, evidence, complete=complete),
        PAYLOADS: b"".join(_payload(row, evidence, withheld) for row in evidence.rows),
    }
    for head in evidence.heads:
        made[f"checkpoints/{head.size}"] = transparency_log.served(head)
        stamps = transparency_log.timestamps(head.size)
        if stamps:
            made[f"timestamps/{head.size}.tsr"] = stamps[0].response
    for earlier, later in pairwise(evidence.heads):
        hashes = transparency_log.tree(later.size).consistency_proof(earlier.size)
        made[f"consistency/{earlier.size}-{later.size}"] = b"".join(
            encode_base64(each).encode() + b"\n" for each in hashes
        )
    sizes = [head.size for head in evidence.heads]
    for row in evidence.rows:
        index, size = row.position - 1, sizes[bisect_left(sizes, row.position)]
        proof = InclusionProof(
            index, tuple(transparency_log.tree(size).inclusion_proof(index)), made[f"checkpoints/{size}"]
        )
        made[f"proofs/{index}.tlog-proof"] = bytes(proof)
    return made


def _leaves(ledger: Ledger, evidence: EvidenceExport, *, complete: bool) -> bytes:
    if not complete:
        return b"".join(row.leaf + b"\n" for row in evidence.rows)
    lines: list[bytes] = []
    while len(lines) < evidence.size:
        stretch = ledger.leaves(len(lines), min(LARGEST_PAGE, evidence.size - len(lines)))
        lines += [leaf + b"\n" for _, leaf, _ in stretch]
    return b"".join(lines)


def _payload(row: Recorded, evidence: EvidenceExport, withheld: frozenset[str]) -> bytes:
    if row.payload is None or row.salt is None:
        told: dict[str, object] = {"event_id": row.id, "erased": evidence.erased_by.get(row.id, "")}
        return canonical(told) + b"\n"
    if row.id in withheld:
        return canonical({"event_id": row.id, "withheld": True}) + b"\n"
    # The payload's own bytes are canonical, so this is the canonical form of the whole line.
    event_id = canonical(row.id)
    return b'{"event_id":%b,"payload":%b,"salt":"%b"}\n' % (event_id, row.payload, row.salt.hex().encode())
