"""The audit of a database in two processes against one process."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.appends import database
from benchmarks.events import bid, opening
from benchmarks.loading import load
from benchmarks.measure import Result, at_least, ratio, timed
from domain.envelope import Submission
from ledger.ledger import Ledger, open_ledger
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from projections.audit_tasks import processes
from projections.rebuild import catch_up
from projections.registry import PROJECTIONS
from projections.state.state_reader import StateReader

GOALS = at_least(verify_2_workers=1.6)

DEALS, LENGTH = 200, 20
"""What is audited: deals, and the events of each."""
LOADED = 50
"""Deals that one process prepares at once."""
ROUNDS = 3


def measure(url: str) -> Iterator[Result]:
    home = database(url, "bench_audits")
    with open_ledger(home) as ledger, processes(2) as two:
        load(home, ledger, [partial(_events, first) for first in range(0, DEALS, LOADED)])
        _seal(ledger)
        for projection in PROJECTIONS:
            catch_up(ledger, projection, StateReader(ledger))
        _rate(ledger, two)  # both are started and have opened the log
        versus = f"the same audit of {DEALS * LENGTH} events in one process"
        yield ratio(
            GOALS["verify_2_workers"], versus, lambda _: _rate(ledger, two), lambda _: _rate(ledger, None), ROUNDS
        )


def _events(first: int) -> Iterator[Submission]:
    for number in range(first, first + LOADED):
        deal = f"deal-{number}"
        for event in (opening(deal), *(bid(deal, each) for each in range(LENGTH - 1))):
            yield replace(event, id=f"{deal}-{event.id}")


def _seal(ledger: Ledger) -> None:
    with tempfile.TemporaryDirectory() as folder:
        signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, Path(folder))
        signer.sign()
        signer.close()


def _rate(ledger: Ledger, executor: Executor | None) -> float:
    """Events a second."""
    with timed() as seconds:
        *_, end = audit_all(ledger, TransparencyLog(ledger), executor=executor)
    if not end["ok"] or end["position"] != DEALS * LENGTH:
        raise AssertionError(f"the audit does not hold: {end}")
    return DEALS * LENGTH / seconds()
