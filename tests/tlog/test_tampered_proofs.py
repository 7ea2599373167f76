"""Any change to a proof makes it invalid. The mutations are those of transparency-dev/merkle."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotProven
from ledger.merkle.tree import Tree, verify_consistency, verify_inclusion
from tests.tlog import oracle

LEAVES = oracle.leaf_hashes(300)
TILES = oracle.Tiles(LEAVES)
GARBAGE = sha256(b"garbage").digest()
PAIRS = [(1, 1), (1, 8), (6, 8), (2, 5), (3, 3), (4, 8), (5, 7), (128, 256), (200, 300), (256, 257), (299, 300)]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def spoilt_lists(proof: list[bytes], *, insert: list[bytes]) -> Iterator[list[bytes]]:
    for value in [*insert, GARBAGE, b""]:
        yield [value, *proof]
        yield [*proof, value]
        for at in range(1, len(proof)):
            yield [*proof[:at], value, *proof[at:]]
    for at, value in enumerate(proof):
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], flip(value, 4), *proof[at + 1 :]]
        yield [*proof[:at], value + b"\0", *proof[at + 1 :]]
        yield [*proof[:at], value[:-1], *proof[at + 1 :]]
    if proof:
        yield []
        yield [*proof[:-1], GARBAGE]


@pytest.mark.parametrize(("count", "size"), PAIRS)
def test_no_spoilt_inclusion_proof_holds(count: int, size: int) -> None:
    tree, index, leaf = Tree(size, TILES.read), count - 1, LEAVES[count - 1]
    proof, root = tree.inclusion_proof(index), tree.root()
    verify_inclusion(index, size, leaf, proof, root)
    others = [(index + 1, size), (index - 1, size), (index ^ 2, size), (index, size * 2), (index, size // 2), (-1, -1)]
    spoilt = [(number, length, leaf, proof, root) for number, length in others]
    spoilt += [(index, size, leaf, changed, root) for changed in spoilt_lists(proof, insert=[root, leaf])]
    spoilt += [
        (index, size, other, proof, root) for other in (GARBAGE, b"", flip(leaf, 0), leaf + b"\0") if other != leaf
    ]
    spoilt += [(index, size, leaf, proof, other) for other in (GARBAGE, b"", sha256().digest(), flip(root, 255))]
    spoilt += [(index, size, b"", proof, b"")]
    for case in spoilt:
        with pytest.raises(NotProven):
            verify_inclusion(*case)


@pytest.mark.parametrize(("old_size", "size"), PAIRS)
def test_no_spoilt_consistency_proof_holds(old_size: int, size: int) -> None:
    tree = Tree(size, TILES.read)
    proof, root, old = tree.consistency_proof(old_size), tree.root(), Tree(old_size, TILES.read).root()
    verify_consistency(old_size, size, old, root, proof)
    others = [
        (old_size + 1, size),
        (old_size - 1, size),
        (old_size ^ 2, size),
        (old_size, size * 2),
        (size, old_size - 1),
    ]
    spoilt = [(*sizes, old, root, proof) for sizes in others]
    spoilt += [(old_size, size, old, root, changed) for changed in spoilt_lists(proof, insert=[root, old])]
    spoilt += [(old_size, size, other, root, proof) for other in (GARBAGE, b"", flip(old, 0))]
    spoilt += [(old_size, size, old, other, proof) for other in (GARBAGE, b"", flip(root, 0))]
    spoilt += [(old_size, size, root, old, proof)] if root != old else []
    for case in spoilt:
        with pytest.raises(NotProven):
            verify_consistency(*case)


def test_nothing_is_proven_from_an_empty_tree() -> None:
    empty = sha256().digest()
    for size, root in ((0, empty), (1, LEAVES[0])):
        for proof in ([], [empty]):
            with pytest.raises(NotProven):
                verify_consistency(0, size, empty, root, proof)


@st.composite
def flipped(draw: st.DrawFn) -> tuple[int, int, int]:
    size = draw(st.integers(1, 300))
    return draw(st.integers(0, size - 1)), size, draw(st.integers(0, 2**20))


@given(flipped())
def test_any_flipped_bit_of_an_inclusion_proof_is_found(case: tuple[int, int, int]) -> None:
    index, size, bit = case
    tree = Tree(size, TILES.read)
    parts = [LEAVES[index], tree.root(), *tree.inclusion_proof(index)]
    which, place = divmod(bit % (len(parts) * 256), 256)
    parts[which] = flip(parts[which], place)
    with pytest.raises(NotProven):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@given(flipped())
def test_any_flipped_bit_of_a_consistency_proof_is_found(case: tuple[int, int, int]) -> None:
    index, size, bit = case
    tree = Tree(size, TILES.read)
    parts = [Tree(index + 1, TILES.read).root(), tree.root(), *tree.consistency_proof(index + 1)]
    which, place = divmod(bit % (len(parts) * 256), 256)
    parts[which] = flip(parts[which], place)
    with pytest.raises(NotProven):
        verify_consistency(index + 1, size, parts[0], parts[1], parts[2:])


three_places = st.lists(st.integers(0, 299), min_size=3, max_size=3, unique=True).map(sorted)


@given(three_places)
def test_no_leaf_can_pass_for_another(places: list[int]) -> None:
    first, second, last = places
    tree = Tree(last + 1, TILES.read)
    for index, other in ((first, second), (second, first), (last, first)):
        with pytest.raises(NotProven):
            verify_inclusion(index, tree.size, LEAVES[other], tree.inclusion_proof(index), tree.root())


@given(three_places)
def test_a_log_that_changed_one_old_leaf_proves_no_continuation(places: list[int]) -> None:
    changed, last_old, last = places
    forged = (*LEAVES[:changed], GARBAGE, *LEAVES[changed + 1 : last + 1])
    tree = Tree(last + 1, oracle.Tiles(forged).read)
    old_root = Tree(last_old + 1, TILES.read).root()
    with pytest.raises(NotProven):
        verify_consistency(last_old + 1, tree.size, old_root, tree.root(), tree.consistency_proof(last_old + 1))
