"""What a server holds open while it runs."""

from dataclasses import dataclass, field

from api.settings import Settings
from ledger.ledger import Ledger
from projections.reader import Reader


@dataclass(frozen=True, slots=True)
class Log:
    """The record of one tenant, and who reads it."""

    ledger: Ledger
    reader: Reader


@dataclass(slots=True)
class House:
    """The logs that are open, by tenant. One per application."""

    settings: Settings
    logs: dict[str, Log] = field(default_factory=dict)

    def keep(self, ledger: Ledger) -> Log:
        """Serve this log."""
        log = self.logs[ledger.tenant] = Log(ledger, Reader(ledger))
        return log
