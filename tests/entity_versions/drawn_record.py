"""A record drawn at random: mostly in order, some of it late, vague, ahead, corrected or voided."""

from collections.abc import Callable
from random import Random
from typing import Any

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.models import Request

Make = Callable[..., Submission]


def an(make: Make, event_id: str, kind: str, envelope: dict[str, Any], /, **data: Any) -> Submission:
    """One development of the deal; `envelope` holds its dates too."""
    rest = {name: value for name, value in envelope.items() if name != "occurred"}
    return make("deal", event_id, kind, occurred=envelope["occurred"], envelope=rest, **data)


DEADLINE = {"obligation": "o", "set_by": "a", "force": "political"}
VOTE = {"body": "b", "question": "q"}
CASE = {"court": "c", "plaintiffs": ["p"], "defendants": ["a"]}


def a_day(number: int) -> str:
    return f"2024-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}"


def a_record(make: Make, random: Random, length: int) -> list[Submission]:
    """A deal of `length` events over a few things: most in order, some late, vague, ahead, corrected or voided."""
    record = [
        an(
            make,
            "e0",
            "deal.opened",
            {"occurred": a_day(0)},
            title="T",
            kind="merger",
            subject="s",
            parties=["a", "b"],
        )
    ]
    for number in range(1, length):
        day = number // 2
        if random.random() < 0.15:
            day = max(0, day - random.randrange(1, 60))
        envelope: dict[str, Any] = {"occurred": a_day(day)}
        if random.random() < 0.1:
            envelope["occurred"] = f"[{a_day(day)}..{a_day(day + random.randrange(1, 9))}]"
        if random.random() < 0.1:
            envelope["effective"] = a_day(max(0, day + random.randrange(-9, 20)))
        if random.random() < 0.1:
            envelope["rank"] = random.randrange(-2, 3)
        if random.random() < 0.2:
            envelope |= {"attribution": "anonymous_single", "grade": "C3"}
        record.append(an_event(make, random, f"e{number}", envelope, record, day))
    return record


def an_event(
    make: Make, random: Random, event_id: str, envelope: dict[str, Any], record: list[Submission], day: int
) -> Submission:
    name = f"x{random.randrange(4)}"
    roll = random.random()
    if roll < 0.06:
        return an(
            make,
            event_id,
            "record.voided",
            {"occurred": a_day(day)},
            event_id=random.choice(record[1:] or record).id,
            cause="duplicate",
            reason="r",
        )
    if roll < 0.09:
        return an(
            make,
            event_id,
            "record.reinstated",
            {"occurred": a_day(day)},
            event_id=random.choice(record).id,
            reason="r",
        )
    terms = [each for each in record if each.type == "terms.changed"]
    if roll < 0.16 and terms:
        changes = random.choice(
            [{"to": random.randrange(9)}, {"occurred": a_day(random.randrange(length_of(record)))}, {"term": name}]
        )
        return an(
            make,
            event_id,
            "record.corrected",
            {"occurred": a_day(day)},
            event_id=random.choice(terms).id,
            changes=changes,
            cause="recording_error",
        )
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("terms.changed", {"term": name, "to": random.randrange(9)}),
        ("bid.submitted", {"bid_id": name, "bidders": [name, "y"]}),
        ("bid.rejected", {"bid_id": name, "by": "a"}),
        ("deadline.set", {**DEADLINE, "deadline_id": name, "due": a_day(day + 20)}),
        ("deadline.extended", {"deadline_id": name, "by": "a", "by_days": random.randrange(1, 30)}),
        ("order.signed", {"order_id": name, "kind": "statute", "issuer": "i", "title": "t"}),
        ("approval.required", {"approval_id": name, "authority": "a", "jurisdiction": "US", "subject": "s"}),
        ("deal.vote_held", {**VOTE, "outcome": random.choice(["passed", "failed"]), "approval_id": name}),
        ("position.stated", {"party_id": name, "issue": "i", "stance": random.choice(["support", "oppose"])}),
        ("litigation.filed", {**CASE, "case_id": name, "targets": [name]}),
        ("litigation.ruling", {"case_id": name, "outcome": "o", "disposition": random.choice(["quashed", "upheld"])}),
    ]  # fmt: skip
    kind, data = random.choice(kinds)
    return an(make, event_id, kind, envelope, **data)


def length_of(record: list[Submission]) -> int:
    return max(1, len(record) // 2)


def recorded(ledger: Ledger, record: list[Submission]) -> None:
    for submission in record:
        ledger.append(Request((submission,), by="test", lenient=True)).result()
