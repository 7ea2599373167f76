"""The table of deals, for lists, filters and feeds across deals: one row each, with those of its deadlines."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import orjson

from domain.errors import UnreadableDeal
from domain.state import State
from domain.state_paths import ERASED, unless_erased
from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from ledger.models import DealHead, Recorded
from projections.isolation import isolated
from projections.projection import Projection, ProjectionBatch, Tables
from projections.sql import sql
from projections.state.state_reader import StateReader, clock
from projections.state.time_query import TimeQuery
from projections.tables import deadlines
from projections.tables.deadlines import PASSED, DeadlineRow
from projections.tables.search import search_form

LARGEST_PAGE = 1_000
"""Deals of a page; one more is read to know whether there are more."""

DEALS_REFRESHED = 100
"""Rows that time has changed and that are written again in one transaction."""

RETRY_INTERVAL: Moment = 600 * SECOND
"""A deal that cannot be read is tried again after so long, and whenever it moves or the rules change."""


class DealRow(NamedTuple):
    """One deal in a list. Dates as written; `recorded_at` is that of its last event."""

    deal_id: str
    title: str | None
    kind: str | None
    subject: str | None
    jurisdictions: list[str]
    status: str | None
    phase: str | None
    parties: list[str]
    opened: str | None
    next_deadline_id: str | None
    nearest_id: str | None
    next_due: str | None
    next_due_day: date | None
    next_tz: str | None
    next_is_binding: bool | None
    next_obligation: str | None
    next_force: str | None
    overdue: int
    overdue_ids: list[str]
    most_overdue: bytes | None
    version: int
    position: int
    recorded_at: Moment
    unreadable: str | None
    """Why the deal cannot be read; the row then has the values of an earlier version, as far as there is one."""


def handle_events(rows: Sequence[Recorded], batch: ProjectionBatch) -> None:
    """Write the rows of every deal of these events that no later batch will write again."""
    deal_ids = list(dict.fromkeys(row.deal_id for row in rows))
    heads = batch.reader.ledger.deal_heads(deal_ids)
    _write([head for head in heads if not batch.position < head.position <= batch.head], batch, clock())


def refresh(batch: ProjectionBatch, now: Moment) -> int:
    """Rewrite the rows that time has changed; returns their number."""
    due = batch.connection.execute(sql("deals_to_refresh").encode(), {"now": now, "limit": DEALS_REFRESHED})
    deal_ids = [deal_id for (deal_id,) in due.fetchall()]
    if deal_ids:
        _write(batch.reader.ledger.deal_heads(deal_ids), batch, now)
    return len(deal_ids)


def _write(heads: Iterable[DealHead], batch: ProjectionBatch, now: Moment) -> None:
    for head in heads:
        try:
            _write_deal(head, batch, now)
        except UnreadableDeal as fault:
            _mark_unreadable(head, str(fault.extra["reason"]), batch, now)


def _write_deal(head: DealHead, batch: ProjectionBatch, now: Moment) -> None:
    deal_id = head.deal_id
    found, basis = batch.reader.state_on_query(deal_id, TimeQuery(valid_at=iso(now)))
    with isolated(batch.reader.ledger, deal_id, head.version):
        row, rows = derive_rows(deal_id, found)
    changes_at = found.next_transition_at
    told = {
        "version": basis.known_version,
        "position": basis.known_position,
        "recorded_at": basis.known_at,
        # Never at once: a wrong time of the next change in one deal must not occupy the runner.
        "changes_at": None if changes_at is None else max(changes_at, now + SECOND),
    }
    batch.connection.execute(sql("upsert_deal").encode(), {**_storable(row), **told, "deal_id": deal_id})
    deadlines.write(batch.connection, deal_id, rows)


def _mark_unreadable(head: DealHead, reason: str, batch: ProjectionBatch, now: Moment) -> None:
    title = _title(batch.reader.ledger, head.deal_id)
    told = {
        "deal_id": head.deal_id,
        "title": title,
        "words": search_form(f"{head.deal_id} {title or ''}"),
        "reason": reason,
        "version": head.version,
        "position": head.position,
        "recorded_at": head.recorded_at,
        "changes_at": now + RETRY_INTERVAL,
    }
    batch.connection.execute(sql("upsert_unreadable_deal").encode(), _storable(told))
    deadlines.write(batch.connection, head.deal_id, ())


def _title(ledger: Ledger, deal_id: str) -> str | None:
    """The title that a deal's first event gives it, if that much can be read."""
    for opening in ledger.read_deal(deal_id, limit=1):
        try:
            title = orjson.loads(opening.payload or b"null")["data"]["title"]
        except (ValueError, KeyError, TypeError):
            return None
        return title if isinstance(title, str) else None
    return None


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose texts PostgreSQL takes: it has neither NUL nor lone surrogates."""
    return {name: _storable_text(value) if isinstance(value, str) else value for name, value in row.items()}


def _storable_text(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def derive_rows(deal_id: str, found: State) -> tuple[dict[str, Any], list[DeadlineRow]]:
    """The row of a deal, and those of its deadlines, as its state has them."""
    sections = found.sections
    deal, following = sections["deal"], sections["next_deadline"]
    names = _names(sections["parties"])
    rows = deadlines.derive_rows(deal_id, found, names)
    chosen = following["binding"] or following["any"]
    coming = next((row for row in rows if row.deadline_id == chosen), None)
    entry = sections["deadlines"][chosen] if coming else {}
    said = (deal_id, deal["title"], deal["subject"], deal["kind"])
    told = {
        "exists_now": sections["exists"],
        "title": deal["title"],
        "kind": deal["kind"],
        "subject": deal["subject"],
        "jurisdictions": unless_erased(deal["jurisdictions"]) or [],
        "tz": deal["tz"],
        "status": sections["status"]["value"] if sections["status"] else None,
        "phase": sections["phase"],
        "parties": sorted(sections["parties"]),
        "opened": deal["opened"],
        "next_deadline_id": chosen,
        "nearest_id": following["any"],
        "next_due": ERASED if chosen == ERASED else entry.get("due"),
        "next_due_day": coming.due_day if coming else None,
        "next_tz": coming.tz if coming else None,
        "next_is_binding": following["binding"] is not None if chosen else None,
        "next_obligation": entry.get("obligation"),
        "next_force": entry.get("force"),
        **_overdue(rows),
        "words": search_form(" ".join(each for each in said if each)),
        "names": names,
    }
    return told, rows


def _overdue(rows: Sequence[DeadlineRow]) -> dict[str, Any]:
    """How many deadlines are past due, which of them bind, and the first of them all."""
    found = sorted((row for row in rows if row.standing in PASSED), key=lambda row: row.sort_key)
    first = None
    if found:
        entry = orjson.loads(found[0].entry)
        said = {name: entry[name] for name in ("obligation", "force", "due")}
        first = {"deadline_id": found[0].deadline_id, **said, "due_day": found[0].due_day, "tz": found[0].tz}
    return {
        "overdue": len(found),
        "overdue_ids": [row.deadline_id for row in found if row.standing == "overdue"],
        "most_overdue": orjson.dumps(first) if first else None,
    }


def current_row(reader: StateReader, deal_id: str) -> tuple[DealRow, bool]:
    """The row of one deal at the head of the log, and whether the deal exists. Raises UnknownDeal, Busy."""
    head = reader.head(deal_id)
    told: dict[str, Any] = dict.fromkeys(DealRow._fields) | {
        "deal_id": deal_id, "jurisdictions": [], "parties": [], "overdue": 0, "overdue_ids": [],
        "version": head.version, "position": head.position, "recorded_at": head.recorded_at,
    }  # fmt: skip
    try:
        found, _ = reader.state_on_query(deal_id, TimeQuery())
        with isolated(reader.ledger, deal_id, head.version):
            row, _ = derive_rows(deal_id, found)
    except UnreadableDeal as fault:
        told |= {"title": _title(reader.ledger, deal_id), "unreadable": str(fault.extra["reason"])}
        return DealRow(**told), True
    return DealRow(**told | {name: row[name] for name in DealRow._fields if name in row}), row["exists_now"]


def _names(parties: dict[str, Any]) -> list[str]:
    """What the parties of a deal are called: their ids and their names, folded."""
    names = (each for name, entry in parties.items() for each in (name, entry.get("name")) if unless_erased(each))
    return list(dict.fromkeys(_storable_text(search_form(each)) for each in names))


DEALS = Projection(name="deals", version=5, tables="deals_tables", handle=handle_events, refresh=refresh)


def list_deals(
    ledger: Ledger,
    *,
    status: str | None = None,
    phase: str | None = None,
    party: str | None = None,
    kind: str | None = None,
    jurisdiction: str | None = None,
    q: str | None = None,
    due_before: date | None = None,
    overdue: bool | None = None,
    unreadable: bool | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[DealRow]:
    """A page of deals by id, those after the id `after`; none where the table was never made. Raises Busy."""
    asked = {
        "status": status, "phase": phase, "party": search_form(party) if party else None, "kind": kind,
        "jurisdiction": jurisdiction, "q": search_form(q) if q else None, "due_before": due_before, "overdue": overdue,
        "unreadable": unreadable, "after": after, "limit": min(limit, LARGEST_PAGE + 1),
    }  # fmt: skip
    with DEALS.live_tables(ledger) as tables:
        return read_deals(tables, asked) if tables else []


def read_deals(tables: Tables, asked: dict[str, Any]) -> list[DealRow]:
    """A page of deals in a transaction that reads the tables."""
    rows = tables.connection.execute(sql("list_deals").encode(), asked, binary=True)
    found = rows.fetchall()
    tables.rows.check("deals", ((row[0], row[-2], row[-1]) for row in found))
    return [DealRow._make(row[:-2]) for row in found]


def unreadable_count(ledger: Ledger) -> int:
    """How many deals cannot be read. Raises Busy."""
    with DEALS.live_tables(ledger) as tables:
        if tables is None:
            return 0
        [count] = tables.connection.execute(sql("count_unreadable").encode()).fetchone() or [0]
        return int(count)


def unreadable_deals(ledger: Ledger, limit: int = LARGEST_PAGE) -> list[tuple[str, str]]:
    """The deals that cannot be read, with the reason of each. Raises Busy."""
    return [(row.deal_id, row.unreadable or "") for row in list_deals(ledger, unreadable=True, limit=limit)]
