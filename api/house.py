"""What a server holds open while it runs."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from api.hot import HotAnswers
from api.settings import Settings
from ledger.keys import log_folder
from ledger.ledger import Ledger
from ledger.seals import Seals
from ledger.signing import LogSigner
from projections.queries.asked import Queries
from projections.reader import Reader
from projections.registry import PROJECTIONS
from projections.runner import Runner


@dataclass(frozen=True)
class Log:
    """The record of one tenant, and who reads it."""

    ledger: Ledger
    reader: Reader
    tended: bool = False
    """Whether somebody here keeps its projections up to date and signs it."""

    @cached_property
    def queries(self) -> Queries:
        """Its answers to questions about time."""
        return Queries(self.reader)

    @cached_property
    def seals(self) -> Seals:
        """Its tree and what it signed."""
        return Seals(self.ledger)


@dataclass(slots=True)
class House:
    """The logs that are open, by tenant. One per application."""

    settings: Settings
    logs: dict[str, Log] = field(default_factory=dict)
    hot: HotAnswers = field(default_factory=HotAnswers)

    def keep(self, ledger: Ledger, stack: ExitStack) -> Log:
        """Serve this log until the stack is closed; tend it, if the settings say so."""
        log = self.logs[ledger.tenant] = Log(ledger, Reader(ledger), self.settings.tend)
        stack.callback(log.reader.close)
        if log.tended:
            stack.enter_context(Runner(ledger, PROJECTIONS, log.reader))
            folder = log_folder(self.settings.data.expanduser(), ledger.origin)
            signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder)
            signer.start()
            stack.callback(signer.close)
        return log
