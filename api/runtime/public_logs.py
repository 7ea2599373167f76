"""The transparency logs of a server's databases by their origins, of which everybody may read the public parts."""

from collections import OrderedDict
from threading import Lock
from time import monotonic

from api.runtime.log_databases import CACHE_SECONDS
from api.runtime.tenants import Tenants
from ledger.event_reader import LogReader
from ledger.log_databases import entry_of_origin
from ledger.log_directory import log_of_origin
from ledger.tlog.transparency_log import TransparencyLog

LOGS_CACHED = 1_000


class PublicLogs:
    """Finds logs by origin without opening them: they have no workers here. Safe to share between threads."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._found: OrderedDict[str, tuple[TransparencyLog, float]] = OrderedDict()
        """With the time until which the log is not looked for again: it may be moved to another database."""
        self._lock = Lock()

    def find(self, origin: str) -> TransparencyLog | None:
        """The log that bears an origin; None for an unknown one. Raises Busy."""
        with self._lock:
            known = self._found.get(origin)
            if known is not None and monotonic() < known[1]:
                self._found.move_to_end(origin)
                return known[0]
        record = self._record(origin)
        if record is None:
            return None
        main = self._tenants.main
        if known is not None and known[0].ledger.pool is record.pool:
            found = known[0]
        else:
            found = (
                main.transparency_log
                if record.tenant == main.ledger.tenant
                else TransparencyLog(record, main.witnesses)
            )
        with self._lock:
            self._found[origin] = found, monotonic() + CACHE_SECONDS
            while len(self._found) > LOGS_CACHED:
                self._found.popitem(last=False)
        return found

    def _record(self, origin: str) -> LogReader | None:
        pool = self._tenants.main.ledger.pool
        entry = entry_of_origin(pool, origin)
        if entry is None:
            return log_of_origin(pool, origin)
        return LogReader(self._tenants.databases.at(entry.url).pool, entry.tenant, origin)

    def clear(self) -> None:
        """Forget them: the database they are read from is closed, or they were moved."""
        with self._lock:
            self._found.clear()
