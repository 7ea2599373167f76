"""Clearing, approvals, feasibility, missed dates, pressure, penalties, links, own calendars: each where it holds and where not."""

from typing import Any

from given_when_then import History, at, event, given

from tests.scenarios.merger import OPENED, REQUIRED, approval, due


class TestCautiousClearing:
    def test_a_grant_on_an_imprecise_day_clears_at_its_latest_moment(self) -> None:
        history = given(OPENED, REQUIRED, approval("granted", "2024-02", id_="grant"))
        [blocker] = history.on("2024-02-15")["blockers"]
        assert (blocker["id"], blocker["possibly_cleared_by"], blocker["status"]) == ("ec", ["grant"], "required")
        assert history.on("2024-03-01")["blockers"] == []
        [late] = history.on("2024-02-15", reading="latest")["blockers"]
        assert late["id"] == "ec"

    def test_one_on_a_single_day_clears_on_that_day(self) -> None:
        history = given(OPENED, REQUIRED, approval("granted", "2024-02-15"))
        assert history.on("2024-02-15")["blockers"] == []

    def test_relief_that_ended_on_an_imprecise_day_stays_a_blocker(self) -> None:
        case = event("litigation.filed", "2024-01-05", case_id="c", court="x", plaintiffs=["h"], defendants=["y"])
        relief = event("litigation.relief_granted", "2024-01-06", case_id="c", relief="stay", targets=["closing"])
        lifted = event("litigation.relief_ended", "2024-02", id_="lift", case_id="c", relief="stay")
        history = given(OPENED, case, relief, lifted)
        [blocker] = [each for each in history.on("2024-02-10")["blockers"] if each["kind"] == "relief"]
        assert blocker["possibly_cleared_by"] == ["lift"]
        assert [each for each in history.on("2024-03-01")["blockers"] if each["kind"] == "relief"] == []

    def test_an_order_that_was_revoked_on_an_imprecise_day_stays_a_blocker(self) -> None:
        order = event(
            "order.signed", "2024-01-05", order_id="o", kind="statute", issuer="x", title="t", bars=["closing"]
        )
        revoked = event("order.revoked", "2024-02", id_="gone", order_id="o", by="x")
        history = given(OPENED, order, revoked)
        assert [each["possibly_cleared_by"] for each in history.on("2024-02-10")["blockers"]] == [["gone"]]
        assert history.on("2024-03-01")["blockers"] == []


class TestApprovals:
    def test_its_date_is_that_of_the_deadline_of_greatest_force(self) -> None:
        soft = due("2024-03-01", name="soft", subject="ec", force="self_imposed", obligation="decide")
        hard = due("2024-05-01", name="hard", subject="ec", force="statutory", obligation="decide")
        given(OPENED, REQUIRED, soft).then("approvals/ec/due", "2024-03-01", on="2024-02-01")
        both = given(OPENED, REQUIRED, soft, hard)
        both.then("approvals/ec/due", "2024-05-01", on="2024-02-01")
        assert (
            both.on("2024-02-01")["approvals"]["ec"]["due_because"]
            == both.on("2024-02-01")["deadlines"]["hard"]["because"]
        )

    def test_refiling_and_reopening_clear_phase_and_date(self) -> None:
        phase = approval("phase_opened", "2024-01-05", phase="phase 1", due="2024-03-01")
        for again in (approval("refiled", "2024-02-01"), approval("reopened", "2024-02-01")):
            state = given(OPENED, REQUIRED, phase, again).on("2024-02-02")["approvals"]["ec"]
            assert (state["status"], state["phase"], state["due"]) == ("pending", None, None)

    def test_a_withdrawal_to_refile_keeps_it_required(self) -> None:
        given(OPENED, REQUIRED, approval("withdrawn", "2024-02-01", refiling=True)).then(
            "approvals/ec/status", "required", on="2024-02-02"
        )
        given(OPENED, REQUIRED, approval("withdrawn", "2024-02-01")).then(
            "approvals/ec/status", "withdrawn", on="2024-02-02"
        )

    def test_a_waiting_period_that_ran_out_clears_as_a_grant_does(self) -> None:
        history = given(OPENED, REQUIRED, approval("waiting_period_expired", "2024-02-01"))
        history.then("approvals/ec/status", "cleared", on="2024-02-02")
        assert history.on("2024-02-02")["blockers"] == []

    def test_a_suspensory_one_is_a_hard_blocker(self) -> None:
        suspensory = {**REQUIRED, "data": {**REQUIRED["data"], "suspensory": True}}
        assert given(OPENED, suspensory).on("2024-02-01")["blockers"][0]["severity"] == "hard"
        assert given(OPENED, REQUIRED).on("2024-02-01")["blockers"][0]["severity"] == "soft"


