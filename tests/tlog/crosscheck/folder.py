"""The folder that emit.py writes, read with the standard library alone, for verifiers outside our environment."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Proof(NamedTuple):
    """One proof file taken apart, with the leaf that it is about."""

    name: str
    index: int
    hashes: list[bytes]
    checkpoint: str
    leaf: bytes


def key(folder: Path) -> tuple[str, bytes, bytes]:
    """The log's name, its key id (4 bytes) and its Ed25519 public key (32 bytes)."""
    name, key_id, material = (folder / "key").read_text().strip().split("+", 2)
    return name, bytes.fromhex(key_id), base64.b64decode(material)[1:]


def proofs(folder: Path) -> Iterator[Proof]:
    """Every proof file of the folder."""
    for path in sorted((folder / "proof").iterdir()):
        head, checkpoint = path.read_text().split("\n\n", 1)
        _, index, *lines = head.split("\n")
        number = int(index.removeprefix("index "))
        yield Proof(path.name, number, [base64.b64decode(line) for line in lines], checkpoint, leaf(folder, number))


def leaf(folder: Path, index: int) -> bytes:
    """The bytes of a leaf, from its entry bundle. Folders here hold fewer than 256,000 leaves."""
    bundle = next(iter(folder.glob(f"tile/entries/{index // 256:03d}*")))
    while bundle.is_dir():
        bundle = next(bundle.iterdir())
    data = bundle.read_bytes()
    for _ in range(index % 256):
        data = data[2 + int.from_bytes(data[:2], "big") :]
    return data[2 : 2 + int.from_bytes(data[:2], "big")]
