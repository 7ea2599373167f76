"""What a state costs at a random date, and how that grows with the record: fold and derive, no HTTP.

The deals are over 200 things; 5 % of their events come late, by a number of places drawn geometrically (mean 50), one
in 1,000 of those anywhere. Half of the questions ask what is known now, half what was known at a random version.
"""

import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import orjson

from benchmarks import mariadb, row_versions
from benchmarks.appends import database
from benchmarks.loading import Part, load
from benchmarks.measure import ROUNDS, Missing, Result, at_least, at_most, result
from domain.envelope import Submission
from domain.time.edtf import When, parse_moment
from domain.time.instants import SECOND, iso
from ledger.encoding import event_codec
from ledger.encoding.event_codec import payload
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.connection import transaction
from projections.batch_update import advance
from projections.entity_versions.projection import ENTITIES
from projections.keyed_digest import load_authenticator
from projections.rebuild import prepare
from projections.state.decoded_record import History
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

GOALS = {
    **at_most(state_100k_vs_1k=1.3, state_100k_vs_select1=25),
    **at_least(whole_read_100k_vs_state=50, asof_rows_vs_state=0.1, mariadb_100k_vs_state=50),
}

FIRST = parse_moment("2020-01-01T00:00:00Z")
STEP = 97 * SECOND
THINGS = 200
QUESTIONS, LONG_QUESTIONS = 40, 10
"""Asked of each deal a round, and of one of 100,000 events or more."""

GC_THRESHOLDS = (50_000, 50, 100)
"""As the server sets them: many things live long, and to look at them all again and again is waste."""

SIZES = (10, 1_000, 100_000)

WHOLE_ROUNDS = 3
"""Of what takes seconds: to read 100,000 events whole, or to ask as long a deal as often as a short one."""

BUILD_SECONDS = 300
"""Of making what states of a deal are read from."""
BUILD_EVENTS = 10_000
"""In one batch."""

PART = 20_000
"""Events of a deal that one process makes at once."""


def record(deal_id: str, length: int) -> Iterator[Part]:
    """A deal's developments in the order of recording, in parts."""
    return (partial(part, deal_id, first, min(first + PART, length)) for first in range(0, length, PART))


def part(deal_id: str, first: int, end: int) -> Iterator[Submission]:
    """Those from one number up to another."""
    draw = random.Random(first + 1)
    if first == 0:
        yield made(deal_id, 0, "deal.opened", {"title": "T", "kind": "merger", "subject": "s"}, 0)
    for number in range(first or 1, end):
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


def questions(length: int, draw: random.Random) -> list[TimeQuery]:
    """Each of another part of the deal, as a state costs by its date; half at the newest version, half at any."""
    count = QUESTIONS if length < 100_000 else LONG_QUESTIONS
    asked = []
    for number in range(count):
        valid_at = iso(FIRST + int((number + draw.random()) / count * length) * STEP)
        version = None if number % 2 else draw.randrange(1, length + 1)
        asked.append(TimeQuery(valid_at=valid_at, known_version=version))
    draw.shuffle(asked)
    return asked


def built(reader: StateReader, deal_id: str, seconds: float = BUILD_SECONDS) -> None:
    """Write the entity versions from which states of long deals are read, up to the last event of a deal.

    Raises Missing where that takes too long.
    """
    ends = time.monotonic() + seconds
    head = reader.head(deal_id).position
    prepare(reader.ledger, ENTITIES, reader)
    while (position := advance(reader.ledger, ENTITIES, reader, limit=BUILD_EVENTS)[0]) < head:
        if time.monotonic() > ends:
            raise Missing(f"the entity versions reach {position:,} of {head:,} events after {seconds:.0f} s")


def median(ask: Callable[[TimeQuery], object], asked: list[TimeQuery]) -> float:
    """Seconds, the median of these questions."""
    spent = []
    for question in asked:
        started = time.perf_counter()
        ask(question)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


