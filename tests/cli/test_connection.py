"""Where a command looks for the record, and the files it writes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Parley, run

NOWHERE = "http://127.0.0.1:1"


def test_a_database_that_is_typed_goes_before_a_server_in_the_environment(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_SERVER", NOWHERE)
    ended = parley("deals")
    assert ended.code == 0, ended.err
    assert "tiktok-2020" in ended.words


def test_a_folder_that_is_typed_goes_before_a_database_and_a_server_in_the_environment(
    loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_SERVER", NOWHERE)
    monkeypatch.setenv("PARLEY_DATABASE", loaded)
    assert "no-record" in run("deals", "--data", str(tmp_path)).err


def test_a_server_that_is_typed_is_asked_whatever_the_environment_says(
    loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE", loaded)
    assert "server-away" in run("deals", "--server", NOWHERE).err


@pytest.mark.parametrize(
    "arguments",
    [("bundle", "d"), ("certify", "d", "--at", "2020-01-02"), ("replay", "d", "--html"), ("backup",)],
    ids=["bundle", "certify", "replay", "backup"],
)
def test_a_file_that_cannot_be_written_is_refused_by_name(
    writing: Parley, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = writing(*arguments, str(tmp_path / "missing" / "file"))
    assert ended.code == 1
    message = " ".join(ended.err.split())
    assert "file-refused" in message
    assert "missing/file" in message.replace(" ", "")
    assert "No such file or directory" in message
