"""The last signed tree head that a host knows: a file outside the database, by which it finds a rollback."""

from collections.abc import Collection
from pathlib import Path

from domain.errors import NotProven
from ledger.file_fault import FileFault
from ledger.merkle.note import Checkpoint, Key, Note, open_checkpoint
from ledger.merkle.tree import Tree, verify_consistency
from ledger.tlog.signing_keys import make_folder, write_durably
from ledger.tlog.tree_statements import TreeStatements

LAST = "checkpoint"
"""The file with the last head that was signed."""


class SigningRefused(FileFault):
    """The database does not continue the last signed head; the message says how."""

    code = "signing-refused"


class LastHeadUnreadable(SigningRefused):
    """The file with the last signed head cannot be used; other hosts may sign meanwhile."""


class LastHead:
    """The last signed head of one log, in a folder of this host."""

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self._origin = origin
        self._path = folder / LAST

    def note(self) -> bytes | None:
        """The signed note; None before the first."""
        return self._path.read_bytes() if self._path.exists() else None

    def read(self, fallback: bytes | None = None) -> Checkpoint | None:
        """The head, where the file is missing that of the note `fallback`. Raises LastHeadUnreadable."""
        note = self.note() or fallback
        if note is None:
            return None
        try:
            last = Checkpoint.parse(Note.parse(note).text)
        except NotProven as error:
            raise LastHeadUnreadable(f"The last head signed cannot be read: {error}", self._path) from error
        if last.origin != self._origin:
            raise LastHeadUnreadable(
                f"The last head signed is of the log {last.origin}, and this is {self._origin}.", self._path
            )
        return last

    def write(self, note: bytes) -> None:
        """Store a head; it is on disk when this returns."""
        make_folder(self.folder)
        write_durably(self._path, note)

    def check(self, last: Checkpoint | None, tree: Tree) -> bytes:
        """The root of a tree that continues `last`. Raises SigningRefused for one that does not."""
        if last is not None and tree.size < last.size:
            raise self._rolled_back(tree.size, last)
        try:
            root = tree.root()
            proof = tree.consistency_proof(last.size) if last is not None else []
        except NotProven as error:
            raise SigningRefused(
                f"The stored tree is damaged: {error} Nothing is signed; run parley verify --database."
            ) from error
        try:
            if last is not None:
                verify_consistency(last.size, tree.size, last.root, root, proof)
        except NotProven as error:
            raise SigningRefused(
                f"The first {last.size if last else 0} events are not those that were signed: the record was changed. "
                "Nothing is signed; run parley verify --database, and compare with the last head signed.",
                self._path,
            ) from error
        return root

    def follow(self, rows: TreeStatements, known: Collection[Key], *, whole: bool) -> int:
        """Check that the database continues this head, and store its newest; returns the size of that.

        `known` are public keys of the log: a head that none of them signed is refused. With `whole` the tree is
        compared also where there is no new head. Raises SigningRefused.
        """
        [(_, position, _)] = rows("log_head")
        newest = rows("newest_checkpoint")
        note = newest[0][3] if newest else None
        last = self.read()
        if last is not None and (position or 0) < last.size:
            raise self._rolled_back(position or 0, last)
        if note == self.note() and not whole:
            return last.size if last is not None else 0
        stored = (rows("tree_size") or [(0,)])[0][0]
        if last is not None and stored >= last.size:
            self.check(last, Tree(last.size, rows.tile))
        if note is None:
            return 0
        head = self._verified(note, known)
        if head.size > stored or self.check(None, Tree(head.size, rows.tile)) != head.root:
            raise SigningRefused(
                f"The newest signed head, of {head.size} events, is not that of the stored tree: the record was "
                "changed. Nothing is signed; run parley verify --database."
            )
        if last is None or head.size >= last.size:
            self.write(note)
        return head.size

    def _verified(self, note: bytes, known: Collection[Key]) -> Checkpoint:
        try:
            return open_checkpoint(note, known).checkpoint
        except NotProven as error:
            raise SigningRefused(
                f"The newest head in the database is not one that this log has signed: {error} Nothing is signed; run "
                "parley verify --database."
            ) from error

    def _rolled_back(self, size: int, last: Checkpoint) -> SigningRefused:
        return SigningRefused(
            f"The database was rolled back: it has {size} events, and {last.size} were signed. Nothing is "
            "signed until the rest is restored, up to the last head signed.",
            self._path,
        )
