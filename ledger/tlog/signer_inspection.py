"""Whether a log can be signed from a folder: its keys, and the last head that was signed from there, held against the
database. Nothing is changed by looking."""

from collections.abc import Iterator
from pathlib import Path

from domain.errors import NotProven
from ledger.ledger import Ledger
from ledger.maintenance.health_check import HealthCheck
from ledger.merkle.note import Checkpoint, Key, Note
from ledger.merkle.tree import Tree
from ledger.tlog import signing_keys
from ledger.tlog.last_head import LAST
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog


def last_signed(folders: LogFolders) -> bytes | None:
    """The last head that this host knows to be signed, independent of any database; None if there is none."""
    path = folders.state / LAST
    return path.read_bytes() if path.exists() else None


def usable_keys(folders: LogFolders, origin: str) -> tuple[Key, ...]:
    """The public keys of those on this host that can be used."""
    try:
        return tuple(signer.key for signer in signing_keys.held(folders.keys, origin))
    except signing_keys.KeyUnusable:
        return ()


def inspect(ledger: Ledger, transparency_log: TransparencyLog, folders: LogFolders) -> Iterator[HealthCheck]:
    """The checks of `parley doctor` on the signer."""
    head = transparency_log.head()
    try:
        yield _keys(transparency_log, folders)
        if (note := last_signed(folders)) is not None:
            yield _last(ledger, transparency_log, folders.state, Checkpoint.parse(Note.parse(note).text))
    except (signing_keys.KeyUnusable, NotProven, OSError) as error:
        yield HealthCheck("signer", "broken", f"Nothing can be signed: {error}")
    behind = ledger.head().position - (head.size if head else 0)
    told = "Every event is covered by a signed head." if not behind else f"{behind} events are not signed yet;"
    yield HealthCheck(
        "signed", "doubtful" if behind else "fine", f"{told} parley serve signs them." if behind else told
    )


def _keys(transparency_log: TransparencyLog, folders: LogFolders) -> HealthCheck:
    named, folder = named_by(transparency_log, folders), folders.keys
    if not named:
        return HealthCheck("signing keys", "fine", "The log has no key yet; the first is made when it is signed.")
    if not folder.is_dir():
        told = f"None is here: this log is signed from elsewhere ({folder} is not there)."
        return HealthCheck("signing keys", "doubtful", told)
    held = signing_keys.signers(folder, transparency_log.ledger.origin, named)
    return HealthCheck("signing keys", "fine", f"All {len(held)} are in {folder}, and readable by their owner alone.")


def named_by(transparency_log: TransparencyLog, folders: LogFolders) -> set[bytes]:
    """Ids of the keys by which a log is known, by the database or by the last head known on this host."""
    head, own = transparency_log.head(), last_signed(folders)
    notes = [note for note in (head.note if head else None, own) if note is not None]
    return signing_keys.ids_of(transparency_log.ledger.origin, notes, map(str, transparency_log.all_keys()))


def _last(ledger: Ledger, transparency_log: TransparencyLog, folder: Path, last: Checkpoint) -> HealthCheck:
    position = ledger.head().position
    if last.size > position:
        told = f"The database was rolled back: it has {position} events, and {last.size} were signed ({folder / LAST})."
        return HealthCheck("signer", "broken", f"{told} Nothing is signed until the rest is restored.")
    if transparency_log.stored_size() >= last.size and Tree(last.size, transparency_log.read_tile).root() != last.root:
        told = f"The first {last.size} events are not those that were signed ({folder / LAST}): the record was changed."
        return HealthCheck("signer", "broken", f"{told} Nothing is signed; run parley verify.")
    return HealthCheck("signer", "fine", f"The database continues the last head signed here, of {last.size} events.")
