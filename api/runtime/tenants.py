"""The logs that are open: the main one, and those of other tenants, which are opened on demand and closed when idle.

The directory of the main log's database assigns logs to other databases. A log that is moved is opened again where it
is then, and closed where it was once no request uses it.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import Event, Lock, RLock, Thread

import psycopg

from api.runtime.idle_logs import LogUsage
from api.runtime.log_databases import LogDatabases
from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from domain.errors import Busy
from ledger.ledger import Ledger, open_ledger
from ledger.log_databases import LogElsewhere
from ledger.postgres.connection import away
from ledger.unexpected_errors import logged

IDLE_SECONDS = 600.0
"""A log beside the main one that was unused for so long is closed; the next request opens it again."""

CHECK_SECONDS = 60.0
"""Interval of the search for idle logs."""

StartWorkers = Callable[[TenantServices, Settings], None]
"""Starts the background workers of a log."""


class Tenants:
    """The open logs by tenant."""

    def __init__(self, settings: Settings, start_workers: StartWorkers, background: str | None = None) -> None:
        """`background`: the id of the process that runs the workers, where it is not this one."""
        self.settings = settings
        self._background = background
        self._start_workers = start_workers
        self.logs: dict[str, TenantServices] = {}
        self.on_close: list[Callable[[TenantServices], None]] = []
        """Called with each log that is closed because it was idle, or moved."""
        self.databases = LogDatabases(lambda: self.main.ledger.database)
        self._urls: dict[TenantServices, str | None] = {}
        """The URL of the database of each log beside the main one; None for that of the main log."""
        self._moved: list[TenantServices] = []
        """Logs that are elsewhere by now, and in use by requests that began before."""
        self._usage: LogUsage[TenantServices] = LogUsage()
        self._opening = RLock()
        """Held while logs are opened."""
        self._using = Lock()
        """Held briefly while the set of logs in use is read or changed."""
        self._closing = False
        self._woken = Event()
        self._idle_check: Thread | None = None

    @property
    def main(self) -> TenantServices:
        """The log that is served without API keys."""
        return self.logs[self.settings.tenant]

    def add(self, ledger: Ledger) -> TenantServices:
        """Serve a log that the caller has opened and closes after `close`."""
        return self._serve(ledger, owned=False)

    def open(self, tenant: str) -> TenantServices:
        """The log of an existing tenant, opened if it is not. Raises Busy."""
        if tenant == self.settings.tenant:
            return self.main
        url = self.databases.url_of(tenant)
        if (log := self._opened(tenant, url)) is not None:
            return log  # without waiting for others that are being opened
        with self._opening:
            if (log := self._opened(tenant, url)) is not None:
                return log
            if (log := self.logs.get(tenant)) is not None:
                self._leave_moved(log)
            self._make_room()
            try:
                database = self.databases.at(url)
                conninfo = self.main.ledger.conninfo if url is None else url
                ledger = open_ledger(conninfo, tenant, migrating=False, database=database)
            except psycopg.OperationalError as error:
                raise away(error) from error
            except LogElsewhere as error:
                raise Busy(error.detail, extra={"retry_after": 1}) from error
            log = self._serve(ledger, owned=True, url=url)
            if self._idle_check is None:
                self._idle_check = Thread(target=self._check_idle, name="parley-idle-logs", daemon=True)
                self._idle_check.start()
            return log

    def _opened(self, tenant: str, url: str | None) -> TenantServices | None:
        """The log, if it is open in the database at this URL: it is not idle from now on."""
        with self._using:
            log = self.logs.get(tenant)
            if log is None or self._urls[log] != url:
                return None
            self._usage.opened(log)
            return log

    def is_open(self, log: TenantServices) -> bool:
        """Whether the log has not been closed."""
        return self.logs.get(log.ledger.tenant) is log

    def enter(self, log: TenantServices) -> bool:
        """Keep a log open during a request, until `leave`; false if it has just been closed."""
        if log is self.logs.get(self.settings.tenant):
            return True  # the main log stays open until the server stops
        with self._using:
            if not self.is_open(log):
                return False
            self._usage.enter(log)
            return True

    def leave(self, log: TenantServices) -> None:
        """The request that entered a log has been answered."""
        if log is not self.logs.get(self.settings.tenant):
            with self._using:
                self._usage.leave(log)
            if log in self._moved:
                self._woken.set()

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close the logs that were unused for so long, except those whose workers have work left."""
        with self._using:
            idle = self._usage.idle(self._others(), seconds)
        for log in idle:
            if not log.has_work:
                self._close_unused(log, seconds)

    def look_for_moved(self) -> None:
        """Have the directory read again soon, for logs that were moved to another database. Returns at once."""
        self.databases.clear()
        self._woken.set()

    def close(self) -> None:
        """Close every log."""
        self._closing = True
        self._woken.set()
        if self._idle_check is not None:
            self._idle_check.join()
            self._idle_check = None
        self._closing = False
        with ExitStack() as stack:
            stack.callback(self.databases.close)
            for log in (*self.logs.values(), *self._moved):
                stack.callback(log.stack.close)
        self.logs.clear()
        self._moved.clear()
        self._urls.clear()

    def _serve(self, ledger: Ledger, *, owned: bool, url: str | None = None) -> TenantServices:
        # Of logs in other databases a background process does not learn: each server runs their workers, and one leads.
        background = self._background if url is None else None
        log = TenantServices.open(ledger, self.settings, owned=owned, background=background)
        try:
            self._start_workers(log, self.settings)
            if background is not None or ledger.standby:
                log.ledger.hub  # noqa: B018 - it starts to listen, also for reports of the background process
                log.announce()
        except BaseException:
            log.stack.close()
            raise
        with self._using:
            self._urls[log] = url
            self.logs[ledger.tenant] = log
            self._usage.opened(log)
        return log

    def _make_room(self) -> None:
        """Close the log that was unused longest where the maximum number is open. Raises Busy."""
        while len(self._others()) >= self.settings.logs:
            with self._using:
                idle = self._usage.idle(self._others(), 0.0)
            # Each is asked about by a query, so those that were unused for a shorter time only as needed.
            chosen = next((log for log in idle if not log.has_work), idle[0] if idle else None)
            if chosen is None or not self._close_unused(chosen, 0.0):
                raise Busy(
                    f"{self.settings.logs} logs are open and in use, which is the most; try again in a moment.",
                    extra={"retry_after": 1},
                )

    def _close_unused(self, log: TenantServices, seconds: float) -> bool:
        with self._using:
            if not self.is_open(log) or not self._usage.idle([log], seconds):
                return False
            self._forget(log)
        self._close(log)
        return True

    def _leave_moved(self, log: TenantServices) -> None:
        """End the streams of a log that is elsewhere by now, and close it once no request uses it."""
        with self._using:
            self._forget(log)
            self._moved.append(log)
        with suppress(Busy):
            log.ledger.hub.close()
        self._woken.set()

    def _forget(self, log: TenantServices) -> None:
        """Give the log to no request from now on."""
        self.logs.pop(log.ledger.tenant, None)
        self._urls.pop(log, None)
        for forget in self.on_close:
            forget(log)

    def _close(self, log: TenantServices) -> None:
        log.stack.close()
        with self._using:
            self._usage.closed(log)

    def _others(self) -> list[TenantServices]:
        return [log for tenant, log in list(self.logs.items()) if tenant != self.settings.tenant]

    def _check_idle(self) -> None:
        while not self._closing:
            woken = self._woken.wait(CHECK_SECONDS)
            self._woken.clear()
            with logged("idle-logs-not-closed"):
                with self._opening, suppress(Busy):
                    self._close_moved()
                    self.close_idle()
                    self.databases.close_others({*self._urls.values()})
                if not woken:
                    self.announce()

    def _close_moved(self) -> None:
        """Close the logs that are elsewhere by now, of which no request is under way. Raises Busy."""
        for log in self._others():
            if self.databases.url_of(log.ledger.tenant) != self._urls[log]:
                self._leave_moved(log)
        with self._using:
            unused = [log for log in self._moved if not self._usage.used(log)]
        for log in unused:
            self._moved.remove(log)
            self._close(log)

    def announce(self) -> None:
        """Let the background process know which logs are in use beside the main one."""
        if self._background is None:
            return
        for log in self._others():
            if self._urls.get(log) is None:
                with suppress(Busy):
                    log.announce()
