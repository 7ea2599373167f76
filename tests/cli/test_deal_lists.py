"""Lists of deals on the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Parley


def test_a_list_is_made_changed_shown_and_deleted(writing: Parley) -> None:
    assert "There are no lists of deals" in writing("lists").words
    assert "watch holds 1 deal." in writing("lists", "set", "watch", "d", "--description", "Mine").words
    listed = writing("lists").words
    assert "watch: Mine 1 local" in listed
    writing("lists", "set", "watch", "--remove", "d", "--private")
    [held] = writing("lists", "--json").json["items"]
    assert (held["deals"], held["description"], held["shared"]) == ([], "Mine", False)
    assert writing("lists", "set", "watch", "--add", "d", "--json").json["deals"] == ["d"]
    assert writing("lists", "show", "watch").words == "d"
    refused = writing("lists", "set", "watch", "nosuch")
    assert refused.code == 1
    assert "There is no deal 'nosuch'" in refused.err
    assert "is deleted" in writing("lists", "delete", "watch").words
    assert "Refused (unknown-list)" in writing("lists", "show", "watch").err


def test_the_events_of_a_list_alone_are_exported(writing: Parley, tmp_path: Path) -> None:
    assert writing("record", "other", "deal.opened", "title=Other", "kind=merger", "subject=s").code == 0
    writing("lists", "set", "watch", "other")
    for ending in ("ndjson", "csv"):
        file = tmp_path / f"watch.{ending}"
        assert writing("export", str(file), "--list", "watch").code == 0
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        assert len([line for line in lines if "deal.opened" in line]) == 1, ending
        assert "Other" in file.read_text(encoding="utf-8-sig")
    assert "Refused (unknown-list)" in writing("export", str(tmp_path / "x.csv"), "--list", "nosuch").err


@pytest.mark.parametrize("deals", [["other"], []])
def test_the_parquet_files_of_a_list_hold_its_deals_alone(writing: Parley, tmp_path: Path, deals: list[str]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the group analytics is not installed: pip install pyarrow")
    assert writing("record", "other", "deal.opened", "title=Other", "kind=merger", "subject=s").code == 0
    assert writing("record", "last", "deal.opened", "title=Last", "kind=merger", "subject=s").code == 0
    writing("lists", "set", "watch", *deals)
    ended = writing("export", "--parquet", str(tmp_path / "watch"), "--list", "watch")
    assert ended.code == 0, ended.err
    for name in ("events", "deals"):
        found = parquet.read_table(tmp_path / "watch" / f"{name}.parquet").column("deal_id").to_pylist()
        assert found == deals, name
