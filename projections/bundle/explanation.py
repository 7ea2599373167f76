"""Explanations of a bundle: its VERIFY.md, and the report of the verifier."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.time.instants import iso
from ledger.verification.verification_result import VerificationResult

NAMED = 10
"""Signers whose keys were not given that are named."""

TEXT = """# How to check this bundle

It holds the record of the deal `{deal}` up to version {version} ({count} events) as the log `{log}` has it,
and the state and the replay that follow from it on the basis in `manifest.json`.

With Parley: `parley verify FILE --key KEY`. KEY is the log's public key (a vkey line). Get it from the log's
operator or from a person who has seen it earlier, never from this file. No database and no network is needed.

By hand, with tools that others wrote:

1. A line of `leaves.jsonl` is a leaf: canonical JSON (RFC 8785). Its hash is SHA-256(0x00 || line without newline).
   {scope}
2. `previous` of each leaf of the deal is the hex hash of the deal's leaf before it; `version` counts 1, 2, 3 ...
3. `payload_commitment` of a leaf is the hex SHA-256(payload_domain || salt || payload), from `manifest.json` and
   `payloads.jsonl`; the payload's bytes are its canonical JSON. {withheld}
4. `proofs/<leaf index>.tlog-proof` (C2SP tlog-proof) shows that a leaf is in the RFC 6962 tree of the checkpoint
   that it holds, a signed note (C2SP tlog-checkpoint, Ed25519); the last of them is `checkpoints/{size}`.
5. `consistency/<m>-<n>` (hashes in base64, RFC 6962) shows that the tree of n leaves continues that of m.
6. `timestamps/<size>.tsr`, if there are any, are RFC 3161 responses over `checkpoints/<size>` without the lines that
   witnesses added below the log's own: `openssl ts -verify -data NOTE -in FILE.tsr -CAfile AUTHORITY.pem`.
7. `state.json`, `replay.json` and `replay.html` follow from the events by Parley's rules; make them again.

What it does not prove: that what was recorded is true; that `recorded_at` is the right time (it is the operator's
clock); and, without a witness or a timestamp from outside, that the holder of the signing key has not rewritten what
no outsider has ever seen.
"""


def verify_md(about: Mapping[str, Any], events: int, withheld: int) -> str:
    """VERIFY.md of a bundle."""
    scope = (
        "All leaves of the log are there, so that no event of the deal can be missing."
        if about["complete"]
        else "Only the deal's leaves are there: contiguous to its last version, the tail as attested by the operator."
    )
    return TEXT.format(
        deal=about["deal"],
        version=about["basis"]["known_version"],
        count=events,
        log=about["log"],
        size=about["checkpoint"],
        scope=scope,
        withheld=f"{withheld} of them are withheld from you." if withheld else "None is withheld from you.",
    )


def proven_statements(evidence: VerificationResult) -> Iterator[str]:
    """The passed checks, in sentences."""
    count, size = len(evidence.rows), evidence.size
    yield f"{count} events of {evidence.deal} are what was recorded, in order, versions 1 to {count} without a gap."
    yield f"Each is in the tree of {size} leaves that {evidence.log} has signed."
    if evidence.complete:
        yield f"All {evidence.leaves} leaves of that tree are here: none is missing."
        if evidence.later:
            yield f"The deal has {evidence.later} later events, which this basis does not know."
    else:
        yield f"The record is contiguous to version {count}, its tail as attested by the operator."
    if len(evidence.heads) > 1:
        yield f"{len(evidence.heads)} signed trees continue each other."
    for size, head in sorted(evidence.heads.items()):
        for witness in head.witnesses:
            yield f"{witness.key.name} has witnessed the tree of {size} leaves."
    for size, moment in sorted(evidence.stamped.items()):
        yield f"The tree of {size} leaves existed at {iso(moment)}, as timestamped by a known authority."
    if evidence.erased:
        yield f"{len(evidence.erased)} payloads were destroyed; the proofs of their events remain valid."
    if evidence.withheld:
        yield f"{len(evidence.withheld)} payloads are withheld; state and replay are derived without them."
    yield "State and replay follow from these events on the basis stated."


def unproven_statements(evidence: VerificationResult, kept: bytes | None) -> Iterator[str]:
    """The failed checks, in sentences."""
    yield "That what was recorded is true."
    yield "That recorded_at is the right time: it is the clock of the log's operator."
    witnessed = any(head.witnesses for head in evidence.heads.values())
    if not witnessed and not evidence.stamped and kept is None:
        yield (
            "That nothing was rewritten before a third party saw it: no known witness or authority has signed, and "
            "no earlier checkpoint was compared. A holder of the signing key can rewrite what no third party has seen."
        )
    if not evidence.complete:
        yield f"That the deal has no later event than version {len(evidence.rows)}."
    if evidence.unknown_stamps:
        sizes = ", ".join(map(str, evidence.unknown_stamps))
        yield f"The timestamps on the trees of {sizes} leaves: no authority's certificate was given."
    unknown = sorted({line.name for head in evidence.heads.values() for line in head.unknown})
    if unknown:
        shown = ", ".join(unknown[:NAMED]) + (f" and {len(unknown) - NAMED} others" if len(unknown) > NAMED else "")
        yield f"The signatures by {shown}: their keys were not given."
    yield from evidence.misdated
