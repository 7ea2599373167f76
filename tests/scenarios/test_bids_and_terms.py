"""Bids, variants, approvals, terms and money."""

from typing import Any

import pytest
from given_when_then import at, event, given, opened

OPENED = opened("2020-08-01", parties=["seller"])


def bid(name: str, amount: str | None = None, /, **members: Any) -> dict[str, Any]:
    price = {"price": {"amount": amount, "currency": members.pop("currency", "USD")}} if amount else {}
    return event("bid.submitted", "2020-09-01", **{"bid_id": name, "bidders": [f"{name}-inc"], **price, **members})


def best(*rows: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = given(OPENED, *rows).on("2020-09-10")["best_bid"]
    return told


def test_the_highest_of_comparable_bids_is_best() -> None:
    assert best(bid("a", "10"), bid("b", "9.5"))["id"] == "a"
    assert best(bid("a"))["id"] == "a"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((), "no bid is live"),
        ((bid("a", "10"), bid("b")), "no price is known for b"),
        ((bid("a", "10"), bid("b", "11", currency="EUR")), "different currencies"),
        ((bid("a", "10", variant_id="v"), bid("b", "11")), "different variants or territories"),
        ((bid("a", "10"), bid("b", "10.0")), "same highest price"),
    ],
)
def test_where_bids_do_not_compare_none_is_best(rows: tuple[dict[str, Any], ...], reason: str) -> None:
    told = best(*rows)
    assert told["id"] is None
    assert reason in told["reason"]


def test_an_exclusive_bid_silences_the_others() -> None:
    told = given(
        OPENED,
        bid("a", "10"),
        bid("b", "11"),
        event("bid.selected", "2020-09-05", bid_id="a", by="seller", level="exclusive"),
    )
    state = told.on("2020-09-06")
    assert {name: each["status"] for name, each in state["bids"].items()} == {"a": "exclusive", "b": "dormant"}
    assert state["best_bid"]["id"] == "a"
    assert told.on("2020-09-04")["best_bid"]["id"] == "b"


def test_a_consortium_changes_and_ends_when_all_have_left() -> None:
    told = given(
        OPENED,
        bid("a"),
        event("bid.consortium_changed", "2020-09-02", bid_id="a", joined=["walmart"]),
        event("party.withdrew", "2020-09-03", party_id="a-inc"),
        event("party.withdrew", "2020-09-04", party_id="walmart"),
    )
    told.then("bids/a/bidders", ["a-inc", "walmart"], on="2020-09-02")
    told.then("bids/a/status", "live", on="2020-09-03")
    told.then("bids/a/status", "withdrawn", on="2020-09-04")
    told.then("bids/a/status_rule", "every-bidder-withdrew", on="2020-09-04")


def test_a_bid_falls_asleep_after_180_days_and_wakes_by_an_event() -> None:
    told = given(OPENED, bid("a"), event("bid.revised", "2021-04-01", bid_id="a", changes={"partners": "others"}))
    told.then("bids/a/days_silent", 180, on="2021-02-28")
    told.then("bids/a/status", "live", on="2021-02-28")
    told.then("bids/a/status", "dormant", on="2021-03-01")
    told.then("bids/a/status", "live", on="2021-04-01")
    told.then("bids/a/version", 2, on="2021-04-01")


VARIANTS = (
    event("structure.proposed", "2020-09-01", variant_id="all", label="everything", assets_in=["algorithm"]),
    event("structure.proposed", "2020-09-01", variant_id="part", label="carve-out", assets_out=["algorithm"]),
    event("approval.required", "2020-09-01", approval_id="licence", authority="mofcom", jurisdiction="CN", subject="export", only_if="assets_in includes algorithm"),
)  # fmt: skip


def test_the_base_variant_decides_whether_an_approval_is_needed() -> None:
    told = given(OPENED, *VARIANTS)
    assert [each["id"] for each in told.on("2020-09-02")["blockers"]] == ["licence"], "on some variant"
    part = told.when(event("structure.adopted", "2020-09-05", variant_id="part"))
    assert part.on("2020-09-06")["blockers"] == []
    assert part.on("2020-09-06")["scope"]["base_variant"] == "part"
    assert part.on("2020-09-06")["unknowns"] == []
    whole = part.when(event("structure.adopted", "2020-09-07", variant_id="all"))
    assert [each["id"] for each in whole.on("2020-09-08")["blockers"]] == ["licence"]
    dropped = told.when(event("structure.dropped", "2020-09-05", variant_id="all"))
    assert dropped.on("2020-09-06")["blockers"] == []


@pytest.mark.parametrize("name", ["part", "carve-out"])
def test_closing_on_a_variant_adopts_it(name: str) -> None:
    told = given(OPENED, *VARIANTS, event("deal.closed", "2020-10-01", effective="2020-10-01", structure=name))
    told.then("scope/base_variant", "part", on="2020-10-01")
    told.then("variants/part/status", "adopted", on="2020-10-01")


def test_a_term_with_an_end_gives_way_to_what_stood_before() -> None:
    told = given(
        OPENED,
        event("terms.changed", "2020-09-01", term="trustee", to="Oracle"),
        event("terms.changed", "2020-09-10", term="trustee", to="Deloitte", effective="2020-09-15", until="2020-09-20"),
        event("terms.changed", "2020-10-01", id_="none", term="trustee", to=None),
    )
    told.then("terms/trustee/value", "Oracle", on="2020-09-14")
    told.then("terms/trustee/value", "Deloitte", on="2020-09-19")
    told.then("terms/trustee/value", "Oracle", on="2020-09-20")
    assert told.on("2020-10-01")["terms"] == {}


