"""Notes, checkpoints, cosignatures and proof files: published ones verify, own ones too, corrupted ones are refused."""

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotProven
from ledger.merkle.note import COSIGNATURE, Checkpoint, Key, Note, Signer, open_checkpoint
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tree import Tree
from tests.tlog import oracle

PUBLISHED = json.loads((Path(__file__).parents[1] / "data/merkle/signed-note.json").read_text())
TEXT = PUBLISHED["text"].encode()
PETER, ENOCH, GO = map(Key.parse, PUBLISHED["verifier_keys"])
PETER_SIGNED, ENOCH_SIGNED = PUBLISHED["signatures"]

LEAVES = oracle.leaf_hashes(70)
TREE = Tree(70, oracle.Tiles(LEAVES).read)
ORIGIN = "parley.example/log"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
NEXT_LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"n" * 32))
WITNESS = Signer("witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
STRANGER = Signer("stranger.example", Ed25519PrivateKey.from_private_bytes(b"s" * 32), COSIGNATURE)
SEEN = 1_679_315_147
CHECKPOINT = Checkpoint(ORIGIN, 70, TREE.root())
SIGNED = bytes(Note(CHECKPOINT.text(), (LOG.sign(CHECKPOINT.text()), WITNESS.sign(CHECKPOINT.text(), SEEN))))
PROOF = InclusionProof(41, tuple(TREE.inclusion_proof(41)), SIGNED, b"41")


def note(*signatures: str) -> bytes:
    return TEXT + b"\n" + "".join(signatures).encode()


def signed(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return bytes(Note(raw, (LOG.sign(raw),)))


def test_published_keys_are_read_and_written_alike() -> None:
    assert [str(key) for key in (PETER, ENOCH, GO)] == PUBLISHED["verifier_keys"]
    assert GO.name == "sum.golang.org"
    assert GO.id.hex() == "033de0ae"


@pytest.mark.parametrize(
    "vkey",
    [
        *PUBLISHED["refused_keys"],
        "",
        "name",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "EterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+====",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
    ],
)
def test_a_key_that_is_not_what_it_says_is_refused(vkey: str) -> None:
    with pytest.raises(ValueError, match="key"):
        Key.parse(vkey)


def test_the_published_note_verifies_and_is_signed_again_to_the_byte() -> None:
    whole = note(PETER_SIGNED, ENOCH_SIGNED)
    parsed = Note.parse(whole)
    assert bytes(parsed) == whole
    assert [one.key.name for one in parsed.verify([PETER, ENOCH, GO])] == ["PeterNeumann", "EnochRoot"]
    assert [one.key.name for one in parsed.verify([ENOCH])] == ["EnochRoot"]
    peter = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(b64decode(PUBLISHED["private_seed_of_first"])))
    assert peter.key == PETER
    assert str(peter.sign(TEXT)) == PETER_SIGNED


def test_a_note_without_a_known_signature_or_with_a_wrong_one_is_refused() -> None:
    with pytest.raises(NotProven, match="no signature by a known key"):
        Note.parse(note(ENOCH_SIGNED)).verify([PETER])
    with pytest.raises(NotProven, match="no signature by a known key"):
        Note.parse(note(ENOCH_SIGNED)).verify([])
    wrong = PETER_SIGNED.replace("ZJkuBS9U", "ZJkuBS9V")
    with pytest.raises(NotProven, match=r"PeterNeumann \(c74f20a3\) is wrong"):
        Note.parse(note(wrong, ENOCH_SIGNED)).verify([PETER, ENOCH])
    assert Note.parse(note(wrong, ENOCH_SIGNED)).verify([ENOCH])


@pytest.mark.parametrize(
    "bytes_",
    [
        b"", b"\n", b"\n\n", TEXT, TEXT + b"\n", TEXT + PETER_SIGNED.encode(), note(PETER_SIGNED)[:-1],
        note(PETER_SIGNED, "\n"), b"\x01" + note(PETER_SIGNED), b"\xff" + note(PETER_SIGNED),
        note(PETER_SIGNED).replace(b"\n", b"\r\n"), note(PETER_SIGNED.replace("— ", "- ")), note("— PeterNeumann\n"),
        note(PETER_SIGNED.replace("PeterNeumann", "Peter+Neumann")), note("— PeterNeumann x08goA=\n"),
        note("— PeterNeumann x08go===\n"), note(PETER_SIGNED.replace("=", "")),
        note(PETER_SIGNED.replace("AM=", "AN=")),
        note(PETER_SIGNED * 101), note(PETER_SIGNED.replace(" x08", "  x08")), b"a" * 1_000_001 + note(PETER_SIGNED),
    ],
)  # fmt: skip
def test_bytes_that_are_no_note_are_refused(bytes_: bytes) -> None:
    with pytest.raises(NotProven):
        Note.parse(bytes_).verify([PETER])


def test_sixteen_signatures_and_a_hundred_of_one_key_are_read() -> None:
    assert len(Note.parse(note(*[ENOCH_SIGNED] * 99, PETER_SIGNED)).verify([PETER, ENOCH])) == 2


def test_a_checkpoint_shows_its_log_its_witnesses_and_strangers_apart() -> None:
    text = CHECKPOINT.text()
    assert text == f"{ORIGIN}\n70\n{b64encode(TREE.root()).decode()}\n".encode()
    both = bytes(Note(text, (LOG.sign(text), NEXT_LOG.sign(text), WITNESS.sign(text, SEEN), STRANGER.sign(text, SEEN))))
    opened = open_checkpoint(both, [LOG.key, NEXT_LOG.key, WITNESS.key])
    assert opened.checkpoint == CHECKPOINT
    assert opened.signed_by == (LOG.key, NEXT_LOG.key)
    assert [(one.key.name, one.time) for one in opened.witnesses] == [("witness.example/w1", SEEN)]
    assert [line.name for line in opened.unknown] == ["stranger.example"]
    assert open_checkpoint(both, [NEXT_LOG.key]).signed_by == (NEXT_LOG.key,)


def test_neither_a_witness_nor_another_log_can_stand_for_the_log() -> None:
    text = CHECKPOINT.text()
    posing = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"w" * 32), COSIGNATURE)
    other = Signer("other.example/log", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    for lines, keys in (
        ((WITNESS.sign(text, SEEN),), [LOG.key, WITNESS.key]),
        ((posing.sign(text, SEEN),), [posing.key]),
        ((other.sign(text),), [other.key]),
    ):
        with pytest.raises(NotProven, match="not signed by a known key of that name"):
            open_checkpoint(bytes(Note(text, lines)), keys)


def test_a_cosignature_binds_its_time_and_cannot_be_read_as_a_plain_one() -> None:
    text = CHECKPOINT.text()
    line = WITNESS.sign(text, SEEN)
    assert WITNESS.key.verify(text, line.signature) == SEEN
    later = (SEEN + 1).to_bytes(8, "big") + line.signature[8:]
    for wrong in (later, line.signature[8:], line.signature[:-1], b"", b"\xff" * 72):
        with pytest.raises(NotProven):
            WITNESS.key.verify(text, wrong)
    with pytest.raises(ValueError, match="time"):
        WITNESS.sign(text)
    with pytest.raises(ValueError, match="time"):
        LOG.sign(text, SEEN)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n70\n", f"{ORIGIN}\n070\n{'A' * 43}=\n", f"{ORIGIN}\n-1\n{'A' * 43}=\n",
        f"{ORIGIN}\n+7\n{'A' * 43}=\n",
        f"{ORIGIN}\n9223372036854775808\n{'A' * 43}=\n", f"{ORIGIN}\n٧\n{'A' * 43}=\n", f"{ORIGIN}\n7\nAAAA\n",
        f"{ORIGIN}\n7\n{'A' * 42}B=\n", f"{ORIGIN}\n7\n{'A' * 43}=\n\nextension\n", f"\n7\n{'A' * 43}=\n", "\n",
    ],
)  # fmt: skip
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotProven):
        open_checkpoint(signed(text), [LOG.key])


