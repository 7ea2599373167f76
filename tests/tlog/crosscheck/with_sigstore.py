"""Check a folder written by emit.py with the `sigstore` package: its checkpoint and proofs; spoilt ones must fail.

python with_sigstore.py FOLDER     in its own environment that holds sigstore, not in Parley's
"""

import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import folder
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common import v1


def check(log: Path) -> int:
    """The number of proofs that sigstore accepted; raises if it refuses one, or accepts a spoilt one."""
    _, key_id, public = folder.key(log)
    der = Ed25519PublicKey.from_public_bytes(public).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    keyring = Keyring([v1.PublicKey(raw_bytes=b64encode(der), key_details=v1.PublicKeyDetails.PKIX_ED25519)])
    count = 0
    for proof in folder.proofs(log):
        head = SignedCheckpoint.from_text(proof.checkpoint).checkpoint
        claim = SimpleNamespace(
            log_index=proof.index,
            tree_size=head.log_size,
            root_hash=bytes.fromhex(head.log_hash),
            hashes=proof.hashes,
            checkpoint=SimpleNamespace(envelope=proof.checkpoint),
        )
        entry = SimpleNamespace(
            _inner=SimpleNamespace(
                inclusion_proof=claim, canonicalized_body=proof.leaf, log_id=SimpleNamespace(key_id=key_id)
            )
        )
        verify_checkpoint(keyring, entry)
        verify_merkle_inclusion(entry)
        entry._inner.canonicalized_body = proof.leaf + b" "
        must_fail(proof.name, lambda entry=entry: verify_merkle_inclusion(entry))
        claim.checkpoint.envelope = proof.checkpoint.replace("parley", "parlay", 1)
        must_fail(proof.name, lambda entry=entry: verify_checkpoint(keyring, entry))
        count += 1
    return count


def must_fail(name: str, verify: Callable[[], None]) -> None:
    try:
        verify()
    except VerificationError:
        return
    raise SystemExit(f"{name}: spoilt, and sigstore accepted it")


if __name__ == "__main__":
    accepted = check(Path(sys.argv[1]))
    if not accepted:
        raise SystemExit("there were no proofs to check")
    print(f"sigstore (Python) accepts the checkpoint and {accepted} inclusion proofs")
