"""Anomalies, unknowns, spans, blockers and statuses of a deal that no saga shows: each where it holds and where not."""

from typing import Any

import pytest
from given_when_then import History, at, event, given

from tests.scenarios.merger import CLOSED, OPENED, REQUIRED, TERMINATED, approval, due

MET = event("deadline.met", "2024-01-10", id_="met", deadline_id="dl")
SUSPENDED = event("deal.talks_suspended", "2024-01-10", id_="suspended", reason="no progress")
RESUMED = event("deal.talks_resumed", "2024-01-20", id_="resumed")
CASE = event("litigation.filed", "2024-01-05", case_id="case", court="district court", plaintiffs=["ftc"],
             defendants=["buyer"], forum="authority")  # fmt: skip


def extended(on: str, by: str = "cfius") -> dict[str, Any]:
    return event("deadline.extended", on, id_="more", deadline_id="dl", by=by, new_due="2024-03-10")


class TestExtensionsThatAreAnomalies:
    def anomalies(self, *rows: dict[str, Any]) -> set[tuple[str, str]]:
        return given(OPENED, *rows).rules("anomalies", "2024-02-01")

    def test_one_by_someone_else_than_the_instrument_names(self) -> None:
        limited = due("2024-03-01", extendable={"by": "cfius"})
        assert self.anomalies(limited, extended("2024-01-12", by="commerce")) == {("extension-without-power", "more")}
        assert self.anomalies(limited, extended("2024-01-12", by="cfius")) == set()
        assert self.anomalies(due("2024-03-01"), extended("2024-01-12", by="commerce")) == set()

    def test_one_of_what_was_met_or_withdrawn(self) -> None:
        withdrawn = event("deadline.withdrawn", "2024-01-10", deadline_id="dl")
        for end in (MET, withdrawn):
            late = given(OPENED, due("2024-03-01"), end, extended("2024-01-12"))
            assert late.rules("anomalies", "2024-02-01") == {("extension-after-end", "more")}
            late.then("deadlines/dl/status", end["type"].removeprefix("deadline."), on="2024-02-01")
        assert self.anomalies(due("2024-03-01"), extended("2024-01-09"), MET) == set()


class TestTwoEnds:
    def test_a_termination_after_a_closing_changes_nothing(self) -> None:
        late = {**TERMINATED, "occurred": "2024-05-01"}
        both = given(OPENED, CLOSED, late)
        assert "two-ends" in {rule for rule, _ in both.rules("anomalies", "2024-06-01")}
        both.then("status/value", "closed", on="2024-06-01").then("ended/how", "closed", on="2024-06-01")

    def test_one_end_and_an_end_after_a_reopening_are_none(self) -> None:
        reopened = event("deal.reopened", "2024-04-01", reason="agreed again")
        late = {**TERMINATED, "occurred": "2024-05-01"}
        for history in (given(OPENED, CLOSED), given(OPENED, CLOSED, reopened, late)):
            assert history.rules("anomalies", "2024-06-01") == set()
        given(OPENED, CLOSED, reopened, late).then("ended/how", "terminated", on="2024-06-01")


