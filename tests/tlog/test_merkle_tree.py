"""The tree over tiles equals the published reference tree and a literal reading of RFC 6962, at all sizes up to 300."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotProven
from ledger.merkle.tree import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.tlog import oracle

SIZES = range(1, 301)
LEAVES = oracle.leaf_hashes(300)
TILES = oracle.Tiles(LEAVES)
REFERENCE = json.loads((Path(__file__).parents[1] / "data/merkle/reference-tree.json").read_text())
REFERENCE_LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in REFERENCE["leaves"]]
REFERENCE_ROOTS = [bytes.fromhex(value) for value in REFERENCE["roots"]]
REFERENCE_TILES = oracle.Tiles(tuple(REFERENCE_LEAVES))


def hashes(case: dict[str, list[str]]) -> list[bytes]:
    return [bytes.fromhex(value) for value in case["proof"]]


def test_hashes_are_the_published_ones() -> None:
    for leaf, expected in REFERENCE["leaf_hashes"]:
        assert leaf_hash(bytes.fromhex(leaf)).hex() == expected
    for left, right, expected in REFERENCE["node_hashes"]:
        assert node_hash(bytes.fromhex(left), bytes.fromhex(right)).hex() == expected
    assert EMPTY_ROOT.hex() == REFERENCE["empty_root"] == root([]).hex() == Frontier().root().hex()


def test_roots_are_the_published_ones_however_they_are_computed() -> None:
    frontier = Frontier()
    for size, expected in enumerate(REFERENCE_ROOTS, 1):
        frontier.append(REFERENCE_LEAVES[size - 1])
        assert root(REFERENCE_LEAVES[:size]) == expected
        assert frontier.root() == expected
        assert Tree(size, REFERENCE_TILES.read).root() == expected


@pytest.mark.parametrize("case", REFERENCE["inclusion"])
def test_an_inclusion_proof_is_the_published_one_and_verifies(case: dict[str, int]) -> None:
    index, size, proof = case["leaf"] - 1, case["size"], hashes(case)
    assert Tree(size, REFERENCE_TILES.read).inclusion_proof(index) == proof
    verify_inclusion(index, size, REFERENCE_LEAVES[index], proof, REFERENCE_ROOTS[size - 1])


@pytest.mark.parametrize("case", REFERENCE["consistency"])
def test_a_consistency_proof_is_the_published_one_and_verifies(case: dict[str, int]) -> None:
    old_size, size, proof = case["old_size"], case["size"], hashes(case)
    assert Tree(size, REFERENCE_TILES.read).consistency_proof(old_size) == proof
    verify_consistency(old_size, size, REFERENCE_ROOTS[old_size - 1], REFERENCE_ROOTS[size - 1], proof)


def test_every_leaf_of_every_tree_up_to_300_is_proven_as_the_rfc_does() -> None:
    for size in SIZES:
        tree, whole = Tree(size, TILES.read), LEAVES[:size]
        assert tree.root() == oracle.tree_hash(whole)
        for index in range(size):
            proof = tree.inclusion_proof(index)
            assert proof == oracle.path(index, whole)
            verify_inclusion(index, size, LEAVES[index], proof, tree.root())


def test_every_tree_up_to_300_continues_every_smaller_one_as_the_rfc_proves_it() -> None:
    roots = [oracle.tree_hash(LEAVES[:size]) for size in range(301)]
    for size in SIZES:
        tree, whole = Tree(size, TILES.read), LEAVES[:size]
        for old_size in range(1, size + 1):
            proof = tree.consistency_proof(old_size)
            assert proof == oracle.proof(old_size, whole)
            verify_consistency(old_size, size, roots[old_size], roots[size], proof)


def test_a_frontier_taken_up_from_tiles_at_any_size_goes_on_as_if_never_left() -> None:
    whole = Frontier()
    for size in range(300):
        resumed = Tree(size, TILES.read).frontier()
        assert (resumed.size, resumed.hashes) == (whole.size, whole.hashes)
        assert whole.root() == oracle.tree_hash(LEAVES[:size])
        whole.append(LEAVES[size])


@given(st.integers(0, 2**63 - 1), st.integers(0, 70))
def test_a_frontier_with_the_wrong_number_of_hashes_is_refused(size: int, count: int) -> None:
    if count == size.bit_count():
        assert Frontier(size, [EMPTY_ROOT] * count).size == size
    else:
        with pytest.raises(ValueError, match="whole subtrees"):
            Frontier(size, [EMPTY_ROOT] * count)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6))
def test_ranges_of_leaves_cut_anywhere_are_joined_to_the_same_tree(cuts: list[int]) -> None:
    borders = [0, *sorted(cuts)]
    whole = Frontier()
    for start, end in pairwise(borders):
        part = Frontier(start, start=start)
        for leaf in LEAVES[start:end]:
            part.append(leaf)
        assert (whole.joined(part).size, part.start) == (end, start)
        whole.extend(part)
        assert whole.root() == oracle.tree_hash(LEAVES[:end])
        assert whole.hashes == Tree(end, TILES.read).frontier().hashes


def test_a_range_that_does_not_follow_is_refused_and_one_from_within_has_no_root() -> None:
    inner = Frontier(6, [EMPTY_ROOT, EMPTY_ROOT], start=3)
    with pytest.raises(ValueError, match="do not follow"):
        Frontier(2, [EMPTY_ROOT]).extend(inner)
    with pytest.raises(ValueError, match="no root"):
        inner.root()


class EqualLeaves:
    """A log of any size at no cost: every leaf is the same, so each level's tiles repeat one hash."""

    def __init__(self) -> None:
        self.row = [leaf_hash(b"again")]
        self.reads = 0

    def read(self, level: int, index: int, width: int) -> bytes:
        self.reads += 1
        while len(self.row) <= level:
            self.row.append(root([self.row[-1]] * 256))
        return self.row[level] * width


@pytest.mark.parametrize(("size", "most"), [(1_000, 3), (1_000_000, 6), (10**12, 10)])
def test_a_proof_reads_only_the_tiles_on_its_way(size: int, most: int) -> None:
    log = EqualLeaves()
    expected = Tree(size, log.read).root()
    for index in (0, size // 3, size - 1):
        log.reads = 0
        proof = Tree(size, log.read).inclusion_proof(index)
        assert log.reads <= most
        verify_inclusion(index, size, log.row[0], proof, expected)
        log.reads = 0
        Tree(size, log.read).consistency_proof(index + 1)
        assert log.reads <= most


def test_a_leaf_that_the_tree_does_not_have_cannot_be_asked_for() -> None:
    tree = Tree(5, TILES.read)
    for index in (-1, 5):
        with pytest.raises(ValueError, match="has no leaf"):
            tree.inclusion_proof(index)
    for old_size in (0, 6):
        with pytest.raises(ValueError, match="no proof"):
            tree.consistency_proof(old_size)


def test_a_tile_of_the_wrong_length_is_named() -> None:
    with pytest.raises(NotProven, match="Tile 0 of level 0 has 32 bytes instead of 96"):
        Tree(3, lambda level, index, width: bytes(32)).root()
