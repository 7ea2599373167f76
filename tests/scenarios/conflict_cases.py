"""Cases of the rules of conflict, by rule: those in which it holds, and those in which it does not."""

from given_when_then import History, event, given

from tests.scenarios.conflict_events import (
    BANNED,
    BARRED,
    CLOSED,
    DIVEST,
    LICENCE,
    LISTED,
    OPENED,
    RESTATED,
    RESTRAINED,
    SAID,
    SALE,
    SUSPENSORY,
    due,
    extended,
)


def two_branches(by: str) -> History:
    """A deadline that is extended to one day if there is an approval by a day, and else to another."""
    alternatives = [
        {"condition": "approved", "by": by, "due": "2020-10-22"},
        {"otherwise": True, "due": "2020-10-12"},
    ]
    return given(OPENED, due("2020-09-29"), extended("2020-08-20", alternatives=alternatives))


def contract_and_review(agreed: str) -> History:
    """A date of the contract, and the statutory date of a licence that is needed."""
    decision = due("2020-12-01", deadline="decide", force="statutory", subject="licence")
    return given(OPENED, LICENCE, due(agreed, force="contractual"), decision)


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
    "C9": [two_branches(by="2020-09-10")],
    "C10": [contract_and_review(agreed="2020-10-01")],
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
    "C9": [two_branches(by="2020-08-25")],
    "C10": [
        contract_and_review(agreed="2020-12-15"),
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
