"""All projections, by name: what a server keeps up to date and `parley rebuild` fills anew."""

from projections.projection import Projection
from projections.tables.deals import DEALS

PROJECTIONS: tuple[Projection, ...] = (DEALS,)
