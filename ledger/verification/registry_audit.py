"""The audit of the registry of entities, by which references are validated: a missing row refuses valid
events, and a surplus one accepts invalid ones."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection

from domain.envelope import RecordedEvent
from domain.errors import ParleyError
from ledger.append.preparation import made_by
from ledger.append.writer import lock_key
from ledger.encoding import event_codec
from ledger.ledger import Ledger
from ledger.postgres.connection import connect_as_owner
from ledger.sql import sql
from ledger.verification.audit_finding import AuditFinding

Named = dict[tuple[str, str], int]
"""Kind and id -> the version that first named it."""


def expected(lines: Sequence[RecordedEvent]) -> Named:
    """What the registry of a deal holds by its record; what was erased is not known."""
    named: Named = {}
    for line in lines:
        if not line.erased:
            for thing in made_by(line.type, line.id, line.payload.data):
                named.setdefault(thing, line.version)
    return named


def compare(ledger: Ledger, deal_id: str, lines: Sequence[RecordedEvent]) -> Iterator[AuditFinding]:
    """The missing and surplus rows in the registry of a deal."""
    version = lines[-1].version
    erased = {line.version for line in lines if line.erased}
    wanted = expected(lines)
    held: Named = {(kind, name): first for kind, name, first in ledger.rows("entities_of_deal", deal=deal_id)}
    for thing, first in wanted.items():
        found = held.pop(thing, None)
        if found != first and found not in erased:
            line = lines[first - 1]
            how = "does not hold it" if found is None else f"says version {found}"
            told = f"it is the first to name {thing[0]} {thing[1] or deal_id}, and the registry {how}: parley rebuild."
            yield AuditFinding(line.position, line.id, "registry-differs", told)
    for (kind, name), first in held.items():
        if first not in erased and first <= version:
            told = f"the registry of the deal {deal_id} holds {kind} {name}, which no event names: parley rebuild."
            yield AuditFinding(lines[-1].position, None, "registry-differs", told)
        elif first > version and first > (ledger.deal_head(deal_id) or lines[-1]).version:
            told = f"the registry of {deal_id} names version {first}, which it has not reached: parley rebuild."
            yield AuditFinding(lines[-1].position, None, "registry-differs", told)


def stray_rows(ledger: Ledger) -> Iterator[AuditFinding]:
    """Rows of deals that the log does not have."""
    for (deal_id,) in ledger.rows("stray_entities"):
        yield AuditFinding(
            0, None, "registry-differs", f"the registry holds the deal {deal_id}, which the log does not have."
        )


def rebuild(ledger: Ledger) -> tuple[int, list[str]]:
    """Let the registry of every deal hold what its record gives: how many rows were mended, and the deals that cannot
    be read, whose rows stay as they are. Recording is locked meanwhile, one deal at a time."""
    mended, unreadable = 0, []
    with connect_as_owner(ledger.conninfo) as connection:
        for head in ledger.deals():
            with connection.transaction():
                _lock(connection, ledger.tenant)
                rows = ledger.read_deal(head.deal_id)
                try:
                    lines = [event_codec.line(row) for row in rows]
                    wanted = expected(lines)
                except (ParleyError, ValueError, TypeError):
                    unreadable.append(head.deal_id)
                    continue
                mended += _mend(connection, ledger.tenant, head.deal_id, lines, wanted)
        with connection.transaction():
            _lock(connection, ledger.tenant)
            strayed = connection.execute(sql("delete_stray_entities").encode(), {"tenant": ledger.tenant}).fetchone()
            mended += strayed[0] if strayed else 0
    return mended, unreadable


def _lock(connection: Connection[Any], tenant: str) -> None:
    connection.execute(sql("lock_log").encode(), {"tenant": tenant, "lock": lock_key(tenant)})


def _mend(connection: Connection[Any], tenant: str, deal_id: str, lines: Sequence[RecordedEvent], wanted: Named) -> int:
    given = {
        "tenant": tenant,
        "deal": deal_id,
        "kinds": [kind for kind, _ in wanted],
        "ids": [name for _, name in wanted],
        "versions": list(wanted.values()),
        "erased": [line.version for line in lines if line.erased],
    }
    mended = connection.execute(sql("repair_entities").encode(), given).fetchone()
    return int(mended[0]) if mended else 0
