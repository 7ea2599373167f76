"""The signer: what it signs, and what it refuses to sign."""

import shutil
import stat
import threading
from time import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.errors import InvalidInput, NotProven
from ledger.merkle.note import COSIGNATURE, Note, Signer, open_checkpoint
from ledger.merkle.tiles import ENTRIES, Tile, decode_bundle
from ledger.merkle.tree import Frontier, leaf_hash, root
from ledger.tlog import signing_keys
from ledger.tlog.last_head import SigningRefused
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import NotYetSealed, TransparencyLog
from tests.superuser import superuser
from tests.waiting import LONGEST_SECONDS, until


def test_what_was_recorded_is_covered_by_a_head_that_the_log_has_signed(ledger, signer, transparency_log, bids):
    bids(6)
    assert signer.sign() == 7
    head = transparency_log.head()
    signed = open_checkpoint(transparency_log.served(head), transparency_log.public_keys())
    assert (signed.checkpoint.origin, signed.checkpoint.size) == (ledger.origin, 7)
    assert signed.checkpoint.root == root([leaf_hash(leaf) for _, leaf, _ in ledger.leaves(0)])


def test_each_event_is_proven_and_none_before_it_is_signed(ledger, signer, transparency_log, bids, record, submission):
    bids(299)
    signer.sign()
    for recorded in ledger.read_log(0):
        transparency_log.proof(recorded.position).verify(leaf_hash(recorded.leaf), transparency_log.public_keys())
    record(submission("tiktok", "late", "bid.submitted"))
    with pytest.raises(NotYetSealed, match="301"):
        transparency_log.proof(301)
    signer.sign()
    transparency_log.proof(301).verify(leaf_hash(ledger.event("late").leaf), transparency_log.public_keys())


def test_tiles_grow_by_stretches_and_are_the_tree(ledger, signer, transparency_log, record, submission):
    record(submission("tiktok", "opened", "deal.opened"))
    size, number = 1, 0
    frontier = Frontier()
    for step in (3, 200, 60, 300, 1):
        made = []
        for _ in range(step):
            number += 1
            made.append(submission("tiktok", f"e{number}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"]))
        record(*made)
        size += step
        assert signer.sign() == size
    leaves = [leaf for _, leaf, _ in ledger.leaves(0)]
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    assert transparency_log.head().root == frontier.root()
    assert transparency_log.tile(Tile(0, 0)) == b"".join(map(leaf_hash, leaves[:256]))
    assert transparency_log.tile(Tile(1, 0, 2)) == root(list(map(leaf_hash, leaves[:256]))) + root(
        list(map(leaf_hash, leaves[256:512]))
    )
    assert decode_bundle(transparency_log.tile(Tile(ENTRIES, 2, size - 512))) == leaves[512:]
    assert transparency_log.tile(Tile(0, 2)) is None


def test_nothing_new_is_signed_again_only_by_the_heartbeat(ledger, folder, transparency_log, bids):
    bids(1)
    beating = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder, heartbeat_seconds=0)
    try:
        beating.sign()
        assert len(ledger.rows("checkpoints", after=0, limit=10)) == 1
        first = transparency_log.head()
        beating.sign()
        again = transparency_log.head()
        assert (again.note, again.size) == (first.note, first.size)
        assert again.signed_at > first.signed_at
    finally:
        beating.close()


def test_a_head_that_has_not_grown_is_not_signed_again_within_the_heartbeat(ledger, signer, transparency_log, bids):
    bids(1)
    signer.sign()
    first = transparency_log.head()
    signer.sign()
    assert transparency_log.head() == first


def test_the_key_is_a_file_that_nobody_else_may_read(signer, folder, bids):
    bids(0)
    signer.sign()
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    (folder / "key.pem").chmod(0o644)
    with pytest.raises(signing_keys.KeyUnusable, match="chmod 600"):
        signing_keys.signers(folder, "x")


def test_a_signer_that_starts_again_goes_on_where_it_stopped(
    ledger, signer, folder, transparency_log, bids, record, submission
):
    bids(3)
    signer.sign()
    key = transparency_log.public_keys()
    signer.close()
    record(submission("tiktok", "late", "bid.submitted"))
    again = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder)
    try:
        assert again.sign() == 5
    finally:
        again.close()
    assert transparency_log.public_keys() == key


def test_two_keys_sign_while_they_overlap(ledger, signer, folder, transparency_log, bids, record, submission):
    bids(0)
    signer.sign()
    [old] = transparency_log.public_keys()
    new = signing_keys.create(folder, ledger.origin).key
    signer.close()
    signer.sign()
    assert set(transparency_log.public_keys()) == {old}, "a signer at work takes a new key with the next head"
    record(submission("tiktok", "e1", "bid.submitted"))
    signer.sign()
    assert set(transparency_log.public_keys()) == {old, new}
    for key in (old, new):
        assert open_checkpoint(transparency_log.head().note, [key]).checkpoint.size == 2
    assert signing_keys.retire(folder, ledger.origin).key == old
    record(submission("tiktok", "e2", "bid.submitted"))
    signer.sign()
    assert transparency_log.public_keys() == (new,)
    with pytest.raises(signing_keys.KeyUnusable, match="only key"):
        signing_keys.retire(folder, ledger.origin)


def test_a_signer_that_starts_with_another_key_signs_at_once(ledger, signer, folder, transparency_log, bids):
    bids(0)
    signer.sign()
    signer.close()
    new = signing_keys.create(folder, ledger.origin).key
    again = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder)
    try:
        again.sign()
    finally:
        again.close()
    assert new in transparency_log.public_keys()


