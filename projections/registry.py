"""All projections, by name: a server updates them and `parley rebuild` rebuilds them."""

from projections.projection import Projection
from projections.tables.deals import DEALS

PROJECTIONS: tuple[Projection, ...] = (DEALS,)
