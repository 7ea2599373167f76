"""Judging the evidence of a bundle, offline: every hash, every chain, every proof, every signature made anew.

Nothing in a bundle is believed because the bundle says so. Trust comes from outside: the log's public key, and perhaps
a checkpoint that somebody kept.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec

from domain.dates import parse_moment
from domain.errors import InvalidInput, NotProven
from domain.moments import iso
from ledger import archive, codec
from ledger.bundle import LEAVES, PAYLOADS
from ledger.canonical import canonical
from ledger.leaf import PAYLOAD_DOMAIN, SALT_BYTES, Leaf, commitment, read_leaf
from ledger.merkle.note import Key, Note, SignedCheckpoint, decode_base64, open_checkpoint
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tree import Frontier, leaf_hash, verify_consistency
from ledger.receipt import Recorded

EVERYWHERE = 1 << 62
"""The order of a fault that belongs to no event: after all that do."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that does not hold: of which event, in which file, and why."""

    order: int
    """Where the event stands in the deal; faults are told in this order."""
    event: str | None
    where: str
    why: str

    def __str__(self) -> str:
        return f"{f'event {self.event}' if self.event else self.where}: {self.why}"


@dataclass(slots=True)
class Evidence:
    """What was read of a bundle, and what is wrong with it."""

    manifest: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)
    rows: list[Recorded] = field(default_factory=list)
    """The deal's events in order of version, positions included where they are known."""
    withheld: set[str] = field(default_factory=set)
    erased: dict[str, str] = field(default_factory=dict)
    heads: dict[int, SignedCheckpoint] = field(default_factory=dict)
    """Tree heads whose signature holds, by size."""
    leaves: int = 0
    """In a complete bundle, how many leaves it has."""
    later: int = 0
    """In a complete bundle, how many events the deal has after those of the basis."""

    def __post_init__(self) -> None:
        about, kinds = self.manifest, {"deal": str, "log": str, "checkpoint": int, "complete": bool, "basis": dict}
        for name, kind in kinds.items():
            if type(about.get(name)) is not kind:
                raise NotProven(f"{archive.MANIFEST} does not say {name}, or says it in a form that cannot be read.")

    @property
    def deal(self) -> str:
        return str(self.manifest["deal"])

    @property
    def log(self) -> str:
        """The origin of the log."""
        return str(self.manifest["log"])

    @property
    def size(self) -> int:
        """Leaves under the first checkpoint that covers all of the deal's events."""
        return int(self.manifest["checkpoint"])

    @property
    def complete(self) -> bool:
        """Whether all leaves of the log are there."""
        return bool(self.manifest["complete"])

    def fault(self, order: int, event: str | None, where: str, why: str) -> None:
        self.faults.append(Fault(order, event, where, why))

    def fault_from(self, index: int, where: str, why: str) -> None:
        """A fault of the tree from a leaf index on: told of the deal's first event there, else of its last one."""
        indexes = [row.position - 1 for row in self.rows]
        order = min(bisect_left(indexes, index), len(indexes) - 1)
        self.fault(order, self.rows[order].id if self.rows else None, where, why)


def judge(files: Mapping[str, bytes], keys: Sequence[Key], kept: bytes | None = None) -> Evidence:
    """Judge the evidence among the files of a bundle. Raises NotProven where there is no manifest to begin with.

    `kept` is a checkpoint from outside, a signed note that the log must continue.
    """
    evidence = Evidence(archive.manifest_of(files))
    _files_as_listed(evidence, files)
    if evidence.manifest.get("payload_domain") != PAYLOAD_DOMAIN.decode():
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "the payload domain is not that of Parley's commitments.")
    payloads = _payload_lines(evidence, files.get(PAYLOADS, b""))
    leaves = _leaf_lines(evidence, files.get(LEAVES, b""))
    _events(evidence, leaves, payloads, _indexes(files))
    _heads(evidence, files, keys)
    _inclusion(evidence, files, keys)
    _consistency(evidence, files)
    if evidence.complete:
        _whole_tree(evidence, leaves)
    if kept is not None:
        _continues(evidence, kept, keys, leaves)
    return evidence


def _files_as_listed(evidence: Evidence, files: Mapping[str, bytes]) -> None:
    listed = evidence.manifest.get("files")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "it does not list the files.")
        return
    known = {each.get("path"): each for each in listed}
    for path, each in sorted(known.items(), key=str):
        data = files.get(str(path))
        if data is None:
            evidence.fault(EVERYWHERE, None, str(path), "the manifest lists this file, and it is missing.")
        elif (each.get("sha256"), each.get("length")) != (sha256(data).hexdigest(), len(data)):
            evidence.fault(EVERYWHERE, None, str(path), "the file is not the one that the manifest lists.")
    for path in sorted(files.keys() - known.keys() - {archive.MANIFEST}):
        evidence.fault(EVERYWHERE, None, path, "the manifest does not list this file.")
    if len(known) < len(listed):
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "it lists a file twice.")


