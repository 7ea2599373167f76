"""The signer: it appends recorded events to the tree and signs its head.

It has a role of its own: it reads the record, writes the tree, and alone holds the keys. Before it signs, it
checks each new event, and the new tree against the last head that was signed, stored in a file outside the database; a
database that was rolled back, or whose past was changed, is refused until an operator intervenes. While another process
signs, it follows the heads of that in its own file, so that each host finds a rollback.

The signers of a database share a thread and a connection, and take turns.
"""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from domain.time.instants import SECOND
from ledger.append import clock
from ledger.maintenance.worker_status import WorkerStatus
from ledger.merkle.note import Checkpoint, Key, Note
from ledger.merkle.tiles import grow
from ledger.merkle.tree import HASH_BYTES, TILE_WIDTH, Tree
from ledger.postgres.leadership import LeaderConnection
from ledger.task_threads import Pause, Task, TaskThreads
from ledger.tlog.last_head import LastHead, LastHeadUnreadable, SigningRefused
from ledger.tlog.new_leaves import new_hashes
from ledger.tlog.signing_keys import KeyUnusable, ids_of, set_aside, signers
from ledger.tlog.tree_statements import TreeStatements

INTERVAL_SECONDS = 1.0
"""At most one new tree head in this time, while there is anything new; one that stands by looks for them as often."""

HEARTBEAT_SECONDS = 600.0
"""A head that did not grow is held against the database, and signed again, after this time."""

THREAD = "parley-signer"
"""The thread of the signers of a database."""

BECOME = "become_signer"
"""The statement by which their connection takes its role."""

STRETCH_LEAVES = 20_000
"""Leaves taken into the tree in one transaction."""


