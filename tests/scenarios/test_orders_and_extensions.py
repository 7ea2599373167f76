"""How a deadline hangs on its order, and whether it can still be moved."""

from typing import Any

import pytest
from given_when_then import event, given, opened, submission_of

from domain import validation

OPENED = opened("2020-01-01")
ORDER = event("order.signed", "2020-01-02", order_id="o", kind="statute", issuer="x", title="t", effective="2020-03-01")


def deadline(**members: Any) -> dict[str, Any]:
    data = {"deadline_id": "d", "obligation": "close", "set_by": "x", "force": "statutory", **members}
    return event("deadline.set", "2020-01-03", **data)


def moved(kind: str, occurred: str, **members: Any) -> dict[str, Any]:
    return event(f"deadline.{kind}", occurred, deadline_id="d", **members)


COUNTED = deadline(anchor="order effective", order_id="o", offset=10, unit="day")


def test_a_deadline_counted_from_its_order_moves_with_the_day_on_which_that_takes_effect() -> None:
    history = given(OPENED, ORDER, COUNTED)
    history.then("deadlines/d/due", "2020-03-11", on="2020-01-10").then(
        "deadlines/d/due_because", ["e3", "e2"], on="2020-01-10"
    )
    later = history.when(event("order.amended", "2020-02-01", order_id="o", changes={"effective": "2020-04-01"}))
    found = later.on("2020-02-02")["deadlines"]["d"]
    assert (found["due"], found["due_because"]) == ("2020-04-11", ["e3", "e4"])
    assert found["trace"][0] == "The order o takes effect 2020-04-01."
    later.then("deadlines/d/due", "2020-03-11", on="2020-01-10")


def test_a_literal_anchor_stays_when_the_order_moves() -> None:
    literal = deadline(anchor="2020-03-01", order_id="o", offset=10, unit="day")
    amended = event("order.amended", "2020-02-01", order_id="o", changes={"effective": "2020-04-01"})
    given(OPENED, ORDER, literal, amended).then("deadlines/d/due", "2020-03-11", on="2020-02-02")


def test_what_was_tolled_or_extended_moves_with_the_order_too() -> None:
    history = given(
        OPENED, ORDER, COUNTED, moved("extended", "2020-02-01", by="x", by_days=5),
        event("order.amended", "2020-02-02", order_id="o", changes={"effective": "2020-04-01"}),
    )  # fmt: skip
    history.then("deadlines/d/due", "2020-04-16", on="2020-02-03")


def test_an_order_without_an_effective_day_gives_no_date_and_the_trace_says_so() -> None:
    proposed = event("order.proposed", "2020-01-02", order_id="o", kind="statute", issuer="x", title="t")
    found = given(OPENED, proposed, COUNTED).on("2020-01-10")
    assert found["deadlines"]["d"]["due"] is None
    assert "no day is on record on which the order o takes effect" in found["deadlines"]["d"]["trace"][0]
    assert [each["rule"] for each in found["unknowns"]] == ["no-date"]


def test_a_deadline_counted_from_an_order_names_the_order() -> None:
    (fault,) = validation.problems(submission_of(deadline(anchor="order effective", offset=10, unit="day"), 1))
    assert (fault.pointer, fault.code) == ("/data/order_id", "missing-field")
    (fault,) = validation.problems(submission_of(deadline(anchor="the order", offset=10, unit="day"), 1))
    assert (fault.pointer, fault.code) == ("/data/anchor", "invalid-anchor")
    assert "write 'order effective'" in fault.detail


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("superseded by the agreement", "superseded"),
        ("Waived by the buyer", "waived"),
        ("no longer wanted", "withdrawn"),
        (None, "withdrawn"),
    ],
)
def test_a_withdrawn_deadline_says_why(text: str | None, reason: str) -> None:
    data = {"reason": text} if text else {}
    found = given(OPENED, deadline(due="2020-06-01"), moved("withdrawn", "2020-02-01", by="x", **data)).on("2020-02-02")
    withdrawn = found["deadlines"]["d"]["withdrawn"]
    assert withdrawn == {"reason": reason, "by": "x", "text": text, "because": ["e3"]}


def test_an_order_that_is_revoked_or_expires_withdraws_what_is_open_and_leaves_what_is_met() -> None:
    open_one = given(OPENED, ORDER, deadline(due="2020-12-01", order_id="o"))
    met = open_one.when(moved("met", "2020-05-01"))
    for row, reason in (
        (event("order.revoked", "2020-06-01", order_id="o", by="x"), "order revoked"),
        (event("order.amended", "2020-05-20", order_id="o", changes={"until": "2020-05-31"}), "order expired"),
    ):
        open_one.when(row).then("deadlines/d/status", "pending", on="2020-05-31")
        open_one.when(row).then("deadlines/d/status", "withdrawn", on="2020-06-02")
        open_one.when(row).then("deadlines/d/withdrawn/reason", reason, on="2020-06-02")
        assert open_one.when(row).on("2020-06-02")["next_deadline"]["any"] is None
        met.when(row).then("deadlines/d/status", "met", on="2020-06-02")
        met.when(row).then("deadlines/d/withdrawn", None, on="2020-06-02")


