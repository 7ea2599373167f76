"""The background process: it runs the workers of every log with news, and reports on them to those that serve.

It learns of a log from the notification of an append, or from that of a server that has opened it; when it connects,
also of those that have events to sign, or active webhooks.
"""

import selectors
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from secrets import token_hex
from time import monotonic
from types import FrameType
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from api.runtime.database_wait import AWAITED, DatabaseWait
from api.runtime.runtime import database_url
from api.runtime.tenant_services import TenantServices
from api.runtime.tenants import Tenants
from api.runtime.worker_reports import (
    DETAIL_CHARACTERS,
    HEARTBEAT_SECONDS,
    REPORTS_AT_ONCE,
    ReportedWorker,
    WorkerReport,
    heartbeat,
)
from api.settings import Settings
from api.webhooks.delivery import LANES
from api.workers import start_workers
from domain.errors import Busy
from ledger.database import Database
from ledger.ledger import Ledger, open_ledger
from ledger.log_directory import LogsHidden, logs_with_work
from ledger.postgres.connection import connect, open_pool
from ledger.postgres.server_role import ServerRole
from ledger.sql import sql
from ledger.subscription.listener import ANNOUNCED, CHANNEL, REPORTS, listen, read_head

log = structlog.get_logger()

POOL_SIZE = 4
"""Connections on which the projections are written."""

LOOK_SECONDS = 1.0
"""Interval at which the status of the workers is looked at."""


