"""The audit of the stored tiles: the hash of each leaf, and each hash above that a leaf completes."""

from collections.abc import Iterator
from functools import lru_cache

from ledger.merkle.tiles import Tile
from ledger.merkle.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, ReadTile, hashes_of, root
from ledger.verification.audit_finding import AuditFinding

TILES_HELD = 64


class StoredTiles:
    """The tiles of the first leaves of a log, read as leaves are passed in their order."""

    def __init__(self, read: ReadTile, stored: int) -> None:
        """`stored` is the number of leaf hashes that the stored tree has."""
        self.stored = stored
        self._read = lru_cache(TILES_HELD)(read)

    def check(self, position: int, event: str, digest: bytes) -> Iterator[AuditFinding]:
        """The stored hashes that this event completes are those of the record."""
        if position > self.stored:
            return
        index, offset = divmod(position - 1, TILE_WIDTH)
        held = _hash(self._held(0, index), offset)
        if held and held != digest:
            why = "the tree holds another hash of it than the record: one of the two was changed."
            yield AuditFinding(position, event, "tile-differs", why)
        level = 1
        while position % (1 << TILE_HEIGHT * level) == 0:
            yield from self._above(level, (position >> TILE_HEIGHT * level) - 1, event)
            level += 1

    def _above(self, level: int, number: int, event: str) -> Iterator[AuditFinding]:
        """A hash above the leaves is the root of the tile below it; `event` is the last leaf of that."""
        index, offset = divmod(number, TILE_WIDTH)
        whole = self._held(level, index)
        held = _hash(whole, offset)
        path = Tile(level, index, self._width(level, index)).path
        if held:
            if root(hashes_of(self._held(level - 1, number))) != held:
                first = number << TILE_HEIGHT * level
                ends = first + (1 << TILE_HEIGHT * level) - 1
                why = f"{path} holds a hash that is not the root of the leaves {first} to {ends}."
                yield AuditFinding(first + 1, event, "tile-differs", why)
        elif offset == len(whole) // HASH_BYTES:  # the first that is missing stands for those after it
            yield AuditFinding(self.stored, None, "tile-missing", f"{path} lacks hashes.")

    def _held(self, level: int, index: int) -> bytes:
        return self._read(level, index, self._width(level, index))

    def _width(self, level: int, index: int) -> int:
        return min(TILE_WIDTH, (self.stored >> level * TILE_HEIGHT) - index * TILE_WIDTH)


def _hash(tile: bytes, offset: int) -> bytes:
    """A hash of a tile; empty where the tile lacks it."""
    found = tile[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
    return found if len(found) == HASH_BYTES else b""
