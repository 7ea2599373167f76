"""The extent of a deal's record, with the end of the log that it is part of."""

from ledger.ledger import Ledger
from projections.entity_versions.event_index import EventIndex
from projections.state.decoded_record import History
from projections.state.time_query import Extent


def extent_of(ledger: Ledger, record: EventIndex | History) -> Extent:
    """The end of a record, and lookups of versions in it; the end of the log is read when it is asked for."""
    position, recorded_at = record.recorded_of(record.version)
    return Extent(
        zone=record.zone,
        version=record.version,
        position=position,
        recorded_at=recorded_at,
        version_at=record.version_at,
        version_at_position=record.version_at_position,
        recorded_of=record.recorded_of,
        log_position=lambda: ledger.head().position,
        log_recorded_at=lambda: ledger.head().recorded_at,
        settled_until=ledger.settled_until,
    )
