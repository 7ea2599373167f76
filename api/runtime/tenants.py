"""What a server holds open while it runs: a log for each tenant, and who was recognised lately."""

from asyncio import Semaphore
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Event, Lock, RLock, Thread
from time import monotonic

from api import limits
from api.events.time_feed import TimeFeed
from api.runtime.log_usage import LogUsage
from api.runtime.metrics import Metrics
from api.runtime.query_pool import QueryPool
from api.runtime.rate_limit import Rate
from api.runtime.response_cache import MadeOnce, ResponseCache
from api.settings import Settings
from api.webhooks.delivery import DeliveryWorker
from domain.errors import Busy
from ledger.api_keys import Access, Role, tenant_of
from ledger.event_reader import Reader as Record
from ledger.ledger import Ledger, open_ledger
from ledger.maintenance.readiness import Readiness
from ledger.maintenance.worker_status import WorkerStatus
from ledger.merkle.note import Key
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import KeyUnusable, log_folder
from ledger.tlog.timestamping import TimestampWorker, certificates
from ledger.tlog.transparency_log import TransparencyLog
from ledger.webhook_outbox import Webhooks
from projections import keyed_digest
from projections.keyed_digest import Authenticator
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.state.state_reader import StateReader, clock
from projections.temporal.service import Queries

RECALL_SECONDS = 5.0
"""For so long a key counts without being looked up: a key revoked by another process opens doors for so long."""

KEYS_RECALLED = 10_000

IDLE_LOG_SECONDS = 600.0
"""A log beside the main one that nobody has used for so long is closed, and opened again when it is asked for."""

TIDY_SECONDS = 60.0
"""Between looks for idle logs."""


