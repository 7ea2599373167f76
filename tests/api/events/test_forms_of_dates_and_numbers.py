"""Instants of any precision, whole numbers however they are written, and refusals that say how a date is written."""

import httpx
import pytest

from domain.time.edtf import When, parse_moment
from tests.api.conftest import bid, refused

SET = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory", "unit": "day"}


@pytest.mark.parametrize("digits", ["1", "123456", "1234567", "123456789", "9999999", "1" * 40])
def test_an_instant_has_any_number_of_digits_of_which_six_count(http: httpx.Client, deal: str, digits: str) -> None:
    text = f"2020-09-15T12:00:00.{digits}Z"
    assert parse_moment(text) == parse_moment(f"2020-09-15T12:00:00.{digits[:6]}Z")
    answer = http.post(f"{deal}/events", json=bid("b2", text, id="e2", published=text))
    assert answer.status_code == 201, answer.text
    assert http.get(f"{deal}/events/e2").json()["occurred"] == text, "kept as it was written"
    for path in ("state", "history?path=/bids/b2/status", "calendar.ics"):
        mark = "&" if "?" in path else "?"
        assert http.get(f"{deal}/{path}{mark}valid_at={text}").status_code == 200
    assert http.get(f"{deal}/diff?from_valid={text}&to_valid=2021-01-01").status_code == 200
    assert http.get(f"{deal}/events?occurred_from={text}").json()["items"] != []


@pytest.mark.parametrize("offset", ["45", "45.0", "4.5e1", "450e-1"])
def test_a_whole_number_is_one_however_it_is_written(http: httpx.Client, deal: str, offset: str) -> None:
    data = f"""{{"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory", "unit": "day",
        "anchor": "2020-08-01", "offset": {offset}, "extendable": {{"max_total": 30.0, "times": 1.0}}}}"""
    body = f'{{"type": "deadline.set", "occurred": "2020-08-01", "rank": 2.0, "schema_version": 1.0, "data": {data}}}'
    for path in (f"{deal}/events", f"{deal}/events?dry_run=true"):
        assert http.post(path, content=body).status_code in (200, 201)
    assert http.post("/v1/imports?deal=tiktok", content=body.replace("\n", " ")).json()["errors"] == []
    assert http.get(f"{deal}/state").json()["deadlines"]["dl"]["due"] == "2020-09-15"
    assert http.get(f"{deal}/events?limit=2.0").status_code == 200


@pytest.mark.parametrize("offset", ["45.5", '"45"', "true", "1e400", "-0.5"])
def test_what_is_no_whole_number_is_refused(http: httpx.Client, deal: str, offset: str) -> None:
    body = f"""{{"type": "deadline.set", "occurred": "2020-08-01", "data": {{"deadline_id": "dl", "obligation": "sell",
        "set_by": "us", "force": "statutory", "unit": "day", "anchor": "2020-08-01", "offset": {offset}}}}}"""
    assert http.post(f"{deal}/events", content=body).status_code in (400, 422)


HOW_IT_IS_WRITTEN = {
    "Q4 2025": "2025-10/2025-12", "2025-Q4": "2025-10/2025-12", "2025Q4": "2025-10/2025-12", "4Q25": "2025-10/2025-12",
    "q1/2026": "2026-01/2026-03", "2025-36": "2025-10/2025-12", "H2 2025": "2025-07/2025-12",
    "2025-21": "2025-03/2025-05",
    "2025-W12": "2025-03-17/2025-03-23", "2025-W12-3": "2025-03-19", "15/09/2020": "2020-09-15",
    "9/15/2020": "2020-09-15", "31.12.2020": "2020-12-31", "2020/09/15": "2020-09-15", "2020-9-5": "2020-09-05",
    "March 2025": "2025-03", "15 March 2025": "2025-03-15", "March 15, 2025": "2025-03-15", "15-Mar-2025": "2025-03-15",
    "Sept. 2025": "2025-09", "20200915": "2020-09-15", "2020-09-15 12:00 +02:00": "2020-09-15T12:00+02:00",
    "29/07/25": "2025-07-29", "7/29/25": "2025-07-29", "5.9.20": "2020-05-09 or 2020-09-05",
    "29/07/2025 14:30": "2025-07-29", "July 29, 2025 14:30": "2025-07-29",
    "05/09/2020": "2020-05-09 or 2020-09-05", "mid-2025": "2025-10/2025-12", "today": "2020-09-15",
}  # fmt: skip


@pytest.mark.parametrize(("text", "right"), HOW_IT_IS_WRITTEN.items())
def test_a_refusal_says_how_the_date_is_written(http: httpx.Client, deal: str, text: str, right: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        When.parse(text)
    assert right in str(refusal.value)
    for suggested in right.split(" or "):
        When.parse(suggested)
    told = refused(http.post(f"{deal}/events", json=bid("b2", text)), 422, "invalid-input")
    assert right in told["errors"][0]["detail"]


@pytest.mark.parametrize("text", ["Q5 2025", "99/99/2020", "2020/2021/2022", "foo 2025", "2020-02-30", "x" * 5000])
def test_nothing_is_guessed_of_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        When.parse(text)
