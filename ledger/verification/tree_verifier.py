"""Verification of a bundle's tree: heads, proofs, consistency, timestamps, and an earlier checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from time import time_ns

from cryptography.x509 import Certificate

from domain.errors import NotProven
from ledger.merkle.note import Key, Note, SignedCheckpoint, decode_base64, open_checkpoint, without_surplus
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tree import Frontier, leaf_hash, verify_consistency
from ledger.tlog.timestamping import stated_time
from ledger.tlog.witnesses import misdated
from ledger.verification import archive
from ledger.verification.evidence_export import LEAVES
from ledger.verification.verification_result import EVERYWHERE, VerificationResult, numbered


def heads(evidence: VerificationResult, files: Mapping[str, bytes], keys: Sequence[Key]) -> None:
    before = 0
    for size, path in sorted(numbered(files, "checkpoints/")):
        try:
            signed = open_checkpoint(files[path], keys)
            if signed.checkpoint.size != size or signed.checkpoint.origin != evidence.log:
                raise NotProven(
                    f"It is of {signed.checkpoint.size} leaves of the log {signed.checkpoint.origin}, not what it is "
                    "filed as."
                )
        except (NotProven, UnicodeDecodeError) as error:
            evidence.fault_from(before, path, f"{path}: {error}")
            continue
        evidence.heads[size] = _dated_sanely(evidence, size, signed)
        before = size
    last = evidence.rows[-1].position if evidence.rows else 0
    smaller = [size for size in evidence.heads if last <= size < evidence.size]
    if not evidence.complete and smaller:
        told = f"it names the checkpoint of {evidence.size} leaves, and that of {min(smaller)} covers the deal already."
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, told)
    if evidence.size not in evidence.heads:
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, f"no checkpoint of {evidence.size} leaves holds.")


def _dated_sanely(evidence: VerificationResult, size: int, signed: SignedCheckpoint) -> SignedCheckpoint:
    """A tree head without the cosignatures whose date cannot be true: they prove nothing, and spoil nothing."""
    existed = max((row.recorded_at for row in evidence.rows if row.position <= size), default=0)
    witnesses = []
    for each in signed.witnesses:
        wrong = misdated(each.time, existed, time_ns() // 1_000)
        if wrong is None:
            witnesses.append(each)
        else:
            evidence.misdated.append(f"The cosignature by {each.key.name} on the tree of {size} leaves. {wrong}")
    return replace(signed, witnesses=tuple(witnesses))


def inclusion(evidence: VerificationResult, files: Mapping[str, bytes], keys: Sequence[Key]) -> None:
    """Each event is in the signed tree, at the index in the name of its proof."""
    filed = {files[path] for size, path in numbered(files, "checkpoints/") if size in evidence.heads}
    proven = set()
    for order, row in enumerate(evidence.rows):
        path = f"proofs/{row.position - 1}.tlog-proof"
        proven.add(path)
        if path not in files:
            evidence.fault(order, row.id, "proofs/", "no proof shows that it is in the log.")
            continue
        try:
            proof = InclusionProof.parse(files[path])
            if bytes(proof) != files[path]:
                raise NotProven("The proof is not written as a proof file is.")
            proof.verify(row.leaf_hash, keys)
            if proof.index != row.position - 1 or proof.checkpoint not in filed or proof.extra:
                raise NotProven("The proof is not of this place and of a checkpoint that is filed.")
        except (NotProven, UnicodeDecodeError) as error:
            evidence.fault(order, row.id, path, f"{path}: {error}")
    for path in sorted(set(files) - proven):
        if path.startswith("proofs/"):
            evidence.fault(EVERYWHERE, None, path, "it proves the place of no event of this deal.")


def consistency(evidence: VerificationResult, files: Mapping[str, bytes]) -> None:
    """Each tree continues the one before it."""
    good = 0
    sizes = sorted(size for size, _ in numbered(files, "checkpoints/"))
    due = {f"consistency/{earlier}-{later}" for earlier, later in pairwise(sizes)}
    for path in sorted(files):
        if path.startswith("consistency/") and path not in due:
            evidence.fault(EVERYWHERE, None, path, "it is between no two checkpoints that follow each other here.")
    for earlier, later in pairwise(sizes):
        path = f"consistency/{earlier}-{later}"
        if earlier not in evidence.heads or later not in evidence.heads:
            continue
        old, new = evidence.heads[earlier].checkpoint, evidence.heads[later].checkpoint
        try:
            lines = files[path].decode().split("\n")
            hashes = [decode_base64(line) for line in lines[:-1]]
            if lines[-1]:
                raise NotProven("The proof does not end where a line does.")
            verify_consistency(earlier, later, old.root, new.root, hashes)
            good = earlier
        except KeyError:
            evidence.fault_from(
                good, path, f"nothing proves that the tree of {later} leaves continues that of {earlier}."
            )
        except (NotProven, UnicodeDecodeError) as error:
            told = f"what was signed at {earlier} leaves is not what was signed at {later}: {error}"
            evidence.fault_from(good, path, told)


def timestamps(evidence: VerificationResult, files: Mapping[str, bytes], authorities: Sequence[Certificate]) -> None:
    """Each timestamp is over the head that it is filed with."""
    for size, path in sorted(numbered(files, "timestamps/")):
        try:
            moment = stated_time(log_signed(files[f"checkpoints/{size}"]), files[path], authorities)
        except KeyError:
            evidence.fault_from(0, path, f"{path} belongs to no checkpoint.")
        except NotProven as error:
            evidence.fault_from(0, path, f"{path}: {error}")
        else:
            if authorities:
                evidence.stamped[size] = moment
            else:
                evidence.unknown_stamps.append(size)


def whole_tree(evidence: VerificationResult, leaves: Sequence[tuple[bytes, object]]) -> None:
    """All leaves of the log make the roots that were signed."""
    frontier, good = Frontier(), 0
    roots = {size: head.checkpoint.root for size, head in evidence.heads.items()}
    for line, _ in leaves:
        frontier.append(leaf_hash(line))
        expected = roots.get(frontier.size)
        if expected is not None:
            if frontier.root() != expected:
                told = f"the leaves up to {frontier.size} are not those that were signed."
                evidence.fault_from(good, LEAVES, told)
            good = frontier.size
    evidence.leaves = frontier.size
    if frontier.size != evidence.size:
        told = f"it has {frontier.size} leaves, and the checkpoint {evidence.size}."
        evidence.fault_from(min(frontier.size, EVERYWHERE), LEAVES, told)


def continues(
    evidence: VerificationResult, kept: bytes, keys: Sequence[Key], leaves: Sequence[tuple[bytes, object]]
) -> None:
    """The log continues the tree of a checkpoint that was kept outside."""
    try:
        old = open_checkpoint(kept, keys).checkpoint
    except (NotProven, UnicodeDecodeError) as error:
        evidence.fault(EVERYWHERE, None, "the kept checkpoint", f"it does not hold: {error}")
        return
    if old.size in evidence.heads:
        root = evidence.heads[old.size].checkpoint.root
    elif evidence.complete and old.size <= len(leaves):
        frontier = Frontier()
        for line, _ in leaves[: old.size]:
            frontier.append(leaf_hash(line))
        root = frontier.root()
    else:
        told = f"nothing here can be compared with its tree of {old.size} leaves; ask for a complete bundle."
        evidence.fault(EVERYWHERE, None, "the kept checkpoint", told)
        return
    if root != old.root or old.origin != evidence.log:
        told = f"the first {old.size} leaves are not those of the checkpoint that was kept: the record was rewritten."
        evidence.fault_from(0, "the kept checkpoint", told)


def log_signed(note: bytes) -> bytes:
    """A signed note without the cosignatures that came later: what a timestamp is made over."""
    origin = note.split(b"\n", 1)[0].decode(errors="replace")
    parsed = Note.parse(without_surplus(note, {origin}))
    return bytes(Note(parsed.text, tuple(line for line in parsed.signatures if line.name == origin)))
