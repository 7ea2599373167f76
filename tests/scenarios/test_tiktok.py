"""The forced sale of TikTok, 2019 to 2026, read on the dates that mattered."""

import pytest
from given_when_then import at, shipped

TIKTOK = shipped("tiktok")
SEEDS = shipped("seeds")


def test_on_12_september_2020_the_two_articles_tell_three_dates() -> None:
    state = SEEDS.on("2020-09-12")
    told = {name: (each["due"], each["days_left"], each["force"]) for name, each in state["deadlines"].items()}
    assert told == {
        "dl-sale-political": ("2020-09-15", 3, "political"),
        "dl-transactions": ("2020-09-20", 8, "legally_binding"),
        "dl-divest": ("2020-11-12", 61, "legally_binding"),
    }
    assert at(state, "deadlines/dl-divest/extension/latest_possible") == "2020-12-12"
    assert at(state, "deadlines/dl-divest/extension/left") == 30
    assert state["next_deadline"] == {
        "binding": "dl-transactions", "any": "dl-sale-political", "reported": None, "overdue": [],
    }  # fmt: skip
    assert {name: bid["status"] for name, bid in state["bids"].items()} == {
        "bid-msft": "rumoured",
        "bid-orcl": "rumoured",
    }
    licence = state["approvals"]["cn-export-licence"]
    assert licence["only_if"] == "assets_in includes recommendation_algorithm"
    assert at(state, "variants/v-bundle/approvals") == ["cn-export-licence"]
    assert at(state, "variants/v-carveout/approvals") == []


def test_on_12_september_2020_the_20th_binds_and_three_months_are_not_90_days() -> None:
    [c1] = SEEDS.conflicts("2020-09-12", "C1")
    assert c1["members"] == ["dl-transactions", "dl-sale-political"]
    assert c1["binds"] == "dl-transactions"
    assert "15 Sep 2020" in c1["why"]
    assert "20 Sep 2020" in c1["why"]
    [c11] = SEEDS.conflicts("2020-09-12", "C11")
    assert c11["members"] == ["dl-divest", "cl-3months"]
    assert "3 months" in c11["why"]
    assert "12 Nov 2020" in c11["why"]
    [c7] = SEEDS.conflicts("2020-09-12", "C7")
    assert "Sunday" in c7["why"]


def test_on_12_september_2020_the_analyst_is_told_what_is_missing() -> None:
    assert SEEDS.rules("unknowns", "2020-09-12") == {
        ("list-count", "cn-tech-export-catalogue"),
        ("no-base-variant", "cn-export-licence"),
        ("no-duration", "cn-export-licence"),
    }
    assert SEEDS.on("2020-09-12")["feasibility"]["variants"]["v-carveout"]["verdict"] == "feasible"


def test_the_app_store_ban_is_delayed_by_a_week() -> None:
    TIKTOK.then("deadlines/dl-transactions/due", "2020-09-27", on="2020-09-25")
    TIKTOK.then("deadlines/dl-transactions/status", "extended", on="2020-09-25")
    TIKTOK.then("deadlines/dl-transactions/due", "2020-09-20", on="2020-09-18")
    TIKTOK.then("deadlines/dl-transactions/days_left", 2, on="2020-09-25")


def test_a_court_stops_the_ban_hours_before_it_starts() -> None:
    state = TIKTOK.on("2020-09-28")
    assert at(state, "deadlines/dl-transactions/status") == "enjoined"
    assert at(state, "deadlines/dl-transactions/status_because") == ["tiktok-030"]
    assert at(state, "orders/commerce-rule-2020/status") == "enjoined"
    assert at(state, "orders/eo-13942/status") == "in_force"
    assert [each["members"] for each in TIKTOK.conflicts("2020-09-28", "C6")] == [["dl-transactions"]]


def test_cfius_has_used_22_of_30_days() -> None:
    divest = TIKTOK.on("2020-11-26")["deadlines"]["dl-divest"]
    assert (divest["due"], divest["status"], divest["days_left"]) == ("2020-12-04", "extended", 8)
    ledger = divest["extension"]
    assert (ledger["used"], ledger["left"], ledger["latest_possible"], ledger["times"]) == (22, 8, "2020-12-12", 2)
    assert [move["due"] for move in divest["history"]] == ["2020-11-12", "2020-11-27", "2020-12-04"]


def test_an_extension_that_came_a_day_late_is_flagged_while_it_sets_the_date() -> None:
    assert [each["members"] for each in TIKTOK.conflicts("2020-11-20", "C3")] == [["dl-divest", "tiktok-034"]]
    assert TIKTOK.conflicts("2020-11-26", "C3") == []
    assert ("extension-after-lapse", "tiktok-034") in TIKTOK.rules("anomalies", "2020-11-26")


