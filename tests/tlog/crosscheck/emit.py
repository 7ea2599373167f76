"""Write a log of N leaves into a folder as it would be served, for verifiers that we did not write.

    python -m tests.tlog.crosscheck.emit FOLDER N

`key`, `checkpoint`, `tile/...` and `tile/entries/...` as C2SP names them; `proof/<index>.tlog-proof` for the first
hundred leaves, the last, and those beside each power of two; `consistency/<old>-<new>`, a hash in base64 per line.
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.merkle.note import COSIGNATURE, Checkpoint, Note, Signer, encode_base64
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tiles import ENTRIES, Tile, encode_bundle, grow, tiles_between
from ledger.merkle.tree import TILE_WIDTH, Frontier, Tree, leaf_hash

STEP = 999
ORIGIN = "parley.example/log"


def emit(folder: Path, size: int) -> None:
    """Grow the log STEP leaves at a time, as a signer does, and write what it would serve at the end."""
    leaves = [f'{{"id":"{number}","log":"{ORIGIN}"}}'.encode() for number in range(size)]

    def write(path: str, data: bytes) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)

    def read(level: int, index: int, width: int) -> bytes:
        return (folder / Tile(level, index, width).path).read_bytes()

    frontier = Frontier()
    for start in range(0, size, STEP):
        hashes = [leaf_hash(leaf) for leaf in leaves[start : start + STEP]]
        for tile, data in grow(start, hashes, read):
            write(tile.path, data)
        for hash_ in hashes:
            frontier.append(hash_)
    for tile in tiles_between(0, size):
        if tile.level == 0:
            first = tile.index * TILE_WIDTH
            write(Tile(ENTRIES, tile.index, tile.width).path, encode_bundle(leaves[first : first + tile.width]))

    log = Signer(ORIGIN, Ed25519PrivateKey.generate())
    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    text = Checkpoint(ORIGIN, size, frontier.root()).text()
    checkpoint = bytes(Note(text, (witness.sign(text, 1_700_000_000), log.sign(text))))
    write("key", f"{log.key}\n".encode())
    write("checkpoint", checkpoint)
    tree = Tree(size, read)
    for count in counts(size):
        proof = InclusionProof(count - 1, tuple(tree.inclusion_proof(count - 1)), checkpoint)
        write(f"proof/{count - 1}.tlog-proof", bytes(proof))
        lines = "".join(f"{encode_base64(hash_)}\n" for hash_ in tree.consistency_proof(count))
        write(f"consistency/{count}-{size}", lines.encode())


def counts(size: int) -> list[int]:
    """How many leaves there are up to each of those proven: the first hundred, the last, those by powers of two."""
    near = {power + beside for power in (1 << bit for bit in range(size.bit_length())) for beside in (-1, 0, 1)}
    return sorted(count for count in near | set(range(100)) | {size - 1, size} if 1 <= count <= size)


if __name__ == "__main__":
    emit(Path(sys.argv[1]), int(sys.argv[2]))
