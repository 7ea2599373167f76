"""The end of a deal and life after it (rules 3, 4, 7, 8, 13): each rule where it holds and where not."""

from typing import Any, ClassVar

import pytest
from given_when_then import event, given, shipped

from domain.sections.deadline_status import standing
from tests.scenarios.merger import CLOSED, OPENED, REQUIRED, TERMINATED, approval, due


class TestPhase:
    def test_a_first_bid_before_the_opening_makes_it_bidding(self) -> None:
        given(event("bid.submitted", "2023-12-01", bid_id="b", bidders=["buyer"]), OPENED).then(
            "phase", "bidding", on="2024-01-02"
        )

    def test_an_agreement_moves_it_forward_never_back(self) -> None:
        signed = given(OPENED, event("deal.agreement_reached", "2024-01-03", level="definitive", parties=["buyer"]))
        signed.then("phase", "signed", on="2024-01-03")
        political = event("deal.agreement_reached", "2024-01-05", level="political", parties=["buyer"])
        signed.when(political).then("phase", "signed", on="2024-01-06")

    def test_an_agreement_on_a_part_moves_nothing(self) -> None:
        part = event("deal.agreement_reached", "2024-01-03", level="definitive", parties=["ford"], covers=["ford"])
        given(OPENED, part).then("phase", "exploratory", on="2024-01-04")

    def test_agreements_on_two_variants_move_nothing_one_alone_does(self) -> None:
        one, other = (
            event("deal.agreement_reached", "2024-01-03", level="framework", parties=["a"], variant_id=name,
                  agreement_id=name)
            for name in ("north", "south")
        )  # fmt: skip
        given(OPENED, one).then("phase", "agreed_in_principle", on="2024-01-04")
        given(OPENED, one, other).then("phase", "exploratory", on="2024-01-04")


class TestBeforeTheOpening:
    def anomalies(self, occurred: str) -> set[tuple[str, str]]:
        bid = event("bid.submitted", occurred, id_="early", bid_id="b", bidders=["buyer"])
        return given(OPENED, bid).rules("anomalies", "2024-06-01")

    def test_a_bid_that_is_certainly_before_it_is_an_anomaly(self) -> None:
        assert self.anomalies("2023-12-01") == {("before-opening", "early")}

    def test_one_that_may_be_after_it_is_none(self) -> None:
        assert self.anomalies("2024-01") == set()
        assert self.anomalies("2024-01-01") == set()
        assert self.anomalies("2023-12/2024-02") == set()


class TestEnded:
    def test_it_is_null_while_the_deal_is_open(self) -> None:
        given(OPENED).then("ended", None, on="2024-01-02")
        given(OPENED, CLOSED).then("ended", None, on="2024-02-29")

    def test_a_termination_says_by_whom_why_and_for_which_fee(self) -> None:
        assert given(OPENED, TERMINATED).on("2024-03-02")["ended"] == {
            "how": "terminated", "on": "2024-03-01", "by": "buyer", "reason": "no clearance",
            "fee": {"amount": "5", "currency": "USD"}, "stakes": [], "structure": None, "agreement_id": None,
            "because": ["broken"],
        }  # fmt: skip

    def test_an_unwinding_wins_over_the_closing_until_the_deal_is_reopened(self) -> None:
        unwound = given(OPENED, CLOSED, event("deal.unwound", "2024-06-01", id_="undone", reason="ordered", by="ec"))
        state = unwound.on("2024-06-02")
        assert (state["status"]["value"], state["ended"]["how"], state["ended"]["by"]) == ("unwound", "unwound", "ec")
        again = unwound.when(event("deal.reopened", "2024-07-01", reason="a new agreement")).on("2024-07-02")
        assert (again["status"]["value"], again["status"]["rule"], again["ended"]) == ("open", "deal-reopened", None)

    def test_the_phase_after_a_reopening_is_that_before_the_end(self) -> None:
        signed = event("deal.agreement_reached", "2024-01-03", level="definitive", parties=["buyer"])
        reopened = given(OPENED, signed, TERMINATED, event("deal.reopened", "2024-04-01", reason="agreed again"))
        reopened.then("phase", "terminated", on="2024-03-02").then("phase", "signed", on="2024-04-02")

    def test_a_second_closing_is_odd_and_changes_nothing(self) -> None:
        twice = given(OPENED, CLOSED, event("deal.closed", "2024-05-01", id_="again", effective="2024-05-01"))
        twice.then("ended/on", "2024-03-01", on="2024-06-01")
        assert ("after-the-end", "again") in twice.rules("anomalies", "2024-06-01")


