"""Each rule of conflict on a case in which it holds and one in which it does not."""

from typing import Any

import pytest
from given_when_then import History, event, given, opened

from domain.rulebook import RULES_BY_ID
from domain.rules.conflicts import FINDERS

OPENED = opened(
    "2020-08-06", kind="forced_divestiture", jurisdictions=["US", "CN"], parties=["bytedance", "us_administration"]
)


def due(
    day: str, /, *, deadline: str = "dl", force: str = "legally_binding", on: str = "2020-08-06", **members: Any
) -> dict[str, Any]:
    told = {"deadline_id": deadline, "obligation": "sell", "set_by": "us_president", "force": force, "due": day}
    return event("deadline.set", on, **{**told, **members})


def rules(history: History, day: str) -> list[str]:
    return [each["rule"] for each in history.on(day)["conflicts"]]


SALE = {"subject": "sale"}
SAID = due("2020-09-15", deadline="said", force="political", **SALE)
LISTED = [
    event(
        "export_list.expanded",
        "2020-08-28",
        list_id="cn-list",
        issuer="mofcom",
        effective="2020-08-28",
        prohibition="licence_required",
        jurisdiction="CN",
        entries=[{"label": "push service technology"}],
    ),
    event(
        "export_list.matched",
        "2020-08-29",
        entry_ref="push service technology",
        asset_id="algorithm",
        assessed_by="cui_fan",
    ),
    event(
        "order.signed",
        "2020-08-14",
        order_id="order",
        kind="presidential_order",
        issuer="us_president",
        title="divest",
        jurisdiction="US",
    ),
    due("2020-11-12", on="2020-08-14", order_id="order"),
]
LICENCE = event(
    "approval.required",
    "2020-08-28",
    approval_id="licence",
    authority="mofcom",
    jurisdiction="CN",
    subject="export",
    min_days=30,
    max_days=45,
)
BANNED = [
    event(
        "order.signed",
        "2020-08-06",
        order_id="order",
        kind="executive_order",
        issuer="us_president",
        title="ban",
        jurisdiction="US",
    ),
    due("2020-11-12", order_id="order"),
    event(
        "litigation.filed",
        "2020-08-24",
        case_id="ddc",
        court="D.D.C.",
        plaintiffs=["tiktok"],
        defendants=["us_administration"],
        targets=["order"],
    ),
]
EXTENDABLE = {"max_total": 30, "unit": "day", "times": 2, "by": "cfius"}
DIVEST = due("2020-11-12", on="2020-08-14", extendable=EXTENDABLE)
RESTATED = event(
    "report.published",
    "2020-08-31",
    claim_id="cl",
    statement="three months",
    about="us_president",
    restates={"deadline_id": "dl", "offset": 3, "unit": "month", "anchor": "2020-08-14"},
)


def extended(on: str, /, **members: Any) -> dict[str, Any]:
    return event("deadline.extended", on, **{"deadline_id": "dl", "by": "cfius", **members})


