"""A book of deals as lines to import: realistic in mix, size and dates, the same for a seed and a day.

Each deal begins up to three years before the day and develops until it: parties, approvals, orders, bids, terms, cases,
stances, reports, and about one event in ten sets or extends a deadline, some of them counted in working days. 5 % of
the events are recorded late, 1 % correct an earlier one, and two deals of five have ended.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from api.events import decoding
from benchmarks.loading import Part
from domain.envelope import Submission

Data = dict[str, Any]
Move = Callable[[Random, Counter[str], date], tuple[str, Data]]
"""The next event of a deal: of the entities that it has so far, by kind, on a day."""

DEALS_A_PART = 100
"""Deals that one process makes at once."""

LONGEST_DAYS = 1_000
OPENING_EVENTS = 12
FORCES = (
    "legally_binding",
    "statutory",
    "contractual",
    "contractual",
    "court_order",
    "political",
    "market_expectation",
)
KINDS = ("merger", "forced_divestiture", "joint_venture", "asset_sale", "trade_agreement", "debt_restructuring")
JURISDICTIONS = ("US", "EU", "CN", "GB", "DE", "JP", "IN", "BR")
STANCES = ("support", "conditional", "neutral", "oppose", "demand")
ISSUES = ("sale", "price", "algorithm", "jobs", "licence", "timing")
PARTIES = 5


def deal_id(number: int) -> str:
    """The id of a deal by its number."""
    return f"book-{number:05}"


def parts(deals: int, events: int, today: date, seed: int = 1) -> Iterator[Part]:
    """The book in parts, for a log that is loaded (see benchmarks.loading)."""
    for first in range(0, deals, DEALS_A_PART):
        yield partial(submissions, first, min(first + DEALS_A_PART, deals), events, today, seed)


def submissions(first: int, end: int, events: int, today: date, seed: int) -> Iterator[Submission]:
    """The events of some deals as the API decodes them."""
    for number in range(first, end):
        for line in lines(number, events, today, seed):
            made = decoding.read_event(line, None, lambda _: "")
            if not isinstance(made, Submission):
                raise ValueError(f"{line} cannot be recorded: {made}")
            yield made


def lines(number: int, events: int, today: date, seed: int = 1) -> Iterator[Data]:
    """One deal: its events in the order of recording, as they are posted."""
    draw = Random(f"{seed} {number}")
    length = max(OPENING_EVENTS + 2, round(events * draw.uniform(0.6, 1.4)))
    days = draw.randrange(60, LONGEST_DAYS)
    begins = today - timedelta(days=days + (draw.randrange(LONGEST_DAYS) if (ends := draw.random() < 0.4) else 0))
    has: Counter[str] = Counter()
    reported = ""
    for index in range(length):
        day = begins + timedelta(days=days * index // length)
        if index < OPENING_EVENTS:
            made = _opening(draw, has, day, number, index)
        elif index == length - 1 and ends:
            made = _ended(draw, day)
        elif reported and draw.random() < 0.01:
            made = _corrected(reported)
        else:
            made = draw.choices(MOVES, WEIGHTS)[0](draw, has, day)
        if index >= OPENING_EVENTS and draw.random() < 0.05:
            day -= timedelta(days=draw.randrange(1, 20))
        line = _line(number, index, *made, day)
        yield line
        reported = line["id"] if made[0] == "report.published" else reported


def _line(number: int, index: int, type_name: str, data: Data, day: date) -> Data:
    line: Data = {
        "deal_id": deal_id(number),
        "id": f"{deal_id(number)}-{index:05}",
        "type": type_name,
        "occurred": day.isoformat(),
        "data": data,
    }
    if type_name.startswith("record."):
        return line
    return {
        **line,
        "actor": f"party-{index % PARTIES}",
        "summary": f"What happened in deal {number} on {day:%d %B %Y}, in one sentence of usual length for an analyst",
        "sources": [
            {"title": f"Report {index}", "publisher": "Reuters", "url": f"https://example.com/{number}/{index}"}
        ],
        "attribution": "anonymous_multiple" if type_name == "report.published" else "on_record",
    }


def _opening(draw: Random, has: Counter[str], day: date, number: int, index: int) -> tuple[str, Data]:
    """What every deal begins with."""
    if index == 0:
        return "deal.opened", {
            "title": f"Acquisition of Target {number}",
            "kind": draw.choice(KINDS),
            "subject": f"target-{number}",
            "parties": [f"party-{each}" for each in range(PARTIES)],
            "jurisdictions": draw.sample(JURISDICTIONS, 2),
        }
    if index <= PARTIES:
        role = ("buyer", "seller", "regulator", "bidder", "lender")[index - 1]
        return "party.added", {"party_id": f"party-{index - 1}", "name": f"Party {number}-{index}", "role": role}
    return (_new_approval, _new_order, _new_bid, _new_case, _new_deadline, _new_deadline)[index - PARTIES - 1](
        draw, has, day
    )


def _corrected(event_id: str) -> tuple[str, Data]:
    changes = {"statement": "the talks are at an impasse"}
    return "record.corrected", {"event_id": event_id, "changes": changes, "cause": "source_corrected"}


def _ended(draw: Random, day: date) -> tuple[str, Data]:
    if draw.random() < 0.7:
        return "deal.closed", {"effective": day.isoformat()}
    return "deal.terminated", {"reason": "the parties could not agree"}


def _new(has: Counter[str], kind: str) -> str:
    has[kind] += 1
    return f"{kind}-{has[kind]}"


def _some(draw: Random, has: Mapping[str, int], kind: str) -> str:
    return f"{kind}-{draw.randint(1, has[kind])}"


def _ahead(draw: Random, day: date, least: int = 20, most: int = 300) -> str:
    return (day + timedelta(days=draw.randrange(least, most))).isoformat()


def _price(draw: Random) -> Data:
    return {"amount": str(draw.randrange(1_000, 50_000) * 1_000_000), "currency": "USD"}


def _new_deadline(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    data: Data = {
        "deadline_id": _new(has, "deadline"),
        "obligation": draw.choice(("close", "file the notice", "answer the remedy", "divest", "pay the deposit")),
        "set_by": f"party-{draw.randrange(PARTIES)}",
        "force": draw.choice(FORCES),
    }
    if draw.random() < 0.2:
        return "deadline.set", {
            **data,
            "anchor": day.isoformat(),
            "offset": draw.randrange(10, 90),
            "unit": "working_day",
            "calendar": "US",
        }
    return "deadline.set", {**data, "due": _ahead(draw, day)}


def _extend(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "deadline.extended", {
        "deadline_id": _some(draw, has, "deadline"), "by": "party-2", "new_due": _ahead(draw, day),
    }  # fmt: skip


def _meet(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "deadline.met", {"deadline_id": _some(draw, has, "deadline")}


def _new_approval(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "approval.required", {
        "approval_id": _new(has, "approval"),
        "authority": "party-2",
        "jurisdiction": draw.choice(JURISDICTIONS),
        "subject": "merger control",
    }


def _review(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    approval = _some(draw, has, "approval")
    phase = {"approval_id": approval, "phase": f"phase {draw.randint(1, 3)}", "due": _ahead(draw, day)}
    return draw.choice(
        (("approval.applied", {"approval_id": approval, "by": "party-0"}), ("approval.phase_opened", phase))
    )


def _grant(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "approval.granted", {"approval_id": _some(draw, has, "approval")}


def _new_order(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "order.signed", {
        "order_id": _new(has, "order"),
        "kind": "executive_order",
        "issuer": "party-2",
        "title": "Order on the acquisition",
        "effective": _ahead(draw, day, 1, 60),
    }


def _advance(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "order.advanced", {"order_id": _some(draw, has, "order"), "step": "committee", "outcome": "passed"}


def _new_bid(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "bid.submitted", {
        "bid_id": _new(has, "bid"),
        "bidders": [f"party-{draw.randrange(PARTIES)}"],
        "price": _price(draw),
    }


def _revise(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "bid.revised", {"bid_id": _some(draw, has, "bid"), "changes": {}, "price": _price(draw)}


def _new_case(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "litigation.filed", {
        "case_id": _new(has, "case"),
        "court": "D.C. Circuit",
        "plaintiffs": ["party-1"],
        "defendants": ["party-2"],
    }


def _rule(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "litigation.ruling", {"case_id": _some(draw, has, "case"), "outcome": "motion denied"}


def _state_position(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "position.stated", {
        "party_id": f"party-{draw.randrange(PARTIES)}",
        "issue": draw.choice(ISSUES),
        "stance": draw.choice(STANCES),
    }


def _change_terms(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "terms.changed", {"term": f"term {draw.randint(1, 12)}", "to": draw.randrange(100)}


def _report(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "report.published", {"claim_id": _new(has, "claim"), "statement": "the talks are close to an end"}


def _value(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "valuation.reported", {"currency": "USD", "basis": "enterprise value", "point": _price(draw)["amount"]}


def _note(draw: Random, has: Counter[str], day: date) -> tuple[str, Data]:
    return "context.noted", {"topic": "market", "text": "Shares of the target fell after the report."}


WEIGHTED: Mapping[Move, int] = {
    _new_deadline: 5, _extend: 8, _meet: 3, _new_approval: 1, _review: 9, _grant: 1, _new_order: 1, _advance: 4,
    _new_bid: 1, _revise: 8, _new_case: 1, _rule: 3, _state_position: 20, _change_terms: 12, _report: 8, _value: 5,
    _note: 10,
}  # fmt: skip
MOVES, WEIGHTS = tuple(WEIGHTED), tuple(WEIGHTED.values())
