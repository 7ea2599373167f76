"""What the log exports as JSON Lines can be imported: into an empty log it fills it, into its own it adds nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import open_ledger
from tests.api.conftest import bid, refused

EXPORT = "/v1/events?limit=1000000"
NDJSON = {"Accept": "application/x-ndjson"}
AT = {"valid_at": "2020-12-01"}
OWN_MEMBERS = ("position", "recorded_at", "leaf_hash", "recorded_by")


@pytest.fixture
def other(shared_database: str, tenant: str) -> Iterator[httpx.Client]:
    """A client of a second, empty log."""
    name = f"{tenant}-other"
    with open_ledger(shared_database, name, migrating=False) as ledger:
        application = create_app(Settings(tenant=name, run_workers=False), ledger)
        with httpx.Client(transport=InProcessTransport(application), base_url="http://127.0.0.1") as client:
            yield client


def record(name: str, own_id: str, /, **data: Any) -> dict[str, Any]:
    return {"type": f"record.{name}", "id": own_id, "occurred": "2020-10-01", "data": data}


@pytest.fixture
def rich(http: httpx.Client, deal: str) -> httpx.Client:
    """A log with a correction, a voiding, a correction of an event that was erased later, and a hold after that."""
    events = [
        bid("b2", id="e2", summary="a line\u2028break", published=None, note="=1+1"),
        bid("b3", id="e3"),
        bid("b4", id="e4", quote="personal"),
        record("corrected", "r1", event_id="e3", changes={"occurred": "2020-08-25"}, cause="recording_error"),
        record("voided", "r2", event_id="e2", cause="duplicate", reason="twice"),
        record("corrected", "r3", event_id="e4", changes={"bidders": ["walmart"]}, cause="source_corrected"),
    ]
    assert http.post(f"{deal}/events", json=events).status_code == 201
    later = [
        {"type": "bid.withdrawn", "id": "e5", "occurred": "2020-09-01", "data": {"bid_id": "b4"}},
        record("erased", "r4", event_id="e4", legal_basis="GDPR Art. 17"),
        record("held", "r5", reason="a case is pending"),
    ]
    for event in later:
        assert http.post(f"{deal}/events", json=event).status_code == 201
    return http


def exported(client: httpx.Client) -> bytes:
    answer = client.get(EXPORT, headers=NDJSON)
    assert answer.status_code == 200
    return answer.content


def events(content: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in content.split(b"\n") if line][:-1]


def test_an_empty_log_is_filled_with_the_same_deals(rich: httpx.Client, other: httpx.Client) -> None:
    content = exported(rich)
    told = other.post("/v1/imports", content=content).json()
    count = len(events(content))
    assert (told["lines"], told["recorded"], told["repeated"], told["errors"]) == (count, count, 0, [])
    ours, theirs = rich.get(EXPORT, headers=NDJSON).content, exported(other)
    for mine, yours in zip(events(ours), events(theirs), strict=True):
        assert {k: v for k, v in mine.items() if k not in OWN_MEMBERS} == {
            k: v for k, v in yours.items() if k not in OWN_MEMBERS
        }
    hashes = [each.get("/v1/deals/tiktok/state", params=AT).json()["state_hash"] for each in (rich, other)]
    assert hashes[0] == hashes[1]


def test_its_own_log_gains_nothing(rich: httpx.Client) -> None:
    content = exported(rich)
    for _ in range(2):
        told = rich.post("/v1/imports", content=content).json()
        assert (told["recorded"], told["repeated"], told["errors"]) == (0, len(events(content)), [])
    assert exported(rich) == content


def test_a_page_of_events_of_a_deal_is_taken_line_by_line(rich: httpx.Client, other: httpx.Client) -> None:
    items = rich.get("/v1/deals/tiktok/events", params={"include": "voided"}).json()["items"]
    told = other.post("/v1/imports", content=b"\n".join(map(orjson.dumps, items))).json()
    assert (told["recorded"], told["errors"]) == (len(items), [])


def test_an_erased_event_comes_with_its_erasure(rich: httpx.Client, other: httpx.Client) -> None:
    kept = b"".join(
        line + b"\n" for line in exported(rich).split(b"\n") if line and b'"r4"' not in line and b'"count"' not in line
    )
    told = refused(other.post("/v1/imports", content=kept), 422, "import-refused")
    assert [(each["line"], each["code"]) for each in told["errors"]] == [
        (5, "erased-payload"),
        (8, "unknown-event"),  # its correction
    ]
    assert "e4" in told["errors"][0]["detail"]


def test_an_imported_erasure_destroys_the_payload_that_this_log_still_holds(
    rich: httpx.Client, other: httpx.Client
) -> None:
    first = [line for line in exported(rich).split(b"\n") if line]
    held = orjson.dumps({**bid("b4", id="e4"), "deal_id": "tiktok"})
    assert other.post("/v1/imports", content=b"\n".join([first[0], held])).json()["recorded"] == 2
    told = other.post("/v1/imports", content=b"\n".join(first)).json()
    assert told["errors"] == []
    assert other.get("/v1/deals/tiktok/events/e4").json()["erased"] is True


def test_an_imported_log_holds_under_audit(rich: httpx.Client, other: httpx.Client) -> None:
    assert other.post("/v1/imports", content=exported(rich)).status_code == 200
    lines = [orjson.loads(line) for line in other.post("/v1/audit/verify").content.splitlines()]
    assert lines[-1]["ok"] is True, lines[-1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: [*lines[:2], lines[-1]], "trailer-mismatch"),
        (lambda lines: [*lines[:-1], orjson.dumps({"count": 0, "position": 0, "digest": ""})], "trailer-mismatch"),
    ],
)
def test_a_file_that_lacks_lines_of_its_trailer_is_refused(
    rich: httpx.Client, other: httpx.Client, change: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    content = b"\n".join(change([line for line in exported(rich).split(b"\n") if line]))
    told = refused(other.post("/v1/imports", content=content), 422, "import-refused")
    assert [each["code"] for each in told["errors"]] == [code]
    assert other.get("/v1/deals").json()["items"] == []


def test_several_exports_may_stand_in_one_file_and_changed_lines_are_named(
    rich: httpx.Client, other: httpx.Client
) -> None:
    half = [rich.get(f"/v1/events?{part}", headers=NDJSON).content for part in ("limit=4", "after=4&limit=1000")]
    told = other.post("/v1/imports", content=b"".join(half)).json()
    assert (told["errors"], {each["code"] for each in told["warnings"]}) == ([], {"unknown-reference"})
    changed = half[0].replace(b'"published":null,', b"", 1)
    told = other.post("/v1/imports", content=changed).json()
    assert (told["repeated"], told["errors"]) == (4, [])
    assert [(each["line"], each["code"]) for each in told["warnings"]] == [(5, "trailer-mismatch")]


def test_a_line_written_by_hand_cannot_say_when_it_was_recorded(http: httpx.Client, deal: str) -> None:
    line = {**bid("b9", deal_id="tiktok"), "recorded_at": "2019-01-01T00:00:00.000000Z"}
    told = refused(http.post("/v1/imports", content=orjson.dumps(line)), 422, "import-refused")
    assert told["errors"][0]["code"] == "unknown-field"