RULE = {"max_total": 30, "unit": "day", "by": "court"}


def extendable(*rows: dict[str, Any], on: str = "2020-03-01", **members: Any) -> tuple[str | None, list[str]]:
    found = given(OPENED, deadline(due="2020-06-01", **members), *rows).on(on)["deadlines"]["d"]["extension"]
    return found["extendable"], found["extendable_because"]


def test_a_deadline_is_extendable_as_its_rule_allows() -> None:
    assert extendable(extendable=RULE) == ("yes", ["e2"])
    assert extendable() == (None, [])
    assert extendable(moved("extended", "2020-02-01", by="court", by_days=29), extendable=RULE) == ("yes", ["e2"])
    assert extendable(moved("extended", "2020-02-01", by="court", by_days=30), extendable=RULE) == (None, [])
    once = {"times": 1}
    assert extendable(moved("extended", "2020-02-01", by="court", by_days=3), extendable=once) == (None, [])
    assert extendable(moved("met", "2020-02-01"), extendable=RULE) == (None, [])


def test_a_refusal_rules_out_more_time_until_time_is_given_all_the_same() -> None:
    refused = moved("extension_refused", "2020-02-01", by="court")
    assert extendable(refused, extendable=RULE) == ("refused", ["e3"])
    assert extendable(refused) == ("refused", ["e3"])
    assert extendable(moved("reaffirmed", "2020-02-01", by="x", refuses_extension=True)) == ("refused", ["e3"])
    assert extendable(moved("reaffirmed", "2020-02-01", by="x"), extendable=RULE) == ("yes", ["e2"])
    given_later = moved("extended", "2020-02-02", by="court", by_days=3)
    assert extendable(refused, given_later, extendable=RULE) == ("yes", ["e2"])
    assert extendable(refused, extendable=RULE, on="2020-01-31") == ("yes", ["e2"])


def test_whom_the_rule_names_alone_may_extend_also_where_another_set_the_deadline() -> None:
    for by, faulty in (("court", False), ("x", True)):
        history = given(
            OPENED, deadline(due="2020-06-01", extendable=RULE), moved("extended", "2020-02-01", by=by, by_days=3)
        )
        assert bool(history.conflicts("2020-03-01", "C3")) is faulty


@pytest.mark.parametrize(
    ("unit", "calendar", "latest"),
    [("month", None, "2020-08-01"), ("working_day", "US", "2020-06-03"), ("week", None, "2020-06-15")],
)
def test_the_most_that_a_deadline_may_move_counts_in_any_unit(unit: str, calendar: str | None, latest: str) -> None:
    members = {"calendar": calendar} if calendar else {}
    history = given(OPENED, deadline(due="2020-06-01", extendable={"max_total": 2, "unit": unit}, **members))
    history.then("deadlines/d/extension/latest_possible", latest, on="2020-03-01")


def test_a_most_that_cannot_be_counted_is_none_and_the_trace_says_why() -> None:
    history = given(OPENED, deadline(due="2020-06-01", extendable={"max_total": 2, "unit": "working_day"}))
    found = history.on("2020-03-01")["deadlines"]["d"]
    assert (found["extension"]["latest_possible"], found["extension"]["left"]) == (None, None)
    assert "The latest day to which it can be extended is not known: + 2 working days" in found["trace"][-1]


def test_a_denied_relief_gives_its_reason_in_a_field_of_its_own() -> None:
    rows = (
        event("litigation.filed", "2020-01-02", case_id="c", court="a", plaintiffs=["p"], defendants=["q"]),
        event("litigation.relief_denied", "2020-01-03", case_id="c", relief="stay", reason="no likelihood of success"),
        event("litigation.relief_granted", "2020-01-04", case_id="c", relief="stay", targets=["o"], scope="in part"),
        event("litigation.relief_ended", "2020-01-05", case_id="c", relief="stay", reason="moot"),
    )
    told = given(OPENED, *rows).on("2020-02-01")["litigation"]["c"]["relief"]
    assert [(each["status"], each["scope"], each["reason"]) for each in told] == [
        ("denied", None, "no likelihood of success"),
        ("ended", "in part", "moot"),
    ]
