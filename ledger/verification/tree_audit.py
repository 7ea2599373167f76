"""The audit of the tree: stored hashes against the record, and consistency with a known head."""

from collections.abc import Iterator, Sequence

from domain.errors import NotProven
from ledger.ledger import Ledger
from ledger.merkle.note import Key, open_checkpoint
from ledger.merkle.tiles import Tile, tiles_between
from ledger.merkle.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hash, root
from ledger.tlog.transparency_log import Head, TransparencyLog
from ledger.verification.audit_finding import AuditFinding

STRETCH_EVENTS = 5_000
"""Events read at once, and between two reports of progress."""


def leaves(ledger: Ledger, end: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Position, leaf and leaf hash of the first events."""
    position = 0
    while position < end:
        rows = ledger.leaves(position, min(STRETCH_EVENTS, end - position))
        if not rows:
            return
        yield from rows
        position = rows[-1][0]


def heads(seals: TransparencyLog, after: int = 0) -> Iterator[Head]:
    """Every tree head over more than so many leaves, as it was last signed."""
    while found := seals.heads(after, limit=1_000):
        yield from found
        after = found[-1].size


def tiles(seals: TransparencyLog, rows: Sequence[tuple[int, str, bytes]]) -> Iterator[AuditFinding]:
    """The stored hashes are those of the record, on every level that this stretch completes."""
    stored = seals.stored_size()
    first, last = rows[0][0] - 1, min(rows[-1][0], stored)
    if last <= first:
        return
    by_index = {position - 1: (event_id, digest) for position, event_id, digest in rows}
    for index in range(first // TILE_WIDTH, -(-last // TILE_WIDTH)):
        held = seals.read_tile(0, index, min(TILE_WIDTH, stored - index * TILE_WIDTH))
        for offset in range(0, len(held), HASH_BYTES):
            place = index * TILE_WIDTH + offset // HASH_BYTES
            known = by_index.get(place)
            if known is not None and known[1] != held[offset : offset + HASH_BYTES]:
                told = "the tree holds another hash of it than the record: one of the two was changed."
                yield AuditFinding(place + 1, known[0], "tile-differs", told)
    for tile in tiles_between(first, last):
        if tile.level:
            yield from _above(seals, tile, by_index, stored)


def _above(
    seals: TransparencyLog, tile: Tile, by_index: dict[int, tuple[str, bytes]], stored: int
) -> Iterator[AuditFinding]:
    """Each hash of a tile above the leaves is the root of the tile below it."""
    held = seals.read_tile(tile.level, tile.index, tile.width)
    if len(held) < tile.width * HASH_BYTES:
        yield AuditFinding(stored, None, "tile-missing", f"{tile.path} lacks hashes.")
        return
    for offset in range(tile.width):
        below = seals.read_tile(tile.level - 1, tile.index * TILE_WIDTH + offset, TILE_WIDTH)
        first = (tile.index * TILE_WIDTH + offset) << TILE_HEIGHT * tile.level
        ends = first + (1 << TILE_HEIGHT * tile.level) - 1
        if ends not in by_index:
            continue  # completed by another stretch
        hashes = [below[at : at + HASH_BYTES] for at in range(0, len(below), HASH_BYTES)]
        if root(hashes) != held[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]:
            named = by_index[ends][0]
            told = f"{tile.path} holds a hash that is not the root of the leaves {first} to {ends}."
            yield AuditFinding(first + 1, named, "tile-differs", told)


def continues(
    ledger: Ledger, seals: TransparencyLog, keys: Sequence[Key], kept: bytes, head: int
) -> Iterator[AuditFinding]:
    """The log continues a checkpoint from outside, by its leaves and not by what was signed since."""
    try:
        old = open_checkpoint(kept, keys).checkpoint
    except NotProven as error:
        yield AuditFinding(0, None, "kept-unsigned", f"the kept checkpoint does not hold: {error}")
        return
    if old.origin != ledger.origin:
        yield AuditFinding(
            0, None, "kept-of-another-log", f"the kept checkpoint is of {old.origin}, not {ledger.origin}."
        )
        return
    if old.size > head:
        told = f"{old.size} leaves had been signed when the checkpoint was kept, and the log has {head}: rolled back."
        yield AuditFinding(head, None, "rolled-back", told)
        return
    frontier = Frontier()
    for _, leaf, _ in leaves(ledger, old.size):
        frontier.append(leaf_hash(leaf))
    if (frontier.size, frontier.root()) != (old.size, old.root):
        good = max((each.size for each in heads(seals) if each.size < old.size), default=0)
        first = ledger.read_log(good, 1)
        told = f"the first {old.size} events are not those of the checkpoint that was kept: the record was rewritten."
        yield AuditFinding(good + 1, first[0].id if first else None, "rewritten", told)
