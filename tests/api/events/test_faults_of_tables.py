"""The faults of a table are worded for a table: the nearest column, examples as cells, the column that is missing."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import refused
from tests.api.events.test_import_tables import csv_file, imported

OPENED = {"deal_id": "d", "type": "deal.opened", "occurred": "2020-01-01", "title": "T", "kind": "merger",
          "subject": "x"}  # fmt: skip
BID = {"deal_id": "d", "type": "bid.submitted", "occurred": "2020-02-01", "bid_id": "b", "bidders": "oracle"}


def of(*rows: dict[str, str], separator: str = ",") -> bytes:
    """A table with the columns of these rows."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return csv_file([columns, *([row.get(name) for name in columns] for row in rows)], separator)


def faults(http: httpx.Client, row: dict[str, str]) -> dict[str, str]:
    """The sentences by which a row is refused, by pointer."""
    [error] = imported(http, of(OPENED, row))["errors"]
    return {each["pointer"]: each["detail"] for each in error["problems"]}


@pytest.mark.parametrize(
    ("misspelt", "nearest"),
    [
        ("occured", "nearest: occurred."), ("sumary", "nearest: summary."), ("price.amout", "nearest: price.amount"),
        ("amount", "nearest: price.amount"), ("buyer", "nearest: bidders."), ("source_uri", "nearest: source_url"),
        ("zzqqxx", "the fields are: bid_id, bidders"),
    ],
)  # fmt: skip
def test_a_misspelt_column_is_answered_with_the_nearest(http: httpx.Client, misspelt: str, nearest: str) -> None:
    told = next(told for told in faults(http, {**BID, misspelt: "1"}).values() if f"no field {misspelt!r}" in told)
    assert f"({misspelt}): bid.submitted has no field" in told
    assert nearest in told


@pytest.mark.parametrize(
    ("row", "pointer", "told"),
    [
        ({"occurred": ""}, "/occurred", "occurred is required and missing: write it such as 2020-09-15."),
        ({"bidders": ""}, "/data/bidders", "bidders is required and missing: write it such as oracle."),
        ({"price": "5 USD"}, "/data/price",
         "fill in price.amount, such as 30000000000 and price.currency, such as USD."),
        ({"price.amount": "5"}, "/data/price/currency", "price.currency is required and missing: write it such as"),
        ({"sources": "https://example.org"}, "/sources", "a column for each of its parts: fill in source_title."),
        ({"data": '{"price": 5}'}, "/data/price", 'write it such as {"amount": "30000000000", "currency": "USD"}.'),
    ],
)  # fmt: skip
def test_an_example_is_written_as_cells_are(http: httpx.Client, row: dict[str, str], pointer: str, told: str) -> None:
    found = faults(http, {**BID, **row})
    assert told in found[pointer]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;", "\ufeffsep=;"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_first_line_that_declares_the_separator_is_understood(http: httpx.Client, first: str, newline: str) -> None:
    told = imported(http, f"{first}{newline}".encode() + of({**OPENED, "title": "A, B, C and D"}, separator=";"))
    assert (told["recorded"], told["errors"]) == (1, [])
    assert http.get("/v1/deals/d").json()["title"] == "A, B, C and D"


@pytest.mark.parametrize("separator", ["|", "\t"])
def test_a_declared_separator_may_be_another_character_and_rows_keep_their_numbers(
    http: httpx.Client, separator: str
) -> None:
    rows = of(OPENED, {**BID, "occurred": "never"}, separator=separator)
    told = imported(http, f"sep={separator}\n".encode() + rows, partial="true")
    assert (told["recorded"], [each["line"] for each in told["errors"]]) == (1, [4])


@pytest.mark.parametrize(
    ("named", "said"), [("typ", "it has no column type: is it 'typ'?"), ("kind_of_row", "no column type. ")]
)
def test_a_table_without_a_column_type_is_no_file_of_broken_json(http: httpx.Client, named: str, said: str) -> None:
    rows: Any = of({("occured" if name == "occurred" else named if name == "type" else name): value
                    for name, value in OPENED.items()})  # fmt: skip
    told = refused(http.post("/v1/imports", content=rows), 422, "invalid-input")
    assert said in told["detail"]


def test_a_file_of_objects_with_a_broken_first_line_is_no_table(http: httpx.Client) -> None:
    told = http.post("/v1/imports", content=b'nonsense, and more\n{"deal_id": "d"}\n').json()
    assert [each["line"] for each in told["errors"]] == [1, 2]
