"""Carrying a record from one database to another, and verifying it there."""

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from api.cli.connection import Place
from tests.cli.conftest import Parley

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def elsewhere(fresh: Callable[[], str]) -> Parley:
    """Runs commands on an empty database."""
    return Parley(fresh())


@pytest.fixture
def saved(parley: Parley, tmp_path: Path) -> Path:
    """A backup of the database with both timelines, of which evidence was exported."""
    assert parley("replay", "tiktok", "--to", "1").code == 0
    file = tmp_path / "saved.zip"
    ended = parley("backup", str(file))
    assert ended.code == 0, ended.err
    assert "123 events of" in ended.words
    return file


def test_a_restored_record_gives_the_same_states_and_proofs(parley: Parley, elsewhere: Parley, saved: Path) -> None:
    restored = elsewhere("restore", str(saved))
    assert restored.code == 0, restored.err
    assert "The record holds: 123 events of 2 deals" in restored.words
    for asked in (["state", "tiktok", "--known-version", "80"], ["events", "tiktok-2020", "--limit", "0"]):
        assert elsewhere(*asked, "--json").json == parley(*asked, "--json").json


def test_a_restored_record_goes_on(elsewhere: Parley, saved: Path) -> None:
    assert elsewhere("restore", str(saved)).code == 0
    event = ["context.noted", "topic=more", "text=it goes on", "--occurred", "2026-02-01"]
    told = elsewhere("record", "tiktok", *event)
    assert "version 88 of tiktok, position 124 of the log." in told.words
    assert elsewhere("verify").code == 0


def test_a_database_with_events_is_not_overwritten(writing: Parley, saved: Path) -> None:
    ended = writing("restore", str(saved))
    assert ended.code == 1
    assert "Refused (backup-refused): The database holds 1 events" in ended.err
    assert len(writing("deals", "--json").json["items"]) == 1


def test_a_damaged_backup_is_refused_and_restores_nothing(elsewhere: Parley, saved: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            data = whole.read(name)
            archive.writestr(name, data.replace(b"order.signed", b"order.signal") if name == "1/events.copy" else data)
    ended = elsewhere("restore", str(damaged))
    assert ended.code == 1
    assert "1/events.copy is not what was written" in ended.err
    assert elsewhere("deals", "--json").json["items"] == []
    damaged.write_bytes(saved.read_bytes()[:1000])
    assert "it is damaged" in elsewhere("restore", str(damaged)).err


def test_a_backup_that_was_rewritten_as_a_whole_does_not_hold(elsewhere: Parley, saved: Path, tmp_path: Path) -> None:
    """A file whose checksums were adjusted too is refused by the hashes of the log."""
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(forged, "w") as archive:
        payloads = whole.read("1/event_payload.copy")
        hexed = [text.encode().hex().encode() for text in ("2020-09-15", "2020-09-25")]
        assert hexed[0] in payloads
        other = payloads.replace(hexed[0], hexed[1])
        about = whole.read("backup.json").replace(
            sha256(payloads).hexdigest().encode(), sha256(other).hexdigest().encode()
        )
        for name in whole.namelist():
            changed = {"1/event_payload.copy": other, "backup.json": about}
            archive.writestr(name, changed.get(name) or whole.read(name))
    ended = elsewhere("restore", str(forged))
    assert ended.code == 1
    assert "seed-020" in ended.words


def test_a_backup_holds_every_log_and_only_its_owner_reads_it(
    writing: Parley, elsewhere: Parley, tmp_path: Path
) -> None:
    opened = ["record", "harbour", "deal.opened", "title=Harbour", "kind=asset_sale", "subject=harbour"]
    assert writing(*opened, "--occurred", "2026-03-01", "--log", "fund-two").code == 0
    file = tmp_path / "all.zip"
    ended = writing("backup", str(file))
    assert ended.code == 0, ended.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert ended.words.count(" are in ") == 2
    restored = elsewhere("restore", str(file))
    assert restored.code == 0, restored.err
    assert restored.words.count("The record holds") == 2
    assert elsewhere("deals", "--json", "--log", "fund-two").json["items"][0]["deal_id"] == "harbour"
    assert [deal["deal_id"] for deal in elsewhere("deals", "--json").json["items"]] == ["d"]


def test_one_log_may_be_copied_alone(writing: Parley, elsewhere: Parley, tmp_path: Path) -> None:
    file = tmp_path / "one.zip"
    assert writing("backup", str(file), "--only").code == 0
    assert "holds no log of 'nowhere'" in writing("backup", str(file), "--only", "--log", "nowhere").err
    assert elsewhere("restore", str(file)).code == 0


def test_the_lists_of_deals_are_restored_with_their_log(writing: Parley, elsewhere: Parley, tmp_path: Path) -> None:
    writing("lists", "set", "watch", "d", "--description", "Mine", "--private")
    held = writing("lists", "show", "watch", "--json").json
    assert writing("backup", str(tmp_path / "record")).code == 0
    assert elsewhere("restore", str(tmp_path / "record")).code == 0
    assert elsewhere("lists", "show", "watch", "--json").json == held


def test_the_webhooks_of_a_restored_log_send_nothing_until_made_active(
    writing: Parley, elsewhere: Parley, tmp_path: Path
) -> None:
    with Place(database=writing.url).client() as original:
        original.send("POST", "/v1/webhooks", content=b'{"url": "https://desk.example/hook"}', headers=JSON)
    file = tmp_path / "hooks.zip"
    assert writing("backup", str(file)).code == 0
    assert elsewhere("restore", str(file)).code == 0
    with Place(database=elsewhere.url).client() as copy:
        hook = copy.send("GET", "/v1/webhooks").json()["items"][0]
        assert not hook["active"]
        assert hook["disabled_because"].startswith("restored from a backup")
        wanted = b'{"url": "https://desk.example/hook", "active": true}'
        again = copy.send("PUT", f"/v1/webhooks/{hook['id']}", content=wanted, headers=JSON).json()
        assert (again["active"], again["disabled_because"]) == (True, None)


def test_a_backup_of_the_first_form_is_still_read(elsewhere: Parley, saved: Path, tmp_path: Path) -> None:
    former = tmp_path / "former.zip"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(former, "w") as archive:
        about = json.loads(whole.read("backup.json"))
        [log] = about["logs"]
        assert log.pop("folder") == "1/"
        archive.writestr("backup.json", json.dumps({**log, "form": "parley backup 1", "migrations": [1, 2, 3, 4, 5]}))
        for name in log["tables"]:
            archive.writestr(f"{name}.copy", whole.read(f"1/{name}.copy"))
    assert elsewhere("restore", str(former)).code == 0
    assert len(elsewhere("deals", "--json").json["items"]) == 2
