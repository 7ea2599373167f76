"""Events of a merger: its opening and ends, a deadline, an approval."""

from typing import Any

from given_when_then import event, opened

OPENED = opened("2024-01-01", parties=["buyer", "target"])
CLOSED = event("deal.closed", "2024-03-01", id_="closing", effective="2024-03-01", agreement_id="spa")
TERMINATED = event("deal.terminated", "2024-03-01", id_="broken", reason="no clearance", by="buyer",
                   fee={"amount": "5", "currency": "USD"})  # fmt: skip


def due(day: str, on: str = "2024-01-02", name: str = "dl", **members: Any) -> dict[str, Any]:
    given_members = {"obligation": "close the merger", "set_by": "ftc", "force": "contractual", **members}
    return event("deadline.set", on, deadline_id=name, due=day, **given_members)


def approval(kind: str, on: str, **members: Any) -> dict[str, Any]:
    return event(f"approval.{kind}", on, approval_id="ec", **members)


REQUIRED = approval("required", "2024-01-02", authority="ec", jurisdiction="EU", subject="the merger")
