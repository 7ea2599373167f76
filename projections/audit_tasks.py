"""The parts of an audit as tasks for other processes, and the executors that run them: processes of this machine, or
the workers of a Dask cluster.

A task is a function of a module and arguments that can be pickled; what it needs of the database it opens by itself,
once in each process.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from threading import Lock
from typing import TypeVar

import domain.events  # noqa: F401 - registers the event types
from domain.errors import ParleyError
from ledger.ledger import Ledger, open_ledger
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification.audited_part import AuditedPart, AuditScope
from ledger.verification.log_audit import Span
from ledger.verification.log_part import part
from ledger.verification.stored_log import StoredLog
from projections.deal_audit import AuditedDeals, audit_deals
from projections.projection import MADE_BY
from projections.state.state_reader import StateReader

Result = TypeVar("Result")

SCHEDULER_SECONDS = 10
"""Time within which a scheduler must answer."""


class SchedulerRefused(ParleyError):
    """The Dask scheduler cannot be used."""

    code = "scheduler-refused"


class OtherVersion(ParleyError):
    """A worker has another version of Parley."""

    code = "other-version"


class WorkerLost(ParleyError):
    """A process of an audit ended before its part did."""

    code = "worker-lost"


@dataclass(frozen=True, slots=True)
class AuditedLog:
    """Where a process finds the log, and the version of Parley that audits it."""

    conninfo: str
    tenant: str
    version: str


def audited_log(ledger: Ledger) -> AuditedLog:
    return AuditedLog(ledger.conninfo, ledger.tenant, _version())


def _version() -> str:
    return f"{version('parley-tracker')}, {MADE_BY}"


def audit_part(log: AuditedLog, scope: AuditScope, span: Span) -> AuditedPart:
    """The task that audits a range of positions. Raises Busy, OtherVersion."""
    ledger, _ = _open(log)
    return part(StoredLog(ledger, TransparencyLog(ledger)), scope, *span)


def audit_deals_of(log: AuditedLog, deals: Sequence[str]) -> AuditedDeals:
    """The task that audits some deals. Raises Busy, OtherVersion."""
    return audit_deals(*_open(log), deals)


_opened: dict[AuditedLog, tuple[Ledger, StateReader]] = {}
_opening = Lock()


def _open(log: AuditedLog) -> tuple[Ledger, StateReader]:
    """The log in this process, which stays open as long as the process."""
    if log.version != _version():
        raise OtherVersion(
            f"This worker has Parley {_version()}, and the audit is of {log.version}: install the same everywhere."
        )
    with _opening:
        if log not in _opened:
            ledger = open_ledger(log.conninfo, log.tenant, migrating=False)
            _opened[log] = ledger, StateReader(ledger)
        return _opened[log]


class PartRunner:
    """Runs the parts of the audit of one log in an executor, in the order in which they are given."""

    def __init__(self, ledger: Ledger, executor: Executor) -> None:
        self._log = audited_log(ledger)
        self._executor = executor

    def parts(self, scope: AuditScope, given: Sequence[Span]) -> Iterable[AuditedPart]:
        return self._map(audit_part, [scope] * len(given), given)

    def deals(self, given: Sequence[Sequence[str]]) -> Iterable[AuditedDeals]:
        return self._map(audit_deals_of, given)

    def _map(self, task: Callable[..., Result], *arguments: Sequence[object]) -> Iterator[Result]:
        return self._executor.map(partial(task, self._log), *arguments)


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """So many processes of this machine. Raises WorkerLost."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as executor:
        try:
            yield executor
        except BrokenExecutor as error:
            why = "A process of the audit ended, perhaps for want of memory: repeat it with fewer workers."
            raise WorkerLost(why) from error
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


@contextmanager
def dask_workers(scheduler: str) -> Iterator[Executor]:
    """The workers of a Dask cluster, by the address of its scheduler. Raises SchedulerRefused."""
    try:
        from distributed import Client
    except ImportError as error:
        raise SchedulerRefused("Dask is not installed: pip install 'parley-tracker[dask]'.") from error
    try:
        client = Client(scheduler, timeout=SCHEDULER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SchedulerRefused(f"No Dask scheduler answers at {scheduler}: {error}.") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise SchedulerRefused(f"The Dask scheduler at {scheduler} has no worker: start some with dask worker.")
        yield client.get_executor(pure=False)
