"""All projections, by name: a server updates them and `parley rebuild` rebuilds them."""

from projections.entity_versions.projection import ENTITIES
from projections.projection import Projection
from projections.tables.activity import ACTIVITY
from projections.tables.deals import DEALS

PROJECTIONS: tuple[Projection, ...] = (ENTITIES, DEALS, ACTIVITY)
