"""The append-only store: what a program of one's own may import from it.

    from ledger import LedgerApplication, open_ledger

Each name is loaded when it is first asked for: a verifier of bundles needs no PostgreSQL and should not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledger.encoding.stored_events import Draft, LineMapper
    from ledger.eventsourcing_adapter import LedgerApplication, LogRecorder
    from ledger.ledger import Ledger, open_ledger
    from ledger.models import Receipt, Recorded, Request

_MODULES = {
    "Draft": "ledger.encoding.stored_events",
    "Ledger": "ledger.ledger",
    "LedgerApplication": "ledger.eventsourcing_adapter",
    "LineMapper": "ledger.encoding.stored_events",
    "LogRecorder": "ledger.eventsourcing_adapter",
    "Receipt": "ledger.models",
    "Recorded": "ledger.models",
    "Request": "ledger.models",
    "open_ledger": "ledger.ledger",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


__all__ = [
    "Draft",
    "Ledger",
    "LedgerApplication",
    "LineMapper",
    "LogRecorder",
    "Receipt",
    "Recorded",
    "Request",
    "open_ledger",
]
