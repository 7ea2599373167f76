"""Responses with proofs, and waiting for a proof."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from itertools import chain

import orjson

from api.audit import answers
from api.audit.answers import SealMembers
from api.http.authentication import Caller
from api.runtime.tenant_services import TenantServices
from domain.errors import BeyondTheEnd
from ledger.encoding.answer_fields import Seal
from ledger.merkle.proof import InclusionProof
from ledger.models import Receipt, Recorded
from projections.audit import audit_all

POLL_SECONDS = 0.02
"""Interval between checks for a signed checkpoint, while a request waits for one."""


def proof_of(row: Recorded, proof: InclusionProof, seal: Seal) -> answers.Proof:
    """The response with the proof of an event."""
    return {**_members(row, proof), "seal": seal}


def _members(row: Recorded, proof: InclusionProof) -> answers.ProofMembers:
    return {
        "leaf": b64encode(row.leaf).decode(),
        "leaf_index": proof.index,
        "tree_size": proof.tree_size,
        "hashes": [b64encode(each).decode() for each in proof.hashes],
        "checkpoint": proof.checkpoint.decode(),
    }


def _proof_of_receipt(row: Recorded, proof: InclusionProof) -> answers.ReceiptProof:
    return {**_members(row, proof), "id": row.id}


async def wait_for_proofs(who: Caller, given: Receipt, seconds: float) -> SealMembers:
    """The `seal` of a receipt: its level, and the proof of each event once a checkpoint covers all of them."""
    until = time.monotonic() + seconds
    transparency_log = who.log.transparency_log
    while True:
        head = await asyncio.to_thread(transparency_log.head)
        if head is not None and head.size >= given.position:
            return await asyncio.to_thread(_proofs, who, given)
        if time.monotonic() >= until:
            return {"seal": "recorded", "proofs": []}
        await asyncio.sleep(POLL_SECONDS)


def _proofs(who: Caller, given: Receipt) -> SealMembers:
    transparency_log = who.log.transparency_log
    rows = {row.id: row for row in who.ledger.events([event.id for event in given.events])}
    proofs = [_proof_of_receipt(rows[event.id], transparency_log.proof(event.position)) for event in given.events]
    return {"seal": transparency_log.levels().of(given.position), "proofs": proofs}


def audit_lines(after: int, kept: bytes | None, log: TenantServices) -> Iterator[bytes]:
    """The full audit as JSON Lines: progress, findings, and last whether all checks passed.

    Raises BeyondTheEnd, InvalidInput or NotProven before the first line.
    """
    head = log.ledger.head().position
    if after > head:
        raise BeyondTheEnd(f"The log has {head} positions, and {after} lies beyond them.", extra={"position": head})
    found = audit_all(log.ledger, log.transparency_log, kept=kept, after=after, folders=log.folders)
    first = next(found)
    return (orjson.dumps(told) + b"\n" for told in chain((first,), found))