@dataclass(frozen=True)
class Log:
    """The record of one tenant, and who reads it."""

    ledger: Ledger
    reader: StateReader
    runner: Runner | None = None
    """Who keeps its projections up to date, where that is done here, as signing then is."""
    workers: list[WorkerStatus] = field(default_factory=list)
    """How those fare who work for it in the background."""
    witnesses: tuple[Key, ...] = ()
    """Whose cosignatures on its tree heads count."""
    folder: Path = Path()
    """Where its signer keeps its keys and its last head."""
    stack: ExitStack = field(default_factory=ExitStack)
    """What is closed with it."""

    @cached_property
    def queries(self) -> Queries:
        """Its answers to questions about time."""
        return Queries(self.reader)

    @cached_property
    def calendars(self) -> MadeOnce:
        """Its calendars of all deals, by what was asked of them."""
        return MadeOnce(limits.CALENDARS_KEPT)

    @cached_property
    def seals(self) -> TransparencyLog:
        """Its tree and what it signed."""
        return TransparencyLog(self.ledger, self.witnesses)

    @cached_property
    def readiness(self) -> Readiness:
        """Whether it can be recorded in and read."""
        return Readiness(self.ledger)

    @cached_property
    def times(self) -> TimeFeed:
        """What time makes of it, for streams."""
        return TimeFeed(self.reader)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Whom it tells."""
        return Webhooks(self.ledger)

    @cached_property
    def access(self) -> Access:
        """Its keys."""
        return Access(self.ledger, self.ledger.tenant)


@dataclass(frozen=True, slots=True)
class CachedKey:
    """A key that was recognised."""

    principal: str
    role: Role
    log: Log
    until: float


class Runtime:
    """The logs that are open, by tenant. One per application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.hot = ResponseCache()
        self.metrics = Metrics()
        self.rate = Rate(settings.rate)
        self.pool = QueryPool(settings.queries, settings.query_seconds, settings.bundle_seconds)
        self.logs: dict[str, Log] = {}
        self.importing = Semaphore(limits.IMPORTS_AT_ONCE)
        """Held by each import while it is judged and recorded."""
        self.streams = 0
        """Live streams that are open."""
        self.stack = ExitStack()
        self._usage = LogUsage()
        self._admitted: dict[bytes, CachedKey] = {}
        self._lock = RLock()
        """Held while logs are opened."""
        self._entering = Lock()
        """Held for moments, while it is decided which logs are in use."""
        self._closing = Event()
        self._tidying: Thread | None = None
        self._asks = False
        self._asked_again = 0.0

    @property
    def main(self) -> Log:
        """The log of a server without keys."""
        return self.logs[self.settings.tenant]

    @property
    def open(self) -> bool:
        """Whether nobody has to show a key, as far as was seen lately."""
        return self.settings.disable_auth or (not self._asks and monotonic() < self._asked_again)

    def asks_for_keys(self) -> bool:
        """Whether a key was ever made for the main log: from then on everybody shows one. Raises Busy."""
        if not self._asks and not self.settings.disable_auth:
            self._asks = bool(self.main.access.all())
            self._asked_again = monotonic() + RECALL_SECONDS
        return self._asks

    def recall(self, key: str) -> CachedKey | None:
        """A key that was recognised lately."""
        found = self._admitted.get(_mark(key))
        return found if found is not None and monotonic() < found.until else None

    def recognise(self, key: str) -> CachedKey | None:
        """Whose key this is; None for one that is unknown, expired or revoked. Raises Busy."""
        tenant = tenant_of(key)
        if tenant is None:
            return None
        access = Access(Record(self.main.ledger.pool, tenant), tenant)
        found = access.of(key)
        if found is None or not found.holds(clock()):
            return None
        access.note_use(found.id)
        until = monotonic() + RECALL_SECONDS
        if found.expires_at is not None:
            until = min(until, monotonic() + (found.expires_at - clock()) / 1_000_000)
        admitted = CachedKey(found.principal, found.role, self.log_of(tenant), until)
        if len(self._admitted) >= KEYS_RECALLED:
            self._admitted.clear()
        self._admitted[_mark(key)] = admitted
        return admitted

    def forget_keys(self) -> None:
        """Keys were made or revoked: look each up again."""
        self._admitted.clear()
        self._asked_again = 0.0

    def log_of(self, tenant: str) -> Log:
        """The log of a tenant that has one, opened when it is asked for. Raises Busy."""
        with self._lock:
            with self._entering:
                log = self.logs.get(tenant)
                if log is not None:
                    self._usage.opened(tenant)
                    return log
            self._make_room()
            main = self.main.ledger
            log = self._serve(open_ledger(main.conninfo, tenant, migrating=False, pool=main.pool), owned=True)
            if self._tidying is None:
                self._tidying = Thread(target=self._tidy, name="parley-idle-logs", daemon=True)
                self._tidying.start()
            return log

    def enter(self, log: Log) -> bool:
        """Keep a log open for a request, until it leaves; false where it was closed just now."""
        if log is self.logs.get(self.settings.tenant):
            return True  # never closed before the server is
        with self._entering:
            if self.logs.get(log.ledger.tenant) is not log:
                return False
            self._usage.enter(log.ledger.tenant)
            return True

    def leave(self, log: Log) -> None:
        """A request that entered a log was answered."""
        if log is not self.logs.get(self.settings.tenant):
            with self._entering:
                self._usage.leave(log.ledger.tenant)

    def close_idle(self, seconds: float = IDLE_LOG_SECONDS) -> None:
        """Close the logs that nobody has used for so long, but those that have messages to send at any time."""
        with self._entering:
            idle = self._usage.idle(self._others(), seconds)
        for tenant in idle:
            log = self.logs.get(tenant)
            if log is not None and not _sends(log):
                self._close_unused(tenant, seconds)

    def _make_room(self) -> None:
        """Close the log that was unused for the longest where no further one may be opened. Raises Busy."""
        while len(self._others()) >= self.settings.logs:
            with self._entering:
                idle = self._usage.idle(self._others(), 0.0)
            idle.sort(key=lambda tenant: _sends(self.logs[tenant]))
            if not any(self._close_unused(tenant, 0.0) for tenant in idle[:1]):
                raise Busy(
                    f"{self.settings.logs} logs are open and in use, which is the most; try again in a moment.",
                    extra={"retry_after": 1},
                )

    def _close_unused(self, tenant: str, seconds: float) -> bool:
        with self._entering:
            if not self._usage.idle([tenant], seconds):
                return False
            log = self.logs.pop(tenant, None)
            self._usage.closed(tenant)
            self._admitted = {mark: each for mark, each in self._admitted.items() if each.log is not log}
        if log is None:
            return False
        log.stack.close()
        return True

    def _others(self) -> list[str]:
        return [tenant for tenant in list(self.logs) if tenant != self.settings.tenant]

    def _tidy(self) -> None:
        while not self._closing.wait(TIDY_SECONDS):
            with self._lock:
                self.close_idle()

    def keep(self, ledger: Ledger) -> Log:
        """Serve this log until the house is closed; tend it, if the settings say so. Who opened it closes it."""
        return self._serve(ledger, owned=False)

    def _serve(self, ledger: Ledger, *, owned: bool) -> Log:
        folder = log_folder(self.settings.data.expanduser(), ledger.origin)
        derivations = WorkerStatus("derivations", ledger.tenant)
        reader = StateReader(ledger, authenticator=self._authenticator(folder, derivations))
        runner = Runner(ledger, PROJECTIONS, reader) if self.settings.run_workers else None
        log = Log(ledger, reader, runner, [derivations], self.settings.witnesses, folder)
        if owned:
            log.stack.enter_context(ledger)
        try:
            self._start(log)
        except BaseException:
            log.stack.close()
            raise
        with self._entering:
            self.logs[ledger.tenant] = log
            self._usage.opened(ledger.tenant)
        return log

    def _start(self, log: Log) -> None:
        """Start who works for a log in the background."""
        ledger, runner = log.ledger, log.runner
        log.stack.callback(log.reader.close)
        log.stack.callback(log.readiness.close)
        if runner is not None:
            log.stack.enter_context(runner)
            signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, log.folder)
            signer.start()
            log.stack.callback(signer.close)
            sender = log.stack.enter_context(
                DeliveryWorker(ledger, log.reader, private=self.settings.webhooks_allow_private)
            )
            log.workers.extend((runner.status, signer.status, sender.status))
            ledger.on_commit.append(signer.wake)
            if self.settings.timestamp_url is not None:
                certificate = self.settings.timestamp_certificate
                roots = certificates(certificate.read_bytes()) if certificate is not None else []
                stamper = TimestampWorker(log.seals, self.settings.timestamp_url, roots)
                stamper.start()
                log.stack.callback(stamper.close)
                log.workers.append(stamper.status)

    def _authenticator(self, folder: Path, status: WorkerStatus) -> Authenticator | None:
        """By whose key stored derivations are trusted; None where there is none, and all is derived here."""
        try:
            return keyed_digest.obtain(folder, make=self.settings.run_workers)
        except (KeyUnusable, OSError) as error:
            status.failed(error)
            return None

    def failures(self) -> list[dict[str, str]]:
        """The workers whose last attempt failed, and why; of logs other than the main one without the reason, which
        is nobody else's business. Paths are told from the data folder."""
        data = str(self.settings.data.expanduser())
        return [
            {"worker": worker.worker, "code": failure.code}
            | ({"detail": failure.detail.replace(data, "DATA")} if log is self.main else {})
            for log in list(self.logs.values())
            for worker in log.workers
            if (failure := worker.failure) is not None
        ]

    def end_streams(self) -> None:
        """The server stops: let every stream and every costly query end by itself."""
        self.pool.cancel()
        for log in list(self.logs.values()):
            log.ledger.hub.close()

    def close(self) -> None:
        """End every costly query and close every log."""
        self.pool.close()
        # An application may be started again: its threads begin when they are first needed.
        self.pool = QueryPool(self.settings.queries, self.settings.query_seconds)
        self._closing.set()
        if self._tidying is not None:
            self._tidying.join()
            self._tidying = None
        self._closing.clear()
        with self.stack, ExitStack() as logs:
            for log in self.logs.values():
                logs.callback(log.stack.close)
        self.logs.clear()


def _sends(log: Log) -> bool:
    """Whether messages are sent for a log while nobody asks for it: time alone can make one due."""
    try:
        return log.runner is not None and any(webhook.active for webhook in log.webhooks.all())
    except Busy:
        return True


def _mark(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
