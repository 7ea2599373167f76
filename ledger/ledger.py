"""The facade of one log: append, read, subscribe.

with open_ledger("postgresql://...", tenant="default") as ledger:
    receipt = ledger.append.appender(Request((submission,), by="desk")).result()
    lines = [ledger.line(recorded) for recorded in ledger.read_deal("tiktok")]
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from threading import Lock
from types import TracebackType

from domain.envelope import RecordedEvent, Submission
from domain.errors import Busy
from ledger.append.appender import Appender
from ledger.append.bulk_import import Import, Progress
from ledger.append.writer import Writer
from ledger.database import Database
from ledger.encoding import event_codec
from ledger.event_reader import LogReader
from ledger.log_databases import LogElsewhere, entered_url
from ledger.models import Imported, Recorded, Request
from ledger.postgres.connection import Pool, connect, set_tenant
from ledger.postgres.migrations import migrate
from ledger.sql import sql
from ledger.subscription.hub import Hub
from ledger.subscription.listener import OnReport, Subscription
from ledger.unexpected_errors import call_each

DEFAULT_TENANT = "default"


class Ledger(LogReader):
    """One log. Safe to share between threads and event loops; one per log and process."""

    def __init__(self, database: Database, tenant: str, origin: str, *, owns_database: bool = True) -> None:
        super().__init__(database.pool, tenant, origin)
        self.database = database
        self._owns_database = owns_database
        self.conninfo = database.conninfo
        self.appender = Appender(database.append_threads, tenant, origin, self._committed, self.names_near)
        self.append = self.appender.append
        self.append_soon = self.appender.append_soon
        self.on_commit: list[Callable[[], None]] = []
        """Called after each batch that this process has recorded; they must return at once."""
        self.on_report: OnReport | None = None
        """Called with each report of the log's workers in another process, from the first use of `hub` on."""
        self._opening = Lock()
        self._hub: Hub | None = None
        self._subscription: Subscription | None = None

    def importing(self, by: str, *, lenient: bool = True) -> Import:
        """An import that is begun, to be closed in the end; see ledger.append.bulk_import."""
        return Import(
            lambda: Writer(self.conninfo, self.tenant),
            self.origin,
            self._committed,
            self.names_near,
            by,
            lenient=lenient,
        )

    def import_batch(
        self,
        submissions: Iterable[Submission],
        by: str,
        *,
        lenient: bool = True,
        partial: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Imported:
        """Record what is new of these; with any refusal nothing, unless `partial`. Blocks until it is on disk.

        A conflict that another writer makes between two chunks stops a whole import half way: it is reported as
        refused, and what was recorded is counted. Raises Busy.
        """
        with closing(self.importing(by, lenient=lenient)) as job:
            for index, submission in enumerate(submissions):
                job.add(index, submission)
            job.compare()
            stands = partial or not job.refused
            if stands and not dry_run:
                job.write(partial=partial, progress=progress)
            return Imported(
                job.left if dry_run and stands else job.recorded,
                job.repeated,
                tuple(job.spool.refusals()),
                tuple(job.spool.warnings()),
                job.position,
                tuple(job.spool.deals()),
            )

    @property
    def hub(self) -> Hub:
        """The subscription hub of the log; it starts to listen on first use. Raises Busy."""
        with self._opening:
            if self._hub is None:
                hub = Hub(self.read_log, self.head().position)
                self._subscription = self.database.listener.add(self.tenant, self, hub, self.on_report)
                self._hub = hub
            return self._hub

    @property
    def position_at_hand(self) -> int | None:
        """The last position that the hub has handed on; None before its first use."""
        return self._hub.position if self._hub is not None else None

    def recent_of(self, deal_id: str, after: int, after_version: int, version: int) -> list[Recorded] | None:
        """The rows of a deal after one at a position and of a version, up to a version, where the hub has them all at
        hand; None where they are read from the table."""
        recent = self._hub.recent(after) if self._hub is not None else None
        rows = [row for row in recent or () if row.deal_id == deal_id and after_version < row.version <= version]
        return rows if rows and rows[-1].version == version and len(rows) == version - after_version else None

    def _committed(self, rows: Sequence[Recorded]) -> None:
        if self._hub is not None:
            self._hub.publish(rows)
        call_each(self.on_commit)

    @staticmethod
    def line(recorded: Recorded) -> RecordedEvent:
        """The recorded event of a row."""
        return event_codec.line(recorded)

    def close(self) -> None:
        """Finish queued requests and close the connections."""
        self.appender.close()
        if self._hub is not None and self._subscription is not None:
            self._hub.close()
            self.database.listener.remove(self._subscription)
            self._subscription = None
        if self._owns_database:
            self.database.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(
    url: str,
    tenant: str = DEFAULT_TENANT,
    *,
    origin: str | None = None,
    migrating: bool = True,
    database: Database | None = None,
) -> Ledger:
    """The log of a tenant, its database brought to the newest schema, the log begun if it is new.

    `origin` names a new log; without it one is made up. What other open logs of the `database` use is shared with them,
    and closed by whichever opened it. On a hot standby nothing is migrated and no log begun. Raises MigrationRefused,
    LogElsewhere, Busy for a log that a standby does not have yet, and psycopg.OperationalError where the server does
    not answer.
    """
    if migrating:
        migrate(url)
    used = database or Database(url)
    try:
        return Ledger(used, tenant, _origin(url, used.pool, tenant, origin), owns_database=database is None)
    except BaseException:
        if database is None:
            used.close()
        raise


def _origin(url: str, pool: Pool, tenant: str, wanted: str | None) -> str:
    """The origin of a log, which is begun where that is possible and it is new."""
    with connect(url) as connection:
        standby = pool.server.observe(connection)
        with connection.transaction():
            set_tenant(connection, tenant)
            if entered_url(connection, tenant) is not None:
                raise LogElsewhere(
                    f"The log {tenant!r} is in another database, by the directory of this one: parley logs names it."
                )
            if not standby:
                connection.execute(sql("insert_log").encode(), {"tenant": tenant, "origin": wanted})
            found = connection.execute(sql("log_origin").encode(), {"tenant": tenant}).fetchone()
    if found is None:
        raise Busy(
            f"The replica does not have the log {tenant!r}: it begins on the primary, when a server there opens it.",
            extra={"retry_after": 1},
        )
    return str(found[0])


__all__ = ["DEFAULT_TENANT", "Ledger", "Request", "open_ledger"]
