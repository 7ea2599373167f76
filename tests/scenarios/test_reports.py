"""Reports are separate from facts, until an accountable source confirms them."""

from given_when_then import at, event, given, opened

OPENED = opened("2020-08-01", parties=["seller", "us_administration"])
LEAK = event("position.reported", "2020-09-11", id_="leak", attribution_="anonymous_multiple", grade_="C3",
             party_id="cn_government", issue="sale", stance="oppose", claim_id="cl")  # fmt: skip
STORY = event("report.published", "2020-09-11", id_="story", attribution_="anonymous_multiple", grade_="C3", actor_="reuters",
              claim_id="cl", statement="Beijing prefers closure", about="cn_government", origin="reuters")  # fmt: skip
STATED = event("position.stated", "2020-09-15", id_="stated", actor_="cn_government", attribution_="on_record",
               party_id="cn_government", issue="sale", stance="neutral", speaker="Wang Wenbin")  # fmt: skip


def test_a_report_never_changes_what_a_fact_set() -> None:
    told = given(
        OPENED,
        event("bid.submitted", "2020-09-01", id_="bid", bid_id="b", bidders=["oracle"], price={"amount": "10", "currency": "USD"}),
        event("bid.rejected", "2020-09-10", id_="rumour", attribution_="anonymous_single", grade_="D4", bid_id="b", by="seller"),
    )  # fmt: skip
    bid = told.on("2020-09-11")["bids"]["b"]
    assert bid["status"] == "live"
    assert bid["reported"]["status"] == {"value": "rejected", "grade": "D4", "because": ["rumour"]}
    assert told.on("2020-09-11", layer="facts")["bids"]["b"].get("reported") is None
    assert ("fact-against-report", "b") in told.rules("contradictions", "2020-09-11")
    confirmed = told.when(event("bid.rejected", "2020-09-12", bid_id="b", by="seller", attribution_="on_record"))
    assert confirmed.on("2020-09-13")["bids"]["b"]["status"] == "rejected"


def test_a_partys_own_claim_is_a_fact_and_anybody_elses_is_not() -> None:
    own = event(
        "position.stated",
        "2020-09-01",
        party_id="seller",
        issue="sale",
        stance="oppose",
        actor_="seller",
        attribution_="party_claim",
    )
    told = given(OPENED, own).on("2020-09-02")["stances"]["seller"]["sale"]
    assert (told["stated"]["stance"], told["reported"]) == ("oppose", None)
    others = {**own, "actor": "oracle"}
    told = given(OPENED, others).on("2020-09-02")["stances"]["seller"]["sale"]
    assert (told["stated"], told["reported"]["stance"], told["layer"]) == (None, "oppose", "reported")


def test_what_is_said_and_what_is_reported_contradict() -> None:
    told = given(OPENED, LEAK, STORY, STATED)
    stance = told.on("2020-09-16")["stances"]["cn_government"]["sale"]
    assert (stance["stated"]["stance"], stance["reported"]["stance"], stance["reported"]["grade"]) == (
        "neutral",
        "oppose",
        "C3",
    )
    assert told.rules("contradictions", "2020-09-16") == {("stance-against-report", "cn_government/sale")}


def test_a_confirmed_claim_counts_as_a_fact_from_then_on() -> None:
    told = given(
        OPENED, LEAK, STORY, event("claim.confirmed", "2020-09-20", id_="yes", claim_id="cl", by="cn_government")
    )
    before, after = told.on("2020-09-19"), told.on("2020-09-20")
    assert at(before, "stances/cn_government/sale/layer") == "reported"
    assert "layer" not in after["stances"]["cn_government"]["sale"]
    assert at(after, "stances/cn_government/sale/because") == ["leak", "yes"]
    assert at(after, "claims/cl/status") == "confirmed"
    assert "layer" not in after["claims"]["cl"]
    facts = told.on("2020-09-19", layer="facts")
    assert (facts["stances"], facts["claims"]) == ({}, {})
    facts = told.on("2020-09-20", layer="facts")
    assert at(facts, "stances/cn_government/sale/reported/stance") == "oppose"
    assert at(facts, "claims/cl/statement") == "Beijing prefers closure"


def test_only_whom_it_is_about_can_deny_a_claim() -> None:
    told = given(OPENED, STORY)
    told.when(event("claim.denied", "2020-09-12", claim_id="cl", by="cn_government")).then(
        "claims/cl/status", "denied", on="2020-09-13"
    )
    disputed = told.when(event("claim.denied", "2020-09-12", claim_id="cl", by="seller"))
    disputed.then("claims/cl/status", "disputed", on="2020-09-13")
    assert disputed.rules("contradictions", "2020-09-13") == {("claim-against-denial", "cl")}


