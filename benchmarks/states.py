"""What a state costs at a random date, and how that grows with the record: fold and derive, no HTTP.

The deals are over 200 things; 5 % of their events come late, by a number of places drawn geometrically (mean 50), one
in 1,000 of those anywhere. Half of the questions ask what is known now, half what was known at a random version.
"""

import random
import statistics
import time
from collections.abc import Iterator
from functools import cache

import orjson

from benchmarks.measure import ROUNDS, Result, result
from domain.dates import SECOND, When, iso, parse_moment
from domain.envelope import Submission
from ledger.codec import payload
from ledger.ledger import Ledger, open_ledger
from projections.reader import Question, Reader

FIRST = parse_moment("2020-01-01T00:00:00Z")
STEP = 97 * SECOND
THINGS = 200
QUESTIONS = 40
"""Asked of each deal a round."""

SIZES = (10, 1_000, 100_000)
LARGEST = 1_000_000


def record(deal_id: str, length: int, seed: int = 1) -> Iterator[Submission]:
    """A deal's developments in the order of recording."""
    draw = random.Random(seed)
    yield made(deal_id, 0, "deal.opened", {"title": "T", "kind": "merger", "subject": "s"}, 0)
    for number in range(1, length):
        moment = number
        if draw.random() < 0.05:
            back = draw.randrange(number) if draw.random() < 0.001 else int(draw.expovariate(1 / 50)) + 1
            moment = max(0, number - back)
        thing = draw.randrange(THINGS)
        type_name, data = TYPES[thing % len(TYPES)](f"x{thing}", number)
        yield made(deal_id, number, type_name, data, moment)


TYPES = (
    lambda name, n: ("deadline.extended", {"deadline_id": name, "by": "cfius", "new_due": f"20{30 + n % 60}-01-01"}),
    lambda name, n: ("terms.changed", {"term": name, "to": n}),
    lambda name, n: ("bid.revised", {"bid_id": name, "changes": {}, "price": {"amount": str(n), "currency": "USD"}}),
    lambda name, n: ("approval.phase_opened", {"approval_id": name, "phase": f"phase {n % 3}"}),
    lambda name, n: ("position.stated", {"party_id": name, "issue": "sale", "stance": ("support", "oppose")[n % 2]}),
    lambda name, n: ("order.advanced", {"order_id": name, "step": f"step {n}", "outcome": "passed"}),
)


def made(deal_id: str, number: int, type_name: str, data: dict[str, object], moment: int) -> Submission:
    sent = {"data": data, "summary": "what happened, in one sentence"}
    return Submission(
        deal_id=deal_id,
        id=f"{deal_id}-{number}",
        type=type_name,
        schema_version=1,
        occurred=_when(moment),
        published=None,
        payload=payload(type_name, orjson.dumps(sent)),
        sent=sent,
    )


@cache
def _when(moment: int) -> When:
    return When.parse(iso(FIRST + moment * STEP))


def questions(length: int, draw: random.Random) -> list[Question]:
    """Half of them at the newest version, half at any."""
    asked = []
    for number in range(QUESTIONS):
        valid_at = iso(FIRST + draw.randrange(length) * STEP)
        version = None if number % 2 else draw.randrange(1, length + 1)
        asked.append(Question(valid_at=valid_at, known_version=version))
    return asked


def prepared(ledger: Ledger, length: int) -> str:
    """A deal of a length, imported, its checkpoints made."""
    deal_id = f"deal-{length}"
    ledger.import_batch(record(deal_id, length), "bench")
    reader = Reader(ledger)
    reader.state(deal_id)
    reader.settle(deal_id)
    reader.close()
    return deal_id


def median(reader: Reader, deal_id: str, asked: list[Question]) -> float:
    """Seconds, the median of these questions."""
    spent = []
    for question in asked:
        started = time.perf_counter()
        reader.found(deal_id, question)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def measure(url: str) -> Iterator[Result]:
    with open_ledger(url) as ledger:
        deals = {length: prepared(ledger, length) for length in (*SIZES, LARGEST)}
        reader = Reader(ledger)
        draw = random.Random(7)
        growth = []
        for _ in range(ROUNDS):
            small = median(reader, deals[1_000], questions(1_000, draw))
            large = median(reader, deals[LARGEST], questions(LARGEST, draw))
            growth.append(large / small)
        yield result("state_1m_vs_1k", 1.5, "the same over 1,000 events", growth, at_most=True)
