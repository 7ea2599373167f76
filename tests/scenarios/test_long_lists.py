"""What a state rests on is never cut, however long a list grows: only what is shown is, with a count beside it."""

from datetime import date, timedelta
from typing import Any

from given_when_then import event, given, opened

from domain.sections.context import SHOWN
from projections.sentences.units import units_of
from projections.sentences.values import ValueWords

SET = event(
    "deadline.set", "2020-01-02", deadline_id="dl", obligation="close", set_by="x", force="contractual",
    due="2020-06-01", extendable={"max_total": 125, "unit": "day", "times": 128},
)  # fmt: skip
MANY = 130


def extended(number: int, **data: Any) -> dict[str, Any]:
    return event("deadline.extended", "2020-02-01", deadline_id="dl", by="x", rank_=number, **data)


def test_every_extension_counts_however_many_there_are() -> None:
    history = given(opened("2020-01-01"), SET, *(extended(number, by_days=1) for number in range(MANY)))
    sections = history.on("2020-02-02")
    deadline = sections["deadlines"]["dl"]
    assert deadline["due"] == (date(2020, 6, 1) + timedelta(days=MANY)).isoformat()
    assert (deadline["extension"]["times"], deadline["extension"]["used"]) == (MANY, MANY)
    assert (len(deadline["history"]), deadline["history_count"]) == (SHOWN, MANY + 1)
    # Beside the newest events the one that set it, to which its obligation and its force are owed.
    assert deadline["because"] == ["e2", *(f"e{MANY + 2 - SHOWN + number}" for number in range(1, SHOWN + 1))]
    assert deadline["because_count"] == MANY + 1
    assert deadline["trace_count"] == MANY + 1
    over = [each["event_id"] for each in sections["anomalies"] if each["rule"] == "extension-over-cap"]
    assert len(over) == MANY - 125


def test_an_extension_that_names_its_day_forgets_none_before_it() -> None:
    rows = [extended(number, new_due=f"2020-06-{2 + number:02}") for number in range(20)]
    history = given(opened("2020-01-01"), {**SET, "data": {**SET["data"], "extendable": {"times": 3}}}, *rows)
    over = {each["event_id"] for each in history.on("2020-02-02")["anomalies"]}
    assert over == {f"e{version}" for version in range(6, 23)}


def test_the_first_of_many_reliefs_still_binds() -> None:
    court = event("litigation.filed", "2020-01-02", case_id="c", court="a court", plaintiffs=["p"], defendants=["d"])
    order = event("order.signed", "2020-01-03", order_id="first", kind="statute", issuer="x", title="t")
    granted = event(
        "litigation.relief_granted", "2020-01-04", case_id="c", relief="preliminary_injunction", targets=["first"]
    )
    others = [
        event("litigation.relief_granted", "2020-01-05", case_id="c", relief="stay", targets=[f"another-{number}"])
        for number in range(120)
    ]
    sections = given(opened("2020-01-01"), court, order, granted, *others).on("2020-02-01")
    assert sections["orders"]["first"]["status"] == "enjoined"
    assert sections["orders"]["first"]["status_because"] == ["e4", "e3"]
    assert sections["litigation"]["c"]["relief_count"] == 121


def test_the_first_of_many_pauses_and_requests_still_counts() -> None:
    pause = event("order.enforcement_paused", "2020-01-04", order_id="o", by="x", until="2021-01-01")
    short = event("order.enforcement_paused", "2020-01-05", order_id="o", by="x", until="2020-01-06")
    asked = event("deadline.extension_requested", "2020-01-05", deadline_id="dl", by="x")
    order = event("order.signed", "2020-01-03", order_id="o", kind="statute", issuer="x", title="t")
    sections = given(opened("2020-01-01"), SET, order, pause, *[short] * 120, *[asked] * 120).on("2020-02-01")
    assert sections["orders"]["o"]["status"] == "not_enforced"
    assert sections["deadlines"]["dl"]["extension"]["requests_count"] == 120


def test_the_first_of_many_events_makes_the_stub_and_all_after_the_end_are_odd() -> None:
    revised = [event("bid.revised", "2020-01-04", bid_id="b", changes={"n": n}) for n in range(150)]
    sections = given(opened("2020-01-01"), event("deal.terminated", "2020-01-02", reason="r"), *revised).on(
        "2020-02-01"
    )
    assert [each["event_id"] for each in sections["anomalies"] if each["rule"] == "stub"] == ["e3"]
    assert len([each for each in sections["anomalies"] if each["rule"] == "after-the-end"]) == 150


def test_versions_of_an_agreement_go_on_being_numbered() -> None:
    reached = event(
        "deal.agreement_reached", "2020-01-02", level="framework", parties=["a"], agreement_id="g", binding=True
    )
    rows = [event("deal.agreement_amended", "2020-01-03", agreement_id="g", changes={"n": n}) for n in range(MANY)]
    agreement = given(opened("2020-01-01"), reached, *rows).on("2020-02-01")["agreements"]["g"]
    assert agreement["versions"][-1]["version"] == agreement["versions_count"] == MANY + 1


def test_the_observation_that_gives_the_lowest_value_is_named_when_it_is_not_shown() -> None:
    rows = [
        event(
            "valuation.reported", "2020-01-02", low=str(number), high="900", currency="USD", asset="x", basis="report"
        )
        for number in (1, *range(100, 130))
    ]
    valuation = given(opened("2020-01-01"), *rows).on("2020-02-01")["valuation"]
    assert valuation["low"] == {"amount": "1", "currency": "USD"}
    assert (len(valuation["observations"]), valuation["observations_count"]) == (SHOWN, 31)
    assert valuation["because"] == ["e2", *(f"e{version}" for version in range(23, 33))]
    assert valuation["because_count"] == 31


def test_members_beyond_those_that_are_shown_are_not_said_to_be_removed() -> None:
    asked = [
        event("deadline.extension_requested", "2020-01-05", deadline_id="dl", by="x", requested_due=f"2020-07-{day:02}")
        for day in range(1, 16)
    ]
    early, late = (given(opened("2020-01-01"), SET, *asked[:count]).on("2020-02-02") for count in (12, 15))
    [unit] = [each for each in units_of(("deadlines", "dl", "extension"), early, late) if not each.is_repeated]
    told = ValueWords(lambda each, _reference: each, rules=False).difference(
        unit.was, unit.now, unit.words, unit.is_cut
    )
    assert told is not None
    assert told.startswith("added ")
    assert "removed" not in told
