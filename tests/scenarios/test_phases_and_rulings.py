"""What a decision, a withdrawal and a ruling leave of a phase, a stop in court and a case: each where it holds and where not."""

from typing import Any, ClassVar

import pytest
from given_when_then import History, event, given

from tests.scenarios.merger import OPENED, REQUIRED, approval, due

PHASE = approval("phase_opened", "2024-01-05", id_="phase", phase="phase 1", due="2024-03-01")
CHALLENGED = event("litigation.filed", "2024-01-20", case_id="annulment", court="general court", plaintiffs=["buyer"],
                   defendants=["ec"], targets=["ec"])  # fmt: skip
QUASHED = event("litigation.ruling", "2024-04-01", case_id="annulment", outcome="annulled", disposition="quashed")
SUED = event("litigation.filed", "2024-01-10", case_id="case", court="district court", plaintiffs=["ftc"],
             defendants=["buyer"], forum="authority")  # fmt: skip
RESTRAINED = event(
    "litigation.relief_granted", "2024-01-12", id_="stop", case_id="case", relief="stay", targets=["closing"]
)


def ruled(*, final: bool) -> dict[str, Any]:
    return event("litigation.ruling", "2024-02-01", id_="ruled", case_id="case", outcome="dismissed", final=final)


def appealed(**members: Any) -> dict[str, Any]:
    return event("litigation.appealed", "2024-02-05", case_id="case", by="ftc", to_court="appeals court", **members)


class TestTheDateOfAPhase:
    def due(self, history: History) -> tuple[str | None, list[str]]:
        found = history.on("2024-02-10")["approvals"]["ec"]
        return found["due"], found["due_because"]

    def test_it_is_the_date_of_the_approval_while_the_phase_runs(self) -> None:
        assert self.due(given(OPENED, REQUIRED, PHASE)) == ("2024-03-01", ["phase"])

    @pytest.mark.parametrize(
        "decision",
        [
            approval("granted", "2024-02-01"),
            approval("conditioned", "2024-02-01", conditions=["a divestiture"]),
            approval("denied", "2024-02-01"),
            approval("waiting_period_expired", "2024-02-01"),
            approval("withdrawn", "2024-02-01"),
            approval("withdrawn", "2024-02-01", refiling=True),
        ],
        ids=lambda decision: decision["type"],
    )
    def test_it_goes_with_the_decision_or_the_withdrawal(self, decision: dict[str, Any]) -> None:
        assert self.due(given(OPENED, REQUIRED, PHASE, decision)) == (None, [])

    def test_an_open_deadline_still_dates_a_decided_approval(self) -> None:
        statute = due("2024-05-01", subject="ec", force="statutory", obligation="publish the decision")
        assert self.due(given(OPENED, REQUIRED, PHASE, statute, approval("granted", "2024-02-01")))[0] == "2024-05-01"

    def test_a_quashed_decision_leaves_no_phase_until_another_is_opened(self) -> None:
        denied = given(OPENED, REQUIRED, PHASE, CHALLENGED, approval("denied", "2024-02-01"), QUASHED)
        denied.then("approvals/ec/status", "pending", on="2024-04-02")
        denied.then("approvals/ec/phase", None, on="2024-04-02").then("approvals/ec/due", None, on="2024-04-02")
        again = denied.when(approval("phase_opened", "2024-05-01", phase="phase 2", due="2024-09-01"))
        again.then("approvals/ec/phase", "phase 2", on="2024-05-02")
        again.then("approvals/ec/due", "2024-09-01", on="2024-05-02")


