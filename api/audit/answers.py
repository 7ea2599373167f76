"""Proofs as answers show them: each class is what is encoded and what is published of it."""

from typing import Annotated, TypedDict

from msgspec import Meta

from ledger.encoding.answer_fields import Seal


class ProofMembers(TypedDict):
    """The inclusion proof of an event in the tree of a signed checkpoint."""

    leaf: Annotated[str, Meta(description="Base64: the canonical bytes that are hashed.")]
    leaf_index: Annotated[int, Meta(description="From 0.")]
    tree_size: int
    hashes: Annotated[list[str], Meta(description="Base64, from the leaf to the root (RFC 6962).")]
    checkpoint: Annotated[str, Meta(description="A signed note (C2SP).")]


class Proof(ProofMembers):
    """The inclusion proof of an event, and the level of its seal."""

    seal: Seal


class ReceiptProof(ProofMembers):
    """The inclusion proof of an event of a receipt."""

    id: str


class SealMembers(TypedDict):
    """The seal of a receipt, and the proofs of its events once a checkpoint covers all of them."""

    seal: Seal
    proofs: list[ReceiptProof]


class Cosigned(TypedDict):
    """A cosignature that stands in the checkpoint from now on."""

    witness: str
    time: Annotated[int | None, Meta(description="Seconds since the epoch.")]
    key: str
