"""Imports of CSV files and workbooks: dates as spreadsheets have them, and an error for each cell."""

import io
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import pytest

openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed: pip install 'parley-tracker[xlsx]'")

A_TIME = datetime(2020, 9, 20, 17, 30)  # noqa: DTZ001 - a cell has no zone
HEADER = ["deal_id", "id", "type", "occurred", "summary", "source_url", "deadline_id", "obligation", "set_by", "force",
          "due", "title", "kind", "subject", "bid_id", "bidders", "price.amount", "price.currency"]  # fmt: skip
ROWS = [
    {"type": "deal.opened", "occurred": "2020-08-06", "title": "A; B, “C”", "kind": "merger", "subject": "target"},
    {"type": "deadline.set", "occurred": "2020-08-07", "deadline_id": "dl", "obligation": "sell\nor close",
     "set_by": "us", "force": "statutory", "due": "2020-09-20", "summary": "=1+1", "source_url": "https://example.org/1"},
    {"type": "bid.submitted", "occurred": "2020-08", "bid_id": "b", "bidders": "oracle; walmart",
     "price.amount": "30000000000", "price.currency": "USD"},
]  # fmt: skip


def table(deal_id: str, rows: list[dict[str, Any]] = ROWS) -> list[list[Any]]:
    named = [{"deal_id": deal_id, "id": f"{deal_id}-{number}", **row} for number, row in enumerate(rows)]
    return [HEADER, *([row.get(name) for name in HEADER] for row in named)]


def csv_file(rows: list[list[Any]], separator: str = ",", newline: str = "\r\n", encoding: str = "utf-8") -> bytes:
    def quoted(cell: Any) -> str:
        text = "" if cell is None else str(cell).replace('"', '""')
        return f'"{text}"' if any(each in text for each in (*',;\t"\n',)) else text

    return "".join(separator.join(map(quoted, row)) + newline for row in rows).encode(encoding)


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def imported(http: httpx.Client, body: bytes, **asked: Any) -> Any:
    return http.post("/v1/imports", content=body, params=asked).json()


@pytest.mark.parametrize(
    ("separator", "newline", "encoding"),
    [(",", "\r\n", "utf-8"), (";", "\n", "utf-8-sig"), ("\t", "\r\n", "utf-16"), (",", "\n", "utf-16-le")],
)
def test_a_table_is_read_as_spreadsheets_write_it(
    http: httpx.Client, separator: str, newline: str, encoding: str
) -> None:
    report = imported(http, csv_file(table("sheet"), separator, newline, encoding))
    assert (report["recorded"], report["errors"]) == (3, [])
    state = http.get("/v1/deals/sheet/state?valid_at=2020-09-01").json()
    assert state["deal"]["title"] == "A; B, “C”"
    assert state["deadlines"]["dl"]["obligation"] == "sell\nor close"
    assert state["bids"]["b"]["bidders"] == ["oracle", "walmart"]
    assert state["bids"]["b"]["price"] == {"amount": "30000000000", "currency": "USD"}
    event = http.get("/v1/deals/sheet/events/sheet-1").json()
    assert event["sources"] == [{"url": "https://example.org/1"}]
    assert event["summary"] == "=1+1"


def test_a_workbook_has_real_dates_and_numbers(http: httpx.Client) -> None:
    rows = table("book")
    rows[2][HEADER.index("due")] = date(2020, 9, 20)
    rows[2][HEADER.index("occurred")] = datetime(2020, 8, 7)  # noqa: DTZ001 - a cell has no zone
    rows[2][HEADER.index("summary")] = "plain"
    rows[3][HEADER.index("price.amount")] = 30000000000
    report = imported(http, workbook(rows))
    assert (report["recorded"], report["errors"]) == (3, [])
    state = http.get("/v1/deals/book/state?valid_at=2020-09-01").json()
    assert state["deadlines"]["dl"]["due"] == "2020-09-20"
    assert state["bids"]["b"]["price"]["amount"] == "30000000000"


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("due", "9/20/2020", "Column K (due)"),
        ("due", A_TIME, "has no offset: write it as text, such as 2020-09-12T10:00-04:00"),
        ("due", "=TODAY()", "it holds the formula '=TODAY()': paste its value instead"),
        ("force", "sacred", "Column J (force)"),
        ("price.amount", "1", "Column Q (price.amount)"),
        ("obligation", None, "obligation"),
    ],
)
def test_a_cell_in_the_wrong_form_is_named_by_row_and_column(
    http: httpx.Client, column: str, cell: Any, said: str
) -> None:
    rows = table("wrong")
    rows[2][HEADER.index("summary")] = None
    rows[2][HEADER.index(column)] = cell
    for dry_run in (True, False):
        report = imported(http, workbook(rows), dry_run=dry_run)
        assert report["recorded"] == 0
        assert [each["line"] for each in report["errors"]] == [3]
        told = str([each["detail"] for each in report["errors"][0]["problems"]])
        assert said in told
    assert http.get("/v1/deals/wrong/state").status_code == 404


