"""All stored derivations by name, each with its rebuild."""

from collections.abc import Callable
from functools import partial

from domain.errors import UnreadableDeal
from ledger.ledger import Ledger
from ledger.verification import registry_audit
from projections.rebuild import ProgressCallback, rebuild
from projections.registry import PROJECTIONS
from projections.snapshots.store import SnapshotStore
from projections.state.state_reader import StateReader

Rebuild = Callable[[Ledger, StateReader, ProgressCallback], str]
"""Makes a derivation again and reports its progress; returns what was done, in words."""


def _registry(ledger: Ledger, reader: StateReader, progress: ProgressCallback) -> str:
    mended, unreadable = registry_audit.rebuild(ledger)
    told = f", {len(unreadable)} deals cannot be read and keep theirs" if unreadable else ""
    return f"compared with every event, {mended} rows mended{told}"


def _checkpoints(ledger: Ledger, reader: StateReader, progress: ProgressCallback) -> str:
    store = SnapshotStore(ledger, reader.authenticator)
    held = store.clear()
    if reader.authenticator is None:
        return f"those of {len(held)} deals dropped; without the key of the data folder none are made here"
    made = 0
    for number, deal_id in enumerate(held, 1):
        if ledger.deal_head(deal_id) is not None:
            try:
                reader.make_snapshots(deal_id)
                made += 1
            except UnreadableDeal:
                pass
        progress(number, len(held))
    return f"those of {made} deals made again"


def _projection(name: str, ledger: Ledger, reader: StateReader, progress: ProgressCallback) -> str:
    projection = next(each for each in PROJECTIONS if each.name == name)
    return f"rebuilt up to position {rebuild(ledger, projection, reader, progress)}"


DERIVATIONS: dict[str, Rebuild] = {
    "registry": _registry,
    "checkpoints": _checkpoints,
    **{each.name: partial(_projection, each.name) for each in PROJECTIONS},
}
"""In the order in which one rests on another."""
