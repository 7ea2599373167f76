"""The whole audit: the log judged by ledger.audit, every deal folded anew, and every projection compared.

It tells how far it has come as it goes; a cut-off audit goes on after the last position told.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from domain.errors import UnreadableDeal
from domain.moments import iso
from ledger.audit import Finding, Progress, audit
from ledger.ledger import Ledger
from ledger.merkle.note import Key
from ledger.receipt import DealHead
from ledger.seals import Seals
from ledger.signer_inspection import last_signed, usable_keys
from projections.deals import DEALS, DealRow, list_deals, rows_of
from projections.questions import Question
from projections.reader import Reader, state_hash
from projections.runner import position_of

Told = dict[str, Any]


def verify(
    ledger: Ledger, seals: Seals, *, keys: Sequence[Key] = (), kept: bytes | None = None, after: int = 0,
    folder: Path | None = None,
) -> Iterator[Told]:  # fmt: skip
    """Progress, findings, and at the end whether all is well, as JSON objects with a `kind`. Raises Busy.

    `folder` is that of the log's signer: the last head signed there must be continued by the database.
    """
    findings = unreadable = 0
    position = after
    own = last_signed(folder) if folder is not None else None
    own_keys = usable_keys(folder, ledger.origin) if folder is not None else ()
    for told in audit(ledger, seals, keys=keys, kept=kept, own=own, own_keys=own_keys, after=after):
        if isinstance(told, Progress):
            position = told.position
            yield {"kind": "progress", "position": told.position, "head": told.head}
        else:
            findings += 1
            yield _finding(told)
    reader = Reader(ledger)
    try:
        deals = ledger.deals()
        table = {row.deal_id: row for row in _table(ledger)}
        position_told = position_of(ledger, DEALS)
        for number, head in enumerate(deals, 1):
            try:
                for finding in _deal(reader, head, table.get(head.deal_id), position_told):
                    findings += 1
                    yield _finding(finding)
            except UnreadableDeal as fault:
                # Its events are as they were recorded, or were found out above: it is named, and is no tampering.
                unreadable += 1
                told_deal = {"deal": head.deal_id, "position": head.position, "why": fault.extra["reason"]}
                yield {"kind": "unreadable", "code": fault.code, **told_deal}
            if number % 100 == 0 or number == len(deals):
                yield {"kind": "progress", "deals": number, "of": len(deals), "position": position}
    finally:
        reader.close()
    head_now = seals.head()
    yield {
        "kind": "end",
        "ok": not findings,
        "findings": findings,
        "unreadable": unreadable,
        "position": position,
        "deals": len(deals),
        "signed": head_now.size if head_now else 0,
        "log": ledger.origin,
    }


def _finding(found: Finding) -> Told:
    return {"kind": "finding", "code": found.code, "position": found.position, "event": found.event, "why": found.why}


def _table(ledger: Ledger) -> Iterator[DealRow]:
    """Every row of the deal table; none where it was never built."""
    if not position_of(ledger, DEALS):
        return
    after: str | None = None
    while rows := list_deals(ledger, after=after, limit=1_000):
        yield from rows
        after = rows[-1].deal_id


def _deal(reader: Reader, head: DealHead, row: DealRow | None, position_told: int) -> Iterator[Finding]:
    """The state folded anew is what the projections say."""
    try:
        history = reader.history(head.deal_id)
        last = history.lines[-1]
        now = iso(max(reader.now(), last.recorded_at))
        found, basis = reader.found(head.deal_id, Question(valid_at=now, known_version=last.version))
        folded = reader.state_on(history, basis)
    except UnreadableDeal:
        raise
    except Exception as error:  # noqa: BLE001 - a record that was tampered with may break anything; that is a finding
        told = f"the deal {head.deal_id} cannot be folded: {type(error).__name__}: {error}"
        yield Finding(head.position, None, "deal-unreadable", told)
        return
    if state_hash(found) != state_hash(folded):
        told = f"the checkpoints of the deal {head.deal_id} give another state than its events: parley rebuild."
        yield Finding(last.position, last.id, "checkpoint-differs", told)
    if row is None:
        if position_told >= last.position and folded.sections["exists"]:
            told = f"the deal table has no row of {head.deal_id}: parley rebuild deals."
            yield Finding(last.position, last.id, "projection-differs", told)
    elif row.position >= last.position or position_told >= last.position:
        fields = {name: value for name, value in rows_of(head.deal_id, folded)[0].items() if name in row._fields}
        wrong = sorted(name for name, value in fields.items() if getattr(row, name) != value)
        wrong += ["unreadable"] if row.unreadable is not None else []
        wrong += [name for name in ("version", "position", "recorded_at") if getattr(row, name) != getattr(last, name)]
        if wrong:
            told = f"the deal table says of {head.deal_id} another {', '.join(wrong)}: parley rebuild deals."
            yield Finding(last.position, last.id, "projection-differs", told)
