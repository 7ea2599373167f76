"""Proof: what checking costs beside not checking, what signing costs those who record, what a proof costs by size."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from psycopg.conninfo import conninfo_to_dict

from benchmarks.appends import EVENTS, Ours, _shares, database
from benchmarks.events import bid, opening
from benchmarks.measure import ROUNDS, Result, at_least, at_most, ratio, result, timed
from domain.bitemporal import is_report, place
from domain.envelope import RecordedEvent
from domain.event import FoldStep
from domain.fold import evolve, fold
from domain.folded_deal import FoldedDeal
from domain.time.edtf import When
from ledger.encoding import event_codec
from ledger.encoding.leaf import commitment, read_leaf
from ledger.ledger import Ledger, open_ledger
from ledger.merkle.note import Checkpoint, Note, Signer
from ledger.merkle.tiles import Tile, grow
from ledger.merkle.tree import HASH_BYTES, TILE_WIDTH, Frontier, leaf_hash
from ledger.models import Recorded
from ledger.postgres.connection import connect
from ledger.sql import sql
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog

GOALS = {
    **at_least(replay_vs_stock=2.6, replay_2_processes=1.5, append_with_log_vs_without=0.9),
    **at_most(proof_1m_vs_1k=1.5),
}

DEALS, LENGTH = 8, 1_000
"""What is replayed."""
SIGNED = 2
"""Times the events of 64 writers, a round with the signer and without."""
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
        for deal in deals:
            stock.record(deal, ledger.read_deal(deal))
        versus = "eventsourcing's repository.get by the same evolve, without a check"
        yield ratio(
            GOALS["replay_vs_stock"],
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

        yield ratio(GOALS["replay_2_processes"], "the same in one process", both, alone)


def _rate(replayed: Any, deals: Sequence[str]) -> float:
    with timed() as seconds:
        for deal in deals:
            replayed(deal)
    return DEALS * LENGTH / seconds()


def replay(ledger: Ledger, deal_id: str) -> FoldedDeal:
    """A deal read from PostgreSQL, every leaf and payload hashed again, chained, decoded and folded."""
    previous: str | None = None
    lines = []
    for row in ledger.read_deal(deal_id):
        leaf = read_leaf(row.leaf)
        assert row.payload is not None
        assert row.salt is not None
        digest = leaf_hash(row.leaf)
        sealed = commitment(row.salt, row.payload).hex()
        if digest != row.leaf_hash or leaf.previous != previous or leaf.payload_commitment != sealed:
            raise AssertionError(f"{row.id} is not what was recorded")
        previous = digest.hex()
        lines.append(event_codec.line(row))
    return fold(sorted(map(_step, lines), key=lambda step: step.key))


def _step(line: RecordedEvent) -> FoldStep:
    return line.step((place(line, UTC, "earliest")[1], line.payload.rank or 0, line.version), is_report(line))


_here: list[Ledger] = []


def _open(url: str) -> None:
    _here.append(open_ledger(url, migrating=False))


def _replay_here(deals: Sequence[str]) -> int:
    return sum(len(replay(_here[0], deal).entities) for deal in deals)


class Told(Aggregate):
    """A deal as the library would store it: each development an event of an aggregate, which evolves by our code."""

    class Begun(Aggregate.Created):
        """The aggregate is there."""

    class Developed(Aggregate.Event):
        """A development, its payload as we have it."""

        deal_id: str
        number: int
        event_id: str
        kind: str
        occurred: str
        payload: str

        def apply(self, aggregate: Any) -> None:
            line = RecordedEvent(
                deal_id=self.deal_id,
                id=self.event_id,
                type=self.kind,
                schema_version=1,
                occurred=When.parse(self.occurred),
                published=None,
                payload=event_codec.payload(self.kind, self.payload.encode()),
                version=self.number,
                position=0,
                recorded_at=0,
                recorded_by="bench",
            )
            aggregate.deal = evolve(aggregate.deal, _step(line))

    def __init__(self) -> None:
        self.deal = FoldedDeal({})


class Stock:
    """The library's application, recorder, mapper and repository, as they come."""

    def __init__(self, url: str) -> None:
        told = conninfo_to_dict(url)
        self._application: Application[Any] = Application(
            {
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(told["dbname"]),
                "POSTGRES_HOST": str(told["host"]),
                "POSTGRES_PORT": str(told.get("port", "5432")),
                "POSTGRES_USER": str(told["user"]),
                "POSTGRES_PASSWORD": "",
            }
        )
        self._ids: dict[str, Any] = {}

    def record(self, deal_id: str, rows: Sequence[Recorded]) -> None:
        deal = Told()
        for row in rows:
            assert row.payload is not None
            occurred = read_leaf(row.leaf).occurred
            deal.trigger_event(
                Told.Developed,
                deal_id=deal_id,
                number=row.version,
                event_id=row.id,
                kind=row.type,
                occurred=occurred,
                payload=row.payload.decode(),
            )
            if row.version % 100 == 0:
                self._application.save(deal)  # a thousand at once and the library waits for ever
        self._application.save(deal)
        self._ids[deal_id] = deal.id

    def replay(self, deal_id: str) -> FoldedDeal:
        deal: FoldedDeal = self._application.repository.get(self._ids[deal_id]).deal
        return deal

    def close(self) -> None:
        self._application.close()


def _signing(url: str) -> Iterator[Result]:
    with open_ledger(database(url, "bench_signing")) as ledger, tempfile.TemporaryDirectory() as folder:
        ours = Ours(ledger)
        ours.append(_shares(64))

        def shares() -> list[list[Any]]:
            return [more for _ in range(SIGNED) for more in _shares(64)]

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

        versus = f"the same with the signer stopped, 64 writers, {SIGNED * EVENTS[64]} events"
        yield ratio(GOALS["append_with_log_vs_without"], versus, signed, lambda _: ours.append(shares()))


def _proofs(url: str) -> Iterator[Result]:
    home = database(url, "bench_proofs")
    with open_ledger(home, "small") as small, open_ledger(home, "large") as large:
        sizes = {1_000: _planted(small, 1_000), 1_000_000: _planted(large, 1_000_000)}
        draw = random.Random(1)
        ratios = []
        for _ in range(ROUNDS):
            medians = {size: median(_seconds(transparency_log, size, draw)) for size, transparency_log in sizes.items()}
            ratios.append(medians[1_000_000] / medians[1_000])
    yield result(GOALS["proof_1m_vs_1k"], "an inclusion proof among 1,000 leaves, p50", ratios)


def _seconds(transparency_log: TransparencyLog, size: int, draw: random.Random) -> Iterator[float]:
    for _ in range(PROOFS):
        position = draw.randrange(size) + 1
        started = time.perf_counter()
        transparency_log.proof(position)
        yield time.perf_counter() - started


def _planted(ledger: Ledger, size: int) -> TransparencyLog:
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
        connection.execute(sql("set_tenant").encode(), {"tenant": ledger.tenant})
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
    return TransparencyLog(ledger)
