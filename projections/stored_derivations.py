"""All stored derivations by name, each with its rebuild."""

from collections.abc import Callable
from functools import partial

from ledger.ledger import Ledger
from ledger.verification import registry_audit
from projections.rebuild import ProgressCallback, rebuild
from projections.registry import PROJECTIONS
from projections.state.state_reader import StateReader

Rebuild = Callable[[Ledger, StateReader, ProgressCallback], str]
"""Makes a derivation again and reports its progress; returns what was done, in words."""


def _registry(ledger: Ledger, reader: StateReader, progress: ProgressCallback) -> str:
    mended, unreadable = registry_audit.rebuild(ledger)
    told = f", {len(unreadable)} deals cannot be read and keep theirs" if unreadable else ""
    return f"compared with every event, {mended} rows mended{told}"


def _projection(name: str, ledger: Ledger, reader: StateReader, progress: ProgressCallback) -> str:
    projection = next(each for each in PROJECTIONS if each.name == name)
    return f"rebuilt up to position {rebuild(ledger, projection, reader, progress)}"


DERIVATIONS: dict[str, Rebuild] = {
    "registry": _registry,
    **{each.name: partial(_projection, each.name) for each in PROJECTIONS},
}
"""In the order in which one rests on another."""

FORMER_NAMES = {"checkpoints": "entities"}
"""Names by which derivations were called before: they go on meaning what took their place."""
