"""What courts stop, lift and quash, level by level."""

from given_when_then import at, event, given, opened

CASE = given(
    opened("2020-08-01", parties=["buyer", "target"]),
    event("order.signed", "2020-08-06", order_id="order", kind="executive_order", issuer="us_president", title="ban", jurisdiction="US"),
    event("approval.required", "2020-08-01", approval_id="cfius", authority="cfius", jurisdiction="US", subject="merger"),
    event("approval.denied", "2020-08-10", approval_id="cfius"),
    event("litigation.filed", "2020-08-20", case_id="district", court="D.D.C.", plaintiffs=["buyer"], defendants=["us"], targets=["order", "cfius"]),
    event("litigation.relief_denied", "2020-08-25", case_id="district", relief="preliminary_injunction"),
    event("litigation.appealed", "2020-09-01", case_id="district", by="buyer", to_court="D.C. Cir.", new_case_id="circuit"),
    event("litigation.appealed", "2020-09-20", case_id="circuit", by="us", to_court="Supreme Court", new_case_id="supreme"),
)  # fmt: skip


def test_each_level_carries_on_who_sues_whom_over_what() -> None:
    case = CASE.on("2020-10-01")["litigation"]["supreme"]
    assert (case["plaintiffs"], case["defendants"], case["targets"]) == (["buyer"], ["us"], ["order", "cfius"])
    assert [CASE.on("2020-10-01")["litigation"][name]["status"] for name in ("district", "circuit", "supreme")] == [
        "appealed", "appealed", "pending",
    ]  # fmt: skip


def test_relief_on_appeal_stops_what_the_case_below_was_about() -> None:
    stopped = CASE.when(
        event(
            "litigation.relief_granted", "2020-09-05", id_="stop", case_id="circuit", relief="injunction_pending_appeal"
        )
    )
    stopped.then("orders/order/status", "enjoined", on="2020-09-06")
    stopped.then("approvals/cfius/enjoined", ["stop"], on="2020-09-06")
    lifted = stopped.when(
        event("litigation.relief_ended", "2020-09-10", case_id="circuit", relief="injunction_pending_appeal")
    )
    lifted.then("orders/order/status", "in_force", on="2020-09-11")


def test_relief_that_ends_for_one_target_holds_for_the_others() -> None:
    granted = CASE.when(
        event(
            "litigation.relief_granted", "2020-09-05", case_id="district", relief="stay", targets=["order", "closing"]
        )
    )
    assert [each["id"] for each in granted.on("2020-09-06")["blockers"] if each["kind"] == "relief"] == ["district"]
    partly = granted.when(
        event("litigation.relief_ended", "2020-09-08", case_id="district", relief="stay", targets=["order"])
    )
    partly.then("orders/order/status", "in_force", on="2020-09-09")
    assert [each["id"] for each in partly.on("2020-09-09")["blockers"] if each["kind"] == "relief"] == ["district"]


def test_a_quashed_decision_is_pending_again_and_a_quashed_order_revoked() -> None:
    quashed = CASE.when(
        event("litigation.ruling", "2020-10-01", id_="void", case_id="supreme", outcome="void", disposition="quashed")
    )
    state = quashed.on("2020-10-02")
    assert at(state, "orders/order/status") == "revoked"
    assert (at(state, "approvals/cfius/status"), at(state, "approvals/cfius/status_because")) == (
        "pending",
        ["void", "e4"],
    )
    assert [(each["id"], each["severity"]) for each in state["blockers"]] == [("cfius", "soft")]
    denied_again = quashed.when(event("approval.denied", "2020-11-01", approval_id="cfius"))
    denied_again.then("approvals/cfius/status", "denied", on="2020-11-02")
    upheld = CASE.when(
        event("litigation.ruling", "2020-10-01", case_id="supreme", outcome="stands", disposition="upheld")
    )
    upheld.then("orders/order/status", "in_force", on="2020-10-02")


def test_a_case_in_abeyance_is_paused_until_its_day_is_over() -> None:
    paused = CASE.when(event("litigation.paused", "2020-10-01", case_id="supreme", until="2020-12-01"))
    paused.then("litigation/supreme/status", "paused", on="2020-12-01")
    paused.then("litigation/supreme/status", "pending", on="2020-12-02")


def test_relief_of_a_case_that_ended_is_not_known_to_have_ended() -> None:
    over = CASE.when(
        event("litigation.relief_granted", "2020-09-05", case_id="district", relief="stay"),
        event("litigation.ended", "2020-09-10", case_id="district", how="dismissed"),
    )  # fmt: skip
    assert ("relief-outlives-case", "district") in over.rules("unknowns", "2020-09-11")


def test_an_order_that_bars_closing_blocks_while_it_is_in_force() -> None:
    barred = CASE.when(
        event(
            "order.signed",
            "2020-09-01",
            order_id="prohibition",
            kind="presidential_order",
            issuer="us_president",
            title="prohibited",
            jurisdiction="US",
            bars=["closing"],
            effective="2020-09-10",
        )
    )
    ids = {
        day: [each["id"] for each in barred.on(day)["blockers"] if each["kind"] == "order"]
        for day in ("2020-09-09", "2020-09-10")
    }
    assert ids == {"2020-09-09": [], "2020-09-10": ["prohibition"]}
    amended = barred.when(event("order.amended", "2020-09-12", order_id="prohibition", changes={"until": "2020-09-20"}))
    amended.then("orders/prohibition/status", "in_force", on="2020-09-20")
    amended.then("orders/prohibition/status", "expired", on="2020-09-21")