class TestFeasibility:
    def verdict(self, obligation: str, **members: Any) -> Any:
        slow = {**REQUIRED, "data": {**REQUIRED["data"], "min_days": 90, "max_days": 120}}
        history = given(OPENED, slow, due("2024-02-01", obligation=obligation, **members))
        return at(history.on("2024-01-10"), "feasibility/deadline")

    def test_only_dates_of_closing_count(self) -> None:
        assert self.verdict("complete the acquisition") == "dl"
        assert self.verdict("divest the business") == "dl"
        assert self.verdict("anything at all", subject="closing") == "dl"
        assert self.verdict("file the notification") is None
        assert self.verdict("respond to the second request") is None

    def test_nothing_is_guaranteed_by_a_day_that_has_passed(self) -> None:
        quick = {**REQUIRED, "data": {**REQUIRED["data"], "min_days": 5, "max_days": 10}}
        history = given(OPENED, quick, approval("applied", "2024-01-05", by="buyer"), due("2024-06-01"))
        on_time, late = (history.on(day)["feasibility"]["approvals"]["ec"] for day in ("2024-01-10", "2024-02-01"))
        assert (on_time["guaranteed_by"], on_time["verdict"]) == ("2024-01-15", "feasible")
        assert (late["guaranteed_by"], late["verdict"]) == (None, "at_risk")

    def test_the_count_starts_from_the_last_filing(self) -> None:
        quick = {**REQUIRED, "data": {**REQUIRED["data"], "min_days": 5, "max_days": 10}}
        again = approval("refiled", "2024-02-01")
        history = given(OPENED, quick, approval("applied", "2024-01-05", by="buyer"), again, due("2024-06-01"))
        history.then("feasibility/approvals/ec/guaranteed_by", "2024-02-11", on="2024-02-02")


class TestMissedDates:
    def history(self, force: str) -> History:
        return given(OPENED, due("2024-03-15", force=force))

    def test_a_binding_date_that_passed_is_overdue_and_unknown(self) -> None:
        state = self.history("statutory").on("2026-11-26")
        assert state["next_deadline"]["overdue"] == ["dl"]
        assert state["deadlines"]["dl"]["days_left"] < 0
        assert ("no-outcome", "dl") in self.history("statutory").rules("unknowns", "2026-11-26")

    def test_one_that_was_met_lapsed_or_withdrawn_is_not(self) -> None:
        for outcome in ("met", "lapsed", "withdrawn"):
            history = self.history("statutory").when(event(f"deadline.{outcome}", "2024-03-20", deadline_id="dl"))
            assert history.on("2026-11-26")["next_deadline"]["overdue"] == []
            assert ("no-outcome", "dl") not in history.rules("unknowns", "2026-11-26")

    def test_one_of_lesser_force_is_past_due_alone(self) -> None:
        state = self.history("self_imposed").on("2026-11-26")
        assert (state["next_deadline"]["overdue"], state["deadlines"]["dl"]["status"]) == ([], "past_due")


class TestPublication:
    def test_one_before_the_event_is_flagged_never_refused(self) -> None:
        early = event("bid.submitted", "2024-02-10", id_="b1", published_="2024-02-03", bid_id="b", bidders=["buyer"])
        history = given(OPENED, early)
        assert ("published-before-occurred", "b1") in history.rules("anomalies", "2024-03-01")
        same = event("bid.submitted", "2024-02-10", id_="b1", published_="2024-02-10", bid_id="b", bidders=["buyer"])
        assert given(OPENED, same).rules("anomalies", "2024-03-01") == set()


class TestPressure:
    STRIKE = (
        event("pressure.started", "2024-02-01", id_="p1", pressure_id="strike", kind="strike", by="uaw", against=["gm"],
              scope="3 plants", size="13,000"),
        event("pressure.escalated", "2024-02-10", id_="p2", pressure_id="strike", scope="41 plants"),
    )  # fmt: skip

    def test_it_is_started_escalated_eased_and_ended(self) -> None:
        strike = given(OPENED, *self.STRIKE)
        told = strike.on("2024-02-11")["pressures"]["strike"]
        assert (told["status"], told["level"], told["scope"], told["size"]) == ("active", 2, "41 plants", "13,000")
        assert (told["kind"], told["by"], told["against"], told["since"]) == ("strike", "uaw", ["gm"], "2024-02-01")
        eased = strike.when(event("pressure.eased", "2024-02-12", pressure_id="strike"))
        eased.then("pressures/strike/level", 1, on="2024-02-13")
        ended = eased.when(event("pressure.ended", "2024-02-20", pressure_id="strike", how="ratified"))
        ended.then("pressures/strike/status", "ended", on="2024-02-21")
        assert len(ended.on("2024-02-21")["pressures"]["strike"]["history"]) == 4

    def test_there_is_none_before_it_starts(self) -> None:
        assert given(OPENED, *self.STRIKE).on("2024-01-31")["pressures"] == {}