class LogSigner:
    """Signs one log. One at a time, by an advisory lock: others stand by, and check and store each new head.

    A host without the keys of the log does not try to sign. Either `start` it, or `sign` by hand from one thread; then
    `close`.
    """

    def __init__(
        self,
        conninfo: str,
        tenant: str,
        origin: str,
        folder: Path,
        *,
        keys: Path | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        signed: Callable[[int], None] | None = None,
        leader: LeaderConnection | None = None,
    ) -> None:
        """`folder` holds the last head, and the keys unless `keys` does; `signed` is called with the size of each new
        head. `leader` is a connection of signers that is shared with those of other logs."""
        self._leader = leader or LeaderConnection(conninfo, "sign", BECOME)
        self._tenant = tenant
        self._lock = int.from_bytes(sha256(b"parley signer " + tenant.encode()).digest()[:8], "big", signed=True)
        self._origin = origin
        self._keys = keys or folder
        self._last = LastHead(folder, origin)
        self._heartbeat = heartbeat_seconds
        self._signed = signed
        self._signing = False
        """Whether this process signed at the last step."""
        self._task: Task | None = None
        self.size = 0
        """Size of the newest head that this signer knows."""
        self.status = WorkerStatus("signer", tenant)
        """The status of signing."""
        self._looked = False
        """Whether it was checked since the start that all keys signed the newest head."""
        self._followed = False
        """Whether the database was checked as a whole since this process began to lead or to stand by."""
        self._signed_at = 0.0

    @property
    def leading(self) -> bool:
        """Whether this process signs; else another one does, or the database is unreachable."""
        return self._signing and self._leader.holds(self._lock)

    def start(self, threads: TaskThreads | None = None) -> None:
        """Sign in the background until `close`, in turn with the signers of other logs on these threads."""
        self._task = (threads or TaskThreads(THREAD)).add(self._turn, self._stand_down)

    def wake(self) -> None:
        """Wake the signer after an append, instead of at the interval."""
        if self._task is not None:
            self._task.wake()

    def close(self) -> None:
        """Stop, so that another process can sign."""
        if self._task is not None:
            self._task.close()
        else:
            self._stand_down()

    def sign(self) -> int:
        """Append all recorded events to the tree and sign, unless another process does; return the size of the newest
        head.

        Raises SigningRefused, KeyUnusable, ClockAhead, psycopg.Error.
        """
        try:
            connection = self._leader.get()
            if not self.leading:
                self._signing = False
                self._follow(connection)
                self._signing = self._leader.lead(self._lock, self.wake)
                self._followed &= not self._signing  # the one before may have signed meanwhile
            if self._signing:
                if not self._followed:
                    self._follow(connection)
                while self._step(connection) == STRETCH_LEAVES:
                    pass
        except (KeyUnusable, LastHeadUnreadable):
            self._stand_down()  # another host may have what this one lacks
            raise
        return self.size

    def _turn(self) -> Pause:
        started = time.monotonic()
        try:
            self.sign()
            self.status.succeeded()
        except (SigningRefused, KeyUnusable, clock.ClockAhead) as refusal:
            self.status.failed(refusal)
        except (psycopg.Error, OSError) as error:
            # The database or the disk is unreachable: what was recorded waits, and is signed once they are back.
            self.status.failed(error)
            self._signing = self._followed = False
            self._leader.drop_if_lost()
        if self._signed_at >= started or not self._signing:
            return Pause(max(0.0, INTERVAL_SECONDS - (time.monotonic() - started)))
        return Pause()

    def _stand_down(self) -> None:
        """Let another process sign."""
        self._signing = self._followed = False
        self._leader.release(self._lock)

    def _follow(self, connection: Connection[Any]) -> None:
        """Check the newest head in the database, and that this host could sign; store the head."""
        with connection.transaction():
            rows = TreeStatements(connection, self._tenant)
            notes = [row[3] for row in rows("newest_checkpoint")]
            known: list[Key] = []
            if notes:
                known += [each.key for each in signers(self._keys, self._origin, ids_of(self._origin, notes, ()))]
                gone = set_aside(self._keys)
                known += [key for key in (Key.parse(vkey) for (vkey,) in rows("log_keys")) if key.id in gone]
            self.size = self._last.follow(rows, known, whole=not self._followed)
        self._followed = True

    def _step(self, connection: Connection[Any]) -> int:
        """Append one batch of leaves and sign the tree; return the number of leaves."""
        with connection.transaction():
            rows = TreeStatements(connection, self._tenant)
            [(now, _, recorded)] = rows("log_head")
            clock.check(now, recorded or 0)
            size = (rows("tree_size") or [(0,)])[0][0]
            hashes = new_hashes(rows, self._origin, size, STRETCH_LEAVES)
            newest = rows("newest_checkpoint")
            last = self._last.read(newest[0][3] if newest else None)
            due = not newest or time.time() - newest[0][1] / SECOND >= self._heartbeat
            grown = size + len(hashes)
            if not hashes and not due and grown == (last.size if last else 0):
                self._sign_with_new_keys(rows, newest[0][3], last)
                # A missing or unreadable key is reported before it is needed.
                signers(self._keys, self._origin, ids_of(self._origin, [newest[0][3]], ()))
                self.size = grown
                return 0
            if grown:
                self._grow(rows, size, hashes)
                if last is None or grown >= last.size or len(hashes) < STRETCH_LEAVES:
                    self._sign(rows, grown, last)
        if grown and self._signed is not None:
            self._signed(grown)
        return len(hashes)

    def _grow(self, rows: TreeStatements, size: int, hashes: Sequence[bytes]) -> None:
        for tile, data in grow(size, hashes, rows.tile):
            # A tile that had hashes before gets only what it did not have.
            held = size >> 8 * tile.level
            first = max(tile.index * TILE_WIDTH, held)
            stretch = data[(first - tile.index * TILE_WIDTH) * HASH_BYTES :]
            if stretch:
                rows("insert_hashes", level=tile.level, first=first, hashes=stretch)

    def _sign(self, rows: TreeStatements, size: int, last: Checkpoint | None) -> None:
        root = self._last.check(last, Tree(size, rows.tile))
        checkpoint = Checkpoint(self._origin, size, root)
        text = checkpoint.text()
        keys = signers(self._keys, self._origin, self._named(rows))
        note = bytes(Note(text, tuple(key.sign(text) for key in keys)))
        # The file first: a head that may become public must never be forgotten, also where the commit fails.
        self._last.write(note)
        for key in keys:
            rows("insert_log_key", vkey=str(key.key))
        rows("insert_checkpoint", size=size, root=root, note=note)
        self._signed_at = time.monotonic()
        self._looked = True
        self.size = size

    def _sign_with_new_keys(self, rows: TreeStatements, note: bytes, last: Checkpoint | None) -> None:
        """A signer that has just started, and has no event to sign, signs with the keys that were added meanwhile."""
        if last is None or self._looked:
            return
        signed_by = {line.key_id for line in Note.parse(note).signatures}
        if signed_by != {key.key.id for key in signers(self._keys, self._origin, self._named(rows))}:
            self._sign(rows, last.size, last)  # a key was added or retired
        self._looked = True

    def _named(self, rows: TreeStatements) -> set[bytes]:
        """Ids of the keys by which the log is known, by the database or by our own last head."""
        own = self._last.note()
        notes = [row[3] for row in rows("newest_checkpoint")] + ([own] if own is not None else [])
        return ids_of(self._origin, notes, [vkey for (vkey,) in rows("log_keys")])
