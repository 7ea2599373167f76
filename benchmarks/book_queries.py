"""Questions across a book of deals, now and at moments of the past, against a bare indexed query of as many rows; and
what the projections that answer them cost those who append.

The rival reads rows of a table by an index, over a connection of its own, without HTTP. A book of 5,000 deals is asked
for with --deals 5000: to load it and build its projections takes minutes.
"""

import os
import random
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import orjson
import psycopg
from psycopg import Connection as Database
from psycopg.rows import TupleRow

from benchmarks import book
from benchmarks.appends import database
from benchmarks.loading import load
from benchmarks.measure import ROUNDS, Missing, Result, at_most, result
from benchmarks.posting import posts
from benchmarks.processes import Connection, serving
from ledger.ledger import open_ledger

GOALS = at_most(book_now_vs_query=20, book_asof_vs_query=20, book_append=1.3)

DEALS = 250
EVENTS = 200
"""Of a deal, on average. Both unless others are asked for."""

ASKED = 10
"""Times that each question is asked in a round."""
POSTS = 200
"""A round, with the projections running and without."""

CAUGHT_UP_SECONDS = 300.0
CAUGHT_UP_SECONDS_EACH = 0.01
"""For each event."""
LAG = re.compile(rb'parley_projection_lag_events\{[^}]*projection="([^"]+)"\} ([0-9.e+]+)')
POLL_SECONDS = 0.2

Ask = Callable[[random.Random], str]
"""A path, with a drawn page size or moment: no answer is one that was given before."""