CLOSED = event("deal.closed", "2020-08-30", effective="2020-08-30")
SUSPENSORY = (
    event("approval.required", "2020-08-20", approval_id="ec", authority="eu_commission", jurisdiction="EU",
          subject="the concentration", suspensory=True),
    event("approval.applied", "2020-08-21", approval_id="ec", by="bytedance"),
)  # fmt: skip
BARRED = (
    event("order.signed", "2020-08-20", order_id="eo", kind="presidential_order", issuer="us_president", title="EO",
          bars=["closing"]),
)  # fmt: skip
RESTRAINED = (
    event("litigation.filed", "2020-08-20", case_id="ddc", court="D.D.C.", plaintiffs=["ftc"], defendants=["bytedance"],
          targets=["closing"]),
    event("litigation.relief_granted", "2020-08-21", case_id="ddc", relief="stay"),
)  # fmt: skip
HOLDS: dict[str, list[History]] = {
    "C1": [given(OPENED, due("2020-09-20", **SALE), SAID)],
    "C2": [
        given(
            OPENED,
            due("2020-11-12"),
            event("deadline.reaffirmed", "2020-08-20", deadline_id="dl", by="us_president", due="2020-11-10"),
        ),
        given(OPENED, due("2020-11-13", on="2020-08-14", anchor="2020-08-14", offset=90, unit="day")),
        given(OPENED, due("2020-09-10"), extended("2020-08-20", new_due="2020-09-24", by_days=10)),
    ],
    "C3": [
        given(OPENED, DIVEST, extended("2020-08-20", new_due="2020-12-14")),
        given(OPENED, due("2020-08-18"), extended("2020-08-20", new_due="2020-12-10")),
        given(OPENED, DIVEST, extended("2020-08-20", new_due="2020-12-10", by="us_commerce")),
        given(
            OPENED,
            DIVEST,
            extended("2020-08-18", by_days=1),
            extended("2020-08-19", by_days=1),
            extended("2020-08-20", by_days=1),
        ),
    ],
    "C4": [
        given(OPENED, *LISTED),
        given(
            OPENED,
            *LISTED,
            event("structure.proposed", "2020-08-30", variant_id="v", label="all", assets_in=["algorithm"]),
        ),
        given(OPENED, *LISTED, LICENCE),
    ],
    "C5": [given(OPENED, due("2020-10-05"), LICENCE), given(OPENED, due("2020-09-15"), LICENCE)],
    "C6": [
        given(OPENED, *BANNED, event("litigation.relief_granted", "2020-08-27", case_id="ddc", relief="stay")),
        given(OPENED, *BANNED, event("order.revoked", "2020-08-27", order_id="order", by="us_president")),
        given(OPENED, *BANNED, event("order.enforcement_paused", "2020-08-27", order_id="order", by="us_president")),
    ],
    "C7": [given(OPENED, due("2020-09-20")), given(OPENED, due("2020-10-01", calendar="CN"))],
    "C8": [
        given(
            OPENED,
            due("2020-09-20", **SALE),
            due("2020-10-01", deadline="other", force="court_order", set_by="ddc", **SALE),
        )
    ],
    "C9": [
        given(
            OPENED,
            due("2020-09-29"),
            extended(
                "2020-08-20",
                alternatives=[
                    {"condition": "approved", "by": "2020-09-10", "due": "2020-10-22"},
                    {"otherwise": True, "due": "2020-10-12"},
                ],
            ),
        )
    ],
    "C10": [
        given(
            OPENED,
            LICENCE,
            due("2020-10-01", force="contractual"),
            due("2020-12-01", deadline="decide", force="statutory", subject="licence"),
        )
    ],
    "C11": [given(OPENED, due("2020-11-12", on="2020-08-14"), RESTATED)],
    "C12": [
        given(OPENED, *SUSPENSORY, CLOSED),
        given(OPENED, *BARRED, CLOSED),
        given(OPENED, *BARRED, CLOSED, event("order.revoked", "2020-08-31", order_id="eo", by="us_president")),
        given(OPENED, *RESTRAINED, CLOSED),
    ],
}
FAILS: dict[str, list[History]] = {
    "C1": [
        given(OPENED, due("2020-09-20"), SAID),
        given(OPENED, due("2020-09-15", **SALE), SAID),
        given(OPENED, due("2020-09-20", **SALE), SAID, event("deadline.withdrawn", "2020-08-20", deadline_id="said")),
    ],
    "C2": [
        given(
            OPENED,
            due("2020-11-12"),
            event("deadline.reaffirmed", "2020-08-20", deadline_id="dl", by="us_president", due="2020-11-12"),
        ),
        given(
            OPENED,
            due("2020-11-12"),
            event("deadline.reaffirmed", "2020-08-20", deadline_id="dl", by="us_president", due="2020-11-12"),
            extended("2020-08-25", new_due="2020-11-27"),
        ),
        given(OPENED, due("2020-11-12", on="2020-08-14", anchor="2020-08-14", offset=90, unit="day")),
        given(
            OPENED,
            due("2020-09-16"),
            extended("2020-08-20", new_due="2020-11-27", by_days=90, counted_from="2020-08-29"),
        ),
    ],
    "C3": [
        given(OPENED, DIVEST, extended("2020-08-20", new_due="2020-12-12")),
        given(
            OPENED, DIVEST, extended("2020-08-19", new_due="2020-12-14"), extended("2020-08-20", new_due="2020-12-11")
        ),
        given(OPENED, due("2020-11-12"), extended("2020-08-20", new_due="2020-12-14", by="us_commerce")),
        given(
            OPENED,
            DIVEST,
            extended("2020-08-20", new_due="2020-12-14"),
            event("deadline.met", "2020-08-21", deadline_id="dl"),
        ),
    ],
    "C4": [
        given(OPENED, *LISTED[2:]),
        given(
            OPENED,
            *LISTED,
            event("structure.proposed", "2020-08-30", variant_id="v", label="carve-out", assets_out=["algorithm"]),
        ),
        given(OPENED, *LISTED, LICENCE, event("approval.granted", "2020-08-30", approval_id="licence")),
        given(
            OPENED,
            *LISTED,
            event(
                "export_list.narrowed",
                "2020-08-30",
                list_id="cn-list",
                issuer="mofcom",
                effective="2020-08-30",
                entries=[{"label": "push service technology"}],
            ),
        ),
    ],
    "C5": [
        given(OPENED, due("2021-02-01"), LICENCE),
        given(OPENED, due("2020-10-05"), LICENCE, event("approval.granted", "2020-08-30", approval_id="licence")),
        given(OPENED, due("2020-10-05", force="political"), LICENCE),
        given(OPENED, due("2020-09-05", force="statutory", subject="licence"), LICENCE),
    ],
    "C6": [
        given(OPENED, *BANNED),
        given(
            OPENED,
            *BANNED,
            event("order.enforcement_paused", "2020-08-10", order_id="order", by="us_president", until="2020-08-20"),
        ),
        given(
            OPENED,
            *BANNED,
            event("litigation.relief_granted", "2020-08-27", case_id="ddc", relief="stay"),
            event("litigation.relief_ended", "2020-08-29", case_id="ddc", relief="stay"),
        ),
    ],
    "C7": [
        given(OPENED, due("2020-09-21")),
        given(OPENED, due("2020-09-27", calendar="CN")),
        given(OPENED, due("2020-09-20", roll="next")),
    ],
    "C8": [
        given(OPENED, due("2020-09-20", **SALE), due("2020-10-01", deadline="other", **SALE)),
        given(
            OPENED,
            due("2020-09-20", **SALE),
            due("2020-10-01", deadline="other", force="contractual", set_by="parties", **SALE),
        ),
    ],
    "C9": [
        given(
            OPENED,
            due("2020-09-29"),
            extended(
                "2020-08-20",
                alternatives=[
                    {"condition": "approved", "by": "2020-08-25", "due": "2020-10-22"},
                    {"otherwise": True, "due": "2020-10-12"},
                ],
            ),
        )
    ],
    "C10": [
        given(
            OPENED,
            LICENCE,
            due("2020-12-15", force="contractual"),
            due("2020-12-01", deadline="decide", force="statutory", subject="licence"),
        ),
        given(
            OPENED,
            due("2020-10-01", force="contractual"),
            due("2020-12-01", deadline="decide", force="statutory", subject="licence"),
        ),
    ],
    "C11": [
        given(OPENED, due("2020-11-14", on="2020-08-14"), RESTATED),
        given(
            OPENED,
            due("2020-11-12", on="2020-08-14"),
            RESTATED,
            event("claim.denied", "2020-08-31", claim_id="cl", by="us_president"),
        ),
    ],
    "C12": [
        given(OPENED, *SUSPENSORY),
        given(OPENED, *SUSPENSORY, event("approval.granted", "2020-08-30", approval_id="ec"), CLOSED),
        given(OPENED, *SUSPENSORY, event("approval.waiting_period_expired", "2020-08-30", approval_id="ec"), CLOSED),
        given(OPENED, *BARRED, event("order.revoked", "2020-08-29", order_id="eo", by="us_president"), CLOSED),
        given(
            OPENED, *RESTRAINED, event("litigation.relief_ended", "2020-08-30", case_id="ddc", relief="stay"), CLOSED
        ),
        given(
            OPENED,
            CLOSED,
            *(
                event(
                    "approval.required",
                    "2020-08-31",
                    approval_id="ec",
                    authority="eu_commission",
                    jurisdiction="EU",
                    subject="the concentration",
                    suspensory=True,
                ),
            ),
        ),
        given(OPENED, *SUSPENSORY, CLOSED, event("deal.reopened", "2020-08-31", reason="undone")),
    ],
}
DAY = "2020-08-31"


