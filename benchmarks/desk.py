"""A desk: 5,000 deals and one of 20,000 events, imported over HTTP, and what each thing costs that its people do.

`make bench ARGS=desk` ends within 15 minutes on two quiet cores, `ARGS="desk --deals 50"` in some two; with
`--minutes` the projections, a rebuild and an audit have as long as that. These are no ratios but figures of this
machine on this day; they are printed, and written to benchmarks/desk.json. What takes longer than its bound is ended,
and entered as not done in that time.
"""

import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import orjson

from benchmarks import desk_questions, long_deal
from benchmarks.desk_commands import timed
from benchmarks.desk_questions import Question
from benchmarks.desk_table import NOTE, Entry, Members, Table, late, milliseconds
from benchmarks.memory import imported, write
from benchmarks.posting import beside, opened, posts, read_forever
from benchmarks.processes import PARLEY, Server, cpu_seconds_of_all, resident_bytes, serving
from ledger.postgres.embedded.server import running

DEALS = 5_000
EVENTS = 107
"""Of a deal, on average: 535,000 in all."""

RESULTS = Path(__file__).parent / "desk.json"

DESK_SECONDS = 840.0
"""Of the whole, unless another time is asked for: what is not begun by then is not done."""
IMPORT_SECONDS = 400.0
CAUGHT_UP_SECONDS = 120.0
"""Of that, for the projections."""
QUESTION_SECONDS = 25.0
SMALL, SMALL_QUESTION_SECONDS = 500, 5.0
"""In a desk of so few deals, a question has less time."""
COMMAND_SECONDS = 75.0
"""Of that, for each of a rebuild, an audit, a backup."""

ASKED = 5
"""Times that each list is asked."""
STATES = 40
POSTS = 300
POSTS_SECONDS = 30.0
READERS = 4
POLL_SECONDS = 0.2


def run(deals: int = DEALS, seed: int = 1, minutes: int | None = None) -> None:
    """Fill a log, measure, and write the table; in some 15 minutes, or with patience in so many."""
    table = Table(
        RESULTS,
        {
            "deals": deals, "long_deal_events": long_events(deals), "seed": seed, "cores": os.cpu_count(),
            "python": platform.python_version(), "load_average": os.getloadavg()[0],
        },
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory(prefix="parley-desk-") as folder,
        running(Path(folder) / "data") as database,
    ):
        desk = Desk(database.url, Path(folder), table, deals, seed, minutes)
        if desk.fill():
            desk.ask()


def long_events(deals: int) -> int:
    """The length of the long deal: 20,000 events, less in a small desk, and enough for all that it is about."""
    return max(1_000, min(long_deal.EVENTS, 20 * deals))