def measure(url: str, deals: int = DEALS, events: int = EVENTS) -> Iterator[Result]:
    """The ratios, on an empty server."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        with open_ledger(url) as ledger:
            recorded = load(url, ledger, book.parts(deals, events, now.date()), by_day=True)
        with (
            serving(url, Path(folder)) as server,
            server.connect(CAUGHT_UP_SECONDS) as connection,
            psycopg.connect(database(url, "bench_query"), autocommit=True) as rival,
        ):
            caught_up(connection, recorded)
            _fill(rival, 20 * deals)
            draw = random.Random(1)
            questions = {"book_now_vs_query": now_asked(now), "book_asof_vs_query": past_asked(now, recorded)}
            for name, asked in questions.items():
                if (worst := _worst(name, asked, connection, rival, draw)) is not None:
                    yield worst
        ratios = list(_appends(url, Path(folder), deals))
        yield result(GOALS["book_append"], f"POSTs while the projections are stopped, {recorded:,} events", ratios)


def now_asked(now: datetime) -> dict[str, Ask]:
    """What a desk asks in the morning."""
    since = f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "deadlines": lambda draw: f"/v1/deadlines?within=30d&limit={draw.randint(60, 100)}",
        "deals": lambda draw: f"/v1/deals?status=open&limit={draw.randint(60, 100)}",
        "front page": lambda _: "/",
        "digest": lambda draw: f"/v1/digest?since={since}&limit={draw.randint(60, 100)}",
    }


def past_asked(now: datetime, events: int) -> dict[str, Ask]:
    """The same of a drawn day, as it was known at a drawn position."""

    def basis(draw: random.Random) -> str:
        day = now - timedelta(days=draw.randrange(1, 700))
        return f"valid_at={day:%Y-%m-%d}&known_position={draw.randrange(events // 2, events)}"

    return {
        "deadlines": lambda draw: f"/v1/deadlines?within=30d&{basis(draw)}",
        "deals": lambda draw: f"/v1/deals?status=open&{basis(draw)}",
    }


def caught_up(connection: Connection, events: int) -> None:
    """Wait until every projection covers the whole log. Raises Missing where that takes too long."""
    seconds = CAUGHT_UP_SECONDS + events * CAUGHT_UP_SECONDS_EACH
    ends = time.monotonic() + seconds
    while behind := {name: lag for name, lag in LAG.findall(connection.get("/metrics").body) if float(lag)}:
        if time.monotonic() > ends:
            told = ", ".join(f"{name.decode()} {float(lag):,.0f}" for name, lag in behind.items())
            raise Missing(f"after {seconds:.0f} s these projections are events behind: {told}")
        time.sleep(POLL_SECONDS)


def _worst(
    name: str, asked: dict[str, Ask], connection: Connection, rival: Database[TupleRow], draw: random.Random
) -> Result | None:
    """In each round the greatest ratio of these questions; those that the server does not answer are named."""
    unanswered = {}
    for what, ask in asked.items():
        if (answer := connection.ask("GET", path := ask(draw))).status != 200:
            unanswered[what] = f"{path.partition('?')[0]} is answered {answer.status} {answer.body.decode()[:200]}"
    left = {what: ask for what, ask in asked.items() if what not in unanswered}
    if not left:
        print(f"{name}: left out, {'; '.join(unanswered.values())}", flush=True)
        return None
    rounds = [{what: _ratio(ask, connection, rival, draw) for what, ask in left.items()} for _ in range(ROUNDS)]
    medians = {what: median(each[what] for each in rounds) for what in left}
    versus = "a bare indexed query of as many rows: " + ", ".join(
        f"{what} {value:.1f}" for what, value in medians.items()
    )
    missing = "".join(f"; without {what}: {why}" for what, why in unanswered.items())
    return result(GOALS[name], versus + missing, [max(each.values()) for each in rounds])


def _ratio(ask: Ask, connection: Connection, rival: Database[TupleRow], draw: random.Random) -> float:
    ours, theirs = [], []
    for _ in range(ASKED):
        answer = connection.get(ask(draw))
        ours.append(answer.seconds)
        theirs.append(_query(rival, rows_of(answer.body)))
    return median(ours) / median(theirs)


def rows_of(body: bytes) -> int:
    """How many rows an answer shows: the items of a page, or the rows of tables and lists in HTML."""
    if body.startswith(b"{"):
        return len(orjson.loads(body)["items"])
    return body.count(b"<tr") + body.count(b"<li")


TABLE = """
CREATE TABLE book (
    number integer PRIMARY KEY, deal_id text NOT NULL, due date NOT NULL, obligation text NOT NULL, body jsonb NOT NULL
);
CREATE INDEX book_due ON book (due, number);
"""
QUERY = "SELECT deal_id, due, obligation, body FROM book WHERE due >= %(day)s ORDER BY due, number LIMIT %(rows)s"


def _fill(rival: Database[TupleRow], rows: int) -> None:
    """A table of rows such as those of a list, spread over ten years from today."""
    today = datetime.now(UTC).date()
    rival.execute(TABLE.encode())
    with rival.cursor() as cursor, cursor.copy(b"COPY book FROM STDIN") as copy:
        for number in range(rows):
            body = f'{{"force": "contractual", "status": "open", "party": "party-{number % 5}", "title": "{number}"}}'
            day = today + timedelta(days=number * 3_650 // rows)
            copy.write_row((number, book.deal_id(number % 5_000), day, "file the notice", body))
    rival.execute("ANALYZE book")


def _query(rival: Database[TupleRow], rows: int) -> float:
    """Seconds of the bare query."""
    started = time.perf_counter()
    found = rival.execute(QUERY, {"day": datetime.now(UTC).date(), "rows": max(1, rows)}, prepare=True).fetchall()
    spent = time.perf_counter() - started
    if len(found) != max(1, rows):
        raise ValueError(f"the table has {len(found)} rows, not {rows}")
    return spent


def _appends(url: str, folder: Path, deals: int) -> Iterator[float]:
    """The median of POSTs while another process keeps the projections, by that while this process is stopped."""
    with (
        serving(url, folder, run_workers="false") as web,
        serving(url, folder) as workers,
        web.connect() as connection,
    ):
        each = posts(connection, [book.deal_id(number) for number in range(deals)])
        for _ in range(ROUNDS):
            os.killpg(workers.pid, signal.SIGSTOP)
            without = median(islice(each, POSTS))
            os.killpg(workers.pid, signal.SIGCONT)
            yield median(islice(each, POSTS)) / without