@pytest.mark.parametrize("rule", HOLDS)
def test_it_holds(rule: str) -> None:
    for history in HOLDS[rule]:
        found = history.conflicts(DAY, rule)
        assert found, history.rows[1:]
        assert all(each["because"] and each["why"] and each["members"] for each in found)
        assert found[0]["severity"] in ("hard", "soft")


@pytest.mark.parametrize("rule", FAILS)
def test_it_does_not_hold(rule: str) -> None:
    for history in FAILS[rule]:
        assert history.conflicts(DAY, rule) == [], history.rows[1:]


@pytest.mark.parametrize("rule", HOLDS)
def test_it_ends_with_the_deal(rule: str) -> None:
    for history in HOLDS[rule]:
        left = rules(history.when(event("deal.terminated", DAY, reason="no agreement")), DAY)
        assert left == (["C12"] if rule == "C12" else []), "what was closed over a bar stays so"


def test_every_rule_is_tried_and_published() -> None:
    assert list(FINDERS) == list(HOLDS) == list(FAILS) == [f"C{number}" for number in range(1, 13)]
    assert all(RULES_BY_ID[rule].text and RULES_BY_ID[rule].example for rule in FINDERS)


@pytest.mark.parametrize(
    ("rule", "binds"),
    [("C1", "dl"), ("C2", "dl"), ("C3", None), ("C4", None), ("C5", "dl"), ("C8", None), ("C9", None), ("C11", "dl")],
)
def test_it_says_which_binds(rule: str, binds: str | None) -> None:
    assert HOLDS[rule][0].conflicts(DAY, rule)[0]["binds"] == binds


def test_infeasible_and_at_risk_are_told_apart() -> None:
    at_risk, infeasible = HOLDS["C5"]
    assert [each["verdict"] for each in at_risk.conflicts(DAY, "C5")] == ["at_risk"]
    assert [each["verdict"] for each in infeasible.conflicts(DAY, "C5")] == ["infeasible"]


def test_a_deadline_enjoined_by_itself_names_no_order() -> None:
    history = given(
        OPENED, *BANNED, event("litigation.relief_granted", "2020-08-27", case_id="ddc", relief="stay", targets=["dl"])
    )
    assert [each["members"] for each in history.conflicts(DAY, "C6")] == [["dl"]]
