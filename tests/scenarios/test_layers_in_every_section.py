"""What is absent where only facts are read is marked, in every section; and facts decide what comes next."""

from typing import Any

import pytest
from given_when_then import event, given, opened
from icalendar import Calendar

from projections.calendar_feed.feed import calendar_feed

REPORT = {"attribution_": "anonymous_single"}


def deadline(deadline_id: str, due: str, force: str = "statutory", **members: Any) -> dict[str, Any]:
    data = {"obligation": "close", "set_by": "x", "subject": "closing", **members}
    envelope = REPORT if members.pop("reported", False) else {}
    data.pop("reported", None)
    return event("deadline.set", "2020-01-05", deadline_id=deadline_id, force=force, due=due, **envelope, **data)


def layers(entries: list[dict[str, Any]]) -> list[str | None]:
    return [each.get("layer") for each in entries]


FACT = deadline("fact", "2020-06-01", "political")
RUMOUR = deadline("rumour", "2020-05-01", reported=True)


def test_facts_decide_what_comes_next_and_a_reported_deadline_stands_beside_it() -> None:
    state = given(opened("2020-01-01"), FACT, RUMOUR).on("2020-02-01")
    assert state["next_deadline"] == {"binding": None, "any": "fact", "reported": "rumour", "overdue": []}
    assert state["deadlines"]["rumour"]["layer"] == "reported"


def test_a_conflict_with_a_reported_deadline_is_reported_and_no_report_binds() -> None:
    history = given(opened("2020-01-01"), FACT, RUMOUR)
    (found,) = history.conflicts("2020-02-01", "C1")
    assert (found["layer"], found["binds"]) == ("reported", None)
    assert "known by reports alone" in found["why"]
    assert history.on("2020-02-01", layer="facts")["conflicts"] == []


def test_feasibility_is_measured_against_the_deadline_of_the_facts() -> None:
    approval = event(
        "approval.required", "2020-01-05", approval_id="a", authority="x", jurisdiction="US", subject="s",
        min_days=10, max_days=20,
    )  # fmt: skip
    told = event(
        "approval.required", "2020-01-05", approval_id="b", authority="x", jurisdiction="US", subject="s",
        min_days=10, max_days=20, **REPORT,
    )  # fmt: skip
    rows = (opened("2020-01-01"), deadline("fact", "2020-06-01", "contractual"), RUMOUR, approval, told)
    state = given(*rows).on("2020-04-28")
    assert state["feasibility"]["deadline"] == "fact"
    assert state["feasibility"]["approvals"]["a"]["verdict"] == "feasible"
    assert layers([state["feasibility"]["approvals"][each] for each in "ab"]) == [None, "reported"]
    assert [each["layer"] for each in state["blockers"] if each["id"] == "b"] == ["reported"]


def test_what_is_scheduled_possible_unknown_voted_or_odd_by_reports_alone_says_so() -> None:
    rows = (
        opened("2020-01-01"),
        event("terms.changed", "2020-01-05", term="t", to=1, effective="2020-12-01", **REPORT),
        event("terms.changed", "2020-01-05", term="u", to=1, effective="2020-12-01"),
        event("context.noted", "2020-02", topic="t", text="t", **REPORT),
        event("bid.submitted", "2020-01-05", bid_id="told", bidders=["x"], **REPORT),
        event("bid.submitted", "2020-01-05", bid_id="made", bidders=["x"]),
        event("deal.vote_held", "2020-01-06", body="board", question="q", outcome="passed", **REPORT),
        event("deal.vote_held", "2020-01-06", body="board", question="another", outcome="passed"),
        event("bid.withdrawn", "2020-01-07", bid_id="stub", **REPORT),
        event("party.withdrew", "2020-01-07", party_id="stub"),
    )
    state = given(*rows).on("2020-02-03")
    assert layers(state["scheduled"]) == ["reported", None]
    assert layers(state["possible_events"]) == ["reported"]
    assert {each["id"]: each.get("layer") for each in state["unknowns"]} == {"told": "reported", "made": None}
    assert {each["question"]: each.get("layer") for each in state["votes"]} == {"q": "reported", "another": None}
    assert {each["event_id"]: each.get("layer") for each in state["anomalies"]} == {"e9": "reported", "e10": None}


