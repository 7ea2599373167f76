"""Imports over HTTP: judged whole, recorded whole, an error for each bad line, safe to send again."""

import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

import httpx
import orjson
import pytest
from fastapi import FastAPI

import api
from api.events import imports
from api.http.authentication import LOCAL, Caller
from domain.envelope import Submission
from ledger.append import bulk_import
from ledger.ledger import Ledger
from ledger.models import Request as Asked
from tests.api.conftest import bid, refused
from tests.decoded_texts import DecodedTexts

OPENING = {
    "deal_id": "d", "id": "o", "type": "deal.opened", "occurred": "2020-08-10",
    "data": {"title": "D", "kind": "merger", "subject": "x"},
}  # fmt: skip


def lines(*events: object) -> bytes:
    return b"".join((each if isinstance(each, bytes) else orjson.dumps(each)) + b"\n" for each in events)


def sound(count: int) -> list[object]:
    return [OPENING, *(bid(f"b{n}", id=f"e{n}", deal_id="d") for n in range(1, count))]


def test_a_file_is_recorded_and_may_be_sent_again(http: httpx.Client) -> None:
    told = http.post("/v1/imports", content=lines(*sound(40))).json()
    assert (told["lines"], told["recorded"], told["repeated"], told["errors"]) == (40, 40, 0, [])
    again = http.post("/v1/imports", content=lines(*sound(40))).json()
    assert (again["recorded"], again["repeated"], again["errors"]) == (0, 40, [])


def test_with_a_bad_line_nothing_is_recorded(http: httpx.Client) -> None:
    broken = [*sound(6), b'{"deal_id": "d",', bid("b9", deal_id="d", occurred="2020-02-30")]
    told = refused(http.post("/v1/imports", content=lines(*broken)), 422, "import-refused")
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(7, "malformed-json"), (8, "invalid-date")]
    assert http.get("/v1/deals").json()["items"] == []


def test_partial_records_the_sound_lines(http: httpx.Client) -> None:
    broken = [*sound(6), b'{"deal_id": "d",', bid("b9", deal_id="none")]
    answer = http.post("/v1/imports?partial=true", content=lines(*broken))
    assert answer.status_code == 200
    told = answer.json()
    assert told["recorded"] == 6
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(7, "malformed-json"), (8, "unknown-deal")]


def test_a_dry_run_records_nothing(http: httpx.Client) -> None:
    told = http.post("/v1/imports?dry_run=true", content=lines(*sound(4))).json()
    assert (told["dry_run"], told["recorded"], told["errors"]) == (True, 4, [])
    assert http.get("/v1/deals").json()["items"] == []


def test_a_deal_may_be_opened_after_rows_of_an_earlier_date_and_renamed(http: httpx.Client) -> None:
    told = http.post("/v1/imports?deal=renamed", content=lines(*reversed(sound(4)))).json()
    assert (told["recorded"], told["deals"]) == (4, ["renamed"])


def test_lines_without_ids_are_recorded_once_however_often_they_are_sent(http: httpx.Client) -> None:
    content = lines(OPENING, bid("b1", deal_id="d"), bid("b1", deal_id="d"))
    assert http.post("/v1/imports", content=content).json()["recorded"] == 3
    assert http.post("/v1/imports", content=content).json()["repeated"] == 3


def test_a_line_may_be_empty_but_not_too_long(http: httpx.Client) -> None:
    long = bid("b7", deal_id="d", note="n" * 70_000)
    told = refused(http.post("/v1/imports", content=lines(*sound(2), b"", long, b"{}")), 422, "import-refused")
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(4, "line-too-long"), (5, "missing-field")]


def test_unknown_references_are_warnings(http: httpx.Client) -> None:
    met = {"deal_id": "d", "type": "deadline.met", "occurred": "2020-09-01", "data": {"deadline_id": "dl"}}
    told = http.post("/v1/imports", content=lines(OPENING, met)).json()
    assert [(each["line"], each["code"]) for each in told["warnings"]] == [(2, "unknown-reference")]


@pytest.mark.parametrize("name", ["seeds", "tiktok"])
def test_the_real_timelines_are_recorded_without_an_error(http: httpx.Client, name: str) -> None:
    content = (Path(api.__file__).parent / "demo" / f"{name}.ndjson").read_bytes()
    told = http.post("/v1/imports", content=content).json()
    assert (told["recorded"], told["errors"]) == (content.count(b"\n"), [])
    assert {each["code"] for each in told["warnings"]} <= {"unknown-reference"}


def test_an_id_that_another_takes_meanwhile_stops_a_long_import_and_the_answer_says_what_stands(
    http: httpx.Client, ledger: Ledger, submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 10)
    taken = submission("d", "e25", "bid.submitted", bid_id="other", bidders=["walmart"])

    def rob() -> None:
        ledger.on_commit.remove(rob)
        ledger.append(Asked((taken,), by="other")).result(timeout=30)

    ledger.on_commit.append(rob)
    told = refused(http.post("/v1/imports", content=lines(*sound(40))), 409, "import-stopped")
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(26, "duplicate-id")]
    assert (told["lines"], told["recorded"], told["deals"]) == (40, 20, ["d"])
    again = http.post("/v1/imports?partial=true", content=lines(*sound(40))).json()
    assert (again["recorded"], again["repeated"], again["errors_total"]) == (19, 20, 1)


def test_memory_does_not_grow_with_the_file(http: httpx.Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 100)
    monkeypatch.setattr("ledger.append.spool.KEPT_BYTES", 100_000)
    who = Caller(LOCAL, app.state.runtime.main)

    def peak(count: int) -> int:
        bad = (b"{" for _ in range(count))
        # Without ids: each is made from the line, and how often the line occurs in the file.
        good = (bid(f"b{number}", deal_id=f"d-{count}", note="n" * 500) for number in range(count))
        opening = {**OPENING, "deal_id": f"d-{count}", "id": f"o-{count}"}
        with TemporaryFile() as file:
            file.write(lines(opening))
            file.writelines(lines(each) for pair in zip(bad, good, strict=True) for each in pair)
            file.seek(0)
            tracemalloc.start()
            try:
                with closing(imports.run(file, who, None, imports.ImportOptions(partial=True))) as report:
                    sent = sum(map(len, report.pieces(report.figures())))
                    assert (report.figures()["recorded"], report.figures()["errors_total"]) == (count + 1, count)
                    assert sent > 100 * count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(100)
    small, large = peak(300), peak(1_500)
    assert large < 1.5 * small


def test_each_line_is_decoded_once(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = [bid(f"b{n}", deal_id="d", summary=f"<line {n}>", **({"id": f"e{n}"} if n % 2 else {})) for n in range(6)]
    bad = [bid("b6", deal_id="d", occurred="2020-02-30"), bid("b7", deal_id="none")]
    decoded = DecodedTexts(monkeypatch)
    told = http.post("/v1/imports?partial=true", content=lines(OPENING, *marked, *bad)).json()
    assert (told["recorded"], [each["line"] for each in told["errors"]]) == (7, [8, 9])
    assert [decoded.times(orjson.dumps(each)) for each in (OPENING, *marked, *bad)] == [1] * 9
    assert [decoded.containing(f"<line {n}>") for n in range(6)] == [1] * 6, "the stored payload is not decoded either"
