"""Tiles have the names, widths and bytes of C2SP tlog-tiles, whichever way a log grew to its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotProven
from ledger.merkle.tiles import ENTRIES, Tile, decode_bundle, encode_bundle, grow, tiles_between
from ledger.merkle.tree import Tree
from tests.tlog import oracle

LEAVES = oracle.leaf_hashes(70_000)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1, 5), "tile/0/001.p/5"),
        (Tile(5, 123_456_078), "tile/5/x123/x456/078"),
        (Tile(5, 123_456_078, 2), "tile/5/x123/x456/078.p/2"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(ENTRIES, 3_057_500), "tile/entries/x003/x057/500"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_a_tile_is_written_and_read_as_published(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/1", "tile/0/0001", "tile/0/x000/001", "tile/0/001/067", "tile/0/x001",
        "tile/00/000", "tile/64/000", "tile/-1/000", "tile/data/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/300", "/tile/0/000", "tile/0/000/", "tile/0/000\n",
        "tile/8/0/000", "tile/0/-01", "tile/0/٠٠١", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/../000",
    ],
)  # fmt: skip
def test_a_path_written_in_any_other_way_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no tile"):
        Tile.parse(path)


@given(st.integers(ENTRIES, 63), st.integers(0, 2**60), st.integers(1, 256))
def test_every_tile_is_found_by_its_path(level: int, index: int, width: int) -> None:
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


def test_a_log_of_70000_leaves_has_the_tiles_of_the_published_example() -> None:
    tiles = list(tiles_between(0, 70_000))
    widths = {level: [tile.width for tile in tiles if tile.level == level] for level in range(4)}
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}
    assert [tile.path for tile in tiles_between(0, 256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_between(0, 0)) == list(tiles_between(9, 9)) == []


@given(st.lists(st.integers(0, 700), max_size=6))
def test_a_log_grown_in_any_steps_has_the_tiles_of_its_size(steps: list[int]) -> None:
    store: dict[tuple[int, int], bytes] = {}
    size = 0
    for step in steps:
        new = list(
            grow(size, LEAVES[size : size + step], lambda level, index, width: store[level, index][: width * 32])
        )
        assert [tile for tile, _ in new] == list(tiles_between(size, size + step))
        store.update({(tile.level, tile.index): data for tile, data in new})
        size += step
    expected = oracle.Tiles(LEAVES[:size])
    for tile in tiles_between(0, size):
        assert store[tile.level, tile.index] == expected.read(tile.level, tile.index, tile.width)


def test_growing_reads_at_most_the_last_tile_of_each_level() -> None:
    tiles = oracle.Tiles(LEAVES)
    assert len(dict(grow(69_999, LEAVES[69_999:], tiles.read))) == 1
    assert tiles.reads == [(0, 273, 111)]
    tiles.reads.clear()
    list(grow(65_535, LEAVES[65_535:], tiles.read))
    assert tiles.reads == [(0, 255, 255), (1, 0, 255)]


def test_tiles_prove_what_leaves_prove_at_70000() -> None:
    tiles = oracle.Tiles(LEAVES)
    tree = Tree(70_000, tiles.read)
    assert tree.root() == oracle.tree_hash(LEAVES)
    assert tree.inclusion_proof(69_999) == oracle.path(69_999, LEAVES)
    assert tree.consistency_proof(65_537) == oracle.proof(65_537, LEAVES)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_an_entry_bundle_gives_back_its_leaves(leaves: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(leaves)) == leaves


def test_an_entry_bundle_is_written_as_published_and_refused_when_cut() -> None:
    bundle = encode_bundle([b"", b"ab", bytes(65_535)])
    assert bundle[:6] == b"\x00\x00\x00\x02ab"
    assert len(decode_bundle(bundle)) == 3
    for end in (1, 3, 5, 7, len(bundle) - 1):
        with pytest.raises(NotProven, match="ends within"):
            decode_bundle(bundle[:end])
    with pytest.raises(ValueError, match="65535"):
        encode_bundle([bytes(65_536)])