class TestLifeAfterTheEnd:
    def test_what_was_open_is_frozen_and_what_was_past_due_stays_so(self) -> None:
        ended = given(OPENED, due("2024-06-01"), due("2024-02-01", name="old"), CLOSED).on("2024-09-01")
        assert (ended["deadlines"]["dl"]["status"], ended["deadlines"]["dl"]["days_left"]) == ("pending", 92)
        assert ended["deadlines"]["dl"]["frozen"] is True
        assert ended["deadlines"]["old"]["status"] == "past_due"
        assert (ended["deadlines"]["old"]["past_due_at_end"], ended["deadlines"]["old"]["days_left"]) == (True, -29)
        assert ended["next_deadline"] == {"binding": None, "any": None, "reported": None, "overdue": []}

    def test_what_is_set_after_it_lives(self) -> None:
        order = event("order.signed", "2024-04-01", order_id="divest", kind="presidential_order", issuer="president",
                      title="Divestiture of the target")  # fmt: skip
        divest = due("2024-06-01", "2024-04-01", "dl-divest", obligation="divest", force="legally_binding")
        history = given(OPENED, CLOSED, order, divest)
        state = history.on("2024-05-01")
        assert (state["deadlines"]["dl-divest"]["days_left"], state["next_deadline"]["binding"]) == (31, "dl-divest")
        assert "frozen" not in state["deadlines"]["dl-divest"]
        assert ("C7", "soft") in {(each["rule"], each["severity"]) for each in state["conflicts"]}, "a Saturday"
        late = history.on("2024-07-01")
        assert late["deadlines"]["dl-divest"]["status"] == "past_due"
        assert late["next_deadline"]["overdue"] == ["dl-divest"]
        assert ("no-outcome", "dl-divest") in history.rules("unknowns", "2024-07-01")
        assert late["anomalies"] == []

    def test_a_frozen_deadline_that_is_moved_after_the_end_lives_again(self) -> None:
        moved = event("deadline.extended", "2024-04-01", deadline_id="dl", by="ftc", new_due="2024-12-01")
        given(OPENED, due("2024-06-01"), CLOSED, moved).then("next_deadline/binding", "dl", on="2024-05-01")

    def test_an_order_that_is_revoked_after_the_end_changes_nothing_frozen(self) -> None:
        order = event("order.signed", "2024-01-02", order_id="o", kind="statute", issuer="x", title="An act")
        revoked = event("order.revoked", "2024-04-01", order_id="o", by="x")
        history = given(OPENED, order, due("2024-06-01", order_id="o"), CLOSED, revoked)
        history.then("deadlines/dl/status", "pending", on="2024-05-01")
        open_still = given(OPENED, order, due("2024-06-01", order_id="o"), revoked)
        open_still.then("deadlines/dl/status", "withdrawn", on="2024-05-01")

    def test_a_reopening_thaws_what_was_frozen(self) -> None:
        history = given(OPENED, due("2024-06-01"), TERMINATED, event("deal.reopened", "2024-04-01", reason="again"))
        history.then("deadlines/dl/days_left", 31, on="2024-05-01").then("next_deadline/binding", "dl", on="2024-05-01")

    def test_a_bid_after_it_is_odd_an_approval_is_not(self) -> None:
        bid = event("bid.submitted", "2024-04-01", id_="late", bid_id="b", bidders=["other"])
        history = given(OPENED, REQUIRED, CLOSED, bid, approval("granted", "2024-04-01", id_="granted"))
        assert history.rules("anomalies", "2024-05-01") == {("after-the-end", "late")}

    def test_blockers_are_empty_after_it(self) -> None:
        assert given(OPENED, REQUIRED, CLOSED).on("2024-05-01")["blockers"] == []


