"""The Merkle tree of RFC 6962, section 2.1 (SHA-256), read through tiles of 256 hashes.

A tree of `size` leaves is never held whole: the caller hands in `read`, and a proof reads the few tiles on its way.
Leaves count from 0; a hash is 32 bytes; a proof is a list of hashes in the order in which they are hashed in.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from domain.errors import NotProven

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = sha256().digest()
TILES_HELD = 1024
MAX_TREE_SIZE = (1 << 63) - 1

ReadTile = Callable[[int, int, int], bytes]
"""(level, index, width) -> the first `width` hashes of that tile, `32 * width` bytes; C2SP tlog-tiles, Merkle Tree."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash over leaf hashes: 32 bytes."""
    return _layers(hashes)[-1][0] if hashes else EMPTY_ROOT


def _layers(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """The hashes, those over each two of them, and so on up to one; an odd one out moves up as it is."""
    layers = [list(hashes)]
    while len(below := layers[-1]) > 1:
        above = [node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)]
        layers.append(above + below[len(above) * 2 :])
    return layers


def hashes_of(tile: bytes) -> list[bytes]:
    """The hashes that a tile's bytes are made of."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


class Frontier:
    """The roots of the whole subtrees of a range of leaves, in their order; of a range from leaf 0, widest first, it is
    what appending needs of a tree. Ranges that follow one another are joined without their leaves."""

    __slots__ = ("hashes", "size", "start")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = (), start: int = 0) -> None:
        """`size` is the leaf after the last, counted from 0 as `start` is: the size of the tree that ends here."""
        self.size, self.hashes, self.start = size, list(hashes), start
        if not 0 <= start <= size <= MAX_TREE_SIZE or len(self.hashes) != (count := len(_heights(start, size))):
            raise ValueError(f"the leaves {start} to {size} have {count} whole subtrees, not {len(self.hashes)}")

    def append(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        self._push(0, leaf)

    def extend(self, following: "Frontier") -> None:
        """Append a range that starts where this one ends. Raises ValueError for another."""
        if following.start != self.size:
            raise ValueError(f"leaves from {following.start} on do not follow {self.size} leaves")
        for height, subtree in zip(_heights(following.start, following.size), following.hashes, strict=True):
            self._push(height, subtree)

    def joined(self, following: "Frontier") -> "Frontier":
        """This range and the one that follows it, as a range of its own."""
        whole = Frontier(self.size, self.hashes, self.start)
        whole.extend(following)
        return whole

    def _push(self, height: int, subtree: bytes) -> None:
        """Append a whole subtree of 2**height leaves."""
        self.hashes.append(subtree)
        left = self.size
        self.size += 1 << height
        while left >> height & 1 and left - (1 << height) >= self.start:
            right = self.hashes.pop()
            self.hashes[-1] = node_hash(self.hashes[-1], right)
            left -= 1 << height
            height += 1

    def root(self) -> bytes:
        """The tree's root, in O(log size). Raises ValueError for a range that does not start with leaf 0."""
        if self.start:
            raise ValueError(f"leaves from {self.start} on have no root of a tree")
        if not self.hashes:
            return EMPTY_ROOT
        result = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            result = node_hash(left, result)
        return result


def _heights(start: int, end: int) -> list[int]:
    """The heights of the widest whole subtrees that a range of leaves consists of, in their order."""
    heights = []
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        heights.append(height)
        start += 1 << height
    return heights


