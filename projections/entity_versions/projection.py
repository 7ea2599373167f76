"""The projection of entity versions: batches of the log taken into the rows of its long deals."""

from collections.abc import Sequence

from domain.errors import UnreadableDeal
from ledger.models import Recorded
from projections.entity_versions.entity_reader import SHORTEST
from projections.entity_versions.entity_writer import EntityWriter
from projections.entity_versions.store import NAME
from projections.isolation import isolated
from projections.keyed_digest import code_version
from projections.projection import Projection, ProjectionBatch


def handle_events(rows: Sequence[Recorded], batch: ProjectionBatch) -> None:
    """Bring the rows of every long deal of these events up to the last of them."""
    last = {row.deal_id: row.version for row in rows}
    for deal_id, version in last.items():
        if version < SHORTEST:
            continue
        try:
            with isolated(batch.reader.ledger, deal_id, version):
                EntityWriter(batch.connection, batch.reader.indexed_record(deal_id)).advance(version)
        except UnreadableDeal:
            continue  # logged already; its rows reach as far as they did


ENTITIES = Projection(
    name=NAME,
    version=1,
    tables="entity_tables",
    handle=handle_events,
    code=code_version().hex(),
)
