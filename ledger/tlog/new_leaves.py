"""The recorded events that the tree does not have yet: each is checked before the signer vouches for it.

A row that was added or changed past the application is not signed: its leaf must have the hash beside it, say what its
columns say, and continue the chain of its deal.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ledger.encoding.leaf import Leaf, read_leaf
from ledger.merkle.tree import leaf_hash
from ledger.postgres import binary_arrays
from ledger.tlog.last_head import SigningRefused
from ledger.tlog.tree_statements import TreeStatements
from ledger.verification.event_audit import NO_EVENT, Link, Tip


class NewLeaf(NamedTuple):
    """A row after the last one in the tree."""

    position: int
    deal_id: str
    version: int
    id: str
    leaf: bytes
    leaf_hash: bytes


def new_hashes(rows: TreeStatements, origin: str, size: int, limit: int) -> list[bytes]:
    """The hashes of at most so many leaves after the first `size`. Raises SigningRefused, naming the event."""
    found = [NewLeaf(*row) for row in rows("new_leaves", after=size, limit=limit)]
    tips = _tips(rows, found, size)
    for due, row in enumerate(found, size + 1):
        for why in _faults(row, origin, due, tips):
            raise SigningRefused(
                f"The event {row.id!r} at position {row.position} is not what was recorded: {why} Nothing is signed "
                "until the record is whole; run parley verify --database."
            )
        tips[row.deal_id] = Tip(row.version, row.leaf_hash.hex())
    return [row.leaf_hash for row in found]


def _tips(rows: TreeStatements, found: Sequence[NewLeaf], size: int) -> dict[str, Tip]:
    """The ends of the chains that these leaves continue, by deal: those that are in the tree."""
    deals = dict.fromkeys(row.deal_id for row in found)
    tips = rows("deal_tips", deals=binary_arrays.texts(deals), to=size) if deals else []
    return {deal_id: Tip(version, digest.hex()) for deal_id, version, digest in tips}


def _faults(row: NewLeaf, origin: str, due: int, tips: Mapping[str, Tip]) -> Iterator[str]:
    if row.position != due:
        yield f"position {due} is missing."
    if leaf_hash(row.leaf) != row.leaf_hash:
        yield "its leaf has another hash."
    try:
        leaf: Leaf = read_leaf(row.leaf)
    except (msgspec.DecodeError, ValueError) as error:
        yield f"its leaf cannot be read ({error})."
        return
    if (leaf.log, leaf.deal, leaf.version, leaf.id) != (origin, row.deal_id, row.version, row.id):
        yield "its leaf is that of another event."
    link = Link(row.deal_id, row.position, row.id, row.version, leaf.previous)
    for finding in link.check(tips.get(row.deal_id, NO_EVENT)):
        yield finding.why