def measure(url: str) -> Iterator[Result]:
    gc.set_threshold(*GC_THRESHOLDS)
    deals = {length: f"deal-{length}" for length in SIZES}
    with tempfile.TemporaryDirectory() as folder, open_ledger(url) as ledger:
        load(url, ledger, (part for length, deal_id in deals.items() for part in record(deal_id, length)))
        reader = StateReader(ledger, authenticator=load_authenticator(Path(folder), make=True))
        draw = random.Random(7)
        for length in SIZES:
            built(reader, deals[length])
        yield result(GOALS["state_100k_vs_select1"], "select 1", list(_against_select(ledger, reader, draw)))
        yield _against_small(reader, draw)
        yield from _against_whole(reader, draw)
        yield from _against_rows(url, reader, draw)
        yield from _against_mariadb(reader, draw)


def _against_select(ledger: Ledger, reader: StateReader, draw: random.Random) -> Iterator[float]:
    """Nothing decoded is at hand: entities come from PostgreSQL; the index of events stays in memory."""

    def cold(question: TimeQuery) -> None:
        reader.state_on_query("deal-100000", question)

    def select(_: TimeQuery) -> None:
        with transaction(ledger.pool, ledger.tenant) as connection:
            connection.execute("SELECT 1").fetchall()

    for _ in range(ROUNDS):
        asked = questions(100_000, draw)
        spent = []
        for question in asked:
            reader.evict()
            spent.append(median(cold, [question]))
        yield statistics.median(spent) / median(select, asked)


def _against_small(reader: StateReader, draw: random.Random) -> Result:
    """The growth of a state with the record; nothing is dropped from memory."""
    ratios = []
    for _ in range(WHOLE_ROUNDS):
        small, large = (
            median(partial(reader.state_on_query, f"deal-{length}"), questions(length, draw))
            for length in (1_000, 100_000)
        )
        ratios.append(large / small)
    return result(GOALS["state_100k_vs_1k"], "a state of 1,000 events", ratios)


def _against_whole(reader: StateReader, draw: random.Random) -> Iterator[Result]:
    """Reading every event of the deal and folding it from nothing: what a question costs without entity versions."""

    def whole(question: TimeQuery) -> None:
        history = History("deal-100000")
        rows = reader.ledger.read_deal("deal-100000")
        history.lines.extend(map(event_codec.line, rows))
        reader.state_on(history, reader.basis(history, question))

    ratios = []
    for _ in range(WHOLE_ROUNDS):
        [question] = questions(100_000, draw)[:1]
        ours = median(partial(reader.state_on_query, "deal-100000"), questions(100_000, draw))
        ratios.append(median(whole, [question]) / ours)
    versus = "our state of 100,000 events; the rival reads and folds all"
    yield result(GOALS["whole_read_100k_vs_state"], versus, ratios)


def _against_rows(url: str, reader: StateReader, draw: random.Random) -> Iterator[Result]:
    """As many entities and versions in a table of row versions, asked as of a moment; nothing is derived there."""
    with row_versions.connect(database(url, "bench_rows")) as rival:
        row_versions.fill(rival, 100_000, THINGS)
        ratios = []
        for _ in range(ROUNDS):
            asked = questions(100_000, draw)
            theirs = median(lambda _: row_versions.as_of(rival, draw.randrange(100_000), THINGS), asked)
            ratios.append(theirs / median(partial(reader.state_on_query, "deal-100000"), asked))
    yield result(GOALS["asof_rows_vs_state"], "our state; the rival is PostgreSQL's rows as of a moment", ratios)


def _against_mariadb(reader: StateReader, draw: random.Random) -> Iterator[Result]:
    """The same number of things and versions in a system-versioned table, asked AS OF a moment."""
    if not mariadb.installed():
        print(f"mariadb_100k_vs_state: left out, {mariadb.MISSING}", flush=True)
        return
    with mariadb.server() as rival:
        mariadb.filled(rival, 100_000, THINGS)
        ratios = []
        for _ in range(ROUNDS):
            asked = questions(100_000, draw)
            theirs = median(lambda _: mariadb.as_of(rival, draw.randrange(100_000)), asked)
            ratios.append(theirs / median(partial(reader.state_on_query, "deal-100000"), asked))
        yield result(
            GOALS["mariadb_100k_vs_state"], "our state; the rival is MariaDB's AS OF over as many rows", ratios
        )
