"""A whole number beyond 2^53 - 1 is refused however it is written, and one that was recorded harms no reader."""

import httpx
import pytest

from ledger.ledger import Ledger
from ledger.models import Request
from tests.api.conftest import refused
from tests.submissions import make_submission

SPELLINGS = ["9007199254740992", "9007199254740992.0", "-1e16", "123456789012345678.5", "1e20", "1E22", "1.5e308"]
READERS = [
    "state", "replay", "events", "calendar.ics", "timemap", "history?path=/terms/fee/value", "digest?since_version=1",
    "first?path=/terms/fee/value&op=exists", "diff?from_valid=2020-01-01&to_valid=2021-01-01",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", ["{}", '{{"a": [{}]}}'])
def test_it_is_refused_however_it_is_written(http: httpx.Client, deal: str, value: str, spelling: str) -> None:
    data = f'{{"term": "fee", "to": {value.format(spelling)}}}'
    event = f'{{"type": "terms.changed", "occurred": "2020-09-01", "deal_id": "tiktok", "data": {data}}}'
    for path, content in (
        (f"{deal}/events", event),
        (f"{deal}/what-if", f'{{"events": [{event}]}}'),
        ("/v1/imports", event),
    ):
        told = http.post(path, content=content)
        assert told.status_code == 422, path
        assert "beyond 2^53 - 1" in told.text
    assert len(http.get(f"{deal}/events").json()["items"]) == 2


def test_a_number_is_shown_short_in_its_refusal(http: httpx.Client, deal: str) -> None:
    event = '{"type": "terms.changed", "occurred": "2020-09-01", "data": {"term": "fee", "to": 1e300}}'
    told = refused(http.post(f"{deal}/events", content=event), 422, "invalid-input")
    assert len(told["detail"]) < 200


@pytest.mark.parametrize("number", [float(2**53), 1e20, -1e16, 1e22])
def test_one_that_stands_in_the_record_is_read_everywhere(
    http: httpx.Client, deal: str, ledger: Ledger, number: float
) -> None:
    event = make_submission("tiktok", "big", "terms.changed", occurred="2020-09-01", term="fee", to=[number])
    ledger.append(Request((event,), "desk")).result()
    for path in READERS:
        answer = http.get(f"{deal}/{path}")
        assert answer.status_code == 200, (path, answer.text)
    assert http.get(f"{deal}/state").json()["terms"]["fee"]["value"] == [number]
    assert http.get("/deals/tiktok").status_code == 200
    assert http.get("/v1/calendar.ics").status_code == 200
    assert '"ok":true' in http.post("/v1/audit/verify").text
