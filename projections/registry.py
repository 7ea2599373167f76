"""All projections, by name: what a server keeps up to date and `parley rebuild` fills anew."""

from projections.deals import DEALS
from projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (DEALS,)
