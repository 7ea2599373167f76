"""Moves a log to another database while it is written to.

The log is copied in parts of the log's order while others append. Then the fence: a row in `log_moves` makes the log
read-only where it was, for every connection (see refuse_moved_log in the migrations). What was recorded until then is
copied, all is compared, the copy becomes writable, and the directory is switched. At each moment the log is writable
in at most one database. A command that was interrupted is run again, or undone before the copy is writable.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Literal

from psycopg import Connection, errors

from ledger.log_databases import entered_url
from ledger.maintenance.log_copy import LogCopy, MoveRefused
from ledger.maintenance.log_in_database import LogEnd, LogInDatabase, MoveNote
from ledger.postgres.connection import connect_as_owner
from ledger.postgres.migrations import migrate

REST_EVENTS = 1_000
"""As soon as at most so many events are left, the log becomes read-only for the rest."""

MOST_ROUNDS = 20
"""After so many rounds it does so anyway: it is written to faster than it is copied."""

FENCE_SECONDS = 3
"""Time in which the transactions that write to the log have to end; meanwhile others wait."""

FENCE_ATTEMPTS = 20
FENCE_PAUSE_SECONDS = 1.0

Stage = Literal["begun", "copying", "copied", "fenced", "completed", "opened", "switched"]
Progress = Callable[[Stage, int], None]
"""Called with each stage that is reached, and how many events are copied."""


@dataclass(frozen=True, slots=True)
class MovedLog:
    """A log that is in the database that was asked for."""

    tenant: str
    origin: str
    position: int
    place: str
    """The database, for people to read."""


def move_log(home: str, tenant: str, to: str, progress: Progress = lambda _stage, _position: None) -> MovedLog:
    """Move a log from where it is by the directory of the database `home`; if it is there already, nothing is done.

    Raises MoveRefused, MigrationRefused, psycopg.Error.
    """
    with _opened(home, tenant, to) as (directory, source, target):
        end = source.end()
        if end is None:
            raise MoveRefused(f"There is no log {tenant!r} in {source.place}.")
        if not source.is_in_database_of(target):
            _make_copy(source, target, end, progress)
            _switch(directory, source, target, end.origin, to)
            progress("switched", 0)
        moved = target.end() or end
        return MovedLog(tenant, end.origin, moved.position, target.place)


def undo_move(home: str, tenant: str, to: str) -> None:
    """Remove a copy that a move has not completed, and make the log writable where it was.

    Raises MoveRefused, MigrationRefused, psycopg.Error.
    """
    with _opened(home, tenant, to) as (_, source, target):
        left, note = source.note(), target.note()
        fenced = left is not None and left.state == "moved"
        if note is not None and note.state == "arrived":
            raise MoveRefused(
                f"The log {tenant!r} is whole in {target.place} and may be written to there: run the command without "
                "--abort, which completes the move, and move the log back if need be."
            )
        known = note is not None and note.state in ("arriving", "undone")
        if note is None or not known or (left is not None and fenced and left.move_id != note.move_id):
            raise MoveRefused(f"{target.place} holds no part of a move of {tenant!r}{_destination(left)}.")
        end, copy = source.end(), target.end()
        if not fenced and (end is None or (copy is not None and copy.origin != end.origin)):
            raise MoveRefused(f"{target.place} holds a part of another log of the name {tenant!r}.")
        with target.transaction():
            target.write_note(note._replace(state="undone"))
            target.delete_all_rows()
        if fenced:
            with source.transaction():
                source.rows("forget_log_move")
        with target.transaction():
            target.rows("forget_log_move")


def remove_moved(home: str, tenant: str, at: str, drop_derived: Callable[[Connection[Any]], None]) -> int:
    """Remove the read-only copy that a move left in a database, if the log where it is now continues it; returns the
    events of the copy. `drop_derived` removes what was derived from it, in the same transaction.

    Raises MoveRefused, MigrationRefused, psycopg.Error.
    """
    with _opened(home, tenant, at) as (_, log, left):
        copy, note, now = left.end(), left.note(), log.note()
        if copy is None or note is None or note.state != "moved":
            raise MoveRefused(f"{left.place} holds no copy of {tenant!r} that was moved away: nothing is removed.")
        if log.is_in_database_of(left) or (now is not None and now.state != "arrived"):
            raise MoveRefused(f"The move of {tenant!r} is not complete: run parley logs move again first.")
        end = log.end()
        if end is None or end.origin != copy.origin or not log.continues(copy):
            raise MoveRefused(f"The log in {log.place} does not continue the copy: nothing is removed.")
        with left.transaction():
            left.delete_all_rows()
            drop_derived(left.connection)
        return copy.position


@contextmanager
def _opened(home: str, tenant: str, other: str) -> Iterator[tuple[LogInDatabase, LogInDatabase, LogInDatabase]]:
    """The log in the database of the directory, in that to which the directory assigns it, and in another one; for one
    command at a time."""
    for url in (home, other):
        migrate(url)
    with ExitStack() as stack:

        def log_in(url: str) -> LogInDatabase:
            return LogInDatabase(stack.enter_context(connect_as_owner(url)), tenant)

        directory = log_in(home)
        with directory.transaction():
            place = entered_url(directory.connection, tenant)
        if place is not None:
            migrate(place)
        log, another = log_in(place or home), log_in(other)
        for each in (log,) if log.is_in_database_of(another) else (log, another):
            if each.rows("move_commands_lock") != [(True,)]:
                raise MoveRefused(f"Another command moves {tenant!r}: wait until it has ended.")
        yield directory, log, another


def _make_copy(source: LogInDatabase, target: LogInDatabase, end: LogEnd, progress: Progress) -> None:
    """Copy all that is not copied yet, and make the copy the one that is writable."""
    copy = LogCopy(source, target)
    left = source.note()
    note = _copy_under_way(source, target, end, left)
    if note is None:
        note = MoveNote(token_hex(16), "arriving", source.place)
        copy.begin(note)
    progress("begun", 0)
    if note.state == "arrived":
        return
    copy.resume()
    for _ in range(MOST_ROUNDS):
        if copy.left() <= REST_EVENTS:
            break
        copy.catch_up(lambda position: progress("copying", position))
    progress("copied", copy.position)
    if left is None or left.state != "moved":
        _fence(source, note._replace(state="moved", place=target.place))
    progress("fenced", copy.position)
    copy.catch_up(lambda position: progress("copying", position))
    copy.copy_whole_tables()
    copy.verify()
    progress("completed", copy.position)
    with target.transaction():
        target.write_note(note._replace(state="arrived"))
    progress("opened", copy.position)


def _copy_under_way(
    source: LogInDatabase, target: LogInDatabase, end: LogEnd, left: MoveNote | None
) -> MoveNote | None:
    """The note of a move that was interrupted; None where one begins. `left` is what the source notes of it."""
    note, here = target.note(), target.end()
    if left is not None and left.state in ("arriving", "undone"):
        raise MoveRefused(f"{source.place} holds no whole copy of {source.tenant!r}: complete that move first.")
    if left is not None and left.state == "moved":
        if note is None or note.move_id != left.move_id or note.state not in ("arriving", "arrived"):
            raise MoveRefused(f"There is no move of {source.tenant!r} to {target.place}{_destination(left)}.")
        return note
    if note is not None and note.state == "undone":
        raise MoveRefused(f"An earlier move to {target.place} is being undone: complete that with --abort first.")
    if note is not None and note.state == "arriving" and here is not None:
        if here.origin != end.origin or not source.continues(here):
            raise MoveRefused(f"{target.place} holds a part of another log of the name {source.tenant!r}.")
        return note
    if here is not None:
        remedy = ": parley logs remove" if note is not None and note.state == "moved" else ""
        raise MoveRefused(f"{target.place} holds a log of the name {source.tenant!r} already{remedy}.")
    return None


def _fence(source: LogInDatabase, note: MoveNote) -> None:
    """Make the log read-only in the source, for every connection, from the commit of this on."""
    for _ in range(FENCE_ATTEMPTS):
        try:
            with source.transaction(wait=f"{FENCE_SECONDS}s"):
                source.rows("move_fence")
                source.write_note(note)
        except errors.LockNotAvailable:  # a long transaction writes to the log: others go on meanwhile
            time.sleep(FENCE_PAUSE_SECONDS)
        else:
            return
    raise MoveRefused("A transaction that writes to the log does not end: see pg_stat_activity, and run it again.")


def _switch(directory: LogInDatabase, source: LogInDatabase, target: LogInDatabase, origin: str, url: str) -> None:
    """Enter the database into the directory, and have all servers look there."""
    with directory.transaction():
        if directory.is_in_database_of(target):
            directory.rows("remove_log_database")
        else:
            directory.rows("enter_log_database", origin=origin, url=url)
    for each in (directory, source):
        each.rows("notify_keys")


def _destination(left: MoveNote | None) -> str:
    return f", which was being moved to {left.place}" if left is not None and left.state == "moved" else ""
