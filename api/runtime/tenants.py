"""The logs that are open: the main one, and those of other tenants, which are opened on demand and closed when idle."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import Event, Lock, RLock, Thread

import psycopg

from api.runtime.idle_logs import LogUsage
from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from domain.errors import Busy
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.connection import away

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
        """Called with each log that is closed because it was idle."""
        self._usage = LogUsage()
        self._opening = RLock()
        """Held while logs are opened."""
        self._using = Lock()
        """Held briefly while the set of logs in use is read or changed."""
        self._closing = Event()
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
        with self._opening:
            with self._using:
                log = self.logs.get(tenant)
                if log is not None:
                    self._usage.opened(tenant)
                    return log
            self._make_room()
            main = self.main.ledger
            try:
                ledger = open_ledger(main.conninfo, tenant, migrating=False, database=main.database)
            except psycopg.OperationalError as error:
                raise away(error) from error
            log = self._serve(ledger, owned=True)
            if self._idle_check is None:
                self._idle_check = Thread(target=self._check_idle, name="parley-idle-logs", daemon=True)
                self._idle_check.start()
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
            self._usage.enter(log.ledger.tenant)
            return True

    def leave(self, log: TenantServices) -> None:
        """The request that entered a log has been answered."""
        if log is not self.logs.get(self.settings.tenant):
            with self._using:
                self._usage.leave(log.ledger.tenant)

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close the logs that were unused for so long, except those with active webhooks, which time can trigger."""
        with self._using:
            idle = self._usage.idle(self._others(), seconds)
        for tenant in idle:
            log = self.logs.get(tenant)
            if log is not None and not _has_webhooks(log):
                self._close_unused(tenant, seconds)

    def close(self) -> None:
        """Close every log."""
        self._closing.set()
        if self._idle_check is not None:
            self._idle_check.join()
            self._idle_check = None
        self._closing.clear()
        with ExitStack() as stack:
            for log in self.logs.values():
                stack.callback(log.stack.close)
        self.logs.clear()

    def _serve(self, ledger: Ledger, *, owned: bool) -> TenantServices:
        log = TenantServices.open(ledger, self.settings, owned=owned, background=self._background)
        try:
            self._start_workers(log, self.settings)
            if self._background is not None or ledger.standby:
                log.ledger.hub  # noqa: B018 - it starts to listen, also for reports of the background process
                log.announce()
        except BaseException:
            log.stack.close()
            raise
        with self._using:
            self.logs[ledger.tenant] = log
            self._usage.opened(ledger.tenant)
        return log

    def _make_room(self) -> None:
        """Close the log that was unused longest where the maximum number is open. Raises Busy."""
        while len(self._others()) >= self.settings.logs:
            with self._using:
                idle = self._usage.idle(self._others(), 0.0)
            idle.sort(key=lambda tenant: _has_webhooks(self.logs[tenant]))
            if not any(self._close_unused(tenant, 0.0) for tenant in idle[:1]):
                raise Busy(
                    f"{self.settings.logs} logs are open and in use, which is the most; try again in a moment.",
                    extra={"retry_after": 1},
                )

    def _close_unused(self, tenant: str, seconds: float) -> bool:
        with self._using:
            if not self._usage.idle([tenant], seconds):
                return False
            log = self.logs.pop(tenant, None)
            self._usage.closed(tenant)
        if log is None:
            return False
        for forget in self.on_close:
            forget(log)
        log.stack.close()
        return True

    def _others(self) -> list[str]:
        return [tenant for tenant in list(self.logs) if tenant != self.settings.tenant]

    def _check_idle(self) -> None:
        while not self._closing.wait(CHECK_SECONDS):
            with self._opening:
                self.close_idle()
            self.announce()

    def announce(self) -> None:
        """Let the background process know which logs are in use beside the main one."""
        if self._background is None:
            return
        for log in [self.logs[tenant] for tenant in self._others()]:
            with suppress(Busy):
                log.announce()


def _has_webhooks(log: TenantServices) -> bool:
    """Whether webhooks of a log are delivered here; while the database is unreachable, that is assumed."""
    try:
        return log.runner is not None and any(webhook.active for webhook in log.webhooks.list_webhooks())
    except Busy:
        return True
