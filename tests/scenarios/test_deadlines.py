"""A deadline from its instrument to its end."""

from typing import Any

from given_when_then import History, at, event, given, opened

OPENED = opened("2020-01-01", jurisdictions=["US", "CN"], parties=["buyer"])


def deadline(**members: Any) -> dict[str, Any]:
    return event(
        "deadline.set",
        "2020-08-31",
        **{"deadline_id": "dl", "obligation": "decide", "set_by": "mofcom", "force": "statutory", **members},
    )


def moved(kind: str, on: str, /, **members: Any) -> dict[str, Any]:
    return event(f"deadline.{kind}", on, deadline_id="dl", **members)


def found(history: History, on: str) -> dict[str, Any]:
    told: dict[str, Any] = history.on(on)["deadlines"]["dl"]
    return told


CHINA = given(OPENED, deadline(anchor="2020-08-31", offset=30, unit="working_day", calendar="CN"))


def test_thirty_working_days_in_china_end_on_16_october_2020() -> None:
    told = found(CHINA, "2020-09-01")
    assert told["due"] == "2020-10-16", "worked weekends of 27 September and 10 October are counted"
    assert any("holidays" in step for step in told["trace"]), "the calendar's version is in the trace"


def test_a_licence_filed_on_31_august_is_guaranteed_by_16_october() -> None:
    asked = given(
        OPENED,
        event("approval.required", "2020-08-28", approval_id="licence", authority="mofcom", jurisdiction="CN", subject="export", max_days=30, day_kind="working_day"),
        event("deadline.set", "2020-08-14", deadline_id="sale", obligation="sell", set_by="us_president", force="legally_binding", due="2020-10-16"),
    )  # fmt: skip
    filed = asked.when(event("approval.applied", "2020-08-31", approval_id="licence", by="seller"))
    filed.then("feasibility/approvals/licence/guaranteed_by", "2020-10-16", on="2020-09-15")
    filed.then("feasibility/approvals/licence/verdict", "feasible", on="2020-09-15")
    asked.then("feasibility/approvals/licence/latest_filing", "2020-08-31", on="2020-08-30")
    asked.then("feasibility/approvals/licence/verdict", "feasible", on="2020-08-31")
    asked.then("feasibility/approvals/licence/verdict", "at_risk", on="2020-09-01")
    asked.then("feasibility/variants", {}, on="2020-09-01")


def test_a_calendar_that_nobody_knows_gives_no_date_and_says_why() -> None:
    unknown = given(OPENED, deadline(anchor="2020-08-31", offset=30, unit="working_day", calendar="EU"))
    told = found(unknown, "2020-09-01")
    assert (told["due"], told["days_left"]) == (None, None)
    assert "no calendar is known by the name EU" in told["trace"][-1]
    assert ("no-date", "dl") in unknown.rules("unknowns", "2020-09-01")
    named = given(OPENED, deadline(anchor="2020-08-31", offset=30, unit="working_day", calendar="EU", due="2020-10-12"))
    told = found(named, "2020-09-01")
    assert told["due"] == "2020-10-12"
    assert any("cannot be counted" in step for step in told["trace"])


def test_a_month_as_anchor_is_counted_by_the_reading_and_listed_as_loose() -> None:
    loose = given(OPENED, deadline(anchor="2020-08", offset=90, unit="day"))
    assert found(loose, "2020-09-01")["due"] == "2020-10-30"
    assert at(loose.on("2020-09-01", reading="latest"), "deadlines/dl/due") == "2020-11-29"
    assert loose.rules("unknowns", "2020-09-01") == {("loose-anchor", "dl")}


def test_a_stopped_clock_has_no_date_until_it_runs_again() -> None:
    stopped = CHINA.when(moved("tolled", "2020-09-10", cause="questions", since="2020-09-10"))
    told = found(stopped, "2020-09-20")
    assert (told["status"], told["due"], told["days_left"]) == ("tolled", None, None)
    assert ("no-date", "dl") in stopped.rules("unknowns", "2020-09-20")
    running = stopped.when(moved("resumed", "2020-09-17"))
    assert found(running, "2020-09-20")["due"] == "2020-10-23", "the clock was stopped for five working days"
    assert found(running, "2020-09-20")["status"] == "extended"
    named = stopped.when(moved("resumed", "2020-09-17", new_due="2020-11-02"))
    assert found(named, "2020-09-20")["due"] == "2020-11-02"
    assert found(named, "2020-09-12")["due"] is None
    assert [move["due"] for move in found(running, "2020-09-20")["history"]] == ["2020-10-16", None, "2020-10-23"]


def test_a_clock_that_stops_for_known_days_moves_its_date_at_once() -> None:
    days = given(OPENED, deadline(due="2020-10-16")).when(
        moved("tolled", "2020-09-10", cause="strike", since="2020-09-10", until="2020-09-19")
    )
    assert (found(days, "2020-09-15")["due"], found(days, "2020-09-15")["status"]) == ("2020-10-26", "tolled")
    assert found(days, "2020-09-19")["status"] == "tolled", "through the end of its last day"
    assert found(days, "2020-09-20")["status"] == "extended"
    assert found(days, "2020-09-09")["due"] == "2020-10-16"