class TestAFinalRuling:
    def test_it_leaves_open_what_became_of_a_stop(self) -> None:
        history = given(OPENED, SUED, RESTRAINED, ruled(final=True))
        assert ("relief-outlives-case", "case") in history.rules("unknowns", "2024-02-02")

    def test_one_that_is_not_final_or_after_the_stop_ended_leaves_nothing_open(self) -> None:
        lifted = event("litigation.relief_ended", "2024-01-30", case_id="case", relief="stay")
        for history in (
            given(OPENED, SUED, RESTRAINED, ruled(final=False)),
            given(OPENED, SUED, RESTRAINED, lifted, ruled(final=True)),
        ):
            assert history.rules("unknowns", "2024-02-02") == set()

    def test_a_stop_of_a_forced_divestiture_after_the_closing_is_unknown_too_and_one_from_before_is_not(self) -> None:
        closing = event("deal.closed", "2024-01-11", effective="2024-01-11")
        after = given(OPENED, SUED, closing, RESTRAINED, ruled(final=True))
        assert ("relief-outlives-case", "case") in after.rules("unknowns", "2024-02-02")
        later = event("deal.closed", "2024-01-13", effective="2024-01-13")
        before = given(OPENED, SUED, RESTRAINED, later, ruled(final=True))
        assert before.rules("unknowns", "2024-02-02") == set()

    def blockers(self, history: History) -> set[tuple[str, str]]:
        return {(each["kind"], each["id"]) for each in history.on("2024-02-06")["blockers"]}

    def test_an_appeal_in_the_same_case_takes_it_up_again(self) -> None:
        decided = given(OPENED, SUED, ruled(final=True))
        assert self.blockers(decided) == set()
        decided.then("litigation/case/status", "decided", on="2024-02-06")
        again = decided.when(appealed())
        assert self.blockers(again) == {("case", "case")}
        again.then("litigation/case/status", "pending", on="2024-02-06")
        again.then("litigation/case/rulings/0/outcome", "dismissed", on="2024-02-06")

    def test_an_appeal_with_an_id_of_its_own_leaves_the_case_below_decided(self) -> None:
        above = given(OPENED, SUED, ruled(final=True), appealed(new_case_id="appeal"))
        assert self.blockers(above) == {("case", "appeal")}
        above.then("litigation/case/status", "decided", on="2024-02-06")


class TestTheUnknownPriceOfABid:
    def unknown(self, **members: Any) -> set[tuple[str, str]]:
        bid = event("bid.submitted", "2024-01-03", bid_id="offer", bidders=["buyer"], **members)
        return given(OPENED, bid).rules("unknowns", "2024-01-04")

    def test_it_is_unknown_without_a_price_and_a_consideration(self) -> None:
        assert self.unknown() == {("no-price", "offer")}

    def test_a_consideration_says_what_is_paid(self) -> None:
        assert self.unknown(consideration={"percent": "20", "of": "wages"}) == set()


class TestClosingAfterAQuashedClearance:
    """A clearance that a court quashed before the closing clears nothing; one quashed after it had cleared the way."""

    SUSPENSORY: ClassVar = {**REQUIRED, "data": {**REQUIRED["data"], "suspensory": True}}
    GRANTED: ClassVar = approval("granted", "2024-03-15", id_="grant")

    def closed(self, on: str, *between: dict[str, Any]) -> History:
        closing = event("deal.closed", on, id_="closing", effective=on)
        return given(OPENED, self.SUSPENSORY, CHALLENGED, self.GRANTED, QUASHED, *between, closing)

    def test_it_is_closed_over_a_bar(self) -> None:
        history = self.closed("2024-04-02")
        assert ("closed-over-bar", "closing") in history.rules("anomalies", "2024-05-01")
        [conflict] = history.conflicts("2024-05-01", "C12")
        assert conflict["members"] == ["closing", "ec"]
        assert conflict["why"] == "The deal was closed on 2 Apr 2024 while ec, which is suspensory, was pending."

    def test_it_is_not_where_the_ruling_came_later_or_another_clearance_before(self) -> None:
        again = approval("granted", "2024-04-10")
        for history in (self.closed("2024-03-20"), self.closed("2024-04-12", again)):
            assert history.rules("anomalies", "2024-05-01") == set()
            assert history.conflicts("2024-05-01", "C12") == []


class TestAFirstBid:
    BID: ClassVar[dict[str, Any]] = {"bid_id": "late", "bidders": ["rival"]}

    def test_it_moves_an_exploratory_deal_to_bidding(self) -> None:
        state = given(OPENED, event("bid.submitted", "2024-01-05", **self.BID)).on("2024-02-10")
        assert state["phase"] == "bidding"

    @pytest.mark.parametrize(
        ("before", "phase"),
        [
            (event("deal.agreement_reached", "2024-01-04", level="definitive", parties=["buyer", "target"]), "signed"),
            (event("deal.closed", "2024-01-04", effective="2024-01-04"), "closed"),
            (event("deal.terminated", "2024-01-04", reason="mutual"), "terminated"),
        ],
        ids=lambda each: each if isinstance(each, str) else each["type"],
    )
    def test_it_moves_no_later_phase_back(self, before: dict[str, Any], phase: str) -> None:
        state = given(OPENED, before, event("bid.submitted", "2024-01-06", **self.BID)).on("2024-02-10")
        assert state["phase"] == phase
        assert state["bids"]["late"]["days_silent"] >= 0
