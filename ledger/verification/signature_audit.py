"""The audit of what is signed: tree heads, cosignatures and timestamps."""

from collections.abc import Iterator
from time import time_ns

from domain.errors import NotProven
from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from ledger.merkle.note import COSIGNATURE, Key, Note
from ledger.tlog.timestamping import stated_time
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification.audit_finding import AuditFinding

AHEAD: Moment = 300 * SECOND
"""How far a witness's clock may run ahead of this machine's."""


def heads_missing(transparency_log: TransparencyLog) -> Iterator[AuditFinding]:
    """The signer writes the tree and its head at once, so the newest head covers all that the tree holds."""
    stored, named = transparency_log.stored_size(), transparency_log.all_keys()
    newest = transparency_log.head()
    size = newest.size if newest else 0
    if stored > size or (named and newest is None):
        told = f"the tree holds {stored} leaves, and the newest head covers {size}: heads were taken away."
        yield AuditFinding(size, None, "heads-missing", told)


def cosignatures(ledger: Ledger) -> Iterator[AuditFinding]:
    """Each verifies over the head that it names, and was not made in the future."""
    for size, vkey, stated_at, line, note in ledger.rows("audit_cosignatures"):
        try:
            _cosignature(vkey, stated_at, line, note)
        except (NotProven, ValueError) as error:
            told = f"the cosignature by {vkey.split('+')[0]} on the head of {size} leaves does not hold: {error}"
            yield AuditFinding(size, None, "cosignature-wrong", told)


def _cosignature(vkey: str, stated_at: Moment, line: str, note: bytes | None) -> None:
    """Raises NotProven, ValueError."""
    if note is None:
        raise NotProven("There is no such head.")
    key = Key.parse(vkey)
    if key.kind != COSIGNATURE:
        raise NotProven("It is the key of a log, not of a witness.")
    text = Note.parse(note).text
    [verified] = Note.parse(text + b"\n" + line.encode()).verify([key])
    if verified.time is None or verified.time * SECOND != stated_at:
        raise NotProven(f"It is filed under another time than it states ({iso(stated_at)}).")
    if stated_at > time_ns() // 1_000 + AHEAD:
        raise NotProven(f"It states a time that is still to come ({iso(stated_at)}).")


def timestamps(ledger: Ledger) -> Iterator[AuditFinding]:
    """Each is of a head of this log, and filed under the time that it states."""
    for size, stated_at, note, response, ours in ledger.rows("audit_timestamps"):
        try:
            if not ours:
                raise NotProven("It is of no head of that size.")
            if stated_time(note, response) != stated_at:
                raise NotProven(f"It is filed under another time than it states ({iso(stated_at)}).")
        except NotProven as error:
            yield AuditFinding(size, None, "timestamp-wrong", f"a timestamp on the head of {size} leaves: {error}")
