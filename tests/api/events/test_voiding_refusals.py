"""No voiding and no reinstatement brings back what would be refused: a span that never holds, a circle of merges."""

from typing import Any

import httpx
import orjson
import pytest

from tests.api.conftest import refused

Events = list[dict[str, Any]]


def record(name: str, own_id: str, event_id: str, **data: Any) -> dict[str, Any]:
    cause = {} if name == "reinstated" else {"cause": "recording_error"}
    why = {} if name == "corrected" else {"reason": "r"}
    members = {"event_id": event_id, **cause, **why, **data}
    return {"type": f"record.{name}", "id": own_id, "occurred": "2020-09-02", "data": members}


def merge(own_id: str, merged: str, into: str) -> dict[str, Any]:
    return {"type": "entity.merged", "id": own_id, "occurred": "2020-09-01", "data": {"merged": merged, "into": into}}


TERM = {"term": "t", "to": 1, "effective": "2020-09-10", "until": "2020-09-20"}
SPAN: Events = [
    {"type": "terms.changed", "id": "t", "occurred": "2020-09-01", "data": TERM},
    record("corrected", "earlier", "t", changes={"effective": "2020-09-01"}),
    record("corrected", "shorter", "t", changes={"until": "2020-09-05"}),
]
MERGES: Events = [merge("m1", "a", "b"), record("voided", "v1", "m1"), merge("m2", "b", "a")]
CORRECTED: Events = [
    merge("m1", "a", "b"),
    record("corrected", "c1", "m1", changes={"into": "c"}),
    merge("m2", "b", "a"),
]
BROUGHT_BACK = [
    (SPAN, record("voided", "last", "earlier"), "reversed-range"),
    (MERGES, record("reinstated", "last", "m1"), "merge-circle"),
    (MERGES, record("voided", "last", "v1"), "merge-circle"),
    (CORRECTED, record("voided", "last", "c1"), "merge-circle"),
]
HARMLESS = [
    (SPAN, record("voided", "last", "shorter")),
    (SPAN, record("voided", "last", "t")),
    ([*SPAN, record("voided", "v", "t")], record("voided", "last", "earlier")),
    ([*MERGES, record("voided", "v2", "m2")], record("reinstated", "last", "m1")),
]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("before", "event", "code"), BROUGHT_BACK)
def test_it_is_refused(
    http: httpx.Client, deal: str, before: Events, event: dict[str, Any], code: str, together: bool
) -> None:
    if together:
        answer = http.post(f"{deal}/events", json=[*before, event])
    else:
        assert http.post(f"{deal}/events", json=before).status_code == 201
        answer = http.post(f"{deal}/events", json=event)
        supposed = http.post(f"{deal}/what-if", json={"events": [event]})
        assert refused(supposed, 422, "invalid-input")["errors"][0]["code"] == code
    (fault,) = refused(answer, 422, "invalid-input")["errors"]
    assert (fault["code"], fault["pointer"].removeprefix("/3")) == (code, "/data/event_id")


@pytest.mark.parametrize(("before", "event"), HARMLESS)
def test_what_leaves_the_others_right_is_taken(
    http: httpx.Client, deal: str, before: Events, event: dict[str, Any]
) -> None:
    assert http.post(f"{deal}/events", json=[*before, event]).status_code == 201


def test_an_import_is_held_to_it(http: httpx.Client, deal: str) -> None:
    lines = [orjson.dumps({**each, "deal_id": "tiktok"}) for each in (*MERGES, BROUGHT_BACK[1][1])]
    told = refused(http.post("/v1/imports", content=b"\n".join(lines)), 422, "import-refused")
    assert [(each["line"], each["code"]) for each in told["errors"]] == [(4, "merge-circle")]
