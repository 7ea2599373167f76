"""The public JSON of an event: the envelope as it was sent, with the members that the ledger added."""

from typing import Any

import orjson

from domain.time.instants import iso
from ledger.encoding.leaf import read_leaf
from ledger.models import Recorded


def event_to_json(row: Recorded) -> dict[str, Any]:
    """An event as recorded; without data if it is erased or its stored bytes are not valid JSON."""
    leaf = read_leaf(row.leaf)
    return {
        "deal_id": leaf.deal,
        "id": leaf.id,
        "type": leaf.type,
        "schema_version": leaf.schema_version,
        "occurred": leaf.occurred,
        "published": leaf.published,
        **_sent(row),
        "version": row.version,
        "position": row.position,
        "recorded_at": iso(row.recorded_at),
        "recorded_by": leaf.recorded_by,
        "leaf_hash": row.leaf_hash.hex(),
    }


def _sent(row: Recorded) -> dict[str, Any]:
    if row.payload is None:
        return {"data": None, "erased": True}
    try:
        sent = orjson.loads(row.payload)
    except ValueError:
        sent = None
    # Damage to one event in the database must not stop the reading of the whole log.
    return sent if isinstance(sent, dict) else {"data": None, "unreadable": True}
