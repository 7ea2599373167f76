"""An event as its readers get it: the envelope as it was sent, with what the ledger added."""

from typing import Any

import orjson

from domain.moments import iso
from ledger.leaf import read_leaf
from ledger.receipt import Recorded


def as_json(row: Recorded) -> dict[str, Any]:
    """An event as recorded. An erased one has no data."""
    leaf = read_leaf(row.leaf)
    sent = {"data": None, "erased": True} if row.payload is None else orjson.loads(row.payload)
    return {
        "deal_id": leaf.deal,
        "id": leaf.id,
        "type": leaf.type,
        "schema_version": leaf.schema_version,
        "occurred": leaf.occurred,
        "published": leaf.published,
        **sent,
        "version": row.version,
        "position": row.position,
        "recorded_at": iso(row.recorded_at),
        "recorded_by": leaf.recorded_by,
        "leaf_hash": row.leaf_hash.hex(),
    }
