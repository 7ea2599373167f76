"""The last change of a deal, for lists: which event, when, and what it says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import NamedTuple, TypedDict

import orjson

from domain.basis import Basis
from domain.bitemporal import knowledge
from domain.envelope import RecordedEvent
from domain.errors import UnreadableDeal
from domain.narration import sentence
from domain.sentences.names import Names
from domain.time.edtf import When
from ledger.encoding import event_codec
from ledger.models import Recorded
from projections.projection import Tables
from projections.state.decoded_record import History
from projections.state.state_reader import StateReader
from projections.tables.book_moment import Slice


class LastChange(TypedDict):
    """The last event of a deal."""

    event_id: str
    type: str
    occurred: str
    text: str


def last_change(reader: StateReader, history: History, line: RecordedEvent) -> LastChange:
    """An event of a deal as its last change, with the names and former values that its record gives."""
    return _change(line, reader.narrator(history).text_of(line.id) or sentence(line, Names({})))


def last_change_on(reader: StateReader, deal_id: str, basis: Basis) -> LastChange | None:
    """The last event of a deal that is seen on a basis; None where there is none."""
    history = reader.history_to(deal_id, basis.known_version)
    found = knowledge(history.lines, basis, history.zone, reader.revise)
    seen = [each.line for each in found.placed if each.seen <= basis.valid_at]
    return last_change(reader, history, max(seen, key=lambda line: line.version)) if seen else None


def _change(line: RecordedEvent, text: str) -> LastChange:
    return {"event_id": line.id, "type": line.type, "occurred": line.occurred.text, "text": text}


class DealVersion(NamedTuple):
    """A deal of which the last event by a day is asked for: up to which version, and what its parties are called."""

    deal_id: str
    version: int
    names: Mapping[str, str]


def read_last_changes(
    tables: Tables, asked: Slice, day: date | None, deals: Sequence[DealVersion]
) -> dict[str, LastChange]:
    """Of each of these deals the last event that had occurred by a day, by what it says itself: the deal is not read,
    and only its parties are called by their names, as given. Events that cannot be read are left out."""
    if not deals:
        return {}
    wanted = {"deals": [deal.deal_id for deal in deals], "versions": [deal.version for deal in deals], "day": day}
    names = {deal.deal_id: deal.names for deal in deals}
    changes = {}
    for row in asked.rows(tables, "events_before_days", wanted):
        try:
            line = event_codec.line(Recorded._make(row))
        except UnreadableDeal:
            continue
        called = Names({"deal": {"names": names[line.deal_id]}})
        changes[line.deal_id] = _change(line, line.payload.summary or sentence(line, called))
    return changes


def stored_change(change: bytes | None) -> LastChange | None:
    """A last change as the table of coverage holds it."""
    return orjson.loads(change) if change is not None else None


def occurred_by(change: LastChange, day: date | None) -> bool:
    """Whether a last change had occurred by a day, as the log has it."""
    occurred = When.parse(change["occurred"]).day(UTC)
    return day is None or occurred is None or occurred <= day
