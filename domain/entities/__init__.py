"""The entities of a negotiation, as folded from events: no moment asked about, no derived value is stored in them.

Each is a frozen record. Its fields hold what its events set; its `origin` says which events set what.
`HARD` names the fields on which a status rests: once a fact has created the entity, no report changes them.
"""

from importlib import import_module
from pkgutil import iter_modules

from domain.entities.base import Entity

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

ENTITY_TYPES: dict[str, type[Entity]] = {each.KIND: each for each in Entity.__subclasses__()}
"""Every entity class by its kind."""