class TestPenalties:
    IMPOSED = event("penalty.imposed", "2024-02-01", penalty_id="fine", by="ec", on=["buyer"],
                    amount={"amount": "432", "currency": "EUR"}, reason="closed early")  # fmt: skip

    def test_it_is_imposed_reduced_and_paid(self) -> None:
        history = given(OPENED, self.IMPOSED)
        told = history.on("2024-02-02")["penalties"]["fine"]
        assert (told["by"], told["on"], told["status"], told["reason"]) == ("ec", ["buyer"], "imposed", "closed early")
        less = event("penalty.reduced", "2024-03-01", penalty_id="fine", amount={"amount": "100", "currency": "EUR"})
        reduced = history.when(less)
        reduced.then("penalties/fine/amount/amount", "100", on="2024-03-02")
        reduced.then("penalties/fine/status", "imposed", on="2024-03-02")
        assert reduced.on("2024-03-02")["penalties"]["fine"]["history"][0]["amount"]["amount"] == "432"
        reduced.when(event("penalty.paid", "2024-04-01", penalty_id="fine")).then(
            "penalties/fine/status", "paid", on="2024-04-02"
        )

    def test_it_is_annulled(self) -> None:
        annulled = event("penalty.annulled", "2024-03-01", penalty_id="fine", reason="no jurisdiction")
        given(OPENED, self.IMPOSED, annulled).then("penalties/fine/status", "annulled", on="2024-03-02")


class TestLinks:
    LINKED = event("deal.linked", "2024-01-02", id_="l", other_deal="deal-2020", relation="successor_of")

    def test_a_link_stands_until_it_is_taken_away(self) -> None:
        [link] = given(OPENED, self.LINKED).on("2024-01-03")["links"]
        assert (link["other_deal"], link["relation"], link["other"]) == ("deal-2020", "successor_of", None)
        unlinked = event("deal.unlinked", "2024-02-01", other_deal="deal-2020")
        assert given(OPENED, self.LINKED, unlinked).on("2024-02-02")["links"] == []


class TestOwnCalendar:
    COUNT = event("deadline.set", "2024-01-05", deadline_id="p1", obligation="decide", set_by="ec", force="statutory",
                  anchor="2024-03-27", offset=3, unit="working_day", calendar="EU-COM")  # fmt: skip
    EASTER = event("calendar.published", "2024-01-02", id_="cal", calendar="EU-COM", days_off=["2024-03-28", "2024-03-29", "2024-04-01"],
                   **{"from": "2024-01-01", "until": "2024-12-31"})  # fmt: skip

    def test_a_count_goes_by_the_deals_own_calendar_and_says_so(self) -> None:
        told = given(OPENED, self.EASTER, self.COUNT).on("2024-02-01")["deadlines"]["p1"]
        assert told["due"] == "2024-04-04"
        assert any("published by cal" in step for step in told["trace"])

    def test_without_it_there_is_no_date(self) -> None:
        given(OPENED, self.COUNT).then("deadlines/p1/due", None, on="2024-02-01")

    def test_it_comes_before_the_calendar_of_a_country_of_that_name(self) -> None:
        own = {**self.EASTER, "data": {**self.EASTER["data"], "calendar": "US", "days_off": ["2024-01-08"]}}
        count = {**self.COUNT, "data": {**self.COUNT["data"], "calendar": "US", "anchor": "2024-01-05", "offset": 1}}
        given(OPENED, own, count).then("deadlines/p1/due", "2024-01-09", on="2024-02-01")
        given(OPENED, count).then("deadlines/p1/due", "2024-01-08", on="2024-02-01")

    def test_it_rests_on_a_country_and_days_may_be_worked_in_exchange(self) -> None:
        based = {**self.EASTER, "data": {"calendar": "EU-COM", "base": "CN", "days_off": ["2024-05-06"],
                                         "working_days": ["2024-05-01"], "from": "2024-05-01", "until": "2024-05-31"}}  # fmt: skip
        count = {**self.COUNT, "data": {**self.COUNT["data"], "anchor": "2024-04-30", "offset": 1}}
        given(OPENED, based, count).then("deadlines/p1/due", "2024-05-01", on="2024-04-30")


class TestOrders:
    def test_an_amendment_that_takes_a_bar_away_shows(self) -> None:
        order = event(
            "order.signed", "2024-01-05", order_id="o", kind="statute", issuer="x", title="t", bars=["closing"]
        )
        amended = event("order.amended", "2024-02-01", id_="am", order_id="o", changes={"bars": []})
        history = given(OPENED, order, amended)
        assert history.on("2024-02-02")["orders"]["o"]["amended"] == ["am"]
        assert history.on("2024-02-02")["blockers"] == []
        added = event("order.amended", "2024-02-01", id_="am", order_id="o", changes={"bars": ["closing", "transfer"]})
        assert given(OPENED, order, added).on("2024-02-02")["orders"]["o"]["amended"] == []