class Tree:
    """A tree of `size` leaves behind a reader of tiles. It caches the TILES_HELD tiles that it used last."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self._read = read
        self._layers_of_tile = lru_cache(TILES_HELD)(self._load)

    def subtree(self, start: int, end: int) -> bytes:
        """MTH(D[start:end]) of RFC 6962, for the ranges that its recursion meets."""
        if start == end:
            return EMPTY_ROOT
        width = end - start
        if width & (width - 1):
            middle = start + _split(width)
            return node_hash(self.subtree(start, middle), self.subtree(middle, end))
        level, height = divmod(width.bit_length() - 1, TILE_HEIGHT)
        index, offset = divmod(start >> level * TILE_HEIGHT, TILE_WIDTH)
        return self._layers_of_tile(level, index)[height][offset >> height]

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self.subtree(0, self.size)

    def frontier(self) -> Frontier:
        """Where appending goes on."""
        hashes, start = [], 0
        while start < self.size:
            end = start + (1 << (self.size - start).bit_length() - 1)
            hashes.append(self.subtree(start, end))
            start = end
        return Frontier(self.size, hashes)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """PATH(index, D[size]) of RFC 6962, section 2.1.1. Raises ValueError for a leaf that the tree does not have."""
        if not 0 <= index < self.size:
            raise ValueError(f"a tree of {self.size} leaves has no leaf {index}")
        return self._siblings(_way(self.size, index + 1, to_leaf=True))

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """PROOF(old_size, D[size]) of RFC 6962, section 2.1.2. Raises ValueError: an empty tree proves nothing."""
        if not 0 < old_size <= self.size:
            raise ValueError(f"a tree of {self.size} leaves has no proof that it continues one of {old_size}")
        way = _way(self.size, old_size)
        rest = [] if all(turn.left for turn in way) else [self.subtree(*way[-1].taken)]
        return rest + self._siblings(way)

    def _siblings(self, way: list["_Turn"]) -> list[bytes]:
        return [self.subtree(*turn.passed) for turn in reversed(way)]

    def _load(self, level: int, index: int) -> list[list[bytes]]:
        width = min(TILE_WIDTH, (self.size >> level * TILE_HEIGHT) - index * TILE_WIDTH)
        data = self._read(level, index, width)
        if len(data) != width * HASH_BYTES:
            raise NotProven(f"Tile {index} of level {level} has {len(data)} bytes instead of {width * HASH_BYTES}.")
        return _layers(hashes_of(data))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Raise NotProven unless `leaf` (a leaf hash) is at `index` in the tree of that root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        raise NotProven(f"A tree of {size} leaves has no leaf {index} with the hash {leaf.hex()!r}.")
    way = _way(size, index + 1, to_leaf=True)
    _check_hashes(proof, len(way))
    result = leaf
    for turn, sibling in zip(reversed(way), proof, strict=True):
        result = node_hash(result, sibling) if turn.left else node_hash(sibling, result)
    if result != root_hash:
        raise NotProven(f"Leaf {index} is not proven to be in the tree of {size} leaves with root {root_hash.hex()}.")


def verify_consistency(old_size: int, size: int, old_root: bytes, root_hash: bytes, proof: Sequence[bytes]) -> None:
    """Raise NotProven unless the tree of `size` begins with the whole tree of `old_size` (RFC 9162, 2.1.4.2)."""
    if not 0 < old_size <= size:
        raise NotProven(f"A tree of {size} leaves cannot be shown to continue one of {old_size}.")
    way = _way(size, old_size)
    whole = all(turn.left for turn in way)
    _check_hashes(proof, len(way) + (not whole))
    old = new = old_root if whole else proof[0]
    for turn, sibling in zip(reversed(way), proof[not whole :], strict=True):
        if turn.left:
            new = node_hash(new, sibling)
        else:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
    if old != old_root or new != root_hash:
        raise NotProven(f"The tree of {size} leaves is not proven to continue the tree of {old_size}.")


class _Turn(NamedTuple):
    """One step down from a subtree to one of its halves, each as (start, end)."""

    taken: tuple[int, int]
    passed: tuple[int, int]
    left: bool


def _way(size: int, end: int, *, to_leaf: bool = False) -> list[_Turn]:
    """The turns from the root down to leaf `end - 1`, or to the first subtree met that ends there."""
    way: list[_Turn] = []
    here = (0, size)
    while here[1] - here[0] > 1 if to_leaf else here[1] != end:
        middle = here[0] + _split(here[1] - here[0])
        halves = (here[0], middle), (middle, here[1])
        left = end <= middle
        way.append(_Turn(halves[not left], halves[left], left))
        here = way[-1].taken
    return way


def _check_hashes(proof: Sequence[bytes], count: int) -> None:
    if len(proof) != count or any(len(value) != HASH_BYTES for value in proof):
        raise NotProven(f"This proof must have {count} hashes of {HASH_BYTES} bytes.")


def _split(width: int) -> int:
    """The largest power of two below `width` (RFC 6962, section 2.1)."""
    return 1 << (width - 1).bit_length() - 1
