"""Tiles of height 8 and entry bundles, C2SP tlog-tiles (https://c2sp.org/tlog-tiles): their names, how they grow."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import NotProven
from ledger.merkle.tree import MAX_TREE_SIZE, TILE_HEIGHT, TILE_WIDTH, ReadTile, hashes_of, root

ENTRIES = -1
"""The level of entry bundles: the leaves' bytes, beside the tiles of level 0 that hold their hashes."""

MAX_LEAF_BYTES = (1 << 16) - 1

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One static resource: the `index`-th tile of `level` (or bundle, see ENTRIES), partial if `width` is below 256."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not (ENTRIES <= self.level <= 63 and 0 <= self.index <= MAX_TREE_SIZE and 0 < self.width <= TILE_WIDTH):
            raise ValueError(f"there is no tile of level {self.level}, index {self.index}, width {self.width}")

    @property
    def path(self) -> str:
        """`tile/L/N[.p/W]`, with N in groups of three digits."""
        groups, rest = [f"{self.index % 1000:03d}"], self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else self.level
        return f"tile/{level}/{'/'.join(reversed(groups))}" + (f".p/{self.width}" if self.width < TILE_WIDTH else "")

    @staticmethod
    def parse(path: str) -> "Tile":
        """The tile of a path; raises ValueError unless it is written in the one right way."""
        if match := _PATH.fullmatch(path):
            level, index, width = match.groups()
            number = int(index.replace("/", "").replace("x", ""))
            tile = Tile(ENTRIES if level == "entries" else int(level), number, int(width or TILE_WIDTH))
            if tile.path == path:
                return tile
        raise ValueError(f"{path!r} names no tile: write tile/L/N or tile/L/N.p/W, for example tile/0/x001/067.p/40")


def tiles_between(old_size: int, size: int) -> Iterator[Tile]:
    """The tiles that a tree of `size` has and one of `old_size` does not, level by level; from 0, all of them."""
    for level in range(64):
        old, new = old_size >> level * TILE_HEIGHT, size >> level * TILE_HEIGHT
        if old >= new:
            return
        for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
            yield Tile(level, index, min(TILE_WIDTH, new - index * TILE_WIDTH))


def grow(old_size: int, leaves: Iterable[bytes], read: ReadTile) -> Iterator[tuple[Tile, bytes]]:
    """The new tiles, with their bytes, once leaf hashes are appended to a tree of `old_size` behind `read`.

    Reads at most one partial tile a level, and holds the new hashes of one level at a time.
    """
    hashes, level = list(leaves), 0
    while hashes:
        old = old_size >> level * TILE_HEIGHT
        index, width = divmod(old, TILE_WIDTH)
        row = hashes_of(read(level, index, width) if width else b"") + hashes
        hashes = []
        for start in range(0, len(row), TILE_WIDTH):
            tile = row[start : start + TILE_WIDTH]
            yield Tile(level, index + start // TILE_WIDTH, len(tile)), b"".join(tile)
            if len(tile) == TILE_WIDTH:
                hashes.append(root(tile))
        level += 1


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle: each leaf after its length, 16 bits, big-endian. Raises ValueError beyond 65,535 bytes."""
    if any(len(leaf) > MAX_LEAF_BYTES for leaf in leaves):
        raise ValueError(f"a leaf may have at most {MAX_LEAF_BYTES} bytes")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def decode_bundle(bundle: bytes) -> list[bytes]:
    """The leaves of an entry bundle; raises NotProven for one that ends within a leaf."""
    leaves: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise NotProven(f"The entry bundle ends within its leaf {len(leaves)}.")
        leaves.append(bundle[start:at])
    return leaves
