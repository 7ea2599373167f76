"""Qualcomm and NXP, 2016 to 2018: eight of nine authorities cleared it, and the last one let the clock run out."""

from given_when_then import at, event, given, opened

DEAL = given(
    opened("2016-10-27", title="Qualcomm / NXP", kind="merger", subject="nxp", parties=["qualcomm", "nxp"],
           jurisdictions=["US", "EU", "CN"], tz="America/Los_Angeles"),
    event("deal.agreement_reached", "2016-10-27", agreement_id="agr", level="definitive", parties=["qualcomm", "nxp"],
          price={"amount": "110.00", "currency": "USD", "per": "share"}),
    event("deadline.set", "2016-10-27", deadline_id="dl-outside", obligation="close", set_by="parties", force="contractual",
          due="2018-04-25"),
    event("approval.required", "2016-10-27", approval_id="eu-ec", authority="eu_commission", jurisdiction="EU", subject="merger"),
    event("approval.required", "2016-10-27", approval_id="cn-samr", authority="samr", jurisdiction="CN", subject="merger",
          min_days=30, max_days=180),
    event("approval.conditioned", "2018-01-18", approval_id="eu-ec", conditions=["interoperability"]),
    event("approval.applied", "2018-04-14", id_="refiled", approval_id="cn-samr", by="qualcomm"),
    event("deadline.extended", "2018-04-19", deadline_id="dl-outside", by="parties", new_due="2018-07-25T23:59:00-04:00"),
)  # fmt: skip


def test_the_review_may_take_longer_than_is_left() -> None:
    [c5] = DEAL.conflicts("2018-05-01", "C5")
    assert (c5["members"], c5["binds"], c5["verdict"], c5["severity"]) == (
        ["cn-samr", "dl-outside"], "dl-outside", "at_risk", "soft",
    )  # fmt: skip
    review = DEAL.on("2018-05-01")["feasibility"]["approvals"]["cn-samr"]
    assert (review["filed"], review["earliest"], review["guaranteed_by"]) == ("2018-04-14", "2018-05-14", "2018-10-11")


def test_a_review_that_cannot_be_over_in_time_is_infeasible() -> None:
    late = DEAL.when(event("approval.applied", "2018-07-01", approval_id="cn-samr", by="qualcomm"))
    [c5] = late.conflicts("2018-07-02", "C5")
    assert (c5["verdict"], c5["severity"]) == ("infeasible", "hard")


def test_a_review_that_fits_is_no_conflict() -> None:
    early = DEAL.when(event("approval.applied", "2017-10-01", approval_id="cn-samr", by="qualcomm"))
    assert early.conflicts("2018-01-20", "C5") == []
    assert DEAL.on("2017-10-01")["feasibility"]["approvals"]["cn-samr"]["latest_filing"] == "2017-10-27"
    assert DEAL.conflicts("2017-10-27", "C5") == []
    assert DEAL.conflicts("2017-10-28", "C5")[0]["verdict"] == "at_risk"


def test_the_one_clearance_that_frees_the_deal_is_named() -> None:
    [blocker] = DEAL.on("2018-05-01")["blockers"]
    assert (blocker["id"], blocker["clears_alone"]) == ("cn-samr", True)
    assert blocker["clears_when"] == "cn-samr is granted"


def test_the_outside_date_ends_at_a_minute_of_new_york() -> None:
    DEAL.then("deadlines/dl-outside/status", "extended", on="2018-07-25T20:59:00-07:00")
    DEAL.then("deadlines/dl-outside/status", "past_due", on="2018-07-25T20:59:01-07:00")
    assert at(DEAL.on("2018-07-25T20:00:00-07:00"), "deadlines/dl-outside/days_left") == 0


def test_termination_freezes_the_lapse() -> None:
    broken = DEAL.when(
        event("deal.terminated", "2018-07-26", reason="the outside date passed without clearance", by="qualcomm",
              fee={"amount": "2000000000", "currency": "USD"}),
        event("approval.granted", "2018-08-01", id_="too-late", approval_id="cn-samr"),
    )  # fmt: skip
    state = broken.on("2018-09-01")
    assert (state["status"]["value"], state["phase"]) == ("terminated", "terminated")
    assert at(state, "deadlines/dl-outside/status") == "past_due"
    assert "frozen" not in state["deadlines"]["dl-outside"]
    assert at(state, "approvals/cn-samr/status") == "granted", "later events are still folded"
    assert broken.rules("anomalies", "2018-09-01") == set(), "an approval that comes after the end is no anomaly"
