"""A bundle that was forged and signed: with another key, with the real key, or by a witness.

What an attacker can recompute is recomputed, so that only what they cannot forge gives them away.
"""

from hashlib import sha256
from time import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.encoding.canonical_json import canonical
from ledger.encoding.leaf import PAYLOAD_DOMAIN
from ledger.merkle.note import COSIGNATURE, Checkpoint, Note, Signer
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tree import Tree, leaf_hash
from ledger.tlog.signing_keys import signers
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification import archive
from projections.bundle.builder import build_bundle, verify_bundle
from projections.state.state_reader import StateReader
from tests.audit.bundle_case import Case, index, names, sealed, sizes

__all__ = ["sealed"]


def test_it_was_signed_with_another_key(sealed):
    forger = Signer(sealed.about["log"], Ed25519PrivateKey.generate())
    for name in [name for name in sealed.files if name.startswith("checkpoints/")]:
        text = Note.parse(sealed.files[name]).text
        sealed.files[name] = bytes(Note(text, (forger.sign(text),)))
    main = sealed.files[f"checkpoints/{sealed.about['checkpoint']}"]
    for name in [name for name in sealed.files if name.startswith("proofs/")]:
        proof = InclusionProof.parse(sealed.files[name])
        sealed.files[name] = bytes(InclusionProof(proof.index, proof.hashes, main))
    assert names(sealed.judged(), "opened")


def test_it_was_rewritten_and_signed_again_with_the_real_key(ledger, folder, sealed):
    """A holder of the key can forge the newest head; an older one that was kept outside shows it."""
    kept = sealed.files[f"checkpoints/{sizes(sealed)[3]}"]
    rewrite(ledger, folder, sealed)
    # The older heads are still in the bundle: the forged tree does not continue them.
    assert names(sealed.judged(), "e3")
    # Without them only a head that was kept outside shows the forgery.
    main = sealed.about["checkpoint"]
    forget_older_heads(sealed)
    derive_again(sealed)
    assert sealed.judged().faults == ()
    assert sizes(sealed) == [main]
    assert "ask for a complete bundle" in str(sealed.judged(kept).faults[0])


def test_a_rewritten_log_does_not_continue_a_checkpoint_that_was_kept(ledger, signer, transparency_log, folder, sealed):
    complete = Case(build_bundle(StateReader(ledger), transparency_log, "tiktok", complete=True), sealed.keys)
    kept = complete.files[f"checkpoints/{sizes(complete)[3]}"]
    assert complete.judged(kept).faults == ()
    rewrite(ledger, folder, complete)
    forget_older_heads(complete)
    derive_again(complete)
    assert complete.judged().faults == ()
    assert "was rewritten" in str(complete.judged(kept).faults[0])


def test_a_known_witness_is_named_and_an_unknown_one_is_not_believed(ledger, signer, transparency_log, sealed):
    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    text = Note.parse(transparency_log.head().note).text
    transparency_log = TransparencyLog(ledger, [witness.key])
    transparency_log.cosign(str(witness.key), bytes(Note(text, (witness.sign(text, int(time())),))))
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok")
    known = verify_bundle(data, [*sealed.keys, witness.key])
    assert known.faults == ()
    assert any("witness.example has witnessed" in told for told in known.proven)
    unknown = verify_bundle(data, sealed.keys)
    assert unknown.faults == ()
    assert any("witness.example" in told for told in unknown.not_proven)


def rewrite(ledger, folder, case):
    """Forge e3 and everything that follows from it, and sign the newest head with the log's own key."""
    rows = ledger.read_log(0)
    leaves, payloads = case.lines("leaves.jsonl"), case.lines("payloads.jsonl")
    ours = [leaf for leaf in leaves if leaf["deal"] == "tiktok"]
    payloads[3]["payload"]["data"]["bidders"] = ["walmart"]
    salt = bytes.fromhex(payloads[3]["salt"])
    ours[3]["payload_commitment"] = sha256(PAYLOAD_DOMAIN + salt + canonical(payloads[3]["payload"])).hexdigest()
    previous = None
    for leaf in ours:
        leaf["previous"] = previous
        previous = leaf_hash(canonical(leaf)).hex()
    case.put("leaves.jsonl", leaves)
    case.put("payloads.jsonl", payloads)
    forged = {leaf["id"]: canonical(leaf) for leaf in ours}
    main = case.about["checkpoint"]
    hashes = [leaf_hash(forged.get(row.id, row.leaf)) for row in rows[:main]]
    tree = Tree(main, lambda level, index, width: b"".join(hashes[index * 256 : index * 256 + width]))
    text = Checkpoint(ledger.origin, main, tree.root()).text()
    note = bytes(Note(text, tuple(key.sign(text) for key in signers(folder, ledger.origin))))
    case.files[f"checkpoints/{main}"] = note
    case.forged = tree, note
    for name in [name for name in case.files if name.startswith("proofs/")]:
        # Proofs in older trees would have to be signed again too; those stay as they are.
        if b"\n%d\n" % main in case.files[name]:
            case.files[name] = bytes(InclusionProof(index(name), tuple(tree.inclusion_proof(index(name))), note))


def forget_older_heads(case):
    """Leave the newest head alone in the bundle, and let every proof rest on it."""
    tree, note = case.forged
    for size in sizes(case)[:-1]:
        del case.files[f"checkpoints/{size}"]
    for name in [name for name in case.files if name.startswith("consistency/")]:
        del case.files[name]
    for name in [name for name in case.files if name.startswith("proofs/")]:
        case.files[name] = bytes(InclusionProof(index(name), tuple(tree.inclusion_proof(index(name))), note))


def derive_again(case):
    """What an attacker does at the end: make state and replay follow from the forged events."""
    from ledger.verification.bundle_verifier import verify_bundle
    from projections.bundle.builder import _basis_of, derived_files

    files = archive.unpack(archive.pack(case.files, case.about))
    evidence = verify_bundle(files, case.keys)
    basis = _basis_of(case.about["basis"], evidence)
    case.files |= derived_files("tiktok", evidence.rows, basis, frozenset(), case.about)
