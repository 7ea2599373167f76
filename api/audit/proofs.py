"""Responses with proofs, and waiting for a proof."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any

import orjson
from msgspec import Meta

from api.http.authentication import Caller
from domain.errors import BeyondTheEnd
from ledger.merkle.proof import InclusionProof
from ledger.models import Receipt, Recorded
from projections.audit import audit_all

POLL_SECONDS = 0.02
"""Interval between checks for a signed checkpoint, while a request waits for one."""


@dataclass(frozen=True, slots=True)
class _ProofMembers:
    leaf: Annotated[str, Meta(description="Base64: the canonical bytes that are hashed.")]
    leaf_index: Annotated[int, Meta(description="From 0.")]
    tree_size: int
    hashes: Annotated[list[str], Meta(description="Base64, from the leaf to the root (RFC 6962).")]
    checkpoint: Annotated[str, Meta(description="A signed note (C2SP).")]


@dataclass(frozen=True, slots=True)
class Proof(_ProofMembers):
    """The inclusion proof of an event, and the level of its seal."""

    seal: str


@dataclass(frozen=True, slots=True)
class ReceiptProof(_ProofMembers):
    """The inclusion proof of an event of a receipt."""

    id: str


def proof_of(row: Recorded, proof: InclusionProof, seal: str) -> Proof:
    """The response with the proof of an event."""
    return Proof(*_members(row, proof), seal)


def _members(row: Recorded, proof: InclusionProof) -> tuple[str, int, int, list[str], str]:
    return (
        b64encode(row.leaf).decode(),
        proof.index,
        proof.tree_size,
        [b64encode(each).decode() for each in proof.hashes],
        proof.checkpoint.decode(),
    )


async def wait_for_proofs(who: Caller, given: Receipt, seconds: float) -> dict[str, Any]:
    """The `seal` of a receipt: its level, and the proof of each event once a checkpoint covers all of them."""
    until = time.monotonic() + seconds
    seals = who.log.seals
    while True:
        head = await asyncio.to_thread(seals.head)
        if head is not None and head.size >= given.position:
            return await asyncio.to_thread(_proofs, who, given)
        if time.monotonic() >= until:
            return {"seal": "recorded", "proofs": []}
        await asyncio.sleep(POLL_SECONDS)


def _proofs(who: Caller, given: Receipt) -> dict[str, Any]:
    seals = who.log.seals
    rows = {row.id: row for row in who.ledger.events([event.id for event in given.events])}
    proofs = [ReceiptProof(*_members(rows[event.id], seals.proof(event.position)), event.id) for event in given.events]
    return {"seal": seals.levels().of(given.position), "proofs": proofs}


def audit_lines(who: Caller, after: int, kept: bytes | None) -> Iterator[bytes]:
    """The full audit as JSON Lines: progress, findings, and last whether all checks passed.

    Raises BeyondTheEnd, InvalidInput or NotProven before the first line.
    """
    head = who.ledger.head().position
    if after > head:
        raise BeyondTheEnd(f"The log has {head} positions, and {after} lies beyond them.", extra={"position": head})
    found = audit_all(who.ledger, who.log.seals, kept=kept, after=after, folder=who.log.folder)
    first = next(found)
    return (orjson.dumps(told) + b"\n" for told in chain((first,), found))