def _payload_lines(evidence: Evidence, data: bytes) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(_lines(evidence, data, PAYLOADS)):
        try:
            value = archive.read_json(line, PAYLOADS)
            if not isinstance(value, dict) or not isinstance(value.get("event_id"), str):
                raise NotProven("it names no event")
            if canonical(value) != line:
                raise NotProven("it is not in canonical form")
        except (NotProven, InvalidInput) as error:
            evidence.fault(number, None, f"{PAYLOADS} line {number + 1}", f"the line cannot be read: {error}.")
            value = {"event_id": ""}
        found.append(value)
    return found


def _lines(evidence: Evidence, data: bytes, name: str) -> list[bytes]:
    lines = data.split(b"\n")
    if lines.pop() != b"" or not lines:
        evidence.fault(EVERYWHERE, None, name, "the file is missing, or does not end where a line does.")
    return lines


def _leaf_lines(evidence: Evidence, data: bytes) -> list[tuple[bytes, Leaf | None]]:
    found: list[tuple[bytes, Leaf | None]] = []
    for number, line in enumerate(_lines(evidence, data, LEAVES)):
        leaf = None
        try:
            leaf = read_leaf(line)
            if canonical(msgspec.to_builtins(leaf)) != line or iso(parse_moment(leaf.recorded_at)) != leaf.recorded_at:
                raise ValueError("it is not in canonical form")
        except (msgspec.DecodeError, InvalidInput, ValueError) as error:
            named = leaf.id if leaf is not None else None
            evidence.fault(number, named, f"{LEAVES} line {number + 1}", f"the line is no leaf: {error}.")
            leaf = None
        found.append((line, leaf))
    return found


def _indexes(files: Iterable[str]) -> list[int]:
    """Leaf indexes that have a proof file, ascending."""
    return sorted(number for number, _ in _numbered(files, "proofs/"))


def _events(
    evidence: Evidence,
    leaves: Sequence[tuple[bytes, Leaf | None]],
    payloads: Sequence[Mapping[str, Any]],
    indexes: Sequence[int],
) -> None:
    """Chain the deal's leaves and hold each against its payload."""
    deal = evidence.deal
    placed = [(index, line, leaf) for index, (line, leaf) in enumerate(leaves) if leaf is not None]
    if evidence.complete:
        ours = [each for each in placed if each[2].deal == deal]
        known = evidence.manifest["basis"].get("known_version")
        evidence.later = len(ours[known:]) if isinstance(known, int) and known >= 0 else 0
        ours = ours[: len(ours) - evidence.later]
    else:
        ordered = [str(each["event_id"]) for each in payloads]
        if len(indexes) != len(ordered):
            ordered = [leaf.id for _, _, leaf in placed]
        index_of = dict(zip(ordered, indexes, strict=False))
        ours = [(index_of.get(leaf.id, -1), line, leaf) for _, line, leaf in placed]
    by_id = {str(each["event_id"]): each for each in payloads}
    previous: str | None = None
    last_recorded = ""
    seen: set[str] = set()
    for order, (index, line, leaf) in enumerate(ours):
        where = f"{LEAVES} version {leaf.version}"
        if leaf.deal != deal:
            evidence.fault(order, leaf.id, where, f"it is of the deal {leaf.deal}, not of {deal}.")
        if leaf.log != evidence.log:
            evidence.fault(
                order, leaf.id, where, f"it is of the log {leaf.log}, not of {evidence.manifest.get('log')}."
            )
        if leaf.version != order + 1:
            told = f"it has version {leaf.version} where version {order + 1} is due: one was dropped, added or moved."
            evidence.fault(order, leaf.id, where, told)
        if leaf.previous != previous:
            told = "it does not continue the event before it, whose leaf has another hash than this one names."
            evidence.fault(order, leaf.id, where, told)
        if leaf.recorded_at <= last_recorded:
            evidence.fault(order, leaf.id, where, f"it was recorded at {leaf.recorded_at}, not after the one before.")
        if leaf.id in seen:
            evidence.fault(order, leaf.id, where, "the id stands twice in the record.")
        seen.add(leaf.id)
        if order >= len(payloads) or payloads[order]["event_id"] != leaf.id:
            found = payloads[order]["event_id"] if order < len(payloads) else "none"
            evidence.fault(order, leaf.id, PAYLOADS, f"its payload is due in line {order + 1}; {found} stands there.")
        payload, salt = _opened(evidence, order, leaf, by_id.get(leaf.id, {}))
        digest = leaf_hash(line)
        previous, last_recorded = digest.hex(), leaf.recorded_at
        placed_at = (index + 1, leaf.deal, leaf.version, leaf.id, leaf.type)
        recorded = (parse_moment(leaf.recorded_at), leaf.recorded_by)
        evidence.rows.append(Recorded(*placed_at, *recorded, line, digest, payload, salt))
    missing = [(order, str(each["event_id"])) for order, each in enumerate(payloads) if each["event_id"] not in seen]
    for order, event_id in missing:
        evidence.fault(order, event_id, LEAVES, "it has a payload, and its leaf is missing.")
    known = evidence.manifest["basis"].get("known_version")
    if known != len(ours) and not missing:
        last = ours[-1][2].id if ours else None
        told = f"the record ends here with version {len(ours)}, and the basis says version {known}."
        evidence.fault(len(ours), last, LEAVES, told)
    _erasures_hold(evidence)


