"""The verification of a bundle on the command line that was asked for wrongly: what is missing, and where to get it."""

from pathlib import Path

from tests.cli.conftest import run

KEY = (
    "parley.invalid/default/e78aa4d7-6fb3-4f2f-927f-f23391d38c4e+356a8421+AXh6G1QPX9jXO6yoMr5cqV0UlgnwqqWNNROIFptT37HN"
)


def told(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_without_a_key_it_says_where_keys_are_printed(tmp_path: Path) -> None:
    ended = run("verify", str(tmp_path / "bundle.zip"))
    assert ended.code == 2
    assert "It must come from outside the bundle: parley log key prints it where the log is." in told(ended.err)


def test_a_key_that_is_neither_a_key_nor_a_file_is_refused_as_such(tmp_path: Path) -> None:
    ended = run("verify", str(tmp_path / "bundle.zip"), "--key", "nothing")
    assert ended.code == 2
    assert "'nothing' is neither a key, as parley log key prints it, nor a file." in told(ended.err)


def test_a_file_that_is_no_bundle_is_not_called_tampered(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("deal_id,type,occurred\n")
    ended = run("verify", str(file), "--key", KEY)
    assert ended.code == 1
    assert "is no bundle: it does not begin as a zip file does" in told(ended.out)
    assert "Tampered" not in ended.out