def test_five_papers_that_cite_one_agency_count_once() -> None:
    papers = [
        event("report.published", f"2020-09-1{number}", attribution_="unattributed", actor_=f"paper{number}", claim_id="cl",
              statement="talks end", sources_=[{"publisher": f"paper {number}", "origin_id": "reuters-2020-09-11"}])
        for number in range(5)
    ]  # fmt: skip
    told = given(OPENED, *papers).on("2020-09-20")
    assert told["claims"]["cl"]["independent_origins"] == 1
    assert len(told["claims"]["cl"]["reports"]) == 5
    other = event(
        "report.published", "2020-09-16", attribution_="unattributed", actor_="ft", claim_id="cl", statement="talks end"
    )
    assert given(OPENED, *papers, other).on("2020-09-20")["claims"]["cl"]["independent_origins"] == 2


def test_how_often_a_source_was_right_is_counted_by_claim() -> None:
    def story(number: int) -> dict[str, object]:
        return {**STORY, "id": f"s{number}", "data": {**STORY["data"], "claim_id": f"cl{number}"}}

    told = given(
        OPENED, *(story(number) for number in range(4)), {**story(0), "id": "again"},
        event("claim.confirmed", "2020-09-12", claim_id="cl0", by="seller"),
        event("claim.confirmed", "2020-09-12", claim_id="cl1", by="seller"),
        event("claim.denied", "2020-09-12", claim_id="cl2", by="cn_government"),
    )  # fmt: skip
    reuters = told.on("2020-09-13")["sources"]["reuters"]
    assert {name: reuters[name] for name in ("claims", "confirmed", "denied", "open", "confirmed_pct")} == {
        "claims": 4, "confirmed": 2, "denied": 1, "open": 1, "confirmed_pct": 67,
    }  # fmt: skip


def test_a_shift_keeps_the_stance_before_it_and_a_new_speaker_marks_the_old_one() -> None:
    told = given(
        OPENED,
        event("party.added", "2020-08-01", party_id="tiktok", name="TikTok", role="target"),
        event("position.stated", "2020-08-05", party_id="tiktok", issue="sale", stance="oppose", speaker="Kevin Mayer"),
        event("position.stated", "2020-08-20", party_id="tiktok", issue="sale", stance="conditional", speaker="Kevin Mayer"),
        event("party.representative_changed", "2020-08-26", party_id="tiktok", office="CEO", person_out="Kevin Mayer", person_in="Vanessa Pappas"),
    )  # fmt: skip
    stated = told.on("2020-08-25")["stances"]["tiktok"]["sale"]["stated"]
    assert (stated["previous"], stated["shifted_on"], stated["since"], stated["previous_holder"]) == (
        "oppose",
        "2020-08-20",
        "2020-08-20",
        False,
    )
    told.then("stances/tiktok/sale/stated/previous_holder", True, on="2020-08-27")
    told.then("parties/tiktok/representatives/0/person_in", "Vanessa Pappas", on="2020-08-27")
    again = told.when(
        event(
            "position.stated",
            "2020-09-01",
            party_id="tiktok",
            issue="sale",
            stance="conditional",
            speaker="Vanessa Pappas",
        )
    )
    again.then("stances/tiktok/sale/stated/previous_holder", False, on="2020-09-02")
    again.then("stances/tiktok/sale/stated/since", "2020-08-20", on="2020-09-02")


def test_reports_alone_are_shown_as_such_and_leave_the_facts_empty() -> None:
    told = given(OPENED, event("approval.required", "2020-08-28", attribution_="analysis", grade_="B2", approval_id="licence",
                               authority="mofcom", jurisdiction="CN", subject="export"))  # fmt: skip
    assert told.on("2020-08-29")["approvals"]["licence"]["layer"] == "reported"
    assert told.on("2020-08-29")["blockers"][0]["layer"] == "reported"
    assert told.on("2020-08-29", layer="facts")["approvals"] == {}


def test_a_reported_end_of_the_deal_stands_beside_its_status() -> None:
    rumour = event(
        "deal.terminated", "2020-09-10", id_="rumour", attribution_="anonymous_single", grade_="C4", reason="dead"
    )
    told = given(OPENED, rumour)
    status = told.on("2020-09-11")["status"]
    assert status["value"] == "open"
    assert status["reported"] == {"value": "terminated", "grade": "C4", "since": "2020-09-10", "because": ["rumour"]}
    assert ("fact-against-report", "status") in told.rules("contradictions", "2020-09-11")
    assert "reported" not in told.on("2020-09-11", layer="facts")["status"]


def test_what_makes_a_bid_the_best_is_a_fact_where_it_is_one() -> None:
    told = given(
        OPENED,
        event("bid.submitted", "2020-09-01", id_="bid", bid_id="b", bidders=["oracle"]),
        event("bid.rejected", "2020-09-10", id_="rumour", attribution_="anonymous_single", bid_id="b", by="seller"),
    )
    assert told.on("2020-09-11")["best_bid"]["because"] == ["bid"]
