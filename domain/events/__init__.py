"""The vocabulary: every file of this package declares the event types of one group. Importing it registers them all."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