class TestStatusOfTheDeal:
    @pytest.mark.parametrize(
        ("rows", "status", "rule"),
        [
            ([], "open", "deal-opened"),
            ([SUSPENDED], "stalled", "talks-suspended"),
            ([SUSPENDED, RESUMED], "open", "talks-resumed"),
            ([SUSPENDED, CLOSED], "closed", "closed-wins"),
            ([SUSPENDED, TERMINATED], "terminated", "terminated-wins"),
            ([CLOSED, event("deal.unwound", "2024-03-05", reason="ordered")], "unwound", "unwound-wins"),
            ([CLOSED, event("deal.reopened", "2024-03-05", reason="agreed again")], "open", "deal-reopened"),
            ([CLOSED, {**SUSPENDED, "occurred": "2024-03-05"}], "closed", "closed-wins"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_it_is_that_of_the_rule_that_wins(self, rows: list[dict[str, Any]], status: str, rule: str) -> None:
        given(OPENED, *rows).then("status/value", status, on="2024-03-10").then("status/rule", rule, on="2024-03-10")


class TestUnknownsOfAnApproval:
    def unknowns(self, *rows: dict[str, Any]) -> set[tuple[str, str]]:
        return given(OPENED, *rows).rules("unknowns", "2024-01-10")

    def test_whose_it_is_where_no_event_requires_it(self) -> None:
        applied = approval("applied", "2024-01-05", by="buyer")
        assert ("no-authority", "ec") in self.unknowns(applied)
        assert ("no-authority", "ec") not in self.unknowns(REQUIRED, applied)

    def test_the_calendar_of_its_working_days(self) -> None:
        counted = {"min_days": 25, "day_kind": "working_day"}
        unknown = approval("required", "2024-01-02", authority="x", jurisdiction="EU", subject="merger", **counted)
        known = approval("required", "2024-01-02", authority="x", jurisdiction="CN", subject="merger", **counted)
        assert self.unknowns(unknown) == {("no-calendar", "ec")}
        assert self.unknowns(known) == set()


class TestTheLastDayOfASpan:
    """An `until` of relief and of a pause holds through the end of its latest day, that of a term is half-open."""

    def test_relief_holds_through_a_month_that_it_names(self) -> None:
        relief = event("litigation.relief_granted", "2024-01-12", case_id="case", relief="stay", targets=["closing"],
                       until="2024-02")  # fmt: skip
        history = given(OPENED, CASE, relief)
        history.then("litigation/case/relief/0/status", "granted", on="2024-02-29")
        history.then("litigation/case/relief/0/status", "ended", on="2024-03-01")

    def test_a_pause_of_enforcement_holds_through_its_last_day(self) -> None:
        signed = event("order.signed", "2024-01-03", order_id="ban", kind="statute", issuer="congress", title="ban")
        paused = event("order.enforcement_paused", "2024-01-05", order_id="ban", by="president", until="2024-02-10")
        history = given(OPENED, signed, paused)
        history.then("orders/ban/status", "not_enforced", on="2024-02-10")
        history.then("orders/ban/status", "in_force", on="2024-02-11")

    def test_a_term_holds_no_more_on_the_day_of_its_until(self) -> None:
        term = event("terms.changed", "2024-01-03", term="fee", to="5", until="2024-02-10")
        history = given(OPENED, term)
        history.then("terms/fee/value", "5", on="2024-02-09")
        assert "fee" not in history.on("2024-02-10")["terms"] or at(history.on("2024-02-10"), "terms/fee/value") is None


class TestOneBlockerForAnId:
    def test_the_hardest_wins(self) -> None:
        relief = event(
            "litigation.relief_granted", "2024-01-12", case_id="case", relief="stay", targets=["closing"],
            until="2024-02-01",
        )  # fmt: skip
        assert self.blockers(given(OPENED, CASE, relief), "2024-01-20") == [("relief", "case", "hard")]
        assert self.blockers(given(OPENED, CASE, relief), "2024-02-02") == [("case", "case", "soft")]

    def blockers(self, history: History, on: str) -> list[tuple[str, str, str]]:
        return [(each["kind"], each["id"], each["severity"]) for each in history.on(on)["blockers"]]


class TestTheBiddersOfABid:
    def bidders(self, *rows: dict[str, Any]) -> list[str]:
        bidders: list[str] = at(given(OPENED, *rows).on("2024-02-01"), "bids/b/bidders")
        return bidders

    def test_a_submission_replaces_them_and_a_report_of_interest_adds(self) -> None:
        interest = event("bid.interest_reported", "2024-01-03", bid_id="b", bidders=["oracle"])
        more = event("bid.interest_reported", "2024-01-04", bid_id="b", bidders=["walmart"])
        submitted = event("bid.submitted", "2024-01-05", bid_id="b", bidders=["microsoft"])
        assert self.bidders(interest, more) == ["oracle", "walmart"]
        assert self.bidders(interest, more, submitted) == ["microsoft"]
