"""The transparency logs of a database by their origins, of which everybody may read the public parts."""

from collections import OrderedDict
from threading import Lock

from api.runtime.tenants import Tenants
from ledger.log_directory import log_of_origin
from ledger.tlog.transparency_log import TransparencyLog

LOGS_CACHED = 1_000


class PublicLogs:
    """Finds logs by origin without opening them: they have no workers here. Safe to share between threads."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._found: OrderedDict[str, TransparencyLog] = OrderedDict()
        self._lock = Lock()

    def find(self, origin: str) -> TransparencyLog | None:
        """The log that bears an origin, which it does for ever; None for an unknown one. Raises Busy."""
        with self._lock:
            known = self._found.get(origin)
            if known is not None:
                self._found.move_to_end(origin)
                return known
        main = self._tenants.main
        record = log_of_origin(main.ledger.pool, origin)
        if record is None:
            return None
        found = main.seals if record.tenant == main.ledger.tenant else TransparencyLog(record, main.witnesses)
        with self._lock:
            self._found[origin] = found
            while len(self._found) > LOGS_CACHED:
                self._found.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget them: the database they are read from is closed."""
        with self._lock:
            self._found.clear()
