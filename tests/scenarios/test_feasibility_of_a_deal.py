"""Feasibility (rule 16): measured against dates of closing by published words, and only while there is a deal."""

import pytest
from given_when_then import event, given

from domain.rulebook import RULES_BY_ID
from domain.sections.derivation import CLOSING_WORDS, STEP_WORDS
from tests.scenarios.merger import CLOSED, OPENED, REQUIRED, TERMINATED, approval, due

BOUNDED = approval("required", "2024-01-02", authority="ec", jurisdiction="EU", subject="the merger", min_days=200,
                   max_days=300)  # fmt: skip


class TestTheWordsOfClosing:
    def test_the_published_rule_names_them_all(self) -> None:
        text = RULES_BY_ID["date-of-closing"].text
        for word in (*CLOSING_WORDS, *STEP_WORDS):
            assert f"{word}," in text or f"{word};" in text or f"{word}." in text

    @pytest.mark.parametrize("obligation", ["close the merger", "Divestiture of the mill", "transfer all shares"])
    def test_an_obligation_of_closing_decides(self, obligation: str) -> None:
        told = given(OPENED, BOUNDED, due("2024-06-01", obligation=obligation)).on("2024-01-10")
        assert told["feasibility"]["deadline"] == "dl"
        assert told["feasibility"]["approvals"]["ec"]["verdict"] == "infeasible"

    @pytest.mark.parametrize("obligation", ["file the divestiture plan", "vote on the merger", "pay the bonus"])
    def test_a_step_on_the_way_does_not(self, obligation: str) -> None:
        told = given(OPENED, BOUNDED, due("2024-06-01", obligation=obligation)).on("2024-01-10")
        assert told["feasibility"]["deadline"] is None
        assert told["feasibility"]["approvals"]["ec"]["verdict"] == "unknown"
        assert [each for each in told["conflicts"] if each["rule"] == "C5"] == []


class TestNoDeal:
    def test_nothing_is_feasible_before_the_opening(self) -> None:
        early = given(BOUNDED, due("2024-06-01"), event("deal.opened", "2024-04-01", title="a deal", kind="merger",
                                                        subject="it"))  # fmt: skip
        before = early.on("2024-02-01")
        assert (before["feasibility"]["approvals"], before["feasibility"]["variants"]) == ({}, {})
        assert [each for each in before["conflicts"] if each["rule"] == "C5"] == []
        assert set(early.on("2024-04-02")["feasibility"]["approvals"]) == {"ec"}

    def test_nor_after_its_termination_though_an_application_is_made(self) -> None:
        again = approval("applied", "2024-04-01", by="buyer")
        ended = given(OPENED, REQUIRED, due("2024-12-01"), TERMINATED, again).on("2024-05-01")
        assert ended["feasibility"]["approvals"] == {}

    def test_what_is_unknown_of_an_approval_is_so_without_a_deal_too(self) -> None:
        assert ("no-duration", "ec") in given(REQUIRED).rules("unknowns", "2024-02-01")


class TestAfterAClosing:
    def test_a_forced_divestiture_has_its_dates_conflicts_and_feasibility(self) -> None:
        order = event("order.signed", "2024-04-01", order_id="divest", kind="presidential_order", issuer="president",
                      title="Divestiture of the target")  # fmt: skip
        divest = due("2024-06-03", "2024-04-01", "dl-divest", obligation="divest the target", force="legally_binding",
                     order_id="divest")  # fmt: skip
        promised = due("2024-07-01", "2024-04-02", "dl-promise", obligation="divest the target", force="political",
                       subject="divestiture")  # fmt: skip
        needed = approval("required", "2024-04-03", authority="ec", jurisdiction="EU", subject="the divestiture",
                          min_days=90, max_days=120)  # fmt: skip
        divest["data"]["subject"] = "divestiture"
        state = given(OPENED, CLOSED, order, divest, promised, needed).on("2024-05-01")
        assert (state["status"]["value"], state["ended"]["how"]) == ("closed", "closed")
        assert (state["next_deadline"]["binding"], state["deadlines"]["dl-divest"]["days_left"]) == ("dl-divest", 33)
        assert {each["rule"] for each in state["conflicts"]} >= {"C1", "C5"}
        assert state["feasibility"]["approvals"]["ec"]["verdict"] == "infeasible"
        late = given(OPENED, CLOSED, order, divest).on("2024-06-10")
        assert (late["next_deadline"]["overdue"], late["deadlines"]["dl-divest"]["days_left"]) == (["dl-divest"], -7)
