"""A long deal, seeded: 589 entities, 221 events about the record, days of New York; for measures and for tests.

`rows` gives its events as they are posted, one JSON object each; `submissions` gives them as an import takes them.
5 % of the events come late, by a number of days drawn geometrically (mean 20), and one in ten has only a month.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import orjson

import domain.events  # noqa: F401 - registers the vocabulary
from domain.envelope import Submission
from domain.time.edtf import When
from ledger.encoding.event_codec import payload

DEAL = "long"
EVENTS = 20_000
ABOUT_RECORD = 221
"""Corrections, voidings and reinstatements among them, in the whole deal; fewer in a shorter one."""

FIRST, DAYS = date(2020, 1, 6), 2_000
"""The days over which the events are spread."""

Data = dict[str, Any]


def _day(draw: random.Random) -> str:
    return (date(2026, 1, 1) + timedelta(days=draw.randrange(1_500))).isoformat()


def _money(number: int) -> Data:
    return {"amount": str(1_000_000_000 + number), "currency": "USD"}


def _party(name: str) -> tuple[str, Data]:
    return "party.added", {"party_id": name, "name": f"Company {name}", "role": "bidder", "country": "US"}


def _bid(name: str) -> tuple[str, Data]:
    return "bid.submitted", {"bid_id": name, "bidders": ["party-0"], "price": _money(0)}


def _deadline(name: str) -> tuple[str, Data]:
    return "deadline.set", {
        "deadline_id": name, "obligation": f"answer {name}", "set_by": "party-1", "force": "legally_binding",
        "due": "2026-01-15", "obligor": "party-0",
    }  # fmt: skip


def _approval(name: str) -> tuple[str, Data]:
    return "approval.required", {
        "approval_id": name, "authority": "party-2", "jurisdiction": "US", "subject": f"clearance {name}",
    }  # fmt: skip


def _order(name: str) -> tuple[str, Data]:
    return "order.proposed", {
        "order_id": name, "kind": "statute", "issuer": "party-3", "title": f"Act {name}", "jurisdiction": "US",
    }  # fmt: skip


def _case(name: str) -> tuple[str, Data]:
    return "litigation.filed", {
        "case_id": name, "court": "D.D.C.", "plaintiffs": ["party-0"], "defendants": ["party-1"], "relief": "damages",
    }  # fmt: skip


def _term(name: str) -> tuple[str, Data]:
    return "terms.changed", {"term": name, "to": 0}


KINDS: tuple[tuple[str, int, Callable[[str], tuple[str, Data]]], ...] = (
    ("party", 58, _party), ("bid", 60, _bid), ("deadline", 130, _deadline), ("approval", 70, _approval),
    ("order", 40, _order), ("case", 40, _case), ("term", 190, _term),
)  # fmt: skip
"""Kind, number of entities, and the event that introduces one; the deal itself is one more."""


def _changed(kind: str, name: str, number: int, draw: random.Random) -> tuple[str, Data]:
    """An event that changes an entity which is there."""
    match kind:
        case "party":
            return "party.role_changed", {"party_id": name, "role": draw.choice(["bidder", "investor", "adviser"])}
        case "bid":
            return "bid.revised", {"bid_id": name, "changes": {}, "price": _money(number)}
        case "deadline":
            return "deadline.extended", {"deadline_id": name, "by": "party-1", "new_due": _day(draw)}
        case "approval":
            return "approval.phase_opened", {"approval_id": name, "phase": f"phase {number % 3 + 1}"}
        case "order":
            return "order.advanced", {"order_id": name, "step": f"reading {number % 7}", "outcome": "passed"}
        case "case":
            return "litigation.ruling", {"case_id": name, "outcome": draw.choice(["law_upheld", "relief_denied"])}
        case _:
            return "terms.changed", {"term": name, "to": number}


def rows(deal_id: str = DEAL, events: int = EVENTS, seed: int = 1) -> Iterator[Data]:
    """The events of the deal in order of recording, as they are posted."""
    draw = random.Random(seed)
    fresh = [(kind, f"{kind}-{number}", make) for kind, count, make in KINDS for number in range(count)]
    about = set(random.Random(seed).sample(range(len(fresh) + 1, events), round(ABOUT_RECORD * events / EVENTS)))
    opening = {"title": "A long negotiation", "kind": "merger", "subject": "target", "tz": "America/New_York"}
    yield _row(deal_id, 0, "deal.opened", opening, FIRST.isoformat())
    targets: list[tuple[str, str]] = []
    voided: list[str] = []
    for number in range(1, events):
        day = FIRST + timedelta(days=number * DAYS // events)
        if number in about and targets:
            yield _row(deal_id, number, *_about_record(targets, voided, number, draw), day.isoformat())
            continue
        if number <= len(fresh):
            type_name, data = fresh[number - 1][2](fresh[number - 1][1])
        else:
            kind, name, _ = fresh[draw.randrange(len(fresh))]
            type_name, data = _changed(kind, name, number, draw)
            if draw.random() < 0.05:
                day = max(FIRST, day - timedelta(days=1 + int(draw.expovariate(1 / 20))))
            targets.append((f"{deal_id}-{number}", type_name))
        occurred = day.isoformat()[:7] if number > len(fresh) and draw.random() < 0.1 else day.isoformat()
        yield _row(deal_id, number, type_name, data, occurred)


def _about_record(
    targets: list[tuple[str, str]], voided: list[str], number: int, draw: random.Random
) -> tuple[str, Data]:
    """A correction of a recent or of any event, a voiding, or the reinstatement of what was voided."""
    if voided and number % 10 == 0:
        return "record.reinstated", {"event_id": voided.pop(), "reason": "it was no duplicate"}
    recent = max(0, len(targets) - 500) if draw.random() < 0.8 else 0
    event_id, type_name = targets.pop(draw.randrange(recent, len(targets)))
    if number % 4 == 0:
        voided.append(event_id)
        return "record.voided", {"event_id": event_id, "cause": "duplicate", "reason": "recorded twice"}
    corrected: Mapping[str, Data] = {
        "deadline.extended": {"new_due": _day(draw)},
        "terms.changed": {"to": -number},
        "approval.phase_opened": {"occurred": (FIRST + timedelta(days=draw.randrange(DAYS))).isoformat()},
    }
    changes = corrected.get(type_name, {"summary": f"corrected by {number}"})
    return "record.corrected", {
        "event_id": event_id, "changes": changes, "cause": "source_corrected", "reason": "the source was amended",
    }  # fmt: skip


def _row(deal_id: str, number: int, type_name: str, data: Data, occurred: str) -> Data:
    return {
        "id": f"{deal_id}-{number}", "deal_id": deal_id, "type": type_name, "occurred": occurred, "data": data,
        "summary": f"what happened, in one sentence: {type_name}",
    }  # fmt: skip


def submissions(deal_id: str = DEAL, events: int = EVENTS, seed: int = 1) -> Iterator[Submission]:
    """The same events as an import takes them."""
    return map(_submission, rows(deal_id, events, seed))


def _submission(row: Mapping[str, Any]) -> Submission:
    sent = {"data": row["data"], "summary": row["summary"]}
    return Submission(
        deal_id=row["deal_id"],
        id=row["id"],
        type=row["type"],
        schema_version=1,
        occurred=When.parse(row["occurred"]),
        published=None,
        payload=payload(row["type"], orjson.dumps(sent)),
        sent=sent,
    )
