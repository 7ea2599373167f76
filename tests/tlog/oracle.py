"""RFC 6962, section 2.1, word for word and as slowly as it reads: what the tree is compared with."""

from functools import cache
from hashlib import sha256


def leaf_hashes(count: int) -> tuple[bytes, ...]:
    """Hashes of `count` leaves, each different."""
    return tuple(sha256(b"\x00" + str(number).encode()).digest() for number in range(count))


@cache
def tree_hash(leaves: tuple[bytes, ...]) -> bytes:
    """MTH."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = largest_power_of_two_below(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:middle]) + tree_hash(leaves[middle:])).digest()


def path(index: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """PATH."""
    if len(leaves) == 1:
        return []
    middle = largest_power_of_two_below(len(leaves))
    if index < middle:
        return [*path(index, leaves[:middle]), tree_hash(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), tree_hash(leaves[:middle])]


def proof(old_size: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """PROOF."""
    return subproof(old_size, leaves, True)


def subproof(old_size: int, leaves: tuple[bytes, ...], whole: bool) -> list[bytes]:
    """SUBPROOF."""
    if old_size == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    middle = largest_power_of_two_below(len(leaves))
    if old_size <= middle:
        return [*subproof(old_size, leaves[:middle], whole), tree_hash(leaves[middle:])]
    return [*subproof(old_size - middle, leaves[middle:], False), tree_hash(leaves[:middle])]


def largest_power_of_two_below(number: int) -> int:
    power = 1
    while power * 2 < number:
        power *= 2
    return power


class Tiles:
    """The tiles of a tree in memory, as a log would serve them, and how many of them were read."""

    def __init__(self, leaves: tuple[bytes, ...] = ()) -> None:
        self.rows: dict[int, tuple[bytes, ...]] = {0: leaves}
        while len(below := self.rows[len(self.rows) - 1]) >= 256:
            above = tuple(tree_hash(below[at : at + 256]) for at in range(0, len(below) // 256 * 256, 256))
            self.rows[len(self.rows)] = above
        self.reads: list[tuple[int, int, int]] = []

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads.append((level, index, width))
        return b"".join(self.rows[level][index * 256 : index * 256 + width])