class TestClosingOverABar:
    def test_it_is_an_anomaly_that_lasts(self) -> None:
        suspensory = {**REQUIRED, "data": {**REQUIRED["data"], "suspensory": True}}
        over = given(OPENED, suspensory, approval("applied", "2024-01-03", by="buyer"), CLOSED)
        cleared = over.when(approval("granted", "2024-09-01"))
        for history in (over, cleared):
            assert ("closed-over-bar", "closing") in history.rules("anomalies", "2024-10-01")
            assert history.conflicts("2024-10-01", "C12")[0]["members"] == ["closing", "ec"]

    def test_it_is_none_where_the_approval_was_cleared_or_bars_nothing(self) -> None:
        suspensory = {**REQUIRED, "data": {**REQUIRED["data"], "suspensory": True}}
        for history in (
            given(OPENED, suspensory, approval("waiting_period_expired", "2024-02-01"), CLOSED),
            given(OPENED, REQUIRED, CLOSED),
        ):
            assert ("closed-over-bar", "closing") not in history.rules("anomalies", "2024-10-01")


class TestWhoseCaseBlocks:
    FILED: ClassVar = {"case_id": "c", "court": "D. Del.", "defendants": ["buyer"]}

    def blocks(self, *rows: dict[str, Any], **members: Any) -> bool:
        history = given(OPENED, *rows, event("litigation.filed", "2024-01-05", **{**self.FILED, **members}))
        return [each["id"] for each in history.on("2024-02-01")["blockers"]] == ["c"]

    def test_that_of_an_authority_does(self) -> None:
        ftc = event("party.added", "2024-01-02", party_id="ftc", name="FTC", role="regulator")
        assert self.blocks(ftc, plaintiffs=["ftc"])
        assert self.blocks(plaintiffs=["x"], forum="authority")

    def test_that_against_the_closing_does(self) -> None:
        assert self.blocks(plaintiffs=["holder"], targets=["closing"])
        assert self.blocks(plaintiffs=["holder"], relief="an injunction against the closing")

    def test_a_disclosure_suit_of_a_shareholder_does_not(self) -> None:
        assert not self.blocks(plaintiffs=["holder"], relief="supplemental disclosure")

    def test_one_against_a_party_that_came_later_does_one_against_a_stranger_does_not(self) -> None:
        ftc = event("party.added", "2024-01-02", party_id="ftc", name="FTC", role="regulator")
        seller = event("party.added", "2024-01-02", party_id="s", name="S", role="seller")
        assert self.blocks(ftc, seller, plaintiffs=["ftc"], defendants=["s"])
        assert not self.blocks(ftc, plaintiffs=["ftc"], defendants=["stranger"])

    def test_a_final_ruling_ends_it(self) -> None:
        case = event("litigation.filed", "2024-01-05", **self.FILED, plaintiffs=["h"], targets=["closing"])
        ruling = event("litigation.ruling", "2024-02-01", case_id="c", outcome="dismissed", final=True)
        history = given(OPENED, case, ruling)
        assert history.on("2024-02-02")["blockers"] == []
        history.then("litigation/c/status", "decided", on="2024-02-02")
        history.then("litigation/c/decided", "dismissed", on="2024-02-02")
        transferred = history.when(event("litigation.transferred", "2024-02-03", case_id="c", to_court="S.D.N.Y."))
        transferred.then("litigation/c/court", "S.D.N.Y.", on="2024-02-04")


class TestExtensionLedger:
    LIMITED = due("2024-02-01", extendable={"max_total": 30})

    def ledger(self, *rows: dict[str, Any], on: str = "2024-01-20") -> tuple[Any, Any, Any]:
        told = given(OPENED, self.LIMITED, *rows).on(on)["deadlines"]["dl"]["extension"]
        return told["used"], told["left"], told["latest_possible"]

    def test_extensions_use_the_budget(self) -> None:
        more = event("deadline.extended", "2024-01-10", deadline_id="dl", by="ftc", by_days=10)
        assert self.ledger() == (0, 30, "2024-03-02")
        assert self.ledger(more) == (10, 20, "2024-03-02")

    def test_tolling_uses_none_and_moves_the_limit(self) -> None:
        tolled = event(
            "deadline.tolled", "2024-01-05", deadline_id="dl", cause="c", since="2024-01-05", until="2024-01-09"
        )
        assert self.ledger(tolled) == (0, 30, "2024-03-07")

    def test_advancing_uses_none_and_is_no_anomaly(self) -> None:
        sooner = event(
            "deadline.advanced", "2024-01-10", id_="sooner", deadline_id="dl", by="ftc", new_due="2024-01-25"
        )
        assert self.ledger(sooner) == (0, 30, "2024-03-02")
        history = given(OPENED, self.LIMITED, sooner)
        history.then("deadlines/dl/due", "2024-01-25", on="2024-01-20")
        history.then("deadlines/dl/status", "pending", on="2024-01-20")
        assert history.rules("anomalies", "2024-01-20") == set()

    def test_an_extension_to_an_earlier_day_is_an_anomaly(self) -> None:
        sooner = event("deadline.extended", "2024-01-10", id_="back", deadline_id="dl", by="ftc", new_due="2024-01-25")
        assert ("extension-not-later", "back") in given(OPENED, self.LIMITED, sooner).rules("anomalies", "2024-01-20")

    def test_all_is_null_without_a_date(self) -> None:
        tolled = event("deadline.tolled", "2024-01-05", deadline_id="dl", cause="c", since="2024-01-05")
        assert self.ledger(tolled) == (None, None, None)


