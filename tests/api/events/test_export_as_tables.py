"""Exports as tables: a column for each field, read back exactly by an import."""

import io
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.events.sheets.layout import cells_of
from api.events.sheets.rows import columns_of, event_of
from domain.event import REGISTRY
from domain.json_equality import equal
from projections.csv_cells import from_cell, to_cell

openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed: pip install 'parley-tracker[xlsx]'")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@given(st.text(alphabet=st.sampled_from('=+-@"; \t\n\r1a\ufeff\u2028＝'), max_size=12))
def test_a_text_without_an_apostrophe_is_read_back_from_its_cell(text: str) -> None:
    assert from_cell(str(to_cell(text))) == text


@pytest.mark.parametrize("name", REGISTRY)
def test_the_example_of_each_type_is_read_back_from_its_columns(name: str) -> None:
    data = orjson.loads(orjson.dumps(REGISTRY[name].EXAMPLE))
    cells = cells_of({"type": name, "deal_id": "d", "id": "e", "occurred": "2020-09-12", "data": data})
    raw, faults = event_of(columns_of(list(cells)), [str(cell) for cell in cells.values()])
    assert faults == []
    assert raw["data"] == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9, width=16) | st.text("a;=[{1 ", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.[0]", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    st.sampled_from(["terms.changed", "bid.submitted", "context.noted"]),
    st.dictionaries(st.sampled_from(["to", "value", "bidders", "price", "note"]), JSON),
)
def test_any_data_is_read_back_from_its_columns(name: str, data: dict[str, Any]) -> None:
    cells = cells_of({"type": name, "deal_id": "d", "id": "e", "occurred": "2020-09-12", "data": data})
    written = [orjson.dumps(cell).decode() if isinstance(cell, bool) else str(cell) for cell in cells.values()]
    raw, faults = event_of(columns_of(list(cells)), written)
    assert faults == []
    assert equal(raw["data"], data)


def recorded(http: httpx.Client) -> None:
    for event in (
        {"type": "deadline.set", "occurred": "2020-08", "summary": "=cmd()", "data": {"deadline_id": "dl",
         "obligation": "'-1", "set_by": "us", "force": "statutory", "due": "2020-09-20"}},
        {"type": "bid.submitted", "occurred": "2020-08-09", "sources": [{"title": "a; b"}], "data": {"bid_id": "b",
         "bidders": ["oracle"], "price": {"amount": "30000000000.50", "currency": "USD"}}},
    ):  # fmt: skip
        assert http.post("/v1/deals/tiktok/events", json=event).status_code == 201


@pytest.mark.parametrize(("media", "ending"), [("text/csv", "csv"), (XLSX, "xlsx")])
def test_an_export_is_imported_again_as_what_is_recorded_already(
    http: httpx.Client, deal: str, media: str, ending: str
) -> None:
    recorded(http)
    answer = http.get("/v1/events?columns=fields", headers={"Accept": media})
    assert answer.headers["content-type"].startswith(media)
    assert answer.headers["content-disposition"].endswith(f'.{ending}"')
    report = http.post("/v1/imports", content=answer.content).json()
    assert report["errors"] == []
    assert (report["recorded"], report["repeated"]) == (0, report["lines"])
    assert report["lines"] == len(http.get("/v1/events").json()["items"])


def test_a_workbook_has_dates_as_dates_and_no_formula(http: httpx.Client, deal: str) -> None:
    recorded(http)
    content = http.get("/v1/events", headers={"Accept": XLSX}).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    header, *rows = sheet.iter_rows()
    at = {cell.value: index for index, cell in enumerate(header)}
    due = next(row[at["due"]] for row in rows if row[at["due"]].value is not None)
    assert due.is_date
    assert due.number_format == "yyyy-mm-dd"
    assert "=cmd()" in [row[at["summary"]].value for row in rows]
    assert all(cell.data_type != "f" for row in rows for cell in row)


def test_a_form_that_is_not_offered_is_refused(http: httpx.Client, deal: str) -> None:
    answer = http.get("/v1/events", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["code"] == "not-acceptable"
