"""Reads of one log: each method is one transaction of one round trip."""

from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any

from psycopg_pool import PoolTimeout, TooManyRequests

from domain.errors import Busy
from domain.nearest_names import CANDIDATES
from domain.time.instants import SECOND, Moment, iso
from domain.unknown_references import DEAL, EVENT
from ledger.append.writer import lock_key
from ledger.models import DealHead, LogHead, Recorded
from ledger.postgres import binary_arrays
from ledger.postgres.connection import SINCE_2000, Pool, one_statement
from ledger.sql import sql

LARGEST_PAGE = 10_000
"""Rows that one call of read_log returns at most."""

EVENT_IDS_NEAR = 500
"""Ids of events on either side of one that is not known, among which the nearest are looked for."""

DEALS_NEAR = 100
"""Ids of deals on either side of one that is not known."""

JUST_NOW = SECOND
"""What was recorded so shortly ago may still be under way to its readers."""

REPLAY_WAIT_SECONDS = 5.0
"""For so long a standby waits for what the primary recorded until a moment."""

REPLAY_LOOK_SECONDS = 0.05

Rows = list[tuple[Any, ...]]


class EventReader:
    """The record of one tenant. Safe to share between threads. Methods raise Busy without a database."""

    def __init__(self, pool: Pool, tenant: str) -> None:
        self._pool = pool
        self._tenant = tenant

    def head(self) -> LogHead:
        """The end of the log."""
        [(_, position, recorded_at)] = self.rows("log_head")
        return LogHead(position or 0, recorded_at or 0)

    def deal_head(self, deal_id: str) -> DealHead | None:
        """The end of a deal's record; None where the log has no such deal."""
        found = self.deal_heads([deal_id])
        return found[0] if found else None

    def deal_heads(self, deal_ids: Sequence[str]) -> list[DealHead]:
        """The end of the record of each of these deals that the log has."""
        return [DealHead._make(row) for row in self.rows("deal_heads", deals=binary_arrays.texts(deal_ids))]

    def deals(self) -> list[DealHead]:
        """The end of every deal's record, by deal id."""
        return [DealHead._make(row) for row in self.rows("all_deal_heads")]

    def deals_after(self, position: int) -> list[str]:
        """The deals of the events after a position, by id."""
        return [deal_id for (deal_id,) in self.rows("deals_after", after=position)]

    def read_deal(
        self, deal_id: str, after_version: int = 0, to_version: int | None = None, limit: int | None = None
    ) -> list[Recorded]:
        """A deal's record in the order of recording, from `after_version` (exclusive) to `to_version` (inclusive)."""
        rows = self.rows("deal_events", deal=deal_id, after=after_version, to=to_version or 2**31 - 1, limit=limit)
        return [Recorded._make(row) for row in rows]

    def read_log(
        self, after_position: int, limit: int = LARGEST_PAGE, to_position: int | None = None
    ) -> list[Recorded]:
        """The log in the order of positions, without gaps: only committed events are visible."""
        rows = self.rows(
            "log_events", after=after_position, to=to_position or 2**63 - 1, limit=min(limit, LARGEST_PAGE)
        )
        return [Recorded._make(row) for row in rows]

    def read_deals(
        self, deal_ids: Sequence[str], after_position: int, limit: int, to_position: int | None
    ) -> list[Recorded]:
        """The events of some deals in the order of positions."""
        rows = self.rows(
            "listed_events", deals=binary_arrays.texts(deal_ids), after=after_position, to=to_position or 2**63 - 1,
            limit=min(limit, LARGEST_PAGE),
        )  # fmt: skip
        return [Recorded._make(row) for row in rows]

    def last_of_deals(self, deal_ids: Sequence[str], limit: int) -> list[Recorded]:
        """The last events of some deals in the order of positions."""
        rows = self.rows("last_listed_events", deals=binary_arrays.texts(deal_ids), limit=limit)
        return [Recorded._make(row) for row in rows]

    def event(self, event_id: str) -> Recorded | None:
        """One event by its id; None where the log has no such event."""
        found = self.events([event_id])
        return found[0] if found else None

    def events(self, event_ids: Sequence[str]) -> list[Recorded]:
        """Those of these events that the log has."""
        return [Recorded._make(row) for row in self.rows("events_by_id", ids=binary_arrays.texts(event_ids))]

    def leaves(self, after_position: int, limit: int = LARGEST_PAGE) -> list[tuple[int, bytes, bytes]]:
        """Position, leaf and leaf hash, in the order of positions: what the Merkle tree is made of."""
        return [
            (position, leaf, digest)
            for position, leaf, digest in self.rows("leaves", after=after_position, limit=limit)
        ]

    def names_near(self, deal_id: str, kind: str, wanted: str) -> list[str]:
        """Ids of one kind that a deal's record holds: all of them, or where they are many those around `wanted`.

        Of its events those among the ids of the log around `wanted`; of deals those of the log.
        """
        if kind == DEAL:
            return self.deals_near(wanted)
        if kind == EVENT:
            return self.event_ids_near(deal_id, wanted)
        found = self.rows("ids_near", deal=deal_id, kind=kind, id=wanted, limit=CANDIDATES // 2)
        return [name for (name,) in found]

    def event_ids_near(self, deal_id: str, wanted: str) -> list[str]:
        """Ids of a deal's events, among those of the log that come around `wanted` in the order of spelling."""
        found = self.rows("event_ids_near", id=wanted, limit=EVENT_IDS_NEAR)
        return [event_id for of, event_id in found if of == deal_id]

    def deals_near(self, wanted: str) -> list[str]:
        """Ids of deals that come around `wanted` in the order of spelling."""
        return [deal_id for (deal_id,) in self.rows("deals_near", deal=wanted, limit=DEALS_NEAR) if deal_id]

    def deals_linking_to(self, deal_id: str, limit: int, position: int | None, recorded_at: Moment | None) -> list[str]:
        """The other deals whose records name this one in a link, up to a position and a moment; the latest first."""
        at = None if recorded_at is None else recorded_at - SINCE_2000
        found = self.rows("deals_linking_to", deal=deal_id, position=position, at=at, limit=limit)
        return [linking for (linking,) in found]

    def version_at(self, deal_id: str, recorded_at: Moment) -> int:
        """A deal's last version recorded at or before a moment; 0 before the first."""
        return int(self.rows("version_at", deal=deal_id, at=recorded_at - SINCE_2000)[0][0])

    @property
    def standby(self) -> bool:
        """Whether the server is a hot standby, on which nothing can be recorded."""
        return self._pool.server.standby

    def refuse_switching(self) -> None:
        """Raises Busy while the database is switched over, and cannot be written."""
        if self._pool.server.switching:
            raise Busy(
                "The database is being switched over, and takes nothing at the moment; try again in a moment.",
                extra={"retry_after": 1},
            )

    @property
    def primary(self) -> "EventReader | None":
        """The same log where it can be written; None on a standby whose primary is not known."""
        pool = self._pool.primary
        return None if pool is None else EventReader(pool, self._tenant)

    def settle(self, until: Moment, now: Moment) -> bool:
        """Make sure that later reads see all that was recorded until a moment; whether earlier ones may not have.

        The appends in flight of all processes are waited for, on a standby their replay. Raises Busy if a standby does
        not come so far in time.
        """
        if self.standby:
            self._settle_standby(until)
            return True
        if until <= now - JUST_NOW:
            return False
        self.rows("wait_for_appends", lock=lock_key(self._tenant))
        return True

    def settled_until(self, now: Moment) -> Moment:
        """The latest moment up to which it is known what was recorded: now, on a standby as far as it has replayed."""
        if not self.standby:
            return now
        replayed_at, _ = self._replay_progress()
        return max(self.head().recorded_at, min(now, replayed_at - JUST_NOW))

    def _settle_standby(self, until: Moment) -> None:
        """Events are replayed in the order of recording: with a later one, all those before it. Where there is none,
        the primary says how far to wait; without it, its last transaction must be later."""
        if until <= self.head().recorded_at:
            return
        lsn = self._settled_on_primary()
        end = monotonic() + REPLAY_WAIT_SECONDS
        while monotonic() < end:
            replayed_at, reached = self._replay_progress(lsn)
            if reached if lsn is not None else until <= replayed_at - JUST_NOW:
                return
            sleep(REPLAY_LOOK_SECONDS)
        raise Busy(
            f"This server is a replica, and does not know yet all that was recorded until {iso(until)}; "
            "try again in a moment, or ask for an earlier known_at.",
            extra={"retry_after": 1},
        )

    def _settled_on_primary(self) -> str | None:
        """The end of the write-ahead log with all that was recorded on the primary until now; None without a primary.
        Raises Busy."""
        primary = self.primary
        if primary is None:
            return None
        primary.rows("wait_for_appends", lock=lock_key(self._tenant))
        [(lsn,)] = primary.rows("replay_mark")
        return str(lsn)

    def _replay_progress(self, lsn: str | None = None) -> tuple[Moment, bool]:
        """When what was replayed last was committed, and whether it reaches as far as given."""
        [(replayed_at, reached, _)] = self.rows("replay_progress", lsn=lsn)
        return replayed_at or 0, bool(reached)

    def rows(self, name: str, **parameters: object) -> Rows:
        """What a statement of `ledger/sql` returns, as one transaction of the log's tenant."""
        query, given = sql(name).encode(), {"tenant": self._tenant, **parameters}
        try:
            return one_statement(self._pool, self._tenant, query, given)
        except Busy as lost:
            if isinstance(lost.__cause__, (PoolTimeout, TooManyRequests)):
                raise
        # A restart of the server leaves broken connections in the pool, and reading again is safe.
        self._pool.check()
        return one_statement(self._pool, self._tenant, query, given)


class LogReader(EventReader):
    """The record of one tenant, and the names of its log."""

    def __init__(self, pool: Pool, tenant: str, origin: str) -> None:
        super().__init__(pool, tenant)
        self.pool = pool
        self.tenant = tenant
        self.origin = origin
        """The origin of the log in its tree heads; it never changes."""
