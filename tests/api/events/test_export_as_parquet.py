"""The log as a Parquet file, read by other programs."""

import io
import sys
from datetime import UTC, date, datetime

import httpx
import pytest

from api.parquet import files
from tests.api.conftest import refused

PARQUET = {"Accept": "application/vnd.apache.parquet"}
arrow = pytest.importorskip("pyarrow", reason="the extra analytics is not installed: pip install pyarrow")
parquet = pytest.importorskip("pyarrow.parquet", reason="the extra analytics is not installed: pip install pyarrow")


def test_columns_are_typed_and_dates_keep_what_was_written(http: httpx.Client, deal: str) -> None:
    data = {"bid_id": "b2", "bidders": ["oracle"], "price": {"amount": "0.10", "currency": "USD"}}
    event = {"type": "bid.submitted", "occurred": "2020-09", "published": "2020-09-20T23:00:00-04:00", "data": data}
    assert http.post(f"{deal}/events", json=event).status_code == 201
    answer = http.get("/v1/events", headers=PARQUET)
    assert answer.headers["content-type"] == PARQUET["Accept"]
    assert answer.headers["content-disposition"].endswith('.parquet"')
    table = parquet.read_table(io.BytesIO(answer.content))
    assert table.schema.field("recorded_at").type == arrow.timestamp("us", tz="UTC")
    assert table.schema.field("occurred_first_day").type == arrow.date32()
    rows = table.to_pylist()
    listed = http.get("/v1/events").json()["items"]
    assert [row["id"] for row in rows] == [each["id"] for each in listed]
    assert rows[-1]["recorded_at"] == datetime.fromisoformat(listed[-1]["recorded_at"]).astimezone(UTC)
    last = rows[-1]
    assert (last["occurred"], last["occurred_first_day"], last["occurred_last_day"]) == (
        "2020-09", date(2020, 9, 1), date(2020, 9, 30)
    )  # fmt: skip
    assert last["published_first_day"] == date(2020, 9, 21)
    assert '"amount":"0.10"' in last["data"]
    about = parquet.read_metadata(io.BytesIO(answer.content)).metadata
    assert about[b"parley.position"] == str(listed[-1]["position"]).encode()
    assert about[b"parley.count"] == str(len(listed)).encode()
    assert {b"parley.origin", b"parley.rules"} <= set(about)


def test_an_export_without_events_is_a_file_without_rows(http: httpx.Client) -> None:
    answer = http.get("/v1/events?after=99", headers=PARQUET)
    assert parquet.read_table(io.BytesIO(answer.content)).num_rows == 0


def test_row_groups_are_sent_as_they_are_full(http: httpx.Client, deal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "GROUP_CHARACTERS", 1)
    read = parquet.ParquetFile(io.BytesIO(http.get("/v1/events", headers=PARQUET).content))
    assert read.num_row_groups == read.metadata.num_rows == 2


def test_a_server_without_the_library_says_which_extra_it_needs(
    http: httpx.Client, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    problem = refused(http.get("/v1/events", headers=PARQUET), 501, "extra-missing")
    assert "parley-tracker[analytics]" in problem["detail"]
