"""Parquet files on the command line, read by DuckDB and pandas as the how-to shows."""

import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Parley

MISSING = "the group analytics is not installed: pip install duckdb pandas pyarrow"
duckdb = pytest.importorskip("duckdb", reason=MISSING)
pandas = pytest.importorskip("pandas", reason=MISSING)
parquet = pytest.importorskip("pyarrow.parquet", reason=MISSING)

HOW_TO = Path(__file__).parents[2] / "docs/howto/analytics.md"
AT = ("--at", "2020-09-12")


@pytest.fixture(scope="module")
def book(parley: Parley, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an export of both timelines, on a day when deals were open."""
    folder = tmp_path_factory.mktemp("analytics") / "book"
    ended = parley("export", "--parquet", str(folder), *AT)
    assert ended.code == 0, ended.err
    return folder


def test_the_programs_of_the_how_to_run(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert len(programs) == 3
    monkeypatch.chdir(book.parent)
    names: dict[str, object] = {}
    for program in programs:
        exec(program, names)
        assert capsys.readouterr().out.strip() not in ("", "[]")
    assert names["valuations"].fetchall()[0][3:] == ("USD", Decimal("30000000000.00"))  # type: ignore[attr-defined]  # what a program names
    assert names["by_month"].sum() == parquet.read_metadata(book / "events.parquet").num_rows  # type: ignore[attr-defined]  # what a program names


def test_deals_and_deadlines_are_what_the_commands_say_on_that_basis(
    parley: Parley, book: Path, tmp_path: Path
) -> None:
    events = parquet.read_table(book / "events.parquet", columns=["deal_id", "recorded_at"]).to_pylist()
    first_deal = [each["recorded_at"] for each in events if each["deal_id"] == events[0]["deal_id"]]
    known_at = max(first_deal).isoformat().replace("+00:00", "Z")
    known = ("--known-at", known_at)
    assert parley("export", "--parquet", str(tmp_path), *AT, *known).code == 0
    for folder, asked in ((book, AT), (tmp_path, (*AT, *known))):
        for name, key in (
            ("deals", ["deal_id", "status", "days_left"]),
            ("deadlines", ["deal_id", "deadline_id", "due"]),
        ):
            said = [tuple(each[member] for member in key) for each in parley(name, "--json", *asked).json["items"]]
            read = duckdb.sql(f"SELECT {', '.join(key)} FROM '{folder}/{name}.parquet'").fetchall()
            assert said
            assert sorted(read, key=str) == sorted(said, key=str)
    about = parquet.read_metadata(tmp_path / "deals.parquet").metadata
    assert (about[b"parley.valid_at"], about[b"parley.known_at"]) == (b"2020-09-12", known_at.encode())


def test_the_three_files_of_an_export_name_one_position(book: Path) -> None:
    position = parquet.read_metadata(book / "events.parquet").metadata[b"parley.position"]
    last = duckdb.sql(f"SELECT max(position) FROM '{book}/events.parquet'").fetchall()
    assert last == [(int(position),)]
    for name in ("deals", "deadlines"):
        assert parquet.read_metadata(book / f"{name}.parquet").metadata[b"parley.known_position"] == position


def test_an_export_has_one_destination(parley: Parley, tmp_path: Path) -> None:
    for wrong in ((), ("all.csv", "--parquet", str(tmp_path)), ("all.csv", "--at", "2020-09-12")):
        assert parley("export", *wrong).code == 2


def test_a_missing_extra_is_named(parley: Parley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ended = parley("export", "--parquet", str(tmp_path / "none"))
    assert ended.code == 1
    assert "parley-tracker[analytics]" in ended.err
    assert not (tmp_path / "none").exists()