def test_a_clock_that_nobody_stopped_is_resumed_oddly() -> None:
    odd = given(OPENED, deadline(due="2020-10-16")).when(
        moved("resumed", "2020-09-10", new_due="2020-10-20", id_="odd")
    )
    assert found(odd, "2020-09-11")["due"] == "2020-10-20"
    assert odd.rules("anomalies", "2020-09-11") == {("resumed-while-running", "odd")}


def test_a_second_setting_restarts_the_ledger_and_keeps_the_history() -> None:
    again = given(OPENED, deadline(due="2020-09-15", extendable={"max_total": 30, "unit": "day"})).when(
        moved("extended", "2020-09-10", by="mofcom", new_due="2020-09-25"),
        event("deadline.set", "2020-09-20", deadline_id="dl", obligation="decide now", set_by="state_council", force="legally_binding", due="2020-10-01"),
    )  # fmt: skip
    told = found(again, "2020-09-21")
    assert (told["due"], told["set_by"], told["status"], told["extension"]["used"]) == (
        "2020-10-01",
        "state_council",
        "pending",
        0,
    )
    assert told["extension"]["latest_possible"] == "2020-10-31", "what was not said again stays"
    assert [move["due"] for move in told["history"]] == ["2020-09-15", "2020-09-25", "2020-10-01"]
    reworded = again.when(
        event(
            "deadline.set",
            "2020-09-22",
            deadline_id="dl",
            obligation="decide at last",
            set_by="state_council",
            force="statutory",
        )
    )
    assert (found(reworded, "2020-09-23")["due"], found(reworded, "2020-09-23")["force"]) == ("2020-10-01", "statutory")


def test_the_ledger_counts_from_the_first_date() -> None:
    ledger = given(OPENED, deadline(due="2020-11-12", extendable={"max_total": 30, "unit": "day", "by": "cfius"})).when(
        moved("extension_requested", "2020-11-01", by="seller", requested_due="2020-12-12"),
        moved("extended", "2020-11-10", by="cfius", by_days=15),
        moved("extension_requested", "2020-11-20", by="seller", requested_due="2020-12-04"),
        moved("extended", "2020-11-25", by="cfius", by_days=7),
        moved("extension_requested", "2020-11-28", by="seller"),
        moved("extension_refused", "2020-12-01", by="cfius"),
    )  # fmt: skip
    extension = found(ledger, "2020-12-02")["extension"]
    assert (found(ledger, "2020-12-02")["due"], extension["used"], extension["left"]) == ("2020-12-04", 22, 8)
    assert [(each["status"], each.get("granted_due")) for each in extension["requests"]] == [
        ("refused", "2020-11-27"), ("granted", None), ("refused", None),
    ]  # fmt: skip
    beyond = ledger.when(moved("extended", "2020-12-02", by="cfius", new_due="2021-01-15", id_="beyond"))
    extension = found(beyond, "2020-12-03")["extension"]
    assert (extension["used"], extension["left"], extension["latest_possible"]) == (64, 0, "2020-12-12")
    assert beyond.rules("anomalies", "2020-12-03") == {("extension-over-cap", "beyond")}


def test_an_extension_of_what_had_lapsed_stays_lapsed_and_is_odd() -> None:
    late = given(OPENED, deadline(due="2020-09-15")).when(
        moved("lapsed", "2020-09-16", consequence_triggered="no"),
        moved("extended", "2020-09-20", by="mofcom", new_due="2020-10-01", id_="late"),
    )  # fmt: skip
    told = found(late, "2020-09-21")
    assert (told["status"], told["due"]) == ("lapsed", "2020-10-01")
    assert late.rules("anomalies", "2020-09-21") == {("extension-after-lapse", "late")}


def test_what_is_met_late_and_what_lapses_early_is_odd() -> None:
    given(OPENED, deadline(due="2020-09-15")).when(moved("met", "2020-09-16", id_="m")).then(
        "anomalies/0/rule", "met-after-due", on="2020-09-20"
    )
    given(OPENED, deadline(due="2020-09-15")).when(moved("lapsed", "2020-09-14", id_="l")).then(
        "anomalies/0/rule", "lapsed-before-due", on="2020-09-20"
    )
    punctual = given(OPENED, deadline(due="2020-09-15")).when(moved("met", "2020-09-15"))
    assert punctual.rules("anomalies", "2020-09-20") == set()


