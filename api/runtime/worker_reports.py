"""Reports of a log's workers from the background process to the processes that serve, and what those know from them.

A report is a notification of PostgreSQL: so it reaches every process that serves the log, also on other machines.
"""

from time import monotonic
from typing import Protocol

import msgspec

from projections.progress import ProjectionProgress

HEARTBEAT_SECONDS = 5.0
"""Interval of heartbeats, and of the reports on a log while nothing changes; with many logs of more."""

REPORTS_AT_ONCE = 8
"""Reports without a change that are sent at once."""

ALL_LOGS = ""
"""The tenant of a heartbeat: a notification of the process id, for all its logs."""

SILENT_SECONDS = 16.0
"""A background process from which nothing was heard for this time counts as away."""

DETAIL_CHARACTERS = 200
"""Of the reason of a failure, in a report: a notification holds less than 8,000 bytes."""

BACKGROUND = "background"
"""The name of the background process among the workers."""

AWAY = "The background process does not report. It is started again when it ends; the server's log says why."

PROJECTIONS = "projections"
"""The worker that updates the projections."""


class TableProgress(Protocol):
    """How far the projections have come, for requests that wait for it."""

    @property
    def reached(self) -> ProjectionProgress:
        """The position of each projection."""

    @property
    def leading(self) -> bool:
        """Whether `reached` is up to date: the process that updates the projections reports to this one."""


class ReportedWorker(msgspec.Struct, frozen=True):
    """A worker as its process reports it."""

    worker: str
    code: str | None = None
    """Why its last attempt failed; None if it succeeded."""
    detail: str = ""
    leading: bool | None = None
    """Whether it does the work, of several processes; None for a worker that all processes run at once."""


class WorkerReport(msgspec.Struct, frozen=True):
    """The workers of one log in one process, and how far they have come."""

    process: str
    """The id of the background process."""
    workers: tuple[ReportedWorker, ...]
    positions: dict[str, int]
    """The position of each projection; empty unless this process updates them."""

    def payload(self, tenant: str) -> str:
        """The payload of its notification."""
        return f"{tenant}\n{msgspec.json.encode(self).decode()}"


def heartbeat(process: str) -> str:
    """The payload of the notification that a process is alive."""
    return f"{ALL_LOGS}\n{msgspec.json.encode(process).decode()}"


class ReportedWorkers:
    """What is known here of the workers of a log that run in other processes. Safe to share between threads."""

    def __init__(self, own: str | None = None) -> None:
        """`own`: the id of this server's background process; None where it has none, and another may work."""
        self.own = own
        self.reached = ProjectionProgress()
        self._heard: dict[str, tuple[WorkerReport, float]] = {}
        self._since = monotonic()

    def receive(self, text: str) -> None:
        """Take in a report, or a heartbeat."""
        try:
            received = msgspec.json.decode(text, type=WorkerReport | str)
        except msgspec.DecodeError:
            return  # of another version
        now = monotonic()
        if isinstance(received, str):
            known = self._heard.get(received)
            report = WorkerReport(received, (), {}) if known is None else known[0]
            if known is None and received != self.own:
                return  # which does not work for this log, as far as is known
        else:
            report = received
        heard = {**self._heard, report.process: (report, now)}
        self._heard = {process: each for process, each in heard.items() if now - each[1] < SILENT_SECONDS}
        for name, position in report.positions.items():
            self.reached.advance(name, position)

    @property
    def expected(self) -> bool:
        """Whether other processes run the workers: that of this server, or one that reported lately."""
        return self.own is not None or bool(self._reports())

    @property
    def leading(self) -> bool:
        """Whether a process that updates the projections reported lately."""
        return any(each.worker == PROJECTIONS and each.leading for report in self._reports() for each in report.workers)

    @property
    def silent_seconds(self) -> float:
        """How long ago this server's background process reported last, or began to be waited for."""
        _, at = self._heard.get(self.own or "", (None, self._since))
        return monotonic() - at

    def workers(self) -> list[ReportedWorker]:
        """The workers of this server's background process, or where it has none of each that reported lately."""
        if self.own is None:
            return [worker for report in self._reports() for worker in report.workers]
        if self.silent_seconds > SILENT_SECONDS:
            return [ReportedWorker(BACKGROUND, "background-away", AWAY)]
        own = self._heard.get(self.own)
        return [ReportedWorker(BACKGROUND), *(own[0].workers if own is not None else ())]

    def _reports(self) -> list[WorkerReport]:
        now = monotonic()
        return [report for report, at in self._heard.values() if now - at < SILENT_SECONDS]