class Desk:
    """A desk under measurement."""

    def __init__(self, url: str, folder: Path, table: Table, deals: int, seed: int, minutes: int | None) -> None:
        self._url, self._folder, self._table, self._deals = url, folder, table, deals
        self._seed = seed
        self._draw = random.Random(seed)
        seconds = DESK_SECONDS if minutes is None else 60.0 * minutes
        self._ends = time.monotonic() + seconds
        self._patience = 0.0 if minutes is None else seconds
        """For what grows with the record: the import, the projections, the commands."""
        self._question_seconds = QUESTION_SECONDS if deals > SMALL else SMALL_QUESTION_SECONDS

    def fill(self) -> bool:
        """Import the deals into a new log, and wait for the projections. False where the import was not done."""
        file = self._folder / "lines.ndjson"
        count = write(file, self._deals, EVENTS, self._seed) + self._add_long_deal(file)
        self._table.about["events"] = count
        with self._serving("start, empty") as server:
            with (
                self._measured(server, f"import of {count:,} events") as done,
                server.connect(self._bound(max(IMPORT_SECONDS, self._patience))) as to,
            ):
                done["ms"] = imported(to, file).seconds * 1_000
            if "status" in done:
                return False
            with self._measured(server, "projections caught up") as done:
                done.update(self._catch_up(server))
        return True

    def ask(self) -> None:
        """Start again on the full log, and measure everything else."""
        with self._serving("start, full") as server:
            self._lists(server)
            self._states(server)
            self._posts(server)
            self._heavy(server)
            for what, *arguments in (
                ("rebuild", "rebuild"),
                ("audit", "verify"),
                ("backup", "backup", str(self._folder / "desk.backup")),
            ):
                command = [*PARLEY, *arguments, "--database", self._url, "--data", str(self._folder / "keys")]
                self._table.add(timed(what, command, self._bound(max(COMMAND_SECONDS, self._patience))))

    def _add_long_deal(self, file: Path) -> int:
        with file.open("ab") as out:
            events = long_events(self._deals)
            for row in long_deal.rows(events=events, seed=self._seed):
                out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        return events

    @contextmanager
    def _serving(self, what: str) -> Iterator[Server]:
        with serving(self._url, self._folder / "keys") as server:
            self._table.add(Entry(what, ms=server.ready_seconds * 1_000, rss_mb=_megabytes(server)))
            yield server

    @contextmanager
    def _measured(self, server: Server, what: str) -> Iterator[Members]:
        """An entry whose members the block updates; the time, and CPU and memory of the server, are added to it. What
        fails is entered as that, and the rest goes on."""
        members: Members = {}
        before, started = cpu_seconds_of_all(server.pid), time.perf_counter()
        try:
            yield members
        except TimeoutError:
            members["status"] = late(time.perf_counter() - started)
        except (OSError, HTTPException, RuntimeError) as error:
            members |= {"status": "failed", "note": f"{type(error).__name__}: {error}"[:NOTE]}
        members.setdefault("ms", (time.perf_counter() - started) * 1_000)
        members["cpu_ms"] = max(0.0, cpu_seconds_of_all(server.pid) - before) * 1_000
        members["rss_mb"] = _megabytes(server)
        self._table.add(Entry(what, **members))

    def _bound(self, seconds: float) -> float:
        """So many seconds, or what is left of the whole."""
        return max(1.0, min(seconds, self._ends - time.monotonic()))

    def _catch_up(self, server: Server) -> Members:
        """Wait until the lists cover the whole log."""
        bound = self._bound(max(CAUGHT_UP_SECONDS, self._patience))
        ends = time.monotonic() + bound
        with server.connect(bound) as connection:
            while (lag := connection.get("/v1/deals?limit=1").json["lag"]) and time.monotonic() < ends:
                time.sleep(POLL_SECONDS)
        return {"status": late(bound), "note": f"{lag} events behind"} if lag else {}

    def _lists(self, server: Server) -> None:
        for question in desk_questions.across_deals(datetime.now(UTC), self._deals):
            self._asked(server, question.what, [question.path] * ASKED)

    def _states(self, server: Server) -> None:
        now = datetime.now(UTC)
        paths = desk_questions.states(self._deals, STATES, self._draw)
        past = desk_questions.past_states(paths, now, self._draw)
        long = [f"{desk_questions.LONG}/state"]
        for what, asked in (
            ("state, cold", paths),
            ("state, hot", paths[:1] * STATES),  # what holds now is kept for a second at most
            ("state, on other days", past),
            ("state of the long deal, cold", long),
            ("state of the long deal, hot", long),
            ("state of the long deal, on other days", desk_questions.past_states(long * ASKED, now, self._draw)),
        ):
            self._asked(server, what, asked)

    def _asked(self, server: Server, what: str, paths: Sequence[str]) -> None:
        """Ask one after the other; the first is noted apart where the same is asked again."""
        bound = self._bound(self._question_seconds)
        status, seconds = "", []
        with self._measured(server, what) as done, server.connect(bound) as connection:
            for path in paths:
                try:
                    answer = connection.ask("GET", path)
                except TimeoutError:
                    status = late(bound)
                    break
                seconds.append(answer.seconds)
                status = status or str(answer.status)
            done["status"] = status
            done["note"] = f"{len(seconds)} asked"
            if seconds:
                done.update(milliseconds(seconds))
            if len(seconds) > 1 and len(set(paths)) == 1:
                done["note"] += f", the first {seconds[0] * 1_000:,.1f} ms"

    def _posts(self, server: Server) -> None:
        with self._measured(server, "deal to post to, opened"):
            opened(server)
        self._posted(server, "POST, alone")
        paths = desk_questions.states(self._deals, STATES, self._draw)
        readers = get_context("spawn").Process(target=read_forever, args=(server.port, paths, READERS), daemon=True)
        readers.start()
        try:
            self._posted(server, f"POST, with {READERS} readers")
        finally:
            readers.terminate()
            readers.join()

    def _posted(self, server: Server, what: str) -> None:
        """Post one after the other, as many as there is time for."""
        bound = self._bound(POSTS_SECONDS)
        ends = time.monotonic() + bound
        with self._measured(server, what) as done, server.connect(bound) as connection:
            seconds = list(islice(_while(posts(connection), lambda: time.monotonic() < ends), POSTS))
            done.update({"note": f"{len(seconds)} posts", **milliseconds(seconds)})

    def _heavy(self, server: Server) -> None:
        for question in desk_questions.heavy(long_events(self._deals)):
            bound = self._bound(self._question_seconds)
            asked = partial(_ask, server, question, bound)
            seconds: list[float] = []
            with (
                self._measured(server, question.what) as done,
                server.connect(bound + POSTS_SECONDS) as connection,
                beside(asked) as asking,
            ):
                seconds = list(_while(posts(connection), lambda: not asking.done()))
                done.update(asking.result())
            if seconds:
                beside_it: Members = {"note": f"{len(seconds)} posts", **milliseconds(seconds)}
                self._table.add(Entry(f"POST, during {question.what}", **beside_it))


def _ask(server: Server, question: Question, bound: float) -> Members:
    started = time.perf_counter()
    with server.connect(bound) as connection:
        try:
            answer = connection.ask(question.method, question.path, question.body)
        except TimeoutError:
            return {"status": late(bound), "ms": (time.perf_counter() - started) * 1_000}
    note = "" if answer.status == 200 else answer.body[:NOTE].decode(errors="replace")
    return {"status": str(answer.status), "ms": answer.seconds * 1_000, "note": note}


def _while(values: Iterable[float], lasts: Callable[[], bool]) -> Iterator[float]:
    for value in values:
        yield value
        if not lasts():
            return


def _megabytes(server: Server) -> float:
    return resident_bytes(server.pid) / 2**20
