"""The log as CSV: every member of an event has its column, the file has a name, and no text is a formula."""

import csv
import io
from hashlib import sha256

import httpx
import pytest

from api.events.export import COLUMNS
from domain.envelope import LEAF_MEMBERS, LEDGER_MEMBERS, PAYLOAD_MEMBERS
from projections.csv_cells import to_cell
from tests.api.conftest import bid

CSV = {"Accept": "text/csv"}


def read(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_every_member_of_an_event_has_its_column() -> None:
    assert set(COLUMNS) == {*LEAF_MEMBERS, *PAYLOAD_MEMBERS, *LEDGER_MEMBERS, "erased"}


def test_all_that_was_sent_is_in_the_file(http: httpx.Client, deal: str) -> None:
    sent = {
        "rank": -3, "quote": "we agree", "note": "read twice", "causation_id": "first-bid", "correlation_id": "c1",
        "sources": [{"title": "A, \"B\"", "url": "https://example.org"}], "actor": "oracle", "grade": "B2",
        "published": "2020-08-21", "effective": "2020-08-22",
    }  # fmt: skip
    assert http.post(f"{deal}/events", json=bid("b2", **sent)).status_code == 201
    answer = http.get("/v1/events", headers=CSV)
    row = read(answer)[2]
    expected = {"rank": "-3", "sources": '[{"title":"A, \\"B\\"","url":"https://example.org"}]'}
    assert {name: row[name] for name in sent} == {**sent, **expected}
    assert row["data"] == '{"bid_id":"b2","bidders":["oracle"]}'
    last = answer.content.rfind(b"#count")
    assert f"#digest={sha256(answer.content[:last]).hexdigest()}" in answer.text


@pytest.mark.parametrize(("path", "ending"), [("/v1/events", "csv"), ("/v1/deals/tiktok/replay", "csv")])
def test_a_file_has_a_name(http: httpx.Client, deal: str, path: str, ending: str) -> None:
    answer = http.get(path, headers=CSV)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    kind, _, name = answer.headers["content-disposition"].partition("; filename=")
    assert (kind, name[0], name.rsplit(".", 1)[1]) == ("attachment", '"', f'{ending}"')


@pytest.mark.parametrize("start", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize(
    "before", ["", " ", "\t", "\r", "\n", "a\n", "a\r\n", "a\u2028", "a\x85 ", "a;", 'a;"', "\u200b"]
)
def test_no_text_starts_a_formula(start: str, before: str) -> None:
    found = str(to_cell(f"{before}{start}1+1"))
    assert "'" in found[: found.index(start)], "an apostrophe precedes it"
    assert found.replace("'", "") == f"{before}{start}1+1", "and nothing else changes"


@pytest.mark.parametrize("text", ["\ttab", "\rcr", "\nlf"])
def test_what_starts_with_a_break_is_disarmed_too(text: str) -> None:
    assert to_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a-b", "1+1", "a@b.c", "x = y", '{"a":[-1,-2]}', "x, -5", "2020-08-01", "it's"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert to_cell(text) == text


def test_numbers_are_numbers() -> None:
    assert (to_cell(-3), to_cell(None)) == (-3, "")


@pytest.mark.parametrize("path", ["/v1/events", "/v1/deals/tiktok/replay"])
def test_both_tables_hold_to_it(http: httpx.Client, deal: str, path: str) -> None:
    assert http.post(f"{deal}/events", json=bid("b2", summary="ok\n=cmd|' /C calc'!A0")).status_code == 201
    assert [row["summary"] for row in read(http.get(path, headers=CSV)) if row["summary"]] == [
        "ok\n'=cmd|' /C calc'!A0"
    ]
