"""A signing key is made for a log that has none, and never in place of one that is not here."""

import shutil

import pytest

from ledger.merkle.note import open_checkpoint
from ledger.tlog import signing_keys
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import KeyMissing, KeyUnusable


@pytest.fixture
def elsewhere(ledger, tmp_path):
    """A signer of the same log with a folder of its own, as after a failover."""
    made = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, tmp_path / "elsewhere")
    yield made
    made.close()


def test_a_signer_elsewhere_refuses_until_it_has_the_key(
    ledger, signer, elsewhere, transparency_log, bids, record, submission, folder, tmp_path
):
    bids(2)
    signer.sign()
    [known] = transparency_log.public_keys()
    signer.close()
    record(submission("tiktok", "late", "bid.submitted"))
    with pytest.raises(KeyMissing, match=known.id.hex()):
        elsewhere.sign()
    assert transparency_log.all_keys() == (known,)
    assert not list((tmp_path / "elsewhere").glob("key*"))
    [installed] = signing_keys.install(
        tmp_path / "elsewhere", ledger.origin, (folder / "key.pem").read_bytes(), {known.id}
    )
    assert installed.key == known
    assert elsewhere.sign() == 4
    assert transparency_log.all_keys() == (known,)


def test_a_signer_that_lost_its_keys_refuses_also_where_the_database_names_none(
    ledger, signer, transparency_log, bids, folder
):
    bids(2)
    signer.sign()
    signer.close()
    (folder / "key.pem").unlink()
    with transparency_log.ledger.pool.connection() as connection:
        connection.execute("SET ROLE NONE")
        for table in ("log_keys", "log_checkpoints"):
            connection.execute(f"DELETE FROM {table} WHERE tenant = %s", (ledger.tenant,))
        connection.execute("SET ROLE parley_app")
    again = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder, heartbeat_seconds=0)
    with pytest.raises(KeyMissing):
        again.sign()
    again.close()


def test_keys_that_are_lost_for_good_are_replaced_by_word(ledger, signer, elsewhere, transparency_log, bids, tmp_path):
    bids(2)
    signer.sign()
    [known] = transparency_log.public_keys()
    signer.close()
    folder = tmp_path / "elsewhere"
    assert signing_keys.declare_lost(folder, ledger.origin, {known.id}) == (known.id,)
    new = signing_keys.create(folder, ledger.origin).key
    assert elsewhere.sign() == 3
    assert open_checkpoint(transparency_log.head().note, [new]).checkpoint.size == 3
    assert set(transparency_log.all_keys()) == {known, new}


def test_a_key_of_another_log_is_not_installed(ledger, tmp_path):
    signing_keys.create(tmp_path / "other", "another")
    with pytest.raises(KeyUnusable, match="never signed"):
        signing_keys.install(tmp_path / "here", ledger.origin, (tmp_path / "other" / "key.pem").read_bytes(), {b"1234"})


def test_a_retired_key_is_not_asked_for(ledger, signer, transparency_log, bids, record, submission, folder):
    bids(1)
    signer.sign()
    signing_keys.create(folder, ledger.origin)
    signing_keys.retire(folder, ledger.origin)
    record(submission("tiktok", "late", "bid.submitted"))
    assert signer.sign() == 3
    assert len(transparency_log.public_keys()) == 1
    shutil.rmtree(folder)
    record(submission("tiktok", "later", "bid.submitted"))
    with pytest.raises(KeyMissing):
        signer.sign()
