"""Two hosts that can sign one log: one signs, the other follows its heads, and either finds a rollback."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.runtime.worker_reports import DETAIL_CHARACTERS
from ledger.ledger import Ledger
from ledger.merkle.note import Checkpoint, Note, Signer
from ledger.models import Receipt
from ledger.tlog import signing_keys
from ledger.tlog.last_head import LAST, SigningRefused
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import KeyMissing, KeyUnusable
from ledger.tlog.transparency_log import TransparencyLog
from tests.audit.conftest import Make, Record
from tests.superuser import superuser
from tests.waiting import until

Bids = Callable[[int], Receipt]


@pytest.fixture
def standby(ledger: Ledger, tmp_path: Path) -> Iterator[LogSigner]:
    """A signer of the same log on another host."""
    made = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, tmp_path / "standby")
    yield made
    made.close()


@pytest.fixture
def share_keys(ledger: Ledger, folder: Path, tmp_path: Path) -> Callable[[], None]:
    """Installs the keys of the signer on the other host."""

    def share() -> None:
        named = {key.key.id for key in signing_keys.held(folder, ledger.origin)}
        signing_keys.install(tmp_path / "standby", ledger.origin, signing_keys.export(folder, ledger.origin), named)

    return share


@pytest.fixture
def both(
    signer: LogSigner, standby: LogSigner, bids: Bids, record: Record, submission: Make, share_keys: Callable[[], None]
) -> tuple[LogSigner, LogSigner]:
    """The signer of the first 3 and then 6 events, and that of the other host, which has followed."""
    bids(2)
    signer.sign()
    share_keys()
    record(*(submission("tiktok", f"late{number}", "bid.submitted") for number in range(3)))
    signer.sign()
    standby.sign()
    return signer, standby


def head_of(folder: Path) -> Checkpoint:
    """The last head that a host knows."""
    return Checkpoint.parse(Note.parse((folder / LAST).read_bytes()).text)


def roll_back(ledger: Ledger, position: int) -> None:
    """Take away the later events with all that was made of them, as a restored backup of the database does."""
    with superuser(ledger) as connection:
        of_later = (ledger.tenant, position)
        connection.execute("DELETE FROM events WHERE tenant = %s AND position > %s", of_later)
        connection.execute("DELETE FROM log_checkpoints WHERE tenant = %s AND size > %s", of_later)
        connection.execute("DELETE FROM log_hashes WHERE tenant = %s AND first >= %s", of_later)
        connection.execute("DELETE FROM event_payload WHERE tenant = %s AND position > %s", of_later)


def test_the_other_host_keeps_each_new_head_and_goes_on_from_it(
    ledger: Ledger, signer: LogSigner, standby: LogSigner, transparency_log: TransparencyLog, bids: Bids,
    record: Record, submission: Make, share_keys: Callable[[], None], tmp_path: Path,
) -> None:  # fmt: skip
    bids(2)
    signer.sign()
    share_keys()
    assert standby.sign() == 3
    record(submission("tiktok", "late", "bid.submitted"))
    signer.sign()
    assert standby.sign() == 4
    assert not standby.leading
    assert (newest := transparency_log.head()) is not None
    assert head_of(tmp_path / "standby").root == newest.root
    signer.close()
    record(submission("tiktok", "later", "bid.submitted"))
    until(lambda: standby.sign() == 5)
    assert standby.leading
    assert len(transparency_log.all_keys()) == 1


def test_after_a_rollback_neither_host_signs(
    ledger: Ledger,
    both: tuple[LogSigner, LogSigner],
    transparency_log: TransparencyLog,
    record: Record,
    submission: Make,
) -> None:
    """Also the one that never signed, and also where the log has grown beyond the last head by other events."""
    signer, standby = both
    roll_back(ledger, 3)
    with pytest.raises(SigningRefused, match="rolled back: it has 3 events, and 6 were signed"):
        standby.sign()
    record(*(submission("tiktok", f"other{number}", "bid.submitted") for number in range(5)))
    with pytest.raises(SigningRefused, match="first 6 events are not those"):
        signer.sign()
    signer.close()
    with pytest.raises(SigningRefused, match="first 6 events are not those"):
        until(lambda: standby.sign() == 8)  # the lock is free once the database sees that the connection is closed
    assert [head.size for head in transparency_log.heads()] == [3]


def test_a_fork_that_another_host_signed_is_found_while_standing_by(
    ledger: Ledger, both: tuple[LogSigner, LogSigner], record: Record, submission: Make, folder: Path, tmp_path: Path
) -> None:
    signer, standby = both
    before = (tmp_path / "standby" / LAST).read_bytes()
    roll_back(ledger, 3)
    (folder / LAST).unlink()  # the host that signs has lost its memory too
    record(*(submission("tiktok", f"other{number}", "bid.submitted") for number in range(5)))
    assert signer.sign() == 8
    with pytest.raises(SigningRefused, match="first 6 events are not those"):
        standby.sign()
    assert (tmp_path / "standby" / LAST).read_bytes() == before


def test_a_head_that_the_log_has_not_signed_is_not_kept(
    ledger: Ledger, signer: LogSigner, standby: LogSigner, transparency_log: TransparencyLog, bids: Bids,
    share_keys: Callable[[], None], tmp_path: Path,
) -> None:  # fmt: skip
    bids(2)
    signer.sign()
    share_keys()
    [newest] = transparency_log.heads()
    text = Note.parse(newest.note).text
    [key] = signing_keys.held(tmp_path / "standby", ledger.origin)
    signature = key.sign(text.replace(b"\n3\n", b"\n2\n"))
    with superuser(ledger) as connection:
        connection.execute(
            "UPDATE log_checkpoints SET note = %s WHERE tenant = %s", (bytes(Note(text, (signature,))), ledger.tenant)
        )
    with pytest.raises(SigningRefused, match="not one that this log has signed"):
        standby.sign()
    assert not (tmp_path / "standby" / LAST).exists()


def test_a_host_without_the_key_lets_another_sign(
    signer: LogSigner, standby: LogSigner, bids: Bids, record: Record, submission: Make
) -> None:
    bids(2)
    signer.sign()
    signer.close()
    record(submission("tiktok", "late", "bid.submitted"))
    with pytest.raises(KeyMissing) as caught:
        standby.sign()
    assert "parley log key --install FILE here" in caught.value.fault[:DETAIL_CHARACTERS]  # the part that is reported
    assert signer.sign() == 4


def test_a_host_that_loses_the_use_of_its_key_lets_another_sign(
    signer: LogSigner, standby: LogSigner, bids: Bids, record: Record, submission: Make,
    share_keys: Callable[[], None], folder: Path,
) -> None:  # fmt: skip
    bids(2)
    signer.sign()
    share_keys()
    (folder / "key.pem").chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        signer.sign()
    record(submission("tiktok", "late", "bid.submitted"))
    until(lambda: standby.sign() == 4)
    assert standby.leading


def test_a_key_of_root_may_be_read_by_its_group_as_one_that_is_a_mounted_secret(ledger: Ledger, folder: Path) -> None:
    """As PostgreSQL has it for the key of its certificate."""
    created = signing_keys.create(folder, ledger.origin)
    file = folder / "key.pem"
    file.chmod(0o640)
    if file.stat().st_uid == 0:
        assert [key.key for key in signing_keys.held(folder, ledger.origin)] == [created.key]
        os.chown(file, 1, -1)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        signing_keys.held(folder, ledger.origin)


def test_several_keys_are_exported_and_installed_together_and_others_with_none_of_them(
    ledger: Ledger, tmp_path: Path
) -> None:
    for _ in range(2):
        signing_keys.create(tmp_path / "one", ledger.origin)
    keys = [key.key for key in signing_keys.held(tmp_path / "one", ledger.origin)]
    exported = signing_keys.export(tmp_path / "one", ledger.origin)
    with pytest.raises(KeyUnusable, match="never signed"):
        signing_keys.install(tmp_path / "other", ledger.origin, exported, {keys[0].id})
    assert not (tmp_path / "other").exists()
    for _ in range(2):
        signing_keys.install(tmp_path / "other", ledger.origin, exported, {key.id for key in keys})
    installed: list[Signer] = list(signing_keys.held(tmp_path / "other", ledger.origin))
    assert [key.key for key in installed] == keys