def _opened(
    evidence: Evidence, order: int, leaf: Leaf, held: Mapping[str, Any]
) -> tuple[bytes, bytes] | tuple[None, None]:
    """Payload and salt of an event, if they are what the leaf commits to."""
    if held.get("withheld") is True and held.keys() == {"event_id", "withheld"}:
        evidence.withheld.add(leaf.id)
        return None, None
    if isinstance(held.get("erased"), str) and held.keys() == {"event_id", "erased"}:
        evidence.erased[leaf.id] = held["erased"]
        return None, None
    try:
        salt, payload = bytes.fromhex(held["salt"]), canonical(held["payload"])
    except (KeyError, TypeError, ValueError, InvalidInput):
        evidence.fault(order, leaf.id, PAYLOADS, "its payload and salt cannot be read.")
        return None, None
    if len(salt) != SALT_BYTES or commitment(salt, payload).hex() != leaf.payload_commitment:
        evidence.fault(order, leaf.id, PAYLOADS, "what it says is not what was committed to when it was recorded.")
    return payload, salt


def _erasures_hold(evidence: Evidence) -> None:
    """Each erased event is named by the record.erased that is said to have erased it."""
    by_id = {row.id: (order, row) for order, row in enumerate(evidence.rows)}
    for event_id, by in evidence.erased.items():
        order = by_id[event_id][0]
        _, row = by_id.get(by, (0, None))
        if row is None or row.type != codec.ERASING:
            evidence.fault(order, event_id, PAYLOADS, f"it is said to be erased by {by!r}, which is no erasure here.")
        elif row.payload is not None and codec.erased_by(row) != event_id:
            evidence.fault(order, event_id, PAYLOADS, f"{by} did not erase it, but {codec.erased_by(row)}.")


def _heads(evidence: Evidence, files: Mapping[str, bytes], keys: Sequence[Key]) -> None:
    before = 0
    for size, path in sorted(_numbered(files, "checkpoints/")):
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
        evidence.heads[size] = signed
        before = size
    if evidence.size not in evidence.heads:
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, f"no checkpoint of {evidence.size} leaves holds.")


def _numbered(files: Iterable[str], folder: str) -> list[tuple[int, str]]:
    named = ((path.removeprefix(folder).partition(".")[0], path) for path in files if path.startswith(folder))
    return [(int(name), path) for name, path in named if name.isascii() and name.isdigit()]


def _inclusion(evidence: Evidence, files: Mapping[str, bytes], keys: Sequence[Key]) -> None:
    """Each event stands in the signed tree, at the place that its proof's name says."""
    filed = {files[path] for size, path in _numbered(files, "checkpoints/") if size in evidence.heads}
    proven = set()
    for order, row in enumerate(evidence.rows):
        path = f"proofs/{row.position - 1}.tlog-proof"
        proven.add(path)
        if path not in files:
            evidence.fault(order, row.id, "proofs/", "no proof says that it stands in the log.")
            continue
        try:
            proof = InclusionProof.parse(files[path])
            proof.verify(row.leaf_hash, keys)
            if proof.index != row.position - 1 or proof.checkpoint not in filed or proof.extra:
                raise NotProven("The proof is not of this place and of a checkpoint that is filed.")
        except (NotProven, UnicodeDecodeError) as error:
            evidence.fault(order, row.id, path, f"{path}: {error}")
    for path in sorted(set(files) - proven):
        if path.startswith("proofs/"):
            evidence.fault(EVERYWHERE, None, path, "it proves the place of no event of this deal.")


def _consistency(evidence: Evidence, files: Mapping[str, bytes]) -> None:
    """Each tree continues the one before it."""
    good = 0
    for earlier, later in pairwise(sorted(size for size, _ in _numbered(files, "checkpoints/"))):
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


def _whole_tree(evidence: Evidence, leaves: Sequence[tuple[bytes, Leaf | None]]) -> None:
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


def _continues(
    evidence: Evidence, kept: bytes, keys: Sequence[Key], leaves: Sequence[tuple[bytes, Leaf | None]]
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
    parsed = Note.parse(note)
    origin = parsed.text.decode().split("\n", 1)[0]
    return bytes(Note(parsed.text, tuple(line for line in parsed.signatures if line.name == origin)))
