"""Responses with proofs, and waiting for a proof."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from api.http.authentication import Caller
from domain.errors import BeyondTheEnd
from ledger.merkle.proof import InclusionProof
from ledger.models import Receipt, Recorded
from projections.audit import audit_all

POLL_SECONDS = 0.02
"""Interval between checks for a signed checkpoint, while a request waits for one."""


def proof_to_json(row: Recorded, proof: InclusionProof) -> dict[str, Any]:
    """The inclusion proof of an event: its leaf, its index and the hashes up to the root of a signed checkpoint."""
    return {
        "leaf": b64encode(row.leaf).decode(),
        "leaf_index": proof.index,
        "tree_size": proof.tree_size,
        "hashes": [b64encode(each).decode() for each in proof.hashes],
        "checkpoint": proof.checkpoint.decode(),
    }


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
    proofs = [{"id": event.id, **proof_to_json(rows[event.id], seals.proof(event.position))} for event in given.events]
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
