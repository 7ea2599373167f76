"""Files of events on the command line: a sheet to fill in, an export, and the import of both."""

import io
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Parley, run

openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed: pip install 'parley-tracker[xlsx]'")


def test_a_template_is_filled_in_and_imported(writing: Parley, tmp_path: Path) -> None:
    made = subprocess.run([*COMMAND, "template", "deal.opened", "deadline.set"], capture_output=True, check=True)
    book = openpyxl.load_workbook(io.BytesIO(made.stdout))
    sheet = book["events"]
    names = [cell.value for cell in sheet[1]]
    assert {"deal_id", "type", "occurred", "title", "due", "data"} <= set(names)
    lists = {each.formula1 for each in sheet.data_validations.dataValidation}
    assert len(lists) >= 3
    assert "statutory" in [cell.value for row in book["choices"].iter_rows() for cell in row]
    for given in (
        {"type": "deal.opened", "title": "T", "kind": "merger", "subject": "x"},
        {"type": "deadline.set", "deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory",
         "due": "2021-01-31"},
    ):  # fmt: skip
        row = {"deal_id": "filled", "occurred": "2020-09-12", **given}
        sheet.append([row.get(name) for name in names])
    book.save(tmp_path / "filled.xlsx")
    ended = writing("import", str(tmp_path / "filled.xlsx"))
    assert ended.code == 0, ended.err
    assert "2 of 2 lines recorded in filled" in ended.words


def test_a_template_names_required_columns_and_has_one_for_each_part(writing: Parley, tmp_path: Path) -> None:
    made = subprocess.run([*COMMAND, "template", "deal.opened", "bid.submitted"], capture_output=True, check=True)
    book = openpyxl.load_workbook(io.BytesIO(made.stdout))
    sheet = book["events"]
    names = [cell.value for cell in sheet[1]]
    header, *helped = book["help"].iter_rows(values_only=True)
    assert header == ("type", "records", "required", "optional")
    assert {each[0]: each[2] for each in helped} == {
        "deal.opened": "deal_id, type, occurred, title, kind, subject",
        "bid.submitted": "deal_id, type, occurred, bid_id, bidders",
    }
    opened = {"type": "deal.opened", "title": "T", "kind": "merger", "subject": "x"}
    bid = {"type": "bid.submitted", "bid_id": "b", "bidders": "harbor", "consideration.cash.amount": 42.5,
           "consideration.cash.currency": "USD"}  # fmt: skip
    for given in (opened, bid):
        row = {"deal_id": "parts", "occurred": "2020-09-12", **given}
        sheet.append([row.get(name) for name in names])
    book.save(tmp_path / "filled.xlsx")
    ended = writing("import", str(tmp_path / "filled.xlsx"))
    assert ended.code == 0, ended.err
    event = writing("events", "parts", "--type", "bid.submitted", "--json").json["items"][0]
    assert event["data"]["consideration"] == {"cash": {"amount": "42.5", "currency": "USD"}}


def test_each_wrong_cell_of_a_row_is_listed(writing: Parley, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(
        "deal_id,type,occurred,deadline_id,obligation,set_by,force,due,offset\n"
        "d,deadline.set,2 May 2020,dl,sell,the court,sacred,2020-13-01,soon\n"
    )
    lines = writing("import", str(file), "--dry-run").err.splitlines()
    assert [each.partition(" (")[0] for each in lines] == [f"line 2: Column {letter}" for letter in "CFGHI"]


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx", "all.ndjson"])
def test_an_export_is_read_back(parley: Parley, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert parley("export", str(file)).code == 0
    ended = parley("import", str(file))
    assert ended.code == 0, ended.err
    assert "had been recorded before" in ended.words


def test_a_file_of_another_ending_is_refused(parley: Parley, tmp_path: Path) -> None:
    ended = parley("export", str(tmp_path / "all.pdf"))
    assert ended.code == 2
    assert ".xlsx" in ended.err


def test_a_header_is_written_as_csv_too() -> None:
    ended = subprocess.run([*COMMAND, "template", "--csv", "bid.submitted"], capture_output=True, check=True)
    header = ended.stdout.decode("utf-8-sig").strip().split(",")
    assert {"bidders", "price.amount", "price.currency"} <= set(header)
    assert run("template", "bid.submited", "--csv").code == 1
