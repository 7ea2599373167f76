"""Every bad line of an import is listed, however many there are; and every warning."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import refused
from tests.api.events.test_imports import OPENING, lines, sound

BAD = 3_000


def of(kind: str, number: int) -> Any:
    data = {"bid_id": f"b{number}", "bidders": ["oracle"]}
    event = {"deal_id": "d", "id": f"x{number}", "type": "bid.submitted", "occurred": "2020-08-20", "data": data}
    match kind:
        case "malformed-json":
            return b"{"
        case "invalid-date":
            return {**event, "occurred": "2020-02-30"}
        case "unknown-deal":
            return {**event, "deal_id": "none"}
        case "duplicate-id":
            return {**event, "id": "o"}
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["malformed-json", "invalid-date", "unknown-deal", "duplicate-id"])
def test_each_bad_line_is_listed_whatever_is_wrong_with_it(http: httpx.Client, kind: str) -> None:
    content = lines(OPENING, *(of(kind, number) for number in range(BAD)))
    told = refused(http.post("/v1/imports", content=content), 422, "import-refused")
    assert (told["errors_total"], told["recorded"]) == (BAD, 0)
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(line, kind) for line in range(2, BAD + 2)]
    assert http.get("/v1/deals").json()["items"] == []


def test_a_partial_import_lists_them_all_and_records_the_others(http: httpx.Client) -> None:
    content = lines(*sound(10), *(of("malformed-json", number) for number in range(BAD)))
    answer = http.post("/v1/imports?partial=true", content=content)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["recorded"], told["errors_total"], len(told["errors"])) == (10, BAD, BAD)
    assert (told["lines"], told["deals"]) == (10 + BAD, ["d"])


def test_each_bad_event_of_a_request_is_listed_whatever_is_wrong_with_the_others(http: httpx.Client, deal: str) -> None:
    many = {**{f"unknown_{number}": 1 for number in range(1_500)}, "type": "bid.submitted"}
    batch = [*[many] * 10, *(of("invalid-date", number) | {"deal_id": "tiktok"} for number in range(490))]
    told = refused(http.post(f"{deal}/events", json=batch), 422, "invalid-input")
    assert {each["pointer"].split("/")[1] for each in told["errors"]} == {str(index) for index in range(500)}
    # Five events fill the list, each with its unknown members, `occurred` and `data`; each other one counts once.
    assert told["errors_total"] == 5 * (1_500 + 2) + 495


def test_each_bad_event_of_a_hypothesis_is_listed_whatever_is_wrong_with_the_others(
    http: httpx.Client, deal: str
) -> None:
    many = {**{f"unknown_{number}": 1 for number in range(300)}, "type": "bid.submitted"}
    bad = [of("invalid-date", number) | {"deal_id": "tiktok"} for number in range(480)]
    told = refused(http.post(f"{deal}/what-if", json={"events": [*[many] * 20, *bad]}), 422, "invalid-input")
    assert {each["pointer"].split("/")[2] for each in told["errors"]} == {str(index) for index in range(500)}
    assert told["errors_total"] > len(told["errors"])
    strangers = http.post(f"{deal}/what-if", json={f"x{n}": 1 for n in range(3_000)})
    assert refused(strangers, 422, "invalid-input")["errors_total"] == 3_000 + 1


def test_the_texts_of_a_body_that_cannot_be_kept_are_counted(http: httpx.Client, deal: str) -> None:
    body = [["\0"] * 3_000]
    told = refused(http.post(f"{deal}/events", json=body), 422, "invalid-input")
    assert (len(told["errors"]), told["errors_total"]) == (1_000, 3_000)


def test_each_warning_is_listed(http: httpx.Client) -> None:
    stray = [
        {"deal_id": "d", "id": f"m{number}", "type": "deadline.met", "occurred": "2020-09-01",
         "data": {"deadline_id": f"dl-{number}"}}
        for number in range(500)
    ]  # fmt: skip
    told = http.post("/v1/imports", content=lines(OPENING, *stray)).json()
    assert (told["recorded"], told["warnings_total"], len(told["warnings"])) == (501, 500, 500)
    assert [each["line"] for each in told["warnings"]] == list(range(2, 502))


def test_a_line_that_repeats_a_bad_one_is_bad_too(http: httpx.Client) -> None:
    bad = of("unknown-deal", 1)
    told = http.post("/v1/imports?partial=true", content=lines(*sound(2), bad, bad)).json()
    assert [each["line"] for each in told["errors"]] == [3, 4]
    assert (told["recorded"], told["repeated"]) == (2, 0)