def test_every_entry_that_the_facts_do_not_have_is_reported_and_no_other_is() -> None:
    rows = [opened("2020-01-01"), FACT, RUMOUR]
    rows += [event("terms.changed", "2020-01-05", term="t", to=1, until="2020-01-20")]
    rows += [event("terms.changed", "2020-01-05", term="t", to=2, rank_=-1, **REPORT)]
    rows += [event("valuation.reported", "2020-01-05", currency="USD", basis="b", point="5", **REPORT)]
    rows += [event("entity.merged", "2020-01-05", merged="m", into="n", **REPORT)]
    rows += [event("assessment.recorded", "2020-01-05", subject="s", measure="m", value=1, **REPORT)]
    state, facts = (given(*rows).on("2020-02-03", layer=layer) for layer in ("all", "facts"))
    for name in ("terms", "deadlines", "merged", "parties"):
        for key, entry in state[name].items():
            assert (entry.get("layer") == "reported") is (key not in facts[name]), (name, key)
    assert state["assessments"]["s"]["m"]["layer"] == "reported"
    assert state["valuation"]["layer"] == "reported"


def test_a_variant_that_reports_alone_adopt_is_a_reported_scope_and_gives_way_to_the_facts() -> None:
    def adopted(variant_id: str, day: str, **envelope: Any) -> list[dict[str, Any]]:
        proposal = event("structure.proposed", day, variant_id=variant_id, label=variant_id, **envelope)
        return [proposal, event("structure.adopted", day, variant_id=variant_id, **envelope)]

    told, stated = adopted("told", "2020-01-09", **REPORT), adopted("stated", "2020-01-05")
    scope = given(opened("2020-01-01"), *told).on("2020-02-01")["scope"]
    assert (scope["base_variant"], scope["layer"]) == ("told", "reported")
    scope = given(opened("2020-01-01"), *stated, *told).on("2020-02-01")["scope"]
    assert (scope["base_variant"], scope.get("layer")) == ("stated", None)


def test_a_report_that_came_before_the_facts_decides_nothing_with_them() -> None:
    told = deadline("d", "2020-04-01", "legally_binding", reported=True, order_id="o")
    stated = event(
        "deadline.set", "2020-01-06", deadline_id="d", obligation="close", set_by="x", force="political",
        due="2020-06-01",
    )  # fmt: skip
    state = given(opened("2020-01-01"), told, stated).on("2020-02-01")
    assert state["next_deadline"]["any"] == "d"
    assert state["deadlines"]["d"]["due"] == "2020-06-01"


def test_a_deadline_known_by_reports_alone_is_tentative_in_a_calendar() -> None:
    state = given(opened("2020-01-01"), deadline("fact", "2020-06-01"), RUMOUR).on("2020-02-01")
    entries = Calendar.from_ical(calendar_feed([({**state, "basis": {"known_version": 3}}, 0)], "deadlines")).walk(
        "VEVENT"
    )
    assert {str(each["uid"]): str(each["status"]) for each in entries} == {
        "deal/fact@parley.invalid": "CONFIRMED",
        "deal/rumour@parley.invalid": "TENTATIVE",
    }


@pytest.mark.parametrize(
    ("opening", "day"), [("2020-02-05", "2020-02-01"), ("2020-01-01", "2020-02-01")], ids=["opened after", "by reports"]
)
def test_a_report_that_ends_the_deal_freezes_no_deadline_that_facts_know(opening: str, day: str) -> None:
    # given a deadline that facts know, and a deal that a report alone has ended
    by_report = {} if opening > day else REPORT
    ended = event("deal.terminated", day, reason="no accord", **REPORT)
    told = given(
        {**opened(opening), **{name[:-1]: value for name, value in by_report.items()}},
        FACT,
        deadline("rumour", "2020-05-01", reported=True),
        ended,
    )
    # then it runs, becomes past due and comes next in both layers alike; what reports alone know is frozen
    for on in ("2020-01-20", "2020-03-01", "2020-07-01"):
        whole, facts = (told.on(on, layer=layer) for layer in ("all", "facts"))
        assert whole["deadlines"]["fact"] == facts["deadlines"]["fact"]
        assert whole["next_deadline"]["any"] == facts["next_deadline"]["any"]
        assert whole["next_deadline"]["overdue"] == facts["next_deadline"]["overdue"]
    state = told.on("2020-03-01")
    assert (state["status"]["value"], state["deadlines"]["fact"]["days_left"]) == ("terminated", 92)
    assert state["deadlines"]["rumour"]["frozen"] is True
    # when facts end the deal as well, then that end freezes it, by what was so then
    order = event("order.signed", "2020-01-03", order_id="o", kind="statute", issuer="x", title="An act")
    later = event("order.revoked", "2020-04-01", order_id="o", by="x")
    ending = event("deal.terminated", "2020-03-10", id_="end", reason="no accord")
    bound = deadline("bound", "2020-06-15", order_id="o")
    state = told.when(order, bound, ending, later).on("2020-07-01")
    assert {name: (each["status"], each["days_left"], each.get("frozen")) for name, each in state["deadlines"].items()} == {
        "fact": ("pending", 83, True), "bound": ("pending", 97, True), "rumour": ("pending", 90, True),
    }  # fmt: skip
