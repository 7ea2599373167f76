"""The log of one tenant, and the services that read and write it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from api import limits
from api.runtime.current_moment import CurrentMoment
from api.runtime.response_cache import StampedCache
from api.runtime.worker_reports import ReportedWorkers, TableProgress
from api.settings import Settings
from domain.errors import Busy
from ledger.api_keys import Access
from ledger.deal_lists import DealLists
from ledger.ledger import Ledger
from ledger.maintenance.readiness import Readiness
from ledger.maintenance.worker_status import WorkerStatus
from ledger.merkle.note import Key
from ledger.tlog.signing_keys import KeyUnusable, LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from ledger.webhook_outbox import Webhooks
from projections import keyed_digest
from projections.event_warnings import EventWarnings
from projections.keyed_digest import Authenticator
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.state.state_reader import StateReader
from projections.temporal.book_digest import BookDigest
from projections.temporal.service import TemporalQueries
from projections.temporal.time_feed import TimeFeed


@dataclass(frozen=True, eq=False)
class TenantServices:
    """The services of one tenant's log. Closing `stack` stops its workers and closes what was opened for it."""

    ledger: Ledger
    reader: StateReader
    runner: Runner | None = None
    """Updates the projections; None where another process does, which also signs then."""
    reported: ReportedWorkers = field(default_factory=ReportedWorkers)
    """The workers in other processes."""
    workers: list[WorkerStatus] = field(default_factory=list)
    """Status of each background worker in this process."""
    leads: dict[str, Callable[[], bool]] = field(default_factory=dict)
    """Whether a worker in this process does the work, for those of which one of several processes does."""
    unfinished: list[Callable[[], bool]] = field(default_factory=list)
    """Whether a worker in this process has work left that it does without requests, such as what time makes due."""
    witnesses: tuple[Key, ...] = ()
    """Keys of the witnesses whose cosignatures are accepted."""
    folders: LogFolders = field(default_factory=lambda: LogFolders(Path(), Path()))
    """Folders of the keys and of the last signed head."""
    stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(
        cls, ledger: Ledger, settings: Settings, *, owned: bool, background: str | None = None
    ) -> "TenantServices":
        """The services of an open log, without its workers (see api.workers). An `owned` ledger is closed with them.

        `background` is the id of the process that runs the workers, where it is not this one.
        """
        folders = LogFolders.find(ledger.origin, settings.data, settings.keys)
        derivations = WorkerStatus("derivations", ledger.tenant)
        ledger.pool.server.replica |= settings.writer is not None or settings.writer_url is not None
        if settings.writer is not None:
            ledger.pool.use_primary(settings.writer)
        # On a standby the key of the primary's host is used, if it was copied: one of its own would verify nothing.
        authenticator = _authenticator(folders.keys, derivations, make=settings.run_workers and not ledger.standby)
        reader = StateReader(
            ledger,
            authenticator=authenticator,
            find_authenticator=partial(_authenticator, folders.keys, derivations, make=False),
        )
        runner = Runner(ledger, PROJECTIONS, reader) if settings.run_workers and background is None else None
        reported = ReportedWorkers(background)
        services = cls(ledger, reader, runner, reported, [derivations], witnesses=settings.witnesses, folders=folders)
        if owned:
            services.stack.enter_context(ledger)
        if runner is None:
            ledger.on_report = reported.receive
        services.stack.callback(services.readiness.close)
        return services

    @property
    def has_work(self) -> bool:
        """Whether its workers have work left without requests; while the database is unreachable, that is assumed."""
        try:
            return any(unfinished() for unfinished in self.unfinished)
        except Busy:
            return True

    @property
    def progress(self) -> TableProgress | None:
        """How far the projections have come; None where no process is known that updates them.

        Those of a standby are updated on the primary, of which no reports come here.
        """
        if self.ledger.standby:
            return self.reported
        if self.runner is not None:
            return self.runner
        return self.reported if self.reported.expected else None

    def announce(self) -> None:
        """Let the background process know that the log is in use. Raises Busy."""
        if not self.ledger.standby:
            self.ledger.rows("announce_log")

    @cached_property
    def queries(self) -> TemporalQueries:
        """Temporal queries."""
        return TemporalQueries(self.reader)

    @cached_property
    def digests(self) -> BookDigest:
        """Digests across deals."""
        return BookDigest(self.queries)

    @cached_property
    def current(self) -> CurrentMoment:
        """The moment of answers across deals as of now."""
        return CurrentMoment(self.reader.now)

    @cached_property
    def warnings(self) -> EventWarnings:
        """Warnings about recorded events."""
        return EventWarnings(self.reader)

    @cached_property
    def calendars(self) -> StampedCache:
        """Calendars of all deals, by request."""
        return StampedCache(limits.CALENDARS_KEPT)

    @cached_property
    def transparency_log(self) -> TransparencyLog:
        """The transparency log."""
        return TransparencyLog(self.ledger, self.witnesses)

    @cached_property
    def readiness(self) -> Readiness:
        """Whether the log can be written and read."""
        return Readiness(self.ledger)

    @cached_property
    def times(self) -> TimeFeed:
        """Events that time alone causes, for streams."""
        return TimeFeed(self.reader)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Webhooks and their outbox."""
        return Webhooks(self.ledger)

    @cached_property
    def deal_lists(self) -> DealLists:
        """Named lists of deals."""
        return DealLists(self.ledger)

    @cached_property
    def access(self) -> Access:
        """API keys."""
        return Access(self.ledger, self.ledger.tenant)


def _authenticator(folder: Path, status: WorkerStatus, *, make: bool) -> Authenticator | None:
    """Verifies stored derivations; None where there is no key, and everything is derived from the record."""
    try:
        found = keyed_digest.load_authenticator(folder, make=make)
    except (KeyUnusable, OSError) as error:
        status.failed(error)
        return None
    status.succeeded()
    return found