def test_extension_lines_are_kept() -> None:
    extended = Checkpoint(ORIGIN, 0, bytes(32), ("one", "two words"))
    assert open_checkpoint(signed(extended.text()), [LOG.key]).checkpoint == extended


@given(st.integers(0, len(SIGNED) * 8 - 1))
def test_any_flipped_bit_of_a_checkpoint_is_found_or_costs_the_signature(bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        opened = open_checkpoint(bytes(changed), [LOG.key, WITNESS.key])
    except NotProven:
        return
    assert opened.checkpoint == CHECKPOINT
    assert opened.witnesses == ()
    assert len(opened.unknown) == 1


def test_a_proof_file_has_the_published_form() -> None:
    lines = bytes(PROOF).decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra NDE=", "index 41"]
    assert [b64decode(line) for line in lines[3:10]] == TREE.inclusion_proof(41)
    assert lines[10:12] == ["", ORIGIN]
    assert bytes(PROOF).endswith(SIGNED)


def test_a_proof_file_proves_its_leaf_and_no_other() -> None:
    for proof in (PROOF, InclusionProof(41, PROOF.hashes, SIGNED)):
        again = InclusionProof.parse(bytes(proof))
        assert again == proof
        assert again.verify(LEAVES[41], [LOG.key, WITNESS.key]).witnesses[0].time == SEEN
        with pytest.raises(NotProven, match="Leaf 41 is not proven"):
            again.verify(LEAVES[40], [LOG.key])
        with pytest.raises(NotProven, match="no signature by a known key"):
            again.verify(LEAVES[41], [NEXT_LOG.key])


def test_a_tree_of_one_leaf_has_a_proof_file_without_hashes() -> None:
    text = Checkpoint(ORIGIN, 1, LEAVES[0]).text()
    proof = InclusionProof(0, (), signed(text))
    InclusionProof.parse(bytes(proof)).verify(LEAVES[0], [LOG.key])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1\n", b"@v2\n"), (b"index 41", b"index 041"), (b"index 41", b"index -41"), (b"index 41\n", b""),
        (b"index 41", b"Index 41"), (b"extra NDE=", b"extra  NDE="), (b"extra NDE=", b"extra NDF="), (b"\n\n", b"\n"),
        (b"c2sp.org", b"c2sp-org"), (b"index 41", b"index 9223372036854775808"), (b"index 41", b"index 42"),
        (b"index 41", b"index 71"), (b"index 41\n", b"index 41\n\n"), (b"index 41\n", b"index 41\n!\n"),
    ],
)  # fmt: skip
def test_a_proof_file_in_any_other_form_is_refused(old: bytes, new: bytes) -> None:
    assert bytes(PROOF) != bytes(PROOF).replace(old, new)
    with pytest.raises(NotProven):
        InclusionProof.parse(bytes(PROOF).replace(old, new)).verify(LEAVES[41], [LOG.key])


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_whatever_make_a_reader_fail_otherwise(data: bytes) -> None:
    for read in (Note.parse, InclusionProof.parse, lambda raw: open_checkpoint(raw, [LOG.key])):
        with pytest.raises(NotProven):
            read(data)
