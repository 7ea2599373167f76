"""Tables made to harm: each is refused by what is wrong with it, before it takes memory or time."""

import io
import re
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest

from tests.api.events.test_import_tables import csv_file, imported, openpyxl, workbook

HEADER = ["deal_id", "type", "occurred", "data"]
OPENED = ["d", "deal.opened", "2020-01-01", '{"title": "T", "kind": "merger", "subject": "x"}']
SHEET = "xl/worksheets/sheet1.xml"
MIB = 1024 * 1024


def changed(parts: Mapping[str, tuple[str, str]]) -> bytes:
    """A workbook of which some parts have a text in place of what a pattern finds."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(workbook([HEADER, OPENED]))) as made, ZipFile(out, "w", ZIP_DEFLATED) as written:
        for name in made.namelist():
            written.writestr(
                name, re.sub(*parts.get(name, ("", "")), made.read(name).decode(), count=1, flags=re.DOTALL)
            )
    return out.getvalue()


@pytest.mark.parametrize(
    "data", ['{"title": 99999999999999999999999}', "[" * 400 + "]" * 400, '{"a":' * 400 + "1" + "}" * 400]
)
def test_a_cell_of_json_beyond_any_field_is_an_error_of_its_row(http: httpx.Client, data: str) -> None:
    report = imported(http, csv_file([HEADER, [*OPENED[:3], data]]))
    assert [each["line"] for each in report["errors"]] == [2]


def test_a_number_beyond_64_bits_is_an_error_of_its_row(http: httpx.Client) -> None:
    rows = [["deal_id", "type", "occurred", "rank"], ["d", "deal.opened", "2020-01-01", 7]]
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(workbook(rows))) as made, ZipFile(packed, "w") as written:
        for name in made.namelist():
            written.writestr(name, made.read(name).replace(b"<v>7</v>", b"<v>" + b"9" * 30 + b"</v>"))
    assert [each["line"] for each in imported(http, packed.getvalue())["errors"]] == [2]


def test_a_column_of_many_steps_is_no_field(http: httpx.Client) -> None:
    report = imported(http, csv_file([[*HEADER, ".".join("a" * 300)], [*OPENED, "x"]]))
    assert "no name of a column" in report["detail"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({SHEET: ('<row r="2"', '<row r="99999999999"')}, "beyond 1048576"),
        ({SHEET: ("</row></sheetData>", '<c r="XFD2"><v>1</v></c></row></sheetData>')}, "more than 500 columns"),
        ({SHEET: ("</sheetData>", f"</sheetData><x>{' ' * 9 * MIB}</x>")}, "8 MiB beside its rows"),
        ({SHEET: ("<sheetData>", f"<sheetData><row><c><v>{' ' * 9 * MIB}</v></c></row>")}, "mebibyte"),
        ({"xl/styles.xml": ("</styleSheet>", f"{' ' * 9 * MIB}</styleSheet>")}, "a part that is no sheet"),
        ({SHEET: ("</worksheet>", "")}, "cannot be read (ParseError)"),
    ],
    ids=["gap", "wide", "beside-rows", "long-row", "styles", "cut"],
)  # fmt: skip
def test_a_workbook_that_harms_its_reader_is_refused(
    http: httpx.Client, parts: dict[str, tuple[str, str]], said: str
) -> None:
    assert said in imported(http, changed(parts))["detail"]


def test_rows_that_a_workbook_leaves_out_are_passed_over(http: httpx.Client) -> None:
    report = imported(http, changed({SHEET: ('<row r="2"', '<row r="300000"')}))
    assert report["recorded"] == 1


@pytest.mark.parametrize("rest", ["x" * 2 * MIB, '"\n",' * MIB], ids=["line", "lines"])
def test_a_row_of_csv_is_bounded(http: httpx.Client, rest: str) -> None:
    report = imported(http, csv_file([HEADER, OPENED]) + rest.encode())
    assert "the next row has more than" in report["detail"]


def test_a_row_that_begins_with_a_number_sign_is_no_trailer(http: httpx.Client) -> None:
    report = imported(http, csv_file([["summary", *HEADER], ["#1 bidder is in", *OPENED]]))
    assert report["recorded"] == 1


def test_the_first_visible_sheet_is_read(http: httpx.Client) -> None:
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.active.append(["lists", "of", "choices"])
    for row in (HEADER, OPENED):
        (book["events"] if "events" in book else book.create_sheet("events")).append(row)
    saved = io.BytesIO()
    book.save(saved)
    assert imported(http, saved.getvalue())["recorded"] == 1
