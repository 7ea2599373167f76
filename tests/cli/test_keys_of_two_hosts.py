"""`parley log key --export` and `--install`: the keys of one host, brought to a folder of keys on another."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.merkle.note import Note
from tests.cli.conftest import Ended, Parley, run


@pytest.fixture
def first(writing: Parley, tmp_path: Path) -> Callable[..., Ended]:
    """Runs commands on the host whose key was made with the first checkpoint."""

    def on(*arguments: str) -> Ended:
        return run(*arguments, "--database", writing.url, "--data", str(tmp_path / "first"))

    assert on("log", "checkpoint").code == 0
    return on


@pytest.fixture
def second(writing: Parley, tmp_path: Path) -> Callable[..., Ended]:
    """Runs commands on another host, with a folder for keys alone."""

    def on(*arguments: str) -> Ended:
        folders = ("--data", str(tmp_path / "second"), "--keys", str(tmp_path / "keys"))
        return run(*arguments, "--database", writing.url, *folders)

    return on


def record(on: Callable[..., Ended]) -> None:
    """Record one more event, which is not signed yet."""
    assert on("record", "d", "context.noted", "topic=t", "text=x", "--occurred", "2020-01-02").code == 0


def test_a_host_signs_with_the_keys_that_another_exported(
    first: Callable[..., Ended], second: Callable[..., Ended], tmp_path: Path
) -> None:
    record(first)
    refused = second("log", "checkpoint")
    assert refused.code == 1
    assert "key-missing" in refused.err
    assert not (tmp_path / "keys").exists()

    file = tmp_path / "exported.pem"
    public = first("log", "key").out.strip()
    assert public in first("log", "key", "--export", str(file)).out.replace("\n", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public in second("log", "key", "--install", str(file)).out.replace("\n", "")

    record(second)
    signed = Note.parse(second("log", "checkpoint").out.encode())
    assert signed.text.splitlines()[1] == b"3"
    assert second("log", "key").out.strip() == public
    [folder] = (tmp_path / "keys").iterdir()
    assert sorted(each.name for each in folder.iterdir()) == ["key.pem"]
    [state] = (tmp_path / "second" / "logs").iterdir()
    assert sorted(each.name for each in state.iterdir()) == ["checkpoint"]


def test_the_key_of_derivations_goes_with_them(
    first: Callable[..., Ended], second: Callable[..., Ended], tmp_path: Path
) -> None:
    [folder] = (tmp_path / "first" / "logs").iterdir()
    (folder / "derivations.key").write_bytes(bytes(range(32)))
    (folder / "derivations.key").chmod(0o600)
    file = tmp_path / "exported.pem"
    assert first("log", "key", "--export", str(file)).code == 0
    assert second("log", "key", "--install", str(file)).code == 0
    [keys] = (tmp_path / "keys").iterdir()
    assert (keys / "derivations.key").read_bytes() == bytes(range(32))
    assert stat.S_IMODE((keys / "derivations.key").stat().st_mode) == 0o600


def test_an_export_replaces_no_file_and_needs_a_key(
    first: Callable[..., Ended], second: Callable[..., Ended], tmp_path: Path
) -> None:
    file = tmp_path / "exported.pem"
    file.write_text("mine")
    assert first("log", "key", "--export", str(file)).code == 2
    assert file.read_text() == "mine"
    file.unlink()
    assert "key-missing" in second("log", "key", "--export", str(file)).err
    assert not file.exists()
    assert run("log", "key", "--export", str(file), "--server", "http://127.0.0.1:9").code == 2
