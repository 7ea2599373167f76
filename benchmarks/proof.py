"""Proof: what checking costs beside not checking, what signing costs those who record, what a proof costs by size."""

import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.persistence import JSONTranscoder, Mapper
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from benchmarks.appends import EVENTS, Ours, _shares, database
from benchmarks.events import bid, opening
from benchmarks.measure import ROUNDS, Result, ratio, result, timed
from domain.dates import When
from domain.envelope import Line
from domain.fold import Deal, Step, fold
from domain.record import is_report, place
from ledger import codec
from ledger.database import connect
from ledger.leaf import commitment, read_leaf
from ledger.ledger import Ledger, open_ledger
from ledger.merkle.note import Checkpoint, Note, Signer
from ledger.merkle.tiles import Tile, grow
from ledger.merkle.tree import HASH_BYTES, TILE_WIDTH, Frontier, leaf_hash
from ledger.receipt import Recorded
from ledger.seals import Seals
from ledger.signing import LogSigner
from ledger.sql import sql

DEALS, LENGTH = 8, 1_000
"""What is replayed."""
PROOFS = 300
"""Asked for in a round, of each size."""


def measure(url: str) -> Iterator[Result]:
    """The ratios, on an empty server."""
    yield from _replays(url)
    yield from _signing(url)
    yield from _proofs(url)


def _replays(url: str) -> Iterator[Result]:
    ours_url = database(url, "bench_replay")
    deals = [f"deal-{number}" for number in range(DEALS)]
    with open_ledger(ours_url) as ledger:
        ledger.import_batch(
            [one for deal in deals for one in (opening(deal), *(bid(deal, n) for n in range(LENGTH - 1)))], "bench"
        )
        stock = Stock(database(url, "bench_replay_stock"))
        stock.record([row for deal in deals for row in ledger.read_deal(deal)])
        versus = "eventsourcing reading, decoding and folding by the same evolve, without a check"
        yield ratio(
            "replay_vs_stock",
            2.5,
            versus,
            lambda _: _rate(partial(replay, ledger), deals),
            lambda _: _rate(stock.replay, deals),
        )
        stock.close()
    with ProcessPoolExecutor(2, get_context("spawn"), _open, (ours_url,)) as two:
        list(two.map(_replay_here, [deals[:1]] * 4))  # both are started and warm

        def both(_: int) -> float:
            with timed() as seconds:
                list(two.map(_replay_here, [deals[::2], deals[1::2]]))
            return DEALS * LENGTH / seconds()

        def alone(_: int) -> float:
            with timed() as seconds:
                two.submit(_replay_here, deals).result()
            return DEALS * LENGTH / seconds()

        yield ratio("replay_2_processes", 1.5, "the same in one process", both, alone)


def _rate(replayed: Any, deals: Sequence[str]) -> float:
    with timed() as seconds:
        for deal in deals:
            replayed(deal)
    return DEALS * LENGTH / seconds()


def replay(ledger: Ledger, deal_id: str) -> Deal:
    """A deal read from PostgreSQL, every leaf and payload hashed again, chained, decoded and folded."""
    rows = ledger.read_deal(deal_id)
    previous: str | None = None
    for row in rows:
        leaf = read_leaf(row.leaf)
        assert row.payload is not None
        assert row.salt is not None
        digest = leaf_hash(row.leaf)
        sealed = commitment(row.salt, row.payload).hex()
        if digest != row.leaf_hash or leaf.previous != previous or leaf.payload_commitment != sealed:
            raise AssertionError(f"{row.id} is not what was recorded")
        previous = digest.hex()
    return _folded(map(codec.line, rows))


def _folded(lines: Iterable[Line]) -> Deal:
    steps = [
        Step(line, (place(line, UTC, "earliest")[1], line.payload.rank or 0, line.version), is_report(line))
        for line in lines
    ]
    steps.sort(key=lambda step: step.key)
    return fold(steps)


_here: list[Ledger] = []


def _open(url: str) -> None:
    _here.append(open_ledger(url, migrating=False))


def _replay_here(deals: Sequence[str]) -> int:
    return sum(len(replay(_here[0], deal).things) for deal in deals)