def test_the_divestiture_date_lapses_and_its_order_stays_in_force() -> None:
    TIKTOK.then("deadlines/dl-divest/status", "lapsed", on="2020-12-10")
    TIKTOK.then("orders/order-musically/status", "in_force", on="2020-12-10")


def test_one_order_is_revoked_and_the_other_is_not() -> None:
    state = TIKTOK.on("2021-06-10")
    assert at(state, "orders/eo-13942/status") == "revoked"
    assert at(state, "deadlines/dl-transactions/status") == "withdrawn"
    assert at(state, "orders/order-musically/status") == "in_force"
    assert state["status"]["value"] == "open"
    assert state["status"]["reported"]["value"] == "stalled", "that talks are shelved is only reported"
    assert ("fact-against-report", "status") in {(each["rule"], each["id"]) for each in state["contradictions"]}


def test_270_days_from_24_april_2024_and_90_more_at_most() -> None:
    pafaca = TIKTOK.on("2024-06-01")["deadlines"]["dl-pafaca"]
    assert pafaca["due"] == "2025-01-19"
    assert pafaca["extension"]["latest_possible"] == "2025-04-19"
    assert pafaca["trace"][1] == "+ 270 days: 2025-01-19 (Sunday)."
    TIKTOK.then("orders/pafaca/status", "scheduled", on="2024-06-01")


def test_the_act_is_in_force_and_not_enforced() -> None:
    state = TIKTOK.on("2025-01-25")
    assert at(state, "orders/pafaca/status") == "not_enforced"
    assert at(state, "orders/pafaca/effective") == "2025-01-19"
    assert at(state, "orders/pafaca/paused/until") == "2025-04-05"
    TIKTOK.then("orders/pafaca/status", "in_force", on="2025-01-19")


def test_120_days_are_counted_from_the_order_not_from_the_date_before() -> None:
    nonenf = TIKTOK.on("2025-10-01")["deadlines"]["dl-nonenf"]
    assert nonenf["due"] == "2026-01-23"
    assert not any("another day" in step for step in nonenf["trace"])
    assert TIKTOK.conflicts("2025-10-01", "C2") == []
    assert [move["due"] for move in nonenf["history"]] == [
        "2025-04-05", "2025-06-19", "2025-09-17", "2025-12-16", "2026-01-23",
    ]  # fmt: skip


def test_signed_is_not_closed() -> None:
    state = TIKTOK.on("2025-12-31")
    assert (state["phase"], state["status"]["value"]) == ("signed", "open")
    assert state["next_deadline"] == {
        "binding": "dl-closing", "any": "dl-closing", "reported": None, "overdue": [],
    }  # fmt: skip
    closed = TIKTOK.on("2026-02-01")
    assert (closed["phase"], closed["status"]["value"], closed["blockers"]) == ("closed", "closed", [])
    assert at(closed, "deadlines/dl-nonenf/frozen") is True
    assert at(closed, "deadlines/dl-nonenf/days_left") == 1
    assert at(closed, "deadlines/dl-nonenf/status") == "extended"
    assert closed["conflicts"] == []
    assert closed["next_deadline"] == {"binding": None, "any": None, "reported": None, "overdue": []}


def test_two_mandates_clash_while_the_sale_is_demanded() -> None:
    [divest, _ban] = TIKTOK.conflicts("2020-09-25", "C4")
    assert divest["members"] == ["order-musically", "cn-tech-catalogue"]
    assert divest["binds"] is None
    assert TIKTOK.conflicts("2020-08-20", "C4") == [], "the list caught nothing yet"


def test_a_case_first_heard_of_by_its_injunction_is_a_stub() -> None:
    state = TIKTOK.on("2020-11-01")
    assert at(state, "litigation/marland/court") is None
    assert ("stub", "tiktok-031") in TIKTOK.rules("anomalies", "2020-11-01")


@pytest.mark.parametrize("day", ["2019-11-01", "2020-07-06", "2020-07-30"])
def test_before_the_deal_is_opened_all_else_is_folded(day: str) -> None:
    state = TIKTOK.on(day)
    assert state["exists"] is True
    assert (state["status"], state["phase"]) == (None, None)
    assert state["claims"]["cl-cfius-review"]["status"] == "open"


def test_an_appeal_carries_on_who_sues_whom() -> None:
    case = TIKTOK.on("2025-01-05")["litigation"]["scotus-24-656"]
    assert (case["plaintiffs"], case["targets"]) == (["tiktok", "bytedance"], ["pafaca"])


def test_a_bid_that_nobody_hears_of_falls_asleep() -> None:
    TIKTOK.then("bids/bid-mnuchin/status", "dormant", on="2025-10-01")
    TIKTOK.then("bids/bid-mnuchin/status", "rumoured", on="2024-06-01")
    TIKTOK.then("bids/bid-msft/status", "rejected", on="2020-09-25")
