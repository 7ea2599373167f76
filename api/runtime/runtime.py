"""What an application holds while it runs: open logs, caches, limits, metrics. One per application."""

from asyncio import Semaphore
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any

from api import limits
from api.runtime.answers import WorkerFailure
from api.runtime.background_jobs import BackgroundJobs
from api.runtime.database_wait import ATTEMPT_SECONDS, AWAITED, DatabaseWait
from api.runtime.key_cache import KeyCache
from api.runtime.metrics import Metrics
from api.runtime.public_logs import PublicLogs
from api.runtime.query_pool import QueryPool
from api.runtime.query_processes import QueryProcesses
from api.runtime.rate_limit import RateLimit
from api.runtime.response_cache import ResponseCache
from api.runtime.tenant_services import TenantServices
from api.runtime.tenants import StartWorkers, Tenants
from api.settings import Settings
from domain.errors import ParleyError
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.embedded.server import Embedded


class WouldBeOpen(ParleyError):
    """The server would listen beyond this machine without requiring API keys."""

    code = "would-be-open"


class Runtime:
    """The resources of an application, from `open` to `close`. A ledger that is given stays open after it."""

    def __init__(
        self,
        settings: Settings,
        start_workers: StartWorkers,
        ledger: Ledger | None = None,
        background: str | None = None,
    ) -> None:
        """`background`: the id of the process that runs the workers, where it is not this one."""
        self.settings = settings
        self.background = background
        self.tenants = Tenants(settings, start_workers, background)
        self.keys = KeyCache(self.tenants, disable_auth=settings.disable_auth)
        self.public_logs = PublicLogs(self.tenants)
        self.responses = ResponseCache()
        self.metrics = Metrics()
        self.rate = RateLimit(settings.rate)
        self.pool = self._new_pool()
        self.processes = QueryProcesses(settings)
        self.importing = Semaphore(limits.IMPORTS_AT_ONCE)
        """Held by each import while it is validated and recorded."""
        self.imports: BackgroundJobs[Any] = BackgroundJobs()
        """Imports that were answered with 202."""
        self.streams = 0
        """Open live streams."""
        self.waiting = False
        """Whether the database is waited for; requests are refused meanwhile."""
        self.failure: Exception | None = None
        """Why it could not be opened after a wait."""
        self._ledger = ledger
        self._stack = ExitStack()
        self._closing = Event()
        self._opener: Thread | None = None

    @property
    def main(self) -> TenantServices:
        """The log that is served without API keys."""
        return self.tenants.main

    def open(self) -> None:
        """Open the ledger of the settings, if it is neither given nor open, and start its workers.

        Raises WouldBeOpen, and the errors of EmbeddedError and of open_ledger.
        """
        if not self.tenants.logs and not self.waiting:
            self._open()

    def open_or_wait(self, opened: Callable[[], None]) -> None:
        """`open`; where the database is not available yet, try again each second in a thread.

        `opened` is called once it is open, or cannot be opened for another reason (`failure`).
        """
        wait = DatabaseWait(self.settings.database)
        try:
            self.open()
        except AWAITED as error:
            if not wait.expects(error):
                raise
            self._release()
            self.waiting = True
            self._opener = Thread(target=self._keep_trying, args=(wait, opened), name="parley-opener", daemon=True)
            self._opener.start()
        else:
            opened()

    def _keep_trying(self, wait: DatabaseWait, opened: Callable[[], None]) -> None:
        while not self._closing.wait(ATTEMPT_SECONDS):
            try:
                self._open()
            except Exception as error:  # noqa: BLE001 - the thread of the server raises it
                self._release()
                if wait.expects(error):
                    continue
                self.failure = error
            else:
                self.waiting = False
            opened()
            return

    def _open(self) -> None:
        self.tenants.add(self._ledger or self._open_ledger())
        on_keys = self.main.ledger.database.listener.on_keys
        calls = [self.tenants.look_for_moved, self.keys.clear, self.public_logs.clear]
        self.tenants.databases.on_keys = calls
        for called in calls:
            on_keys.append(called)
            self._stack.callback(on_keys.remove, called)
        if not self.settings.local and not self.keys.required():
            raise WouldBeOpen(
                f"Requests without an API key are served here, so {self.settings.host} is refused: "
                "listen on 127.0.0.1, or make a key first with parley keys."
            )

    def _open_ledger(self) -> Ledger:
        url = database_url(self.settings, self._stack)
        return self._stack.enter_context(open_ledger(url, self.settings.tenant, origin=self.settings.origin))

    def failures(self) -> list[WorkerFailure]:
        """The workers whose last attempt failed, and why; for logs other than the main one without the reason, which
        may hold their data."""
        found: list[WorkerFailure] = []
        for log in list(self.tenants.logs.values()):
            for worker in log.workers:
                if (failure := worker.failure) is not None:
                    shown: WorkerFailure = {"worker": worker.worker, "code": failure.code}
                    if log is self.main:
                        shown["detail"] = failure.detail
                    found.append(shown)
            # A background process on a standby is idle, and cannot report.
            for reported in [] if log.ledger.standby else log.reported.workers():
                if reported.code is not None:
                    shown = {"worker": reported.worker, "code": reported.code}
                    if log is self.main:
                        shown["detail"] = reported.detail
                    found.append(shown)
        return found

    def end_streams(self) -> None:
        """End every live stream and costly query, so that the server can stop."""
        self.pool.cancel()
        self.imports.cancel()
        for log in list(self.tenants.logs.values()):
            log.ledger.hub.close()

    def close(self) -> None:
        """Close what `open` opened. The runtime may be opened again."""
        self._closing.set()
        if self._opener is not None:
            self._opener.join()
            self._opener = None
        self._closing.clear()
        self.waiting = False
        self._release()

    def _release(self) -> None:
        self.imports.close()
        self.public_logs.clear()
        self.pool.close()
        self.processes.close()
        self.pool = self._new_pool()  # its threads start on first use
        self.processes = QueryProcesses(self.settings)
        with self._stack:
            self.tenants.close()

    def _new_pool(self) -> QueryPool:
        settings = self.settings
        return QueryPool(settings.queries, settings.query_seconds, settings.bundle_seconds)


def database_url(settings: Settings, stack: ExitStack) -> str:
    """The database of the settings; the embedded server, where they name none, is used until the stack is closed.

    Raises EmbeddedError.
    """
    if settings.database is not None:
        return settings.database
    embedded = Embedded(settings.data).start()
    stack.callback(embedded.stop)
    return embedded.url
