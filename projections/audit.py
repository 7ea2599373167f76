"""The full audit: the log by itself, every deal folded again, and every stored derivation compared.

It reports its progress; an interrupted audit is resumed after the last reported position.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.merkle.note import Key
from ledger.models import DealHead
from ledger.tlog.signer_inspection import last_signed, usable_keys
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification import catalog_audit, registry_audit
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.log_audit import Progress, audit
from projections.isolation import isolated
from projections.registry import PROJECTIONS
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.tables import comparison

Answer = dict[str, Any]


def audit_all(
    ledger: Ledger, seals: TransparencyLog, *, keys: Sequence[Key] = (), kept: bytes | None = None, after: int = 0,
    folders: LogFolders | None = None,
) -> Iterator[Answer]:  # fmt: skip
    """Progress, findings, and last whether all checks passed, as JSON objects with a `kind`. Raises Busy.

    A `notice` is no sign of tampering. `folders` are those of the log on this
    host: the last head known to be signed there must be continued by the database.
    """
    counts = {"finding": 0, "notice": 0, "unreadable": 0}
    position, deals = after, ledger.deals()
    own, own_keys, lost = _signer_state(folders, ledger.origin)
    for found in chain(
        lost,
        audit(ledger, seals, keys=keys, kept=kept, own=own, own_keys=own_keys, after=after),
        catalog_audit.compare(ledger.conninfo),
        _derivations(ledger, deals),
    ):
        if isinstance(found, AuditFinding):
            told = _finding_to_json(found)
            counts[told["kind"]] += 1
            yield told
        elif isinstance(found, Progress):
            position = found.position
            yield {"kind": "progress", "position": found.position, "head": found.head}
        elif isinstance(found, UnreadableDeal):
            # Its events are as recorded, or are findings above: the deal is named, and is no tampering.
            counts["unreadable"] += 1
            told_deal = {
                "deal": found.extra["deal_id"],
                "position": found.extra["position"],
                "why": found.extra["reason"],
            }
            yield {"kind": "unreadable", "code": found.code, **told_deal}
        else:
            yield {"kind": "progress", "deals": found, "of": len(deals), "position": position}
    head_now = seals.head()
    yield {
        "kind": "end",
        "ok": not counts["finding"],
        "findings": counts["finding"],
        "notices": counts["notice"],
        "unreadable": counts["unreadable"],
        "position": position,
        "deals": len(deals),
        "signed": head_now.size if head_now else 0,
        "log": ledger.origin,
    }


def _signer_state(folders: LogFolders | None, origin: str) -> tuple[bytes | None, tuple[Key, ...], list[AuditFinding]]:
    """The last head known to be signed, the keys, and a notice if it cannot be read."""
    if folders is None:
        return None, (), []
    try:
        return last_signed(folders), usable_keys(folders, origin), []
    except OSError as error:
        told = (
            f"the last head signed in {folders.state} cannot be read, so nothing is held against it: "
            f"{error.strerror or error}"
        )
        return None, (), [AuditFinding(0, None, "signed-head-unreadable", told, notice=True)]


def _finding_to_json(found: AuditFinding) -> Answer:
    kind = "notice" if found.notice else "finding"
    return {"kind": kind, "code": found.code, "position": found.position, "event": found.event, "why": found.why}


def _derivations(ledger: Ledger, deals: Sequence[DealHead]) -> Iterator[AuditFinding | UnreadableDeal | int]:
    """The audit of stored derivations against the record: findings, unreadable deals, progress."""
    reader = StateReader(ledger)
    unreadable: set[str] = set()
    for number, head in enumerate(deals, 1):
        try:
            lines = reader.history(head.deal_id).lines
            with isolated(ledger, head.deal_id, head.version):
                yield from list(registry_audit.compare(ledger, head.deal_id, lines))
            reader.state_on_query(head.deal_id, TimeQuery(known_version=lines[-1].version))
        except UnreadableDeal as fault:
            unreadable.add(head.deal_id)
            fault.extra["position"] = head.position
            yield fault
        if number % 100 == 0 or number == len(deals):
            yield number
    yield from registry_audit.stray_rows(ledger)
    for (what,) in ledger.rows("audit_outbox", head=ledger.head().position):
        yield AuditFinding(0, None, "outbox-differs", f"{what}, and the log does not bear that out.")
    for projection in PROJECTIONS:
        yield from comparison.compare(ledger, projection, reader, unreadable)
