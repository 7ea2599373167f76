"""Proof files, C2SP tlog-proof (https://c2sp.org/tlog-proof): a leaf's place in a log, checked offline by anyone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import NotProven
from ledger.merkle.note import Checkpoint, Key, Note, SignedCheckpoint, decode_base64, encode_base64, open_checkpoint
from ledger.merkle.tree import MAX_TREE_SIZE, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"

_HEAD = re.compile(
    re.escape(HEADER) + r"\n(?:extra (?P<extra>\S+)\n)?index (?P<index>0|[1-9][0-9]{0,18})\n(?P<hashes>(?:\S+\n){0,63})"
)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Proof that a leaf is at `index` (from 0) in the tree of `checkpoint`, a signed note, verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""
    """For the application; proven by nothing."""

    def __bytes__(self) -> bytes:
        extra = [f"extra {encode_base64(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(encode_base64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @staticmethod
    def parse(proof: bytes) -> "InclusionProof":
        """Read a proof file; raises NotProven for other bytes."""
        head, blank, checkpoint = proof.partition(b"\n\n")
        match = _HEAD.fullmatch(head.decode(errors="replace") + "\n")
        if not blank or not match or int(match["index"]) > MAX_TREE_SIZE:
            raise NotProven(f"A proof file has the lines {HEADER}, index N, the hashes, a blank line and a checkpoint.")
        hashes = tuple(map(decode_base64, match["hashes"].split()))
        return InclusionProof(int(match["index"]), hashes, checkpoint, decode_base64(match["extra"] or ""))

    @property
    def tree_size(self) -> int:
        """Leaves of the tree, as the checkpoint says; raises NotProven where it says nothing."""
        return Checkpoint.parse(Note.parse(self.checkpoint).text).size

    def verify(self, leaf: bytes, keys: Iterable[Key]) -> SignedCheckpoint:
        """The checkpoint in whose tree `leaf` (a leaf hash) is at `index`; raises NotProven if it does not."""
        signed = open_checkpoint(self.checkpoint, keys)
        verify_inclusion(self.index, signed.checkpoint.size, leaf, self.hashes, signed.checkpoint.root)
        return signed
