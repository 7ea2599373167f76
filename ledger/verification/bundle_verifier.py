"""The offline verifier of a bundle's evidence: it recomputes all hashes, chains, proofs and signatures.

Nothing in a bundle is trusted by itself. Trust comes from outside: the log's public key, and perhaps
an earlier checkpoint.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.x509 import Certificate

from domain.errors import InvalidInput, NotProven
from domain.time.edtf import parse_moment
from domain.time.instants import iso
from ledger.encoding import event_codec
from ledger.encoding.canonical_json import canonical
from ledger.encoding.leaf import PAYLOAD_DOMAIN, SALT_BYTES, Leaf, commitment, read_leaf
from ledger.merkle.note import Key
from ledger.merkle.tree import leaf_hash
from ledger.models import Recorded
from ledger.verification import archive, tree_verifier
from ledger.verification.evidence_export import FORM, LEAVES, PAYLOADS
from ledger.verification.verification_result import EVERYWHERE, FILED, VerificationResult, numbered

PAYLOAD_FORMS = ({"event_id", "payload", "salt"}, {"event_id", "withheld"}, {"event_id", "erased"})
"""The members of a line of payloads.jsonl."""


def verify_bundle(
    files: Mapping[str, bytes],
    keys: Sequence[Key],
    kept: bytes | None = None,
    authorities: Sequence[Certificate] = (),
) -> VerificationResult:
    """Verify the evidence among the files of a bundle. Raises NotProven if there is no manifest.

    `kept` is a checkpoint from outside, a signed note that the log must continue; `authorities` are the certificates
    of those whose timestamps are believed.
    """
    evidence = VerificationResult(archive.manifest_of(files))
    _manifest_form(evidence, files[archive.MANIFEST])
    _files_as_listed(evidence, files)
    if evidence.manifest.get("payload_domain") != PAYLOAD_DOMAIN.decode():
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "the payload domain is not that of Parley's commitments.")
    payloads = _payload_lines(evidence, files.get(PAYLOADS, b""))
    leaves = _leaf_lines(evidence, files.get(LEAVES, b""))
    _events(evidence, leaves, payloads, _indexes(files))
    tree_verifier.heads(evidence, files, keys)
    tree_verifier.inclusion(evidence, files, keys)
    tree_verifier.consistency(evidence, files)
    tree_verifier.timestamps(evidence, files, authorities)
    if evidence.complete:
        tree_verifier.whole_tree(evidence, leaves)
    if kept is not None:
        tree_verifier.continues(evidence, kept, keys, leaves)
    return evidence


def _manifest_form(evidence: VerificationResult, data: bytes) -> None:
    """The manifest has the members of its form and no other, and is written in one way alone."""
    manifest = evidence.manifest
    if manifest.get("form") != FORM:
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, f"its form is {manifest.get('form')!r}, not {FORM!r}.")
    for name in sorted(manifest.keys() ^ archive.MEMBERS):
        told = "has no place in it" if name in manifest else "is missing"
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, f"the member {name!r} {told}.")
    if not data.endswith(b"\n") or not archive.is_canonical(manifest, data[:-1]):
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "it is not in canonical form.")


def _files_as_listed(evidence: VerificationResult, files: Mapping[str, bytes]) -> None:
    listed = evidence.manifest.get("files")
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) and isinstance(each.get("path"), str) for each in listed
    ):
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
    elif [*known] != sorted(known, key=str):
        evidence.fault(EVERYWHERE, None, archive.MANIFEST, "it does not list the files in the order of their names.")
    for each in listed:
        if each.keys() != {"path", "sha256", "length"} or type(each["length"]) is not int:
            told = f"it lists {each.get('path')!r} with other members than path, sha256 and length."
            evidence.fault(EVERYWHERE, None, archive.MANIFEST, told)
    for path in sorted(files):
        pattern = next((form for folder, form in FILED.items() if path.startswith(folder)), None)
        if pattern is not None and not pattern.fullmatch(path):
            evidence.fault(EVERYWHERE, None, path, "no bundle has a file of this name.")


def _payload_lines(evidence: VerificationResult, data: bytes) -> list[dict[str, Any]]:
    found = []
    seen: set[str] = set()
    for number, line in enumerate(_lines(evidence, data, PAYLOADS)):
        value = None
        try:
            value = archive.read_json(line, PAYLOADS)
            if not isinstance(value, dict) or not isinstance(value.get("event_id"), str):
                raise NotProven("it names no event")
            if canonical(value) != line:
                raise NotProven("it is not in canonical form")
            if value.keys() not in PAYLOAD_FORMS:
                raise NotProven(f"it has the members {', '.join(sorted(value))}, which no payload line has")
            if value["event_id"] in seen:
                raise NotProven(f"the payload of {value['event_id']} is in it again")
            seen.add(value["event_id"])
        except (NotProven, InvalidInput) as error:
            named = value.get("event_id") if isinstance(value, dict) else None
            event = named if isinstance(named, str) else None
            evidence.fault(number, event, f"{PAYLOADS} line {number + 1}", f"the line cannot be read: {error}.")
            value = {"event_id": ""}
        found.append(value)
    return found


def _lines(evidence: VerificationResult, data: bytes, name: str) -> list[bytes]:
    lines = data.split(b"\n")
    if lines.pop() != b"" or not lines:
        evidence.fault(EVERYWHERE, None, name, "the file is missing, or does not end where a line does.")
    return lines


def _leaf_lines(evidence: VerificationResult, data: bytes) -> list[tuple[bytes, Leaf | None]]:
    found: list[tuple[bytes, Leaf | None]] = []
    for number, line in enumerate(_lines(evidence, data, LEAVES)):
        leaf = None
        try:
            leaf = read_leaf(line)
            if canonical(msgspec.to_builtins(leaf)) != line or iso(parse_moment(leaf.recorded_at)) != leaf.recorded_at:
                raise ValueError("it is not in canonical form")
        except (msgspec.DecodeError, InvalidInput, ValueError, RecursionError) as error:
            named = leaf.id if leaf is not None else None
            evidence.fault(number, named, f"{LEAVES} line {number + 1}", f"the line is no leaf: {error}.")
            leaf = None
        found.append((line, leaf))
    return found


def _indexes(files: Iterable[str]) -> list[int]:
    """Leaf indexes that have a proof file, ascending."""
    return sorted(number for number, _ in numbered(files, "proofs/"))


def _events(
    evidence: VerificationResult,
    leaves: Sequence[tuple[bytes, Leaf | None]],
    payloads: Sequence[Mapping[str, Any]],
    indexes: Sequence[int],
) -> None:
    """Verify the chain of the deal's leaves, and each leaf against its payload."""
    deal = evidence.deal
    placed = [(index, line, leaf) for index, (line, leaf) in enumerate(leaves) if leaf is not None]
    if evidence.complete:
        ours = [each for each in placed if each[2].deal == deal]
        end = _end(ours, payloads, evidence.manifest["basis"].get("known_version"))
        evidence.later = len(ours[end:]) if end is not None else 0
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
            evidence.fault(order, leaf.id, where, "the id appears twice in the record.")
        seen.add(leaf.id)
        if order >= len(payloads) or payloads[order]["event_id"] != leaf.id:
            found = payloads[order]["event_id"] if order < len(payloads) else "none"
            evidence.fault(order, leaf.id, PAYLOADS, f"its payload is due in line {order + 1}; {found} is there.")
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
    if _end(ours, payloads, known) != len(ours) and not missing:
        last = ours[-1][2].id if ours else None
        told = f"the record ends here with version {len(ours)}, and the basis says version {known}."
        evidence.fault(len(ours), last, LEAVES, told)
    _erasures_hold(evidence)