def test_the_range_is_the_spread_of_what_is_said_without_dropped_variants() -> None:
    told = given(
        OPENED,
        event("structure.proposed", "2020-09-01", variant_id="v", label="v"),
        event(
            "valuation.reported", "2020-09-01", currency="USD", basis="estimate", high="30000000000", qualifier="up_to"
        ),
        event(
            "valuation.reported", "2020-09-02", currency="USD", basis="estimate", point="14000000000", qualifier="about"
        ),
        event(
            "valuation.reported",
            "2020-09-03",
            currency="USD",
            basis="estimate",
            low="50000000000",
            qualifier="at_least",
            variant_id="v",
        ),
        event("structure.dropped", "2020-09-10", variant_id="v"),
    )
    low, high = {"amount": "14000000000", "currency": "USD"}, {"amount": "30000000000", "currency": "USD"}
    told.then("valuation/low", None, on="2020-09-01")
    told.then("valuation/low", low, on="2020-09-05")
    told.then("valuation/by_variant/v/low/amount", "50000000000", on="2020-09-05")
    told.then("valuation/high", high, on="2020-09-11")
    euros = told.when(event("valuation.reported", "2020-09-12", currency="EUR", basis="estimate", point="1"))
    euros.then("valuation/low", None, on="2020-09-12")


def test_the_phase_follows_the_last_event_that_moves_it() -> None:
    told = given(
        OPENED,
        bid("a"),
        event("deal.phase_changed", "2020-09-10", to="negotiation"),
        {**bid("b"), "occurred": "2020-09-12"},
        event("deal.agreement_reached", "2020-09-15", level="framework", parties=["seller"]),
        event("deal.talks_suspended", "2020-09-20"),
        event("deal.talks_resumed", "2020-09-25"),
        event("deal.agreement_reached", "2020-10-01", level="definitive", parties=["seller"], agreement_id="agr"),
    )
    days = {
        "2020-08-02": "exploratory",
        "2020-09-01": "bidding",
        "2020-09-13": "negotiation",
        "2020-09-16": "agreed_in_principle",
        "2020-10-02": "signed",
    }
    assert {day: told.on(day)["phase"] for day in days} == days
    assert [told.on(day)["status"]["value"] for day in ("2020-09-19", "2020-09-21", "2020-09-26")] == [
        "open",
        "stalled",
        "open",
    ]
    assert set(told.on("2020-09-16")["agreements"]) == {"e5"}, "an agreement without an id takes its event's"


def test_an_export_list_that_is_narrowed_catches_no_more() -> None:
    told = given(
        OPENED,
        event("export_list.expanded", "2020-08-28", list_id="l", issuer="mofcom", effective="2020-08-28", prohibition="licence_required", jurisdiction="CN", entries=[{"label": "push service technology"}, {"label": "speech synthesis"}]),
        event("export_list.matched", "2020-08-29", entry_ref="push service technology", asset_id="algorithm", assessed_by="x", list_id="l"),
        event("export_list.narrowed", "2020-09-10", list_id="l", issuer="mofcom", effective="2020-09-10", entries=[{"label": "push service technology"}]),
    )  # fmt: skip
    assert [each["asset_id"] for each in at(told.on("2020-09-01"), "export_lists/l/matched")] == ["algorithm"]
    assert at(told.on("2020-09-11"), "export_lists/l/matched") == []
    assert [each["label"] for each in at(told.on("2020-09-11"), "export_lists/l/entries")] == ["speech synthesis"]


def test_things_first_heard_of_later_stand_with_nulls() -> None:
    told = given(
        OPENED,
        event("order.enforcement_paused", "2020-09-01", id_="p", order_id="unknown-order", by="us_president"),
        event("approval.granted", "2020-09-01", id_="g", approval_id="unknown-approval"),
        event("deadline.extended", "2020-09-01", id_="x", deadline_id="unknown-deadline", by="cfius", by_days=5),
        event("bid.rejected", "2020-09-01", id_="b", bid_id="unknown-bid", by="seller"),
        event("order.amended", "2020-09-01", id_="o", order_id="other-order", changes={"title": "amended"}),
    )
    state = told.on("2020-09-02")
    assert told.rules("anomalies", "2020-09-02") == {("stub", each) for each in ("p", "g", "x", "b", "o")}
    assert (at(state, "orders/unknown-order/issuer"), at(state, "orders/unknown-order/status")) == (
        None,
        "not_enforced",
    )
    assert at(state, "orders/other-order/status") is None
    assert (at(state, "approvals/unknown-approval/authority"), at(state, "approvals/unknown-approval/status")) == (
        None,
        "granted",
    )
    assert (at(state, "deadlines/unknown-deadline/due"), at(state, "deadlines/unknown-deadline/days_left")) == (
        None,
        None,
    )


def test_a_fact_that_takes_effect_before_it_occurred_is_retroactive() -> None:
    told = given(OPENED, event("terms.changed", "2020-09-10", id_="back", term="t", to=1, effective="2020-09-01"))
    told.then("terms/t/value", 1, on="2020-09-02")
    assert told.rules("anomalies", "2020-09-11") == {("retroactive", "back")}
