"""The full audit: the log by itself, every deal folded again, and every stored derivation compared.

It reports its progress; an interrupted audit is resumed after the last reported position.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain
from typing import Any

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.merkle.note import Key
from ledger.models import DealHead
from ledger.tlog.signer_inspection import last_signed, usable_keys
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification import catalog_audit
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.log_audit import Progress, audit
from projections.audit_tasks import PartRunner
from projections.deal_audit import AuditedDeals, DealMerge, Unreadable, audit_deals, deal_parts
from projections.state.state_reader import StateReader

Answer = dict[str, Any]


def audit_all(
    ledger: Ledger, transparency_log: TransparencyLog, *,
    keys: Sequence[Key] = (), kept: bytes | None = None, after: int = 0,
    folders: LogFolders | None = None, executor: Executor | None = None,
) -> Iterator[Answer]:  # fmt: skip
    """Progress, findings, and last whether all checks passed, as JSON objects with a `kind`. Raises Busy.

    A `notice` is no sign of tampering. `folders` are those of the log on this host: the last head known to be signed
    there must be continued by the database. The parts are audited in `executor`, else here: the findings are the same.
    """
    counts = {"finding": 0, "notice": 0, "unreadable": 0}
    position, deals = after, ledger.deals()
    own, own_keys, lost = _signer_state(folders, ledger.origin)
    runner = PartRunner(ledger, executor) if executor is not None else None
    run = runner.parts if runner is not None else None
    for found in chain(
        lost,
        audit(ledger, transparency_log, keys=keys, kept=kept, own=own, own_keys=own_keys, after=after, run=run),
        catalog_audit.compare(ledger.conninfo),
        _deals(ledger, deals, runner),
    ):
        if isinstance(found, AuditFinding):
            answer = _finding_to_json(found)
            counts[answer["kind"]] += 1
            yield answer
        elif isinstance(found, Progress):
            position = found.position
            yield {"kind": "progress", "position": found.position, "head": found.head}
        elif isinstance(found, Unreadable):
            counts["unreadable"] += 1
            deal = {"deal": found.deal_id, "position": found.position, "why": found.reason}
            yield {"kind": "unreadable", "code": UnreadableDeal.code, **deal}
        else:
            yield {"kind": "progress", "deals": found, "of": len(deals), "position": position}
    head_now = transparency_log.head()
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


def _deals(
    ledger: Ledger, deals: Sequence[DealHead], runner: PartRunner | None
) -> Iterator[AuditFinding | Unreadable | int]:
    """The audit of the deals, and of what is stored beside the record: findings, unreadable deals, progress."""
    merge = DealMerge(ledger)
    parts = deal_parts(deals)
    reader = StateReader(ledger)
    audited: Iterable[AuditedDeals]
    audited = runner.deals(parts) if runner is not None else (audit_deals(ledger, reader, each) for each in parts)
    for part in audited:
        yield from merge.add(part)
        yield merge.count
    yield from merge.end()