def _end(ours: Sequence[tuple[int, bytes, Leaf]], payloads: Sequence[Mapping[str, Any]], known: object) -> int | None:
    """The version with which the record of a bundle ends: that of its basis, or that of the last erasure of an event
    known on it, which alone shows why the payload is missing. None: the basis names no version."""
    if not isinstance(known, int) or known < 0:
        return None
    versions = {leaf.id: leaf.version for _, _, leaf in ours}
    on_basis = {leaf.id for _, _, leaf in ours[:known]}
    erasures = {str(each.get("erased")) for each in payloads if each["event_id"] in on_basis}
    return max([known, *(versions[each] for each in erasures if each in versions)])


def _opened(
    evidence: VerificationResult, order: int, leaf: Leaf, held: Mapping[str, Any]
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
        if salt.hex() != held["salt"] or not isinstance(held["payload"], dict):
            raise ValueError("another spelling")
    except (KeyError, TypeError, ValueError, InvalidInput):
        evidence.fault(order, leaf.id, PAYLOADS, "its payload and salt cannot be read.")
        return None, None
    if len(salt) != SALT_BYTES or commitment(salt, payload).hex() != leaf.payload_commitment:
        evidence.fault(order, leaf.id, PAYLOADS, "what it says is not what was committed to when it was recorded.")
        return None, None
    return payload, salt


def _erasures_hold(evidence: VerificationResult) -> None:
    """Each erased event is named by the record.erased that is said to have erased it."""
    by_id = {row.id: (order, row) for order, row in enumerate(evidence.rows)}
    for event_id, by in evidence.erased.items():
        order = by_id[event_id][0]
        _, row = by_id.get(by, (0, None))
        if row is None or row.type != event_codec.ERASING:
            evidence.fault(order, event_id, PAYLOADS, f"it is said to be erased by {by!r}, which is no erasure here.")
        elif row.payload is not None and event_codec.erased_by(row) != event_id:
            evidence.fault(order, event_id, PAYLOADS, f"{by} did not erase it, but {event_codec.erased_by(row)}.")
