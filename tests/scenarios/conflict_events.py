"""The events of a forced sale, of which the cases of the rules of conflict are made."""

from typing import Any

from given_when_then import event, opened

OPENED = opened(
    "2020-08-06", kind="forced_divestiture", jurisdictions=["US", "CN"], parties=["bytedance", "us_administration"]
)


def due(
    day: str, /, *, deadline: str = "dl", force: str = "legally_binding", on: str = "2020-08-06", **members: Any
) -> dict[str, Any]:
    told = {"deadline_id": deadline, "obligation": "sell", "set_by": "us_president", "force": force, "due": day}
    return event("deadline.set", on, **{**told, **members})


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