class TestBids:
    BID: ClassVar = event("bid.submitted", "2024-01-02", bid_id="b", bidders=["buyer"])

    def test_a_revision_after_a_rejection_or_withdrawal_makes_it_live_again(self) -> None:
        for end in ("rejected", "withdrawn"):
            ended = event(f"bid.{end}", "2024-01-03", bid_id="b", by="target")
            revised = event(
                "bid.revised", "2024-01-04", bid_id="b", changes={}, price={"amount": "9", "currency": "USD"}
            )
            given(self.BID, OPENED, ended).then("bids/b/status", end, on="2024-01-03")
            given(self.BID, OPENED, ended, revised).then("bids/b/status", "live", on="2024-01-05")

    def test_the_accepted_one_stays_accepted_at_the_end(self) -> None:
        accepted = event("bid.selected", "2024-01-03", bid_id="b", by="target", level="accepted")
        given(OPENED, self.BID, accepted, CLOSED).then("bids/b/status", "accepted", on="2024-04-01")


class TestTheBestBidOfAnEndedDeal:
    BID: ClassVar = event("bid.submitted", "2024-01-05", bid_id="bid", bidders=["buyer"])

    def test_it_is_the_accepted_one(self) -> None:
        accepted = event("bid.selected", "2024-02-01", id_="accepted", bid_id="bid", level="accepted", by="target")
        best = given(OPENED, self.BID, accepted, CLOSED).on("2024-04-01")["best_bid"]
        assert best == {"id": "bid", "reason": "it was accepted", "because": ["accepted"]}

    @pytest.mark.parametrize("end", [CLOSED, TERMINATED])
    def test_without_one_there_is_none_whatever_bids_were_live(self, end: dict[str, Any]) -> None:
        history = given(OPENED, self.BID, end)
        assert history.on("2024-02-01")["best_bid"]["reason"] == "it is the only live bid"
        best = history.on("2024-04-01")["best_bid"]
        assert best == {"id": None, "reason": "the deal has ended and no bid was accepted", "because": [end["id"]]}

    def test_the_demo_says_how_it_ended_and_by_whom_with_no_live_bid_and_nothing_ahead(self) -> None:
        state = shipped("tiktok").on("2026-11-26")
        assert (state["ended"]["how"], state["ended"]["on"], state["ended"]["by"]) == ("closed", "2026-01-22", "tiktok")
        assert state["best_bid"] == {
            "id": None, "reason": "the deal has ended and no bid was accepted", "because": ["tiktok-078"],
        }  # fmt: skip
        assert state["next_deadline"] == {"binding": None, "any": None, "reported": None, "overdue": []}
        assert (state["blockers"], state["scheduled"], state["possible_events"]) == ([], [], [])
        assert {each["status"] for each in state["deadlines"].values() if standing(each) != "over"} == set()


def test_a_calendar_without_its_first_day_is_read() -> None:
    calendar = event("calendar.published", "2024-01-02", calendar="MILL", days_off=["2024-01-08"], base="US")
    counted = event("deadline.set", "2024-01-03", deadline_id="dl", obligation="answer", set_by="ftc", force="statutory",
                    anchor="2024-01-05", offset=1, unit="working_day", calendar="MILL")  # fmt: skip
    given(OPENED, calendar, counted).then("deadlines/dl/due", "2024-01-09", on="2024-01-06")
