"""The last change of a deal, for lists: which event, when, and what it says."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

import orjson

from domain.basis import Basis
from domain.bitemporal import knowledge
from domain.envelope import RecordedEvent
from domain.errors import UnreadableDeal
from domain.narration import sentence
from domain.sentences.names import Names
from ledger.encoding import event_codec
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


def read_last_changes(
    tables: Tables, reader: StateReader, asked: Slice, day: date | None, deals: Mapping[str, Mapping[str, str]]
) -> dict[str, LastChange]:
    """Of each of these deals the last event that had occurred by a day, by what it says itself: the deal is not read,
    and only its parties are called by their names, as given. Events that cannot be read are left out."""
    if not deals:
        return {}
    found = asked.rows(tables, "events_before_days", {"deals": list(deals), "day": day})
    changes = {}
    for recorded in reader.ledger.events([event_id for _, event_id in found]):
        try:
            line = event_codec.line(recorded)
        except UnreadableDeal:
            continue
        names = Names({"deal": {"names": deals[line.deal_id]}})
        changes[line.deal_id] = _change(line, line.payload.summary or sentence(line, names))
    return changes


def stored_change(change: bytes | None) -> LastChange | None:
    """A last change as the table of coverage holds it."""
    return orjson.loads(change) if change is not None else None