def test_nested_fields_and_a_column_of_json_are_read(http: httpx.Client) -> None:
    head = ["deal_id", "type", "occurred", "data", "agreement_id", "level", "parties", "stakes[0].holder",
            "stakes[0].pct", "stakes[1].holder", "stakes[1].pct"]  # fmt: skip
    opened = ["nested", "deal.opened", "2020-01-01", '{"title": "T", "kind": "merger", "subject": "x"}']
    agreed = ["nested", "deal.agreement_reached", "2020-02-01", None, "a", "definitive", "p; q", "p", 51, "q", 49]
    report = imported(http, workbook([head, [*opened, *[None] * 7], agreed]))
    assert report["errors"] == []
    event = http.get("/v1/deals/nested/events?type=deal.agreement_reached").json()["items"][0]
    assert event["data"]["stakes"] == [{"holder": "p", "pct": 51}, {"holder": "q", "pct": 49}]


@pytest.mark.parametrize(("form", "cell"), [(workbook, 1), (workbook, "1"), (csv_file, 1)])
def test_a_field_of_a_number_or_a_word_takes_both_from_a_cell(http: httpx.Client, form: Any, cell: Any) -> None:
    rows = table(f"times-{form.__name__}-{type(cell).__name__}")
    rows[0] = [*HEADER, "extendable.times"]
    rows[2] = [*rows[2], cell]
    rows[2][HEADER.index("summary")] = None
    rows.append([*rows[2][:1], None, *rows[2][2:6], "dl-2", *rows[2][7:-1], "unlimited"])
    assert imported(http, form(rows))["errors"] == []
    deadlines = http.get(f"/v1/deals/{rows[1][0]}/events?type=deadline.set").json()["items"]
    assert [each["data"]["extendable"] for each in deadlines] == [{"times": 1}, {"times": "unlimited"}]


def test_a_table_sent_again_records_nothing_twice_even_without_ids(http: httpx.Client) -> None:
    rows = [[cell for name, cell in zip(HEADER, row, strict=True) if name != "id"] for row in table("again")]
    assert imported(http, csv_file(rows))["recorded"] == 3
    assert imported(http, csv_file(rows))["repeated"] == 3


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["deal_id", "occurred"], ["a", "b"]], "it has no column type"),
        ([["type", "due", "data.due"], ["a", "b", "c"]], "Two columns give due"),
        ([["type", "a b!"], ["a", "b"]], "no name of a column"),
        ([["type", *(f"c{number}" for number in range(600))], ["x"]], "more than 500 columns"),
    ],
)
def test_a_table_that_is_none_of_events_is_refused_as_a_whole(
    http: httpx.Client, rows: list[list[Any]], said: str
) -> None:
    answer = http.post("/v1/imports", content=workbook(rows))
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_damaged_or_swollen_workbook_is_refused(http: httpx.Client) -> None:
    assert "damaged" in imported(http, b"PK\x03\x04 and then nothing")["detail"]
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as zipped, zipped.open("xl/sharedStrings.xml", "w") as member:
        for _ in range(65):
            member.write(b" " * 1024 * 1024)
    assert "unpacks to more" in imported(http, packed.getvalue())["detail"]
    other = io.BytesIO()
    with ZipFile(other, "w") as zipped:
        zipped.writestr("a.txt", "no workbook")
    assert "cannot be read" in imported(http, other.getvalue())["detail"]