class Background:
    """The workers of the logs in one database. `run` returns after `stop`."""

    def __init__(self, settings: Settings, process: str | None = None) -> None:
        """`process` is the id by which a server, which has migrated the database, knows its background process."""
        self._settings = settings.model_copy(update={"run_workers": True})
        self._migrating = process is None
        self._process = process or token_hex(8)
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._stopping = False
        self._sent: dict[str, tuple[WorkerReport, float]] = {}
        """The last report of each log, and when it was sent."""
        self._alive_at = float("-inf")
        """When the last heartbeat was sent."""
        self._beaten = float("-inf")

    def stop(self) -> None:
        """End soon. Safe in a signal handler."""
        self._stopping = True
        self._wake()

    def run(self, ready: Callable[[], None]) -> None:
        """Work until `stop`; `ready` is called once the workers run. Raises EmbeddedError, and as open_ledger does."""
        settings = self._settings
        with ExitStack() as stack:
            stack.enter_context(self._woken)
            stack.enter_context(self._waker)
            url = database_url(settings, stack)
            database = stack.enter_context(Database(url, POOL_SIZE, "project"))
            sending = stack.enter_context(open_pool(url, LANES, role="send"))
            self._tenants = Tenants(settings, partial(start_workers, sending=sending))
            if (main := self._open_main(url, database)) is None:
                return
            stack.enter_context(main)
            stack.callback(self._tenants.close)
            self._follow_progress(self._tenants.add(main))
            on_keys = database.listener.on_keys
            on_keys.append(self._tenants.look_for_moved)
            stack.callback(on_keys.remove, self._tenants.look_for_moved)
            ready()
            while not self._stopping:
                try:
                    self._listen(url, database.pool.server)
                except (psycopg.Error, Busy) as error:
                    log.warning("background-disconnected", reason=str(error).strip())
                    self._pause()

    def _open_main(self, url: str, database: Database) -> Ledger | None:
        """The main log, once its database is available; None if it is not before `stop`."""
        settings, wait = self._settings, DatabaseWait(self._settings.database)
        while not self._stopping:
            try:
                return open_ledger(
                    url, settings.tenant, origin=settings.origin, migrating=self._migrating, database=database
                )
            except AWAITED as error:
                if not wait.expects(error):
                    raise
                self._pause()
        return None

    def _listen(self, url: str, server: ServerRole) -> None:
        with connect(url, "listen", server) as connection, selectors.DefaultSelector() as sources:
            while server.observe(connection) and not self._stopping:  # nothing to do before it is promoted
                self._pause()
                connection.execute(sql("is_in_recovery").encode())
            if self._stopping:
                return
            listen(connection, CHANNEL)
            self._open_logs_with_work(url)
            sources.register(connection, selectors.EVENT_READ)
            sources.register(self._woken, selectors.EVENT_READ)
            while not self._stopping:
                server.observe(connection)
                self._beat(connection)
                self._report(connection)
                for key, _ in sources.select(LOOK_SECONDS):
                    if key.fileobj is self._woken:
                        self._woken.recv(4096)
                news = [read_head(each.payload) for each in connection.notifies(timeout=0)]
                for tenant in {tenant for tenant, head in news if head == ANNOUNCED}:
                    self._sent.pop(tenant, None)  # a process that has opened it waits for a report
                for tenant in {tenant for tenant, _ in news} - {self._settings.tenant}:
                    self._open(tenant)

    def _open_logs_with_work(self, url: str) -> None:
        """Run the workers of logs with work left from the time before this connection. Raises psycopg.Error."""
        try:
            found = logs_with_work(url)
        except LogsHidden as error:
            log.warning("logs-not-listed", reason=str(error))
            return
        for tenant in found:
            if tenant != self._settings.tenant and not self._stopping:
                self._open(tenant)

    def _beat(self, connection: Connection[Any]) -> None:
        """Let standbys know at intervals how far an idle primary has come."""
        if monotonic() - self._beaten >= LOOK_SECONDS:
            connection.execute(sql("heartbeat").encode())
            self._beaten = monotonic()

    def _open(self, tenant: str) -> None:
        """Run the workers of a log with news, if there is room for it; those of an open one go on."""
        known = tenant in self._tenants.logs
        try:
            if self._tenants.databases.url_of(tenant) is not None:
                return  # the servers run its workers
            opened = self._tenants.open(tenant)
        except (psycopg.Error, Busy) as error:
            log.warning("log-not-opened", log=tenant, reason=str(error).strip())
            return
        if not known:
            self._follow_progress(opened)

    def _follow_progress(self, opened: TenantServices) -> None:
        if opened.runner is not None:
            opened.runner.reached.on_advance.append(self._wake)

    def _report(self, connection: Connection[Any]) -> None:
        """Send what has changed, and at intervals a heartbeat and what has not."""
        now = monotonic()
        unchanged: list[tuple[float, str, WorkerReport]] = []
        for tenant, opened in list(self._tenants.logs.items()):
            report = report_of(opened, self._process)
            last, at = self._sent.get(tenant, (None, 0.0))
            if report != last:
                self._notify(connection, tenant, report)
            elif now - at >= HEARTBEAT_SECONDS:
                unchanged.append((at, tenant, report))
        for _, tenant, report in sorted(unchanged, key=lambda each: each[0])[:REPORTS_AT_ONCE]:
            self._notify(connection, tenant, report)
        if now - self._alive_at >= HEARTBEAT_SECONDS:
            self._alive_at = now
            connection.execute(sql("notify").encode(), {"channel": REPORTS, "payload": heartbeat(self._process)})

    def _notify(self, connection: Connection[Any], tenant: str, report: WorkerReport) -> None:
        connection.execute(sql("notify").encode(), {"channel": REPORTS, "payload": report.payload(tenant)})
        self._sent[tenant] = report, monotonic()

    def _wake(self) -> None:
        with suppress(OSError):  # it is awake already, or has ended
            self._waker.send(b"!")

    def _pause(self) -> None:
        self._woken.settimeout(LOOK_SECONDS)
        with suppress(TimeoutError):
            self._woken.recv(4096)
        self._woken.settimeout(None)


def report_of(opened: TenantServices, process: str) -> WorkerReport:
    """The report on the workers of an open log."""
    workers = []
    for status in list(opened.workers):
        leads = opened.leads.get(status.worker)
        leading = None if leads is None else leads()
        failure = status.failure
        if failure is None:
            workers.append(ReportedWorker(status.worker, leading=leading))
        else:
            detail = failure.detail[:DETAIL_CHARACTERS]
            workers.append(ReportedWorker(status.worker, failure.code, detail, leading))
    runner = opened.runner
    positions = runner.reached.positions() if runner is not None and runner.leading else {}
    return WorkerReport(process, tuple(workers), positions)


def run_background(settings: Settings, ready: Callable[[], None], process: str | None = None) -> None:
    """Run the background in this process until SIGTERM or SIGINT. Raises what `Background.run` raises."""
    background = Background(settings, process)
    with _stopped_by_signals(background):
        background.run(ready)


@contextmanager
def _stopped_by_signals(background: Background) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        background.stop()

    numbers = [each for each in (signal.SIGTERM, signal.SIGINT) if signal.getsignal(each) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