def test_the_first_status_that_applies_is_told() -> None:
    told = given(
        OPENED,
        event("order.signed", "2020-08-01", order_id="order", kind="statute", issuer="us_congress", title="act", jurisdiction="US"),
        deadline(due="2020-09-15", order_id="order"),
    )  # fmt: skip
    told.then("deadlines/dl/status", "pending", on="2020-09-15")
    told.then("deadlines/dl/days_left", 0, on="2020-09-15")
    told.then("deadlines/dl/status", "past_due", on="2020-09-16")
    paused = told.when(
        event("order.enforcement_paused", "2020-09-10", order_id="order", by="us_president", until="2020-09-20")
    )
    paused.then("deadlines/dl/status", "not_enforced", on="2020-09-20")
    paused.then("deadlines/dl/status", "past_due", on="2020-09-21")
    stopped = paused.when(
        event("litigation.filed", "2020-09-11", case_id="case", court="D.D.C.", plaintiffs=["buyer"], defendants=["us"], targets=["order"]),
        event("litigation.relief_granted", "2020-09-12", case_id="case", relief="preliminary_injunction"),
    )  # fmt: skip
    stopped.then("deadlines/dl/status", "enjoined", on="2020-09-13")
    tolled = stopped.when(moved("tolled", "2020-09-13", cause="appeal", since="2020-09-13"))
    tolled.then("deadlines/dl/status", "tolled", on="2020-09-14")
    lapsed = tolled.when(moved("lapsed", "2020-09-16"))
    lapsed.then("deadlines/dl/status", "lapsed", on="2020-09-17")
    revoked = event("order.revoked", "2020-09-18", order_id="order", by="us_congress")
    tolled.when(revoked).then("deadlines/dl/status", "withdrawn", on="2020-09-19")
    lapsed.when(revoked).then("deadlines/dl/status", "lapsed", on="2020-09-19")
    quashed = told.when(
        event("litigation.filed", "2020-09-01", case_id="case", court="D.D.C.", plaintiffs=["buyer"], defendants=["us"], targets=["order"]),
        event("litigation.ruling", "2020-09-02", case_id="case", outcome="void", disposition="quashed"),
    )  # fmt: skip
    quashed.then("orders/order/status", "revoked", on="2020-09-03")
    quashed.then("deadlines/dl/status", "withdrawn", on="2020-09-03")
    quashed.then("litigation/case/moot", ["order"], on="2020-09-03")


def test_an_order_signed_for_a_later_day_is_scheduled_and_its_deadline_binds() -> None:
    ahead = given(
        OPENED,
        event("order.signed", "2020-08-06", order_id="order", kind="executive_order", issuer="us_president", title="ban", jurisdiction="US", effective="2020-09-20"),
        deadline(due="2020-09-20", order_id="order", force="legally_binding"),
    )  # fmt: skip
    state = ahead.on("2020-09-12")
    assert state["orders"]["order"]["status"] == "scheduled"
    assert state["next_deadline"]["binding"] == "dl"
    assert {"id": "order", "what": "order in force", "on": "2020-09-20"}.items() <= state["scheduled"][0].items()
    ahead.then("orders/order/status", "in_force", on="2020-09-20")


def test_what_the_end_of_the_deal_froze_stays_as_the_law_stood_then() -> None:
    ended = given(
        OPENED,
        event("order.signed", "2020-08-06", order_id="order", kind="executive_order", issuer="us_president", title="ban", jurisdiction="US"),
        event("order.enforcement_paused", "2020-08-07", order_id="order", by="us_president", until="2020-09-30"),
        deadline(due="2020-10-10", order_id="order"),
        event("deal.closed", "2020-09-20", effective="2020-09-20"),
    )  # fmt: skip
    told = found(ended, "2020-12-01")
    assert (told["status"], told["days_left"], told["frozen"]) == ("not_enforced", 20, True)
    assert ended.on("2020-12-01")["orders"]["order"]["status"] == "in_force"


def test_time_alone_changes_the_state_when_the_next_date_passes() -> None:
    told = given(OPENED, deadline(due="2020-09-15"))
    assert told.reading("2020-09-01").next_transition_at == 1_600_214_400_000_000, "2020-09-16T00:00Z"
    assert told.reading("2020-09-16").next_transition_at is None


def test_an_approval_has_no_date_while_the_clock_of_its_deadline_stands_still() -> None:
    told = given(
        opened("2023-01-01"),
        event("approval.required", "2023-01-01", approval_id="ec", authority="eu", jurisdiction="EU", subject="merger"),
        event("approval.phase_opened", "2023-01-02", approval_id="ec", phase="2", due="2023-03-23"),
        event("deadline.set", "2023-01-02", deadline_id="dl", obligation="decide", set_by="eu", force="statutory",
              due="2023-03-23", subject="ec"),
        event("deadline.tolled", "2023-02-01", deadline_id="dl", cause="questions", since="2023-02-01"),
        event("deadline.resumed", "2023-02-11", deadline_id="dl"),
    )  # fmt: skip
    days = [told.on(day)["approvals"]["ec"]["due"] for day in ("2023-01-31", "2023-02-05", "2023-02-11")]
    assert days == ["2023-03-23", None, "2023-04-02"]