def test_a_signer_that_starts_looks_at_the_past_even_with_nothing_to_sign(ledger, signer, folder, bids):
    bids(3)
    signer.sign()
    signer.close()
    with superuser(ledger) as connection:
        connection.execute(
            "UPDATE log_hashes SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) WHERE tenant = %s",
            (ledger.tenant,),
        )
    again = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder)
    try:
        with pytest.raises(SigningRefused, match="not those that were signed"):
            again.sign()
    finally:
        again.close()


def test_a_database_that_was_rolled_back_is_refused(cluster, ledger, signer, transparency_log, bids):
    bids(9)
    signer.sign()
    with superuser(ledger) as connection:
        connection.execute("DELETE FROM events WHERE tenant = %s AND position > 8", (ledger.tenant,))
        connection.execute("DELETE FROM log_hashes WHERE tenant = %s AND level = 0 AND first > 0", (ledger.tenant,))
        connection.execute("DELETE FROM log_hashes WHERE tenant = %s", (ledger.tenant,))
        connection.execute("DELETE FROM log_checkpoints WHERE tenant = %s", (ledger.tenant,))
    with pytest.raises(SigningRefused, match="rolled back: it has 8 events, and 10 were signed"):
        signer.sign()


@pytest.mark.parametrize(
    ("position", "why"), [(4, "'e3' at position 5 is not what"), (10, "not those that were signed")]
)
def test_a_past_that_was_rewritten_together_with_the_tree_is_refused(
    ledger, signer, transparency_log, bids, position, why
):
    bids(9)
    signer.sign()
    with superuser(ledger) as connection:
        connection.execute(
            """UPDATE events SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'desk', 'dusk'), 'UTF8')
            WHERE tenant = %s AND position = %s""",
            (ledger.tenant, position),
        )
        connection.execute(
            r"UPDATE events SET leaf_hash = sha256('\x00'::bytea || leaf) WHERE tenant = %s", (ledger.tenant,)
        )
        connection.execute("DELETE FROM log_hashes WHERE tenant = %s", (ledger.tenant,))
        connection.execute("DELETE FROM log_checkpoints WHERE tenant = %s", (ledger.tenant,))
    with pytest.raises(SigningRefused, match=why):
        signer.sign()
    assert transparency_log.head() is None


def test_a_leaf_that_was_changed_before_it_was_signed_is_refused(ledger, signer, bids):
    bids(9)
    with superuser(ledger) as connection:
        connection.execute(
            """UPDATE events SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'desk', 'dusk'), 'UTF8')
            WHERE tenant = %s AND position = 4""",
            (ledger.tenant,),
        )
    with pytest.raises(SigningRefused, match="position 4"):
        signer.sign()


def test_a_signer_that_lost_the_database_of_its_tree_builds_it_anew_from_the_record(
    ledger, signer, transparency_log, bids
):
    bids(600)
    signer.sign()
    was = transparency_log.head().root
    with superuser(ledger) as connection:
        connection.execute("DELETE FROM log_hashes WHERE tenant = %s", (ledger.tenant,))
        connection.execute("DELETE FROM log_checkpoints WHERE tenant = %s", (ledger.tenant,))
    assert signer.sign() == 601
    assert transparency_log.head().root == was


def test_only_one_signs_at_a_time(ledger, signer, folder, tmp_path, transparency_log, bids):
    bids(0)
    signer.sign()
    other = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, tmp_path / "other")
    try:
        shutil.copytree(folder, tmp_path / "other")
        assert other.sign() == 1
        assert not other.leading
        signer.close()
        # The database frees the lock once it sees that the connection is closed.
        until(lambda: other.sign() and other.leading)
    finally:
        other.close()


def test_in_the_background_it_signs_soon_after_it_is_woken(ledger, folder, transparency_log, bids):
    told = threading.Event()
    signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder, signed=lambda size: told.set())
    signer.start()
    try:
        bids(4)
        signer.wake()
        assert told.wait(LONGEST_SECONDS)
    finally:
        signer.close()
    assert transparency_log.head().size == 5


def test_a_witness_adds_its_signature_and_the_seal_rises(ledger, signer, transparency_log, bids):
    bids(2)
    assert transparency_log.levels().of(3) == "recorded"
    signer.sign()
    assert transparency_log.levels().of(3) == "signed"
    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    text = Note.parse(transparency_log.head().note).text
    now = int(time())
    cosigned = bytes(Note(text, (witness.sign(text, now),)))
    transparency_log = TransparencyLog(ledger, [witness.key])
    assert transparency_log.cosign(str(witness.key), cosigned).time == now
    assert transparency_log.levels().of(3) == "witnessed"
    opened = open_checkpoint(
        transparency_log.served(transparency_log.head()), [*transparency_log.public_keys(), witness.key]
    )
    assert [(one.key, one.time) for one in opened.witnesses] == [(witness.key, now)]


def test_a_witness_of_another_tree_or_with_a_wrong_signature_is_refused(ledger, signer, transparency_log, bids):
    bids(2)
    signer.sign()
    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    text = Note.parse(transparency_log.head().note).text
    other = text.replace(b"\n3\n", b"\n2\n")
    transparency_log = TransparencyLog(ledger, [witness.key])
    with pytest.raises(InvalidInput, match="no checkpoint of 2 leaves"):
        transparency_log.cosign(str(witness.key), bytes(Note(other, (witness.sign(other, 1),))))
    with pytest.raises(NotProven):
        transparency_log.cosign(str(witness.key), bytes(Note(text, (witness.sign(text + b"more\n", 1),))))
    with pytest.raises(InvalidInput, match="key of a log"):
        transparency_log.cosign(str(Signer("w", Ed25519PrivateKey.generate()).key), transparency_log.head().note)
