"""A refusal says what to write: the date in our form, the right shape, the name that is meant, the place of a field."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson
import pytest

from tests.api.conftest import bid, refused

Ask = Callable[[dict[str, Any]], str]


def deadline(**data: Any) -> dict[str, Any]:
    usual = {"deadline_id": "dl", "obligation": "sell", "set_by": "cfius", "force": "statutory", "due": "2025-07-29"}
    return {"type": "deadline.set", "occurred": "2025-01-02", "id": "set", "data": {**usual, **data}}


@pytest.fixture(params=["posted", "imported", "corrected"])
def ask(request: pytest.FixtureRequest, http: httpx.Client, deal: str) -> Ask:
    """The sentence by which these fields of a deadline are refused: when posted, imported, or as a correction."""

    def posted(fields: Mapping[str, Any]) -> str:
        told = refused(http.post(f"{deal}/events", json=deadline(**fields)), 422, "invalid-input")
        return str(told["errors"][0]["detail"])

    def imported(fields: Mapping[str, Any]) -> str:
        line = orjson.dumps({"deal_id": "tiktok", **deadline(**fields)})
        answer = http.post("/v1/imports", content=line, headers={"Content-Type": "application/x-ndjson"})
        assert answer.status_code == 422
        return str(answer.json()["errors"][0]["detail"])

    def corrected(fields: Mapping[str, Any]) -> str:
        assert http.post(f"{deal}/events", json=deadline()).status_code == 201
        data = {"event_id": "set", "changes": dict(fields), "reason": "typo", "cause": "recording_error"}
        answer = http.post(f"{deal}/events", json={"type": "record.corrected", "occurred": "2025-01-03", "data": data})
        told = refused(answer, 422, "invalid-input")
        assert told["errors"][0]["pointer"].startswith("/data/changes/")
        return str(told["errors"][0]["detail"])

    found: Ask = {"posted": posted, "imported": imported, "corrected": corrected}[request.param]
    return found


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("29/07/2025", "write 2025-07-29."), ("07/29/2025", "write 2025-07-29."), ("29.07.2025", "write 2025-07-29."),
        ("July 29, 2025", "write 2025-07-29."), ("29 Jul 2025", "write 2025-07-29."),
        ("07/08/2025", "write 2025-07-08 or 2025-08-07."),
    ],
)  # fmt: skip
def test_a_date_in_another_order_is_shown_as_it_is_written_here(ask: Ask, written: str, right: str) -> None:
    told = ask({"due": written})
    assert repr(written) in told
    assert told.endswith(right)


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ({"extendable": "30 days"}, 'extendable must be an object, not a text: write it such as {"max_total": 30, '),
        ({"extendable": {"max_total": "30"}}, "'30' is a text: send a whole number, such as 30."),
        ({"offset": "ninety", "unit": "day"}, "'ninety' is a text: send a whole number, such as 90."),
        ({"obligation": ["sell"]}, "is a list: send a text, such as \"divest TikTok US assets and data\"."),
        ({"due": 20250729}, "20250729 is none: write a year, month or day such as 2020-09-15"),
        ({"due": {"day": True}}, 'a text, and {"day": true} is none: write a year'),
        ({"obligation": [None, True]}, "[null, true] is a list: send a text"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_shape_is_answered_with_the_right_one(
    ask: Ask, fields: dict[str, Any], right: str
) -> None:
    assert right in ask(fields)


def test_a_value_of_no_closed_list_is_answered_with_the_list_and_the_nearest(ask: Ask) -> None:
    told = ask({"force": "binding"})
    assert "'binding' is not one of legally_binding, statutory, court_order, contractual," in told
    assert told.endswith("market_expectation; nearest: legally_binding.")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("obligaton", "obligation"),
        ("deadline", "due, deadline_id"),
        ("regulator", "set_by"),
        ("responsible", "obligor"),
    ],
)
def test_a_misspelt_field_is_answered_with_the_nearest_by_spelling_or_meaning(ask: Ask, name: str, near: str) -> None:
    told = ask({name: "2025-01-01"})
    assert f"no field {name!r}" in told
    assert f"nearest: {near}" in told


def test_a_field_that_is_near_to_none_is_answered_with_the_fields_that_there_are(ask: Ask) -> None:
    told = ask({"zzqqxx": 1})
    assert " no field 'zzqqxx'" in told
    assert "; the fields are: a" in told
    assert told.endswith(" more.")


class TestShapes:
    """Lists and amounts, which a deadline has none of."""

    @pytest.mark.parametrize(
        ("fields", "right"),
        [
            ({"bidders": "oracle"}, 'bidders must be a list, not a text: write it such as ["oracle"].'),
            ({"price": "30 billion"}, 'write it such as {"amount": "30000000000", "currency": "USD"}.'),
            ({"price": {"amount": 30, "currency": "USD"}}, '30 is a number: send a text, such as "30000000000".'),
            ({"price": {"currency": "USD"}}, 'amount is required and missing: write it such as "30000000000".'),
        ],
    )
    def test_the_right_one_is_shown(self, http: httpx.Client, deal: str, fields: dict[str, Any], right: str) -> None:
        event = bid("b2")
        event["data"] |= fields
        told = refused(http.post(f"{deal}/events", json=event), 422, "invalid-input")
        assert told["errors"][0]["detail"].endswith(right)


@pytest.mark.parametrize(
    ("event", "pointer", "right"),
    [
        ({"due": "2025-01-01"}, "/due", 'due belongs inside data, and not beside it: {"data": {"due": "2020-11-12"}}.'),
        ({"data": {**deadline()["data"], "actor": "us"}}, "/data/actor",
         'actor belongs beside data, and not inside data: {"actor": "oracle"}.'),
        ({"data": {**deadline()["data"], "max_total": 30}}, "/data/max_total",
         'max_total belongs inside extendable: {"data": {"extendable": {"max_total": 30}}}.'),
        ({"data": {**deadline()["data"], "extendable": {"due": "2025-01-01"}}}, "/data/extendable/due",
         'due belongs in data itself, and not inside extendable: {"data": {"due": "2020-11-12"}}.'),
        ({"type": "deadline.created", "due": "2025-01-01"}, "/due", "due belongs inside data, and not beside it"),
    ],
)  # fmt: skip
def test_a_field_in_the_wrong_place_is_answered_with_the_right_place(
    http: httpx.Client, deal: str, event: dict[str, Any], pointer: str, right: str
) -> None:
    told = refused(http.post(f"{deal}/events", json={**deadline(), **event}), 422, "invalid-input")
    faults = {each["pointer"]: each["detail"] for each in told["errors"]}
    assert right in faults[pointer]


@pytest.mark.parametrize(
    ("type_name", "fields", "near"),
    [
        ("deal.phase_changed", {"to": "signd"}, ["signed"]),
        ("order.signed", {"kind": "law"}, ["statute"]),
        ("position.stated", {"stance": "in favour"}, ["support"]),
        ("deadline.set", {"unit": "business days"}, ["working_day"]),
    ],
)
def test_a_value_is_found_by_spelling_or_meaning(
    http: httpx.Client, deal: str, type_name: str, fields: dict[str, Any], near: list[str]
) -> None:
    event = {"type": type_name, "occurred": "2025-01-02", "data": fields}
    told = refused(http.post(f"{deal}/events", json=event), 422, "invalid-input")
    [fault] = [each for each in told["errors"] if each["code"] == "invalid-value"]
    assert fault["nearest"][:1] == near


@pytest.mark.parametrize("kind", ["bid.revised", "deal.agreement_amended"])
def test_where_other_fields_say_what_changes_no_more_than_an_empty_object_is_asked_for(
    http: httpx.Client, deal: str, kind: str
) -> None:
    told = {
        "bid.revised": {"bid_id": "b1", "price": {"amount": "5", "currency": "USD"}},
        "deal.agreement_amended": {"agreement_id": "a", "new_outside_date": "2026-01-30"},
    }[kind]
    event = {"type": kind, "occurred": "2020-09-02", "data": told}
    lenient = {"Prefer": "handling=lenient"}
    answer = refused(http.post(f"{deal}/events", json=event, headers=lenient), 422, "invalid-input")
    [fault] = answer["errors"]
    assert fault["pointer"] == "/data/changes"
    assert fault["detail"].endswith("; {} is enough where other fields say what changes.")
    event["data"] = {**told, "changes": {}}
    assert http.post(f"{deal}/events", json=event, headers=lenient).status_code == 201


def test_an_unknown_type_is_answered_with_the_one_that_is_meant(http: httpx.Client, deal: str) -> None:
    for name, meant in (("deal.signed", "deal.agreement_reached"), ("deadline.moved", "deadline.extended")):
        told = refused(http.post(f"{deal}/events", json={**bid("b2"), "type": name}), 422, "invalid-input")
        assert told["errors"][0]["nearest"] == [meant]
        assert f"nearest: {meant}." in told["errors"][0]["detail"]
        assert f"nearest: {meant}" in http.get(f"/v1/event-types/{name}").json()["detail"]


def test_an_unknown_deal_or_event_is_answered_with_the_nearest(http: httpx.Client, deal: str) -> None:
    told = refused(http.get("/v1/deals/tiktk/state"), 404, "unknown-deal")
    assert told["nearest"] == ["tiktok"]
    assert "There is no deal 'tiktk' in this log; nearest: tiktok." in told["detail"]
    assert "nearest" not in refused(http.get("/v1/deals/merger/state"), 404, "unknown-deal")
    answer = http.post("/v1/deals/tiktk/events", json=bid("b2"))
    assert refused(answer, 404, "unknown-deal")["nearest"] == ["tiktok"]
    for path in ("frst-bid", "frst-bid/lineage", "frst-bid/proof"):
        told = refused(http.get(f"{deal}/events/{path}"), 404, "unknown-event")
        assert told["nearest"] == ["first-bid"]
    void = {"event_id": "frst-bid", "reason": "typo", "cause": "recording_error"}
    answer = http.post(f"{deal}/events", json={"type": "record.voided", "occurred": "2025-01-03", "data": void})
    assert "nearest: first-bid" in answer.json()["errors"][0]["detail"]
    assert answer.json()["errors"][0]["nearest"] == ["first-bid"]