class Told:
    """A development as the library keeps it: its own envelope around our payload."""

    originator_id: str
    originator_version: int
    event_id: str
    type: str
    occurred: str
    recorded_at: int
    payload: str

    def __init__(self, row: Recorded) -> None:
        assert row.payload is not None
        self.originator_id, self.originator_version, self.event_id = row.deal_id, row.version, row.id
        self.type, self.occurred = row.type, read_leaf(row.leaf).occurred
        self.recorded_at, self.payload = row.recorded_at, row.payload.decode()

    def line(self) -> Line:
        return Line(
            deal_id=self.originator_id,
            id=self.event_id,
            type=self.type,
            schema_version=1,
            occurred=When.parse(self.occurred),
            published=None,
            payload=codec.payload(self.type, self.payload.encode()),
            version=self.originator_version,
            position=0,
            recorded_at=self.recorded_at,
            recorded_by="bench",
        )


class Stock:
    """The library's recorder, mapper and transcoder, as they come."""

    def __init__(self, url: str) -> None:
        told = conninfo_to_dict(url)
        self._datastore = PostgresDatastore(
            str(told["dbname"]), str(told["host"]), str(told.get("port", "5432")), str(told["user"]), "",
            originator_id_type="text",
        )  # fmt: skip
        self._recorder = PostgresAggregateRecorder(self._datastore)
        self._recorder.create_table()
        self._mapper: Any = Mapper(JSONTranscoder())

    def record(self, rows: Sequence[Recorded]) -> None:
        self._recorder.insert_events([self._mapper.to_stored_event(Told(row)) for row in rows])

    def replay(self, deal_id: str) -> Deal:
        return _folded(self._mapper.to_domain_event(stored).line() for stored in self._recorder.select_events(deal_id))

    def close(self) -> None:
        self._datastore.close()


def _signing(url: str) -> Iterator[Result]:
    with open_ledger(database(url, "bench_signing")) as ledger, tempfile.TemporaryDirectory() as folder:
        ours = Ours(ledger)
        ours.append(_shares(64))

        def shares() -> list[list[Any]]:
            return [more for _ in range(4) for more in _shares(64)]

        def signed(_: int) -> float:
            signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, Path(folder))
            signer.sign()
            signer.start()
            ledger.on_commit.append(signer.wake)
            try:
                return ours.append(shares())
            finally:
                ledger.on_commit.clear()
                signer.close()

        versus = f"the same with the signer stopped, 64 writers, {4 * EVENTS[64]} events"
        yield ratio("append_with_log_vs_without", 0.85, versus, signed, lambda _: ours.append(shares()))


def _proofs(url: str) -> Iterator[Result]:
    home = database(url, "bench_proofs")
    with open_ledger(home, "small") as small, open_ledger(home, "large") as large:
        sizes = {1_000: _planted(small, 1_000), 1_000_000: _planted(large, 1_000_000)}
        draw = random.Random(1)
        ratios = []
        for _ in range(ROUNDS):
            medians = {size: median(_seconds(seals, size, draw)) for size, seals in sizes.items()}
            ratios.append(medians[1_000_000] / medians[1_000])
    yield result("proof_1m_vs_1k", 3.0, "an inclusion proof among 1,000 leaves, p50", ratios, at_most=True)


def _seconds(seals: Seals, size: int, draw: random.Random) -> Iterator[float]:
    for _ in range(PROOFS):
        position = draw.randrange(size) + 1
        started = time.perf_counter()
        seals.proof(position)
        yield time.perf_counter() - started


def _planted(ledger: Ledger, size: int) -> Seals:
    """A signed tree of so many leaves: the hashes alone, as the signer would have written them."""
    leaves = [sha256(number.to_bytes(8, "big")).digest() for number in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    signer = Signer(ledger.origin, Ed25519PrivateKey.generate())
    text = Checkpoint(ledger.origin, size, frontier.root()).text()
    note = bytes(Note(text, (signer.sign(text),)))

    def nothing(level: int, index: int, width: int) -> bytes:
        raise AssertionError(Tile(level, index, width).path)

    with connect(ledger.conninfo) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE parley_signer")
        connection.execute(sql("tenant").encode(), {"tenant": ledger.tenant})
        with connection.cursor() as cursor:
            cursor.executemany(
                sql("insert_hashes").encode(),
                [
                    {
                        "tenant": ledger.tenant,
                        "level": tile.level,
                        "first": tile.index * TILE_WIDTH,
                        "hashes": data[: TILE_WIDTH * HASH_BYTES],
                    }
                    for tile, data in grow(0, leaves, nothing)
                ],
            )
        head = {"tenant": ledger.tenant, "size": size, "root": frontier.root(), "note": note}
        connection.execute(sql("insert_checkpoint").encode(), head)
    return Seals(ledger)
