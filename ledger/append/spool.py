"""The spool of an import: its staged events, and why others are refused, so that memory does not grow with the file.

Beyond KEPT_BYTES the events are in a temporary SQLite database, a file without a name, which ends with the process,
however that ends; what is refused is there from the first. The folder is that of SQLITE_TMPDIR or TMPDIR.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from domain.errors import ParleyError, Problem
from ledger.append.batch import Entity
from ledger.append.preparation import Staged
from ledger.append.staging import KEPT_BYTES, DiskStaging, MemoryStaging, Staging
from ledger.sql import sql

CACHE_KIBIBYTES = 16 * 1024
"""Of the spool that stay in memory."""

SPOOL_BYTES = 64 * 1024**3
"""Of one spool on disk at most."""

PAGE_BYTES = 4096

_encode = msgspec.msgpack.Encoder().encode
_problems = msgspec.msgpack.Decoder(tuple[Problem, ...]).decode
_problem = msgspec.msgpack.Decoder(Problem).decode
_extra = msgspec.msgpack.Decoder(dict[str, Any]).decode


class NoRoom(ParleyError):
    """The disk of the spool is full."""

    code = "insufficient-storage"


def no_room(error: Exception) -> NoRoom:
    """The error for a temporary file that cannot be written."""
    return NoRoom(
        f"The import cannot be held ready on this machine's disk ({error}); no further event was recorded. Free space "
        "in its temporary folder, or set TMPDIR to another one, and send the same file again.",
        extra={"retry_after": 60},
    )


class Spool:
    """The events of one import that may be recorded, those that are refused and why. Used by one thread at a time."""

    def __init__(self) -> None:
        """Raises NoRoom."""
        # An empty name is a temporary database on disk. It needs no journal: it is never rolled back.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False, cached_statements=64)
        for setting in (
            f"page_size = {PAGE_BYTES}",
            f"max_page_count = {SPOOL_BYTES // PAGE_BYTES}",
            f"cache_size = -{CACHE_KIBIBYTES}",
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
        ):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.executescript(sql("spool_tables"))
        self._connection.execute("BEGIN")
        self._staging: Staging = MemoryStaging()
        self._kinds: list[type[ParleyError]] = []
        self.staged = 0
        """Events that may be recorded."""
        self.refused = 0
        self.warned = 0

    def close(self) -> None:
        """Remove it."""
        self._connection.close()

    def stage(self, number: int, one: Staged) -> bool:
        """Store an event at an index of the import; false if there is another one with its id."""
        staging = self._staging
        kept = staging.add(number, one)
        self.staged += kept
        if isinstance(staging, MemoryStaging) and staging.bytes > KEPT_BYTES:
            staging.move(self._run_many)
            self._staging = DiskStaging(self._run, self._run_many)
        return kept

    def find(self, event_id: str) -> tuple[int, Staged] | None:
        """The event of an id, and its place."""
        return self._staging.find(event_id)

    def staged_after(self, number: int, most: int, most_bytes: int) -> list[tuple[int, Staged]]:
        """The next events after a place, within these bounds."""
        found: list[tuple[int, Staged]] = []
        size = 0
        for place, one, length in islice(self._staging.after(number), most):
            found.append((place, one))
            size += length
            if size >= most_bytes:
                break
        return found

    def record_events(self, deal_id: str, after: int, before: int) -> list[Staged]:
        """The record.* events of a deal, and its deal.opened, between two places."""
        return self._staging.about(deal_id, after, before)

    def unstage(self, number: int) -> None:
        """Remove an event."""
        self.staged -= self._staging.remove(number)

    def unstage_refused(self, number: int, error: ParleyError) -> None:
        """Remove an event that is refused, and note why."""
        self.unstage(number)
        self.refuse(number, error)

    def events_without_opening(self) -> list[tuple[int, str]]:
        """Place and deal of the events whose deal is opened by one that is refused."""
        return self._staging.without_opening()

    def add_duplicate(self, number: int, first: int) -> None:
        """Note that an event duplicates an earlier one."""
        self._run("insert_duplicate", number, first)

    def refused_duplicates(self) -> Iterator[tuple[int, ParleyError]]:
        """The duplicates of refused events, with the error of each."""
        return map(self._refusal, self._run("refused_duplicates").fetchall())

    def stage_opening(self, deal_id: str, number: int) -> bool:
        """Note which event opens a deal; false where another one does."""
        return self._staging.add_opening(deal_id, number)

    def has_opening(self, deal_id: str) -> bool:
        """Whether an event that is not refused opens the deal."""
        return self._staging.has_opening(deal_id)

    def refuse_opening(self, deal_id: str, number: int) -> None:
        """Note that the event that opens a deal is refused, where it is this one."""
        self._staging.refuse_opening(deal_id, number)

    def add_entities(self, entities: Iterable[Entity]) -> None:
        """Note the entities that the import creates."""
        self._staging.add_entities(entities)

    def __contains__(self, entity: object) -> bool:
        """Whether the import creates an entity: its deal, kind and id."""
        assert isinstance(entity, tuple)
        return self._staging.has_entity(entity)

    def names(self, deal_id: str, kind: str) -> list[str]:
        """Ids of the entities of one kind that it creates in a deal."""
        return self._staging.names(deal_id, kind)

    def stage_erasure(self, event_id: str) -> None:
        """Note that an erasure names this event."""
        self._run("stage_erasure", event_id)

    def has_erasure(self, event_id: str) -> bool:
        """Whether an erasure names this event."""
        return self._run("staged_erasure", event_id).fetchone() is not None

    def refuse(self, number: int, error: ParleyError) -> None:
        """Note why the event at a place is not recorded."""
        if type(error) not in self._kinds:
            self._kinds.append(type(error))
        kind = self._kinds.index(type(error))
        self._run("insert_refusal", number, kind, error.detail, _encode(error.problems), _encode(error.extra))
        self.refused += 1

    def refusals(self, after: int = -1) -> Iterator[tuple[int, ParleyError]]:
        """Place and reason of each that is not recorded, in the order of places, after a place."""
        return map(self._refusal, self._run("refusals", after))

    def _refusal(self, row: tuple[int, int, str, bytes, bytes]) -> tuple[int, ParleyError]:
        number, kind, detail, problems, extra = row
        return number, self._kinds[kind](detail, problems=_problems(problems), extra=_extra(extra))

    def warn(self, number: int, problem: Problem) -> None:
        """Note a warning about the event at an index."""
        self._run("insert_warning", number, _encode(problem))
        self.warned += 1

    def warnings(self, after: int = 0) -> Iterator[tuple[int, Problem]]:
        """Place and text of each warning, in the order of places, after as many."""
        return ((number, _problem(problem)) for number, problem in self._run("warnings", after))

    def count_line(self, digest: bytes) -> int:
        """The number of warnings of a line, including this one."""
        self._run("count_line", digest)
        [times] = self._run("line_count", digest).fetchone()
        return int(times)

    def add_changed_deals(self, deals: Iterable[str]) -> None:
        """Note deals that gained events."""
        for deal in deals:
            self._run("insert_changed_deal", deal)

    def deals(self) -> Iterator[str]:
        """The deals that gained events, in the order of the import."""
        return (deal for (deal,) in self._run("changed_deals"))

    def _run(self, name: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql(name), values)
        except sqlite3.OperationalError as error:
            raise no_room(error) from error

    def _run_many(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._connection.executemany(sql(name), rows)
        except sqlite3.OperationalError as error:
            raise no_room(error) from error
